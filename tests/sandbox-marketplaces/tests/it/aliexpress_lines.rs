//! AliExpress shipment notices that name lines.

use serde_json::{Value, json};

use crate::client::{Sandbox, sandbox};

const SHIP: &str = "aliexpress.logistics.sellershipmentsupportsubtradeorder";
const WHOLE: &str = "aliexpress.logistics.sellershipmentfortop";
const QUERY: &str = "aliexpress.logistics.querysellershipmentinfo";
const ID: &str = "8100000000000001";
const UPS: &str = "1Z999AA10123456784";

/// An order of two lines of the seller's and one of the warehouse's.
async fn ready() -> Sandbox {
    let sandbox = sandbox().await;
    let line = |number: u32, warehouse: bool| {
        json!({"id": format!("{ID}{number}"), "product_id": "1005001", "name": "Thing", "quantity": 3,
               "unit_price": "10.00", "warehouse": warehouse})
    };
    sandbox.ae_order(ID, json!({"lines": [line(1, false), line(2, false), line(3, true)]})).await;
    sandbox
}

fn line(index: u32, send_type: &str, service: &str, number: &str) -> Value {
    json!({"sub_trade_order_index": index, "send_type": send_type,
           "shipment_list": [{"logistics_no": number, "service_name": service}]})
}

async fn ship(sandbox: &Sandbox, lines: &Value) -> Value {
    sandbox.ae(SHIP, &[("trade_order_id", ID), ("sub_trade_order_list", &lines.to_string())]).await
}

async fn status(sandbox: &Sandbox) -> Value {
    sandbox.ae_books().await["orders"][0]["status"].clone()
}

#[tokio::test]
async fn the_order_is_shipped_when_every_line_of_the_sellers_is_closed() {
    let sandbox = ready().await;
    let first = json!([line(1, "part", "UPS", UPS), line(2, "all", "UPS", UPS)]);
    let answer = ship(&sandbox, &first).await;
    assert_eq!((&answer["is_success"], &answer["sub_trade_order_list"]), (&json!(true), &first));
    assert_eq!(status(&sandbox).await, "SELLER_PART_SEND_GOODS");
    let rest = ship(&sandbox, &json!([line(1, "all", "DHL", "1234567890")])).await;
    assert_eq!(rest["is_success"], true);
    assert_eq!(status(&sandbox).await, "WAIT_BUYER_ACCEPT_GOODS");
    let late = ship(&sandbox, &json!([line(1, "part", "TNT", "123456789")])).await;
    assert_eq!((&late["is_success"], &late["code_of_error"]), (&json!(false), &json!("ORDER_ALREADY_SHIPPED")));
}

#[tokio::test]
async fn one_parcel_is_one_notice_in_the_books_with_its_lines() {
    let sandbox = ready().await;
    ship(&sandbox, &json!([line(1, "part", "UPS", UPS), line(2, "all", "UPS", UPS)])).await;
    let notices = sandbox.ae_books().await["notices"].clone();
    assert_eq!(notices.as_array().unwrap().len(), 1);
    assert_eq!(
        (&notices[0]["order_id"], &notices[0]["tracking_number"], &notices[0]["method"], &notices[0]["send_type"]),
        (&json!(ID), &json!(UPS), &json!(SHIP), &json!("part"))
    );
    assert_eq!(notices[0]["lines"], json!([{"index": 1, "send_type": "part"}, {"index": 2, "send_type": "all"}]));
}

#[tokio::test]
async fn a_query_shows_each_line_a_number_was_declared_for() {
    let sandbox = ready().await;
    ship(&sandbox, &json!([line(1, "part", "UPS", UPS), line(2, "all", "UPS", UPS)])).await;
    let shown = |back: &Value| -> Vec<(Value, Value)> {
        let lines = back["sub_trade_order_list"].as_array().unwrap().iter();
        lines.map(|line| (line["sub_trade_order_index"].clone(), line["send_type"].clone())).collect()
    };
    let back = sandbox.ae(QUERY, &[("trade_order_id", ID), ("logistics_no", UPS)]).await;
    assert_eq!(shown(&back), [(json!(1), json!("part")), (json!(2), json!("all"))]);
    assert_eq!(back["sub_trade_order_list"][1]["shipment_list"][0]["logistics_no"], UPS);
    let back = sandbox.ae(QUERY, &[("trade_order_id", ID), ("sub_trade_order_index", "2")]).await;
    assert_eq!(shown(&back), [(json!(2), json!("all"))]);
    let back = sandbox.ae(QUERY, &[("trade_order_id", ID), ("sub_trade_order_index", "3")]).await;
    assert_eq!(back["sub_trade_order_list"], json!([]));
}

