//! Creating an order, or replacing it: found by `orderKey` and by nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::books::Books;
use crate::orders::model::{Order, Status};
use crate::reference::{MANUAL_STORE, is_store};
use crate::time;

/// What became of one order sent.
#[derive(Debug)]
pub struct Upserted {
    pub order_id: i64,
    pub created: bool,
}

/// Takes an order that passed validation.
///
/// # Errors
///
/// What ShipStation says when it doesn't take it: the order is locked, or its store does not exist.
pub fn upsert(books: &mut Books, sent: &Map<String, Value>, batch: &str, now: Timestamp) -> Result<Upserted, String> {
    let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    // Validation has refused every other status.
    let status = Status::read(&text("orderStatus")).ok_or("Unknown orderStatus.")?;
    let key = Some(text("orderKey")).filter(|key| !key.is_empty());
    let known = key.as_deref().and_then(|key| books.order_with_key(key)).map(|order| order.id);
    let order_id = match known {
        Some(id) => replace(books, id, status, sent, now)?,
        None => create(books, key, status, sent, batch, now)?,
    };
    Ok(Upserted { order_id, created: known.is_none() })
}

fn replace(
    books: &mut Books,
    id: i64,
    status: Status,
    sent: &Map<String, Value>,
    now: Timestamp,
) -> Result<i64, String> {
    let old = books.order(id).ok_or("The order is gone.")?;
    if old.status.is_locked() {
        return Err(format!("Order '{}' is {} and can't be updated any more.", old.number, old.status.name()));
    }
    let before = old.items.clone();
    let items = items(books, sent, &before, now);
    if let Some(order) = books.order_mut(id) {
        order.number = number(sent);
        order.status = status;
        order.modified = now;
        order.updates += 1;
        order.hold_until = hold_until(sent, status);
        order.items = items;
        // All of it: a field that was not sent again is gone. Only the store stays what it was.
        order.sent = sent.clone();
    }
    Ok(id)
}

fn create(
    books: &mut Books,
    key: Option<String>,
    status: Status,
    sent: &Map<String, Value>,
    batch: &str,
    now: Timestamp,
) -> Result<i64, String> {
    let store = sent.get("advancedOptions").and_then(|options| options.get("storeId")).and_then(Value::as_i64);
    let store_id = store.unwrap_or(MANUAL_STORE);
    if !is_store(store_id) {
        return Err(format!("There is no store {store_id}."));
    }
    let items = items(books, sent, &[], now);
    let order = Order {
        id: books.ids.order(),
        key: key.unwrap_or_else(|| books.rng.guid().replace('-', "")),
        number: number(sent),
        status,
        store_id,
        created: now,
        modified: now,
        updates: 0,
        import_batch: batch.to_owned(),
        hold_until: hold_until(sent, status),
        ship_date: sent.get("shipDate").and_then(Value::as_str).and_then(|text| time::parse(text).ok()),
        parent_id: None,
        split: false,
        merged_into: None,
        merged_ids: Vec::new(),
        reserved: false,
        packed: BTreeMap::new(),
        items,
        sent: sent.clone(),
    };
    Ok(books.add_order(order))
}

fn number(sent: &Map<String, Value>) -> String {
    sent.get("orderNumber").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn hold_until(sent: &Map<String, Value>, status: Status) -> Option<jiff::civil::DateTime> {
    let text = sent.get("holdUntilDate").and_then(Value::as_str).filter(|_| status == Status::OnHold)?;
    time::parse(text).ok()
}

/// Completes the items. A line keeps its id through updates when its `lineItemKey` stays the same.
fn items(books: &mut Books, sent: &Map<String, Value>, before: &[Value], now: Timestamp) -> Vec<Value> {
    let list = sent.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    list.into_iter().map(|item| complete(books, item, before, now)).collect()
}

fn complete(books: &mut Books, item: Value, before: &[Value], now: Timestamp) -> Value {
    let key = item.get("lineItemKey").filter(|key| key.is_string());
    let same = key.and_then(|key| before.iter().find(|old| old.get("lineItemKey") == Some(key)));
    let stamp = time::pacific_stamp(now);
    let id = same.and_then(|old| old.get("orderItemId")).cloned().unwrap_or_else(|| json!(books.ids.item()));
    let created = same.and_then(|old| old.get("createDate")).cloned().unwrap_or_else(|| json!(stamp));
    let mut whole = json!({
        "lineItemKey": null, "sku": null, "name": null, "imageUrl": null, "weight": null, "quantity": 0,
        "unitPrice": 0.0, "taxAmount": null, "shippingAmount": null, "warehouseLocation": null, "options": [],
        "productId": null, "fulfillmentSku": null, "adjustment": false, "upc": null,
    });
    if let (Value::Object(whole), Value::Object(item)) = (&mut whole, item) {
        whole.extend(item.into_iter().filter(|(_, value)| !value.is_null()));
        whole.insert("orderItemId".to_owned(), id);
        whole.insert("createDate".to_owned(), created);
        whole.insert("modifyDate".to_owned(), json!(stamp));
    }
    whole
}
