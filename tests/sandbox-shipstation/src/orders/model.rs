//! One order as ShipStation keeps it, and as it shows it.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::time;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    AwaitingPayment,
    AwaitingShipment,
    Shipped,
    OnHold,
    Cancelled,
}

const STATUSES: [(Status, &str); 5] = [
    (Status::AwaitingPayment, "awaiting_payment"),
    (Status::AwaitingShipment, "awaiting_shipment"),
    (Status::Shipped, "shipped"),
    (Status::OnHold, "on_hold"),
    (Status::Cancelled, "cancelled"),
];

impl Status {
    pub fn name(self) -> &'static str {
        STATUSES.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    pub fn read(name: &str) -> Option<Self> {
        STATUSES.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    /// Shipped and cancelled orders can't be changed any more.
    pub fn is_locked(self) -> bool {
        matches!(self, Self::Shipped | Self::Cancelled)
    }
}

/// One order.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: i64,
    pub key: String,
    pub number: String,
    pub status: Status,
    pub store_id: i64,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// How often it was replaced after it was created.
    pub updates: u32,
    pub import_batch: String,
    pub hold_until: Option<DateTime>,
    pub ship_date: Option<DateTime>,
    /// The order this one was split off from.
    pub parent_id: Option<i64>,
    /// Whether something was split off from it.
    pub split: bool,
    /// The order this one vanished into.
    pub merged_into: Option<i64>,
    /// The orders that vanished into it.
    pub merged_ids: Vec<i64>,
    /// The rest of a split waits for its own label: the automatic warehouse leaves it alone.
    pub reserved: bool,
    /// Units already in a parcel, by `orderItemId`; what is in a voided one is not.
    pub packed: BTreeMap<i64, i64>,
    /// Items, complete with the ids ShipStation gave them.
    pub items: Vec<Value>,
    /// The order as it was last sent.
    pub sent: Map<String, Value>,
}

/// Fields shown as they were sent, `null` where they were not.
const AS_SENT: &[&str] = &[
    "orderDate",
    "paymentDate",
    "shipByDate",
    "customerId",
    "customerUsername",
    "customerEmail",
    "customerNotes",
    "internalNotes",
    "giftMessage",
    "paymentMethod",
    "requestedShippingService",
    "carrierCode",
    "serviceCode",
    "packageCode",
    "dimensions",
    "tagIds",
];

const ADDRESS: &[&str] = &[
    "name",
    "company",
    "street1",
    "street2",
    "street3",
    "city",
    "state",
    "postalCode",
    "country",
    "phone",
    "residential",
];

impl Order {
    /// Hidden from every call of the API.
    pub fn is_gone(&self) -> bool {
        self.merged_into.is_some()
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.sent.get(field).and_then(Value::as_str)
    }

    pub fn date(&self, field: &str) -> Option<DateTime> {
        self.text(field).and_then(|text| time::parse(text).ok())
    }

