//! Webhooks: who may subscribe, and what is really posted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, StatusCode, Uri};
use reqwest::Method;
use sandbox_shipstation::Config;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Shop, order, rows, shop, shop_with};

/// What a receiver got, and what it is to answer (200 when nothing is left).
#[derive(Default)]
struct Inbox {
    got: Mutex<Vec<(String, String, Value)>>,
    answers: Mutex<VecDeque<u16>>,
}

async fn accept(State(inbox): State<Arc<Inbox>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let host = headers["host"].to_str().unwrap().to_owned();
    inbox.got.lock().unwrap().push((host, uri.to_string(), serde_json::from_slice(&body).unwrap()));
    let status = inbox.answers.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

async fn receiver(answers: &[u16]) -> (String, Arc<Inbox>) {
    let inbox = Arc::new(Inbox { answers: Mutex::new(answers.iter().copied().collect()), ..Inbox::default() });
    let app = Router::new().fallback(accept).with_state(Arc::clone(&inbox));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, inbox)
}

async fn subscribe(shop: &Shop, url: &str, event: &str) -> Value {
    let wanted = json!({ "target_url": url, "event": event, "store_id": null, "friendly_name": "test" });
    let (status, answer) = shop.post("/webhooks/subscribe", &wanted).await;
    assert_eq!(status, 200, "{answer}");
    answer["id"].clone()
}

async fn deliveries(shop: &Shop, n: usize) -> Vec<Value> {
    let books = shop.books_when(|books| rows(books, "webhook_deliveries").len() >= n).await;
    rows(&books, "webhook_deliveries").clone()
}

#[tokio::test]
async fn subscribing_to_a_wrong_event_or_over_plain_http_is_refused() {
    let shop = shop().await;
    let https = "https://example.com/hook";
    for wrong in [
        json!({ "target_url": https, "event": "SHIPPED" }),
        json!({ "target_url": https }),
        json!({ "event": "SHIP_NOTIFY" }),
        json!({ "target_url": "http://example.com/hook", "event": "SHIP_NOTIFY" }),
        json!({ "target_url": "ftp://127.0.0.1/hook", "event": "SHIP_NOTIFY" }),
        json!({ "target_url": "hook", "event": "SHIP_NOTIFY" }),
        json!({ "target_url": https, "event": "SHIP_NOTIFY", "store_id": 1 }),
        json!({ "target_url": https, "event": "SHIP_NOTIFY", "storeId": 300_001 }),
    ] {
        assert_eq!(shop.post("/webhooks/subscribe", &wrong).await.0, 400, "{wrong}");
    }
    subscribe(&shop, https, "SHIP_NOTIFY").await;
    subscribe(&shop, "http://localhost:1/x", "SHIP_NOTIFY").await;
    subscribe(&shop, "http://abc.lambda-url.eu-west-1.on.aws/x", "ORDER_NOTIFY").await;
}

#[tokio::test]
async fn subscriptions_are_listed_and_ended() {
    let shop = shop().await;
    let id = subscribe(&shop, "https://example.com/hook/s", "SHIP_NOTIFY").await;
    let hooks = shop.list("/webhooks", "webhooks").await;
    assert_eq!(hooks[0]["WebHookID"], id);
    assert_eq!(hooks[0]["HookType"], "SHIP_NOTIFY");
    assert_eq!(hooks[0]["Url"], "https://example.com/hook/s");
    let end = async || shop.send(Method::DELETE, &format!("/webhooks/{id}"), None).await.unwrap().status();
    assert_eq!(end().await, 200);
    assert_eq!(end().await, 404);
    assert!(shop.list("/webhooks", "webhooks").await.is_empty());
}

#[tokio::test]
async fn a_batch_of_labels_is_told_once_to_each_subscription_and_can_be_fetched() {
    let shop = shop().await;
    let (url, inbox) = receiver(&[]).await;
    subscribe(&shop, &format!("{url}/a"), "SHIP_NOTIFY").await;
    subscribe(&shop, &format!("{url}/b"), "ITEM_SHIP_NOTIFY").await;
    for key in ["1", "2", "3"] {
        shop.create(&order(key)).await;
    }
    shop.control("warehouse", &json!({ "every_s": 0.1, "mark_share": 0.0, "split_share": 0.0 })).await;
    deliveries(&shop, 2).await;
    let mut got = inbox.got.lock().unwrap().clone();
    got.sort_by_key(|(_, path, _)| path.clone());
    assert_eq!(got.len(), 2, "one for each subscription");
    for (place, event, items) in [(0, "SHIP_NOTIFY", "False"), (1, "ITEM_SHIP_NOTIFY", "True")] {
        let body = &got[place].2;
        assert_eq!(body["resource_type"], event);
        let resource = body["resource_url"].as_str().unwrap();
        assert!(resource.starts_with(&format!("{}/shipments?batchId=", shop.handle.url)), "{resource}");
        assert!(resource.ends_with(&format!("&includeShipmentItems={items}")), "{resource}");
        let path = resource.strip_prefix(&shop.handle.url).unwrap();
        let shipments = shop.list(path, "shipments").await;
        assert_eq!(shipments.len(), 3);
        assert_eq!(shipments[0]["shipmentItems"].is_array(), items == "True");
    }
    assert_eq!(shop.books().await["calls"]["GET /shipments"], 2, "following a webhook costs calls");
}

#[tokio::test]
async fn new_orders_are_told_and_updated_ones_are_not() {
    let shop = shop().await;
    let (url, inbox) = receiver(&[]).await;
    subscribe(&shop, &url, "ORDER_NOTIFY").await;
    shop.post("/orders/createorders", &json!([order("1"), order("2")])).await;
    shop.create(&order("1")).await;
    deliveries(&shop, 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let got = inbox.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1);
    let resource = got[0].2["resource_url"].as_str().unwrap();
    let path = resource.strip_prefix(&shop.handle.url).unwrap();
    assert!(path.starts_with("/orders?importBatch="), "{path}");
    assert_eq!(shop.list(path, "orders").await.len(), 2);
}

