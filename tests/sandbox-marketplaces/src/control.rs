//! What a test orders and asks, under `/_sandbox/`. No signature: this is not part of the marketplace.

use std::sync::Arc;

use axum::extract::{Path, State as Extract};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::limits::Allowance;
use crate::model::{Address, Line, Order};
use crate::seed::Sowing;
use crate::state::Shared;
use crate::{clock, push, witness};

type Server = Extract<Arc<Shared>>;

/// The control routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sandbox/books", get(books))
        .route("/_sandbox/seed", post(seed))
        .route("/_sandbox/orders", post(insert))
        .route("/_sandbox/orders/{id}", get(show))
        .route("/_sandbox/orders/{id}/status", post(set_status))
        .route("/_sandbox/orders/{id}/address", post(set_address))
        .route("/_sandbox/orders/{id}/lines", post(set_lines))
        .route("/_sandbox/witness", post(set_witness))
        .route("/_sandbox/fault", post(add_fault).delete(clear_faults))
        .route("/_sandbox/limits", post(set_limits))
}

async fn books(Extract(shared): Server) -> Json<Value> {
    let state = shared.lock();
    Json(state.books.render(state.orders.values(), |order| shared.platform.is_ready(order)))
}

async fn seed(Extract(shared): Server, Json(wanted): Json<Sowing>) -> Json<Value> {
    let mut state = shared.lock();
    let orders = state.sower.sow(&wanted, clock::now());
    let ids: Vec<String> = orders.iter().map(|order| order.id.clone()).collect();
    state.orders.extend(orders.iter().cloned().map(|order| (order.id.clone(), order)));
    let total = state.orders.len();
    drop(state);
    push::announce(&shared, &orders);
    Json(json!({"paid": wanted.paid, "other": wanted.other, "total": total, "ids": ids}))
}

async fn insert(Extract(shared): Server, Json(order): Json<Order>) -> Response {
    if order.id.is_empty() || !order.id.bytes().all(|byte| byte.is_ascii_digit()) {
        return (StatusCode::BAD_REQUEST, "an order id is digits").into_response();
    }
    let id = order.id.clone();
    shared.lock().orders.insert(id.clone(), order.clone());
    push::announce(&shared, &[order]);
    Json(json!({"id": id})).into_response()
}

async fn show(Extract(shared): Server, Path(id): Path<String>) -> Response {
    shared.lock().orders.get(&id).map_or_else(unknown_order, |order| Json(order.clone()).into_response())
}

fn unknown_order() -> Response {
    (StatusCode::NOT_FOUND, "no such order").into_response()
}

/// A change of status, as the buyer or the marketplace would make it.
#[derive(Debug, Deserialize)]
struct NewStatus {
    status: String,
    end_reason: Option<String>,
    /// Paid now, if it was not before.
    #[serde(default)]
    paid: bool,
}

async fn set_status(Extract(shared): Server, Path(id): Path<String>, Json(new): Json<NewStatus>) -> Response {
    change(&shared, &id, |order| {
        let at = clock::now();
        if new.paid {
            order.paid_at.get_or_insert(at);
        }
        if new.end_reason.is_some() {
            order.end_reason = new.end_reason;
        }
        order.set_status(&new.status, at);
    })
}

async fn set_address(
    Extract(shared): Server,
    Path(id): Path<String>,
    Json(address): Json<Option<Address>>,
) -> Response {
    change(&shared, &id, |order| {
        order.address = address;
        order.modified_at = clock::now();
    })
}

/// Other goods, as buyer and seller may agree before anything is shipped.
async fn set_lines(Extract(shared): Server, Path(id): Path<String>, Json(lines): Json<Vec<Line>>) -> Response {
    if lines.is_empty() {
        return (StatusCode::BAD_REQUEST, "an order has lines").into_response();
    }
    change(&shared, &id, |order| {
        order.lines = lines;
        order.modified_at = clock::now();
    })
}

fn change(shared: &Arc<Shared>, id: &str, make: impl FnOnce(&mut Order)) -> Response {
    let mut state = shared.lock();
    let Some(order) = state.orders.get_mut(id) else { return unknown_order() };
    make(order);
    let order = order.clone();
    drop(state);
    push::announce(shared, std::slice::from_ref(&order));
    Json(json!({"id": order.id, "status": order.status, "modified_at": order.modified_at})).into_response()
}

#[derive(Debug, Deserialize)]
struct Witness {
    /// With `{order_id}` where the order's id goes; null to dismiss the witness.
    url_template: Option<String>,
}

async fn set_witness(Extract(shared): Server, Json(wanted): Json<Witness>) -> Response {
    if wanted.url_template.as_deref().is_some_and(|template| !witness::is_allowed(template)) {
        return (StatusCode::BAD_REQUEST, "the witness looks at http on this machine only").into_response();
    }
    shared.lock().witness.clone_from(&wanted.url_template);
    Json(json!({"url_template": wanted.url_template})).into_response()
}

async fn add_fault(Extract(shared): Server, Json(fault): Json<Fault>) -> Json<Value> {
    let answer = json!({"method": fault.method, "count": fault.count});
    shared.lock().faults.add(fault);
    Json(answer)
}

async fn clear_faults(Extract(shared): Server) -> StatusCode {
    shared.lock().faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct NewLimits {
    per_second: usize,
    per_day: u64,
}

async fn set_limits(Extract(shared): Server, Json(new): Json<NewLimits>) -> Json<Value> {
    shared.lock().limits.allow(Allowance { per_second: new.per_second, per_day: new.per_day });
    Json(json!({"per_second": new.per_second, "per_day": new.per_day}))
}
