//! An answer as Lambda takes it: streamed behind a function URL, or whole for whoever can't stream.

use axum::{
    body::{BodyDataStream, to_bytes},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};
use jiff::Timestamp;
use lambda_runtime::{Error, FunctionResponse, MetadataPrelude, StreamResponse};
use serde_json::{Value, json};

/// What Lambda is handed.
pub(crate) type Answer = FunctionResponse<Value, BodyDataStream>;

/// Lambda takes 6 MB whole, and JSON may double a text. Pages have a few KB, and a CSV stops before.
const WHOLE_BYTES_MAX: usize = 4 * 1024 * 1024;
const WHOLE_CSV_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Lambda streams up to 200 MB; whoever wants more asks twice.
const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;
const CSV_ROWS_MAX: usize = 100_000;

/// How far an answer may go that grows while it leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Lambda ends the function then.
    pub(crate) ends_at: Timestamp,
    pub(crate) bytes: usize,
    pub(crate) rows: usize,
}

impl Bounds {
    /// Of an invocation that ends then (ms since 1970, as Lambda says it).
    pub(crate) fn of(streams: bool, deadline_ms: u64) -> Self {
        // A deadline that is no time is none.
        let ends_at = i64::try_from(deadline_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self {
            ends_at: ends_at.unwrap_or(Timestamp::MAX),
            bytes: if streams { STREAM_BYTES_MAX } else { WHOLE_CSV_BYTES_MAX },
            rows: CSV_ROWS_MAX,
        }
    }
}

/// Headers by name, and the cookies, which Lambda wants apart.
fn told(headers: &HeaderMap) -> Result<(HeaderMap, Vec<String>), Error> {
    let mut others = HeaderMap::new();
    let mut cookies = Vec::new();
    for (name, value) in headers {
        if name == header::SET_COOKIE {
            cookies.push(value.to_str()?.to_owned());
        // Lambda frames what it streams itself.
        } else if name != header::CONTENT_LENGTH {
            others.insert(name, value.clone());
        }
    }
    Ok((others, cookies))
}

/// Status, headers and cookies leave first, then the body as it comes.
///
/// A body that can fail has to say so itself, in what it sends: `lambda_runtime` 1.5 writes an error into the middle of the
/// body and goes on, and ends a panicking one as if it were whole.
pub(crate) fn streamed(response: Response) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let (headers, cookies) = told(&parts.headers)?;
    let metadata_prelude = MetadataPrelude { status_code: parts.status, headers, cookies };
    Ok(FunctionResponse::StreamingResponse(StreamResponse { metadata_prelude, stream: body.into_data_stream() }))
}

/// Everything at once.
pub(crate) async fn whole(response: Response) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, WHOLE_BYTES_MAX).await?;
    let (headers, cookies) = told(&parts.headers)?;
    let text = |value: &http::HeaderValue| value.to_str().map(Value::from);
    let headers = headers
        .iter()
        .map(|(name, value)| Ok((name.as_str().to_owned(), text(value)?)))
        .collect::<Result<_, Error>>()?;
    let (body, encoded) = match std::str::from_utf8(&body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(&body), true),
    };
    Ok(FunctionResponse::BufferedResponse(json!({
        "statusCode": parts.status.as_u16(),
        "headers": Value::Object(headers),
        "cookies": cookies,
        "body": body,
        "isBase64Encoded": encoded,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use futures::StreamExt as _;

    fn response(body: impl Into<Body>) -> Response {
        Response::builder()
            .status(303)
            .header("set-cookie", "a=1; Path=/")
            .header("set-cookie", "b=2")
            .header("location", "/")
            .header("content-length", "2")
            .body(body.into())
            .unwrap()
    }

    async fn buffered(body: impl Into<Body>) -> Value {
        let FunctionResponse::BufferedResponse(answer) = whole(response(body)).await.unwrap() else { panic!() };
        answer
    }

    #[tokio::test]
    async fn cookies_leave_as_cookies_and_text_as_text() {
        let answer = buffered("\u{e9}").await;
        assert_eq!(answer["cookies"], json!(["a=1; Path=/", "b=2"]));
        assert_eq!(answer["headers"], json!({"location": "/"}));
        assert_eq!((answer["statusCode"].as_u64(), answer["body"].as_str()), (Some(303), Some("\u{e9}")));
        assert_eq!(buffered(&b"\xff"[..]).await["body"], "/w==");
    }

    #[tokio::test]
    async fn a_streamed_answer_says_the_same_before_its_body_and_sends_that_byte_for_byte() {
        let FunctionResponse::StreamingResponse(mut answer) = streamed(response(&b"\xff\0"[..])).unwrap() else {
            panic!()
        };
        let prelude = serde_json::to_value(&answer.metadata_prelude).unwrap();
        assert_eq!(
            prelude,
            json!({"statusCode": 303, "headers": {"location": "/"}, "cookies": ["a=1; Path=/", "b=2"]})
        );
        assert_eq!(&*answer.stream.next().await.unwrap().unwrap(), b"\xff\0");
        assert!(answer.stream.next().await.is_none());
    }

    #[test]
    fn an_answer_ends_with_its_invocation_and_a_whole_one_is_shorter() {
        let (streamed, whole) = (Bounds::of(true, 1_800_000_000_000), Bounds::of(false, u64::MAX));
        assert_eq!(streamed.ends_at.as_second(), 1_800_000_000);
        assert_eq!(whole.ends_at, Timestamp::MAX);
        assert!(whole.bytes < streamed.bytes);
    }
}
