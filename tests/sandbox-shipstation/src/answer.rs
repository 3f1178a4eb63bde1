//! Refusals, in the shape ShipStation writes them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A call that is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
}

/// Carried in the answer, so that the gate can enter the refusal in the books under its route.
#[derive(Debug, Clone)]
pub struct Noted(pub String);

impl Refusal {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headline = match self.status {
            StatusCode::UNAUTHORIZED => "Authorization has been denied for this request.",
            StatusCode::NOT_FOUND => "The requested resource was not found.",
            StatusCode::INTERNAL_SERVER_ERROR => "An error has occurred.",
            _ => "The request is invalid.",
        };
        let body = json!({ "Message": headline, "ExceptionMessage": self.message });
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(Noted(self.message));
        response
    }
}

/// What a handler gives back.
pub type Answer = Result<Json<Value>, Refusal>;

/// The body as a JSON object.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::bad("The body must be a JSON object.")),
        Err(error) => Err(Refusal::bad(format!("The body is not JSON: {error}"))),
    }
}
