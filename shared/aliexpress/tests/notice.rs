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
        replaces: None,
        consolidated: false,
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

fn told(extent: Extent) -> tallyman_domain::state::Told {
    let (number, code) = ("OLD1".into(), "EMS".into());
    tallyman_domain::state::Told { shipment: ShipmentId::parse("s0").unwrap(), number, code, extent }
}

#[tokio::test]
async fn a_correction_names_old_and_new_and_is_made_in_the_way_it_was_told() {
    const MODIFY: &str = "aliexpress.logistics.sellermodifiedshipmentfortop";
    const MODIFY_LINES: &str = "aliexpress.logistics.redefining.sellermodifiedshipmentsupportsubtradeorder";
    let market = Marketplace::answering(&[
        (MODIFY, json!({"result_success": true})),
        (MODIFY_LINES, json!({"is_success": true})),
    ]);
    let whole = Notice { replaces: Some(told(Extent::All)), ..notice(Extent::All) };
    aliexpress(&market).notify(&whole).await.unwrap();
    let form = &market.requests()[0].form;
    let said = |name: &str| form[name].as_str();
    assert_eq!((said("old_logistics_no"), said("old_service_name")), ("OLD1", "EMS"));
    assert_eq!(
        (said("new_logistics_no"), said("new_service_name"), said("send_type")),
        ("LX123456789CN", "OTHER_US", "all")
    );
    assert!(!form.contains_key("logistics_no"));
    let item = tallyman_domain::NoticeItem {
        line: tallyman_domain::LineId::parse("1").unwrap(),
        index: 1,
        product_id: None,
        sku: None,
        quantity: 1.into(),
        closes_line: true,
    };
    let service = ServiceChoice { code: "EMS".into(), tracking_website: None, actual_carrier: None, ..whole.service };
    let part = Notice { replaces: Some(told(Extent::Part)), items: vec![item], service, ..notice(Extent::Part) };
    aliexpress(&market).notify(&part).await.unwrap();
    let form = &market.requests()[1].form;
    assert_eq!((form["old_logistics_no"].as_str(), form["old_service_name"].as_str()), ("OLD1", "EMS"));
    assert!(form["sub_trade_order_list"].contains("LX123456789CN"));
}

#[tokio::test]
async fn a_parcel_for_several_orders_says_that_it_is_one() {
    let market = Marketplace::answering(&[(SHIP, json!({"result_success": true}))]);
    aliexpress(&market).notify(&Notice { consolidated: true, ..notice(Extent::All) }).await.unwrap();
    assert_eq!(market.requests()[0].form["package_type"], "consolidation");
}

#[tokio::test]
async fn a_wish_to_cancel_is_accepted_or_refused_with_the_buyers_login() {
    use tallyman_app::ports::CancelAnswer;
    const ACCEPT: &str = "aliexpress.trade.seller.order.acceptcancel";
    const REFUSE: &str = "aliexpress.trade.seller.order.refusecancel";
    let no = json!({"result": {"success": false, "error_code": "X", "error_message": "not asked"}});
    let market =
        Marketplace::answering(&[(ACCEPT, json!({"result": {"success": true, "target": true}})), (REFUSE, no)]);
    aliexpress(&market).answer_cancellation(&id(), "br1", &CancelAnswer::Accept).await.unwrap();
    let asked: Value = serde_json::from_str(&market.requests()[0].form["param_order_cancel_request"]).unwrap();
    assert_eq!(asked, json!({"buyer_login_id": "br1", "order_id": 8_123_456_789_012_345_u64}));
    let refuse = CancelAnswer::Refuse { reason: "packed".into() };
    let refused = aliexpress(&market).answer_cancellation(&id(), "br1", &refuse).await.unwrap_err();
    assert_eq!(refused.disposition(), Disposition::Refused);
}
