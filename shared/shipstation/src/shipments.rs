//! `GET /shipments` and `GET /fulfillments`: labels made in ShipStation, and orders marked as shipped.

use crate::http::short;
use crate::orders::is_adjustment;
use crate::read::{Broken, Number, Whole, decode, filled};
use crate::resource::Kind;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use tallyman_app::ports::{Page, WarehouseChange};
use tallyman_domain::{Address, CountryCode, Grams, LineId, OrderRef, Shipment, ShipmentId, ShippedItem, pacific};

/// ShipStation's largest page.
pub(crate) const PAGE_RECORDS: u64 = 500;

/// One ounce, exactly, in billionths of a gram. A pound is sixteen.
const OUNCE_NANOGRAMS: i64 = 28_349_523_125;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    shipments: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    fulfillments: Option<Vec<&'a RawValue>>,
    total: Option<u64>,
    pages: Option<u64>,
}

/// Reads one page; `number` counts from 0.
pub(crate) fn page(body: &[u8], kind: Kind, number: u32) -> Result<Page<WarehouseChange>, Broken> {
    let envelope: Envelope<'_> = decode(body)?;
    let (records, name) = match kind {
        Kind::Shipments => (envelope.shipments, "shipments"),
        Kind::Fulfillments => (envelope.fulfillments, "fulfillments"),
    };
    let records = records.ok_or_else(|| Broken::field(name, "expected a list"))?;
    let asked = u64::from(number) + 1;
    let (pages, total) = (envelope.pages.unwrap_or(0), envelope.total.unwrap_or(0));
    // ShipStation's own examples have `pages: 0` with records in them, so the total counts too.
    let more = asked < pages || asked * PAGE_RECORDS < total;
    let mut page = Page { items: Vec::with_capacity(records.len()), unreadable: Vec::new(), more };
    for record in records {
        match change(record.get().as_bytes(), kind) {
            Ok(change) => page.items.extend(change),
            Err(broken) => page.unreadable.push(named(record, kind, broken)),
        }
    }
    Ok(page)
}

/// What couldn't be read: id where there is one, path, what was expected.
fn named(record: &RawValue, kind: Kind, broken: Broken) -> String {
    #[derive(Deserialize)]
    struct Id {
        #[serde(alias = "shipmentId", alias = "fulfillmentId")]
        id: Whole,
    }
    let id = serde_json::from_str::<Id>(record.get()).map_or("?".to_owned(), |record| record.id.0.to_string());
    let letter = letter(kind);
    match broken {
        Broken::Field { path, what } => format!("{letter}{id}: {path}: {what}"),
        Broken::Text(what) => format!("{letter}{id}: {what}"),
    }
}

fn letter(kind: Kind) -> char {
    match kind {
        Kind::Shipments => 's',
        Kind::Fulfillments => 'f',
    }
}

/// A record of either list. The few names that differ are aliases; what a list doesn't have stays empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(alias = "fulfillmentId")]
    shipment_id: Whole,
    order_id: Option<Whole>,
    order_key: Option<String>,
    order_number: Option<String>,
    create_date: String,
    ship_date: String,
    #[serde(alias = "fulfillmentFee")]
    shipment_cost: Option<Number>,
    tracking_number: Option<String>,
    is_return_label: Option<bool>,
    carrier_code: Option<String>,
    #[serde(alias = "fulfillmentServiceCode")]
    service_code: Option<String>,
    voided: bool,
    marketplace_notified: Option<bool>,
    notify_error_message: Option<String>,
    weight: Option<Weight>,
    shipment_items: Option<Vec<Item>>,
    #[serde(borrow)]
    ship_to: Option<&'a RawValue>,
}

