//! The Lambda Runtime API, as far as a function needs it: the next event, its response, its error.

use crate::relay::{Relay, relay};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// An event on its way to the function.
#[derive(Debug)]
pub struct Invocation {
    /// The event.
    pub event: Value,
    /// How long the function has (template.yaml).
    pub time: Duration,
    /// Where its answer goes.
    pub reply: oneshot::Sender<Result<Value, Value>>,
}

/// The server's side of one function process.
#[derive(Debug)]
pub struct Runtime {
    /// What it calls.
    pub relay: Arc<Relay>,
    events: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    number: u64,
    reply: Option<oneshot::Sender<Result<Value, Value>>>,
}

impl Runtime {
    /// With a channel that events come from.
    #[must_use]
    pub fn new(relay: Arc<Relay>, events: mpsc::UnboundedReceiver<Invocation>) -> Self {
        Self { relay, events: AsyncMutex::new(events), running: Mutex::default() }
    }

    fn finish(&self, id: &str, outcome: Result<Value, Value>) -> StatusCode {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if request_id(running.number) != id {
            return StatusCode::BAD_REQUEST;
        }
        match running.reply.take().map(|reply| reply.send(outcome)) {
            Some(_) => StatusCode::ACCEPTED,
            None => StatusCode::BAD_REQUEST,
        }
    }
}

fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The Runtime API, and behind every other path the relay.
pub fn router(runtime: Arc<Runtime>) -> Router {
    let calls = Router::new().fallback(relay).with_state(runtime.relay.clone());
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(runtime)
        .fallback_service(calls)
        .layer(DefaultBodyLimit::disable())
}

#[expect(clippy::disallowed_methods, reason = "a deadline is told in the machine's own time")]
fn deadline_ms(time: Duration) -> String {
    let time = jiff::SignedDuration::try_from(time).unwrap_or_default();
    (jiff::Timestamp::now() + time).as_millisecond().to_string()
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    let Some(invocation) = runtime.events.lock().await.recv().await else {
        // No more events: a frozen environment waits for ever.
        return std::future::pending().await;
    };
    let number = {
        let mut running = runtime.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.number += 1;
        running.reply = Some(invocation.reply);
        running.number
    };
    let headers = [
        ("lambda-runtime-aws-request-id", request_id(number)),
        ("lambda-runtime-deadline-ms", deadline_ms(invocation.time)),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:crash".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
    ];
    (headers, Json(invocation.event)).into_response()
}

async fn response(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: String) -> StatusCode {
    match serde_json::from_str(&body) {
        Ok(value) => runtime.finish(&id, Ok(value)),
        Err(_) => runtime.finish(&id, Err(Value::String("the response is no JSON".to_owned()))),
    }
}

async fn error(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: String) -> StatusCode {
    runtime.finish(&id, Err(serde_json::from_str(&body).unwrap_or(Value::String(body))))
}

async fn init_error(body: String) -> StatusCode {
    eprintln!("crash: a function could not start: {body}");
    StatusCode::ACCEPTED
}
