//! Proofs and notices: what is told, what counts as a yes, and how it is read back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, alibaba, answer, id};
use serde_json::{Value, json};
use tallyman_app::ports::{Disposition, Marketplace as _, ReadBack};
use tallyman_domain::{
    ConnectionId, Extent, LineId, Notice, NoticeItem, OrderRef, ServiceChoice, ShipmentId, Transport,
};
use tallyman_iop::testing::{Marketplace, Reply};

const UPLOAD: &str = "/alibaba/order/attachment/upload";
const SHIP: &str = "/alibaba/v2/order/shipping";
const SHIP_PART: &str = "/alibaba/order/v2/multi/shipping";
const LOGISTICS: &str = "/order/logistics/query";
const CHANNELS: &str = "/alibaba/seller/order/shipping/channels";

fn notice(extent: Extent) -> Notice {
    let item = |line: &str, quantity: &str| NoticeItem {
        line: LineId::parse(line).unwrap(),
        index: 1,
        product_id: Some("1600001".into()),
        sku: None,
        quantity: quantity.parse().unwrap(),
        closes_line: false,
    };
    Notice {
        order: OrderRef::new(ConnectionId::parse("ab").unwrap(), id()),
        shipment: ShipmentId::parse("s1").unwrap(),
        extent,
        tracking_number: "1Z999".into(),
        service: ServiceChoice {
            code: "UPS".into(),
            transport: Transport::Express,
            tracking_website: None,
            actual_carrier: None,
        },
        carrier_fee: None,
        note_to_buyer: String::new(),
        items: vec![item("105001", "2.0"), item("105001__2", "1.5")],
        contact_mobile: Some("1234".into()),
        proof: Some(("proof.png".into(), "/p/1".into())),
        replaces: None,
        consolidated: false,
    }
}

#[tokio::test]
async fn a_proof_is_uploaded_as_a_file_and_its_path_comes_back() {
    let market = Marketplace::answering(&[(UPLOAD, answer(json!("/p/1")))]);
    let path = alibaba(&market).upload_proof("proof.png", b"\x89PNG".to_vec()).await.unwrap();
    assert_eq!(path.as_deref(), Some("/p/1"));
    let body = String::from_utf8_lossy(&market.requests()[0].body).into_owned();
    assert!(body.contains("name=\"data\"; filename=\"proof.png\"") && body.contains("image/png"), "{body}");
    let pathless = Marketplace::answering(&[(UPLOAD, answer(json!(null)))]);
    let error = alibaba(&pathless).upload_proof("proof.png", vec![1]).await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Ambiguous);
}

#[tokio::test]
async fn a_whole_order_and_a_part_of_one_go_to_different_methods() {
    let market = Marketplace::answering(&[(SHIP, answer(json!("v1"))), (SHIP_PART, answer(json!(["v2"])))]);
    alibaba(&market).notify(&notice(Extent::All)).await.unwrap();
    alibaba(&market).notify(&notice(Extent::Part)).await.unwrap();
    let mut whole = json!({"trade_id": "234193410001028893", "service_provider": "UPS", "logistics_type": "EXPRESS",
        "tracking_number": "1Z999", "contact_mobile": "1234",
        "attachments": [{"file_name": "proof.png", "file_path": "/p/1"}]});
    let requests = market.requests();
    assert_eq!((requests[0].name().as_str(), requests[0].json("shipping_request")), (SHIP, whole.clone()));
    whole["goods"] = json!([
        {"product_id": "105001", "quantity": "2", "trade_id": "234193410001028893"},
        {"product_id": "105001", "quantity": "1.5", "trade_id": "234193410001028893"},
    ]);
    assert_eq!(requests[1].name(), SHIP_PART);
    let part = requests[1].json("param_multi_shipping_create_request");
    assert_eq!(part, json!({"requests": [{"shipping_request": whole}]}));
}

#[tokio::test]
async fn what_is_left_after_a_part_goes_as_the_last_part() {
    let refusal = json!({"code": "402", "message": "order status partial_delivering can not be shipped"});
    let send = async |status: &str| {
        let trade = answer(json!({"trade_id": "234193410001028893", "trade_status": status}));
        let answers = [(SHIP, refusal.clone()), (DETAIL, trade), (SHIP_PART, answer(json!(["v2"])))];
        let market = Marketplace::answering(&answers);
        (alibaba(&market).notify(&notice(Extent::All)).await, market.calls())
    };
    let (sent, calls) = send("partial_delivering").await;
    sent.unwrap();
    assert_eq!(calls, [SHIP, DETAIL, SHIP_PART]);
    let (sent, calls) = send("trade_close").await;
    assert_eq!(sent.unwrap_err().disposition(), Disposition::Refused);
    assert_eq!(calls, [SHIP, DETAIL]);
}