#[tokio::test]
async fn marking_as_shipped_is_told_to_nobody_but_a_provider_s_shipment_is() {
    let shop = shop().await;
    let (url, inbox) = receiver(&[]).await;
    for event in ["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED"] {
        subscribe(&shop, &url, event).await;
    }
    let (a, b) = (shop.create(&order("a")).await, shop.create(&order("b")).await);
    shop.post("/orders/markasshipped", &json!({ "orderId": a, "carrierCode": "usps", "trackingNumber": "T" })).await;
    let provided = shop.control("ship", &json!({ "orderId": b, "fulfillmentProvider": "acme_3pl" })).await;
    let told = deliveries(&shop, 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(inbox.got.lock().unwrap().len(), 1);
    assert_eq!(told[0]["event"], "FULFILLMENT_SHIPPED");
    let path = told[0]["resource_url"].as_str().unwrap().strip_prefix(&shop.handle.url).unwrap().to_owned();
    let found = shop.list(&path, "fulfillments").await;
    assert_eq!(found[0]["fulfillmentId"], provided["fulfillmentId"]);
    assert_eq!(found[0]["fulfillmentProviderCode"], "acme_3pl");
}

#[tokio::test]
async fn a_failed_delivery_is_tried_three_times_and_not_more() {
    let retry = Duration::from_millis(100);
    let shop = shop_with(Config { webhook_retry_after: retry, ..Config::default() }).await;
    let (url, inbox) = receiver(&[500, 302, 503, 200]).await;
    subscribe(&shop, &format!("{url}/hook/0123456789abcdef?token=hush"), "SHIP_NOTIFY").await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let tries = deliveries(&shop, 3).await;
    tokio::time::sleep(3 * retry).await;
    assert_eq!(inbox.got.lock().unwrap().len(), 3);
    let seen: Vec<_> = tries.iter().map(|each| (each["attempt"].clone(), each["status"].clone())).collect();
    assert_eq!(seen, [(json!(1), json!(500)), (json!(2), json!(302)), (json!(3), json!(503))]);
    let books = shop.books().await.to_string();
    assert!(!books.contains("0123456789abcdef") && !books.contains("hush"), "the secret stays out of the books");
}

#[tokio::test]
async fn a_receiver_that_is_too_slow_is_given_up() {
    let config = Config {
        webhook_timeout: Duration::from_millis(100),
        webhook_retry_after: Duration::from_millis(50),
        ..Config::default()
    };
    let shop = shop_with(config).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    subscribe(&shop, &format!("http://{}", silent.local_addr().unwrap()), "SHIP_NOTIFY").await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let tries = deliveries(&shop, 3).await;
    assert!(tries.iter().all(|each| each["error"] == "timeout" && each["status"].is_null()));
}

#[tokio::test]
async fn a_function_url_is_reached_through_the_gateway_under_its_own_host() {
    let (gateway, inbox) = receiver(&[]).await;
    let shop = shop_with(Config { lambda_gateway: Some(gateway), ..Config::default() }).await;
    subscribe(&shop, "https://abc.lambda-url.eu-west-1.on.aws/hook?k=v", "SHIP_NOTIFY").await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    deliveries(&shop, 1).await;
    let got = inbox.got.lock().unwrap().clone();
    assert_eq!(got[0].0, "abc.lambda-url.eu-west-1.on.aws");
    assert_eq!(got[0].1, "/hook?k=v");
}

#[tokio::test]
async fn webhooks_to_other_machines_and_dropped_ones_are_not_sent() {
    let shop = shop_with(Config { webhook_retry_after: Duration::from_millis(10), ..Config::default() }).await;
    let (url, inbox) = receiver(&[]).await;
    subscribe(&shop, "https://example.com/hook", "ITEM_SHIP_NOTIFY").await;
    let id = shop.create(&order("k")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let tries = deliveries(&shop, 3).await;
    assert!(tries[0]["error"].as_str().unwrap().contains("does not leave this machine"));
    shop.control("webhooks/deliver", &json!({ "on": false })).await;
    subscribe(&shop, &url, "SHIP_NOTIFY").await;
    let id = shop.create(&order("k2")).await;
    shop.control("ship", &json!({ "orderId": id })).await;
    let tries = deliveries(&shop, 5).await;
    assert!(tries[3..].iter().all(|each| each["error"] == "dropped"));
    assert!(inbox.got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_subscription_to_one_store_hears_of_that_store_only() {
    let shop = shop().await;
    let (url, inbox) = receiver(&[]).await;
    let wanted = json!({ "target_url": url, "event": "SHIP_NOTIFY", "store_id": 300_002 });
    assert_eq!(shop.post("/webhooks/subscribe", &wanted).await.0, 200);
    let mut other = order("other");
    other["advancedOptions"] = json!({ "storeId": 300_002 });
    for sent in [order("k"), other] {
        let id = shop.create(&sent).await;
        shop.control("ship", &json!({ "orderId": id })).await;
    }
    let quiet = shop.create(&order("quiet")).await;
    shop.control("ship", &json!({ "orderId": quiet, "notify": false })).await;
    deliveries(&shop, 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let got = inbox.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1);
    assert!(got[0].2["resource_url"].as_str().unwrap().contains("storeID=300002&batchId="));
    let path = got[0].2["resource_url"].as_str().unwrap().strip_prefix(&shop.handle.url).unwrap().to_owned();
    assert_eq!(shop.list(&path, "shipments").await.len(), 1);
}
