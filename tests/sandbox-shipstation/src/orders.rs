//! The order calls.

pub mod model;
pub mod upsert;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use http::Uri;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal, object};
use crate::app::Sandbox;
use crate::books::Books;
use crate::delivery::{Event, announce};
use crate::orders::model::{Order, Status};
use crate::orders::upsert::upsert;
use crate::packing;
use crate::query::Params;
use crate::{time, validation};

/// Orders one `createorders` call may carry.
const MOST_ORDERS: usize = 100;

/// `POST /orders/createorder`
pub async fn create_one(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let sent = Value::Object(object(&body)?);
    let (shown, event) = {
        let mut books = sandbox.books();
        let batch = books.rng.guid();
        let done = take(&mut books, &sent, &batch).map_err(Refusal::bad)?;
        let shown = books.order(done.order_id).map(Order::show);
        (shown, done.created.then(|| imported(&books, &batch)))
    };
    announce(&sandbox, event);
    Ok(Json(shown.unwrap_or_default()))
}

/// `POST /orders/createorders`: each order for itself, a bad one doesn't fail its neighbours.
pub async fn create_many(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let list: Vec<Value> = serde_json::from_slice(&body)
        .map_err(|error| Refusal::bad(format!("The body must be a JSON array of orders: {error}")))?;
    if list.is_empty() || list.len() > MOST_ORDERS {
        return Err(Refusal::bad(format!("{} orders sent; a request takes 1 to {MOST_ORDERS}.", list.len())));
    }
    let (results, event) = {
        let mut books = sandbox.books();
        let batch = books.rng.guid();
        let mut any_new = false;
        let results: Vec<Value> = list.iter().map(|sent| result(&mut books, sent, &batch, &mut any_new)).collect();
        (results, any_new.then(|| imported(&books, &batch)))
    };
    announce(&sandbox, event);
    let has_errors = results.iter().any(|result| result.get("success") == Some(&json!(false)));
    Ok(Json(json!({ "hasErrors": has_errors, "results": results })))
}

fn take(books: &mut Books, sent: &Value, batch: &str) -> Result<upsert::Upserted, String> {
    let fields = validation::order(sent)?;
    upsert(books, fields, batch, time::now())
}

fn result(books: &mut Books, sent: &Value, batch: &str, any_new: &mut bool) -> Value {
    match take(books, sent, batch) {
        Ok(done) => {
            *any_new |= done.created;
            let order = books.order(done.order_id);
            json!({
                "orderId": done.order_id,
                "orderNumber": order.map(|order| &order.number),
                "orderKey": order.map(|order| &order.key),
                "success": true,
                "errorMessage": null,
            })
        }
        Err(message) => {
            books.reject("POST /orders/createorders", &message);
            json!({
                "orderId": 0,
                "orderNumber": sent.get("orderNumber"),
                "orderKey": sent.get("orderKey"),
                "success": false,
                "errorMessage": message,
            })
        }
    }
}

fn imported(books: &Books, batch: &str) -> Event {
    let stores = books.orders.iter().rev().take(MOST_ORDERS).filter(|order| order.import_batch == batch);
    Event::Imported { batch: batch.to_owned(), stores: stores.map(|order| order.store_id).collect() }
}

const FILTERS: &[&str] = &[
    "customerName",
    "itemKeyword",
    "createDateStart",
    "createDateEnd",
    "modifyDateStart",
    "modifyDateEnd",
    "orderDateStart",
    "orderDateEnd",
    "paymentDateStart",
    "paymentDateEnd",
    "orderNumber",
    "orderStatus",
    "storeId",
    "importBatch",
];

