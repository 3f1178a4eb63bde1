//! Notices that are told line by line, and how they are read back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, aliexpress, answer, detail, id};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Disposition, Marketplace as _, ReadBack};
use tallyman_domain::{Extent, LineId, Notice, NoticeItem, ShipmentId};
use tallyman_iop::testing::{Marketplace, Reply};

const LINES: &str = "aliexpress.logistics.sellershipmentsupportsubtradeorder";
const SHIP: &str = "aliexpress.logistics.sellershipmentfortop";
const FULFILL: &str = "aliexpress.solution.order.fulfill";
const SHIPMENTS: &str = "aliexpress.logistics.querysellershipmentinfo";

fn item(index: u32, closes_line: bool) -> NoticeItem {
    NoticeItem {
        line: LineId::parse(format!("812345678902234{index}")).unwrap(),
        index,
        product_id: None,
        sku: None,
        quantity: 1.into(),
        closes_line,
    }
}
fn notice() -> Notice {
    Notice { items: vec![item(1, false), item(3, true)], ..common::notice() }
}
async fn tell(notice: &Notice, answers: &[(&str, Value)]) -> (Result<(), CallError>, Marketplace) {
    let market = Marketplace::answering(answers);
    (aliexpress(&market).notify(notice).await, market)
}
fn yes() -> Value {
    json!({"is_success": true, "code_of_error": null, "error_msg": "System error"})
}
fn closed() -> Value {
    json!({"error_response": {"type": "ISV", "code": "InsufficientPermission", "msg": "no"}})
}

#[tokio::test]
async fn a_part_names_its_lines_and_closes_those_of_which_nothing_is_left() {
    let (sent, market) = tell(&notice(), &[(LINES, yes())]).await;
    sent.unwrap();
    let request = &market.requests()[0];
    assert_eq!(request.form.keys().collect::<Vec<_>>(), ["sub_trade_order_list", "trade_order_id"]);
    assert_eq!(request.form["trade_order_id"], "8123456789012345");
    let parcel = json!([{"logistics_no": "LX123456789CN", "service_name": "EMS"}]);
    assert_eq!(
        request.json("sub_trade_order_list"),
        json!([
            {"sub_trade_order_index": 1, "send_type": "part", "shipment_list": parcel},
            {"sub_trade_order_index": 3, "send_type": "all", "shipment_list": parcel},
        ])
    );
    let mut with_site = notice();
    with_site.service.tracking_website = Some("https://t.17track.net".into());
    let (_, market) = tell(&with_site, &[(LINES, yes())]).await;
    let list = market.requests()[0].json("sub_trade_order_list");
    assert_eq!(list[1]["shipment_list"][0]["tracking_web_site"], "https://t.17track.net");
}

#[tokio::test]
async fn what_has_no_place_line_by_line_is_told_of_the_order() {
    let whole = |change: fn(&mut Notice)| {
        let mut notice = notice();
        change(&mut notice);
        notice
    };
    for (why, notice) in [
        ("it closes the order, whatever was told before", whole(|n| n.extent = Extent::All)),
        ("no place for the carrier", whole(|n| n.service.actual_carrier = Some("acme".into()))),
        ("a service that wants one", whole(|n| n.service.code = "OTHER_US".into())),
        ("a parcel for other orders too", whole(|n| n.consolidated = true)),
        ("no items", whole(|n| n.items.clear())),
        ("a line without its index", whole(|n| n.items[0].index = 0)),
        ("two lines of one index", whole(|n| n.items[0].index = 3)),
    ] {
        let (sent, market) = tell(&notice, &[(SHIP, json!({"result_success": true}))]).await;
        sent.unwrap();
        assert_eq!(market.calls(), [SHIP], "{why}");
        assert_eq!(market.requests()[0].form["description"], "Thank you!");
    }
}

#[tokio::test]
async fn an_app_that_may_not_name_lines_tells_of_the_order() {
    let (sent, market) = tell(&notice(), &[(LINES, closed()), (SHIP, json!({"result_success": true}))]).await;
    sent.unwrap();
    assert_eq!(market.calls(), [LINES, SHIP]);
    assert_eq!(market.requests()[1].form["send_type"], "part");
    let fulfilled = json!({"result": {"result_success": true}});
    let (sent, market) = tell(&notice(), &[(LINES, closed()), (SHIP, closed()), (FULFILL, fulfilled)]).await;
    sent.unwrap();
    assert_eq!(market.calls(), [LINES, SHIP, FULFILL]);
}

