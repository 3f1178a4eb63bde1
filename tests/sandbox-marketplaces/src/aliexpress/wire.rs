//! Small pieces shared by the AliExpress answers.

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use crate::call::id_of;
use crate::model::Order;
use crate::refusal::Refusal;
use crate::state::State;
use crate::{call::Call, clock};

/// An id as this order's answers write it: a number for most, a string for every third order.
#[must_use]
pub fn id_value(order: &Order, id: &str) -> Value {
    let as_text = order.id.bytes().last().is_some_and(|digit| digit % 3 == 0);
    match id.parse::<u64>() {
        Ok(number) if !as_text => json!(number),
        _ => json!(id),
    }
}

/// A decimal string with two places.
#[must_use]
pub fn amount(value: Decimal) -> String {
    format!("{:.2}", value.round_dp(2))
}

/// Money as the list writes it.
#[must_use]
pub fn money(order: &Order, value: Decimal) -> Value {
    json!({"amount": amount(value), "currency_code": order.currency})
}

/// Money as the details write it.
#[must_use]
pub fn long_money(order: &Order, value: Decimal) -> Value {
    let cents = (value * Decimal::ONE_HUNDRED).round().to_i64();
    json!({
        "amount": amount(value), "cent": cents, "cent_factor": 100, "currency_code": order.currency,
        "currency": {"currency_code": order.currency, "default_fraction_digits": 2},
    })
}

/// Sets fields whose value is there, for a field that has none is left out.
pub fn set_times(record: &mut Value, times: &[(&str, Option<Timestamp>)]) {
    for (name, time) in times {
        if let Some(time) = time {
            record[*name] = json!(clock::to_pacific(*time));
        }
    }
}

/// Drops fields that are null: the real ones leave them out.
#[must_use]
pub fn without_nulls(record: Value) -> Value {
    match record {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// The order a record parameter names, if it is this seller's.
///
/// # Errors
/// A parameter that is missing or unreadable, or an order that is not the caller's.
pub fn order_in<'a>(state: &'a State, call: &Call, param: &str) -> Result<&'a Order, Refusal> {
    let record = call.record(param)?;
    let id = id_of(&record["order_id"]).ok_or_else(|| Refusal::missing("order_id"))?;
    state.own(&id).ok_or_else(Refusal::not_yours)
}

/// Where the parcels are, in the marketplace's words.
#[must_use]
pub fn logistics_status(order: &Order) -> &'static str {
    match order.status.as_str() {
        "SELLER_PART_SEND_GOODS" => "SELLER_SEND_PART_GOODS",
        "WAIT_BUYER_ACCEPT_GOODS" => "SELLER_SEND_GOODS",
        "FINISH" | "FUND_PROCESSING" | "ARCHIVE" if !order.shipments.is_empty() => "BUYER_ACCEPT_GOODS",
        "WAIT_SELLER_SEND_GOODS" => "WAIT_SELLER_SEND_GOODS",
        _ if order.declared_all => "SELLER_SEND_GOODS",
        _ => "NO_LOGISTICS",
    }
}

/// Where the money is.
#[must_use]
pub fn fund_status(order: &Order) -> &'static str {
    if order.paid_at.is_some() { "PAY_SUCCESS" } else { "NOT_PAY" }
}

/// Whether someone froze it.
#[must_use]
pub fn frozen_status(order: &Order) -> &'static str {
    if order.status == "IN_FROZEN" { "IN_FROZEN" } else { "NO_FROZEN" }
}

/// Whether there is a dispute.
#[must_use]
pub fn issue_status(order: &Order) -> &'static str {
    if order.status == "IN_ISSUE" { "IN_ISSUE" } else { "NO_ISSUE" }
}

/// Who has to send a line.
#[must_use]
pub const fn send_goods_operator(warehouse: bool) -> &'static str {
    if warehouse { "WAREHOUSE_SEND_GOODS" } else { "SELLER_SEND_GOODS" }
}
