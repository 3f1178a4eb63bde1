//! Shipments (labels bought in ShipStation) and fulfilments (orders marked as shipped): shapes and lists.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::Uri;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::Sandbox;
use crate::query::Params;
use crate::time;

/// What ShipStation says of telling the shop by itself.
#[derive(Debug, Clone, Default)]
pub struct Notified {
    pub marketplace: bool,
    pub error: Option<String>,
}

/// One label.
#[derive(Debug, Clone)]
pub struct Shipment {
    pub id: i64,
    pub order_id: i64,
    pub order_key: String,
    pub order_number: String,
    pub store_id: i64,
    pub customer_email: Value,
    /// What a webhook's `batchId` names. The visible `batchNumber` is another number.
    pub batch_id: i64,
    pub created: Timestamp,
    pub ship_date: DateTime,
    pub voided: Option<Timestamp>,
    pub carrier: String,
    pub service: String,
    pub tracking: String,
    pub cost: f64,
    pub ship_to: Value,
    pub weight: Value,
    pub items: Vec<Value>,
    pub notified: Notified,
}

/// One order marked as shipped, or shipped by a fulfilment provider.
#[derive(Debug, Clone)]
pub struct Fulfillment {
    pub id: i64,
    pub order_id: i64,
    pub order_number: String,
    pub customer_email: Value,
    pub created: Timestamp,
    pub ship_date: DateTime,
    pub carrier: String,
    pub provider: Option<String>,
    pub tracking: String,
    pub ship_to: Value,
    pub notified: Notified,
}

/// The user whose labels these are.
const USER: &str = "5a4d0000-0000-4000-8000-00000000beef";

impl Shipment {
    /// As `GET /shipments` shows it; items only for those who ask.
    pub fn show(&self, with_items: bool) -> Value {
        json!({
            "shipmentId": self.id,
            "orderId": self.order_id,
            "orderKey": self.order_key,
            "userId": USER,
            "customerEmail": self.customer_email,
            "orderNumber": self.order_number,
            "createDate": time::pacific_stamp(self.created),
            "shipDate": self.ship_date.date().to_string(),
            "shipmentCost": self.cost,
            "insuranceCost": 0.0,
            "trackingNumber": self.tracking,
            "isReturnLabel": false,
            "batchNumber": (self.batch_id - 189_900_000).to_string(),
            "carrierCode": self.carrier,
            "serviceCode": self.service,
            "packageCode": "package",
            "confirmation": "none",
            "warehouseId": 16_079,
            "voided": self.voided.is_some(),
            "voidDate": self.voided.map(time::pacific_stamp),
            "marketplaceNotified": self.notified.marketplace,
            "notifyErrorMessage": self.notified.error,
            "shipTo": self.ship_to,
            "weight": self.weight,
            "dimensions": null,
            "insuranceOptions": { "provider": null, "insureShipment": false, "insuredValue": 0.0 },
            "advancedOptions": {
                "billToParty": null, "billToAccount": null, "billToPostalCode": null, "billToCountryCode": null,
                "storeId": self.store_id,
            },
            "shipmentItems": if with_items { json!(self.items) } else { Value::Null },
            "labelData": null,
            "formData": null,
        })
    }

    /// As the books show it: with what the API keeps to itself.
    pub fn entry(&self) -> Value {
        let mut entry = self.show(true);
        entry["batchId"] = json!(self.batch_id);
        entry["createdAt"] = json!(self.created.to_string());
        entry["voidedAt"] = json!(self.voided.map(|at| at.to_string()));
        entry
    }
}

impl Fulfillment {
    /// As `GET /fulfillments` shows it: no `orderKey`, no items.
    pub fn show(&self) -> Value {
        json!({
            "fulfillmentId": self.id,
            "orderId": self.order_id,
            "orderNumber": self.order_number,
            "userId": USER,
            "customerEmail": self.customer_email,
            "trackingNumber": self.tracking,
            "createDate": time::pacific_stamp(self.created),
            "shipDate": time::stamp(self.ship_date),
            "voidDate": null,
            "deliveryDate": null,
            "carrierCode": self.carrier,
            "fulfillmentProviderCode": self.provider,
            "fulfillmentServiceCode": null,
            "fulfillmentFee": 0.0,
            "voidRequested": false,
            "voided": false,
            "marketplaceNotified": self.notified.marketplace,
            "notifyErrorMessage": self.notified.error,
            "shipTo": self.ship_to,
        })
    }

