//! Answers that somebody else recorded. They lie outside this project; without them there is nothing to check here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{
    DETAIL, LIST,
    accounting::{NotNeeded, account},
    aliexpress, answer, detail, id,
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};
use tallyman_app::ports::{Listing, Marketplace as _, Window};
use tallyman_iop::{
    sign,
    testing::{Marketplace, Reply},
};

const RECEIPT: &str = "aliexpress.solution.order.receiptinfo.get";
const SERVICES: &str = "aliexpress.logistics.redefining.listlogisticsservice";
const FULFILL: &str = "aliexpress.solution.order.fulfill";

fn fixture(path: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        // Written past the test harness, which keeps what passing tests print to itself.
        let line = format!("SKIPPED: a recorded answer of AliExpress: {} is not there\n", root.join(path).display());
        let _ = std::io::stderr().write_all(line.as_bytes());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}
fn recorded(method: &str) -> Option<Value> {
    fixture(&format!("aliexpress-top-recorded/{}_response.json", method.replace('.', "_")))
}

fn window() -> Window {
    Window { from: "2017-10-01T00:00:00Z".parse().unwrap(), to: "2017-10-30T00:00:00Z".parse().unwrap() }
}

#[tokio::test]
async fn a_recorded_list_is_read_without_loss() {
    let Some(body) = recorded(LIST) else { return };
    let market = Marketplace::answering(&[(LIST, body)]);
    let window = window();
    let listed = aliexpress(&market).list(Listing::Modified, window, 0).await.unwrap();
    assert_eq!((listed.orders.len(), listed.unreadable.len(), listed.more), (1, 0, false));
    let seen = &listed.orders[0];
    assert_eq!((seen.id.as_str(), seen.status.as_str()), ("1160045860056286", "PLACE_ORDER_SUCCESS"));
    assert_eq!(seen.modified_at.unwrap().to_string(), "2017-10-12T19:12:12Z");
}

#[tokio::test]
async fn a_recorded_receiver_is_read_without_loss() {
    let Some(body) = recorded(RECEIPT) else { return };
    let mut data = detail();
    data["receipt_address"] = json!(null);
    let market = Marketplace::answering(&[(DETAIL, answer(data)), (RECEIPT, body)]);
    let to = aliexpress(&market).order(&id()).await.unwrap().ship_to.unwrap();
    assert_eq!((to.name.as_str(), to.city.as_str(), to.country.as_str()), ("Mark", "Babenki", "RU"));
    assert_eq!(to.street, ["address 001", "center street No.99"]);
    assert_eq!((to.province.as_deref(), to.postal_code.as_deref()), (Some("Moscow"), Some("400120")));
    assert!(to.phone.unwrap().ends_with("4679974"));
}

#[tokio::test]
async fn recorded_services_are_read_without_loss() {
    let Some(body) = recorded(SERVICES) else { return };
    let services = aliexpress(&Marketplace::answering(&[(SERVICES, body)])).services().await.unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!((services[0].code.as_str(), services[0].name.as_str()), ("CPAM", "China Post Registered Air Mail"));
    assert_eq!(services[0].tracking_pattern.as_deref(), Some("^[a-zA-z]{2}[A-Za-z0-9]{9}[a-zA-z]{2}$"));
}

/// A marketplace that gives the method's answer as it stands in the cell, and a whole order.
fn giving(method: &'static str) -> (Marketplace, Arc<Mutex<Value>>) {
    let cell = Arc::new(Mutex::new(Value::Null));
    let body = cell.clone();
    let market = Marketplace::start(move |request| {
        let mut order = detail();
        order["receipt_address"] = Value::Null;
        Reply::Json(match request.name() {
            name if name == method => body.lock().unwrap().clone(),
            name if name == DETAIL => answer(order),
            _ => json!({"error_response": {"type": "ISV", "code": "InvalidApiPath", "msg": "no"}}),
        })
    });
    (market, cell)
}

/// The account of a method's recorded answer; the paths in `not_needed` are below its root.
async fn audit(method: &'static str, not_needed: NotNeeded<'_>, body: &Value) -> Vec<String> {
    let root = body.as_object().unwrap().keys().next().unwrap().clone();
    let (market, cell) = giving(method);
    let client = aliexpress(&market);
    account(&body[&root], not_needed, async |changed| {
        *cell.lock().unwrap() = json!({ root.as_str(): changed });
        match method {
            LIST => format!("{:?}", client.list(Listing::Modified, window(), 0).await),
            RECEIPT => format!("{:?}", client.order(&id()).await),
            SERVICES => format!("{:?}", client.services().await),
            _ => format!("{:?}", client.notify(&common::notice()).await),
        }
    })
    .await
}

const NOISE: &str = "means nothing beside a yes: the recorded answers have it there";

