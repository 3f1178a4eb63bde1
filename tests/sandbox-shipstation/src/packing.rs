//! What a warehouse does to an order: label it, mark it as shipped, void, split, merge.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::books::Books;
use crate::orders::model::{Order, Status, item_id, quantity};
use crate::shipments::{Fulfillment, Notified, Shipment};
use crate::time;

/// So many units of one line, named by its key or its id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pick {
    line_item_key: Option<String>,
    order_item_id: Option<i64>,
    quantity: i64,
}

/// One parcel: what goes in, and the label on it.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Everything that is left, when not given.
    pub picks: Option<Vec<Pick>>,
    pub carrier: String,
    pub service: String,
    pub tracking: String,
    pub batch_id: i64,
}

/// What is known of an order that is only marked as shipped.
#[derive(Debug, Clone)]
pub struct Mark {
    pub carrier: String,
    pub tracking: String,
    pub ship_date: Option<DateTime>,
    pub provider: Option<String>,
}

/// Buys a label. The order is shipped when nothing of it is left.
pub fn label(books: &mut Books, order_id: i64, parcel: Parcel, now: Timestamp) -> Result<i64, String> {
    let order = here(books, order_id)?;
    // A shipped order can be shipped again (a lost parcel), but then it must be said what goes in.
    let again = order.status == Status::Shipped && parcel.picks.is_some();
    if order.status != Status::AwaitingShipment && !again {
        return Err(format!("Order {order_id} is {}.", order.status.name()));
    }
    let taken = match &parcel.picks {
        Some(picks) => picked(order, picks, again)?,
        None => order.items.iter().map(|item| (item_id(item), order.left(item))).filter(|(_, n)| *n > 0).collect(),
    };
    let order = order.clone();
    let shipment = Shipment {
        id: books.ids.shipment(),
        order_id,
        order_key: order.key.clone(),
        order_number: order.number.clone(),
        store_id: order.store_id,
        customer_email: order.sent.get("customerEmail").cloned().unwrap_or_default(),
        batch_id: parcel.batch_id,
        created: now,
        ship_date: time::pacific(now).date().into(),
        voided: None,
        carrier: parcel.carrier,
        service: parcel.service,
        tracking: parcel.tracking,
        cost: (200 + books.rng.below(2800)) as f64 / 100.0,
        ship_to: order.ship_to(),
        weight: order.weight(),
        items: order.items.iter().filter_map(|item| shipped_item(item, &taken)).collect(),
        notified: Notified::default(),
    };
    let id = shipment.id;
    books.shipments.push(shipment);
    if let Some(order) = books.order_mut(order_id) {
        for (item, count) in taken {
            *order.packed.entry(item).or_default() += count;
        }
        if order.items.iter().all(|item| order.left(item) <= 0) {
            close(order, now);
        }
        order.modified = now;
    }
    Ok(id)
}

/// Voids a label: what was in the parcel waits for another one.
pub fn void(books: &mut Books, shipment_id: i64, now: Timestamp) -> Result<(), String> {
    let found = books.shipments.iter_mut().find(|shipment| shipment.id == shipment_id);
    let shipment = found.filter(|shipment| shipment.voided.is_none());
    let shipment = shipment.ok_or_else(|| format!("There is no label {shipment_id} to void."))?;
    shipment.voided = Some(now);
    let (order_id, items) = (shipment.order_id, shipment.items.clone());
    if let Some(order) = books.order_mut(order_id) {
        for item in &items {
            *order.packed.entry(item_id(item)).or_default() -= quantity(item);
        }
        order.packed.retain(|_, count| *count > 0);
        if order.status == Status::Shipped {
            order.status = Status::AwaitingShipment;
        }
        order.ship_date = None;
        order.modified = now;
    }
    Ok(())
}

/// Marks the whole order as shipped: a fulfilment, not a shipment.
pub fn mark(books: &mut Books, order_id: i64, marked: Mark, now: Timestamp) -> Result<i64, String> {
    let order = here(books, order_id)?.clone();
    if order.status.is_locked() {
        return Err(format!("Order {order_id} is {}.", order.status.name()));
    }
    let id = books.ids.fulfillment();
    books.fulfillments.push(Fulfillment {
        id,
        order_id,
        order_number: order.number.clone(),
        customer_email: order.sent.get("customerEmail").cloned().unwrap_or_default(),
        created: now,
        ship_date: marked.ship_date.unwrap_or_else(|| time::pacific(now).date().into()),
        carrier: marked.carrier,
        provider: marked.provider,
        tracking: marked.tracking,
        ship_to: order.ship_to(),
        notified: Notified::default(),
    });
    if let Some(order) = books.order_mut(order_id) {
        order.packed = order.items.iter().map(|item| (item_id(item), quantity(item))).collect();
        close(order, now);
    }
    Ok(id)
}