/// `GET /orders`
pub async fn list(State(sandbox): State<Arc<Sandbox>>, uri: Uri) -> Answer {
    let params = Params::read(&uri, FILTERS)?;
    let status = match params.text("orderStatus") {
        // Known to the list, though no order of a sandbox is ever in it.
        Some("pending_fulfillment") => Some("pending_fulfillment"),
        Some(name) => {
            let known = Status::read(name).ok_or_else(|| Refusal::bad(format!("Unknown orderStatus '{name}'.")))?;
            Some(known.name())
        }
        None => None,
    };
    let (created, modified) = (params.range("createDate")?, params.range("modifyDate")?);
    let (ordered, paid) = (params.range("orderDate")?, params.range("paymentDate")?);
    let store = params.whole("storeId")?;
    let mut books = sandbox.books();
    books.release_due_holds(time::now());
    let wanted = |order: &&Order| {
        !order.is_gone()
            && status.is_none_or(|status| order.status.name() == status)
            && store.is_none_or(|store| order.store_id == store)
            && created.holds(Some(time::pacific(order.created)))
            && modified.holds(Some(time::pacific(order.modified)))
            && ordered.holds(order.date("orderDate"))
            && paid.holds(order.date("paymentDate"))
            && matches_text(order, &params)
    };
    let mut found: Vec<&Order> = books.orders.iter().filter(wanted).collect();
    params.sort(&mut found, &["", "OrderDate", "ModifyDate", "CreateDate"], |order, field| {
        let date = match field {
            "OrderDate" => order.date("orderDate"),
            "ModifyDate" => Some(time::pacific(order.modified)),
            "CreateDate" => Some(time::pacific(order.created)),
            _ => None,
        };
        (date, order.id)
    })?;
    params.page("orders", &found, |order| order.show()).map(Json)
}

fn matches_text(order: &Order, params: &Params) -> bool {
    let contains = |value: Option<&Value>, text: &str| {
        value.and_then(Value::as_str).is_some_and(|value| value.to_lowercase().contains(&text.to_lowercase()))
    };
    let name = |to: &str| order.sent.get(to).and_then(|address| address.get("name"));
    params.text("orderNumber").is_none_or(|start| order.number.starts_with(start))
        && params.text("importBatch").is_none_or(|batch| order.import_batch == batch)
        && params
            .text("customerName")
            .is_none_or(|text| contains(name("shipTo"), text) || contains(name("billTo"), text))
        && params.text("itemKeyword").is_none_or(|text| {
            order.items.iter().any(|item| contains(item.get("sku"), text) || contains(item.get("name"), text))
        })
}

/// `GET /orders/{id}`
pub async fn one(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Refusal::bad(format!("'{id}' is not an orderId.")))?;
    let mut books = sandbox.books();
    books.release_due_holds(time::now());
    visible(&books, id).map(|order| Json(order.show()))
}

/// `POST /orders/holduntil`
pub async fn hold_until(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let fields = object(&body)?;
    validation::hold(&fields).map_err(Refusal::bad)?;
    let until = fields.get("holdUntilDate").and_then(Value::as_str).and_then(|text| time::parse(text).ok());
    let mut books = sandbox.books();
    let id = visible(&books, order_id(&fields))?.id;
    let order = books.order_mut(id).filter(|order| matches!(order.status, Status::AwaitingShipment | Status::OnHold));
    let order = order.ok_or_else(|| Refusal::bad("Only an order that is awaiting shipment can be held."))?;
    order.status = Status::OnHold;
    order.hold_until = until;
    order.modified = time::now();
    Ok(Json(json!({ "success": true, "message": "Order held successfully." })))
}

/// `POST /orders/restorefromhold`
pub async fn restore_from_hold(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let fields = object(&body)?;
    validation::restore(&fields).map_err(Refusal::bad)?;
    let mut books = sandbox.books();
    let id = visible(&books, order_id(&fields))?.id;
    let order = books.order_mut(id).filter(|order| order.status == Status::OnHold);
    let order = order.ok_or_else(|| Refusal::bad("The order is not on hold."))?;
    order.status = Status::AwaitingShipment;
    order.hold_until = None;
    order.modified = time::now();
    Ok(Json(json!({ "success": true, "message": "The requested order has been restored" })))
}

/// `POST /orders/markasshipped`: a fulfilment, and no webhook.
pub async fn mark_as_shipped(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let fields = object(&body)?;
    validation::mark(&fields).map_err(Refusal::bad)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut books = sandbox.books();
    let order = visible(&books, order_id(&fields))?;
    let (id, number) = (order.id, order.number.clone());
    let marked = packing::Mark {
        carrier: text("carrierCode").to_owned(),
        tracking: text("trackingNumber").to_owned(),
        ship_date: time::parse(text("shipDate")).ok(),
        provider: None,
    };
    packing::mark(&mut books, id, marked, time::now()).map_err(Refusal::bad)?;
    Ok(Json(json!({ "orderId": id, "orderNumber": number })))
}

fn order_id(fields: &Map<String, Value>) -> i64 {
    fields.get("orderId").and_then(Value::as_i64).unwrap_or(0)
}

fn visible(books: &Books, id: i64) -> Result<&Order, Refusal> {
    books.order(id).filter(|order| !order.is_gone()).ok_or_else(|| Refusal::missing(format!("There is no order {id}.")))
}
