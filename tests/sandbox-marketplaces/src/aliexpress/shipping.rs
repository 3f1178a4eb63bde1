//! Shipment notices: accepted once, in the right state, with a carrier and number that fit each other.

use serde_json::{Value, json};

use crate::books::Notice;
use crate::call::{Call, Scene};
use crate::model::{DeclaredLine, Order, Shipment};
use crate::refusal::Refusal;
use crate::state::State;

use super::wire::id_value;
use super::{lines, services};

/// The newer notice, whose errors are in `result`.
pub const FULFILL: &str = "aliexpress.solution.order.fulfill";
/// The notice with more parameters, whose errors are at the root.
pub const SHIP: &str = "aliexpress.logistics.sellershipmentfortop";
/// Corrects a notice.
pub const MODIFY: &str = "aliexpress.logistics.sellermodifiedshipmentfortop";

const MAX_DESCRIPTION: usize = 512;

/// What is wrong with a notice: code and text, before a method gives them their names.
pub type Objection = (&'static str, &'static str);

/// The order a notice is about; none for any other call.
#[must_use]
pub fn notice_order(call: &Call) -> Option<String> {
    let named = match call.method.as_str() {
        FULFILL | SHIP | MODIFY => "out_ref",
        lines::SHIP | super::corrections::MODIFY => "trade_order_id",
        _ => return None,
    };
    call.given(named).map(str::to_owned)
}

/// `aliexpress.solution.order.fulfill`
pub fn fulfill(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let named = |(code, message): Objection| Refusal::Business {
        code: code.to_owned(),
        message: message.to_owned(),
        body: json!({"result": {"result_success": false, "error_code": code, "error_message": message}}),
    };
    declare(state, scene)?.map_err(named)?;
    Ok(json!({"result": {"result_success": true}}))
}

/// `aliexpress.logistics.sellershipmentfortop`
pub fn ship(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    // This one wants to know who really carries what an unlisted service carries.
    if services::is_other(scene.call.required("service_name")?) && scene.call.given("actual_carrier").is_none() {
        return Err(at_root(("ACTUAL_CARRIER_REQUIRED", "actual_carrier is required for this logistics service")));
    }
    declare(state, scene)?.map_err(at_root)?;
    Ok(json!({"result_success": true}))
}

/// `aliexpress.logistics.sellermodifiedshipmentfortop`
pub fn modify(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let call = scene.call;
    let (old_service, old_number) = (call.required("old_service_name")?, call.required("old_logistics_no")?);
    let (service, number) = (call.required("new_service_name")?, call.required("new_logistics_no")?);
    let (id, send_type) = (call.required("out_ref")?, call.required("send_type")?);
    let order = state.own_mut(id).ok_or_else(Refusal::not_yours)?;
    let objection = text_objection(call, service, send_type)
        .or_else(|| services::objection(service, number))
        .or_else(|| taken(order, number).filter(|_| number != old_number));
    if let Some(objection) = objection {
        return Err(at_root(objection));
    }
    let same = |shipment: &&mut Shipment| shipment.service == old_service && shipment.tracking_number == old_number;
    let Some(shipment) = order.shipments.iter_mut().find(same) else {
        return Err(at_root(("SHIPMENT_NOT_EXIST", "The old logistics number was never declared for this order")));
    };
    service.clone_into(&mut shipment.service);
    number.clone_into(&mut shipment.tracking_number);
    send_type.clone_into(&mut shipment.kind);
    shipment.tracking_website = call.given("tracking_website").map(str::to_owned);
    order.modified_at = scene.at;
    if send_type == "all" {
        order.declared_all = true;
        order.set_status("WAIT_BUYER_ACCEPT_GOODS", scene.at);
    }
    let mut notice = notice(scene, id, service, number, send_type);
    notice.replaces = Some(old_number.to_owned());
    state.books.notices.push(notice);
    Ok(json!({"result_success": true}))
}

/// `aliexpress.logistics.querysellershipmentinfo`: what was declared, at once and not when the list catches up.
pub fn query(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let call = scene.call;
    let id = call.required("trade_order_id")?;
    let order = state.own(id).ok_or_else(Refusal::not_yours)?;
    let wanted = |shipment: &&Shipment| {
        call.given("logistics_no").is_none_or(|number| shipment.tracking_number == number)
            && call.given("service_name").is_none_or(|service| shipment.service == service)
    };
    let index = call.given("sub_trade_order_index").and_then(|index| index.parse::<u32>().ok());
    // Declared for the order, it shows at whichever line is asked for.
    let of_order = |shipment: &Shipment| DeclaredLine { index: index.unwrap_or(1), send_type: shipment.kind.clone() };
    let mut declared = Vec::new();
    for shipment in order.shipments.iter().filter(wanted) {
        let lines = if shipment.lines.is_empty() { vec![of_order(shipment)] } else { shipment.lines.clone() };
        let asked = lines.iter().filter(|line| index.is_none_or(|index| line.index == index));
        declared.extend(asked.map(|line| lines::shown(line, shipment)));
    }
    Ok(json!({"result_success": true, "trade_order_id": id_value(order, id), "sub_trade_order_list": declared}))
}

