use super::*;
use serde_json::{Value, json};
use tallyman_domain::{CountryCode, LineId};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn address(lines: &[&str]) -> Address {
    Address {
        name: "Jane Doe".into(),
        company: Some("Doe Ltd".into()),
        street: lines.iter().map(|&line| line.to_owned()).collect(),
        city: "Leeds".into(),
        province: Some("West Yorkshire".into()),
        postal_code: Some("LS1 1AA".into()),
        country: CountryCode::parse("GB").unwrap(),
        phone: Some("+44 20 7946 0958".into()),
    }
}

fn line(key: Option<&str>) -> WarehouseLine {
    WarehouseLine {
        key: key.map(|key| LineId::parse(key).unwrap()),
        sku: Some("CUP-1".into()),
        name: "Cup".into(),
        quantity: 3,
        unit_price: Some(dec("10.10")),
        weight: Some(Grams(dec("120.5"))),
        image_url: Some("https://img.example/1.jpg".into()),
        options: vec![("Colour".into(), "Blue".into())],
        location: Some("A-1".into()),
        adjustment: key.is_none(),
    }
}

pub(crate) fn order(key: &str) -> WarehouseOrder {
    WarehouseOrder {
        key: key.into(),
        number: "8123".into(),
        status: OrderStatus::AwaitingShipment,
        placed_at: "2026-07-01T19:00:00.5Z".parse().unwrap(),
        paid_at: Some("2026-12-01T20:00:00Z".parse().unwrap()),
        ship_by: Some("2026-07-05".parse().unwrap()),
        customer: Some("jane77".into()),
        email: Some("jane@example.com".into()),
        bill_to_name: "J. Doe".into(),
        ship_to: address(&["1 High St", "Flat 2", "Floor 3", "Door 4"]),
        lines: vec![line(Some("8123001")), line(None)],
        amount_paid: Some(dec("30.30")),
        tax: Some(dec("0.00")),
        shipping: Some(dec("79228162514264337593543950335")),
        customer_notes: Some("Ring twice".into()),
        internal_notes: None,
        gift: true,
        gift_message: Some("Happy birthday".into()),
        payment_method: Some("Card".into()),
        requested_service: Some("ePacket".into()),
        weight: Some(Grams(dec("361.5"))),
        customs: vec![CustomsItem {
            description: "Cup".into(),
            quantity: 3,
            value_usd: dec("30.30"),
            tariff_code: Some("6912".into()),
            country_of_origin: "CN".into(),
        }],
        custom_fields: [Some("IOSS IM3720000224".into()), None, Some("c3".into())],
        store_id: Some(304_352),
        source: "AliExpress".into(),
    }
}

fn sent(order: WarehouseOrder) -> Value {
    serde_json::from_slice::<Vec<Value>>(&to_json(&[order]).unwrap()).unwrap().remove(0)
}

#[test]
fn an_order_is_sent_with_every_field() {
    let mut order = order("ali:8123");
    order.shipping = Some(dec("2.5"));
    let item = |key: &str, adjustment: bool| {
        json!({"lineItemKey": key, "sku": "CUP-1", "name": "Cup", "imageUrl": "https://img.example/1.jpg",
            "weight": {"value": 120.5, "units": "grams"}, "quantity": 3, "unitPrice": 10.10, "warehouseLocation": "A-1",
            "options": [{"name": "Colour", "value": "Blue"}], "adjustment": adjustment})
    };
    assert_eq!(
        sent(order),
        json!({
            "orderNumber": "8123", "orderKey": "ali:8123",
            "orderDate": "2026-07-01T12:00:00.0000000", "paymentDate": "2026-12-01T12:00:00.0000000",
            "shipByDate": "2026-07-05T00:00:00.0000000", "orderStatus": "awaiting_shipment",
            "customerUsername": "jane77", "customerEmail": "jane@example.com",
            "billTo": {"name": "J. Doe", "country": "GB"},
            "shipTo": {"name": "Jane Doe", "company": "Doe Ltd", "street1": "1 High St", "street2": "Flat 2",
                "street3": "Floor 3, Door 4", "city": "Leeds", "state": "West Yorkshire", "postalCode": "LS1 1AA",
                "country": "GB", "phone": "+44 20 7946 0958"},
            "items": [item("8123001", false), item("adjustment-2", true)],
            "amountPaid": 30.30, "taxAmount": 0.00, "shippingAmount": 2.5,
            "customerNotes": "Ring twice", "internalNotes": null, "gift": true, "giftMessage": "Happy birthday",
            "paymentMethod": "Card", "requestedShippingService": "ePacket",
            "weight": {"value": 361.5, "units": "grams"},
            "internationalOptions": {"contents": "merchandise", "nonDelivery": "return_to_sender",
                "customsItems": [{"description": "Cup", "quantity": 3, "value": 30.30,
                    "harmonizedTariffCode": "6912", "countryOfOrigin": "CN"}]},
            "advancedOptions": {"storeId": 304352, "customField1": "IOSS IM3720000224", "customField2": null,
                "customField3": "c3", "source": "AliExpress"},
        })
    );
}

#[test]
fn money_keeps_every_digit_and_stays_a_number() {
    let text = String::from_utf8(to_json(&[order("ali:8123")]).unwrap()).unwrap();
    for exact in
        [r#""unitPrice":10.10,"#, r#""amountPaid":30.30,"#, r#""taxAmount":0.00,"#, ":79228162514264337593543950335,"]
    {
        assert!(text.contains(exact), "{exact} in {text}");
    }
}

#[test]
fn what_the_order_does_not_have_is_null_or_left_out() {
    let mut order = order("ali:8123");
    (order.amount_paid, order.weight, order.store_id, order.paid_at) = (None, None, None, None);
    order.customs.clear();
    order.bill_to_name.clear();
    order.ship_to = address(&["1 High St"]);
    let sent = sent(order);
    for absent in ["amountPaid", "weight", "internationalOptions"] {
        assert!(sent.get(absent).is_none(), "{absent}");
    }
    assert!(sent["advancedOptions"].get("storeId").is_none());
    assert_eq!(
        (&sent["paymentDate"], &sent["shipTo"]["street2"], &sent["shipTo"]["street3"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(sent["billTo"]["name"], "Jane Doe");
}