    /// As the books show it.
    pub fn entry(&self) -> Value {
        let mut entry = self.show();
        entry["createdAt"] = json!(self.created.to_string());
        entry
    }
}

const SHIPMENT_FILTERS: &[&str] = &[
    "recipientName",
    "recipientCountryCode",
    "orderNumber",
    "orderId",
    "carrierCode",
    "serviceCode",
    "trackingNumber",
    "createDateStart",
    "createDateEnd",
    "shipDateStart",
    "shipDateEnd",
    "voidDateStart",
    "voidDateEnd",
    "batchId",
    "storeId",
    "includeShipmentItems",
];

/// `GET /shipments`
pub async fn list(State(sandbox): State<Arc<Sandbox>>, uri: Uri) -> Answer {
    let params = Params::read(&uri, SHIPMENT_FILTERS)?;
    let (order, batch, store) = (params.whole("orderId")?, params.whole("batchId")?, params.whole("storeId")?);
    let (created, shipped) = (params.range("createDate")?, params.range("shipDate")?);
    let voided = params.range("voidDate")?;
    let with_items = params.flag("includeShipmentItems")?;
    let is = |filter: &str, value: &str| params.text(filter).is_none_or(|wanted| wanted == value);
    let to = |shipment: &Shipment, field: &str| {
        shipment.ship_to.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let books = sandbox.books();
    let wanted = |shipment: &&Shipment| {
        order.is_none_or(|id| shipment.order_id == id)
            && batch.is_none_or(|id| shipment.batch_id == id)
            && store.is_none_or(|id| shipment.store_id == id)
            && is("orderNumber", &shipment.order_number)
            && is("trackingNumber", &shipment.tracking)
            && is("carrierCode", &shipment.carrier)
            && is("serviceCode", &shipment.service)
            && is("recipientName", &to(shipment, "name"))
            && is("recipientCountryCode", &to(shipment, "country"))
            && created.holds(Some(time::pacific(shipment.created)))
            && shipped.holds(Some(shipment.ship_date))
            && voided.holds(shipment.voided.map(time::pacific))
    };
    let mut found: Vec<&Shipment> = books.shipments.iter().filter(wanted).collect();
    params.sort(&mut found, &["CreateDate", "ShipDate"], |shipment, field| {
        let date = if field == "ShipDate" { shipment.ship_date } else { time::pacific(shipment.created) };
        (Some(date), shipment.id)
    })?;
    params.page("shipments", &found, |shipment| shipment.show(with_items)).map(Json)
}

const FULFILLMENT_FILTERS: &[&str] = &[
    "fulfillmentId",
    "orderId",
    "orderNumber",
    "trackingNumber",
    "recipientName",
    "createDateStart",
    "createDateEnd",
    "shipDateStart",
    "shipDateEnd",
];

/// `GET /fulfillments`
pub async fn list_fulfillments(State(sandbox): State<Arc<Sandbox>>, uri: Uri) -> Answer {
    let params = Params::read(&uri, FULFILLMENT_FILTERS)?;
    let (order, id) = (params.whole("orderId")?, params.whole("fulfillmentId")?);
    let (created, shipped) = (params.range("createDate")?, params.range("shipDate")?);
    let is = |filter: &str, value: &str| params.text(filter).is_none_or(|wanted| wanted == value);
    let books = sandbox.books();
    let wanted = |entry: &&Fulfillment| {
        order.is_none_or(|id| entry.order_id == id)
            && id.is_none_or(|id| entry.id == id)
            && is("orderNumber", &entry.order_number)
            && is("trackingNumber", &entry.tracking)
            && is("recipientName", entry.ship_to.get("name").and_then(Value::as_str).unwrap_or_default())
            && created.holds(Some(time::pacific(entry.created)))
            && shipped.holds(Some(entry.ship_date))
    };
    let mut found: Vec<&Fulfillment> = books.fulfillments.iter().filter(wanted).collect();
    params.sort(&mut found, &["CreateDate", "ShipDate"], |entry, field| {
        let date = if field == "ShipDate" { entry.ship_date } else { time::pacific(entry.created) };
        (Some(date), entry.id)
    })?;
    params.page("fulfillments", &found, |entry| entry.show()).map(Json)
}
