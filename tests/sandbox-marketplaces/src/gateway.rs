//! From a request to an answer, misbehaviour included.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State as Extract};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{StatusCode, header};
use serde_json::Value;

use crate::call::{Call, Scene};
use crate::faults::{Fault, Kind, spoil_first_record};
use crate::refusal::Refusal;
use crate::state::Shared;
use crate::{clock, push, witness};

/// `/sync`: the API is a parameter, and signed as one.
pub async fn sync(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    let (params, file) = match Call::read(request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let method = params.get("method").cloned().unwrap_or_default();
    answer(&shared, Call { method, prefix: String::new(), params, file }).await
}

/// `/rest{path}`: the API is the path, and precedes the signed parameters.
pub async fn rest(Extract(shared): Extract<Arc<Shared>>, Path(path): Path<String>, request: Request) -> Response {
    let path = format!("/{path}");
    match Call::read(request).await {
        Ok((params, file)) => answer(&shared, Call { method: path.clone(), prefix: path, params, file }).await,
        Err(answer) => answer,
    }
}

async fn answer(shared: &Arc<Shared>, call: Call) -> Response {
    let at = clock::now();
    let admitted = shared.lock().admit(&call, at);
    let fault = match admitted {
        Ok(fault) => fault,
        Err(refusal) => {
            let mut state = shared.lock();
            state.note_refusal(&call.method, &refusal, at);
            return json_answer(&state.render(&call, Err(refusal)));
        }
    };
    if let Some(answer) = fault.as_ref().and_then(|fault| instead_of_effect(shared, &call, fault)) {
        return answer;
    }
    let witnessed = testify(shared, &call).await;
    let body = perform(shared, &call, witnessed);
    match fault {
        Some(fault) => after_effect(shared, &call, &fault, body).await,
        None => json_answer(&body),
    }
}

fn perform(shared: &Arc<Shared>, call: &Call, witnessed: Option<bool>) -> Value {
    let at = clock::now();
    let mut state = shared.lock();
    let body = state.perform(&Scene { call, at, witnessed });
    let changed = state.changed_at(at);
    drop(state);
    push::announce(shared, &changed);
    body
}

async fn testify(shared: &Shared, call: &Call) -> Option<bool> {
    let order_id = shared.platform.notice_order(call)?;
    let template = shared.lock().witness.clone()?;
    witness::look(&shared.client, &template, &order_id).await
}

/// A misbehaviour that comes before any effect; none if it comes later.
pub(crate) fn instead_of_effect(shared: &Shared, call: &Call, fault: &Fault) -> Option<Response> {
    let refusal = match fault.kind {
        Kind::ErrorBefore => unavailable(),
        Kind::Throttle => Refusal::too_fast(1),
        Kind::Html => return Some(web_page(fault.status)),
        Kind::Down => return Some(cut(&Value::Null)),
        _ => return None,
    };
    Some(json_answer(&shared.lock().render(call, Err(refusal))))
}

/// The answer, spoiled as ordered.
pub(crate) async fn after_effect(shared: &Shared, call: &Call, fault: &Fault, mut body: Value) -> Response {
    match fault.kind {
        Kind::ErrorAfterEffect => json_answer(&shared.lock().render(call, Err(unavailable()))),
        Kind::HangAfterEffect => {
            tokio::time::sleep(shared.hang).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Kind::Cut => cut(&body),
        Kind::GarbageRecord => {
            spoil_first_record(&mut body);
            json_answer(&body)
        }
        Kind::Slow => {
            tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
            json_answer(&body)
        }
        Kind::StatusAfterEffect => web_page(if fault.status < 400 { 500 } else { fault.status }),
        Kind::ErrorBefore | Kind::Html | Kind::Throttle | Kind::Down => json_answer(&body),
    }
}

fn unavailable() -> Refusal {
    Refusal::provider("ServiceUnavailable", "The service is temporarily unavailable", Some("isp.service-unavailable"))
}

/// The gateway answers 200 to almost anything; the body says what happened.
pub(crate) fn json_answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body.to_string()).into_response()
}

fn web_page(status: u16) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Temporarily busy</title></head><body>Please try again.</body></html>";
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// Promises the whole answer, sends half of it and breaks the connection.
fn cut(body: &Value) -> Response {
    let whole = body.to_string();
    let half = Bytes::copy_from_slice(&whole.as_bytes()[..whole.len() / 2]);
    let parts = [Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    let length = whole.len().to_string();
    ([(header::CONTENT_LENGTH, length)], Body::from_stream(stream::iter(parts))).into_response()
}
