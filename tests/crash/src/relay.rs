//! The numbering relay: everything that one function process calls goes through here, one port a process.

use crate::{
    answers::{self, Answer},
    call::{ALIBABA_PREFIX, ALIEXPRESS_PREFIX, Called, Service, below},
    fault::Fault,
    orders::{At, Gate, Sabotage, Seen, Strike},
    outside::{Outside, Request as Forwarded},
};
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use std::{
    net::Ipv4Addr,
    process::Child,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

/// Longer than any client waits.
const SILENCE: Duration = Duration::from_secs(60);
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How a relay ends its process.
#[derive(Debug, Clone)]
pub struct Killer {
    /// The process.
    pub child: Arc<Mutex<Child>>,
    /// True when the process is gone.
    pub gone: watch::Receiver<bool>,
}

impl Killer {
    /// SIGKILL. It fails when the process is gone already, which is as good.
    pub fn strike(&self) {
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// SIGKILL, and waits for the end.
    pub async fn kill(&self) {
        self.strike();
        let _ = self.gone.clone().wait_for(|gone| *gone).await;
    }
}

/// One process's relay.
#[derive(Debug)]
pub struct Relay {
    outside: Arc<Outside>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// `http://127.0.0.1:port`.
    origin: String,
    seen: Vec<Seen>,
    strike: Option<Strike>,
    /// The SDK's own id of the operation that was struck: its repetitions carry the same.
    struck: Option<Option<String>>,
    gate: Option<Arc<Gate>>,
    killer: Option<Killer>,
}

impl Relay {
    /// In front of the outside.
    #[must_use]
    pub fn new(outside: Arc<Outside>) -> Self {
        Self { outside, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it listens.
    pub fn set_origin(&self, origin: &str) {
        origin.clone_into(&mut self.lock().origin);
    }

    /// Whom it kills.
    pub fn set_killer(&self, killer: Killer) {
        self.lock().killer = Some(killer);
    }

    /// Calls are numbered from 1 again, and one of them may be struck.
    pub fn begin(&self, strike: Option<Strike>, gate: Option<Arc<Gate>>) {
        let mut inner = self.lock();
        inner.seen.clear();
        (inner.strike, inner.gate, inner.struck) = (strike, gate, None);
    }

    /// Has the ordered fault struck?
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.lock().struck.is_some()
    }

    /// The calls since [`Relay::begin`]; faults end with it.
    #[must_use]
    pub fn end(&self) -> Vec<Seen> {
        let mut inner = self.lock();
        (inner.strike, inner.gate) = (None, None);
        std::mem::take(&mut inner.seen)
    }

    /// Numbers a call and says what happens to it.
    fn admit(&self, called: &Called, operation_id: Option<String>, about: String) -> (usize, Option<Fault>) {
        let mut inner = self.lock();
        let number = inner.seen.len() + 1;
        let fault = inner.strike.as_ref().and_then(|strike| {
            let fault = strike.fault;
            match &inner.struck {
                None => {
                    let here = match &strike.at {
                        At::Nth(nth) => number == *nth,
                        At::Named(part) => called.to_string().contains(part.as_str()),
                        At::Notice => called.is_notice(),
                        At::AfterNotice => inner.seen.iter().any(|seen| seen.called.is_notice()),
                    };
                    here.then_some(fault)
                }
                Some(id) => (fault.strikes_repetitions() && id.is_some() && *id == operation_id).then_some(fault),
            }
        });
        if fault.is_some() {
            inner.struck = Some(operation_id);
        }
        inner.seen.push(Seen { number, called: called.clone(), fault, status: None, about });
        (number, fault)
    }

    fn note(&self, number: usize, status: StatusCode) {
        if let Some(seen) = self.lock().seen.get_mut(number - 1) {
            seen.status = Some(status.as_u16());
        }
    }

    async fn kill(&self) {
        let killer = self.lock().killer.clone();
        if let Some(killer) = killer {
            killer.kill().await;
        }
    }

    async fn forward(&self, number: usize, request: &Forwarded) -> Result<Answer, Response> {
        let origin = self.lock().origin.clone();
        let answer = self.outside.forward(request, &origin).await;
        match answer {
            Ok(answer) => {
                self.note(number, answer.status);
                Ok(answer)
            }
            Err(error) => {
                eprintln!("crash: {} can't be forwarded: {error}", request.called);
                Err((StatusCode::BAD_GATEWAY, "crash: the service behind the relay is gone").into_response())
            }
        }
    }

    async fn answer(&self, number: usize, fault: Option<Fault>, request: Forwarded) -> Response {
        let service = request.called.service;
        if fault == Some(Fault::KillBefore) {
            self.kill().await;
        }
        let answer = match fault {
            Some(fault) if !fault.has_effect() => None,
            _ => match self.forward(number, &request).await {
                Ok(answer) => Some(answer),
                Err(response) => return response,
            },
        };
        if self.outside.sabotage == Some(Sabotage::NoticeTwice) && request.called.is_notice() {
            let _ = self.forward(number, &request).await;
        }
        match (fault, answer) {
            (None, Some(answer)) => answer.into_response(),
            (Some(Fault::CutAnswer), Some(answer)) => answers::half(answer),
            (Some(Fault::FailBefore | Fault::FailAfter | Fault::FailAfterAll), _) => answers::failure(service),
            (Some(Fault::Throttle), _) => answers::throttle(service),
            (Some(Fault::Silence), _) => {
                tokio::time::sleep(SILENCE).await;
                answers::nothing()
            }
            (Some(Fault::KillAfter), _) => {
                self.kill().await;
                answers::nothing()
            }
            _ => answers::nothing(),
        }
    }
}

/// A relay that stands alone on a port of 127.0.0.1, for clients inside a test. It listens until the task ends.
///
/// # Errors
/// When no port is free.
pub async fn serve(outside: Arc<Outside>) -> std::io::Result<(Arc<Relay>, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let alone = Arc::new(Relay::new(outside));
    alone.set_origin(&origin);
    let app = Router::new().fallback(relay).with_state(alone.clone());
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            eprintln!("crash: a relay stopped: {error}");
        }
    });
    Ok((alone, origin))
}

