//! Misbehaviour comes when ordered, and only then.

use std::time::Duration;

use sandbox_marketplaces::platform::ALIEXPRESS;
use serde_json::{Value, json};

use crate::client::{Sandbox, ae_params, ago, pacific, sandbox, signed};

const FULFILL: &str = "aliexpress.solution.order.fulfill";
const ID: &str = "8100000000000001";

async fn fulfill(sandbox: &Sandbox) -> reqwest::Result<(u16, String)> {
    let given =
        [("service_name", "UPS"), ("logistics_no", "1Z999AA10123456784"), ("send_type", "all"), ("out_ref", ID)];
    let params = signed(&ALIEXPRESS, "", ae_params(FULFILL, &given));
    let url = format!("{}/sync", sandbox.handle.aliexpress_url);
    let answer = sandbox.http.post(url).form(&params).timeout(Duration::from_secs(2)).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

async fn with(kind: &str) -> (Sandbox, reqwest::Result<(u16, String)>, bool) {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({})).await;
    sandbox.ae_control("fault", json!({"method": FULFILL, "count": 1, "kind": kind, "status": 502})).await;
    let answer = fulfill(&sandbox).await;
    let took_effect = sandbox.ae_books().await["notices"] != json!([]);
    (sandbox, answer, took_effect)
}

#[tokio::test]
async fn an_error_after_the_effect_hides_that_it_worked() {
    let (_sandbox, answer, took_effect) = with("error_after_effect").await;
    assert!(answer.unwrap().1.contains("isp.service-unavailable"));
    assert!(took_effect);
}

#[tokio::test]
async fn an_error_before_does_nothing_and_the_next_call_works() {
    let (sandbox, answer, took_effect) = with("error_before").await;
    assert!(answer.unwrap().1.contains("isp.service-unavailable"));
    assert!(!took_effect);
    assert!(fulfill(&sandbox).await.unwrap().1.contains("\"result_success\":true"));
}

#[tokio::test]
async fn a_hang_a_cut_and_a_web_page_are_no_answers() {
    let (_sandbox, answer, took_effect) = with("hang_after_effect").await;
    assert_eq!((answer.unwrap().0, took_effect), (504, true));
    let (_sandbox, answer, took_effect) = with("cut").await;
    assert!(answer.is_err() && took_effect);
    let (_sandbox, answer, took_effect) = with("html").await;
    let (status, page) = answer.unwrap();
    assert!(status == 502 && page.contains("<html>") && !took_effect);
}

#[tokio::test]
async fn a_throttle_on_order_is_not_held_against_the_client() {
    let (sandbox, answer, took_effect) = with("throttle").await;
    assert!(answer.unwrap().1.contains("this ban will last 1 seconds") && !took_effect);
    assert_eq!(sandbox.ae_books().await["rate_limited"], 0);
}

#[tokio::test]
async fn one_record_is_garbage_and_its_neighbours_are_not() {
    let sandbox = sandbox().await;
    let list = "aliexpress.solution.order.get";
    sandbox.ae_order(ID, json!({"modified_at": ago(10)})).await;
    sandbox.ae_order("8100000000000002", json!({})).await;
    sandbox.ae_control("fault", json!({"method": list, "count": 1, "kind": "garbage_record"})).await;
    let start = pacific(ago(600));
    let rows: Value = sandbox.ae(list, &[("create_date_start", &start)]).await["result"]["target_list"].clone();
    assert!(rows[0]["order_status"].is_object() && rows[0]["order_id"].is_number());
    assert!(rows[1]["order_status"].is_string());
    let rows: Value = sandbox.ae(list, &[("create_date_start", &start)]).await["result"]["target_list"].clone();
    assert!(rows[0]["order_status"].is_string());
}
