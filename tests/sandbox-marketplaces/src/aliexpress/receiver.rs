//! The receiver: starred out for some orders, in clear against the order's `oaid`, and the customs' numbers.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::Scene;
use crate::model::{Address, Order};
use crate::refusal::Refusal;
use crate::state::State;

use super::wire::{order_in, without_nulls};

/// The key to an order's receiver data; opaque to callers.
#[must_use]
pub fn oaid(order: &Order) -> String {
    let digest = Sha256::digest(format!("receiver of {}", order.id));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The first character, then stars.
#[must_use]
pub fn star(value: &str) -> String {
    match value.chars().next() {
        Some(first) => format!("{first}****"),
        None => String::new(),
    }
}

/// A value about the buyer, starred out if the order's receiver is masked.
#[must_use]
pub fn shown(order: &Order, value: &str) -> String {
    if order.masked { star(value) } else { value.to_owned() }
}

/// `receipt_address`, starred out if the order's receiver is masked; null if there is none.
#[must_use]
pub fn address(order: &Order) -> Value {
    let Some(address) = &order.address else { return Value::Null };
    let hide = |value: &str| shown(order, value);
    let mut record = json!({
        "contact_person": hide(&address.contact_person),
        "detail_address": hide(&address.line1),
        "address2": address.line2.as_deref().map(hide),
        "city": address.city,
        "province": address.province,
        "country": address.country,
        "zip": address.zip,
        "phone_country": address.phone_country,
        "mobile_no": hide(&address.mobile),
    });
    // Only some answers repeat the street here, and only Russian ones carry the address in the local script.
    if !order.masked && order.id.ends_with(['1', '5', '7']) {
        record["address"] = json!(address.line1);
    }
    if !order.masked && address.country == "RU" {
        record["localized_address"] = json!(localized(address));
    }
    without_nulls(record)
}

fn localized(address: &Address) -> String {
    [address.line1.as_str(), address.city.as_str(), address.province.as_str()].join(", ")
}

/// `aliexpress.trade.seller.order.decrypt`
pub fn decrypt(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let id = scene.call.required("orderId")?;
    let given = scene.call.required("oaid")?;
    let order = state.own(id).ok_or_else(Refusal::not_yours)?;
    let Some(address) = order.address.as_ref().filter(|_| order.masked && given == oaid(order)) else {
        let message = "The oaid does not belong to the order";
        let body = json!({"result_code": 400, "result_info": message});
        return Err(Refusal::Business { code: "400".into(), message: message.into(), body });
    };
    let clear = json!({
        "contact_person": address.contact_person,
        "mobile_no": address.mobile,
        "detail_address": address.line1,
        "address2": address.line2,
        "buyer_signer_fullname": order.buyer.full_name(),
        "first_name": order.buyer.first_name,
    });
    Ok(json!({"result_code": 200, "result_info": "success", "result_obj": without_nulls(clear)}))
}

/// `aliexpress.solution.order.receiptinfo.get`
pub fn receipt_info(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order_in(state, scene.call, "param1")?;
    Ok(json!({"result": named(order)}))
}

/// `aliexpress.solution.order.delivery.info.get`
pub fn delivery_info(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order_in(state, scene.call, "single_order_query")?;
    let mut record = named(order);
    if record.is_object() {
        record["tax_number"] = json!(order.tax.tax_number.as_ref().or(order.tax.cpf_number.as_ref()));
        record["passport_no"] = json!(order.tax.passport_no);
    }
    Ok(json!({"result": without_nulls(record)}))
}

fn named(order: &Order) -> Value {
    let mut record = address(order);
    if let Some(address) = &order.address {
        record["country_name"] = json!(address.country_name);
    }
    record
}
