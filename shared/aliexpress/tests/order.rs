//! One order: every field, and every way in which something is missing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, aliexpress, answer, detail, id, usd};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Disposition, Marketplace as _};
use tallyman_domain::{Order, TaxIdKind};
use tallyman_iop::testing::Marketplace;

const RECEIPT: &str = "aliexpress.solution.order.receiptinfo.get";
const DELIVERY: &str = "aliexpress.solution.order.delivery.info.get";
const FIND: &str = "aliexpress.trade.new.redefining.findorderbyid";
const DECRYPT: &str = "aliexpress.trade.seller.order.decrypt";

async fn read(data: Value) -> Result<Order, CallError> {
    aliexpress(&Marketplace::answering(&[(DETAIL, answer(data))])).order(&id()).await
}
fn with(path: &str, value: Value) -> Value {
    let mut data = detail();
    *data.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    data
}

#[tokio::test]
async fn every_field_finds_its_place() {
    let order = read(detail()).await.unwrap();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(order.id, id());
    assert_eq!(order.standing.status, "WAIT_SELLER_SEND_GOODS");
    assert_eq!(order.standing.logistics.as_deref(), Some("WAIT_SELLER_SEND_GOODS"));
    assert!(!order.standing.frozen && !order.standing.disputed && order.standing.end_reason.is_none());
    assert_eq!(order.placed_at, at("2026-07-01T19:00:00Z"));
    assert_eq!(order.paid_at, Some(at("2026-07-01T19:05:00Z")));
    assert_eq!(order.modified_at, at("2026-07-01T19:10:00Z"));
    assert_eq!(order.ship_by, Some(at("2026-07-08T19:05:00Z")));
    assert_eq!(order.buyer.login.as_deref(), Some("br222"));
    assert_eq!(order.buyer.name.as_deref(), Some("José Álvarez"));
    assert_eq!(order.payment_method.as_deref(), Some("migs"));
    assert_eq!(order.requested_service.as_deref(), Some("AliExpress Standard Shipping"));
    assert_eq!(order.buyer_note.as_deref(), Some("Please hurry. IOSS: IM3720000224\nred one"));
    assert_eq!(order.internal_note.as_deref(), Some("Lines that AliExpress's warehouse sends, left out: 1"));
    let ids: Vec<_> = order.tax_ids.iter().map(|t| (t.kind, t.value.as_str(), t.valid)).collect();
    assert_eq!(ids, [(TaxIdKind::Tin, "12345678909", true), (TaxIdKind::Ioss, "IM3720000224", true)]);
    let to = order.ship_to.unwrap();
    assert_eq!((to.name.as_str(), to.city.as_str(), to.country.as_str()), ("Ana Álvarez", "São Paulo", "BR"));
    assert_eq!(to.street, ["Rua Um 1", "Apto 5"]);
    assert_eq!((to.province.as_deref(), to.postal_code.as_deref()), (Some("SP"), Some("01000-000")));
    assert_eq!(to.phone.as_deref(), Some("+55 11987654321"));
    assert_eq!(order.ship_to_problem, None);
}

#[tokio::test]
async fn only_the_sellers_lines_are_kept_and_a_lot_counts_as_its_pieces() {
    let order = read(detail()).await.unwrap();
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|l| (l.id.as_str(), l.index, l.quantity.to_string(), l.unit_price.unwrap().to_string()))
        .collect();
    assert_eq!(
        lines,
        [
            ("8123456789022345", 1, "10".to_owned(), "2 USD".to_owned()),
            ("8123456789042345", 3, "1".to_owned(), "5 USD".to_owned())
        ]
    );
    let lamp = &order.lines[0];
    assert_eq!((lamp.sku.as_deref(), lamp.product_id.as_deref()), (Some("LAMP-R"), Some("1005")));
    assert_eq!(lamp.image_url.as_deref(), Some("https://i/1.jpg"));
    let pairs = |index: usize| order.lines[index].options.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>();
    assert_eq!(pairs(0), ["Color=Wine", "Size=XL"]);
    assert_eq!(pairs(1), ["Specification=round"]);
    assert_eq!(order.lines[1].sku, None);
}

