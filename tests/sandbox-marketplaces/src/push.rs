//! Push messages (API-FACTS 1.8 and 2.5): when an order changes, the app's callback URL is told. Off until a test sets
//! one, and to this machine only.
//!
//! | route | body | does |
//! |---|---|---|
//! | `GET /_sandbox/push` | | how many are on their way, and `sent`: every try with status, time and error |
//! | `POST /_sandbox/push` | [`Target`]; `{"url": null}` turns it off | sets the callback URL |
//! | `POST /_sandbox/push/send` | `{"order_id": "..."}` | sends this order's message again |
//!
//! One app has one callback URL, whoever the seller is: messages about other sellers' orders come there too. A
//! receiver has 500 ms; the real one tries twelve times over six hours, this one `tries` times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::Order;
use crate::oauth::sellers;
use crate::platform::Platform;
use crate::signing::sign_push;
use crate::state::Shared;
use crate::{clock, witness};

/// What a receiver has before it counts as failed.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where messages go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The callback URL, at this machine; none: nobody is told.
    pub url: Option<String>,
    /// The `Host` header, where a gateway tells functions apart by it.
    #[serde(default)]
    pub host: Option<String>,
    /// How often a message is tried.
    #[serde(default = "three")]
    pub tries: u32,
    /// From one try to the next (ms).
    #[serde(default = "second")]
    pub retry_after_ms: u64,
}

const fn three() -> u32 {
    3
}

const fn second() -> u64 {
    1000
}

/// What is to be told, and what was.
#[derive(Debug, Default)]
pub struct Pushes {
    target: Target,
    sent: Vec<Sent>,
    waiting: usize,
}

/// One try.
#[derive(Debug, Clone, Serialize)]
struct Sent {
    at: Timestamp,
    order_id: String,
    attempt: u32,
    status: Option<u16>,
    ms: u64,
    /// Why there is no status.
    error: Option<String>,
}

/// The control routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new().route("/_sandbox/push", get(show).post(set)).route("/_sandbox/push/send", post(send))
}

/// Tells the callback URL about these orders, one after the other, after this returns.
pub fn announce(shared: &Arc<Shared>, orders: &[Order]) {
    let messages: Vec<_> = orders
        .iter()
        .filter_map(|order| Some((order.id.clone(), message(shared.platform, order, clock::now())?)))
        .collect();
    let mut state = shared.lock();
    if messages.is_empty() || state.pushes.target.url.is_none() {
        return;
    }
    state.pushes.waiting += messages.len();
    drop(state);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        for (order_id, body) in messages {
            deliver(&shared, &order_id, body.to_string()).await;
            shared.lock().pushes.waiting -= 1;
        }
    });
}

async fn deliver(shared: &Shared, order_id: &str, body: String) {
    let target = shared.lock().pushes.target.clone();
    for attempt in 1..=target.tries {
        if attempt > 1 {
            tokio::time::sleep(Duration::from_millis(target.retry_after_ms)).await;
        }
        let (at, started) = (clock::now(), Instant::now());
        let answer = post_to(shared, &target, &body).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, error) = match answer {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        shared.lock().pushes.sent.push(Sent { at, order_id: order_id.to_owned(), attempt, status, ms, error });
        if status == Some(200) {
            return;
        }
    }
}

async fn post_to(shared: &Shared, target: &Target, body: &str) -> Result<u16, String> {
    let url = target.url.as_deref().ok_or("turned off")?;
    let known = shared.platform.credentials();
    let mut request = shared
        .client
        .post(url)
        .timeout(PATIENCE)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, sign_push(known.app_secret, known.app_key, body.as_bytes()))
        .body(body.to_owned());
    if let Some(host) = &target.host {
        request = request.header(header::HOST, host);
    }
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    Ok(answer.status().as_u16())
}

/// What the marketplace says about an order; none where it keeps quiet.
fn message(platform: Platform, order: &Order, now: Timestamp) -> Option<Value> {
    let seller = sellers::of(platform).iter().find(|seller| seller.foreign == order.foreign)?;
    Some(match platform {
        Platform::AliExpress => json!({
            "seller_id": seller.user_id,
            "message_type": 53,
            "data": {"buyerId": 1_861_703_697, "orderId": order.id.parse::<u64>().ok()?, "orderStatus": word(order)?},
            "timestamp": now.as_second(),
            "site": "ae_global",
        }),
        Platform::Alibaba => json!({
            "havana_id": format!("17{}", seller.user_id),
            "seller_id": seller.user_id,
            "message_type": 3,
            "data": {"status": order.status, "order_status": order.status, "trade_order_id": order.id,
                     "trade_id_str": order.id, "status_update_time": order.modified_at.as_millisecond()},
            "timestamp": now.as_second(),
            "site": "icbu_global",
        }),
    })
}

/// AliExpress's few words; other changes are not pushed.
fn word(order: &Order) -> Option<&'static str> {
    Some(match order.status.as_str() {
        "PLACE_ORDER_SUCCESS" => "OrderCreated",
        "WAIT_SELLER_SEND_GOODS" => "PaymentAuthorized",
        "SELLER_PART_SEND_GOODS" | "WAIT_BUYER_ACCEPT_GOODS" => "OrderShipped",
        "FINISH" if order.end_reason.as_deref().is_some_and(|reason| reason.contains("cancel")) => "OrderClosed",
        "FINISH" => "OrderConfirmed",
        _ => return None,
    })
}

async fn show(Extract(shared): Extract<Arc<Shared>>) -> Json<Value> {
    let state = shared.lock();
    let pushes = &state.pushes;
    Json(json!({"on": pushes.target.url.is_some(), "waiting": pushes.waiting, "sent": pushes.sent}))
}

async fn set(Extract(shared): Extract<Arc<Shared>>, Json(target): Json<Target>) -> Response {
    if target.url.as_deref().is_some_and(|url| !witness::is_allowed(url)) {
        return (StatusCode::BAD_REQUEST, "a callback URL is http on this machine only").into_response();
    }
    let mut state = shared.lock();
    state.pushes.target = target;
    Json(json!({"on": state.pushes.target.url.is_some()})).into_response()
}

#[derive(Debug, Deserialize)]
struct Which {
    order_id: String,
}

async fn send(Extract(shared): Extract<Arc<Shared>>, Json(which): Json<Which>) -> Response {
    let order = shared.lock().orders.get(&which.order_id).cloned();
    let Some(order) = order else { return (StatusCode::NOT_FOUND, "no such order").into_response() };
    announce(&shared, &[order]);
    Json(json!({"order_id": which.order_id})).into_response()
}
