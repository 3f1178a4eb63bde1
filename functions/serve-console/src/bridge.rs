//! A function URL's event (payload 2.0) becomes a request. Whatever arrives is answered: an event that isn't a valid
//! request is the sender's error, never the function's.

use crate::{
    answer::{self, Answer, Bounds},
    console::Console,
    limits, routes,
};
use axum::{Router, body::Body, response::IntoResponse as _};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use lambda_runtime::{Error, LambdaEvent};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};
use tower_service::Service as _;

/// Function URLs hand the path on decoded here and there: what a request line can't hold is encoded again.
const UNSAFE_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'#')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

/// The event, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(default)]
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    #[serde(default)]
    domain_name: String,
    http: Http,
}
#[derive(Deserialize)]
struct Http {
    method: String,
}

/// The host that AWS says the request came to. No header that a client sends has a say in it.
#[derive(Clone)]
pub(crate) struct Domain(pub(crate) String);

/// From Lambda to the pages, and back.
pub(crate) struct Bridge {
    router: Router,
    streams: bool,
}

impl Bridge {
    pub(crate) fn to(console: Console) -> Self {
        Self { streams: console.settings.streams, router: routes::router(Arc::new(console)) }
    }

    /// Answers one event.
    pub(crate) async fn handle(&self, event: LambdaEvent<Event>) -> Result<Answer, Error> {
        let bounds = Bounds::of(self.streams, event.context.deadline);
        let response = match request(event.payload) {
            Ok(mut request) => {
                request.extensions_mut().insert(bounds);
                // A router is always ready and never fails.
                self.router.clone().call(request).await.unwrap_or_else(|never| match never {})
            }
            Err(status) => status.into_response(),
        };
        if self.streams { answer::streamed(response) } else { answer::whole(response).await }
    }
}

fn request(event: Event) -> Result<Request<Body>, StatusCode> {
    let bad = StatusCode::BAD_REQUEST;
    let path = utf8_percent_encode(&event.raw_path, UNSAFE_IN_PATHS).to_string();
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let target = if event.raw_query_string.is_empty() { path } else { format!("{path}?{}", event.raw_query_string) };
    if target.len() > limits::TARGET_BYTES_MAX {
        return Err(StatusCode::URI_TOO_LONG);
    }
    let size = |(name, value): (&String, &String)| name.len() + value.len();
    let bytes = event.headers.iter().map(size).sum::<usize>() + event.cookies.iter().map(String::len).sum::<usize>();
    if bytes > limits::HEADER_BYTES_MAX || event.headers.len() > limits::HEADERS_MAX {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let body = body(event.body.unwrap_or_default(), event.is_base64_encoded)?;
    let method = Method::from_bytes(event.request_context.http.method.as_bytes()).map_err(|_| bad)?;
    let mut request = Request::builder().method(method).uri(target).body(Body::from(body)).map_err(|_| bad)?;
    for (name, value) in &event.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad)?;
        request.headers_mut().append(name, HeaderValue::from_str(value).map_err(|_| bad)?);
    }
    for cookie in &event.cookies {
        request.headers_mut().append(header::COOKIE, HeaderValue::from_str(cookie).map_err(|_| bad)?);
    }
    request.extensions_mut().insert(Domain(event.request_context.domain_name));
    Ok(request)
}

fn body(text: String, encoded: bool) -> Result<Vec<u8>, StatusCode> {
    // Base64 is a third longer: nothing larger is even decoded.
    if text.len() > limits::BODY_BYTES_MAX * 4 / 3 + 4 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body =
        if encoded { BASE64_STANDARD.decode(text).map_err(|_| StatusCode::BAD_REQUEST)? } else { text.into_bytes() };
    if body.len() > limits::BODY_BYTES_MAX { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(change: impl Fn(&mut Value)) -> Result<Request<Body>, StatusCode> {
        let mut event = json!({"version": "2.0", "rawPath": "/connections", "rawQueryString": "done=paused",
            "headers": {"host": "evil.example", "accept": "text/html"}, "cookies": ["a=1", "b=2"],
            "requestContext": {"domainName": "x.lambda-url.us-east-1.on.aws", "http": {"method": "GET"}}});
        change(&mut event);
        request(serde_json::from_value(event).unwrap())
    }

    #[test]
    fn an_event_becomes_the_request_it_was_and_the_host_is_what_aws_says() {
        let request = event(|_| {}).unwrap();
        assert_eq!(request.uri(), "/connections?done=paused");
        assert_eq!(request.extensions().get::<Domain>().unwrap().0, "x.lambda-url.us-east-1.on.aws");
        let cookies: Vec<_> = request.headers().get_all("cookie").into_iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
    }

    #[test]
    fn what_no_request_can_be_is_the_senders_error() {
        assert_eq!(event(|e| e["rawQueryString"] = "a b\u{7f}".into()).unwrap_err(), StatusCode::BAD_REQUEST);
        assert_eq!(event(|e| e["headers"] = json!({"a b": "c"})).unwrap_err(), StatusCode::BAD_REQUEST);
        assert_eq!(event(|e| e["headers"] = json!({"a": "c\nd: e"})).unwrap_err(), StatusCode::BAD_REQUEST);
        assert_eq!(
            event(|e| e["requestContext"]["http"]["method"] = "G T".into()).unwrap_err(),
            StatusCode::BAD_REQUEST
        );
        assert_eq!(event(|e| e["isBase64Encoded"] = true.into()).unwrap().uri(), "/connections?done=paused");
        let undecodable = |e: &mut Value| (e["isBase64Encoded"], e["body"]) = (true.into(), "?".into());
        assert_eq!(event(undecodable).unwrap_err(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn a_path_that_arrives_decoded_still_is_one() {
        assert_eq!(event(|e| e["rawPath"] = "/a b?c\u{e9}".into()).unwrap().uri().path(), "/a%20b%3Fc%C3%A9");
        assert_eq!(event(|e| e["rawPath"] = "".into()).unwrap().uri().path(), "/");
        assert_eq!(event(|e| e["rawPath"] = "/%2e%2e/x".into()).unwrap().uri().path(), "/%2e%2e/x");
    }

    #[test]
    fn everything_has_a_limit() {
        let long = "x".repeat(70_000);
        assert_eq!(event(|e| e["rawQueryString"] = long.clone().into()).unwrap_err(), StatusCode::URI_TOO_LONG);
        let headers = |e: &mut Value| e["headers"]["x"] = "x".repeat(40_000).into();
        assert_eq!(event(headers).unwrap_err(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        let many = |e: &mut Value| {
            e["headers"] = (0..200).map(|i| (format!("h{i}"), "v".into())).collect::<serde_json::Map<_, _>>().into()
        };
        assert_eq!(event(many).unwrap_err(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(event(|e| e["body"] = long.clone().into()).unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
