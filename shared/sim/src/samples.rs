//! Orders and shipments to play with.
#![allow(clippy::unwrap_used, reason = "constants")]

use jiff::Timestamp;
use tallyman_app::{
    connection::{Account, Connection},
    ports::WarehouseChange,
};
use tallyman_domain::{
    AccountId, Address, Amounts, Buyer, ConnectionId, CountryCode, Currency, Line, LineId, MarketplaceKind,
    MarketplaceOrderId, Money, Order, OrderRef, Settings, Shipment, ShipmentId, ShippedItem, Standing,
};

/// An instant.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The account.
#[must_use]
pub fn account() -> Account {
    Account { id: AccountId::parse("main").unwrap(), calls_per_minute: 40, webhook_secret_sha256: String::new() }
}

/// A connection.
#[must_use]
pub fn connection(marketplace: MarketplaceKind) -> Connection {
    let settings = Settings { seller_name: "Lamps & Co".into(), ..Settings::default() };
    Connection {
        id: ConnectionId::parse("shop").unwrap(),
        marketplace,
        account: account().id,
        app_budget: None,
        paused: false,
        removed: false,
        settings,
    }
}

/// The name of order `n`.
#[must_use]
pub fn reference(n: u32) -> OrderRef {
    OrderRef::new(ConnectionId::parse("shop").unwrap(), MarketplaceOrderId::parse(format!("{n}")).unwrap())
}

/// Order `n`: two lines, two of the first and one of the second, paid.
#[must_use]
pub fn order(marketplace: MarketplaceKind, n: u32) -> Order {
    let line = |index: u32, quantity: i64| Line {
        id: LineId::parse(format!("{n}-{index}")).unwrap(),
        index,
        sku: Some(format!("SKU-{index}")),
        product_id: Some(format!("10{index}")),
        name: "Lamp".into(),
        quantity: quantity.into(),
        unit_price: Money::parse("10", "USD").ok(),
        weight: None,
        image_url: None,
        options: vec![],
        warehouse_location: None,
    };
    let status = if marketplace == MarketplaceKind::Alibaba { "undeliver" } else { "WAIT_SELLER_SEND_GOODS" };
    Order {
        id: reference(n).order,
        marketplace,
        standing: Standing { status: status.into(), ..Standing::default() },
        placed_at: at("2026-11-21T09:00:00Z"),
        paid_at: Some(at("2026-11-21T09:01:00Z")),
        modified_at: at("2026-11-21T09:01:00Z"),
        ship_by: None,
        buyer: Buyer::default(),
        ship_to: Some(Address {
            name: "Ana".into(),
            company: None,
            street: vec!["Street 1".into()],
            city: "Lyon".into(),
            province: None,
            postal_code: None,
            country: CountryCode::parse("FR").unwrap(),
            phone: Some("+33 6 12 34 56 78".into()),
        }),
        ship_to_problem: None,
        lines: vec![line(1, 2), line(2, 1)],
        amounts: Amounts {
            currency: Currency::USD,
            total: Money::parse("30", "USD").ok(),
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

/// A label for order `n`, with items as (line index, quantity); everything when empty.
#[must_use]
pub fn label(n: u32, shipment: &str, items: &[(u32, i64)]) -> WarehouseChange {
    let all: &[(u32, i64)] = &[(1, 2), (2, 1)];
    let items = if items.is_empty() { all } else { items };
    WarehouseChange {
        shipment: Shipment {
            id: ShipmentId::parse(shipment).unwrap(),
            warehouse_order: 1000,
            tracking_number: format!("TRACK{shipment}"),
            carrier: "stamps_com".into(),
            service: None,
            ship_date: jiff::civil::date(2026, 11, 21),
            created_at: at("2026-11-21T11:00:00Z"),
            fee: None,
            weight: None,
            items: items
                .iter()
                .map(|(line, quantity)| ShippedItem {
                    line: LineId::parse(format!("{n}-{line}")).ok(),
                    sku: None,
                    name: "Lamp".into(),
                    quantity: (*quantity).into(),
                })
                .collect(),
            whole_order: false,
            voided: false,
            ship_to: None,
            marketplace_notified: None,
            notify_error: None,
        },
        order: Some(reference(n)),
        order_number: n.to_string(),
    }
}
