//! What lies behind the relays of a world: the emulator, the sandboxes, and what was noted about calls to them.

use crate::{
    answers::Answer,
    call::{Called, Service},
    orders::Sabotage,
    relay::forwardable,
};
use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Stands for the origin of a process's ShipStation in messages: each process has one of its own.
pub const ANY_ORIGIN: &str = "http://any-origin.invalid";

/// A call as it is forwarded, and kept to be made again in another world.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its name.
    pub called: Called,
    /// Method.
    pub method: Method,
    /// Path and query at the service.
    pub path: String,
    /// Headers, those of the connection left out.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A message that SQS accepted.
#[derive(Debug, Clone)]
pub struct Message {
    /// The queue's URL.
    pub queue: String,
    /// Its body, with [`ANY_ORIGIN`].
    pub body: String,
    /// When it may be received.
    pub due: Instant,
    /// Deliveries so far.
    pub receives: u32,
}

/// Where things are.
#[derive(Debug, Clone)]
pub struct Targets {
    /// AWS.
    pub emulator: String,
    /// AliExpress.
    pub aliexpress: String,
    /// Alibaba.com.
    pub alibaba: String,
    /// ShipStation.
    pub shipstation: String,
}

/// The outside of one world.
#[derive(Debug)]
pub struct Outside {
    /// Where things are.
    pub targets: Targets,
    /// What goes wrong at each call.
    pub sabotage: Option<Sabotage>,
    client: reqwest::Client,
    messages: Mutex<Vec<Message>>,
    journal: Mutex<Vec<Request>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outside {
    /// Nothing noted yet.
    #[must_use]
    pub fn new(targets: Targets, client: reqwest::Client, sabotage: Option<Sabotage>) -> Self {
        Self { targets, sabotage, client, messages: Mutex::default(), journal: Mutex::default() }
    }

    /// The messages that were accepted since the last time, taken out.
    pub fn take_messages(&self) -> Vec<Message> {
        std::mem::take(&mut *held(&self.messages))
    }

    /// The calls that the sandboxes answered, from the first on.
    #[must_use]
    pub fn journal(&self) -> Vec<Request> {
        held(&self.journal).clone()
    }

    /// How many of them there are.
    #[must_use]
    pub fn journal_length(&self) -> usize {
        held(&self.journal).len()
    }

    /// Makes a call and notes what came of it. `origin` is the caller's relay.
    ///
    /// # Errors
    /// When the service is gone.
    pub async fn forward(&self, request: &Request, origin: &str) -> reqwest::Result<Answer> {
        if let Some(answer) = self.swallowed(request) {
            return Ok(answer);
        }
        let mut request = request.clone();
        self.spoil(&mut request);
        let base = match request.called.service {
            Service::AliExpress => &self.targets.aliexpress,
            Service::Alibaba => &self.targets.alibaba,
            Service::ShipStation => &self.targets.shipstation,
            _ => &self.targets.emulator,
        };
        let call = self.client.request(request.method.clone(), format!("{base}{}", request.path));
        let call = call.headers(request.headers.clone()).body(request.body.clone());
        if !request.called.service.is_aws() {
            // Before the answer: in the order in which the sandbox sees them.
            held(&self.journal).push(request.clone());
        }
        let response = call.send().await?;
        let (status, headers) = (response.status(), forwardable(response.headers()));
        let answer = Answer { status, headers, body: response.bytes().await? };
        if request.called.service == Service::Sqs && answer.status.is_success() {
            self.note_messages(&request, &answer, origin);
        }
        Ok(answer)
    }

    /// Makes the calls of another world here, in their order.
    ///
    /// # Errors
    /// When a sandbox is gone.
    pub async fn replay(&self, journal: &[Request]) -> reqwest::Result<()> {
        for request in journal {
            self.forward(request, ANY_ORIGIN).await?;
        }
        Ok(())
    }

    fn note_messages(&self, request: &Request, answer: &Answer, origin: &str) {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let accepted: Vec<&str> =
            told["Successful"].as_array().into_iter().flatten().filter_map(|entry| entry["Id"].as_str()).collect();
        let entries = asked["Entries"].as_array().into_iter().flatten();
        let mut messages = held(&self.messages);
        for entry in entries.filter(|entry| entry["Id"].as_str().is_some_and(|id| accepted.contains(&id))) {
            let delay = Duration::from_secs(entry["DelaySeconds"].as_u64().unwrap_or(0));
            messages.push(Message {
                queue: asked["QueueUrl"].as_str().unwrap_or_default().to_owned(),
                body: entry["MessageBody"].as_str().unwrap_or_default().replace(origin, ANY_ORIGIN),
                due: Instant::now() + delay,
                receives: 0,
            });
        }
    }

    // --- Sabotage ---

    fn swallowed(&self, request: &Request) -> Option<Answer> {
        let body = match (self.sabotage?, request.called.service, request.called.operation.as_str()) {
            (Sabotage::NoProofs, Service::S3, "PutObject") => Bytes::new(),
            (Sabotage::NoMessages, Service::Sqs, "SendMessageBatch") => {
                let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let entries = asked["Entries"].as_array().into_iter().flatten();
                let accepted: Vec<Value> =
                    entries.map(|e| json!({ "Id": e["Id"], "MessageId": "0", "MD5OfMessageBody": "0" })).collect();
                json!({ "Successful": accepted, "Failed": [] }).to_string().into()
            }
            _ => return None,
        };
        Some(Answer { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }

    fn spoil(&self, request: &mut Request) {
        match (self.sabotage, request.called.service) {
            (Some(Sabotage::NoWriteOnce), Service::S3) => {
                request.headers.remove("if-none-match");
            }
            (Some(Sabotage::NoConditions), Service::DynamoDb) => {
                if let Ok(mut json) = serde_json::from_slice::<Value>(&request.body)
                    && let Some(fields) = json.as_object_mut()
                    && request.called.operation == "PutItem"
                    && fields.remove("ConditionExpression").is_some()
                {
                    // Of a put, only the condition uses them, and what nothing uses is refused.
                    fields.remove("ExpressionAttributeValues");
                    fields.remove("ExpressionAttributeNames");
                    request.body = json.to_string().into();
                }
            }
            (Some(Sabotage::NoOrderKey), Service::ShipStation) => {
                if let Ok(mut json) = serde_json::from_slice::<Value>(&request.body)
                    && let Some(orders) = json.as_array_mut()
                {
                    orders.iter_mut().filter_map(Value::as_object_mut).for_each(|order| {
                        order.remove("orderKey");
                    });
                    request.body = json.to_string().into();
                }
            }
            _ => {}
        }
    }
}
