//! What waits to be handed to a function, and the events that it is handed in.

use crate::outside::{ANY_ORIGIN, Message};
use ring::hmac;
use serde_json::{Value, json};
use std::time::Instant;

/// Work that waits.
#[derive(Debug, Clone)]
pub enum Todo {
    /// A message of a lane.
    Message {
        /// `POLL`, `EXPORT`...
        lane: &'static str,
        /// The message.
        message: Message,
    },
    /// A tick of a schedule, or its repetition.
    Job {
        /// Who.
        function: &'static str,
        /// What.
        event: Value,
        /// Failures so far.
        tries: u32,
    },
    /// A webhook that ShipStation posts until it is taken.
    Hook {
        /// Its `resource_url`, with [`ANY_ORIGIN`].
        resource: String,
        /// Failures so far.
        tries: u32,
    },
    /// A message that a marketplace pushes until it is taken.
    Push {
        /// To which connection.
        connection: String,
        /// About which order.
        order: String,
        /// Failures so far.
        tries: u32,
    },
}

impl Todo {
    /// When it may be handed over.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        if let Self::Message { message, .. } = self { Some(message.due) } else { None }
    }

    /// In a world that was made again, people did just now what they had done before the message was sent: a time that
    /// it names, up to when something is to be looked at, ends now.
    #[must_use]
    pub fn ending(mut self, now: jiff::Timestamp) -> Self {
        if let Self::Message { message, .. } = &mut self
            && let Ok(mut hint) = serde_json::from_str::<Value>(&message.body)
            && hint["window"]["to"].is_string()
        {
            hint["window"]["to"] = json!(now);
            message.body = hint.to_string();
        }
        self
    }

    /// Is it a message of this lane?
    #[must_use]
    pub fn is_of(&self, wanted: &str) -> bool {
        matches!(self, Self::Message { lane, .. } if *lane == wanted)
    }
}

/// An SQS event of these messages, for the process whose ShipStation is at `origin`.
#[must_use]
pub fn batch(messages: &[(String, &Message)], origin: &str) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|(id, message)| {
            json!({
                "messageId": id,
                "receiptHandle": format!("receipt-{id}"),
                "body": message.body.replace(ANY_ORIGIN, origin),
                "attributes": {
                    "ApproximateReceiveCount": (message.receives + 1).to_string(),
                    "SentTimestamp": "1700000000000",
                    "SenderId": "crash",
                    "ApproximateFirstReceiveTimestamp": "1700000000001",
                },
                "messageAttributes": {},
                "md5OfBody": "0",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:crash",
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    json!({ "Records": records })
}

/// What ShipStation posts.
#[must_use]
pub fn hook(resource: &str, secret: &str, origin: &str) -> Value {
    let body = json!({ "resource_url": resource.replace(ANY_ORIGIN, origin), "resource_type": "SHIP_NOTIFY" });
    posted(&format!("/hooks/shipstation/main/{secret}"), &body.to_string(), None)
}

/// What AliExpress pushes about an order, signed with the app's secret.
#[must_use]
pub fn push(connection: &str, order: &str) -> Value {
    let message = json!({
        "message_type": 53,
        "data": { "orderId": order.parse::<u64>().unwrap_or_default(), "orderStatus": "PaymentAuthorized" },
        "timestamp": 1_719_389_200,
        "site": "ae_global",
    });
    let (app, body) = (sandbox_marketplaces::platform::ALIEXPRESS, message.to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, app.app_secret.as_bytes());
    let tag = hmac::sign(&key, &[app.app_key.as_bytes(), body.as_bytes()].concat());
    let signature = tag.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    posted(&format!("/hooks/aliexpress/{connection}"), &body, Some(&signature))
}

/// A post as a function URL hands it over.
fn posted(path: &str, body: &str, signature: Option<&str>) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "content-type": "application/json", "host": "crash.lambda-url.us-east-1.on.aws" },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "crash",
            "domainName": "crash.lambda-url.us-east-1.on.aws",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "crash" },
            "requestId": "crash",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    if let Some(signature) = signature {
        event["headers"]["authorization"] = json!(signature);
    }
    event
}

/// The messages that a batch's answer names as failed.
#[must_use]
pub fn failures(answer: &Value) -> Vec<&str> {
    let failed = answer["batchItemFailures"].as_array().into_iter().flatten();
    failed.filter_map(|failure| failure["itemIdentifier"].as_str()).collect()
}
