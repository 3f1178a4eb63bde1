//! A marketplace for tests: a socket on this machine that answers as it is told and remembers what it was asked.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper: a failure here is a failed test")]

use crate::gateway::Credentials;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};
use tallyman_app::ports::Clock;

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct StoppedClock(pub Timestamp);

#[async_trait::async_trait]
impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
    async fn sleep(&self, _: Duration) {}
}

/// A clock that stands at the time of the signing vectors.
#[must_use]
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(StoppedClock(Timestamp::from_millisecond(1_517_820_392_000).unwrap()))
}

/// Credentials that open nothing.
#[must_use]
pub fn credentials() -> Credentials {
    Credentials { app_key: "12345678".into(), app_secret: "helloworld".into(), access_token: "token-4711".into() }
}

/// A client with a short patience.
#[must_use]
pub fn http() -> reqwest::Client {
    // The second test of a binary finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_millis(500)).no_proxy().build().unwrap()
}

/// One request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Path.
    pub path: String,
    /// Query parameters.
    pub query: BTreeMap<String, String>,
    /// Form parameters, where the body is a form.
    pub form: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The method of `/sync` or the path below `/rest`.
    #[must_use]
    pub fn name(&self) -> String {
        let path = self.path.strip_prefix("/rest").unwrap_or(&self.path);
        self.query.get("method").cloned().unwrap_or_else(|| path.to_owned())
    }
    /// A form parameter, read as JSON.
    #[must_use]
    pub fn json(&self, field: &str) -> Value {
        serde_json::from_str(self.form.get(field).unwrap_or_else(|| panic!("no {field}"))).unwrap()
    }
}

/// What the marketplace does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// HTTP 200 and this body.
    Json(Value),
    /// This, byte for byte; then the connection is closed.
    Raw(String),
    /// Nothing, for this long.
    Silence(Duration),
}

/// A running marketplace.
#[derive(Debug, Clone)]
pub struct Marketplace {
    /// Where it listens.
    pub base_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Marketplace {
    /// Starts one that answers each request by `reply`.
    pub fn start(reply: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request = receive(&stream);
                let answer = reply(&request);
                seen.lock().unwrap().push(request);
                send(stream, answer);
            }
        });
        Self { base_url, requests }
    }

    /// Starts one that has one JSON answer per method or path.
    #[must_use]
    pub fn answering(answers: &[(&str, Value)]) -> Self {
        let answers: BTreeMap<String, Value> = answers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        Self::start(move |request| {
            let unknown =
                || serde_json::json!({"error_response": {"type": "ISV", "code": "InvalidApiPath", "msg": "no"}});
            Reply::Json(answers.get(&request.name()).cloned().unwrap_or_else(unknown))
        })
    }

    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The names of the calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.requests().iter().map(Request::name).collect()
    }
}

fn receive(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let target = line.split(' ').nth(1).unwrap_or("/");
    let url = reqwest::Url::parse("http://h").unwrap().join(target).unwrap();
    let (mut length, mut is_form) = (0, false);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap() == 0 || header == "\r\n" {
            break;
        }
        let header = header.to_ascii_lowercase();
        length = header.strip_prefix("content-length:").map_or(length, |v| v.trim().parse().unwrap());
        is_form |= header.starts_with("content-type: application/x-www-form-urlencoded");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = if is_form { String::from_utf8(body.clone()).unwrap() } else { String::new() };
    let form = reqwest::Url::parse(&format!("http://h/?{text}")).unwrap();
    Request { path: url.path().to_owned(), query: pairs(&url), form: pairs(&form), body }
}

fn pairs(url: &reqwest::Url) -> BTreeMap<String, String> {
    url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect()
}

fn send(mut stream: TcpStream, reply: Reply) {
    let raw = match reply {
        Reply::Json(body) => {
            let body = body.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Raw(raw) => raw,
        Reply::Silence(time) => return std::thread::sleep(time),
    };
    // The client may have gone away already; that is its right.
    let _ = stream.write_all(raw.as_bytes());
}
