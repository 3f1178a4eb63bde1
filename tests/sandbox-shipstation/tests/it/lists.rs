//! Lists: what they hold, and what their filters let through.

use serde_json::{Value, json};

use crate::support::{order, shop};

fn keys(orders: &[Value]) -> Vec<&str> {
    orders.iter().map(|order| order["orderKey"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn orders_are_filtered_by_the_start_of_their_number() {
    let shop = shop().await;
    for key in ["10", "100", "200"] {
        shop.create(&order(key)).await;
    }
    assert_eq!(keys(&shop.list("/orders?orderNumber=N-10", "orders").await), ["10", "100"]);
    assert_eq!(keys(&shop.list("/orders?orderNumber=10", "orders").await).len(), 0);
}

#[tokio::test]
async fn orders_are_filtered_by_status_store_and_dates_and_paged() {
    let shop = shop().await;
    for day in 1..=5 {
        let mut sent = order(&format!("k{day}"));
        sent["orderDate"] = json!(format!("2026-03-0{day}T12:00:00"));
        if day == 5 {
            sent["orderStatus"] = json!("awaiting_payment");
            sent["advancedOptions"] = json!({ "storeId": 300_003 });
        }
        shop.create(&sent).await;
    }
    let list = async |query: &str| shop.list(&format!("/orders?{query}"), "orders").await;
    assert_eq!(keys(&list("orderStatus=awaiting_payment").await), ["k5"]);
    assert_eq!(keys(&list("storeId=300003").await), ["k5"]);
    assert_eq!(keys(&list("orderDateStart=2026-03-02&orderDateEnd=2026-03-03%2012:00:00").await), ["k2", "k3"]);
    assert_eq!(keys(&list("sortBy=OrderDate&sortDir=DESC&pageSize=2&page=2").await), ["k3", "k2"]);
    assert_eq!(keys(&list("createDateStart=2000-01-01&modifyDateEnd=2100-01-01").await).len(), 5);
    assert_eq!(keys(&list("createDateEnd=2000-01-01").await).len(), 0);
    let (_, page) = shop.get("/orders?pageSize=2&page=4").await;
    assert_eq!((page["total"].clone(), page["pages"].clone()), (json!(5), json!(3)));
    assert!(page["orders"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn shipment_items_are_null_unless_asked_for() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let plain = shop.list("/shipments", "shipments").await;
    assert_eq!(plain[0]["shipmentItems"], Value::Null);
    assert_eq!(plain[0]["orderKey"], "k");
    let full = shop.list("/shipments?includeShipmentItems=True", "shipments").await;
    let items = full[0]["shipmentItems"].as_array().unwrap();
    assert_eq!((items[0]["lineItemKey"].clone(), items[0]["quantity"].clone()), (json!("L1"), json!(3)));
}

#[tokio::test]
async fn shipments_are_filtered_and_voided_ones_are_still_listed() {
    let shop = shop().await;
    let (a, b) = (shop.create(&order("a")).await, shop.create(&order("b")).await);
    let first = shop.control("ship", &json!({ "orderId": a, "carrierCode": "fedex" })).await;
    let second = shop.control("ship", &json!({ "orderNumber": "N-b" })).await;
    shop.control("void", &json!({ "shipmentId": first["shipmentId"] })).await;
    let list = async |query: &str| shop.list(&format!("/shipments?{query}"), "shipments").await;
    assert_eq!(list("").await.len(), 2);
    assert_eq!(list("voidDateStart=2020-01-01").await[0]["orderId"], a);
    assert_eq!(list(&format!("orderId={b}")).await[0]["shipmentId"], second["shipmentId"]);
    assert_eq!(list(&format!("batchId={}", second["batchId"])).await[0]["orderId"], b);
    assert_eq!(list("carrierCode=fedex&orderNumber=N-a").await.len(), 1);
    assert_eq!(list(&format!("trackingNumber={}", second["trackingNumber"].as_str().unwrap())).await.len(), 1);
    assert_eq!(list("storeId=300002").await.len(), 0);
    assert_eq!(list("createDateEnd=2020-01-01").await.len(), 0);
    assert_eq!(shop.order(a).await["orderStatus"], "awaiting_shipment", "voided, it waits for another label");
}

#[tokio::test]
async fn stores_and_carriers_are_listed() {
    let shop = shop().await;
    let (_, stores) = shop.get("/stores").await;
    assert_eq!(stores[0]["storeId"], 300_001);
    let (_, carriers) = shop.get("/carriers").await;
    assert_eq!(carriers[0]["code"], "stamps_com");
}
