//! One order: every field, and every way in which something is missing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, alibaba, answer, id, trade, usd};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Marketplace as _};
use tallyman_domain::{MarketplaceKind, Order, TaxIdKind};
use tallyman_iop::testing::Marketplace;

async fn read(value: Value) -> Result<Order, CallError> {
    alibaba(&Marketplace::answering(&[(DETAIL, answer(value))])).order(&id()).await
}
fn with(path: &str, value: Value) -> Value {
    let mut trade = trade();
    *trade.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    trade
}

#[tokio::test]
async fn every_field_finds_its_place() {
    let market = Marketplace::answering(&[(DETAIL, answer(trade()))]);
    let order = alibaba(&market).order(&id()).await.unwrap();
    assert_eq!(market.requests()[0].form["e_trade_id"], "234193410001028893");
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    assert_eq!((order.id.clone(), order.marketplace), (id(), MarketplaceKind::Alibaba));
    assert_eq!(order.standing.status, "undeliver");
    assert_eq!(order.placed_at, at("2024-09-17T17:51:14Z"));
    assert_eq!(order.modified_at, at("2024-09-17T17:52:14Z"));
    assert_eq!(order.ship_by.unwrap().as_second(), 1_727_100_274, "the earlier of the two");
    assert_eq!(order.buyer.login.as_deref(), Some("b-1"));
    assert_eq!(order.requested_service.as_deref(), Some("FedEx IE"));
    assert_eq!(order.buyer_note.as_deref(), Some("VAT no. DE123456789 please"));
    assert_eq!((order.tax_ids[0].kind, order.tax_ids[0].value.as_str()), (TaxIdKind::Vat, "DE123456789"));
    let note = "Fulfilment channel: TAD\nPort: Houston\nPayment step: ADVANCE\nAdvance payment: 10 USD";
    assert_eq!(order.internal_note.as_deref(), Some(note));
    let to = order.ship_to.unwrap();
    assert_eq!((to.name.as_str(), to.city.as_str(), to.country.as_str()), ("Jane Doe", "Austin", "US"));
    assert_eq!((to.street.join("|").as_str(), to.postal_code), ("1 Main St|Unit 5", None));
    assert_eq!(to.phone.as_deref(), Some("+1 512 5551234"));
    let adjustments: Vec<_> = order.amounts.adjustments.iter().map(|a| format!("{} {}", a.name, a.amount)).collect();
    assert_eq!(adjustments, ["Discount -1 USD", "Price change -2 USD"]);
    assert_eq!(order.amounts.total.unwrap().to_string(), "28 USD");
    assert_eq!(order.amounts.shipping.unwrap().to_string(), "5 USD");
}

#[tokio::test]
async fn lines_keep_fractions_attributes_and_an_id_of_their_own() {
    let order = read(trade()).await.unwrap();
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|l| {
            let options: Vec<_> = l.options.iter().map(|(n, v)| format!("{n}={v}")).collect();
            (l.id.as_str(), l.index, l.sku.as_deref().unwrap(), l.quantity.to_string(), options.join(","))
        })
        .collect();
    assert_eq!(lines[0], ("105001", 1, "LAMP-R", "2".to_owned(), "Color=Red,Size=42,Model=M1".to_owned()));
    assert_eq!(lines[1], ("105001__2", 2, "M2", "1.5".to_owned(), "Unit=Kilogram".to_owned()));
    assert_eq!(order.lines[0].product_id.as_deref(), Some("1600001"));
    assert_eq!(order.lines[0].unit_price.unwrap().to_string(), "10 USD");
}

#[tokio::test]
async fn an_order_without_a_usable_address_is_kept_and_says_why() {
    let problem = |order: Order| (order.ship_to, order.ship_to_problem.unwrap());
    let mut none = trade();
    none.as_object_mut().unwrap().remove("shipping_address");
    assert_eq!(problem(read(none).await.unwrap()), (None, "the order has no ship-to address".to_owned()));
    let mut nowhere = with("/shipping_address/country_code", json!("QQ"));
    nowhere["shipping_address"]["country"] = json!("Atlantis");
    assert_eq!(problem(read(nowhere).await.unwrap()).1, "country \"QQ\" is not in ISO 3166");
    let by_name = read(with("/shipping_address/country_code", json!(""))).await.unwrap();
    assert_eq!(by_name.ship_to.unwrap().country.as_str(), "US");
    let mut street = with("/shipping_address/address", json!(null));
    street["shipping_address"]["alternate_address"] = json!("");
    assert_eq!(problem(read(street).await.unwrap()).1, "the address has no street");
}

#[tokio::test]
async fn a_standing_is_the_trades_status() {
    for (status, frozen) in [("frozen", true), ("wait_confirm_receipt", false)] {
        let market = Marketplace::answering(&[(DETAIL, answer(with("/trade_status", json!(status))))]);
        let standing = alibaba(&market).standing(&id()).await.unwrap();
        assert_eq!((standing.status.as_str(), standing.frozen), (status, frozen));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_by_its_path_and_never_by_its_value() {
    for (path, value, expected) in [
        ("/create_date", json!(null), "value.create_date: missing"),
        ("/order_products/0/quantity", json!("Jane"), "value.order_products[0].quantity: not a decimal number"),
        ("/order_products/1/name", json!({"Jane": 1}), "value.order_products[1].name: expected a text or a number"),
        (
            "/total_amount",
            json!({"amount": "Jane", "currency": "USD"}),
            "value.total_amount: not an amount and a currency",
        ),
        ("/trade_id", json!("9"), "value.trade_id: not the order that was asked for"),
    ] {
        let error = read(with(path, value)).await.unwrap_err();
        assert!(matches!(error, CallError::Undecodable { .. }), "{error:?}");
        assert!(error.to_string().ends_with(expected) && !format!("{error:?}").contains("Jane"), "{error}");
    }
    let euros = read(with("/discount_amount", json!({"amount": "1", "currency": "EUR"}))).await.unwrap();
    assert!(euros.internal_note.unwrap().contains("Discount in another currency: 1 EUR"));
    assert_eq!(
        read(with("/total_amount", usd("32.00"))).await.unwrap().amounts.adjustments[1].amount.amount.to_string(),
        "2"
    );
}
