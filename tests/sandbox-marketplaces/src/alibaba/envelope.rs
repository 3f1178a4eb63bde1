//! The flat answers of `/rest`.

use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The answer as it goes over the wire.
#[must_use]
pub fn render(outcome: Result<Value, Refusal>, request_id: &str) -> Value {
    match outcome {
        Ok(value) | Err(Refusal::Business { body: value, .. }) => {
            json!({"code": "0", "value": value, "request_id": request_id})
        }
        Err(Refusal::Gateway(error)) => {
            json!({"type": error.kind, "code": error.code, "message": error.message, "request_id": request_id})
        }
    }
}
