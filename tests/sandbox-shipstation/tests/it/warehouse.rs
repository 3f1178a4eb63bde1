//! The simulated warehouse.

use std::collections::BTreeSet;
use std::time::Duration;

use sandbox_shipstation::Config;
use serde_json::{Value, json};

use crate::support::{order, rows, shop, shop_with};

#[tokio::test]
async fn the_automatic_warehouse_ships_what_is_awaiting_shipment_in_one_batch_a_round() {
    let shop = shop().await;
    for n in 0..5 {
        shop.create(&order(&format!("k{n}"))).await;
    }
    let mut unpaid = order("unpaid");
    unpaid["orderStatus"] = json!("awaiting_payment");
    shop.create(&unpaid).await;
    let settings = json!({ "auto": true, "every_s": 0.2, "batch": 3, "mark_share": 0.0, "split_share": 0.0 });
    shop.control("warehouse", &settings).await;
    let books = shop.books_when(|books| rows(books, "shipments").len() == 5).await;
    let batches: Vec<_> = rows(&books, "shipments").iter().map(|shipment| shipment["batchId"].clone()).collect();
    assert!(batches[0] == batches[2] && batches[2] != batches[3] && batches[3] == batches[4], "{batches:?}");
    let left: Vec<_> = rows(&books, "orders").iter().filter(|order| order["orderStatus"] != "shipped").collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["orderKey"], "unpaid");
    shop.control("warehouse", &json!({ "auto": false })).await;
    shop.create(&order("late")).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(rows(&shop.books().await, "shipments").len(), 5);
}

#[tokio::test]
async fn a_share_of_the_orders_is_only_marked_as_shipped() {
    let shop = shop().await;
    for n in 0..40 {
        shop.create(&order(&format!("k{n}"))).await;
    }
    shop.control("warehouse", &json!({ "every_s": 0.1, "batch": 40, "mark_share": 0.3, "split_share": 0.0 })).await;
    let books = shop.books_when(|books| !rows(books, "shipments").is_empty()).await;
    let marked = rows(&books, "fulfillments").len();
    assert!((5..20).contains(&marked), "{marked}");
    assert_eq!(rows(&books, "shipments").len() + marked, 40);
}

