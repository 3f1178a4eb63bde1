//! What becomes of orders that are sent.

use serde_json::{Value, json};

use crate::support::{order, rows, shop};

#[tokio::test]
async fn an_order_with_a_known_key_is_replaced_and_not_doubled() {
    let shop = shop().await;
    let id = shop.create(&order("k1")).await;
    let mut again = order("k1");
    again["orderNumber"] = json!("N-changed");
    again.as_object_mut().unwrap().remove("internalNotes");
    assert_eq!(shop.create(&again).await, id);
    let shown = shop.order(id).await;
    assert_eq!(shown["orderNumber"], "N-changed");
    assert_eq!(shown["internalNotes"], Value::Null, "what is not sent again is wiped");
    let books = shop.books().await;
    assert_eq!(rows(&books, "orders").len(), 1);
    assert_eq!(books["orders"][0]["updates"], 1);
}

#[tokio::test]
async fn an_order_without_a_key_is_new_each_time_even_with_the_same_number() {
    let shop = shop().await;
    let mut keyless = order("k");
    keyless.as_object_mut().unwrap().remove("orderKey");
    let (first, second) = (shop.create(&keyless).await, shop.create(&keyless).await);
    assert_ne!(first, second);
    let books = shop.books().await;
    assert_eq!(rows(&books, "orders").len(), 2);
    assert_ne!(books["orders"][0]["orderKey"], books["orders"][1]["orderKey"]);
    assert_eq!(books["orders"][0]["orderNumber"], books["orders"][1]["orderNumber"]);
}

#[tokio::test]
async fn a_line_keeps_its_id_when_its_key_stays() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let before = shop.order(id).await;
    let mut again = order("k");
    again["items"][1]["lineItemKey"] = json!("L3");
    shop.create(&again).await;
    let after = shop.order(id).await;
    assert_eq!(before["items"][0]["orderItemId"], after["items"][0]["orderItemId"]);
    assert_ne!(before["items"][1]["orderItemId"], after["items"][1]["orderItemId"]);
}

#[tokio::test]
async fn one_bad_order_does_not_fail_its_neighbours() {
    let shop = shop().await;
    let mut bad = order("bad");
    bad["shipTo"]["country"] = json!("Spain");
    let (status, answer) = shop.post("/orders/createorders", &json!([order("a"), bad, order("b")])).await;
    assert_eq!(status, 200);
    assert_eq!(answer["hasErrors"], true);
    let results = answer["results"].as_array().unwrap();
    let success: Vec<_> = results.iter().map(|result| result["success"].as_bool().unwrap()).collect();
    assert_eq!(success, [true, false, true]);
    assert_eq!(results[1]["orderKey"], "bad");
    assert!(results[1]["errorMessage"].as_str().unwrap().contains("shipTo.country"));
    assert_eq!(results[0]["errorMessage"], Value::Null);
    let books = shop.books().await;
    assert_eq!(rows(&books, "orders").len(), 2);
    assert_eq!(rows(&books, "rejected").len(), 1);
}

#[tokio::test]
async fn shipped_and_cancelled_orders_are_locked() {
    let shop = shop().await;
    let shipped = shop.create(&order("shipped")).await;
    shop.control("ship", &json!({ "orderId": shipped })).await;
    let mut cancelled = order("cancelled");
    shop.create(&cancelled).await;
    cancelled["orderStatus"] = json!("cancelled");
    shop.create(&cancelled).await;
    for key in ["shipped", "cancelled"] {
        let (status, body) = shop.post("/orders/createorder", &order(key)).await;
        assert_eq!(status, 400, "{key}: {body}");
    }
    let (_, answer) = shop.post("/orders/createorders", &json!([order("shipped"), order("open")])).await;
    assert_eq!(answer["hasErrors"], true);
    assert_eq!(answer["results"][0]["success"], false);
    assert_eq!(answer["results"][1]["success"], true);
    assert_eq!(shop.books().await["orders"][0]["updates"], 0);
}

