//! The AliExpress APIs a seller's integration uses.

pub mod cancel;
pub mod corrections;
pub mod details;
pub mod envelope;
pub mod lines;
pub mod orders;
pub mod receiver;
pub mod services;
pub mod shipping;
pub mod wire;

use serde_json::Value;

use crate::call::Scene;
use crate::refusal::Refusal;
use crate::state::State;

/// Hands the call to its API.
///
/// # Errors
/// The API's refusal, or that there is no such API.
pub fn dispatch(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    match scene.call.required("method")? {
        "aliexpress.solution.order.get" => orders::list(state, scene),
        "aliexpress.solution.order.info.get" => details::info(state, scene),
        "aliexpress.trade.new.redefining.findorderbyid" => details::find_by_id(state, scene),
        "aliexpress.trade.seller.order.decrypt" => receiver::decrypt(state, scene),
        "aliexpress.solution.order.receiptinfo.get" => receiver::receipt_info(state, scene),
        "aliexpress.solution.order.delivery.info.get" => receiver::delivery_info(state, scene),
        "aliexpress.logistics.redefining.listlogisticsservice" => Ok(services::list()),
        shipping::FULFILL => shipping::fulfill(state, scene),
        shipping::SHIP => shipping::ship(state, scene),
        shipping::MODIFY => shipping::modify(state, scene),
        corrections::MODIFY => corrections::modify(state, scene),
        lines::SHIP => lines::ship(state, scene),
        "aliexpress.logistics.querysellershipmentinfo" => shipping::query(state, scene),
        "aliexpress.trade.seller.order.acceptcancel" => cancel::accept(state, scene),
        "aliexpress.trade.seller.order.refusecancel" => cancel::refuse(state, scene),
        unknown => Err(Refusal::caller("InvalidApiPath", format!("There is no API {unknown}"))),
    }
}
