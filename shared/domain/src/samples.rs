//! Values for the tests of this crate.
#![allow(clippy::unwrap_used, reason = "test data")]

use crate::{
    AccountId, Address, ConnectionId, CountryCode, Currency, Event, LineId, MarketplaceOrderId, Money, OrderRef,
    OrderState, Settings, ShipmentId, decide,
    decide::Setting,
    order::{Adjustment, Amounts, Buyer, Line, Order},
    shipment::{Shipment, ShippedItem},
    status::{MarketplaceKind, Standing},
};
use jiff::Timestamp;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn reference() -> OrderRef {
    OrderRef::new(ConnectionId::parse("ae-main").unwrap(), MarketplaceOrderId::parse("8123456789012345").unwrap())
}

pub(crate) fn order() -> Order {
    let usd = |text: &str| Money::parse(text, "USD").unwrap();
    let line = |id: &str, index, quantity: &str| Line {
        id: LineId::parse(id).unwrap(),
        index,
        sku: Some(format!("SKU-{id}")),
        product_id: Some("1005".into()),
        name: "Lamp".into(),
        quantity: quantity.parse().unwrap(),
        unit_price: Some(usd("10.00")),
        weight: None,
        image_url: None,
        options: vec![("Color".into(), "Red".into())],
        warehouse_location: None,
    };
    Order {
        id: reference().order,
        marketplace: MarketplaceKind::AliExpress,
        standing: Standing { status: "WAIT_SELLER_SEND_GOODS".into(), ..Standing::default() },
        placed_at: at("2026-11-20T10:00:00Z"),
        paid_at: Some(at("2026-11-20T10:05:00Z")),
        modified_at: at("2026-11-20T10:05:00Z"),
        ship_by: Some(at("2026-11-27T10:05:00Z")),
        buyer: Buyer { login: Some("br123".into()), name: Some("José Álvarez".into()), ..Buyer::default() },
        ship_to: Some(Address {
            name: "José Álvarez".into(),
            company: None,
            street: vec!["Rua Um 1".into()],
            city: "São Paulo".into(),
            province: Some("SP".into()),
            postal_code: Some("01000-000".into()),
            country: CountryCode::parse("BR").unwrap(),
            phone: None,
        }),
        ship_to_problem: None,
        lines: vec![line("1", 1, "2"), line("2", 2, "1")],
        amounts: Amounts {
            currency: Currency::USD,
            total: Some(usd("28.50")),
            shipping: None,
            tax: None,
            adjustments: vec![Adjustment { name: "Coupon".into(), amount: usd("1.50").negated() }],
        },
        payment_method: None,
        requested_service: None,
        buyer_note: None,
        internal_note: None,
        gift: false,
        gift_message: None,
        tax_ids: vec![],
    }
}

/// The order as it is first seen.
pub(crate) fn state() -> OrderState {
    let (reference, settings, account) = (reference(), Settings::default(), AccountId::parse("main").unwrap());
    let marketplace = MarketplaceKind::AliExpress;
    let with = Setting {
        reference: &reference,
        marketplace,
        account: &account,
        settings: &settings,
        took_ms: None,
        read_back_ms: None,
        failed: None,
    };
    let state = decide(None, &Event::OrderObserved(&order()), with, at("2026-11-20T10:07:00Z")).unwrap();
    OrderState { trail: crate::Trail::default(), ..state }
}

pub(crate) fn shipment(id: &str, items: &[(&str, &str)]) -> Shipment {
    Shipment {
        id: ShipmentId::parse(id).unwrap(),
        warehouse_order: 77,
        tracking_number: format!("LX00000{id}CN"),
        carrier: "stamps_com".into(),
        service: Some("usps_priority_mail_international".into()),
        ship_date: jiff::civil::date(2026, 11, 21),
        created_at: at("2026-11-21T10:00:00Z"),
        fee: None,
        weight: None,
        items: items
            .iter()
            .map(|(line, quantity)| ShippedItem {
                line: Some(LineId::parse(*line).unwrap()),
                sku: None,
                name: "Lamp".into(),
                quantity: quantity.parse().unwrap(),
            })
            .collect(),
        whole_order: items.is_empty(),
        voided: false,
        ship_to: None,
        marketplace_notified: None,
        notify_error: None,
    }
}
