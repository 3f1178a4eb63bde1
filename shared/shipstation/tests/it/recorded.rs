//! Real answers, recorded and scrubbed by others. They are not part of this project; without them nothing is checked.

use crate::server::{Server, json};
use serde_json::Value;
use std::{io::Write as _, path::Path};
use tallyman_app::ports::{Page, Warehouse, WarehouseChange, Window};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures");

pub fn fixture(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new(FIXTURES).join(path)).ok();
    if text.is_none() {
        // Written past the test harness, which keeps what passing tests print to itself.
        let line = format!("SKIPPED: a record of ShipStation: {FIXTURES}/{path} is not there\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    text
}

pub fn recorded(name: &str) -> Option<String> {
    fixture(&format!("shipstation-v1-recorded/{name}.json"))
}

pub fn all_time() -> Window {
    Window { from: "2010-01-01T00:00:00Z".parse().unwrap(), to: "2030-01-01T00:00:00Z".parse().unwrap() }
}

/// Every record is there, with everything that we keep of it.
fn compare(page: &Page<WarehouseChange>, recorded: &[Value], id: &str, letter: char, fee: &str) {
    assert_eq!(page.unreadable, Vec::<String>::new());
    assert_eq!((page.items.len(), page.more), (recorded.len(), false));
    for (change, raw) in page.items.iter().zip(recorded) {
        let shipment = &change.shipment;
        assert_eq!(shipment.id.as_str(), format!("{letter}{}", raw[id]));
        assert_eq!(Some(shipment.warehouse_order), raw["orderId"].as_i64());
        assert_eq!(Some(change.order_number.as_str()), raw["orderNumber"].as_str());
        assert_eq!(Some(shipment.tracking_number.as_str()), raw["trackingNumber"].as_str());
        assert_eq!(shipment.carrier, raw["carrierCode"].as_str().unwrap_or_default());
        assert_eq!(shipment.service.as_deref(), raw["serviceCode"].as_str());
        assert_eq!(Some(shipment.ship_date.to_string().as_str()), raw["shipDate"].as_str().map(|text| &text[..10]));
        assert_eq!(Some(shipment.voided), raw["voided"].as_bool());
        assert_eq!(shipment.marketplace_notified, raw["marketplaceNotified"].as_bool());
        assert_eq!(shipment.notify_error.as_deref(), raw["notifyErrorMessage"].as_str());
        let fee = raw[fee].as_f64().filter(|fee| *fee > 0.0).map(|fee| fee.to_string());
        assert_eq!(shipment.fee.map(|fee| fee.to_string()), fee);
        let weight = raw["weight"]["value"].as_f64().map(|ounces| format!("{:.4}", ounces * 28.349_523_125));
        assert_eq!(shipment.weight.map(|grams| format!("{:.4}", grams.0)), weight);
        let (address, to) = (shipment.ship_to.as_ref().unwrap(), &raw["shipTo"]);
        assert_eq!(Some(address.name.as_str()), to["name"].as_str());
        assert_eq!(
            (Some(address.street[0].as_str()), Some(address.city.as_str())),
            (to["street1"].as_str(), to["city"].as_str())
        );
        assert_eq!(
            (Some(address.country.as_str()), address.postal_code.as_deref()),
            (to["country"].as_str(), to["postalCode"].as_str())
        );
    }
}

#[tokio::test]
async fn recorded_shipments_are_read_without_loss() {
    let Some(text) = recorded("list_shipments") else { return };
    let page = Server::start(vec![json(&text)]).client().shipments(all_time(), 0).await.unwrap();
    let raw: Value = serde_json::from_str(&text).unwrap();
    compare(&page, raw["shipments"].as_array().unwrap(), "shipmentId", 's', "shipmentCost");
}

#[tokio::test]
async fn recorded_fulfillments_are_read_without_loss() {
    let Some(text) = recorded("list_fulfillments") else { return };
    let page = Server::start(vec![json(&text)]).client().fulfillments(all_time(), 0).await.unwrap();
    let raw: Value = serde_json::from_str(&text).unwrap();
    compare(&page, raw["fulfillments"].as_array().unwrap(), "fulfillmentId", 'f', "fulfillmentFee");
    assert!(page.items.iter().all(|change| change.shipment.whole_order && change.order.is_none()));
}

#[tokio::test]
async fn recorded_orders_are_read_without_loss() {
    let (Some(one), Some(list)) = (recorded("get_order"), recorded("list_orders")) else { return };
    let list: Value = serde_json::from_str(&list).unwrap();
    let mut orders: Vec<Value> = list["orders"].as_array().unwrap().clone();
    orders.push(serde_json::from_str(&one).unwrap());
    let client = Server::start(orders.iter().map(|order| json(&order.to_string())).collect()).client();
    for raw in &orders {
        let entry = client.entry(1).await.unwrap().unwrap();
        assert_eq!(Some(entry.id), raw["orderId"].as_i64());
        assert_eq!(
            (Some(entry.number.as_str()), entry.key.as_deref()),
            (raw["orderNumber"].as_str(), raw["orderKey"].as_str())
        );
        assert_eq!(Some(entry.status.as_str()), raw["orderStatus"].as_str());
        assert_eq!(entry.items.len(), raw["items"].as_array().unwrap().len());
        assert_eq!(entry.merged_ids.len(), raw["advancedOptions"]["mergedIds"].as_array().unwrap().len());
    }
}

#[tokio::test]
async fn recorded_webhooks_are_read_without_loss() {
    let Some(text) = recorded("list_webhooks") else { return };
    let wrapped = format!(r#"{{"webhooks":{text}}}"#);
    let client = Server::start(vec![json(&text), json(&wrapped)]).client();
    let raw: Value = serde_json::from_str(&text).unwrap();
    let raw = raw.as_array().unwrap();
    for _ in 0..2 {
        let subscriptions = client.subscriptions().await.unwrap();
        assert_eq!(subscriptions.len(), raw.len());
        for (one, raw) in subscriptions.iter().zip(raw) {
            assert_eq!((Some(one.id), Some(one.active)), (raw["WebHookID"].as_i64(), raw["Active"].as_bool()));
            assert_eq!(
                (Some(one.event.as_str()), Some(one.target_url.as_str())),
                (raw["HookType"].as_str(), raw["Url"].as_str())
            );
        }
    }
}
