//! Corrections of a notice. They name the batch that it was told in, and carry a proof like any notice.

use serde_json::{Value, json};

use crate::books::Notice;
use crate::call::{Call, Scene, id_of};
use crate::model::Shipment;
use crate::refusal::Refusal;
use crate::state::State;

use super::shipping::read_parcel;
use super::{invalid, order};

/// Lists the batches of an order.
pub const BATCHES: &str = "/alibaba/seller/order/shippingorder/query";
/// Corrects one.
pub const MODIFY: &str = "/alibaba/seller/order/shipping/batch/modify";

const REQUEST: &str = "param_one_batch_modify_request";

/// The order a correction is about; none for any other call.
#[must_use]
pub fn notice_order(call: &Call) -> Option<String> {
    (call.method == MODIFY).then(|| call.record(REQUEST).ok())?.and_then(|request| id_of(&request["trade_id"]))
}

/// `/alibaba/seller/order/shippingorder/query`
pub fn batches(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let request = scene.call.record("param_trade_ecology_order_request")?;
    let id = id_of(&request["trade_id"]).ok_or_else(|| invalid("tradeId must not be null"))?;
    let shown = |shipment: &Shipment| {
        json!({"id": shipment.voucher_id, "voucher": {
            "tracking_number": shipment.tracking_number,
            "service_provider": shipment.service,
            "logistics_type": shipment.kind,
        }})
    };
    Ok(json!({"shipping_orders": order(state, &id)?.shipments.iter().map(shown).collect::<Vec<_>>()}))
}

/// `/alibaba/seller/order/shipping/batch/modify`
pub fn modify(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let request = scene.call.record(REQUEST)?;
    let batch = id_of(&request["batch_id"]).ok_or_else(|| invalid("batchId must not be null"))?;
    let parcel = read_parcel(state, &request["shipping_request"])?;
    if id_of(&request["trade_id"]).as_deref() != Some(parcel.trade_id.as_str()) {
        return Err(invalid("tradeId and the shipping request's tradeId differ"));
    }
    let known = order(state, &parcel.trade_id)?;
    let other = |shipment: &&Shipment| shipment.voucher_id != batch;
    if known.shipments.iter().filter(other).any(|shipment| shipment.tracking_number == parcel.number) {
        return Err(invalid("tracking number is already used for this order"));
    }
    let order = state.orders.get_mut(&parcel.trade_id).ok_or_else(|| invalid("order not exist"))?;
    let found = order.shipments.iter_mut().find(|shipment| shipment.voucher_id == batch);
    let shipment = found.ok_or_else(|| invalid("batch not exist"))?;
    let replaced = std::mem::replace(&mut shipment.tracking_number, parcel.number.clone());
    shipment.service.clone_from(&parcel.service);
    shipment.kind.clone_from(&parcel.kind);
    order.modified_at = scene.at;
    state.books.notices.push(Notice {
        order_id: parcel.trade_id,
        method: scene.call.method.clone(),
        tracking_number: parcel.number,
        service: parcel.service,
        send_type: parcel.kind,
        replaces: Some(replaced),
        goods: Vec::new(),
        lines: Vec::new(),
        at: scene.at,
        attachments: parcel.proofs,
        accepted: true,
        proof_witnessed: scene.witnessed,
    });
    Ok(json!(true))
}