/// `None` for what is no shipment of an order: a label for a return, or one that was made without an order.
fn change(record: &[u8], kind: Kind) -> Result<Option<WarehouseChange>, Broken> {
    let record: Record<'_> = decode(record)?;
    let order_key = filled(record.order_key);
    let order_number = record.order_number.unwrap_or_default();
    if record.is_return_label == Some(true) {
        return Ok(None);
    }
    let Some(Whole(warehouse_order)) = record.order_id else {
        let of_no_order = order_key.is_none() && order_number.is_empty();
        return if of_no_order { Ok(None) } else { Err(Broken::field("orderId", "expected a whole number")) };
    };
    let whole_order = kind == Kind::Fulfillments;
    let id = format!("{}{}", letter(kind), record.shipment_id.0);
    let shipment = Shipment {
        id: ShipmentId::parse(id).map_err(|_| Broken::field("shipmentId", "expected a positive number"))?,
        warehouse_order,
        tracking_number: record.tracking_number.map(|n| n.trim().to_owned()).unwrap_or_default(),
        carrier: record.carrier_code.unwrap_or_default(),
        service: filled(record.service_code),
        ship_date: day(&record.ship_date)?,
        created_at: at(&record.create_date)?,
        // Whoever marks an order as shipped names no price: ShipStation then writes 0, which isn't one.
        fee: record.shipment_cost.map(|c| c.0).filter(|cost| !whole_order || !cost.is_zero()),
        weight: record.weight.and_then(|weight| weight.grams()),
        items: items(record.shipment_items.unwrap_or_default()),
        whole_order,
        voided: record.voided,
        ship_to: record.ship_to.and_then(address),
        marketplace_notified: record.marketplace_notified,
        notify_error: filled(record.notify_error_message).map(|text| short(&text)),
    };
    // A fulfillment has no order key; were there one, it would still have to be checked like any other candidate.
    let order = order_key.filter(|_| !whole_order).and_then(|key| OrderRef::from_order_key(&key));
    Ok(Some(WarehouseChange { shipment, order, order_number }))
}

/// `2015-06-29`, or `2015-06-29T00:00:00.0000000`: the day as the warehouse wrote it.
fn day(text: &str) -> Result<Date, Broken> {
    let wrong = || Broken::field("shipDate", "expected a date");
    let date = text.trim().split(['T', ' ']).next().unwrap_or_default();
    date.parse().map_err(|_| wrong())
}

fn at(text: &str) -> Result<Timestamp, Broken> {
    pacific::parse(text).map_err(|_| Broken::field("createDate", "expected a date and time"))
}

#[derive(Deserialize)]
struct Weight {
    value: Option<Number>,
    units: Option<String>,
}

impl Weight {
    /// ShipStation writes 0 for a weight that nobody gave.
    fn grams(self) -> Option<Grams> {
        let ounce = Decimal::new(OUNCE_NANOGRAMS, 9);
        let unit = match self.units?.as_str() {
            "grams" => Decimal::ONE,
            "ounces" => ounce,
            "pounds" => ounce * Decimal::from(16),
            _ => return None,
        };
        self.value?.0.checked_mul(unit).filter(|grams| *grams > Decimal::ZERO).map(|grams| Grams(grams.normalize()))
    }
}

/// An item of a shipment or of an order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    line_item_key: Option<String>,
    sku: Option<String>,
    name: Option<String>,
    quantity: Number,
    adjustment: Option<bool>,
}

/// Discounts and surcharges aren't goods.
pub(crate) fn items(items: Vec<Item>) -> Vec<ShippedItem> {
    let goods =
        |item: &Item| item.adjustment != Some(true) && !item.line_item_key.as_deref().is_some_and(is_adjustment);
    items
        .into_iter()
        .filter(goods)
        .map(|item| ShippedItem {
            line: item.line_item_key.and_then(|key| LineId::parse(key).ok()),
            sku: filled(item.sku),
            name: item.name.unwrap_or_default(),
            quantity: item.quantity.0,
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAddress {
    name: String,
    company: Option<String>,
    street1: Option<String>,
    street2: Option<String>,
    street3: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: String,
    phone: Option<String>,
}

/// An address that can't be read is none: the order's own is still there, and the shipment must not be lost for it.
fn address(raw: &RawValue) -> Option<Address> {
    let wire: WireAddress = serde_json::from_str(raw.get()).ok()?;
    let street: Vec<String> = [wire.street1, wire.street2, wire.street3].into_iter().filter_map(filled).collect();
    let complete = !wire.name.trim().is_empty() && !street.is_empty();
    complete.then_some(Address {
        name: wire.name,
        company: filled(wire.company),
        street,
        city: wire.city.unwrap_or_default(),
        province: filled(wire.state),
        postal_code: filled(wire.postal_code),
        country: CountryCode::parse(&wire.country).ok()?,
        phone: filled(wire.phone),
    })
}

#[cfg(test)]
#[path = "shipments_tests.rs"]
mod tests;