#[tokio::test]
async fn a_refused_notice_is_told_in_no_other_way() {
    let no =
        json!({"is_success": false, "code_of_error": "E9", "error_msg": "该交易订单已填写发货通知,无需重复操作。"});
    let (sent, market) = tell(&notice(), &[(LINES, no), (SHIP, json!({"result_success": true}))]).await;
    let error = sent.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Refused);
    assert!(error.to_string().contains("E9"), "{error}");
    assert_eq!(market.calls(), [LINES]);
    for raw in ["", "HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n"] {
        let market = Marketplace::start(move |_| Reply::Raw(raw.into()));
        let error = aliexpress(&market).notify(&notice()).await.unwrap_err();
        assert_eq!((error.disposition(), market.calls().len()), (Disposition::Ambiguous, 1), "{raw:?}");
    }
}

#[tokio::test]
async fn a_yes_that_contradicts_itself_is_ambiguous() {
    let line = |index: Value, error: Value| {
        json!({"sub_trade_order_index": index, "shipment_list": {"aeop_shipment_dto":
            [{"logistics_no": "LX123456789CN", "service_name": "EMS", "error_code": error}]}})
    };
    let with = |lines: Value| {
        let mut answer = yes();
        answer["sub_trade_order_list"] = lines;
        answer
    };
    let fine = [
        json!([line(json!(1), json!(null)), line(json!("3"), json!("0"))]),
        json!({"dto": [line(json!(3), json!("")), line(json!(1), json!(0))]}),
        json!([]),
    ];
    for lines in fine {
        tell(&notice(), &[(LINES, with(lines.clone()))]).await.0.unwrap_or_else(|error| panic!("{lines}: {error}"));
    }
    let wrong_line = json!({"sub_trade_order_index": 3, "error_code": "E1"});
    let doubtful = [
        json!([line(json!(1), json!(null)), line(json!(3), json!("E1"))]),
        json!([line(json!(1), json!(null)), wrong_line]),
        json!([line(json!(1), json!(null)), line(json!(2), json!(null))]),
    ];
    for lines in doubtful {
        let error = tell(&notice(), &[(LINES, with(lines.clone()))]).await.0.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Ambiguous, "{lines}");
    }
    let silent = tell(&notice(), &[(LINES, json!({"code": "0"}))]).await.0.unwrap_err();
    assert_eq!(silent.disposition(), Disposition::Ambiguous);
}

#[tokio::test]
async fn a_number_that_stands_at_one_line_and_failed_at_another_is_neither_there_nor_not() {
    let shown = |second: Value| {
        json!({"result_success": true, "sub_trade_order_list": [
            {"sub_trade_order_index": 1, "send_type": "part", "shipment_list": [{"logistics_no": "LX123456789CN"}]}, second]})
    };
    let read_back = async |second: Value| {
        let market = Marketplace::answering(&[(SHIPMENTS, shown(second)), (DETAIL, answer(detail()))]);
        let shipment = ShipmentId::parse("s1").unwrap();
        aliexpress(&market).read_back(&id(), &shipment, "LX123456789CN", "EMS").await.unwrap()
    };
    let parcel = |number: &str, code: &str| json!([{"logistics_no": number, "error_code": code}]);
    let line = |parcels: Value| json!({"sub_trade_order_index": 3, "send_type": "all", "shipment_list": parcels});
    assert_eq!(read_back(line(parcel("LX123456789CN", "0"))).await, ReadBack::Present);
    assert_eq!(read_back(line(parcel("LX000000000CN", "E1"))).await, ReadBack::Present, "another number's failure");
    assert_eq!(read_back(line(parcel("LX123456789CN", "E1"))).await, ReadBack::Unknowable);
    let mut failed = line(parcel("LX123456789CN", "0"));
    failed["error_code"] = json!("E1");
    assert_eq!(read_back(failed).await, ReadBack::Unknowable, "the line's own error");
}
