//! Values for the tests; the contract tests in `tests/` share them.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "test data; not every test needs all of it")]

use jiff::Timestamp;
use tallyman_domain::{
    AccountId, Address, Amounts, Buyer, ConnectionId, CountryCode, Currency, Digest, Exception, ExceptionKind, Extent,
    Line, LineId, MarketplaceKind, MarketplaceOrderId, Money, Order, OrderRef, OrderState, OrderStatus, Shipment,
    ShipmentId, ShippedItem, Standing, Trail,
    state::{Export, NoticeState, Proof, ShipmentState},
};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn connection() -> ConnectionId {
    ConnectionId::parse("ae-main").unwrap()
}

pub fn account() -> AccountId {
    AccountId::parse("main").unwrap()
}

pub fn numbered(number: u64) -> OrderRef {
    OrderRef::new(connection(), MarketplaceOrderId::parse(number.to_string()).unwrap())
}

pub fn reference() -> OrderRef {
    numbered(8_123_456_789_012_345)
}

const GOODS: [&str; 7] = [
    "Rechargeable bedside lamp with dimmer, warm light, brushed aluminium, USB-C",
    "2 Pairs Men Thermal Hiking Socks Merino Wool Blend Outdoor Winter Cushioned Crew",
    "Kitchen Scale 5kg/1g Stainless Steel Digital LCD Tare Function Baking Coffee",
    "Waterproof Dry Bag 20L Roll Top Sack Kayak Beach Rafting Boating Phone Pouch",
    "Silicone Watch Strap 22mm Quick Release Bracelet Compatible Sport Band Buckle",
    "Bicycle Tail Light IPX6 Red LED 5 Modes Smart Brake Sensing Seatpost Mount",
    "Kids Raincoat Hooded Poncho Cartoon Dinosaur School Bag Cover Reusable 110-150cm",
];

/// Seven lines and an address: 3 KB of JSON.
pub fn order(reference: &OrderRef) -> Order {
    let usd = |text: &str| Money::parse(text, "USD").unwrap();
    let line = |index: u32| Line {
        id: LineId::parse(format!("812345678901234{index}")).unwrap(),
        index,
        sku: Some(format!("LAMP-{index}")),
        product_id: Some("1005001234567890".into()),
        name: GOODS[index as usize - 1].into(),
        quantity: "2".parse().unwrap(),
        unit_price: Some(usd("10.00")),
        weight: None,
        image_url: Some(format!("https://ae01.alicdn.com/kf/S{}.jpg", Digest::of_bytes(&[index as u8]).short())),
        options: vec![("Color".into(), "Red".into()), ("Ships From".into(), "United States".into())],
        warehouse_location: None,
    };
    Order {
        id: reference.order.clone(),
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
            phone: Some("+55 11 91234 5678".into()),
        }),
        ship_to_problem: None,
        lines: (1..=7).map(line).collect(),
        amounts: Amounts {
            currency: Currency::USD,
            total: Some(usd("60.00")),
            shipping: None,
            tax: None,
            adjustments: vec![],
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

pub fn shipment(id: &str) -> Shipment {
    Shipment {
        id: ShipmentId::parse(id).unwrap(),
        warehouse_order: 123_456_789,
        tracking_number: "9400111899223344556677".into(),
        carrier: "stamps_com".into(),
        service: Some("usps_priority_mail_international".into()),
        ship_date: jiff::civil::date(2026, 11, 21),
        created_at: at("2026-11-21T10:00:00Z"),
        fee: Some("7.35".parse().unwrap()),
        weight: None,
        items: vec![ShippedItem {
            line: Some(LineId::parse("8123456789012341").unwrap()),
            sku: Some("LAMP-1".into()),
            name: "Lamp".into(),
            quantity: "2".parse().unwrap(),
        }],
        whole_order: false,
        voided: false,
        ship_to: None,
        marketplace_notified: None,
        notify_error: None,
    }
}

/// A new order, waiting for its export.
pub fn state(version: u64) -> OrderState {
    OrderState {
        version,
        marketplace: MarketplaceKind::AliExpress,
        account: account(),
        status: OrderStatus::AwaitingShipment,
        word: "WAIT_SELLER_SEND_GOODS".into(),
        facts: Some(order(&reference()).facts_digest().short()),
        modified_at: at("2026-11-20T10:05:00Z"),
        placed_at: at("2026-11-20T10:00:00Z"),
        paid_at: Some(at("2026-11-20T10:05:00Z")),
        ship_by: Some(at("2026-11-27T10:05:00Z")),
        first_seen_at: at("2026-11-20T10:07:00Z"),
        changed_at: at("2026-11-20T10:07:00.123456789Z"),
        export: Export { wanted: Some(Digest::of_bytes(b"wanted").short()), ..Export::default() },
        shipments: vec![],
        exceptions: vec![],
        closed: vec![],
        country: Some(CountryCode::parse("BR").unwrap()),
        held: false,
        trail: Trail::default(),
        failures: Default::default(),
    }
}

/// The same order with one shipment, as long as it ever gets without an exception.
pub fn shipped(version: u64) -> OrderState {
    let mut state = state(version);
    state.export.sent = state.export.wanted.clone();
    state.export.warehouse_order = Some(123_456_789);
    state.export.arrived_at = Some(at("2026-11-20T10:09:00.123456789Z"));
    // What the usual way of an order leaves.
    state.trail = Trail::from("ut61hs0,aw.a,e1s.mk,h1vr4:0,p4:0,q0:0.12w,t5:0".to_owned());
    state.shipments = vec![ShipmentState {
        id: ShipmentId::parse("s123456789").unwrap(),
        facts: Digest::of_bytes(b"shipment").short(),
        voided: false,
        proof: Some(Proof {
            digest: Digest::of_bytes(b"png"),
            stored_at: at("2026-11-21T10:05:00.123456789Z"),
            reference: Some("/kf/S0123456789abcdef.png".into()),
        }),
        notice: NoticeState::Attempting {
            lease_until: at("2026-11-21T10:07:00.123456789Z"),
            extent: Extent::All,
            code: "USPS_PRIORITY_MAIL".into(),
            tries: 1,
        },
        replaces: None,
        revision: 0,
        merged: Vec::new(),
        made_at: Some(at("2026-11-21T10:04:00Z")),
    }];
    state
}

pub fn exception(since: &str) -> Exception {
    let (kind, deadline) = (ExceptionKind::NoShipTo, at("2026-11-23T00:00:00Z"));
    Exception::found(kind, None, "the marketplace gave no address", deadline, at(since))
}
