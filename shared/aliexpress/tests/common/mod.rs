//! What the tests of this crate share.
#![allow(dead_code, clippy::unwrap_used, reason = "not every test needs all of it")]

pub mod accounting;

use serde_json::{Value, json};
use tallyman_aliexpress::AliExpress;
use tallyman_domain::{
    ConnectionId, Extent, MarketplaceOrderId, Notice, OrderRef, ServiceChoice, ShipmentId, Transport,
};
use tallyman_iop::testing::{Marketplace, clock, credentials, http};

pub const DETAIL: &str = "aliexpress.solution.order.info.get";
pub const LIST: &str = "aliexpress.solution.order.get";

pub fn aliexpress(market: &Marketplace) -> AliExpress {
    AliExpress::new(http(), &market.base_url, credentials(), clock())
}

pub fn id() -> MarketplaceOrderId {
    MarketplaceOrderId::parse("8123456789012345").unwrap()
}

/// A notice of a part, without items.
pub fn notice() -> Notice {
    Notice {
        order: OrderRef::new(ConnectionId::parse("ae").unwrap(), id()),
        shipment: ShipmentId::parse("s1").unwrap(),
        extent: Extent::Part,
        tracking_number: " LX123456789CN ".into(),
        service: ServiceChoice {
            code: "EMS".into(),
            transport: Transport::Post,
            tracking_website: None,
            actual_carrier: None,
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

pub fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency_code": "USD", "cent_factor": 100})
}

/// An order as `info.get` has it, simplified.
pub fn detail() -> Value {
    json!({
        "id": 8_123_456_789_012_345_u64,
        "order_status": "WAIT_SELLER_SEND_GOODS",
        "logistics_status": "WAIT_SELLER_SEND_GOODS",
        "frozen_status": "NO_FROZEN",
        "issue_status": "NO_ISSUE",
        "gmt_create": "2026-07-01 12:00:00",
        "gmt_modified": "2026-07-01 12:10:00",
        "gmt_pay_success": "2026-07-01 12:05:00",
        "over_time_left": "2026-07-08 12:05:00",
        "buyerloginid": "br111",
        "buyer_signer_fullname": "José Álvarez",
        "buyer_info": {"login_id": "br222", "first_name": "José", "last_name": "Álvarez", "country": "BR"},
        "receipt_address": {
            "contact_person": "Ana Álvarez", "address": "Rua Um 1", "detail_address": "Rua Um 1", "address2": "Apto 5",
            "city": "São Paulo", "province": "SP", "zip": "01000-000", "country": "BR",
            "phone_country": "+55", "mobile_no": "11987654321",
        },
        "order_amount": usd("27.50"),
        "init_oder_amount": usd("30.00"),
        "logistics_amount": usd("1.50"),
        "order_discount_info": usd("3.00"),
        "payment_type": "migs",
        "memo": "Please hurry. IOSS: IM3720000224",
        "cpf_number": "123.456.789-09",
        "child_order_list": [
            {
                "id": 8_123_456_789_012_345_u64, "child_order_id": "8123456789022345", "order_sort_id": 1, "product_id": 1005,
                "product_name": "Lamp", "product_count": 2, "lot_num": 5, "product_price": usd("10.00"),
                "product_attributes": "{\"sku\":[{\"pName\":\"Color\",\"pValue\":\"Red\",\"selfDefineValue\":\"Wine\"},{\"pName\":\"Size\",\"pValue\":\"XL\"}]}",
                "sku_code": "LAMP-R", "product_img_url": "https://i/1.jpg", "send_goods_operator": "SELLER_SEND_GOODS",
                "logistics_service_name": "AliExpress Standard Shipping", "logistics_type": "CAINIAO_STANDARD",
                "buyer_memo": "red one", "child_order_adjust_amount": usd("1.00"),
            },
            {
                "child_order_id": "8123456789032345", "order_sort_id": "2", "product_id": "1006", "product_name": "Bulb",
                "product_count": "1", "lot_num": 1, "product_price": usd("5.00"), "sku_code": "BULB",
                "send_goods_operator": "WAREHOUSE_SEND_GOODS",
            },
            {
                "child_order_id": "8123456789042345", "order_sort_id": 3, "product_id": 1007, "product_name": "Shade",
                "product_count": 1, "product_price": usd("5.00"), "sku_code": "",
                "logistics_warehouse_type": "", "product_standard": "round",
            },
        ],
    })
}

pub fn answer(data: Value) -> Value {
    json!({"result": {"data": data, "success": true}, "request_id": "r", "code": "0"})
}
