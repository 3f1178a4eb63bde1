//! Push messages: off at first, signed, sent when an order changes, tried again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use ring::hmac;
use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS, Credentials};
use serde_json::{Value, json};

use crate::client::sandbox;

type Messages = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver that answers with this status, and what it got.
async fn receiver(status: StatusCode) -> (String, Messages) {
    let messages = Messages::default();
    let take = async move |State(messages): State<Messages>, headers: HeaderMap, body: Bytes| {
        messages.lock().unwrap().push((headers, body));
        status
    };
    let router = axum::Router::new().route("/hook", post(take)).with_state(messages.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, messages)
}

async fn wait_for(messages: &Messages, count: usize) -> Vec<(HeaderMap, Bytes)> {
    for _ in 0..200 {
        if messages.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    messages.lock().unwrap().clone()
}

fn is_signed(known: &Credentials, (headers, body): &(HeaderMap, Bytes)) -> bool {
    let signature = headers["authorization"].to_str().unwrap();
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&signature[2 * at..2 * at + 2], 16).unwrap()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, known.app_secret.as_bytes());
    hmac::verify(&key, &[known.app_key.as_bytes(), body].concat(), &bytes).is_ok()
}

#[tokio::test]
async fn nobody_is_told_until_a_callback_url_is_set_and_only_on_this_machine() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    let url = format!("{}/_sandbox/push", sandbox.handle.aliexpress_url);
    let shown: Value = sandbox.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown, json!({"on": false, "waiting": 0, "sent": []}));
    let elsewhere = sandbox.http.post(&url).json(&json!({"url": "https://example.com/hook"})).send().await.unwrap();
    assert_eq!(elsewhere.status(), 400);
}

#[tokio::test]
async fn a_changed_order_is_told_signed_and_in_its_marketplaces_words() {
    let sandbox = sandbox().await;
    let (url, messages) = receiver(StatusCode::OK).await;
    sandbox.ae_control("push", json!({"url": url, "host": "app.example"})).await;
    sandbox.ali_control("push", json!({"url": url})).await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    wait_for(&messages, 1).await;
    sandbox.ali_order("234000000000000001", json!({})).await;
    let told = wait_for(&messages, 2).await;
    assert!(is_signed(&ALIEXPRESS, &told[0]) && is_signed(&ALIBABA, &told[1]));
    assert_eq!(told[0].0["host"], "app.example");
    let ae: Value = serde_json::from_slice(&told[0].1).unwrap();
    assert_eq!((&ae["message_type"], &ae["data"]["orderId"]), (&json!(53), &json!(8_100_000_000_000_001_u64)));
    assert_eq!(ae["data"]["orderStatus"], "PaymentAuthorized");
    let ali: Value = serde_json::from_slice(&told[1].1).unwrap();
    assert_eq!((&ali["message_type"], &ali["data"]["trade_order_id"]), (&json!(3), &json!("234000000000000001")));
}

#[tokio::test]
async fn a_notice_that_the_marketplace_took_is_told_and_one_it_refused_is_not() {
    let sandbox = sandbox().await;
    let (url, messages) = receiver(StatusCode::OK).await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    sandbox.ae_control("push", json!({"url": url})).await;
    let fulfill = "aliexpress.solution.order.fulfill";
    let notice = |number| {
        [("service_name", "UPS"), ("logistics_no", number), ("send_type", "all"), ("out_ref", "8100000000000001")]
    };
    sandbox.ae(fulfill, &notice("not a number")).await;
    sandbox.ae(fulfill, &notice("1Z999AA10123456784")).await;
    let told = wait_for(&messages, 1).await;
    let body: Value = serde_json::from_slice(&told[0].1).unwrap();
    assert_eq!((told.len(), &body["data"]["orderStatus"]), (1, &json!("OrderShipped")));
}

#[tokio::test]
async fn another_sellers_order_is_told_to_the_same_app() {
    let sandbox = sandbox().await;
    let (url, messages) = receiver(StatusCode::OK).await;
    sandbox.ae_control("push", json!({"url": url})).await;
    sandbox.ae_order("8100000000000002", json!({"foreign": true})).await;
    let told = wait_for(&messages, 1).await;
    let body: Value = serde_json::from_slice(&told[0].1).unwrap();
    assert_eq!(body["seller_id"], "200042002");
}

#[tokio::test]
async fn a_receiver_that_fails_is_told_again_and_the_book_knows_each_try() {
    let sandbox = sandbox().await;
    let (url, messages) = receiver(StatusCode::SERVICE_UNAVAILABLE).await;
    sandbox.ae_control("push", json!({"url": url, "tries": 2, "retry_after_ms": 10})).await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    assert_eq!(wait_for(&messages, 2).await.len(), 2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let url = format!("{}/_sandbox/push", sandbox.handle.aliexpress_url);
    let shown: Value = sandbox.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["waiting"], shown["sent"].as_array().unwrap().len()), (&json!(0), 2));
    assert_eq!((&shown["sent"][1]["status"], &shown["sent"][1]["attempt"]), (&json!(503), &json!(2)));
    sandbox.ae_control("push/send", json!({"order_id": "8100000000000001"})).await;
    assert_eq!(wait_for(&messages, 4).await.len(), 4);
}
