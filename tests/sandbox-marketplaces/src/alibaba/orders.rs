//! Orders: a list of ids, statuses and dates, and everything else one order at a time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::call::{Call, Scene, id_of};
use crate::clock::{from_pacific, to_pacific};
use crate::model::{Address, Line, Order};
use crate::refusal::Refusal;
use crate::state::State;

use super::{invalid, order};

const MAX_PAGE_SIZE: u64 = 100;

/// `/alibaba/order/list`
pub fn list(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let call = scene.call;
    match call.required("role")? {
        "seller" => {}
        "buyer" => return Ok(json!({"total_count": "0", "order_list": []})),
        _ => return Err(invalid("role must be seller or buyer")),
    }
    let (page, size) = (number(call, "start_page", 0)?, number(call, "page_size", 10)?);
    if size == 0 || size > MAX_PAGE_SIZE {
        return Err(invalid("page_size must be between 1 and 100"));
    }
    let created = (date(call, "create_date_start")?, date(call, "create_date_end")?);
    let modified = (date(call, "modified_date_start")?, date(call, "modified_date_end")?);
    let mut found: Vec<&Order> = state
        .listed(scene.at)
        .filter(|order| call.given("status").is_none_or(|status| order.status == status))
        .filter(|order| holds(created, order.created_at) && holds(modified, order.modified_at))
        .collect();
    found.sort_by(|a, b| (b.modified_at, &b.id).cmp(&(a.modified_at, &a.id)));
    let total = found.len();
    let skipped = usize::try_from(page.saturating_mul(size)).unwrap_or(usize::MAX);
    let rows: Vec<Value> =
        found.into_iter().skip(skipped).take(usize::try_from(size).unwrap_or(usize::MAX)).map(row).collect();
    Ok(json!({"total_count": total.to_string(), "order_list": rows}))
}

fn row(order: &Order) -> Value {
    json!({
        "trade_id": order.id,
        "trade_status": order.status,
        "create_date": stamp(order.created_at),
        "modify_date": stamp(order.modified_at),
    })
}

fn stamp(at: Timestamp) -> Value {
    json!({"format_date": to_pacific(at), "timestamp": at.as_millisecond().to_string()})
}

fn number(call: &Call, name: &str, default: u64) -> Result<u64, Refusal> {
    call.given(name).map_or(Ok(default), |text| text.parse().map_err(|_| invalid(format!("{name} is not a number"))))
}

/// Local time and epoch have to agree: a caller that took the wrong zone for Pacific is told.
fn date(call: &Call, name: &str) -> Result<Option<Timestamp>, Refusal> {
    if call.given(name).is_none() {
        return Ok(None);
    }
    let record = call.record(name)?;
    let local = record["date_str"].as_str().ok_or_else(|| invalid(format!("{name} has no date_str")))?;
    let read = from_pacific(local).ok_or_else(|| invalid(format!("{name} is not yyyy-MM-dd HH:mm:ss")))?;
    let Some(epoch) = id_of(&record["date_timestamp"]) else { return Ok(Some(read)) };
    let epoch = epoch.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let epoch = epoch.ok_or_else(|| invalid(format!("{name} has no epoch in milliseconds")))?;
    if to_pacific(epoch) != local {
        return Err(invalid(format!("{name}: date_str and date_timestamp are two different times")));
    }
    Ok(Some(epoch))
}

fn holds((start, end): (Option<Timestamp>, Option<Timestamp>), at: Timestamp) -> bool {
    start.is_none_or(|start| at >= start) && end.is_none_or(|end| at <= end)
}

/// `/alibaba/order/get`
pub fn get(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order(state, scene.call.required("e_trade_id")?)?;
    if scene.call.given("language").is_some_and(|language| language.len() != "en_US".len()) {
        return Err(invalid("language is not supported"));
    }
    Ok(detail(order))
}

fn detail(order: &Order) -> Value {
    let paid = if order.paid_at.is_some() { order.total() } else { Decimal::ZERO };
    let mut value = json!({
        "trade_id": order.id,
        "trade_status": order.status,
        "create_date": stamp(order.created_at),
        "modify_date": stamp(order.modified_at),
        "pay_step": "FULL",
        "fulfillment_channel": "TAD",
        "order_products": order.lines.iter().map(|line| product(order, line)).collect::<Vec<_>>(),
        "product_total_amount": money(order, order.items_total()),
        "shipment_fee": money(order, order.shipping_fee),
        "discount_amount": money(order, order.discount),
        "adjust_amount": money(order, Decimal::ZERO),
        "total_amount": money(order, order.total()),
        "advance_amount": money(order, paid),
        "balance_amount": money(order, order.total() - paid),
        "buyer": {"immutable_eid": order.buyer.login_id, "full_name": order.buyer.full_name()},
        "seller": {"immutable_eid": "sandbox-seller", "full_name": "Sandbox Seller"},
        "attachments": [],
    });
    let optional = [
        ("shipping_address", order.address.as_ref().map(shipping_address)),
        ("carrier", order.carrier.as_ref().map(|code| json!({"code": code, "name": code}))),
        ("remark", remark(order).map(Value::from)),
        ("pay_date", order.paid_at.map(stamp)),
    ];
    for (name, field) in optional {
        if let Some(field) = field {
            value[name] = field;
        }
    }
    value
}

/// There is no field for customs numbers: buyers write them into the remark.
fn remark(order: &Order) -> Option<String> {
    let tax = order.tax.tax_number.as_ref().map(|number| format!("Tax number: {number}"));
    let parts: Vec<String> = order.memo.clone().into_iter().chain(tax).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn product(order: &Order, line: &Line) -> Value {
    let attributes: Vec<Value> =
        line.options.iter().map(|(name, value)| json!({"key": name, "value": value})).collect();
    let mut product = json!({
        "product_id": line.product_id,
        "sku_id": line.id,
        "name": line.name,
        "quantity": format!("{}.0000", line.quantity),
        "unit": "Piece",
        "unit_price": money(order, line.unit_price),
        "product_image": format!("http://127.0.0.1/img/{}.jpg", line.product_id),
        "sku_attributes": attributes,
        "item_status": order.status,
    });
    if let Some(sku) = &line.sku_code {
        product["sku_code"] = json!(sku);
    }
    if let Some(ship_by) = order.ship_by {
        product["shipment_date"] = stamp(ship_by);
    }
    product
}

fn money(order: &Order, value: Decimal) -> Value {
    json!({"amount": format!("{:.2}", value.round_dp(2)), "currency": order.currency})
}

fn shipping_address(address: &Address) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: &str| fields.insert(name.to_owned(), json!(value));
    set("country", &address.country_name);
    set("country_code", &address.country);
    set("province", &address.province);
    set("city", &address.city);
    set("address", &address.line1);
    set("contact_person", &address.contact_person);
    if let Some(line2) = &address.line2 {
        set("alternate_address", line2);
    }
    if let Some(zip) = &address.zip {
        set("zip", zip);
    }
    let area = address.phone_country.trim_start_matches('+');
    fields.insert("mobile".to_owned(), json!({"country": area, "area": "", "number": address.mobile}));
    Value::Object(fields)
}