    pub fn country(&self) -> &str {
        self.sent.get("shipTo").and_then(|to| to.get("country")).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn street(&self) -> &str {
        self.sent.get("shipTo").and_then(|to| to.get("street1")).and_then(Value::as_str).unwrap_or_default()
    }

    /// Units ordered, over all lines.
    pub fn units(&self) -> i64 {
        self.items.iter().map(quantity).sum()
    }

    /// Units of one of its lines that are in no parcel yet.
    pub fn left(&self, item: &Value) -> i64 {
        quantity(item) - self.packed.get(&item_id(item)).copied().unwrap_or(0)
    }

    /// As `GET /orders/{id}` shows it.
    pub fn show(&self) -> Value {
        let mut shown: Map<String, Value> =
            AS_SENT.iter().map(|name| ((*name).to_owned(), self.shown_as_sent(name))).collect();
        let rest = json!({
            "orderId": self.id,
            "orderNumber": self.number,
            "orderKey": self.key,
            "createDate": time::pacific_stamp(self.created),
            "modifyDate": time::pacific_stamp(self.modified),
            "orderStatus": self.status.name(),
            "billTo": address(self.sent.get("billTo"), Value::Null),
            "shipTo": address(self.sent.get("shipTo"), json!("Address not yet validated")),
            "items": self.items,
            "orderTotal": self.total(),
            "amountPaid": self.or("amountPaid", json!(0.0)),
            "taxAmount": self.or("taxAmount", json!(0.0)),
            "shippingAmount": self.or("shippingAmount", json!(0.0)),
            "gift": self.or("gift", json!(false)),
            "confirmation": self.or("confirmation", json!("none")),
            "shipDate": self.ship_date.map(|date| date.date().to_string()),
            "holdUntilDate": self.hold_until.map(time::stamp),
            "weight": self.weight(),
            "insuranceOptions": self.or("insuranceOptions",
                json!({ "provider": null, "insureShipment": false, "insuredValue": 0.0 })),
            "internationalOptions": self.or("internationalOptions",
                json!({ "contents": null, "customsItems": null, "nonDelivery": null })),
            "advancedOptions": self.advanced(),
            "userId": null,
            "externallyFulfilled": false,
            "externallyFulfilledBy": null,
            "labelMessages": null,
        });
        if let Value::Object(rest) = rest {
            shown.extend(rest);
        }
        Value::Object(shown)
    }

    pub fn weight(&self) -> Value {
        self.or("weight", json!({ "value": 0.0, "units": "ounces", "WeightUnits": 1 }))
    }

    pub fn ship_to(&self) -> Value {
        address(self.sent.get("shipTo"), Value::Null)
    }

    fn or(&self, field: &str, default: Value) -> Value {
        self.sent.get(field).filter(|value| !value.is_null()).cloned().unwrap_or(default)
    }

    fn shown_as_sent(&self, field: &str) -> Value {
        match self.date(field) {
            // A date comes back in ShipStation's own writing, whatever it was sent in.
            Some(date) if field.ends_with("Date") => json!(time::stamp(date)),
            _ => self.or(field, Value::Null),
        }
    }

    fn advanced(&self) -> Value {
        let sent = self.sent.get("advancedOptions");
        let field = |name: &str| sent.and_then(|options| options.get(name)).cloned().unwrap_or(Value::Null);
        let flag = |name: &str| json!(field(name) == json!(true));
        json!({
            "warehouseId": field("warehouseId"),
            "nonMachinable": flag("nonMachinable"),
            "saturdayDelivery": flag("saturdayDelivery"),
            "containsAlcohol": flag("containsAlcohol"),
            "mergedOrSplit": self.split || self.parent_id.is_some() || !self.merged_ids.is_empty(),
            "mergedIds": self.merged_ids,
            "parentId": self.parent_id,
            "storeId": self.store_id,
            "customField1": field("customField1"),
            "customField2": field("customField2"),
            "customField3": field("customField3"),
            "source": field("source"),
            "billToParty": field("billToParty"),
            "billToAccount": field("billToAccount"),
            "billToPostalCode": field("billToPostalCode"),
            "billToCountryCode": field("billToCountryCode"),
            "billToMyOtherAccount": field("billToMyOtherAccount"),
        })
    }

    /// What the items, the tax and the shipping come to.
    fn total(&self) -> f64 {
        let items: Decimal =
            self.items.iter().map(|item| decimal(item.get("unitPrice")) * Decimal::from(quantity(item))).sum();
        let total = items + decimal(self.sent.get("taxAmount")) + decimal(self.sent.get("shippingAmount"));
        total.to_string().parse().unwrap_or_default()
    }
}

/// Units of one line.
pub fn quantity(item: &Value) -> i64 {
    item.get("quantity").and_then(Value::as_i64).unwrap_or(0)
}

/// The id ShipStation gave a line.
pub fn item_id(item: &Value) -> i64 {
    item.get("orderItemId").and_then(Value::as_i64).unwrap_or(0)
}

fn decimal(value: Option<&Value>) -> Decimal {
    let text = value.filter(|value| value.is_number()).map(Value::to_string).unwrap_or_default();
    Decimal::from_str(&text).unwrap_or_default()
}

fn address(sent: Option<&Value>, verified: Value) -> Value {
    let field = |name: &&str| {
        let value = sent.and_then(|address| address.get(*name)).cloned().unwrap_or(Value::Null);
        ((*name).to_owned(), value)
    };
    let mut shown: Map<String, Value> = ADDRESS.iter().map(field).collect();
    shown.insert("addressVerified".to_owned(), verified);
    Value::Object(shown)
}