#[tokio::test]
async fn a_post_office_is_post_and_what_is_unknown_is_left_out() {
    let market = Marketplace::answering(&[(SHIP, answer(json!("v1")))]);
    let service = ServiceChoice { transport: Transport::Post, ..notice(Extent::All).service };
    let bare = Notice { contact_mobile: None, proof: None, service, ..notice(Extent::All) };
    alibaba(&market).notify(&bare).await.unwrap();
    let said = market.requests()[0].json("shipping_request");
    assert_eq!(said["logistics_type"], "POST");
    assert!(said.get("contact_mobile").is_none() && said.get("attachments").is_none());
}

#[tokio::test]
async fn every_answer_to_a_notice_has_one_meaning() {
    let refused = |code: &str, message: &str| json!({"code": code, "message": message, "request_id": "r"});
    for (body, expected) in [
        (refused("402", "logisticsType must equals EXPRESS or POST"), Disposition::Refused),
        (refused("403", "this is not your order or you are not the admin account"), Disposition::Refused),
        (refused("404", "order not exist"), Disposition::Refused),
        (
            answer(json!({"success": false, "error_code": "E1", "error_message": "shipped already"})),
            Disposition::Refused,
        ),
        (refused("500", "system error"), Disposition::Ambiguous),
        (json!({"request_id": "r"}), Disposition::Ambiguous),
    ] {
        let error = alibaba(&Marketplace::answering(&[(SHIP, body.clone())])).notify(&notice(Extent::All)).await;
        assert_eq!(error.unwrap_err().disposition(), expected, "{body}");
    }
    let cut = Marketplace::start(|_| Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"code\":\"0\"".into()));
    let error = alibaba(&cut).notify(&notice(Extent::All)).await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Ambiguous);
}

#[tokio::test]
async fn a_number_is_present_when_a_voucher_has_it() {
    let read_back = async |value: Value| {
        let market = Marketplace::answering(&[(LOGISTICS, answer(value))]);
        alibaba(&market).read_back(&id(), &ShipmentId::parse("s1").unwrap(), "1Z999", "UPS").await
    };
    let voucher =
        json!({"voucher": {"tracking_number": "1z999", "service_provider": "UPS", "logistics_type": "EXPRESS"}});
    for list in [json!([voucher]), voucher.clone(), json!({"shipping_order": [voucher]})] {
        assert_eq!(read_back(json!({ "shipping_order_list": list })).await.unwrap(), ReadBack::Present, "{list}");
    }
    for value in [json!({"logistic_status": "UNDELIVERED"}), json!({"shipping_order_list": [{"voucher": null}]})] {
        assert_eq!(read_back(value.clone()).await.unwrap(), ReadBack::Absent, "{value}");
    }
    assert!(read_back(json!(null)).await.is_err());
}

#[tokio::test]
async fn carriers_are_read_and_an_answer_without_any_is_an_error() {
    let list = json!([{"code": "UPS", "name": "UPS", "logistics_type": "EXPRESS"}, {"key": "CNPOST", "name": "China Post"}, {}]);
    let market = Marketplace::answering(&[(CHANNELS, answer(json!({ "channels": list })))]);
    let services = alibaba(&market).services().await.unwrap();
    let read: Vec<_> = services.iter().map(|s| (s.code.as_str(), s.name.as_str(), s.transport.as_deref())).collect();
    assert_eq!(read, [("UPS", "UPS", Some("EXPRESS")), ("CNPOST", "China Post", None)]);
    let empty = Marketplace::answering(&[(CHANNELS, answer(json!({"total": 0})))]);
    assert!(alibaba(&empty).services().await.is_err());
}

#[tokio::test]
async fn a_correction_names_the_batch_that_has_the_old_number_and_carries_a_proof() {
    const BATCHES: &str = "/alibaba/seller/order/shippingorder/query";
    const MODIFY: &str = "/alibaba/seller/order/shipping/batch/modify";
    let list = json!([{"id": 7, "voucher": {"tracking_number": "OLD1"}}]);
    let market = Marketplace::answering(&[(BATCHES, answer(list)), (MODIFY, answer(json!(true)))]);
    let told = |number: &str| tallyman_domain::state::Told {
        shipment: ShipmentId::parse("s0").unwrap(),
        number: number.into(),
        code: "UPS".into(),
        extent: Extent::All,
    };
    let correction = |number: &str| Notice { replaces: Some(told(number)), ..notice(Extent::All) };
    alibaba(&market).notify(&correction("OLD1")).await.unwrap();
    let asked: Value = serde_json::from_str(&market.requests()[1].form["param_one_batch_modify_request"]).unwrap();
    assert_eq!(
        (asked["batch_id"].as_str(), asked["shipping_request"]["tracking_number"].as_str()),
        (Some("7"), Some("1Z999"))
    );
    assert_eq!(asked["shipping_request"]["attachments"][0]["file_path"], "/p/1");
    let unknown = alibaba(&market).notify(&correction("OLD2")).await.unwrap_err();
    assert_eq!(unknown.disposition(), Disposition::Refused, "no batch, nothing told");
}
