//! Binds both marketplaces to loopback ports.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::limits::Allowance;
use crate::oauth::{self, api, consent};
use crate::platform::Platform;
use crate::state::Shared;
use crate::{control, gateway, push};

/// Room for a file somewhat over the allowed size, so that the API itself gets to refuse it.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// How the sandbox behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// 0 for any free port.
    pub aliexpress_port: u16,
    /// 0 for any free port.
    pub alibaba_port: u16,
    /// The same seed makes the same orders.
    pub seed: u64,
    /// How long a new order is missing from lists.
    pub list_delay_s: i64,
    /// Pace of each marketplace.
    pub allowance: Allowance,
    /// Whether Alibaba.com insists on a proof of shipment.
    pub attachment_required: bool,
    /// How long a call that hangs hangs.
    pub hang: Duration,
    /// Callback URLs registered for both apps, each to the letter; more can be set later.
    pub redirect_uris: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            aliexpress_port: 0,
            alibaba_port: 0,
            seed: 1,
            list_delay_s: 5,
            allowance: Allowance::default(),
            attachment_required: true,
            hang: Duration::from_secs(60),
            redirect_uris: Vec::new(),
        }
    }
}

/// Both marketplaces, running until this is dropped.
#[derive(Debug)]
pub struct Handle {
    /// `http://127.0.0.1:port`, where `/sync` is.
    pub aliexpress_url: String,
    /// `http://127.0.0.1:port`, where `/rest` is.
    pub alibaba_url: String,
    tasks: [JoinHandle<()>; 2],
}

impl Handle {
    /// Waits until a server stops, which only a fault of its own makes it do.
    pub async fn run(mut self) {
        let [aliexpress, alibaba] = &mut self.tasks;
        futures::future::select(aliexpress, alibaba).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Starts both marketplaces on 127.0.0.1.
///
/// # Errors
/// A port that is taken.
pub async fn spawn(config: Config) -> std::io::Result<Handle> {
    // The provider may be there already: another part of the process was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
    let (aliexpress_url, aliexpress) =
        open(Platform::AliExpress, config.aliexpress_port, &config, client.clone()).await?;
    let (alibaba_url, alibaba) = open(Platform::Alibaba, config.alibaba_port, &config, client).await?;
    Ok(Handle { aliexpress_url, alibaba_url, tasks: [aliexpress, alibaba] })
}

async fn open(
    platform: Platform,
    port: u16,
    config: &Config,
    client: reqwest::Client,
) -> std::io::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = router(Arc::new(Shared::new(platform, config, client)));
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, ?platform, "marketplace.stopped");
        }
    });
    Ok((url, task))
}

fn router(shared: Arc<Shared>) -> Router {
    let apis = match shared.platform {
        Platform::AliExpress => Router::new().route("/sync", any(gateway::sync)),
        Platform::Alibaba => Router::new().route("/rest/{*path}", any(gateway::rest)),
    };
    apis.route("/oauth/authorize", get(consent::ask).post(consent::answer))
        .route("/rest/auth/token/create", any(api::create))
        .route("/rest/auth/token/refresh", any(api::refresh))
        .merge(control::router())
        .merge(oauth::control::router())
        .merge(push::router())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}
