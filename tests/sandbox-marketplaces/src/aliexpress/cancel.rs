//! A buyer's wish to cancel, granted or not.

use serde_json::{Value, json};

use crate::call::{Scene, id_of};
use crate::model::Order;
use crate::refusal::Refusal;
use crate::state::State;

/// `aliexpress.trade.seller.order.acceptcancel`: the trade ends and the money goes back.
pub fn accept(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = cancelling(state, scene)?;
    order.end_reason = Some("cancel_order_close_trade".to_owned());
    order.set_status("FINISH", scene.at);
    Ok(json!({"result": {"success": true, "target": true}}))
}

/// `aliexpress.trade.seller.order.refusecancel`: the trade goes on where it was.
pub fn refuse(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = cancelling(state, scene)?;
    let status = match (order.declared_all, order.shipments.is_empty()) {
        (true, _) => "WAIT_BUYER_ACCEPT_GOODS",
        (false, false) => "SELLER_PART_SEND_GOODS",
        (false, true) => "WAIT_SELLER_SEND_GOODS",
    };
    order.set_status(status, scene.at);
    Ok(json!({"result": {"success": true, "target": true}}))
}

fn cancelling<'a>(state: &'a mut State, scene: &Scene<'_>) -> Result<&'a mut Order, Refusal> {
    let request = scene.call.record("param_order_cancel_request")?;
    let id = id_of(&request["order_id"]).ok_or_else(|| Refusal::missing("order_id"))?;
    let buyer = request["buyer_login_id"].as_str().ok_or_else(|| Refusal::missing("buyer_login_id"))?;
    let order = state.own_mut(&id).ok_or_else(Refusal::not_yours)?;
    let objection = if order.buyer.login_id != buyer {
        Some(("BUYER_MISMATCH", "The buyer did not place this order"))
    } else if order.status != "IN_CANCEL" {
        Some(("ORDER_STATUS_INVALID", "The buyer has not asked to cancel this order"))
    } else {
        None
    };
    let Some((code, message)) = objection else { return Ok(order) };
    let body = json!({"result": {"success": false, "target": false, "error_code": code, "error_message": message}});
    Err(Refusal::Business { code: code.into(), message: message.into(), body })
}
