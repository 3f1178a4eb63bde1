//! Notices: what is told, what counts as a yes, and how it is read back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, aliexpress, answer, detail, id};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Disposition, Marketplace as _, ReadBack};
use tallyman_domain::{ConnectionId, Extent, Notice, OrderRef, ServiceChoice, ShipmentId, Transport};
use tallyman_iop::testing::{Marketplace, Reply};

const SHIP: &str = "aliexpress.logistics.sellershipmentfortop";
const FULFILL: &str = "aliexpress.solution.order.fulfill";
const SHIPMENTS: &str = "aliexpress.logistics.querysellershipmentinfo";

fn notice(extent: Extent) -> Notice {
    Notice {
        order: OrderRef::new(ConnectionId::parse("ae").unwrap(), id()),
        shipment: ShipmentId::parse("s1").unwrap(),
        extent,
        tracking_number: " LX123456789CN ".into(),
        service: ServiceChoice {
            code: "OTHER_US".into(),
            transport: Transport::Post,
            tracking_website: Some("https://t.17track.net".into()),
            actual_carrier: Some("acme".into()),
        },
        carrier_fee: None,
        note_to_buyer: "Thank you!".into(),
        items: vec![],
        contact_mobile: None,
        proof: None,
    }
}
async fn send(answers: &[(&str, Value)]) -> (Result<(), CallError>, Marketplace) {
    let market = Marketplace::answering(answers);
    (aliexpress(&market).notify(&notice(Extent::Part)).await, market)
}
async fn read_back(answers: &[(&str, Value)]) -> Result<ReadBack, CallError> {
    let market = Marketplace::answering(answers);
    aliexpress(&market).read_back(&id(), &ShipmentId::parse("s1").unwrap(), "LX123456789CN", "EMS").await
}

#[tokio::test]
async fn a_notice_says_all_that_aliexpress_asks_for() {
    let (sent, market) = send(&[(SHIP, json!({"result_success": true, "code": "0"}))]).await;
    sent.unwrap();
    let said: Vec<_> = market.requests()[0].form.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(
        said,
        [
            "actual_carrier=acme",
            "description=Thank you!",
            "logistics_no=LX123456789CN",
            "out_ref=8123456789012345",
            "send_type=part",
            "service_name=OTHER_US",
            "tracking_website=https://t.17track.net",
        ]
    );
    aliexpress(&market).notify(&notice(Extent::All)).await.unwrap();
    assert_eq!(market.requests()[1].form["send_type"], "all");
}

#[tokio::test]
async fn only_a_flag_that_says_yes_is_a_yes() {
    for yes in [
        json!({"result_success": true}),
        json!({"result_success": "true", "result_error_desc": "System error"}),
        json!({"result": {"result_success": true}}),
        json!({"aliexpress_logistics_sellershipmentfortop_response": {"result_success": true}}),
    ] {
        assert!(send(&[(SHIP, yes.clone())]).await.0.is_ok(), "{yes}");
    }
    for silent in [json!({}), json!({"code": "0"}), json!({"result": {}}), json!({"result": true})] {
        let error = send(&[(SHIP, silent.clone())]).await.0.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Ambiguous, "{silent}");
    }
}

#[tokio::test]
async fn a_no_is_final_and_a_failure_of_the_services_own_is_read_back() {
    let no = |words: &str| json!({"result_success": false, "result_error_code": "E9", "result_error_desc": words});
    for words in ["该交易订单已填写发货通知,无需重复操作。", "该货运跟踪号未通过物流风控审核,请更换货运跟踪号后重试。"]
    {
        let error = send(&[(SHIP, no(words))]).await.0.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Refused, "{words}");
        assert!(error.to_string().contains(words) && error.to_string().contains("E9"), "{error}");
    }
    let error = send(&[(SHIP, no("系统异常,请稍候重试"))]).await.0.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Ambiguous, "it doesn't say that nothing happened: {error}");
}

#[tokio::test]
async fn an_app_that_may_not_call_the_one_method_uses_the_other() {
    let closed = json!({"error_response": {"type": "ISV", "code": "InsufficientPermission", "msg": "no"}});
    let (sent, market) = send(&[(SHIP, closed), (FULFILL, json!({"result": {"result_success": true}}))]).await;
    sent.unwrap();
    assert_eq!(market.calls(), [SHIP, FULFILL]);
    assert!(!market.requests()[1].form.contains_key("actual_carrier"));
    let (sent, market) = send(&[(SHIP, json!({"result_success": false, "result_error_code": "E9"}))]).await;
    assert!(sent.is_err());
    assert_eq!(market.calls(), [SHIP], "a refusal of the notice is not a refusal of the method");
}

#[tokio::test]
async fn a_notice_without_a_usable_answer_is_ambiguous() {
    for raw in
        ["", "HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"resul"]
    {
        let market = Marketplace::start(move |_| Reply::Raw(raw.into()));
        let error = aliexpress(&market).notify(&notice(Extent::All)).await.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Ambiguous, "{raw:?}");
    }
}

#[tokio::test]
async fn a_number_is_present_when_either_place_shows_it_and_absent_only_when_neither_does() {
    let shipments = |number: &str| {
        json!({"result_success": true, "sub_trade_order_list": [{"send_type": "part", "sub_trade_order_index": 1,
            "shipment_list": {"aeop_shipment_d_t_o": [{"logistics_no": number, "service_name": "EMS"}]}}]})
    };
    let order = |number: &str| {
        let mut data = detail();
        data["logistic_info_list"] = json!([{"logistics_no": number, "logistics_type_code": "EMS"}]);
        answer(data)
    };
    let no = json!({"result_success": false, "result_error_code": "NONE"});
    let (there, elsewhere) = ("lx123456789cn", "LX000000000CN");
    assert_eq!(read_back(&[(SHIPMENTS, shipments(there))]).await.unwrap(), ReadBack::Present);
    assert_eq!(
        read_back(&[(SHIPMENTS, shipments(elsewhere)), (DETAIL, order(there))]).await.unwrap(),
        ReadBack::Present
    );
    assert_eq!(read_back(&[(SHIPMENTS, no), (DETAIL, order(there))]).await.unwrap(), ReadBack::Present);
    assert_eq!(
        read_back(&[(SHIPMENTS, shipments(elsewhere)), (DETAIL, order(elsewhere))]).await.unwrap(),
        ReadBack::Absent
    );
    let failed = json!({"result_success": true, "sub_trade_order_list": [{"shipment_list":
        [{"logistics_no": "LX123456789CN", "error_code": "NOT_FOUND"}]}]});
    assert_eq!(read_back(&[(SHIPMENTS, failed), (DETAIL, answer(detail()))]).await.unwrap(), ReadBack::Absent);
    assert!(
        read_back(&[(SHIPMENTS, shipments(elsewhere))]).await.is_err(),
        "one place alone can't say that it isn't there"
    );
}
