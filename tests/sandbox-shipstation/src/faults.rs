//! Faults that the control side can order: the next calls of one route go wrong in one way.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt as _};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::answer::Refusal;

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 500, and nothing was done.
    ErrorBefore,
    /// A gateway's 502 page in HTML, and nothing was done.
    Html,
    /// It was done, and the answer is 500.
    ErrorAfterEffect,
    /// It was done, and no answer comes.
    HangAfterEffect,
    /// It was done, and the connection breaks in the middle of the answer.
    Cut,
}

impl Kind {
    pub fn has_effect(self) -> bool {
        !matches!(self, Self::ErrorBefore | Self::Html)
    }
}

/// A fault that waits for calls of its route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// As in the books: `POST /orders/createorders`, `GET /orders/{id}`.
    route: String,
    count: u32,
    kind: Kind,
}

/// A fault that struck.
#[derive(Debug, Clone, Serialize)]
pub struct Fired {
    route: String,
    kind: Kind,
}

/// Ordered faults and those that struck.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Vec<Fault>,
    fired: Vec<Fired>,
}

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    /// The fault for this call, if one waits for it.
    pub fn strike(&mut self, route: &str) -> Option<Kind> {
        let fault = self.waiting.iter_mut().find(|fault| fault.route == route && fault.count > 0)?;
        fault.count -= 1;
        let kind = fault.kind;
        self.fired.push(Fired { route: route.to_owned(), kind });
        Some(kind)
    }

    pub fn fired(&self) -> &[Fired] {
        &self.fired
    }
}

/// What the caller gets for a 500.
pub fn error() -> Response {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "A fault that was ordered.").into_response()
}

/// What a gateway says when nobody is behind it.
pub fn html() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// Half of the true answer, then a broken connection.
pub async fn cut(whole: Response) -> Response {
    let (mut parts, body) = whole.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    let first = stream::once(async { Ok::<Bytes, std::io::Error>(half) });
    let broken = stream::once(async {
        // Without the pause the server drops what it has not written yet, and nothing of the answer gets out.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    });
    Response::from_parts(parts, Body::from_stream(first.chain(broken)))
}
