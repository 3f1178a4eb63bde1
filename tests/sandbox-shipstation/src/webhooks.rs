//! Subscribing to webhooks.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use reqwest::Url;
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, object};
use crate::app::Sandbox;
use crate::{delivery, reference, validation};

/// What can be subscribed to.
pub const EVENTS: &[&str] = &[
    "ORDER_NOTIFY",
    "ITEM_ORDER_NOTIFY",
    "SHIP_NOTIFY",
    "ITEM_SHIP_NOTIFY",
    "FULFILLMENT_SHIPPED",
    "FULFILLMENT_REJECTED",
];

/// One subscription.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: i64,
    pub event: String,
    pub url: Url,
    /// Only this store's orders, when given.
    pub store_id: Option<i64>,
    pub name: Value,
}

impl Subscription {
    /// As `GET /webhooks` shows it.
    fn show(&self) -> Value {
        json!({
            "IsLabelAPIHook": false, "WebHookID": self.id, "SellerID": 100_000, "StoreID": self.store_id,
            "HookType": self.event, "MessageFormat": "Json", "Url": self.url.as_str(), "Name": self.name,
            "BulkCopyBatchID": null, "BulkCopyRecordID": null, "Active": true, "WebhookLogs": [],
            "Seller": null, "Store": null,
        })
    }

    /// As the books show it: without the secret that its address may hold.
    pub fn entry(&self) -> Value {
        json!({
            "id": self.id, "event": self.event, "target": delivery::redacted(&self.url),
            "store_id": self.store_id, "friendly_name": self.name,
        })
    }
}

/// `GET /webhooks`
pub async fn list(State(sandbox): State<Arc<Sandbox>>) -> Answer {
    let all: Vec<_> = sandbox.books().subscriptions.iter().map(Subscription::show).collect();
    Ok(Json(json!({ "webhooks": all })))
}

/// `POST /webhooks/subscribe`
pub async fn subscribe(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let fields = object(&body)?;
    validation::subscribe(&fields).map_err(Refusal::bad)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let url: Url = text("target_url").parse().map_err(|_| Refusal::bad("'target_url' is not a URL."))?;
    let (loopback, lambda) = (delivery::is_loopback(&url), delivery::is_function_url(&url));
    if url.scheme() != "https" && !(url.scheme() == "http" && (loopback || lambda)) {
        return Err(Refusal::bad("'target_url' must be https."));
    }
    let store_id = fields.get("store_id").and_then(Value::as_i64);
    if let Some(store) = store_id.filter(|store| !reference::is_store(*store)) {
        return Err(Refusal::bad(format!("There is no store {store}.")));
    }
    let mut books = sandbox.books();
    let name = fields.get("friendly_name").cloned().unwrap_or_default();
    let subscription = Subscription { id: books.ids.webhook(), event: text("event").to_owned(), url, store_id, name };
    let id = subscription.id;
    books.subscriptions.push(subscription);
    Ok(Json(json!({ "id": id })))
}

/// `DELETE /webhooks/{id}`
pub async fn unsubscribe(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Result<(), Refusal> {
    let mut books = sandbox.books();
    let before = books.subscriptions.len();
    books.subscriptions.retain(|subscription| subscription.id.to_string() != id);
    if books.subscriptions.len() == before {
        return Err(Refusal::missing(format!("There is no webhook {id}.")));
    }
    Ok(())
}
