//! One call over HTTP, and what its end means.

use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tallyman_app::ports::CallError;
use tallyman_domain::limit::Rate;

pub(crate) const SERVICE: &str = "ShipStation";

/// A page of 500 shipments is about 1 MiB.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
const MESSAGE_CHARS_MAX: usize = 300;
/// As much of ShipStation's words as is looked through.
const WORDS_CHARS_MAX: usize = 4000;
/// How long to wait when ShipStation doesn't say: its limit is counted by the minute.
const THROTTLED_S_DEFAULT: u32 = 60;
/// A longer wait isn't one that ShipStation's limit knows; a date in place of seconds would look like this.
const THROTTLED_S_MAX: u32 = 3600;
const RATE_UNKNOWN: u64 = u64::MAX;

/// The way to one account.
pub(crate) struct Wire {
    http: Client,
    base: Url,
    key: String,
    secret: String,
    /// Limit (0: not named) in the upper half, then remaining calls, then seconds to the reset: one store, so all are
    /// of one answer.
    rate: AtomicU64,
}

impl Wire {
    pub(crate) fn new(http: Client, base: Url, key: String, secret: String) -> Self {
        Self { http, base, key, secret, rate: AtomicU64::new(RATE_UNKNOWN) }
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    pub(crate) fn last_rate(&self) -> Option<Rate> {
        let packed = self.rate.load(Relaxed);
        let [limit, remaining, reset_s] = [packed >> 32, packed >> 16, packed].map(|part| part as u16);
        let limit = (limit != 0).then_some(u32::from(limit));
        (packed != RATE_UNKNOWN).then_some(Rate { limit, remaining: remaining.into(), reset_s: reset_s.into() })
    }

    pub(crate) async fn get(&self, call: &'static str, url: Url) -> Result<Vec<u8>, CallError> {
        let answer = self.exchange(call, self.http.request(Method::GET, url)).await?;
        answer.into_body(call, |words| words)
    }

    /// `None` when ShipStation says that there is no such thing.
    pub(crate) async fn get_if_there(&self, call: &'static str, url: Url) -> Result<Option<Vec<u8>>, CallError> {
        let answer = self.exchange(call, self.http.request(Method::GET, url)).await?;
        if answer.is_gone() { Ok(None) } else { answer.into_body(call, |words| words).map(Some) }
    }

    /// `hide` takes out of ShipStation's words what they may quote of the request.
    pub(crate) async fn post(
        &self,
        call: &'static str,
        path: &str,
        json: Vec<u8>,
        hide: impl FnOnce(String) -> String + Send,
    ) -> Result<Vec<u8>, CallError> {
        let request = self.http.request(Method::POST, self.url(path)).header(CONTENT_TYPE, "application/json");
        self.exchange(call, request.body(json)).await?.into_body(call, hide)
    }

    /// Deleting what is gone already has succeeded.
    pub(crate) async fn delete_if_there(&self, call: &'static str, url: Url) -> Result<(), CallError> {
        let answer = self.exchange(call, self.http.request(Method::DELETE, url)).await?;
        if answer.is_gone() || answer.status.is_success() {
            Ok(())
        } else {
            answer.into_body(call, |words| words).map(drop)
        }
    }

    /// Sends, and reads the answer as far as its status makes it worth reading.
    async fn exchange(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, CallError> {
        let sent = request.basic_auth(&self.key, Some(&self.secret)).send().await;
        let response = sent.map_err(|error| transport(call, error))?;
        let status = response.status();
        self.remember_rate(response.headers());
        tracing::debug!(call, status = status.as_u16(), remaining = self.last_rate().map(|r| r.remaining), "answered");
        match status {
            StatusCode::UNAUTHORIZED => Err(CallError::Unauthorised { service: SERVICE, code: "401".into() }),
            StatusCode::TOO_MANY_REQUESTS => Err(throttled(call, response.headers())),
            // Sent by a gateway that gave up on the request; the service behind it may not have.
            StatusCode::REQUEST_TIMEOUT => Err(unclear(call, "HTTP 408".into())),
            _ if status.is_success() || status.is_client_error() => {
                Ok(Answer { status, body: whole_body(call, response).await? })
            }
            _ if status.is_redirection() => {
                Err(unclear(call, format!("HTTP {}, a redirect, which is never followed", status.as_u16())))
            }
            _ => Err(unclear(call, format!("HTTP {}", status.as_u16()))),
        }
    }

    fn remember_rate(&self, headers: &HeaderMap) {
        if let (Some(remaining), Some(reset_s)) =
            (number(headers, "x-rate-limit-remaining"), number(headers, "x-rate-limit-reset"))
        {
            // A limit that needs more bits than these isn't ShipStation's.
            let [limit, remaining, reset_s] = [number(headers, "x-rate-limit-limit").unwrap_or(0), remaining, reset_s]
                .map(|n| u64::from(u16::try_from(n).unwrap_or(u16::MAX)));
            self.rate.store(limit << 32 | remaining << 16 | reset_s, Relaxed);
        }
    }
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// A gateway's own page says nothing of what ShipStation has.
    fn is_gone(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && !is_html(&self.body)
    }

    fn into_body(self, call: &'static str, hide: impl FnOnce(String) -> String) -> Result<Vec<u8>, CallError> {
        let status = self.status.as_u16();
        if is_html(&self.body) {
            return Err(unclear(call, format!("an HTML page with HTTP {status}")));
        }
        if self.status.is_success() {
            return Ok(self.body);
        }
        // Hidden before it is cut: half a name is no longer found.
        Err(refused(call, &status.to_string(), short(&hide(reason(&self.body)))))
    }
}

async fn whole_body(call: &'static str, mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut whole = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken_off(call, &error))? {
        if whole.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(unclear(call, "an answer of more than 16 MiB".into()));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

fn is_html(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn throttled(call: &'static str, headers: &HeaderMap) -> CallError {
    let said = number(headers, "x-rate-limit-reset").or_else(|| number(headers, "retry-after"));
    let wait_s = said.filter(|s| *s <= THROTTLED_S_MAX).unwrap_or(THROTTLED_S_DEFAULT).max(1);
    CallError::Throttled { service: SERVICE, call: call.into(), after: Duration::from_secs(wait_s.into()) }
}

fn transport(call: &'static str, error: reqwest::Error) -> CallError {
    if error.is_builder() {
        return refused(call, "request", "the request can't be built".into());
    }
    if error.is_connect() {
        return CallError::Unreachable { service: SERVICE, call: call.into(), source: Box::new(error.without_url()) };
    }
    broken_off(call, &error)
}

fn broken_off(call: &'static str, error: &reqwest::Error) -> CallError {
    unclear(call, if error.is_timeout() { "a time-out" } else { "a broken connection" }.into())
}

pub(crate) fn unclear(call: &'static str, what: String) -> CallError {
    CallError::Unclear { service: SERVICE, call: call.into(), what }
}

pub(crate) fn refused(call: &'static str, code: &str, message: String) -> CallError {
    CallError::Refused { service: SERVICE, call: call.into(), code: code.into(), message }
}

/// ShipStation's words for a refusal: `Message`, `ExceptionMessage`, and which fields of the request are meant.
fn reason(body: &[u8]) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return "no reason given".into() };
    let mut words: Vec<&str> = Vec::new();
    for name in ["Message", "message", "ExceptionMessage"] {
        words.extend(fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()));
    }
    if let Some(Value::Object(state)) = fields.get("ModelState") {
        words.extend(state.keys().map(String::as_str)); // the field's path; its value may be personal
    }
    if words.is_empty() { "no reason given".into() } else { words.join(" | ").chars().take(WORDS_CHARS_MAX).collect() }
}

/// One line of at most 300 characters.
pub(crate) fn short(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_services_own_words_and_names_fields_without_values() {
        assert_eq!(reason(br#"{"message":"Too bad"}"#), "Too bad");
        assert_eq!(reason(br#"{"Message":"Invalid.","ExceptionMessage":"No store 7."}"#), "Invalid. | No store 7.");
        let body =
            br#"{"Message":"The request is invalid.","ModelState":{"order.shipTo.city":["Jane's town is odd"]}}"#;
        assert_eq!(reason(body), "The request is invalid. | order.shipTo.city");
    }

    #[test]
    fn what_is_hidden_is_hidden_before_the_words_are_cut() {
        let body = format!(r#"{{"Message":"{}Jane Doe"}}"#, "x".repeat(296));
        let answer = Answer { status: StatusCode::BAD_REQUEST, body: body.into_bytes() };
        let error = answer.into_body("POST /x", |words| words.replace("Jane Doe", "…")).unwrap_err();
        assert!(error.to_string().ends_with("xx…"), "{error}");
    }

    #[test]
    fn a_refusal_without_words_says_so_and_a_long_one_is_cut() {
        for body in [&b""[..], b"plain text", b"[]", b"{}", br#"{"Message":""}"#] {
            assert_eq!(reason(body), "no reason given");
        }
        assert_eq!(short(&"é".repeat(1000)).chars().count(), 300);
        assert_eq!(short("two\r\nlines"), "two  lines");
    }
}
