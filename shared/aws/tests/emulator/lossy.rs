//! An HTTP client that loses answers: the request takes effect, and the SDK doesn't learn of it.

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

#[derive(Debug)]
struct Lossy {
    inner: SharedHttpConnector,
    left: Arc<AtomicU32>,
}

impl HttpConnector for Lossy {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, left) = (self.inner.call(request), self.left.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let lost = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
            if lost { Err(ConnectorError::io("the answer got lost".into())) } else { Ok(answer) }
        })
    }
}

/// Loses the answers of the next `left` requests.
pub fn lossy(inner: SharedHttpClient, left: Arc<AtomicU32>) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        let inner = inner.http_connector(settings, components);
        SharedHttpConnector::new(Lossy { inner, left: left.clone() })
    })
}