#[tokio::test]
async fn a_split_order_is_labelled_in_two_batches_some_time_apart_and_no_unit_is_shipped_twice() {
    let gap = Duration::from_millis(400);
    let shop = shop_with(Config { rate_limit: 1000, split_gap: gap, ..Config::default() }).await;
    let parent = shop.create(&order("k")).await;
    shop.control("warehouse", &json!({ "every_s": 0.1, "mark_share": 0.0, "split_share": 1.0 })).await;
    let books = shop.books_when(|books| rows(books, "shipments").len() == 2).await;
    let (first, second) = (&books["shipments"][0], &books["shipments"][1]);
    assert_eq!(first["orderId"], parent);
    assert_ne!(first["batchId"], second["batchId"]);
    let at = |shipment: &Value| shipment["createdAt"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(at(second).duration_since(at(first)).unsigned_abs() >= gap);
    let child = shop.order(second["orderId"].as_i64().unwrap()).await;
    assert_eq!(child["orderNumber"], "N-k-1");
    assert_eq!(child["advancedOptions"]["parentId"], parent);
    assert_eq!(child["advancedOptions"]["mergedOrSplit"], true);
    assert_ne!(child["orderKey"], "k");
    let units = |shipment: &Value| -> i64 {
        shipment["shipmentItems"].as_array().unwrap().iter().map(|item| item["quantity"].as_i64().unwrap()).sum()
    };
    assert_eq!(units(first) + units(second), 5);
    assert!(units(first) > 0 && units(second) > 0);
}

#[tokio::test]
async fn an_order_of_one_unit_is_never_split() {
    let shop = shop().await;
    let mut single = order("k");
    single["items"] = json!([{ "lineItemKey": "L1", "name": "Lamp", "quantity": 1 }]);
    let id = shop.create(&single).await;
    let (status, _) = shop.post("/_sandbox/split", &json!({ "orderId": id })).await;
    assert_eq!(status, 400);
    shop.control("warehouse", &json!({ "every_s": 0.1, "mark_share": 0.0, "split_share": 1.0 })).await;
    let books = shop.books_when(|books| rows(books, "shipments").len() == 1).await;
    assert_eq!(rows(&books, "orders").len(), 1);
}

#[tokio::test]
async fn the_same_seed_ships_with_the_same_tracking_numbers() {
    let mut runs = BTreeSet::new();
    for _ in 0..2 {
        let shop = shop().await;
        for n in 0..8 {
            shop.create(&order(&format!("k{n}"))).await;
        }
        shop.control("warehouse", &json!({ "every_s": 0.1, "mark_share": 0.0, "split_share": 0.0 })).await;
        let books = shop.books_when(|books| rows(books, "shipments").len() == 8).await;
        let numbers = rows(&books, "shipments").iter().map(|shipment| shipment["trackingNumber"].to_string());
        runs.insert(numbers.collect::<Vec<_>>());
    }
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn a_part_of_an_order_is_shipped_and_the_rest_waits() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let part = json!({ "orderId": id, "items": [{ "lineItemKey": "L1", "quantity": 2 }],
        "carrierCode": "ups_walleted", "serviceCode": "ups_worldwide_saver", "trackingNumber": "1Z999AA10123456784" });
    shop.control("ship", &part).await;
    assert_eq!(shop.order(id).await["orderStatus"], "awaiting_shipment");
    let (status, _) = shop.post("/_sandbox/ship", &part).await;
    assert_eq!(status, 400, "only one of them is left");
    shop.control("ship", &json!({ "orderId": id })).await;
    assert_eq!(shop.order(id).await["orderStatus"], "shipped");
    let shipments = shop.list("/shipments?includeShipmentItems=true", "shipments").await;
    assert_eq!(shipments[1]["shipmentItems"][0]["quantity"], 1);
    assert_eq!(shipments[1]["shipmentItems"][1]["quantity"], 2);
    let (status, _) = shop.post("/_sandbox/ship", &json!({ "orderId": id })).await;
    assert_eq!(status, 400, "nothing is left");
}

#[tokio::test]
async fn merged_orders_vanish_and_their_items_leave_with_the_first() {
    let shop = shop().await;
    let (a, b) = (shop.create(&order("a")).await, shop.create(&order("b")).await);
    shop.control("merge", &json!({ "orderIds": [a, b] })).await;
    assert_eq!(shop.get(&format!("/orders/{b}")).await.0, 404);
    assert_eq!(shop.list("/orders", "orders").await.len(), 1);
    let parent = shop.order(a).await;
    assert_eq!(parent["advancedOptions"]["mergedIds"], json!([b]));
    assert_eq!(parent["advancedOptions"]["mergedOrSplit"], true);
    shop.control("ship", &json!({ "orderId": a })).await;
    let shipments = shop.list("/shipments?includeShipmentItems=true", "shipments").await;
    assert_eq!(shipments.len(), 1);
    assert_eq!(shipments[0]["shipmentItems"].as_array().unwrap().len(), 4);
    assert_eq!(shop.books().await["orders"][1]["mergedInto"], a);
    // Its key is not found any more: whoever sends the order again makes a second one.
    let again = shop.create(&order("b")).await;
    assert_ne!(again, b);
}

#[tokio::test]
async fn a_voided_label_is_bought_again_by_the_automatic_warehouse() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let first = shop.control("ship", &json!({ "orderId": id })).await;
    shop.control("void", &json!({ "shipmentId": first["shipmentId"] })).await;
    let (status, _) = shop.post("/_sandbox/void", &json!({ "shipmentId": first["shipmentId"] })).await;
    assert_eq!(status, 400, "it is voided already");
    shop.control("warehouse", &json!({ "every_s": 0.1, "mark_share": 0.0, "split_share": 1.0 })).await;
    let books = shop.books_when(|books| rows(books, "shipments").len() >= 2).await;
    assert_eq!(books["shipments"][0]["voided"], true);
    assert_eq!(books["shipments"][1]["voided"], false);
    assert_ne!(books["shipments"][0]["trackingNumber"], books["shipments"][1]["trackingNumber"]);
}

