//! `GET /orders/{id}`: as much of an order as attributing its shipments needs.

use crate::read::{Broken, Whole, decode, filled};
use crate::shipments::{Item, items};
use serde::Deserialize;
use tallyman_app::ports::warehouse::WarehouseEntry;

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

#[cfg(test)]
mod tests {
    use super::*;

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
