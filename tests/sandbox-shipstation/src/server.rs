//! Putting it together: the routes, and a server on 127.0.0.1.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::answer::Refusal;
use crate::app::Sandbox;
use crate::config::Config;
use crate::{control, gate, orders, reference, shipments, warehouse, webhooks};

/// 100 orders with long lists of items fit, and nothing unreasonable does.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// A running sandbox; it stops when this is dropped.
#[derive(Debug)]
pub struct Handle {
    /// Where it listens, for instance `http://127.0.0.1:4567`.
    pub url: String,
    server: JoinHandle<()>,
    warehouse: JoinHandle<()>,
}

impl Handle {
    /// Waits until the server stops, which it does not by itself.
    pub async fn stopped(mut self) {
        if let Err(error) = (&mut self.server).await {
            tracing::error!(%error, "the server died");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.server.abort();
        self.warehouse.abort();
    }
}

/// Starts a sandbox on 127.0.0.1.
///
/// # Errors
///
/// When the port is taken, or the client for webhooks can't be built.
pub async fn spawn(config: Config) -> std::io::Result<Handle> {
    // An error means that a provider is already there, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(config.webhook_timeout)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(std::io::Error::other)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let origin = config.public_url.clone().unwrap_or_else(|| url.clone());
    let sandbox = Arc::new(Sandbox::new(config, origin.trim_end_matches('/').to_owned(), client));
    let warehouse = tokio::spawn(warehouse::run(Arc::clone(&sandbox)));
    let app = router(sandbox);
    let server = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the server stopped");
        }
    });
    Ok(Handle { url, server, warehouse })
}

fn router(sandbox: Arc<Sandbox>) -> Router {
    let v1 = Router::new()
        .route("/orders/createorder", post(orders::create_one))
        .route("/orders/createorders", post(orders::create_many))
        .route("/orders/holduntil", post(orders::hold_until))
        .route("/orders/restorefromhold", post(orders::restore_from_hold))
        .route("/orders/markasshipped", post(orders::mark_as_shipped))
        .route("/orders", get(orders::list))
        .route("/orders/{id}", get(orders::one))
        .route("/shipments", get(shipments::list))
        .route("/fulfillments", get(shipments::list_fulfillments))
        .route("/carriers", get(reference::carriers))
        .route("/stores", get(reference::stores))
        .route("/webhooks", get(webhooks::list))
        .route("/webhooks/subscribe", post(webhooks::subscribe))
        .route("/webhooks/{id}", delete(webhooks::unsubscribe))
        .fallback(|| async { Refusal::missing("No resource answers at this address.") })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "This resource does not take this method.")
        })
        .layer(from_fn_with_state(Arc::clone(&sandbox), gate::gate))
        .with_state(Arc::clone(&sandbox));
    Router::new().nest("/_sandbox", control::router(sandbox)).merge(v1).layer(DefaultBodyLimit::max(LARGEST_BODY))
}
