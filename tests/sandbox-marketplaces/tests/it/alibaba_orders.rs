//! The Alibaba.com list and details.

use serde_json::{Value, json};

use crate::client::{Sandbox, ago, pacific, sandbox};

const LIST: &str = "/alibaba/order/list";
const GET: &str = "/alibaba/order/get";
const ID: &str = "234100100000000001";

async fn list(sandbox: &Sandbox, given: &[(&str, &str)]) -> Value {
    let mut all = vec![("role", "seller")];
    all.extend_from_slice(given);
    sandbox.ali(LIST, &all).await
}

fn date(at: jiff::Timestamp) -> String {
    json!({"date_str": pacific(at), "date_timestamp": at.as_millisecond()}).to_string()
}

#[tokio::test]
async fn the_role_is_required_and_pages_end_at_a_hundred() {
    let sandbox = sandbox().await;
    assert_eq!(sandbox.ali(LIST, &[]).await["code"], "MissingParameter");
    assert_eq!(list(&sandbox, &[("role", "admin")]).await["code"], "402");
    assert_eq!(list(&sandbox, &[("page_size", "101")]).await["code"], "402");
    assert_eq!(list(&sandbox, &[("page_size", "100")]).await["code"], "0");
}

#[tokio::test]
async fn the_list_has_ids_statuses_and_dates_from_page_zero_on() {
    let sandbox = sandbox().await;
    sandbox.ali_control("seed", json!({"paid": 12, "other": 0})).await;
    let (first, second) = (list(&sandbox, &[]).await, list(&sandbox, &[("start_page", "1")]).await);
    assert_eq!(first["value"]["total_count"], "12");
    assert_eq!(first["value"]["order_list"].as_array().unwrap().len(), 10);
    assert_eq!(second["value"]["order_list"].as_array().unwrap().len(), 2);
    assert_eq!(first["value"]["order_list"][0].as_object().unwrap().len(), 4);
}

#[tokio::test]
async fn dates_filter_and_have_to_be_pacific() {
    let sandbox = sandbox().await;
    sandbox.ali_order(ID, json!({})).await;
    let (before, after) = (date(ago(300)), date(ago(30)));
    assert_eq!(list(&sandbox, &[("modified_date_start", &before)]).await["value"]["total_count"], "1");
    assert_eq!(list(&sandbox, &[("modified_date_start", &after)]).await["value"]["total_count"], "0");
    let utc = json!({"date_str": "2025-06-01 12:00:00", "date_timestamp": 1_748_779_200_000_i64}).to_string();
    assert_eq!(list(&sandbox, &[("create_date_start", &utc)]).await["code"], "402");
    assert_eq!(
        list(&sandbox, &[("create_date_start", "2025-06-01 12:00:00")]).await["code"],
        "UnsupportedParamMapping"
    );
}

#[tokio::test]
async fn details_write_quantities_as_decimals_and_leave_out_what_is_missing() {
    let sandbox = sandbox().await;
    sandbox.ali_order(ID, json!({"tax": {"tax_number": "DE123456789"}, "memo": "gift"})).await;
    sandbox.ali_order("234100100000000002", json!({"address": null})).await;
    let value = sandbox.ali(GET, &[("e_trade_id", ID), ("language", "en_US")]).await["value"].clone();
    assert_eq!(value["order_products"][0]["quantity"], "3.0000");
    assert_eq!(value["total_amount"], json!({"amount": "30.00", "currency": "USD"}));
    assert_eq!(value["shipping_address"]["country_code"], "US");
    assert!(value["remark"].as_str().unwrap().contains("DE123456789"));
    let other = sandbox.ali(GET, &[("e_trade_id", "234100100000000002")]).await["value"].clone();
    assert!(other.get("shipping_address").is_none());
    let orders = sandbox.ali_books().await["orders"].clone();
    assert_eq!((&orders[0]["expected_to_ship"], &orders[1]["expected_to_ship"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn an_order_of_nobody_is_not_found_and_one_of_another_is_forbidden() {
    let sandbox = sandbox().await;
    sandbox.ali_order(ID, json!({"foreign": true})).await;
    assert_eq!(sandbox.ali(GET, &[("e_trade_id", "1")]).await["code"], "404");
    assert_eq!(sandbox.ali(GET, &[("e_trade_id", ID)]).await["code"], "403");
}