#[tokio::test]
async fn discounts_lower_the_price_and_the_total_decides_the_sign_of_a_change() {
    let amounts = |order: Order| {
        let list: Vec<_> = order.amounts.adjustments.iter().map(|a| format!("{} {}", a.name, a.amount)).collect();
        (order.amounts.total.unwrap().to_string(), order.amounts.shipping.unwrap().to_string(), list)
    };
    // 20 + 5 + 5 of goods, 1.50 of shipping, 3.00 of discount and 1.00 of change make 27.50: the change is a rebate.
    let (total, shipping, list) = amounts(read(detail()).await.unwrap());
    assert_eq!((total.as_str(), shipping.as_str()), ("27.5 USD", "1.5 USD"));
    assert_eq!(list, ["Discount -3 USD", "Price change -1 USD"]);
    let (_, _, list) = amounts(read(with("/order_amount", usd("29.50"))).await.unwrap());
    assert_eq!(list, ["Discount -3 USD", "Price change 1 USD"]);
    let order = read(with("/logistics_amount", json!({"amount": "9", "currency_code": "EUR"}))).await.unwrap();
    assert_eq!(order.amounts.shipping, None);
    assert!(order.internal_note.unwrap().contains("Shipping in another currency: 9 EUR"));
}

#[tokio::test]
async fn the_discount_of_a_line_that_is_left_out_is_left_out_too() {
    let mut data = detail();
    for (line, discount) in [(0, "1.00"), (1, "2.00")] {
        data["child_order_list"][line]["child_order_discount_info"] = usd(discount);
    }
    let list = |order: Order| order.amounts.adjustments.iter().map(|a| a.amount.to_string()).collect::<Vec<_>>();
    assert_eq!(list(read(data.clone()).await.unwrap()), ["-1 USD", "-1 USD"]);
    data["child_order_list"][1]["send_goods_operator"] = json!("SELLER_SEND_GOODS");
    assert_eq!(list(read(data).await.unwrap()), ["-3 USD", "-1 USD"]);
}

#[tokio::test]
async fn amounts_read_as_text_as_cents_and_under_the_older_name() {
    for money in [
        json!({"amount_str": "27.50", "currency_code": "USD"}),
        json!({"amount": 27.5, "currency": {"currency_code": "USD"}}),
        json!({"cent": 2750, "cent_factor": 100, "currency_code": "USD"}),
    ] {
        let order = read(with("/order_amount", money)).await.unwrap();
        assert_eq!(order.amounts.total.unwrap().to_string(), "27.5 USD");
    }
}

#[tokio::test]
async fn frozen_disputed_and_ended_orders_say_so() {
    let mut data = with("/frozen_status", json!("IN_FROZEN"));
    data["issue_status"] = json!("IN_ISSUE");
    data["order_status"] = json!("FINISH");
    data["order_end_reason"] = json!("buyer_confirm_goods");
    data["issue_info"] = json!({"issue_status": "processing", "issue_model": "not received"});
    data["refund_info"] = json!({"refund_status": "wait_refund", "refund_reason": ""});
    data["offline_pickup_type"] = json!("RU_OFFLINE_SELF_PICK_UP_EXPRESSION");
    let market = Marketplace::answering(&[(DETAIL, answer(data))]);
    let order = aliexpress(&market).order(&id()).await.unwrap();
    assert!(order.standing.frozen && order.standing.disputed);
    assert_eq!(order.standing.end_reason.as_deref(), Some("buyer_confirm_goods"));
    assert_eq!(order.ship_by, None, "the end of a status that isn't the seller's to end");
    let note = order.internal_note.unwrap();
    for part in ["Dispute: processing not received", "Refund: wait_refund\n", "Pick-up: RU_OFFLINE"] {
        assert!(note.contains(part), "{note}");
    }
    assert_eq!(aliexpress(&market).standing(&id()).await.unwrap(), order.standing);
    let asked = market.requests().pop().unwrap().json("param1");
    assert_eq!(asked, json!({"order_id": 8_123_456_789_012_345_u64, "ext_info_bit_flag": 1}));
}

#[tokio::test]
async fn a_masked_receiver_is_decrypted() {
    let mut data = with("/receipt_address/contact_person", json!("A** Á***"));
    data["receipt_address"]["detail_address"] = json!("R** U* 1");
    data["receipt_address"]["address"] = json!("R** U* 1");
    data["receipt_address"]["mobile_no"] = json!("119*****321");
    data["buyer_signer_fullname"] = json!("J***");
    let clear = json!({"result_obj": {"contact_person": "Ana Álvarez", "detail_address": "Rua Um 1", "mobile_no": "11987654321",
        "buyer_signer_fullname": "José Álvarez"}, "result_code": 200});
    let answers = [(DETAIL, answer(data)), (FIND, json!({"target": {"oaid": "o1"}})), (DECRYPT, clear)];
    let market = Marketplace::answering(&answers);
    let order = aliexpress(&market).order(&id()).await.unwrap();
    let to = order.ship_to.unwrap();
    assert_eq!((to.name.as_str(), to.street.join("|").as_str()), ("Ana Álvarez", "Rua Um 1|Apto 5"));
    assert_eq!(to.phone.as_deref(), Some("+55 11987654321"));
    assert_eq!(order.buyer.name.as_deref(), Some("José Álvarez"));
    let asked = market.requests().pop().unwrap().form;
    assert_eq!((asked["orderId"].as_str(), asked["oaid"].as_str()), ("8123456789012345", "o1"));
    // Without the decryption the order is there, but has no address: a masked one is never shipped to.
    let order = aliexpress(&Marketplace::answering(&answers[..2])).order(&id()).await.unwrap();
    assert_eq!(order.ship_to, None);
    assert!(order.ship_to_problem.unwrap().contains("masked"));
}

