//! The Alibaba.com APIs a seller's integration uses.

pub mod attachments;
pub mod channels;
pub mod corrections;
pub mod envelope;
pub mod orders;
pub mod shipping;

use serde_json::Value;

use crate::call::Scene;
use crate::model::Order;
use crate::refusal::Refusal;
use crate::state::State;

/// Hands the call to its API.
///
/// # Errors
/// The API's refusal, or that there is no such API.
pub fn dispatch(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    match scene.call.method.as_str() {
        "/alibaba/order/list" => orders::list(state, scene),
        "/alibaba/order/get" => orders::get(state, scene),
        "/alibaba/order/attachment/upload" => attachments::upload(state, scene),
        "/alibaba/seller/order/shipping/channels" => channels::list(scene),
        corrections::BATCHES => corrections::batches(state, scene),
        corrections::MODIFY => corrections::modify(state, scene),
        shipping::SINGLE => shipping::ship(state, scene),
        shipping::MULTI => shipping::ship_goods(state, scene),
        "/order/logistics/query" => shipping::query(state, scene),
        unknown => Err(Refusal::caller("InvalidApiPath", format!("There is no API {unknown}"))),
    }
}

/// The request is wrong.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::caller("402", message)
}

/// An order of this seller.
fn order<'a>(state: &'a State, id: &str) -> Result<&'a Order, Refusal> {
    if state.orders.get(id).is_some_and(|order| !state.is_callers(order)) {
        return Err(Refusal::caller("403", "this is not your order or you are not the admin account"));
    }
    state.orders.get(id).ok_or_else(|| Refusal::caller("404", "order not exist"))
}
