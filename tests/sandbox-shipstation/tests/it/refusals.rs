//! Who and what is not let in.

use std::time::Duration;

use reqwest::Method;
use sandbox_shipstation::Config;
use serde_json::{Value, json};

use crate::support::{order, read, rows, shop, shop_with};

/// An order with one field set to something else.
fn with(pointer: &str, value: Value) -> Value {
    let mut changed = order("k");
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    changed.pointer_mut(parent).unwrap()[field] = value;
    changed
}

#[tokio::test]
async fn a_call_without_the_right_key_and_secret_is_refused() {
    let shop = shop().await;
    let url = format!("{}/orders", shop.handle.url);
    let bare = shop.client.get(&url).send().await.unwrap();
    assert!(bare.headers().contains_key("x-rate-limit-remaining"));
    let (status, body) = read(bare).await;
    assert_eq!(status, 401);
    assert!(body["Message"].is_string() && body["ExceptionMessage"].is_string());
    for (key, secret) in [("sandbox-key", "wrong"), ("other", "sandbox-secret"), ("sandbox-secret", "sandbox-key")] {
        let response = shop.client.get(&url).basic_auth(key, Some(secret)).send().await.unwrap();
        assert_eq!(response.status(), 401);
    }
    let bearer = shop.client.get(&url).bearer_auth("sandbox-key:sandbox-secret").send().await.unwrap();
    assert_eq!(bearer.status(), 401);
    let books = shop.books().await;
    assert_eq!(rows(&books, "rejected").len(), 5);
    assert_eq!(books["calls"], json!({}));
}

#[tokio::test]
async fn the_forty_first_call_of_a_minute_is_refused_and_entered_in_the_books() {
    let shop = shop_with(Config::default()).await;
    for call in 1..=40 {
        let response = shop.send(Method::GET, "/stores", None).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-rate-limit-limit"], "40");
        assert_eq!(response.headers()["x-rate-limit-remaining"], (40 - call).to_string());
    }
    let refused = shop.send(Method::GET, "/stores", None).await.unwrap();
    let reset: u64 = refused.headers()["x-rate-limit-reset"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&reset));
    assert_eq!(read(refused).await, (429, json!({ "message": "Too Many Requests" })));
    let books = shop.books().await;
    assert_eq!(books["http_429"], 1);
    assert_eq!(books["calls_per_window"], json!([40]));
    assert_eq!(books["calls"], json!({ "GET /stores": 40 }));
}

#[tokio::test]
async fn a_refused_order_costs_a_call_and_a_new_window_opens_with_the_next_call() {
    let config = Config { rate_limit: 1, rate_window: Duration::from_millis(300), ..Config::default() };
    let shop = shop_with(config).await;
    assert_eq!(shop.post("/orders/createorder", &json!({})).await.0, 400);
    assert_eq!(shop.get("/stores").await.0, 429);
    tokio::time::sleep(Duration::from_millis(320)).await;
    assert_eq!(shop.get("/stores").await.0, 200);
    assert_eq!(shop.books().await["calls_per_window"], json!([1, 1]));
}

#[tokio::test]
async fn an_order_without_a_required_field_is_refused() {
    let shop = shop().await;
    for field in ["orderNumber", "orderDate", "orderStatus", "billTo", "shipTo"] {
        let mut lacking = order("k");
        lacking.as_object_mut().unwrap().remove(field);
        let (status, body) = shop.post("/orders/createorder", &lacking).await;
        assert_eq!(status, 400, "{field}");
        assert!(body["ExceptionMessage"].as_str().unwrap().contains(field), "{body}");
    }
    assert!(rows(&shop.books().await, "orders").is_empty());
}

