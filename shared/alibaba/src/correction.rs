//! Telling Alibaba.com that a parcel it was told of goes under another number or with another carrier.
//!
//! A correction names the batch that the parcel was told in. Which one that is, the list of batches says; how that
//! list is built is not published, so the batch is found by the number in it.

use crate::{
    notice::{confirmed, goods, shipping_request},
    wire::value,
};
use serde_json::{Value, json};
use tallyman_app::ports::CallError;
use tallyman_domain::{Extent, Notice, state::Told};
use tallyman_iop::{Gateway, read};

const BATCHES: &str = "/alibaba/seller/order/shippingorder/query";
const MODIFY: &str = "/alibaba/seller/order/shipping/batch/modify";
/// How deep the number may lie.
const DEPTH_MAX: u32 = 6;

pub(crate) async fn send(gateway: &Gateway, notice: &Notice, old: &Told) -> Result<(), CallError> {
    let trade_id = notice.order.order.as_str();
    let asked = json!({ "trade_id": trade_id }).to_string();
    let answer = gateway.rest_call(BATCHES, &[("param_trade_ecology_order_request", asked)], None).await?;
    let Some(batch) = batch_of(value(&answer)?, &old.number, DEPTH_MAX) else {
        let (call, code) = (MODIFY.to_owned(), "NO_BATCH".to_owned());
        let message = format!("no batch of the order has the old number {}", old.number);
        return Err(CallError::Refused { service: "Alibaba.com", call, code, message });
    };
    let mut request = json!({
        "batch_id": batch, "trade_id": trade_id, "shipping_request": shipping_request(notice),
    });
    if notice.extent == Extent::Part {
        request["goods"] = notice.items.iter().map(|item| goods(item, trade_id)).collect();
    }
    let params = [("param_one_batch_modify_request", request.to_string())];
    confirmed(&gateway.rest_call(MODIFY, &params, None).await?)
}

/// The id of the innermost record with an id that has this number in it.
fn batch_of(value: &Value, number: &str, depth: u32) -> Option<String> {
    let inner = depth.checked_sub(1)?;
    match value {
        Value::Array(records) => records.iter().find_map(|record| batch_of(record, number, inner)),
        Value::Object(fields) => {
            let below = fields.values().find_map(|field| batch_of(field, number, inner));
            below.or_else(|| read::text(value, "id").filter(|_| has(value, number, depth)))
        }
        _ => None,
    }
}

fn has(value: &Value, number: &str, depth: u32) -> bool {
    let Some(inner) = depth.checked_sub(1) else { return false };
    match value {
        Value::Array(records) => records.iter().any(|record| has(record, number, inner)),
        Value::Object(fields) => {
            read::text(value, "tracking_number").is_some_and(|n| n.eq_ignore_ascii_case(number.trim()))
                || fields.values().any(|field| has(field, number, inner))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_batch_is_the_one_that_has_the_number_in_it_wherever_that_is() {
        let list = json!([{"id": 7, "voucher": {"tracking_number": "A1"}}, {"id": "8", "tracking_number": "B2"}]);
        for value in [list.clone(), json!({"value": list}), json!({"id": 99, "orders": {"shipping_order": list}})] {
            assert_eq!(batch_of(&value, "b2", DEPTH_MAX).as_deref(), Some("8"), "{value}");
            assert_eq!(batch_of(&value, "A1", DEPTH_MAX).as_deref(), Some("7"), "{value}");
            assert_eq!(batch_of(&value, "C3", DEPTH_MAX), None, "{value}");
        }
    }
}