/// Takes a call of the process.
pub async fn relay(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let Some(called) = Called::of(&parts.method, &parts.uri, &parts.headers, &body) else {
        eprintln!("crash: nobody knows whom {} {} is for", parts.method, parts.uri.path());
        return (StatusCode::NOT_FOUND, "crash: for nobody we know").into_response();
    };
    let operation_id = parts.headers.get("amz-sdk-invocation-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let (number, fault) = relay.admit(&called, operation_id, about(&called, parts.uri.path(), &body));
    let gate = relay.lock().gate.clone();
    if let Some(gate) = gate {
        gate.pass(number).await;
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let path = [ALIEXPRESS_PREFIX, ALIBABA_PREFIX].iter().find_map(|prefix| below(path, prefix)).unwrap_or(path);
    let request = Forwarded {
        called,
        method: parts.method.clone(),
        path: path.to_owned(),
        headers: forwardable(&parts.headers),
        body,
    };
    relay.answer(number, fault, request).await
}

/// Which item or object a call is about: what makes a story readable.
fn about(called: &Called, path: &str, body: &Bytes) -> String {
    match called.service {
        Service::S3 => path.to_owned(),
        Service::DynamoDb => {
            let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let key = |name: &str| {
                ["Key", "Item"].iter().find_map(|of| json[of][name]["S"].as_str()).unwrap_or_default().to_owned()
            };
            format!("{} {}", key("pk"), key("sk")).trim().to_owned()
        }
        _ => String::new(),
    }
}

/// Headers that concern the connection stay on it.
pub(crate) fn forwardable(headers: &HeaderMap) -> HeaderMap {
    const OF_THE_CONNECTION: [&str; 8] =
        ["host", "connection", "content-length", "transfer-encoding", "expect", "keep-alive", "te", "accept-encoding"];
    let mut kept = headers.clone();
    for name in OF_THE_CONNECTION {
        kept.remove(name);
    }
    kept
}
