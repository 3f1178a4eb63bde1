//! The configuration that all clients share.

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

const CONNECT_S: u64 = 2;
const ATTEMPT_S: u64 = 5;
const OPERATION_S: u64 = 15;
const ATTEMPTS_MAX: u32 = 3;

/// The one HTTP client of a process: one TLS stack (rustls over ring) and one connection pool for all services.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Region, credentials and endpoints from where the AWS SDKs always take them (`AWS_ENDPOINT_URL` and
/// `AWS_ENDPOINT_URL_<SERVICE>` among them), with the limits of [`sdk_loader`].
pub async fn sdk_config(http: SharedHttpClient) -> SdkConfig {
    sdk_loader(http).load().await
}

/// The time limits that the SDK leaves out. For callers that set region, endpoint or profile themselves.
#[must_use]
pub fn sdk_loader(http: SharedHttpClient) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(CONNECT_S))
        .operation_attempt_timeout(Duration::from_secs(ATTEMPT_S))
        .operation_timeout(Duration::from_secs(OPERATION_S))
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
}
