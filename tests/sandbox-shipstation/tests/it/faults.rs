//! Faults that were ordered.

use std::time::Duration;

use reqwest::Method;
use sandbox_shipstation::Config;
use serde_json::{Value, json};

use crate::support::{Shop, order, read, rows, shop, shop_with};

async fn order_fault(shop: &Shop, kind: &str) {
    shop.control("fault", &json!({ "route": "POST /orders/createorders", "count": 1, "kind": kind })).await;
}

async fn orders_in(shop: &Shop) -> usize {
    rows(&shop.books().await, "orders").len()
}

#[tokio::test]
async fn an_error_before_leaves_nothing_and_an_error_after_leaves_the_order() {
    let shop = shop().await;
    for (kind, status, left) in [("error_before", 500, 0), ("html", 502, 0), ("error_after_effect", 500, 1)] {
        order_fault(&shop, kind).await;
        let (got, body) = shop.post("/orders/createorders", &json!([order(kind)])).await;
        assert_eq!((got, orders_in(&shop).await), (status, left), "{kind}");
        assert_eq!(matches!(&body, Value::String(text) if text.starts_with("<html>")), kind == "html");
    }
    let (status, _) = shop.post("/orders/createorders", &json!([order("after")])).await;
    assert_eq!(status, 200, "each fault strikes as often as it was ordered");
    assert_eq!(rows(&shop.books().await, "faults_fired").len(), 3);
}

#[tokio::test]
async fn a_cut_connection_breaks_in_the_middle_of_the_answer_after_the_effect() {
    let shop = shop().await;
    order_fault(&shop, "cut").await;
    let orders = json!([order("k")]);
    let response = shop.send(Method::POST, "/orders/createorders", Some(&orders)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    assert_eq!(orders_in(&shop).await, 1);
}

#[tokio::test]
async fn a_hanging_call_has_taken_effect_when_the_caller_gives_up() {
    let shop = shop().await;
    order_fault(&shop, "hang_after_effect").await;
    let orders = json!([order("k")]);
    let call = shop.send(Method::POST, "/orders/createorders", Some(&orders));
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
    assert_eq!(orders_in(&shop).await, 1);
}

#[tokio::test]
async fn a_fault_counts_against_the_limit_and_strikes_its_own_route_only() {
    let shop = shop_with(Config { rate_limit: 2, ..Config::default() }).await;
    shop.control("fault", &json!({ "route": "GET /orders/{id}", "count": 1, "kind": "error_before" })).await;
    assert_eq!(shop.get("/stores").await.0, 200);
    let response = shop.send(Method::GET, "/orders/7", None).await.unwrap();
    assert_eq!(response.headers()["x-rate-limit-remaining"], "0");
    assert_eq!(read(response).await.0, 500);
    assert_eq!(shop.get("/orders/7").await.0, 429);
}