#[tokio::test]
async fn an_order_with_a_wrong_field_is_refused() {
    let shop = shop().await;
    let wrong = [
        ("/orderStatus", json!("paid")),
        ("/orderStatus", json!("pending_fulfillment")),
        ("/orderStatus", json!("Awaiting_Shipment")),
        ("/shipTo/country", json!("Spain")),
        ("/shipTo/country", json!("es")),
        ("/shipTo/country", json!("UK")),
        ("/shipTo/country", Value::Null),
        ("/shipTo/name", json!("  ")),
        ("/shipTo/postalCode", json!(28013)),
        ("/shipTo/zip", json!("28013")),
        ("/billTo/country", json!("ESP")),
        ("/amountPaid", json!("43.20")),
        ("/items/0/quantity", json!("3")),
        ("/items/0/quantity", json!(1.5)),
        ("/items/0/quantity", json!(0)),
        ("/items/0/unitPrice", json!("12.50")),
        ("/items/0/lineItemId", json!("L1")),
        ("/items", json!({})),
        ("/orderDate", json!("2026-03-02T10:11:12Z")),
        ("/paymentDate", json!("2026-03-02T10:11:12+08:00")),
        ("/orderDate", json!(1_772_000_000)),
        ("/gift", json!("false")),
        ("/weight", json!({ "value": 1, "units": "kg" })),
        ("/internationalOptions", json!({ "contents": "goods" })),
        ("/advancedOptions", json!({ "customField4": "x" })),
        ("/advancedOptions", json!({ "storeId": 42 })),
        ("/advancedOptions", json!({ "storeId": "300001" })),
        ("/custmerEmail", json!("typo@example.com")),
        ("/tagIds", json!(["1"])),
    ];
    for (pointer, value) in wrong {
        let (status, body) = shop.post("/orders/createorder", &with(pointer, value.clone())).await;
        assert_eq!(status, 400, "{pointer} = {value}: {body}");
    }
    assert!(rows(&shop.books().await, "orders").is_empty());
}

#[tokio::test]
async fn more_than_a_hundred_orders_in_one_request_are_refused_whole() {
    let shop = shop().await;
    let orders = |n: usize| Value::Array((0..n).map(|i| order(&format!("k{i}"))).collect());
    assert_eq!(shop.post("/orders/createorders", &orders(101)).await.0, 400);
    assert_eq!(shop.post("/orders/createorders", &json!([])).await.0, 400);
    assert_eq!(shop.post("/orders/createorders", &order("k")).await.0, 400, "an object is no array");
    assert!(rows(&shop.books().await, "orders").is_empty());
    assert_eq!(shop.post("/orders/createorders", &orders(100)).await.0, 200);
    assert_eq!(rows(&shop.books().await, "orders").len(), 100);
}

#[tokio::test]
async fn a_body_that_is_not_sent_as_json_is_refused() {
    let shop = shop().await;
    let request = shop.client.post(format!("{}/orders/createorder", shop.handle.url));
    let request = request.basic_auth("sandbox-key", Some("sandbox-secret")).body(order("k").to_string());
    assert_eq!(request.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn unknown_addresses_methods_and_filters_are_refused() {
    let shop = shop().await;
    assert_eq!(shop.get("/order").await.0, 404);
    assert_eq!(shop.get("/orders/1").await.0, 404);
    assert_eq!(shop.get("/orders/abc").await.0, 400);
    assert_eq!(shop.get("/orders/createorder").await.0, 405);
    assert_eq!(shop.post("/shipments", &json!({})).await.0, 405);
    for path in [
        "/orders?status=shipped",
        "/orders?orderStatus=done",
        "/orders?pageSize=501",
        "/orders?modifyDateStart=2026-01-01T00:00:00Z",
        "/orders?sortBy=Name",
        "/shipments?includeItems=true",
        "/shipments?includeShipmentItems=yes",
        "/shipments?orderId=N-1",
        "/fulfillments?orderKey=k",
    ] {
        assert_eq!(shop.get(path).await.0, 400, "{path}");
    }
    assert_eq!(rows(&shop.books().await, "rejected").len(), 14);
}
