//! Binds the issuer to a loopback port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::state::Shared;
use crate::{authorize, control, discovery, logout, token};

/// No form is larger.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Who the one client is.
#[derive(Debug, Clone)]
pub struct Config {
    /// 0 for any free port.
    pub port: u16,
    /// Claim `iss`; the address listened on when none. Without a slash at its end.
    pub issuer: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; a public client has none. Made up.
    pub client_secret: Option<String>,
    /// Addresses that codes may be sent to, each to the letter.
    pub redirect_uris: Vec<String>,
    /// Addresses that may be gone to after signing out, each to the letter.
    pub logout_uris: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            issuer: None,
            client_id: "sandbox-console".to_owned(),
            client_secret: None,
            redirect_uris: Vec::new(),
            logout_uris: Vec::new(),
        }
    }
}

/// The issuer, running until this is dropped.
#[derive(Debug)]
pub struct Handle {
    /// `http://127.0.0.1:port`
    pub url: String,
    task: JoinHandle<()>,
}

impl Handle {
    /// Waits until the server stops, which only a fault of its own makes it do.
    pub async fn stopped(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts the issuer on 127.0.0.1.
///
/// # Errors
/// A port that is taken, or keys that can't be made.
pub async fn spawn(config: Config) -> std::io::Result<Handle> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, config.port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let issuer = config.issuer.clone().unwrap_or_else(|| url.clone());
    let router = router(Arc::new(Shared::new(issuer, config)?));
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "issuer.stopped");
        }
    });
    Ok(Handle { url, task })
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/authorize", get(authorize::ask).post(authorize::answer))
        .route("/token", post(token::exchange))
        .route("/logout", get(logout::leave))
        .merge(control::router())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}
