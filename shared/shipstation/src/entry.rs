//! `GET /orders/{id}` and `GET /orders`: as much of an order as attributing its shipments and comparing needs.

use crate::read::{Broken, Whole, decode, filled};
use crate::shipments::{Item, PAGE_RECORDS, items};
use serde::Deserialize;
use serde_json::value::RawValue;
use tallyman_app::ports::{Page, warehouse::WarehouseEntry};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderJson {
    order_id: Whole,
    order_key: Option<String>,
    order_number: String,
    order_status: String,
    items: Option<Vec<Item>>,
    advanced_options: Option<Advanced>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Advanced {
    parent_id: Option<Whole>,
    merged_ids: Option<Vec<Whole>>,
}

/// Reads the answer.
pub(crate) fn read(body: &[u8]) -> Result<WarehouseEntry, Broken> {
    let order: OrderJson = decode(body)?;
    let advanced = order.advanced_options.unwrap_or_default();
    Ok(WarehouseEntry {
        id: order.order_id.0,
        key: filled(order.order_key),
        number: order.order_number,
        status: order.order_status,
        parent_id: advanced.parent_id.map(|id| id.0),
        merged_ids: advanced.merged_ids.unwrap_or_default().into_iter().map(|id| id.0).collect(),
        items: items(order.items.unwrap_or_default()),
    })
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    orders: Option<Vec<&'a RawValue>>,
    total: Option<u64>,
    pages: Option<u64>,
}

/// Reads one page of a list; `number` counts from 0.
pub(crate) fn page(body: &[u8], number: u32) -> Result<Page<WarehouseEntry>, Broken> {
    let envelope: Envelope<'_> = decode(body)?;
    let records = envelope.orders.ok_or_else(|| Broken::field("orders", "expected a list"))?;
    let asked = u64::from(number) + 1;
    let (pages, total) = (envelope.pages.unwrap_or(0), envelope.total.unwrap_or(0));
    // As with shipments: `pages` may be 0 though there are records, so the total counts too.
    let more = asked < pages || asked * PAGE_RECORDS < total;
    let mut page = Page { items: Vec::with_capacity(records.len()), unreadable: Vec::new(), more };
    for record in records {
        match read(record.get().as_bytes()) {
            Ok(entry) => page.items.push(entry),
            Err(Broken::Field { path, what }) => page.unreadable.push(format!("{path}: {what}")),
            Err(Broken::Text(what)) => page.unreadable.push(what.to_owned()),
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_whether_there_is_more_and_one_bad_order_spoils_no_other() {
        let order = |id: &str| format!(r#"{{"orderId":{id},"orderNumber":"81","orderStatus":"awaiting_shipment"}}"#);
        let body = format!(r#"{{"orders":[{},{}],"total":501,"page":1,"pages":0}}"#, order("7"), order("\"x\""));
        let read = page(body.as_bytes(), 0).unwrap();
        assert_eq!((read.items.len(), read.items[0].id, read.more), (1, 7, true));
        assert_eq!(read.unreadable, ["orderId: expected a whole number"]);
        assert!(!page(body.as_bytes(), 1).unwrap().more);
        assert_eq!(page(b"{}", 0).unwrap_err(), Broken::field("orders", "expected a list"));
    }

    #[test]
    fn an_order_tells_its_parent_what_was_merged_into_it_and_its_goods() {
        let body = br#"{"orderId":7,"orderNumber":"81","orderKey":"ali:81","orderStatus":"awaiting_shipment",
            "items":[{"lineItemKey":"1","sku":"A","name":"Cup","quantity":2,"adjustment":false},
                     {"lineItemKey":null,"sku":null,"name":"Coupon","quantity":1,"adjustment":true}],
            "advancedOptions":{"mergedOrSplit":true,"mergedIds":[8,"9"],"parentId":null}}"#;
        let entry = read(body).unwrap();
        assert_eq!((entry.id, entry.key.as_deref(), entry.status.as_str()), (7, Some("ali:81"), "awaiting_shipment"));
        assert_eq!((entry.parent_id, entry.merged_ids), (None, vec![8, 9]));
        assert_eq!(entry.items.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["Cup"]);
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named() {
        let body = br#"{"orderId":7,"orderNumber":"81","orderStatus":"shipped","advancedOptions":{"mergedIds":["x"]}}"#;
        assert_eq!(read(body).unwrap_err(), Broken::field("advancedOptions.mergedIds[0]", "expected a whole number"));
    }
}
