//! Verify the raw bytes, put a hint on the queue, answer.

use crate::keys::{Keys, NobodyCanTell};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use tallyman_app::{
    connection::Account,
    hook::{Told, accept},
    ports::{ConfigStore, HintQueue, SecretStore},
};
use tallyman_domain::{AccountId, MarketplaceKind};
use tallyman_runtime::telemetry::chain;
use tallyman_shipstation::allowed_resource;
use tallyman_webhook::{BODY_BYTES_MAX, BadHook, SignedHeaders, V1Kind, read_v1, read_v2, secret_matches, verify_v2};

pub(crate) struct Handler {
    pub(crate) config: Box<dyn ConfigStore>,
    pub(crate) secrets: Box<dyn SecretStore>,
    pub(crate) queue: Box<dyn HintQueue>,
    pub(crate) keys: Keys,
    pub(crate) shipstation_base_url: String,
}

/// An HTTP API (payload 2.0) or function URL event: only what is needed of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    #[serde(default)]
    raw_path: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}
#[derive(Debug, Deserialize)]
struct Context {
    http: Http,
}
#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// What the sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    /// Also for a wrong secret: who doesn't know it learns nothing about which accounts exist.
    NotFound,
    BadRequest(&'static str),
    Forbidden(&'static str),
    MethodNotAllowed,
    TooLarge,
    ComeAgain,
}

impl Answer {
    fn response(self) -> Value {
        let (status, text) = match self {
            Self::Accepted => (200, "accepted"),
            Self::NotFound => (404, "not found"),
            Self::BadRequest(what) => (400, what),
            Self::Forbidden(what) => (403, what),
            Self::MethodNotAllowed => (405, "POST only"),
            Self::TooLarge => (413, "at most 1 MiB"),
            Self::ComeAgain => (503, "try again"),
        };
        let headers = json!({ "content-type": "application/json", "cache-control": "no-store" });
        json!({ "statusCode": status, "headers": headers, "body": json!({ "message": text }).to_string() })
    }
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Request>) -> Result<Value, Error> {
        let answer = self.answer(&event.payload).await;
        if answer != Answer::Accepted {
            tracing::warn!(?answer, "a webhook was not accepted");
        }
        Ok(answer.response())
    }

    pub(crate) async fn answer(&self, request: &Request) -> Answer {
        let Some((sender, path)) = request.raw_path.strip_prefix("/hooks/").and_then(|path| path.split_once('/'))
        else {
            return Answer::NotFound;
        };
        match sender {
            "shipstation" => self.shipstation(path, request).await,
            "aliexpress" => self.push(MarketplaceKind::AliExpress, path, request).await,
            "alibaba" => self.push(MarketplaceKind::Alibaba, path, request).await,
            _ => Answer::NotFound,
        }
    }

    async fn shipstation(&self, path: &str, request: &Request) -> Answer {
        let body = match raw_body(request) {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let (id, secret) = path.split_once('/').map_or((path, None), |(id, secret)| (id, Some(secret)));
        let account = match self.account(id).await {
            Ok(Some(account)) => account,
            Ok(None) => return Answer::NotFound,
            Err(answer) => return answer,
        };
        let told = match secret.filter(|s| !s.is_empty()) {
            Some(secret) => self.unsigned(&account, secret, &body),
            None => self.signed(&account, request, &body).await,
        };
        match told {
            Ok(told) => match accept(&*self.queue, &account, told).await {
                Ok(()) => Answer::Accepted,
                Err(error) => {
                    tracing::error!(account = %account.id, error = chain(&error), "the hint can't be queued; the sender is asked to come again");
                    Answer::ComeAgain
                }
            },
            Err(answer) => answer,
        }
    }

    async fn account(&self, id: &str) -> Result<Option<Account>, Answer> {
        let Ok(id) = AccountId::parse(id) else { return Ok(None) };
        match self.config.accounts().await {
            Ok(accounts) => Ok(accounts.into_iter().find(|a| a.id == id)),
            Err(error) => {
                tracing::error!(account = %id, error = chain(&error), "the configuration can't be read");
                Err(Answer::ComeAgain)
            }
        }
    }

    /// V1: unsigned. The secret in the path says who sent it; what it says is a hint, and the URL in it is followed
    /// only to ShipStation itself, because it is followed with credentials.
    fn unsigned(&self, account: &Account, secret: &str, body: &[u8]) -> Result<Told, Answer> {
        if !secret_matches(secret, &account.webhook_secret_sha256) {
            return Err(Answer::NotFound);
        }
        let hook = read_v1(body).map_err(|error| refused(account, &error))?;
        if !allowed_resource(&hook.resource_url, &self.shipstation_base_url) {
            tracing::warn!(account = %account.id, "a webhook names a resource that isn't ShipStation's; it is not followed");
            return Err(Answer::Forbidden("resource_url is not ShipStation's"));
        }
        Ok(match hook.resource_type {
            V1Kind::OrderNotify => Told::Something,
            V1Kind::ShipNotify | V1Kind::ItemShipNotify | V1Kind::FulfillmentShipped => {
                Told::Resource(hook.resource_url)
            }
        })
    }

    /// V2: signed over the raw bytes. Its resources need a V2 key, so a sweep finds what it is about.
    async fn signed(&self, account: &Account, request: &Request, body: &[u8]) -> Result<Told, Answer> {
        let headers = SignedHeaders::read(|name| header(request, name)).map_err(|_| Answer::NotFound)?;
        headers.check_time(self.keys.now()).map_err(|_| Answer::BadRequest("time stamp"))?;
        let key = self.keys.find(account, headers.key_id).await.map_err(|NobodyCanTell| Answer::ComeAgain)?;
        let key = key.ok_or(Answer::Forbidden("unknown key"))?;
        verify_v2(&headers, body, &key, self.keys.now()).map_err(|_| Answer::Forbidden("signature"))?;
        read_v2(body).map(|_| Told::Something).map_err(|error| match error {
            BadHook::UnknownType(_) => Answer::BadRequest("resource_type is not one of ours"),
            _ => Answer::BadRequest("body"),
        })
    }
}

fn refused(account: &Account, error: &BadHook) -> Answer {
    tracing::warn!(account = %account.id, error = %error, "a webhook can't be used");
    match error {
        BadHook::TooLarge => Answer::TooLarge,
        BadHook::UnknownType(_) => Answer::BadRequest("resource_type is not one of ours"),
        BadHook::Malformed => Answer::BadRequest("the body is not {resource_url, resource_type}"),
        BadHook::BadUrl => Answer::BadRequest("resource_url"),
    }
}

/// Function URLs write header names in small letters; what stands before them might not.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The raw bytes of a `POST`: what a signature is over.
pub(crate) fn raw_body(request: &Request) -> Result<Vec<u8>, Answer> {
    if request.request_context.http.method != "POST" {
        return Err(Answer::MethodNotAllowed);
    }
    let text = request.body.as_deref().unwrap_or_default();
    // Base64 is a third longer: nothing larger is even decoded.
    if text.len() > BODY_BYTES_MAX * 4 / 3 + 4 {
        return Err(Answer::TooLarge);
    }
    let body = if request.is_base64_encoded {
        BASE64_STANDARD.decode(text).map_err(|_| Answer::BadRequest("body"))?
    } else {
        text.as_bytes().to_vec()
    };
    if body.len() > BODY_BYTES_MAX { Err(Answer::TooLarge) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str, encoded: bool) -> Request {
        let event = json!({"rawPath": "/x", "body": body, "isBase64Encoded": encoded, "requestContext": {"http": {"method": "POST"}}});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn the_body_is_taken_as_the_raw_bytes_that_were_sent() {
        assert_eq!(raw_body(&request("{\"a\": 1}", false)).unwrap(), b"{\"a\": 1}");
        assert_eq!(raw_body(&request("eyJhIjogMX0=", true)).unwrap(), b"{\"a\": 1}");
        assert_eq!(raw_body(&request("?", true)), Err(Answer::BadRequest("body")));
    }

    #[test]
    fn more_than_a_mebibyte_is_refused_and_exactly_one_is_not() {
        assert!(raw_body(&request(&"x".repeat(BODY_BYTES_MAX), false)).is_ok());
        assert_eq!(raw_body(&request(&"x".repeat(BODY_BYTES_MAX + 1), false)), Err(Answer::TooLarge));
        let encoded = BASE64_STANDARD.encode(vec![b'x'; BODY_BYTES_MAX + 1]);
        assert_eq!(raw_body(&request(&encoded, true)), Err(Answer::TooLarge));
    }
}