#[tokio::test]
async fn the_store_is_taken_at_creation_only() {
    let shop = shop().await;
    let mut sent = order("k");
    sent["advancedOptions"] = json!({ "storeId": 300_002, "customField1": "x" });
    let id = shop.create(&sent).await;
    sent["advancedOptions"] = json!({ "storeId": 300_003 });
    shop.create(&sent).await;
    let shown = shop.order(id).await;
    assert_eq!(shown["advancedOptions"]["storeId"], 300_002);
    assert_eq!(shown["advancedOptions"]["customField1"], Value::Null);
    let other = shop.create(&order("k2")).await;
    assert_eq!(shop.order(other).await["advancedOptions"]["storeId"], 300_001);
}

#[tokio::test]
async fn the_total_is_computed_and_dates_come_back_in_shipstation_s_writing() {
    let shop = shop().await;
    let mut sent = order("k");
    sent["orderDate"] = json!("2026-03-02 10:11:12");
    let id = shop.create(&sent).await;
    let shown = shop.order(id).await;
    assert_eq!(shown["orderTotal"], 43.2);
    assert_eq!(shown["orderDate"], "2026-03-02T10:11:12.0000000");
    let created = shown["createDate"].as_str().unwrap();
    assert_eq!((created.len(), &created[23..]), (27, "0000"), "{created}");
    let utc: jiff::Timestamp = shop.books().await["orders"][0]["createdAt"].as_str().unwrap().parse().unwrap();
    let hours =
        utc.to_zoned(jiff::tz::TimeZone::UTC).datetime().since(created.parse::<jiff::civil::DateTime>().unwrap());
    assert!([7, 8].contains(&hours.unwrap().get_hours()), "Pacific time is 7 or 8 hours behind UTC");
}

#[tokio::test]
async fn a_held_order_is_not_shipped_until_its_date_or_until_it_is_restored() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let (status, _) = shop.post("/orders/holduntil", &json!({ "orderId": id })).await;
    assert_eq!(status, 400, "the date is required");
    let hold = json!({ "orderId": id, "holdUntilDate": "2100-01-01" });
    assert_eq!(shop.post("/orders/holduntil", &hold).await.0, 200);
    assert_eq!(shop.order(id).await["orderStatus"], "on_hold");
    let (status, _) = shop.post("/_sandbox/ship", &json!({ "orderId": id })).await;
    assert_eq!(status, 400);
    assert_eq!(shop.post("/orders/restorefromhold", &json!({ "orderId": id })).await.0, 200);
    assert_eq!(shop.order(id).await["orderStatus"], "awaiting_shipment");
    assert_eq!(shop.post("/orders/restorefromhold", &json!({ "orderId": id })).await.0, 400, "not held any more");
    let past = json!({ "orderId": id, "holdUntilDate": "2020-01-01" });
    assert_eq!(shop.post("/orders/holduntil", &past).await.0, 200);
    assert_eq!(shop.order(id).await["orderStatus"], "awaiting_shipment", "the date has come");
}

#[tokio::test]
async fn marking_as_shipped_makes_a_fulfilment_without_key_or_items_and_no_shipment() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let mark = json!({ "orderId": id, "carrierCode": "usps", "trackingNumber": "T1", "shipDate": "2026-03-04" });
    let (status, answer) = shop.post("/orders/markasshipped", &mark).await;
    assert_eq!((status, &answer), (200, &json!({ "orderId": id, "orderNumber": "N-k" })));
    assert_eq!(shop.post("/orders/markasshipped", &mark).await.0, 400, "it is shipped already");
    assert!(shop.list("/shipments", "shipments").await.is_empty());
    let found = shop.list(&format!("/fulfillments?orderId={id}"), "fulfillments").await;
    assert_eq!(found[0]["shipDate"], "2026-03-04T00:00:00.0000000");
    assert!(found[0].get("orderKey").is_none() && found[0].get("items").is_none());
    assert_eq!(shop.order(id).await["orderStatus"], "shipped");
}

#[tokio::test]
async fn marking_needs_a_known_order_and_a_carrier() {
    let shop = shop().await;
    let id = shop.create(&order("k")).await;
    let unknown = json!({ "orderId": 7, "carrierCode": "usps" });
    assert_eq!(shop.post("/orders/markasshipped", &unknown).await.0, 404);
    for wrong in [
        json!({ "orderId": id }),
        json!({ "orderId": id.to_string(), "carrierCode": "usps" }),
        json!({ "orderId": id, "carrierCode": "usps", "trackingNo": "T" }),
    ] {
        assert_eq!(shop.post("/orders/markasshipped", &wrong).await.0, 400, "{wrong}");
    }
}