#[tokio::test]
async fn a_missing_address_is_asked_for() {
    let data = with("/receipt_address", Value::Null);
    let address = detail()["receipt_address"].clone();
    let market = Marketplace::answering(&[(DETAIL, answer(data.clone())), (RECEIPT, json!({ "result": address }))]);
    assert_eq!(aliexpress(&market).order(&id()).await.unwrap().ship_to.unwrap().city, "São Paulo");
    for nothing in [json!({"result": {}}), json!({"result": null}), json!({"code": "0", "request_id": "r"})] {
        let market = Marketplace::answering(&[(DETAIL, answer(data.clone())), (RECEIPT, nothing)]);
        let order = aliexpress(&market).order(&id()).await.unwrap();
        assert_eq!((order.ship_to, order.ship_to_problem), (None, None));
    }
    let refused = read(data).await.unwrap();
    assert_eq!(refused.ship_to_problem.as_deref(), Some("AliExpress gives no address: InvalidApiPath"));
}

#[tokio::test]
async fn an_unknown_country_is_named_and_the_order_kept() {
    let order = read(with("/receipt_address/country", json!("ATL"))).await.unwrap();
    assert_eq!(order.ship_to, None);
    assert_eq!(order.ship_to_problem.as_deref(), Some("country \"ATL\" is not in ISO 3166"));
    let order = read(with("/receipt_address/country", json!("UK"))).await.unwrap();
    assert_eq!(order.ship_to.unwrap().country.as_str(), "GB");
}

#[tokio::test]
async fn customs_numbers_are_asked_for_once_paid_and_only_where_customs_ask() {
    for (country, paid, asked) in [("DE", true, true), ("US", true, false), ("DE", false, false)] {
        let mut data = with("/cpf_number", json!(null));
        data["receipt_address"]["country"] = json!(country);
        data["memo"] = json!("");
        data["gmt_pay_success"] = if paid { data["gmt_create"].clone() } else { Value::Null };
        let number = json!({"result": {"tax_number": "IM3720000224"}});
        let market = Marketplace::answering(&[(DETAIL, answer(data)), (DELIVERY, number)]);
        let order = aliexpress(&market).order(&id()).await.unwrap();
        assert_eq!(order.tax_ids.len(), usize::from(asked), "{country} {paid}");
        assert_eq!(market.calls().contains(&DELIVERY.to_owned()), asked);
    }
}

#[tokio::test]
async fn an_order_that_is_not_ours_is_refused_and_one_that_cannot_be_read_is_named_by_its_path() {
    let foreign =
        json!({"result": {"success": false, "error_code": "isv.invalid-authorization", "error_message": "not yours"}});
    let silent = json!({"result": {"error_code": "F100", "error_message": "order does not exist"}});
    for answer in [foreign, silent] {
        let error = aliexpress(&Marketplace::answering(&[(DETAIL, answer)])).order(&id()).await.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Refused, "{error}");
    }
    let cases = [
        ("/gmt_create", json!("yesterday, says Jane"), "result.data.gmt_create: not a date and time"),
        ("/order_status", json!(""), "result.data.order_status: missing"),
        ("/child_order_list/0/product_count", json!("Jane"), "child_order_list[0].product_count: not a decimal number"),
        ("/child_order_list/2/sku_code", json!(["Jane"]), "child_order_list[2].sku_code: expected a text or a number"),
        ("/id", json!(1), "result.data.id: not the order that was asked for"),
        ("/receipt_address/city", json!({"Jane": 1}), "receipt_address.city: expected a text or a number"),
    ];
    for (path, value, expected) in cases {
        let error = read(with(path, value)).await.unwrap_err();
        assert!(matches!(error, CallError::Undecodable { .. }), "{error:?}");
        assert!(error.to_string().ends_with(expected) && !format!("{error:?}").contains("Jane"), "{error}");
    }
}
