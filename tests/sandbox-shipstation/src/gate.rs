//! What every API call passes first: credentials, the rate limit, ordered faults; and what every answer carries.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::json;

use crate::answer::{Noted, Refusal};
use crate::app::Sandbox;
use crate::faults::{self, Kind};
use crate::limits::Verdict;

/// The middleware around all V1 routes.
pub async fn gate(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let route = route(request.method(), request.uri().path());
    let Some(key) = caller(&sandbox, request.headers()) else {
        let verdict = sandbox.books().limits.look("", Instant::now());
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "Unknown API key or secret.");
        return finish(&sandbox, &route, verdict, refusal.into_response());
    };
    let (verdict, fault) = {
        let mut books = sandbox.books();
        let verdict = books.limits.admit(&key, Instant::now());
        if verdict.admitted {
            books.count_call(&route);
        } else {
            books.count_429();
        }
        let fault = if verdict.admitted { books.faults.strike(&route) } else { None };
        (verdict, fault)
    };
    let response = if verdict.admitted {
        answer(&sandbox, fault, request, next).await
    } else {
        (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "message": "Too Many Requests" }))).into_response()
    };
    finish(&sandbox, &route, verdict, response)
}

async fn answer(sandbox: &Sandbox, fault: Option<Kind>, request: Request, next: Next) -> Response {
    let Some(kind) = fault else { return inner(request, next).await };
    let done = if kind.has_effect() { Some(inner(request, next).await) } else { None };
    match (kind, done) {
        (Kind::Html, _) => faults::html(),
        (Kind::Cut, Some(whole)) => faults::cut(whole).await,
        (Kind::HangAfterEffect, _) => {
            tokio::time::sleep(sandbox.config.hang).await;
            faults::error()
        }
        _ => faults::error(),
    }
}

async fn inner(request: Request, next: Next) -> Response {
    let json = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = json.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"));
    if request.method() == Method::POST && !is_json {
        return Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json.").into_response();
    }
    next.run(request).await
}

/// Puts the limit's headers on, and enters a refusal in the books.
fn finish(sandbox: &Sandbox, route: &str, verdict: Verdict, mut response: Response) -> Response {
    if let Some(Noted(message)) = response.extensions().get::<Noted>()
        && response.status().is_client_error()
    {
        sandbox.books().reject(route, message);
    }
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-rate-limit-limit", u64::from(verdict.limit)),
        ("x-rate-limit-remaining", u64::from(verdict.remaining)),
        ("x-rate-limit-reset", verdict.reset_s),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

/// The key of a caller whose secret is right.
fn caller(sandbox: &Sandbox, headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (key, secret) = plain.split_once(':')?;
    let known = sandbox.config.credentials.iter().any(|known| known.key == key && known.secret == secret);
    known.then(|| key.to_owned())
}

/// The call's name in the books: ids are written `{id}`.
fn route(method: &Method, path: &str) -> String {
    let is_id = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    format!("{method} {}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_do_not_make_routes_of_their_own() {
        assert_eq!(route(&Method::GET, "/orders/42"), "GET /orders/{id}");
        assert_eq!(route(&Method::POST, "/orders/createorders"), "POST /orders/createorders");
    }
}
