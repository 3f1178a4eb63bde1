//! What an order may look like: every field by name, kind and whether it must be there.
//!
//! The real service drops names it does not know, so a typo loses data in silence. Here it is refused.

use serde_json::{Map, Value};

use crate::countries::is_country;
use crate::time;

/// What a field may hold. `null` is as good as absent, and neither will do for a required field.
enum Kind {
    Text,
    Number,
    Whole,
    /// A whole number above 0.
    Count,
    Flag,
    Date,
    Country,
    OneOf(&'static [&'static str]),
    Object(&'static [Field]),
    List(&'static [Field]),
    Wholes,
    /// Written by ShipStation and ignored when sent back.
    ReadOnly,
}

struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
}

const fn req(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

const fn opt(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

/// Statuses an order may be sent with. `pending_fulfillment` is ShipStation's to set.
const SENDABLE: &[&str] = &["awaiting_payment", "awaiting_shipment", "shipped", "on_hold", "cancelled"];

const ORDER: &[Field] = &[
    req("orderNumber", Kind::Text),
    opt("orderKey", Kind::Text),
    req("orderDate", Kind::Date),
    opt("paymentDate", Kind::Date),
    opt("shipByDate", Kind::Date),
    req("orderStatus", Kind::OneOf(SENDABLE)),
    opt("customerId", Kind::Whole),
    opt("customerUsername", Kind::Text),
    opt("customerEmail", Kind::Text),
    req("billTo", Kind::Object(BILL_TO)),
    req("shipTo", Kind::Object(SHIP_TO)),
    opt("items", Kind::List(ITEM)),
    opt("amountPaid", Kind::Number),
    opt("taxAmount", Kind::Number),
    opt("shippingAmount", Kind::Number),
    opt("customerNotes", Kind::Text),
    opt("internalNotes", Kind::Text),
    opt("gift", Kind::Flag),
    opt("giftMessage", Kind::Text),
    opt("paymentMethod", Kind::Text),
    opt("requestedShippingService", Kind::Text),
    opt("carrierCode", Kind::Text),
    opt("serviceCode", Kind::Text),
    opt("packageCode", Kind::Text),
    opt("confirmation", Kind::OneOf(&["none", "delivery", "signature", "adult_signature", "direct_signature"])),
    opt("shipDate", Kind::Date),
    opt("holdUntilDate", Kind::Date),
    opt("weight", Kind::Object(WEIGHT)),
    opt("dimensions", Kind::Object(DIMENSIONS)),
    opt("insuranceOptions", Kind::Object(INSURANCE)),
    opt("internationalOptions", Kind::Object(INTERNATIONAL)),
    opt("advancedOptions", Kind::Object(ADVANCED)),
    opt("tagIds", Kind::Wholes),
    opt("orderId", Kind::ReadOnly),
    opt("createDate", Kind::ReadOnly),
    opt("modifyDate", Kind::ReadOnly),
    opt("orderTotal", Kind::ReadOnly),
    opt("userId", Kind::ReadOnly),
    opt("externallyFulfilled", Kind::ReadOnly),
    opt("externallyFulfilledBy", Kind::ReadOnly),
    opt("labelMessages", Kind::ReadOnly),
];

const BILL_TO: &[Field] = &[
    req("name", Kind::Text),
    opt("company", Kind::Text),
    opt("street1", Kind::Text),
    opt("street2", Kind::Text),
    opt("street3", Kind::Text),
    opt("city", Kind::Text),
    opt("state", Kind::Text),
    opt("postalCode", Kind::Text),
    opt("country", Kind::Country),
    opt("phone", Kind::Text),
    opt("residential", Kind::Flag),
    opt("addressVerified", Kind::ReadOnly),
];

const SHIP_TO: &[Field] = &[
    req("name", Kind::Text),
    opt("company", Kind::Text),
    req("street1", Kind::Text),
    opt("street2", Kind::Text),
    opt("street3", Kind::Text),
    req("city", Kind::Text),
    opt("state", Kind::Text),
    opt("postalCode", Kind::Text),
    req("country", Kind::Country),
    opt("phone", Kind::Text),
    opt("residential", Kind::Flag),
    opt("addressVerified", Kind::ReadOnly),
];

const ITEM: &[Field] = &[
    opt("orderItemId", Kind::ReadOnly),
    opt("lineItemKey", Kind::Text),
    opt("sku", Kind::Text),
    req("name", Kind::Text),
    opt("imageUrl", Kind::Text),
    opt("weight", Kind::Object(WEIGHT)),
    req("quantity", Kind::Count),
    opt("unitPrice", Kind::Number),
    opt("taxAmount", Kind::Number),
    opt("shippingAmount", Kind::Number),
    opt("warehouseLocation", Kind::Text),
    opt("options", Kind::List(OPTION)),
    opt("productId", Kind::Whole),
    opt("fulfillmentSku", Kind::Text),
    opt("adjustment", Kind::Flag),
    opt("upc", Kind::Text),
    opt("createDate", Kind::ReadOnly),
    opt("modifyDate", Kind::ReadOnly),
];

const OPTION: &[Field] = &[req("name", Kind::Text), opt("value", Kind::Text)];

const WEIGHT: &[Field] = &[
    req("value", Kind::Number),
    req("units", Kind::OneOf(&["pounds", "ounces", "grams"])),
    opt("WeightUnits", Kind::ReadOnly),
];

const DIMENSIONS: &[Field] = &[
    req("units", Kind::OneOf(&["inches", "centimeters"])),
    req("length", Kind::Number),
    req("width", Kind::Number),
    req("height", Kind::Number),
];

const INSURANCE: &[Field] =
    &[opt("provider", Kind::Text), opt("insureShipment", Kind::Flag), opt("insuredValue", Kind::Number)];

const INTERNATIONAL: &[Field] = &[
    opt("contents", Kind::OneOf(&["merchandise", "documents", "gift", "returned_goods", "sample"])),
    opt("customsItems", Kind::List(CUSTOMS)),
    opt("nonDelivery", Kind::OneOf(&["return_to_sender", "treat_as_abandoned"])),
];

const CUSTOMS: &[Field] = &[
    opt("customsItemId", Kind::ReadOnly),
    req("description", Kind::Text),
    req("quantity", Kind::Count),
    req("value", Kind::Number),
    opt("harmonizedTariffCode", Kind::Text),
    opt("countryOfOrigin", Kind::Country),
];

const ADVANCED: &[Field] = &[
    opt("warehouseId", Kind::Whole),
    opt("nonMachinable", Kind::Flag),
    opt("saturdayDelivery", Kind::Flag),
    opt("containsAlcohol", Kind::Flag),
    opt("mergedOrSplit", Kind::ReadOnly),
    opt("mergedIds", Kind::ReadOnly),
    opt("parentId", Kind::ReadOnly),
    opt("storeId", Kind::Whole),
    opt("customField1", Kind::Text),
    opt("customField2", Kind::Text),
    opt("customField3", Kind::Text),
    opt("source", Kind::Text),
    opt("billToParty", Kind::Text),
    opt("billToAccount", Kind::Text),
    opt("billToPostalCode", Kind::Text),
    opt("billToCountryCode", Kind::Country),
    opt("billToMyOtherAccount", Kind::Text),
];

const HOLD: &[Field] = &[req("orderId", Kind::Whole), req("holdUntilDate", Kind::Date)];
const RESTORE: &[Field] = &[req("orderId", Kind::Whole)];
const MARK: &[Field] = &[
    req("orderId", Kind::Whole),
    req("carrierCode", Kind::Text),
    opt("shipDate", Kind::Date),
    opt("trackingNumber", Kind::Text),
    opt("notifyCustomer", Kind::Flag),
    opt("notifySalesChannel", Kind::Flag),
];
const SUBSCRIBE: &[Field] = &[
    req("target_url", Kind::Text),
    req("event", Kind::OneOf(crate::webhooks::EVENTS)),
    opt("store_id", Kind::Whole),
    opt("friendly_name", Kind::Text),
];

/// Whether this may be sent as an order.
pub fn order(value: &Value) -> Result<&Map<String, Value>, String> {
    let fields = value.as_object().ok_or("An order must be a JSON object.")?;
    object(fields, ORDER, "").map(|()| fields)
}

/// `POST /orders/holduntil`
pub fn hold(fields: &Map<String, Value>) -> Result<(), String> {
    object(fields, HOLD, "")
}

/// `POST /orders/restorefromhold`
pub fn restore(fields: &Map<String, Value>) -> Result<(), String> {
    object(fields, RESTORE, "")
}

/// `POST /orders/markasshipped`
pub fn mark(fields: &Map<String, Value>) -> Result<(), String> {
    object(fields, MARK, "")
}

/// `POST /webhooks/subscribe`
pub fn subscribe(fields: &Map<String, Value>) -> Result<(), String> {
    object(fields, SUBSCRIBE, "")
}

fn object(fields: &Map<String, Value>, known: &[Field], path: &str) -> Result<(), String> {
    if let Some(name) = fields.keys().find(|name| known.iter().all(|field| field.name != name.as_str())) {
        return Err(format!("Unknown field '{path}{name}'."));
    }
    for field in known {
        let name = format!("{path}{}", field.name);
        match fields.get(field.name) {
            None | Some(Value::Null) if field.required => return Err(format!("Field '{name}' is required.")),
            Some(Value::String(text)) if field.required && text.trim().is_empty() => {
                return Err(format!("Field '{name}' is required and must not be blank."));
            }
            None | Some(Value::Null) => {}
            Some(value) => check(value, &field.kind, &name)?,
        }
    }
    Ok(())
}

fn check(value: &Value, kind: &Kind, name: &str) -> Result<(), String> {
    let fits = match kind {
        Kind::ReadOnly => true,
        Kind::Text => value.is_string(),
        Kind::Number => value.is_number(),
        Kind::Whole => value.is_i64(),
        Kind::Count => value.as_i64().is_some_and(|count| count > 0),
        Kind::Flag => value.is_boolean(),
        Kind::Country => value.as_str().is_some_and(is_country),
        Kind::OneOf(choices) => value.as_str().is_some_and(|text| choices.contains(&text)),
        Kind::Wholes => value.as_array().is_some_and(|list| list.iter().all(Value::is_i64)),
        Kind::Date => return date(value, name),
        Kind::Object(known) => {
            let fields = value.as_object().ok_or_else(|| format!("Field '{name}' must be an object."))?;
            return object(fields, known, &format!("{name}."));
        }
        Kind::List(known) => return list(value, known, name),
    };
    if fits { Ok(()) } else { Err(format!("Field '{name}' must be {}, not {value}.", wanted(kind))) }
}

fn date(value: &Value, name: &str) -> Result<(), String> {
    let text = value.as_str().ok_or_else(|| format!("Field '{name}' must be a date, not {value}."))?;
    time::parse(text).map(|_| ()).map_err(|wrong| format!("Field '{name}': {wrong}."))
}

fn list(value: &Value, known: &[Field], name: &str) -> Result<(), String> {
    let entries = value.as_array().ok_or_else(|| format!("Field '{name}' must be an array."))?;
    for (place, entry) in entries.iter().enumerate() {
        let fields = entry.as_object().ok_or_else(|| format!("Field '{name}[{place}]' must be an object."))?;
        object(fields, known, &format!("{name}[{place}]."))?;
    }
    Ok(())
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Number => "a JSON number".to_owned(),
        Kind::Whole => "a whole JSON number".to_owned(),
        Kind::Count => "a whole JSON number above 0".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Country => "an ISO 3166-1 alpha-2 country code".to_owned(),
        Kind::OneOf(choices) => format!("one of {}", choices.join(", ")),
        Kind::Wholes => "an array of whole numbers".to_owned(),
        _ => "a string".to_owned(),
    }
}
