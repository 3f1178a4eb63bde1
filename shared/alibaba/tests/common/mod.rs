//! What the tests of this crate share.
#![allow(dead_code, clippy::unwrap_used, reason = "not every test needs all of it")]

use serde_json::{Value, json};
use tallyman_alibaba::Alibaba;
use tallyman_domain::MarketplaceOrderId;
use tallyman_iop::testing::{Marketplace, clock, credentials, http};

pub const LIST: &str = "/alibaba/order/list";
pub const DETAIL: &str = "/alibaba/order/get";

pub fn alibaba(market: &Marketplace) -> Alibaba {
    Alibaba::new(http(), &market.base_url, credentials(), clock())
}

pub fn id() -> MarketplaceOrderId {
    MarketplaceOrderId::parse("234193410001028893").unwrap()
}

pub fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// An order as `/alibaba/order/get` has it.
pub fn trade() -> Value {
    json!({
        "trade_id": "234193410001028893",
        "trade_status": "undeliver",
        "create_date": {"format_date": "2024-09-17 10:51:14", "timestamp": "1726595474000"},
        "modify_date": {"format_date": "2024-09-17 10:52:14"},
        "pay_step": "ADVANCE",
        "fulfillment_channel": "TAD",
        "shipping_address": {
            "country": "United States", "country_code": "US", "province": "Texas", "city": "Austin", "address": "1 Main St",
            "alternate_address": "Unit 5", "port": "Houston", "contact_person": "Jane Doe",
            "mobile": {"area": "512", "country": "+1", "number": "5551234"}, "telephone": {"number": "999"},
        },
        "order_products": [
            {
                "product_id": 1_600_001, "sku_id": "105001", "sku_code": "LAMP-R", "model_number": "M1", "name": "Lamp",
                "quantity": "2.0000", "unit": "Piece", "unit_price": usd("10.00"), "product_image": "https://i/1.jpg",
                "sku_attributes": [{"key": "Color", "value": "Red"}, {"key": "Size", "value": 42}],
                "shipment_date": {"timestamp": "1727200274000"},
            },
            {
                "product_id": 1_600_001, "sku_id": "105001", "model_number": "M2", "name": "Lamp again", "quantity": "1.5",
                "unit": "Kilogram", "unit_price": usd("4.00"), "shipment_date": {"timestamp": 1_727_100_274_000_u64},
            },
        ],
        "product_total_amount": usd("26.00"),
        "shipment_fee": usd("5.00"),
        "discount_amount": usd("1.00"),
        "adjust_amount": usd("2.00"),
        "total_amount": usd("28.00"),
        "advance_amount": usd("10.00"),
        "balance_amount": usd("0.00"),
        "carrier": {"code": "FEDEX", "name": "FedEx IE"},
        "buyer": {"immutable_eid": "b-1", "full_name": "Jane Doe"},
        "remark": "VAT no. DE123456789 please",
    })
}

pub fn answer(value: Value) -> Value {
    json!({"code": "0", "value": value, "request_id": "r"})
}