/// A refusal as the older methods write it.
#[must_use]
pub fn at_root((code, message): Objection) -> Refusal {
    let body = json!({"result_success": false, "result_error_code": code, "result_error_desc": message});
    Refusal::Business { code: code.to_owned(), message: message.to_owned(), body }
}

/// Checks a notice and, if nothing is wrong with it, lets it take effect.
fn declare(state: &mut State, scene: &Scene<'_>) -> Result<Result<(), Objection>, Refusal> {
    let call = scene.call;
    let (service, number) = (call.required("service_name")?, call.required("logistics_no")?);
    let (id, send_type) = (call.required("out_ref")?, call.required("send_type")?);
    let voucher_id = format!("77{:010}", state.next_serial());
    let order = state.own_mut(id).ok_or_else(Refusal::not_yours)?;
    let objection = text_objection(call, service, send_type)
        .or_else(|| state_objection(order))
        .or_else(|| services::objection(service, number))
        .or_else(|| taken(order, number));
    if let Some(objection) = objection {
        return Ok(Err(objection));
    }
    order.shipments.push(Shipment {
        voucher_id,
        tracking_number: number.to_owned(),
        service: service.to_owned(),
        kind: send_type.to_owned(),
        tracking_website: call.given("tracking_website").map(str::to_owned),
        at: scene.at,
        lines: Vec::new(),
    });
    order.notified = true;
    order.declared_all = send_type == "all";
    let status = if order.declared_all { "WAIT_BUYER_ACCEPT_GOODS" } else { "SELLER_PART_SEND_GOODS" };
    order.set_status(status, scene.at);
    state.books.notices.push(notice(scene, id, service, number, send_type));
    Ok(Ok(()))
}

/// An entry for the books.
pub fn notice(scene: &Scene<'_>, id: &str, service: &str, number: &str, send_type: &str) -> Notice {
    Notice {
        order_id: id.to_owned(),
        method: scene.call.method.clone(),
        tracking_number: number.to_owned(),
        service: service.to_owned(),
        send_type: send_type.to_owned(),
        replaces: None,
        goods: Vec::new(),
        lines: Vec::new(),
        at: scene.at,
        attachments: Vec::new(),
        accepted: true,
        proof_witnessed: scene.witnessed,
    }
}

fn text_objection(call: &Call, service: &str, send_type: &str) -> Option<Objection> {
    if !matches!(send_type, "all" | "part") {
        return Some(("SEND_TYPE_INVALID", "send_type is neither all nor part"));
    }
    let description = call.given("description").unwrap_or_default();
    if !description.is_ascii() {
        return Some(("DESCRIPTION_INVALID", "The description is not in English"));
    }
    if description.len() > MAX_DESCRIPTION {
        return Some(("DESCRIPTION_INVALID", "The description is longer than 512 characters"));
    }
    let website = call.given("tracking_website");
    if website.is_some_and(|site| !site.starts_with("http://") && !site.starts_with("https://")) {
        return Some(("TRACKING_WEBSITE_INVALID", "tracking_website is not an address"));
    }
    if services::is_other(service) && website.is_none() {
        return Some(("TRACKING_WEBSITE_REQUIRED", "tracking_website is required for this logistics service"));
    }
    None
}

/// What speaks against any further shipment of the order.
#[must_use]
pub fn state_objection(order: &Order) -> Option<Objection> {
    if order.declared_all {
        return Some(("ORDER_ALREADY_SHIPPED", "该交易订单已填写发货通知,无需重复操作。"));
    }
    let open = ["WAIT_SELLER_SEND_GOODS", "SELLER_PART_SEND_GOODS", "IN_ISSUE", "IN_CANCEL", "IN_FROZEN"];
    (!open.contains(&order.status.as_str()))
        .then_some(("ORDER_STATUS_INVALID", "该交易订单缺少履约信息,请联系客服处理。"))
}

/// A number is declared once for an order.
#[must_use]
pub fn taken(order: &Order, number: &str) -> Option<Objection> {
    let used = order.shipments.iter().any(|shipment| shipment.tracking_number == number);
    used.then_some(("LOGISTICS_NO_REPEATED", "The logistics number is already declared for this order"))
}
