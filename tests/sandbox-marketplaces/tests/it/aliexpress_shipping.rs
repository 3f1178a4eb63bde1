//! AliExpress shipment notices.

use serde_json::{Value, json};

use crate::client::{Sandbox, sandbox};

const FULFILL: &str = "aliexpress.solution.order.fulfill";
const SHIP: &str = "aliexpress.logistics.sellershipmentfortop";
const ID: &str = "8100000000000001";
const UPS: &str = "1Z999AA10123456784";

/// Service, number, send type, further parameters.
type Wrong<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

async fn fulfill(sandbox: &Sandbox, service: &str, number: &str, send_type: &str, more: &[(&str, &str)]) -> Value {
    let mut given =
        vec![("service_name", service), ("logistics_no", number), ("send_type", send_type), ("out_ref", ID)];
    given.extend_from_slice(more);
    sandbox.ae(FULFILL, &given).await["result"].clone()
}

async fn ready() -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({})).await;
    sandbox
}

#[tokio::test]
async fn a_right_notice_ships_the_order_and_can_be_read_back_at_once() {
    let sandbox = ready().await;
    assert_eq!(fulfill(&sandbox, "UPS", UPS, "all", &[("description", "Thank you")]).await["result_success"], true);
    let books = sandbox.ae_books().await;
    assert_eq!(books["orders"][0]["status"], "WAIT_BUYER_ACCEPT_GOODS");
    assert_eq!(books["orders"][0]["expected_to_ship"], true);
    assert_eq!(books["notices"][0]["tracking_number"], UPS);
    assert_eq!(books["notices"][0]["accepted"], true);
    let query = "aliexpress.logistics.querysellershipmentinfo";
    let back = sandbox.ae(query, &[("trade_order_id", ID), ("logistics_no", UPS)]).await;
    assert_eq!(back["sub_trade_order_list"][0]["shipment_list"][0]["service_name"], "UPS");
    let none = sandbox.ae(query, &[("trade_order_id", ID), ("logistics_no", "1Z0")]).await;
    assert_eq!(none["sub_trade_order_list"], json!([]));
}

#[tokio::test]
async fn carrier_number_type_and_text_have_to_be_right() {
    let sandbox = ready().await;
    let long = "x".repeat(513);
    let refused: [Wrong<'_>; 7] = [
        ("PIGEON", UPS, "all", &[]),
        ("UPS", "9400110200881234567890", "all", &[]),
        ("UPS", UPS, "most", &[]),
        ("UPS", UPS, "all", &[("description", "envoyé")]),
        ("UPS", UPS, "all", &[("description", &long)]),
        ("OTHER_US_LOCAL", "ABC123", "all", &[]),
        ("OTHER_US_LOCAL", "ABC123", "all", &[("tracking_website", "example.com")]),
    ];
    for (service, number, send_type, more) in refused {
        let result = fulfill(&sandbox, service, number, send_type, more).await;
        assert_eq!(result["result_success"], false, "{service} {number} {send_type} {more:?}");
        assert!(result["error_code"].is_string());
    }
    let books = sandbox.ae_books().await;
    assert_eq!(books["notices"], json!([]));
    assert_eq!(books["refused"].as_array().unwrap().len(), 7);
    let site = [("tracking_website", "https://track.example.com")];
    assert_eq!(fulfill(&sandbox, "OTHER_US_LOCAL", "ABC123", "all", &site).await["result_success"], true);
}

#[tokio::test]
async fn nothing_follows_a_whole_shipment_and_no_number_is_used_twice() {
    let sandbox = ready().await;
    assert_eq!(fulfill(&sandbox, "UPS", UPS, "part", &[]).await["result_success"], true);
    assert_eq!(sandbox.ae_books().await["orders"][0]["status"], "SELLER_PART_SEND_GOODS");
    assert_eq!(fulfill(&sandbox, "UPS", UPS, "part", &[]).await["error_code"], "LOGISTICS_NO_REPEATED");
    assert_eq!(fulfill(&sandbox, "UPS", "1Z999AA10123456785", "all", &[]).await["result_success"], true);
    let late = fulfill(&sandbox, "UPS", "1Z999AA10123456786", "all", &[]).await;
    assert_eq!(late["error_code"], "ORDER_ALREADY_SHIPPED");
    assert_eq!(sandbox.ae_books().await["notices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_order_ships_only_in_the_states_that_allow_it() {
    let sandbox = ready().await;
    for status in ["PLACE_ORDER_SUCCESS", "RISK_CONTROL", "FINISH", "WAIT_BUYER_ACCEPT_GOODS", "FUND_PROCESSING"] {
        sandbox.ae_control(&format!("orders/{ID}/status"), json!({"status": status})).await;
        assert_eq!(fulfill(&sandbox, "UPS", UPS, "all", &[]).await["error_code"], "ORDER_STATUS_INVALID", "{status}");
    }
    sandbox.ae_control(&format!("orders/{ID}/status"), json!({"status": "IN_FROZEN"})).await;
    assert_eq!(fulfill(&sandbox, "UPS", UPS, "all", &[]).await["result_success"], true);
}

#[tokio::test]
async fn the_other_notice_names_its_errors_at_the_root_and_wants_the_actual_carrier() {
    let sandbox = ready().await;
    let mut given = vec![
        ("service_name", "OTHER_US_OVERSEAS"),
        ("logistics_no", "ABC123"),
        ("send_type", "all"),
        ("out_ref", ID),
        ("tracking_website", "https://track.example.com"),
    ];
    let refused = sandbox.ae(SHIP, &given).await;
    assert_eq!(refused["result_success"], false);
    assert_eq!(refused["result_error_code"], "ACTUAL_CARRIER_REQUIRED");
    given.push(("actual_carrier", "OnTrac"));
    assert_eq!(sandbox.ae(SHIP, &given).await["result_success"], true);
}

#[tokio::test]
async fn only_a_declared_number_can_be_corrected() {
    let sandbox = ready().await;
    let given = |old: &'static str| {
        [
            ("old_service_name", "UPS"),
            ("old_logistics_no", old),
            ("new_service_name", "DHL"),
            ("new_logistics_no", "1234567890"),
            ("send_type", "all"),
            ("out_ref", ID),
        ]
    };
    let modify = "aliexpress.logistics.sellermodifiedshipmentfortop";
    assert_eq!(sandbox.ae(modify, &given(UPS)).await["result_error_code"], "SHIPMENT_NOT_EXIST");
    fulfill(&sandbox, "UPS", UPS, "all", &[]).await;
    assert_eq!(sandbox.ae(modify, &given(UPS)).await["result_success"], true);
    let books = sandbox.ae_books().await;
    assert_eq!(books["notices"][1]["replaces"], UPS);
    assert_eq!(books["orders"][0]["shipments"][0]["tracking_number"], "1234567890");
}
