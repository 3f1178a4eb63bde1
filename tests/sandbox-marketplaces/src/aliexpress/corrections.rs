//! Corrections of what was declared line by line.

use serde_json::{Value, json};

use crate::call::{Scene, id_of};
use crate::model::Shipment;
use crate::refusal::Refusal;
use crate::state::State;

use super::services;
use super::shipping::{Objection, notice, taken};
use super::wire::id_value;

/// Corrects lines of an order.
pub const MODIFY: &str = "aliexpress.logistics.redefining.sellermodifiedshipmentsupportsubtradeorder";

const LIST: &str = "sub_trade_order_list";

/// `aliexpress.logistics.redefining.sellermodifiedshipmentsupportsubtradeorder`: each line named has to have been
/// declared with the old number.
pub fn modify(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let call = scene.call;
    let id = call.required("trade_order_id")?;
    let (old_service, old_number) = (call.required("old_service_name")?, call.required("old_logistics_no")?);
    let asked: Value = serde_json::from_str(call.required(LIST)?).map_err(|_| Refusal::unreadable(LIST))?;
    let lines = asked.as_array().filter(|lines| !lines.is_empty()).ok_or_else(|| Refusal::unreadable(LIST))?;
    let parcel = &lines[0]["shipment_list"][0];
    let text = |name: &str| parcel[name].as_str().filter(|text| !text.trim().is_empty());
    let (Some(number), Some(service)) = (text("logistics_no"), text("service_name")) else {
        return Err(named(("SHIPMENT_LIST_EMPTY", "A sub order has no shipment")));
    };
    let order = state.own_mut(id).ok_or_else(Refusal::not_yours)?;
    let objection =
        services::objection(service, number).or_else(|| taken(order, number).filter(|_| number != old_number));
    if let Some(objection) = objection {
        return Err(named(objection));
    }
    let same = |shipment: &&mut Shipment| shipment.service == old_service && shipment.tracking_number == old_number;
    let Some(shipment) = order.shipments.iter_mut().find(same) else {
        return Err(named(("SHIPMENT_NOT_EXIST", "The old logistics number was never declared for this order")));
    };
    let index = |line: &Value| id_of(&line["sub_trade_order_index"]).and_then(|index| index.parse::<u32>().ok());
    let declared = |line: &Value| shipment.lines.iter().any(|known| Some(known.index) == index(line));
    if !lines.iter().all(declared) {
        return Err(named(("SHIPMENT_NOT_EXIST", "The old logistics number was never declared for this sub order")));
    }
    service.clone_into(&mut shipment.service);
    number.clone_into(&mut shipment.tracking_number);
    order.modified_at = scene.at;
    let answer = json!({"is_success": true, "trade_order_id": id_value(order, id), LIST: asked});
    let mut entry = notice(scene, id, service, number, "part");
    entry.replaces = Some(old_number.to_owned());
    state.books.notices.push(entry);
    Ok(answer)
}

fn named((code, message): Objection) -> Refusal {
    let body = json!({"is_success": false, "code_of_error": code, "error_msg": message});
    Refusal::Business { code: code.to_owned(), message: message.to_owned(), body }
}