#[tokio::test]
async fn a_wrong_line_spoils_the_whole_notice() {
    let sandbox = ready().await;
    let good = line(1, "part", "UPS", UPS);
    let with = |field: &str, value: Value| {
        let mut line = line(2, "all", "UPS", UPS);
        line[field] = value;
        line
    };
    let site = json!([{"logistics_no": UPS, "service_name": "UPS", "tracking_web_site": "example.com"}]);
    let wrong = [
        (with("sub_trade_order_index", json!(0)), "SUB_TRADE_ORDER_INDEX_INVALID"),
        (with("sub_trade_order_index", json!(4)), "SUB_TRADE_ORDER_INDEX_INVALID"),
        (with("sub_trade_order_index", json!(null)), "SUB_TRADE_ORDER_INDEX_INVALID"),
        (with("sub_trade_order_index", json!(3)), "SUB_TRADE_ORDER_NOT_SELLERS"),
        (with("sub_trade_order_index", json!("1")), "SUB_TRADE_ORDER_REPEATED"),
        (with("send_type", json!("most")), "SEND_TYPE_INVALID"),
        (with("send_type", json!(null)), "SEND_TYPE_INVALID"),
        (with("shipment_list", json!([])), "SHIPMENT_LIST_EMPTY"),
        (with("shipment_list", json!([{"service_name": "UPS"}])), "LOGISTICS_NO_EMPTY"),
        (with("shipment_list", json!([{"logistics_no": UPS}])), "SERVICE_NAME_EMPTY"),
        (with("shipment_list", site), "TRACKING_WEBSITE_INVALID"),
        (line(2, "all", "PIGEON", UPS), "SERVICE_NOT_EXIST"),
        (line(2, "all", "UPS", "9400110200881234567890"), "LOGISTICS_NO_INVALID"),
        (line(2, "all", "OTHER_US_LOCAL", "ABC123"), "ACTUAL_CARRIER_REQUIRED"),
    ];
    for (line, code) in &wrong {
        let answer = ship(&sandbox, &json!([good, line])).await;
        assert_eq!((&answer["is_success"], &answer["code_of_error"]), (&json!(false), &json!(code)), "{line}");
        assert!(answer["error_msg"].is_string());
    }
    assert_eq!(ship(&sandbox, &json!([])).await["code_of_error"], "SUB_TRADE_ORDER_LIST_EMPTY");
    let books = sandbox.ae_books().await;
    assert_eq!((&books["notices"], &books["orders"][0]["shipments"]), (&json!([]), &json!([])));
    assert_eq!(books["refused"].as_array().unwrap().len(), wrong.len() + 1);
    assert_eq!(status(&sandbox).await, "WAIT_SELLER_SEND_GOODS");
    assert_eq!(ship(&sandbox, &json!([good])).await["is_success"], true, "alone it was right");
}

#[tokio::test]
async fn a_closed_line_and_a_used_number_are_refused() {
    let sandbox = ready().await;
    ship(&sandbox, &json!([line(1, "all", "UPS", UPS)])).await;
    let again = ship(&sandbox, &json!([line(1, "part", "DHL", "1234567890")])).await;
    assert_eq!(again["code_of_error"], "SUB_TRADE_ORDER_ALREADY_SHIPPED");
    let used = ship(&sandbox, &json!([line(2, "part", "UPS", UPS)])).await;
    assert_eq!(used["code_of_error"], "LOGISTICS_NO_REPEATED");
    let twice = json!({"sub_trade_order_index": 2, "send_type": "part", "shipment_list": [
        {"logistics_no": "1234567890", "service_name": "DHL"}, {"logistics_no": "1234567890", "service_name": "DHL"}]});
    assert_eq!(ship(&sandbox, &json!([twice])).await["code_of_error"], "LOGISTICS_NO_REPEATED");
    assert_eq!(sandbox.ae_books().await["notices"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_order_of_another_seller_and_what_is_no_list_are_refused_by_the_gateway() {
    let sandbox = ready().await;
    sandbox.ae_order("8100000000000002", json!({"foreign": true})).await;
    let lines = json!([line(1, "all", "UPS", UPS)]).to_string();
    for id in ["8100000000000002", "8100000000000003"] {
        let answer = sandbox.ae(SHIP, &[("trade_order_id", id), ("sub_trade_order_list", &lines)]).await;
        assert_eq!(answer["error_response"]["sub_code"], "isv.invalid-authorization", "{id}");
    }
    for list in ["{}", "Jane", "1"] {
        let answer = sandbox.ae(SHIP, &[("trade_order_id", ID), ("sub_trade_order_list", list)]).await;
        assert_eq!(answer["error_response"]["code"], "UnsupportedParamMapping", "{list}");
    }
    for missing in [&[("trade_order_id", ID)][..], &[("sub_trade_order_list", lines.as_str())]] {
        assert_eq!(sandbox.ae(SHIP, missing).await["error_response"]["code"], "MissingParameter");
    }
    sandbox.ae_control(&format!("orders/{ID}/status"), json!({"status": "RISK_CONTROL"})).await;
    assert_eq!(ship(&sandbox, &json!([line(1, "all", "UPS", UPS)])).await["code_of_error"], "ORDER_STATUS_INVALID");
}

#[tokio::test]
async fn the_order_as_a_whole_can_be_closed_after_some_of_its_lines() {
    let sandbox = ready().await;
    ship(&sandbox, &json!([line(2, "all", "UPS", UPS)])).await;
    let given = [("service_name", "DHL"), ("logistics_no", "1234567890"), ("send_type", "all"), ("out_ref", ID)];
    assert_eq!(sandbox.ae(WHOLE, &given).await["result_success"], true);
    assert_eq!(status(&sandbox).await, "WAIT_BUYER_ACCEPT_GOODS");
}
