//! The control side under `/_sandbox/`: no credentials, not counted. It is how a test plays the warehouse's
//! people, looks into the books and orders faults.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::answer::{Answer, Refusal};
use crate::app::Sandbox;
use crate::books::Books;
use crate::delivery::{Event, announce};
use crate::faults::Fault;
use crate::packing::{self, Mark, Parcel, Pick};
use crate::shipments::Notified;
use crate::warehouse::Settings;
use crate::{carriers, time};

/// The routes.
pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/books", get(books))
        .route("/warehouse", post(warehouse))
        .route("/ship", post(ship))
        .route("/void", post(void))
        .route("/merge", post(merge))
        .route("/split", post(split))
        .route("/webhooks/deliver", post(deliver))
        .route("/fault", post(fault))
        .fallback(|| async { Refusal::missing("The sandbox has no such control.") })
        .with_state(sandbox)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad(error.to_string()))
}

async fn books(State(sandbox): State<Arc<Sandbox>>) -> Answer {
    let mut books = sandbox.books();
    books.release_due_holds(time::now());
    Ok(Json(books.show()))
}

async fn warehouse(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let automatic = read::<Settings>(&body)?.check().map_err(Refusal::bad)?;
    let on = automatic.is_some();
    sandbox.books().warehouse = automatic;
    Ok(Json(json!({ "auto": on })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Ship {
    order_id: Option<i64>,
    order_number: Option<String>,
    items: Option<Vec<Pick>>,
    carrier_code: Option<String>,
    service_code: Option<String>,
    tracking_number: Option<String>,
    /// Whether webhooks tell of it.
    #[serde(default = "yes")]
    notify: bool,
    /// Shipped by a fulfilment provider: a fulfilment with its own webhook instead of a label.
    fulfillment_provider: Option<String>,
    /// Whether ShipStation says that it told the shop by itself,
    #[serde(default)]
    marketplace_notified: bool,
    /// and what it says went wrong with that.
    notify_error_message: Option<String>,
}

fn yes() -> bool {
    true
}

async fn ship(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Ship = read(&body)?;
    let notify = wanted.notify;
    let (answer, event) = shipped(&mut sandbox.books(), wanted).map_err(Refusal::bad)?;
    announce(&sandbox, Some(event).filter(|_| notify));
    Ok(Json(answer))
}

fn shipped(books: &mut Books, wanted: Ship) -> Result<(serde_json::Value, Event), String> {
    books.release_due_holds(time::now());
    let id = match (wanted.order_id, &wanted.order_number) {
        (Some(id), _) => id,
        (None, Some(number)) => with_number(books, number)?,
        (None, None) => return Err("Name an order by 'orderId' or 'orderNumber'.".to_owned()),
    };
    let order = books.order(id).ok_or_else(|| format!("There is no order {id}."))?;
    let (country, stores) = (order.country().to_owned(), BTreeSet::from([order.store_id]));
    let bought = carriers::buy(&mut books.rng, wanted.carrier_code.as_deref().unwrap_or("mixed"), &country);
    // A carrier the warehouse does not know can be named all the same; it then needs a service and a number.
    let carrier = wanted.carrier_code.unwrap_or_else(|| bought.carrier.clone());
    if carrier != bought.carrier && (wanted.service_code.is_none() || wanted.tracking_number.is_none()) {
        return Err(format!("'{carrier}' is not the warehouse's: give 'serviceCode' and 'trackingNumber' too."));
    }
    let service = wanted.service_code.unwrap_or(bought.service);
    let tracking = wanted.tracking_number.unwrap_or(bought.tracking);
    let notified = Notified { marketplace: wanted.marketplace_notified, error: wanted.notify_error_message };
    if let Some(provider) = wanted.fulfillment_provider {
        let marked = Mark { carrier, tracking: tracking.clone(), ship_date: None, provider: Some(provider) };
        let fulfillment = packing::mark(books, id, marked, time::now())?;
        books
            .fulfillments
            .iter_mut()
            .filter(|made| made.id == fulfillment)
            .for_each(|made| made.notified = notified.clone());
        let answer = json!({ "orderId": id, "fulfillmentId": fulfillment, "trackingNumber": tracking });
        return Ok((answer, Event::Provided { fulfillment, stores }));
    }
    let batch = books.ids.batch();
    let parcel = Parcel { picks: wanted.items, carrier, service, tracking: tracking.clone(), batch_id: batch };
    let shipment = packing::label(books, id, parcel, time::now())?;
    books.shipments.iter_mut().filter(|made| made.id == shipment).for_each(|made| made.notified = notified.clone());
    let answer = json!({ "orderId": id, "shipmentId": shipment, "trackingNumber": tracking, "batchId": batch });
    Ok((answer, Event::Labelled { batch, stores }))
}

fn with_number(books: &Books, number: &str) -> Result<i64, String> {
    let mut found = books.orders.iter().filter(|order| order.number == number && !order.is_gone());
    match (found.next(), found.next()) {
        (Some(order), None) => Ok(order.id),
        (None, _) => Err(format!("There is no order with the number '{number}'.")),
        _ => Err(format!("Several orders have the number '{number}'.")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Void {
    shipment_id: i64,
}

async fn void(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Void = read(&body)?;
    packing::void(&mut sandbox.books(), wanted.shipment_id, time::now()).map_err(Refusal::bad)?;
    Ok(Json(json!({ "approved": true, "shipmentId": wanted.shipment_id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Merge {
    order_ids: Vec<i64>,
}

async fn merge(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Merge = read(&body)?;
    let parent = packing::merge(&mut sandbox.books(), &wanted.order_ids, time::now()).map_err(Refusal::bad)?;
    Ok(Json(json!({ "orderId": parent })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Split {
    order_id: i64,
    items: Option<Vec<Pick>>,
}

async fn split(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Split = read(&body)?;
    let mut books = sandbox.books();
    let child = packing::split(&mut books, wanted.order_id, wanted.items.as_deref(), time::now());
    let child = child.map_err(Refusal::bad)?;
    Ok(Json(json!({ "orderId": wanted.order_id, "childOrderId": child })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deliver {
    on: bool,
}

async fn deliver(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Deliver = read(&body)?;
    sandbox.books().delivering = wanted.on;
    Ok(Json(json!({ "on": wanted.on })))
}

async fn fault(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Answer {
    let wanted: Fault = read(&body)?;
    sandbox.books().faults.add(wanted);
    Ok(Json(json!({ "accepted": true })))
}
