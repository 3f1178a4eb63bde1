//! `POST /orders/createorders`: the order as ShipStation wants it.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;
use tallyman_domain::{
    Address, Grams, OrderStatus, WarehouseOrder, pacific,
    warehouse::{CustomsItem, WarehouseLine},
};

/// What an adjustment is keyed with, so that it is known again among the goods of a shipment.
const ADJUSTMENT_KEY: &str = "adjustment-";

/// Is it an item that we sent as an adjustment?
pub(crate) fn is_adjustment(line_item_key: &str) -> bool {
    line_item_key.starts_with(ADJUSTMENT_KEY)
}

/// A JSON number with exactly these digits. Through a float, 10.10 could become 10.1 and 0.1 + 0.2 worse.
struct Exact(Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Texts that aren't there are sent as `null`, as ShipStation itself writes them: an order is replaced whole, and a
/// note that the buyer took back must go. Amounts, weights and the store are left out instead.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderJson<'a> {
    order_number: &'a str,
    order_key: &'a str,
    order_date: String,
    payment_date: Option<String>,
    ship_by_date: Option<String>,
    order_status: OrderStatus,
    customer_username: Option<&'a str>,
    customer_email: Option<&'a str>,
    bill_to: BillTo<'a>,
    ship_to: ShipTo<'a>,
    items: Vec<ItemJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_paid: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_amount: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_amount: Option<Exact>,
    customer_notes: Option<&'a str>,
    internal_notes: Option<&'a str>,
    gift: bool,
    gift_message: Option<&'a str>,
    payment_method: Option<&'a str>,
    requested_shipping_service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<WeightJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    international_options: Option<International<'a>>,
    advanced_options: Advanced<'a>,
}

#[derive(Serialize)]
struct BillTo<'a> {
    name: &'a str,
    country: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShipTo<'a> {
    name: &'a str,
    company: Option<&'a str>,
    street1: Option<&'a str>,
    street2: Option<&'a str>,
    street3: Option<String>,
    city: &'a str,
    state: Option<&'a str>,
    postal_code: Option<&'a str>,
    country: &'a str,
    phone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemJson<'a> {
    line_item_key: String,
    sku: Option<&'a str>,
    name: &'a str,
    image_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<WeightJson>,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Exact>,
    warehouse_location: Option<&'a str>,
    options: Vec<OptionJson<'a>>,
    adjustment: bool,
}

#[derive(Serialize)]
struct OptionJson<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct WeightJson {
    value: Exact,
    units: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct International<'a> {
    contents: &'static str,
    customs_items: Vec<CustomsJson<'a>>,
    non_delivery: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomsJson<'a> {
    description: &'a str,
    quantity: u32,
    value: Exact,
    harmonized_tariff_code: Option<&'a str>,
    country_of_origin: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Advanced<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<i64>,
    custom_field1: Option<&'a str>,
    custom_field2: Option<&'a str>,
    custom_field3: Option<&'a str>,
    source: &'a str,
}

/// The body of the call.
pub(crate) fn to_json(orders: &[WarehouseOrder]) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&orders.iter().map(order_json).collect::<Vec<_>>())
}

fn order_json(order: &WarehouseOrder) -> OrderJson<'_> {
    let bill_to_name = if order.bill_to_name.is_empty() { &order.ship_to.name } else { &order.bill_to_name };
    let [custom_field1, custom_field2, custom_field3] = order.custom_fields.each_ref().map(Option::as_deref);
    OrderJson {
        order_number: &order.number,
        order_key: &order.key,
        order_date: pacific::format_shipstation(order.placed_at),
        payment_date: order.paid_at.map(pacific::format_shipstation),
        ship_by_date: order.ship_by.map(|day| format!("{day}T00:00:00.0000000")),
        order_status: order.status,
        customer_username: order.customer.as_deref(),
        customer_email: order.email.as_deref(),
        bill_to: BillTo { name: bill_to_name, country: order.ship_to.country.as_str() },
        ship_to: ship_to(&order.ship_to),
        items: order.lines.iter().enumerate().map(item_json).collect(),
        amount_paid: order.amount_paid.map(Exact),
        tax_amount: order.tax.map(Exact),
        shipping_amount: order.shipping.map(Exact),
        customer_notes: order.customer_notes.as_deref(),
        internal_notes: order.internal_notes.as_deref(),
        gift: order.gift,
        gift_message: order.gift_message.as_deref(),
        payment_method: order.payment_method.as_deref(),
        requested_shipping_service: order.requested_service.as_deref(),
        weight: order.weight.map(grams),
        international_options: international(&order.customs),
        advanced_options: Advanced {
            store_id: order.store_id,
            custom_field1,
            custom_field2,
            custom_field3,
            source: &order.source,
        },
    }
}

/// ShipStation has three street lines; what is more goes into the third.
fn ship_to(address: &Address) -> ShipTo<'_> {
    let street = |n: usize| address.street.get(n).map(String::as_str);
    let rest = address.street.get(2..).filter(|lines| !lines.is_empty());
    ShipTo {
        name: &address.name,
        company: address.company.as_deref(),
        street1: street(0),
        street2: street(1),
        street3: rest.map(|lines| lines.join(", ")),
        city: &address.city,
        state: address.province.as_deref(),
        postal_code: address.postal_code.as_deref(),
        country: address.country.as_str(),
        phone: address.phone.as_deref(),
    }
}

fn item_json((place, line): (usize, &WarehouseLine)) -> ItemJson<'_> {
    ItemJson {
        line_item_key: line.key.as_ref().map_or_else(|| format!("{ADJUSTMENT_KEY}{}", place + 1), ToString::to_string),
        sku: line.sku.as_deref(),
        name: &line.name,
        image_url: line.image_url.as_deref(),
        weight: line.weight.map(grams),
        quantity: line.quantity,
        unit_price: line.unit_price.map(Exact),
        warehouse_location: line.location.as_deref(),
        options: line.options.iter().map(|(name, value)| OptionJson { name, value }).collect(),
        adjustment: line.adjustment,
    }
}

fn grams(weight: Grams) -> WeightJson {
    WeightJson { value: Exact(weight.0), units: "grams" }
}

fn international(customs: &[CustomsItem]) -> Option<International<'_>> {
    (!customs.is_empty()).then(|| International {
        contents: "merchandise",
        customs_items: customs.iter().map(customs_json).collect(),
        non_delivery: "return_to_sender",
    })
}

fn customs_json(item: &CustomsItem) -> CustomsJson<'_> {
    CustomsJson {
        description: &item.description,
        quantity: item.quantity,
        value: Exact(item.value_usd),
        harmonized_tariff_code: item.tariff_code.as_deref(),
        country_of_origin: &item.country_of_origin,
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
pub(crate) mod tests;
