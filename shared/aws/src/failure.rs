//! What went wrong in a call to AWS, in words that are safe to log.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

const MESSAGE_CHARS_MAX: usize = 300;

/// Why a call to AWS failed.
///
/// The SDK's own errors carry the raw answer and, after a failed condition, the whole item: what a `Debug` of them
/// would put into a log is somebody's address. This keeps the service's code, its words and the request id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}{}", .request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default())]
pub struct AwsFailure {
    /// The service's error code, or what became of the request.
    pub code: String,
    /// The service's words, at most 300 characters.
    pub message: String,
    /// What AWS support asks for.
    pub request_id: Option<String>,
}

impl AwsFailure {
    /// Our own reason for giving up on an answer of AWS.
    #[cfg(any(feature = "dynamo", feature = "sqs", feature = "s3"))]
    pub(crate) fn ours(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), request_id: None }
    }

    /// Reads what is safe off an error of the SDK.
    pub fn of<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Self {
        let (code, message) = match error {
            SdkError::ServiceError(service) => {
                let meta = service.err().meta();
                return Self {
                    code: meta.code().unwrap_or("unknown error").to_owned(),
                    message: meta.message().unwrap_or("no message").chars().take(MESSAGE_CHARS_MAX).collect(),
                    request_id: meta.extra("aws_request_id").map(str::to_owned),
                };
            }
            SdkError::ConstructionFailure(_) => ("not sent", "the request couldn't be built".to_owned()),
            SdkError::TimeoutError(_) => ("time-out", "no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => (
                "no answer",
                failure.as_connector_error().map_or_else(
                    || "the connection failed".to_owned(),
                    |e| e.to_string().chars().take(MESSAGE_CHARS_MAX).collect(),
                ),
            ),
            SdkError::ResponseError(_) => ("no usable answer", "the answer can't be read".to_owned()),
            _ => ("unknown error", "the SDK failed in a way of its own".to_owned()),
        };
        Self { code: code.to_owned(), message, request_id: None }
    }
}

#[cfg(any(feature = "dynamo", feature = "sqs", feature = "s3", feature = "secrets", feature = "sns"))]
mod store {
    use super::{AwsFailure, ProvideErrorMetadata, SdkError};
    use tallyman_app::ports::StoreError;

    /// For `map_err`: which operation failed on what.
    pub(crate) fn failed<E: ProvideErrorMetadata, R>(
        what: &'static str,
        key: impl Into<String>,
    ) -> impl FnOnce(SdkError<E, R>) -> StoreError {
        let key = key.into();
        move |error| StoreError::Failed { what, key, source: Box::new(AwsFailure::of(&error)) }
    }

    /// Says where JSON is wrong and never quotes it, as serde's own words do.
    #[cfg(any(feature = "dynamo", feature = "secrets"))]
    pub(crate) fn bad_json(key: impl Into<String>, error: &serde_json::Error) -> StoreError {
        let what = format!("{:?} error in the JSON at {}:{}", error.classify(), error.line(), error.column());
        StoreError::Corrupt { key: key.into(), what }
    }
}
#[cfg(any(feature = "dynamo", feature = "secrets"))]
pub(crate) use store::bad_json;
#[cfg(any(feature = "dynamo", feature = "sqs", feature = "s3", feature = "secrets", feature = "sns"))]
pub(crate) use store::failed;