/// Splits an order: the child takes the units picked, or about half of them.
pub fn split(books: &mut Books, order_id: i64, picks: Option<&[Pick]>, now: Timestamp) -> Result<i64, String> {
    let parent = here(books, order_id)?.clone();
    if parent.status != Status::AwaitingShipment || !parent.packed.is_empty() {
        return Err(format!("Order {order_id} can't be split any more."));
    }
    let taken = match picks {
        Some(picks) => picked(&parent, picks, false)?,
        None => half(&parent),
    };
    let moved: i64 = taken.values().sum();
    if moved < 1 || moved >= parent.units() {
        return Err("Both orders of a split need at least one unit.".to_owned());
    }
    let child_id = add_child(books, &parent, &taken, now);
    if let Some(parent) = books.order_mut(order_id) {
        for item in &mut parent.items {
            let rest = quantity(item) - taken.get(&item_id(item)).copied().unwrap_or(0);
            item["quantity"] = json!(rest);
        }
        parent.items.retain(|item| quantity(item) > 0);
        parent.split = true;
        parent.modified = now;
    }
    Ok(child_id)
}

/// Merges orders into the first of them; the others vanish.
pub fn merge(books: &mut Books, ids: &[i64], now: Timestamp) -> Result<i64, String> {
    let Some((parent, children)) = ids.split_first().filter(|(_, children)| !children.is_empty()) else {
        return Err("A merge needs two orders or more.".to_owned());
    };
    for (place, id) in ids.iter().enumerate() {
        let order = here(books, *id)?;
        if order.status != Status::AwaitingShipment || !order.packed.is_empty() || ids[..place].contains(id) {
            return Err(format!("Order {id} can't be merged."));
        }
    }
    let mut items = Vec::new();
    for id in children {
        if let Some(child) = books.order_mut(*id) {
            child.merged_into = Some(*parent);
            child.modified = now;
            items.extend(child.items.iter().cloned());
        }
    }
    if let Some(order) = books.order_mut(*parent) {
        order.merged_ids.extend(children);
        order.items.extend(items);
        order.modified = now;
    }
    Ok(*parent)
}

fn here(books: &Books, id: i64) -> Result<&Order, String> {
    books.order(id).filter(|order| !order.is_gone()).ok_or_else(|| format!("There is no order {id}."))
}

fn close(order: &mut Order, now: Timestamp) {
    order.status = Status::Shipped;
    order.ship_date = Some(time::pacific(now).date().into());
    order.hold_until = None;
    order.modified = now;
}

/// Units per `orderItemId`, checked against what the order has.
fn picked(order: &Order, picks: &[Pick], again: bool) -> Result<BTreeMap<i64, i64>, String> {
    let mut taken = BTreeMap::new();
    for pick in picks {
        let names = |item: &&Value| match (&pick.line_item_key, pick.order_item_id) {
            (_, Some(id)) => item_id(item) == id,
            (Some(key), None) => item.get("lineItemKey").and_then(Value::as_str) == Some(key),
            (None, None) => false,
        };
        let item = order.items.iter().find(names).ok_or_else(|| format!("Order {} has no line {pick:?}.", order.id))?;
        let most = if again { quantity(item) } else { order.left(item) };
        let sum = taken.entry(item_id(item)).or_insert(0);
        *sum += pick.quantity;
        if pick.quantity < 1 || *sum > most {
            return Err(format!("Order {} has {most} units for {pick:?}.", order.id));
        }
    }
    if taken.is_empty() { Err("Nothing was picked.".to_owned()) } else { Ok(taken) }
}

/// Half the units of each line that has several; of an order of single units, half of the lines.
fn half(order: &Order) -> BTreeMap<i64, i64> {
    let several: BTreeMap<_, _> =
        order.items.iter().filter(|item| quantity(item) > 1).map(|item| (item_id(item), quantity(item) / 2)).collect();
    if several.is_empty() {
        order.items.iter().take(order.items.len() / 2).map(|item| (item_id(item), quantity(item))).collect()
    } else {
        several
    }
}

fn add_child(books: &mut Books, parent: &Order, taken: &BTreeMap<i64, i64>, now: Timestamp) -> i64 {
    let siblings = books.orders.iter().filter(|order| order.parent_id == Some(parent.id)).count();
    let mut items = Vec::new();
    for item in &parent.items {
        if let Some(count) = taken.get(&item_id(item)) {
            let mut item = item.clone();
            item["quantity"] = json!(count);
            item["orderItemId"] = json!(books.ids.item());
            items.push(item);
        }
    }
    let mut sent = parent.sent.clone();
    // What was paid stays with the parent.
    for amount in ["amountPaid", "taxAmount", "shippingAmount"] {
        sent.insert(amount.to_owned(), json!(0.0));
    }
    let child = Order {
        id: books.ids.order(),
        key: books.rng.guid(),
        number: format!("{}-{}", parent.number, siblings + 1),
        parent_id: Some(parent.id),
        created: now,
        modified: now,
        updates: 0,
        import_batch: String::new(),
        split: false,
        merged_ids: Vec::new(),
        items,
        sent,
        ..parent.clone()
    };
    books.add_order(child)
}

fn shipped_item(item: &Value, taken: &BTreeMap<i64, i64>) -> Option<Value> {
    let count = taken.get(&item_id(item)).filter(|count| **count > 0)?;
    let field = |name: &str| item.get(name).cloned().unwrap_or_default();
    Some(json!({
        "orderItemId": item_id(item),
        "lineItemKey": field("lineItemKey"),
        "sku": field("sku"),
        "name": field("name"),
        "imageUrl": field("imageUrl"),
        "weight": field("weight"),
        "quantity": count,
        "unitPrice": field("unitPrice"),
        "warehouseLocation": field("warehouseLocation"),
        "options": field("options"),
        "productId": field("productId"),
        "fulfillmentSku": field("fulfillmentSku"),
    }))
}