#[tokio::test]
async fn a_misspelt_control_is_refused() {
    let shop = shop().await;
    for (name, body) in [
        ("warehouse", json!({ "every": 1 })),
        ("warehouse", json!({ "mark_share": 2.0 })),
        ("warehouse", json!({ "carriers": "dhl" })),
        ("ship", json!({ "order": 1 })),
        ("fault", json!({ "route": "GET /orders", "count": 1, "kind": "explode" })),
    ] {
        assert_eq!(shop.post(&format!("/_sandbox/{name}"), &body).await.0, 400, "{name} {body}");
    }
    assert_eq!(shop.get("/_sandbox/nothing").await.0, 404);
}

#[tokio::test]
async fn more_than_was_ordered_leaves_when_a_shipped_order_is_packed_again() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let again = json!({ "orderId": id, "items": [{ "lineItemKey": "L1", "quantity": 1 }] });
    shop.control("ship", &again).await;
    let shipments = shop.list("/shipments?includeShipmentItems=true", "shipments").await;
    let of_first_line = |shipment: &Value| -> i64 {
        let items = shipment["shipmentItems"].as_array().unwrap().iter().filter(|item| item["lineItemKey"] == "L1");
        items.map(|item| item["quantity"].as_i64().unwrap()).sum()
    };
    assert_eq!(shipments.iter().map(of_first_line).sum::<i64>(), 4, "three were ordered");
    assert_eq!(shop.order(id).await["orderStatus"], "shipped");
}

#[tokio::test]
async fn a_label_is_voided_and_bought_again_from_another_carrier() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let carriers = [("stamps_com", "usps_priority_mail", "9400"), ("ups_walleted", "ups_ground", "1Z999AA10123456784")];
    for (carrier, service, number) in carriers {
        for label in shop.list("/shipments", "shipments").await {
            shop.control("void", &json!({ "shipmentId": label["shipmentId"] })).await;
        }
        assert_eq!(shop.order(id).await["orderStatus"], "awaiting_shipment");
        let label = json!({ "orderId": id, "carrierCode": carrier, "serviceCode": service, "trackingNumber": number });
        shop.control("ship", &label).await;
    }
    let labels = shop.list("/shipments", "shipments").await;
    let shown: Vec<_> =
        labels.iter().map(|l| (l["carrierCode"].as_str().unwrap(), l["voided"].as_bool().unwrap())).collect();
    assert_eq!(shown, [("stamps_com", true), ("ups_walleted", false)]);
}

#[tokio::test]
async fn what_shipstation_says_of_telling_the_shop_is_shown_with_labels_and_fulfilments() {
    let shop = shop().await;
    let (a, b, c) = (shop.create(&order("a")).await, shop.create(&order("b")).await, shop.create(&order("c")).await);
    shop.control("ship", &json!({ "orderId": a, "marketplaceNotified": true })).await;
    let failed = json!({ "orderId": b, "fulfillmentProvider": "acme", "notifyErrorMessage": "store is not connected" });
    shop.control("ship", &failed).await;
    shop.control("ship", &json!({ "orderId": c })).await;
    let said = |row: &Value| (row["marketplaceNotified"].as_bool().unwrap(), row["notifyErrorMessage"].clone());
    let labels: Vec<_> = shop.list("/shipments", "shipments").await.iter().map(said).collect();
    assert_eq!(labels, [(true, Value::Null), (false, Value::Null)]);
    let marked: Vec<_> = shop.list("/fulfillments", "fulfillments").await.iter().map(said).collect();
    assert_eq!(marked, [(false, json!("store is not connected"))]);
}
