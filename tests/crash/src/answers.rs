//! Answers that a service gives on a bad day, in that service's own words.

use crate::call::Service;
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::{io, time::Duration};

/// What came from where a call was forwarded to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers, those of the connection left out.
    pub headers: http::HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

fn aws_json(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({ "__type": kind, "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}

fn s3(status: StatusCode, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>ordered</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

fn sns(status: StatusCode, code: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Receiver</Type><Code>{code}</Code><Message>ordered</Message></Error></ErrorResponse>"
    );
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

fn plain_json(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// A server error.
#[must_use]
pub fn failure(service: Service) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    match service {
        Service::DynamoDb => aws_json(status, "com.amazonaws.dynamodb.v20120810#InternalServerError", "ordered"),
        Service::Sqs | Service::Secrets => aws_json(status, "InternalFailure", "ordered"),
        Service::S3 => s3(status, "InternalError"),
        Service::Sns => sns(status, "InternalFailure"),
        Service::AliExpress | Service::Alibaba | Service::ShipStation => {
            plain_json(status, &json!({ "message": "ordered" }))
        }
    }
}

/// Asked too often.
#[must_use]
pub fn throttle(service: Service) -> Response {
    let banned = "This ban will last 1 more seconds";
    match service {
        Service::DynamoDb => aws_json(
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Service::Sqs => aws_json(StatusCode::FORBIDDEN, "com.amazonaws.sqs#RequestThrottled", "ordered"),
        Service::Secrets => aws_json(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded"),
        Service::S3 => s3(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Service::Sns => sns(StatusCode::BAD_REQUEST, "Throttling"),
        Service::AliExpress => {
            let record = json!({ "type": "ISP", "code": "ApiCallLimit", "msg": banned, "request_id": "0" });
            plain_json(StatusCode::OK, &json!({ "error_response": record }))
        }
        Service::Alibaba => {
            let record = json!({ "type": "ISP", "code": "ApiCallLimit", "message": banned, "request_id": "0" });
            plain_json(StatusCode::OK, &record)
        }
        Service::ShipStation => {
            let limit = [("x-rate-limit-limit", "40"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1")];
            let body = json!({ "message": "Too Many Requests" }).to_string();
            (StatusCode::TOO_MANY_REQUESTS, limit, body).into_response()
        }
    }
}

/// No answer: the connection ends before a byte of it.
#[must_use]
pub fn nothing() -> Response {
    // A body that breaks at once takes the head with it, which was not written yet.
    Body::from_stream(stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) }))
        .into_response()
}

/// The head and half of the body; then the connection ends.
#[must_use]
pub fn half(answer: Answer) -> Response {
    let promised = answer.body.len().max(2);
    let first = stream::once(async move { Ok::<Bytes, io::Error>(answer.body.slice(..answer.body.len() / 2)) });
    let end = stream::once(async {
        // Without the pause the server would drop what it has not written yet.
        tokio::time::sleep(Duration::from_millis(15)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    let length = [(header::CONTENT_LENGTH, promised.to_string())];
    (answer.status, answer.headers, length, Body::from_stream(first.chain(end))).into_response()
}
