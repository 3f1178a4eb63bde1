//! The issuer's side of the network: openidconnect's requests over our own HTTP client, with limits.

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::{pin::Pin, time::Duration};

/// A person waits.
const FETCH_TIME_MAX: Duration = Duration::from_secs(5);
/// A discovery document and a key set have a few KB.
const BYTES_MAX: usize = 256 * 1024;

/// Why the issuer gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the issuer can't be reached")]
    Http(#[source] reqwest::Error),
    #[error("the issuer's answer is larger than {BYTES_MAX} bytes")]
    TooLarge,
    #[error("the issuer's answer can't be read")]
    Malformed(#[source] http::Error),
}

#[derive(Clone)]
pub(crate) struct Fetch(pub(crate) reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl Fetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let http = |error: reqwest::Error| FetchError::Http(error.without_url());
        let mut request = reqwest::Request::try_from(request).map_err(http)?;
        *request.timeout_mut() = Some(FETCH_TIME_MAX);
        let mut answer = self.0.execute(request).await.map_err(http)?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(http)? {
            body.extend_from_slice(&chunk);
            if body.len() > BYTES_MAX {
                return Err(FetchError::TooLarge);
            }
        }
        response.body(body).map_err(FetchError::Malformed)
    }
}