#[tokio::test]
async fn every_field_of_a_recorded_list_is_read_or_known_as_not_needed() {
    let Some(body) = recorded(LIST) else { return };
    let rows: Vec<String> = ROW.split_whitespace().map(|f| format!("result.target_list.order_dto.{f}")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let not_needed: NotNeeded<'_> = &[
        (NOISE, &["result.error_message", "result.error_code", "result.time_stamp"]),
        ("the page that was asked for, of the size that was asked for", &["result.current_page", "result.page_size"]),
        ("the pages are counted, and an empty list says so", &["result.total_count"]),
        ("the list says which orders changed; each is then read whole", &rows),
    ];
    assert_eq!(audit(LIST, not_needed, &body).await, Vec::<String>::new());

    let mut newer = body.clone();
    newer["aliexpress_solution_order_get_response"]["result"]["target_list"]["order_dto"][0]["new_field"] = json!(1);
    let missed = audit(LIST, not_needed, &newer).await;
    assert_eq!(missed, ["result.target_list.order_dto.new_field is neither read nor known as not needed"]);
    let wrong: NotNeeded<'_> =
        &[not_needed[0], not_needed[1], not_needed[2], ("a mistake", &["result.total_page"]), not_needed[3]];
    assert_eq!(audit(LIST, wrong, &body).await, ["result.total_page is known as not needed, but it is read"]);
}

#[tokio::test]
async fn every_field_of_a_recorded_receiver_is_read_or_known_as_not_needed() {
    let Some(body) = recorded(RECEIPT) else { return };
    let not_needed: NotNeeded<'_> = &[
        ("nobody faxes a parcel", &["result.fax_number", "result.fax_country", "result.fax_area"]),
        ("stands in for the mobile number, which is there", &["result.phone_area", "result.phone_number"]),
        ("stands in for the country's code, which is there", &["result.country_name"]),
    ];
    assert_eq!(audit(RECEIPT, not_needed, &body).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_field_of_recorded_services_is_read_or_known_as_not_needed() {
    let Some(body) = recorded(SERVICES) else { return };
    let row: &[&str] = &[
        "result_list.aeop_logistics_service_result.min_process_day",
        "result_list.aeop_logistics_service_result.max_process_day",
        "result_list.aeop_logistics_service_result.recommend_order",
    ];
    let not_needed: NotNeeded<'_> = &[
        (NOISE, &["error_desc"]),
        ("the warehouse has chosen the carrier already", row),
        (
            "stands in for the service's name, which is there",
            &["result_list.aeop_logistics_service_result.logistics_company"],
        ),
    ];
    assert_eq!(audit(SERVICES, not_needed, &body).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_recorded_answer_to_a_notice_is_a_yes_and_nothing_else() {
    let Some(body) = recorded(FULFILL) else { return };
    let (market, cell) = giving(FULFILL);
    *cell.lock().unwrap() = body.clone();
    aliexpress(&market).notify(&common::notice()).await.unwrap();
    assert_eq!(audit(FULFILL, &[], &body).await, Vec::<String>::new());
}

/// The fields of a listed order, but for the three that are read.
const ROW: &str = "timeout_left_time seller_signer_fullname seller_operator_login_id seller_login_id
    product_list.order_product_dto.total_product_amount.currency_code
    product_list.order_product_dto.total_product_amount.amount
    product_list.order_product_dto.son_order_status product_list.order_product_dto.sku_code
    product_list.order_product_dto.show_status product_list.order_product_dto.send_goods_time
    product_list.order_product_dto.send_goods_operator
    product_list.order_product_dto.product_unit_price.currency_code
    product_list.order_product_dto.product_unit_price.amount product_list.order_product_dto.product_unit
    product_list.order_product_dto.product_standard product_list.order_product_dto.product_snap_url
    product_list.order_product_dto.product_name product_list.order_product_dto.product_img_url
    product_list.order_product_dto.product_id product_list.order_product_dto.product_count
    product_list.order_product_dto.order_id product_list.order_product_dto.money_back3x
    product_list.order_product_dto.memo product_list.order_product_dto.logistics_type
    product_list.order_product_dto.logistics_service_name
    product_list.order_product_dto.logistics_amount.currency_code
    product_list.order_product_dto.logistics_amount.amount product_list.order_product_dto.issue_status
    product_list.order_product_dto.issue_mode product_list.order_product_dto.goods_prepare_time
    product_list.order_product_dto.fund_status product_list.order_product_dto.freight_commit_day
    product_list.order_product_dto.escrow_fee_rate product_list.order_product_dto.delivery_time
    product_list.order_product_dto.child_id product_list.order_product_dto.can_submit_issue
    product_list.order_product_dto.buyer_signer_last_name product_list.order_product_dto.buyer_signer_first_name
    product_list.order_product_dto.afflicate_fee_rate
    phone payment_type pay_amount.currency_code pay_amount.amount order_detail_url logistics_status
    logisitcs_escrow_fee_rate loan_amount.currency_code loan_amount.amount left_send_good_min left_send_good_hour
    left_send_good_day issue_status has_request_loan gmt_send_goods_time gmt_pay_time gmt_create fund_status
    frozen_status escrow_fee_rate escrow_fee.currency_code escrow_fee.amount end_reason buyer_signer_fullname
    buyer_login_id biz_type offline_pickup_type";

#[test]
fn recorded_signatures_come_out() {
    let Some(vectors) = fixture("aliexpress-sign-vectors/vectors.json") else { return };
    let vectors: Vec<&Value> = vectors.as_array().unwrap().iter().filter(|v| v["id"] == "iop-hmac-sha256").collect();
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let params = vector["params"].as_object().unwrap().iter().map(|(name, v)| (name.as_str(), v.as_str().unwrap()));
        let signed = sign(vector["api_path"].as_str().unwrap(), params, vector["secret"].as_str().unwrap());
        assert_eq!(signed, vector["expected"].as_str().unwrap());
    }
}
