//! Sending a signed call and reading its answer, bounded in size.

use crate::{
    envelope::{self, Call},
    exact,
    sign::sign,
};
use reqwest::{Response, StatusCode, header, multipart};
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};
use tallyman_app::ports::{CallError, CallGate, Clock, OpenGate};
use tallyman_domain::limit::CallClass;

/// The largest answer that is read. A page of 100 orders is some 200 KB.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An application's key and secret, and the token of the account that authorised it.
#[derive(Clone)]
pub struct Credentials {
    /// Which application.
    pub app_key: String,
    /// What it signs with.
    pub app_secret: String,
    /// For whom it acts.
    pub access_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("app_key", &self.app_key).finish_non_exhaustive()
    }
}

/// A file that goes with a call. It isn't signed.
#[derive(Debug, Clone)]
pub struct File {
    /// The parameter it stands for.
    pub field: &'static str,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// An answer out of its envelope, with the address it came from.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was called.
    pub call: Call,
    /// What came.
    pub body: Value,
}

/// The gateway, for one account. The HTTP client brings the time-outs, and must not follow redirects: a shipping
/// notice that is redirected would be sent twice.
#[derive(Clone)]
pub struct Gateway {
    service: &'static str,
    http: reqwest::Client,
    base_url: String,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
    gate: Arc<dyn CallGate>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("service", &self.service)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

type Params<'a> = Vec<(&'a str, String)>;

impl Gateway {
    /// A gateway at `base_url`, with or without a slash at its end.
    #[must_use]
    pub fn new(
        service: &'static str,
        http: reqwest::Client,
        base_url: &str,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self { service, http, base_url, credentials, clock, gate: Arc::new(OpenGate) }
    }

    /// With a gate that every request has to pass. Without one it stands open.
    #[must_use]
    pub fn gated(self, gate: Arc<dyn CallGate>) -> Self {
        Self { gate, ..self }
    }

    /// What the calls that follow are for.
    pub fn expect(&self, class: CallClass) {
        self.gate.expect(class);
    }

    /// Calls a method with dots, at `/sync`.
    ///
    /// # Errors
    /// [`CallError::Unclear`] whenever the call may have taken effect; see [`envelope::open`].
    pub async fn sync_call(&self, method: &str, params: &[(&str, String)]) -> Result<Answer, CallError> {
        let mut system = self.system("session");
        system.extend([
            ("method", method.to_owned()),
            ("format", "json".to_owned()),
            ("v", "2.0".to_owned()),
            // Without it every list comes wrapped; both shapes are read.
            ("simplify", "true".to_owned()),
        ]);
        let url = format!("{}/sync", self.base_url);
        self.send(self.call(method), url, "", system, params, None).await
    }

    /// Calls a path, at `/rest`.
    ///
    /// # Errors
    /// As [`Gateway::sync_call`].
    pub async fn rest_call(
        &self,
        path: &str,
        params: &[(&str, String)],
        file: Option<File>,
    ) -> Result<Answer, CallError> {
        let url = format!("{}/rest{path}", self.base_url);
        self.send(self.call(path), url, path, self.system("access_token"), params, file).await
    }

    fn call(&self, name: &str) -> Call {
        Call { service: self.service, name: name.to_owned() }
    }

    fn system(&self, token: &'static str) -> Params<'static> {
        let mut system = vec![
            ("app_key", self.credentials.app_key.clone()),
            (token, self.credentials.access_token.clone()),
            ("partner_id", "tallyman".to_owned()),
            ("sign_method", "sha256".to_owned()),
            ("timestamp", self.clock.now().as_millisecond().to_string()),
        ];
        // Whoever asks for a token has none yet.
        system.retain(|(_, value)| !value.is_empty());
        system
    }

    async fn send(
        &self,
        call: Call,
        url: String,
        prefix: &str,
        mut system: Params<'_>,
        params: &[(&str, String)],
        file: Option<File>,
    ) -> Result<Answer, CallError> {
        // Blank parameters aren't signed, so they aren't sent either.
        let params: Vec<_> = params.iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        let all = system.iter().map(|(n, v)| (*n, v.as_str())).chain(params.iter().map(|(n, v)| (*n, v.as_str())));
        let signature = sign(prefix, all, &self.credentials.app_secret);
        system.push(("sign", signature));
        let request = self.http.post(url).query(&system);
        let request = match file {
            None => request.form(&params),
            Some(file) => request.multipart(form(&call, &params, file)?),
        };
        self.gate.pass(call.service, &call.name).await?;
        let answer = self.answer(&call, request).await;
        if let Err(CallError::Throttled { after, .. }) = &answer {
            self.gate.banned(&call.name, *after).await;
        }
        answer.map(|body| Answer { call, body })
    }

    async fn answer(&self, call: &Call, request: reqwest::RequestBuilder) -> Result<Value, CallError> {
        let response = request.send().await.map_err(|error| unsent(call, error))?;
        let status = response.status();
        let root = read_json(call, response).await?;
        let body = envelope::open(call, root).map_err(|error| self.scrub(error))?;
        if !status.is_success() {
            return Err(call.unclear(format!("HTTP {} without a reason", status.as_u16())));
        }
        Ok(body)
    }

    /// A gateway may quote the request in its refusal; what it quotes must not be a secret.
    fn scrub(&self, error: CallError) -> CallError {
        let Credentials { app_secret, access_token, .. } = &self.credentials;
        match error {
            CallError::Refused { service, call, code, message } => {
                let message = [app_secret, access_token]
                    .into_iter()
                    .filter(|secret| !secret.is_empty())
                    .fold(message, |text, secret| text.replace(secret.as_str(), "[secret]"));
                CallError::Refused { service, call, code, message }
            }
            other => other,
        }
    }
}

fn form(call: &Call, params: &[&(&str, String)], file: File) -> Result<multipart::Form, CallError> {
    let part = multipart::Part::bytes(file.bytes)
        .file_name(file.name)
        .mime_str(file.media_type)
        .map_err(|_| call.refused("media type", "the file's media type is malformed"))?;
    let form =
        params.iter().fold(multipart::Form::new(), |form, (name, value)| form.text((*name).to_owned(), value.clone()));
    Ok(form.part(file.field, part))
}

/// A request that got no response. Only when no connection came about is it sure that nothing was sent.
fn unsent(call: &Call, error: reqwest::Error) -> CallError {
    if error.is_connect() || error.is_builder() {
        // The URL carries the token.
        let source = Box::new(error.without_url());
        CallError::Unreachable { service: call.service, call: call.name.clone(), source }
    } else if error.is_timeout() {
        call.unclear("no answer in time")
    } else {
        call.unclear("the connection broke before an answer")
    }
}

async fn read_json(call: &Call, response: Response) -> Result<Value, CallError> {
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        return Err(call.throttled(Duration::from_secs(seconds.unwrap_or(60))));
    }
    if !status.is_success() && !status.is_client_error() {
        return Err(call.unclear(format!("HTTP {}", status.as_u16())));
    }
    let bytes = read_bounded(call, response).await?;
    let not_json = |_| call.unclear(format!("HTTP {} with a body that is not JSON", status.as_u16()));
    exact::from_slice(&bytes).map_err(not_json)
}

async fn read_bounded(call: &Call, mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_BYTES_MAX => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(call.unclear("an answer of more than 4 MiB")),
            Ok(None) => return Ok(bytes),
            Err(error) if error.is_timeout() => return Err(call.unclear("the answer did not end in time")),
            Err(_) => return Err(call.unclear("the answer broke off")),
        }
    }
}
