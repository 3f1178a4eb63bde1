//! The notice that names lines: each is declared by its place in the order, and `all` is final for it.

use serde_json::{Value, json};

use crate::call::{Scene, id_of};
use crate::model::{DeclaredLine, Order, Shipment};
use crate::refusal::Refusal;
use crate::state::State;

use super::services;
use super::shipping::{Objection, notice, state_objection, taken};
use super::wire::id_value;

/// Ships lines of an order.
pub const SHIP: &str = "aliexpress.logistics.sellershipmentsupportsubtradeorder";

const LIST: &str = "sub_trade_order_list";

/// One parcel and the lines that it is declared for.
struct Parcel {
    number: String,
    service: String,
    website: Option<String>,
    lines: Vec<DeclaredLine>,
}

/// `aliexpress.logistics.sellershipmentsupportsubtradeorder`: all of its lines or none.
pub fn ship(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let id = scene.call.required("trade_order_id")?;
    let asked: Value = serde_json::from_str(scene.call.required(LIST)?).map_err(|_| Refusal::unreadable(LIST))?;
    let asked = asked.as_array().ok_or_else(|| Refusal::unreadable(LIST))?;
    let voucher_id = format!("77{:010}", state.next_serial());
    let order = state.own_mut(id).ok_or_else(Refusal::not_yours)?;
    let parcels = read(order, asked).map_err(named)?;
    for (number, parcel) in (1..).zip(&parcels) {
        order.shipments.push(Shipment {
            voucher_id: format!("{voucher_id}{number}"),
            tracking_number: parcel.number.clone(),
            service: parcel.service.clone(),
            kind: kind(parcel).to_owned(),
            tracking_website: parcel.website.clone(),
            at: scene.at,
            lines: parcel.lines.clone(),
        });
    }
    order.notified = true;
    order.declared_all = (1..).zip(&order.lines).all(|(index, line)| line.warehouse || is_closed(order, index));
    let status = if order.declared_all { "WAIT_BUYER_ACCEPT_GOODS" } else { "SELLER_PART_SEND_GOODS" };
    order.set_status(status, scene.at);
    let answer = json!({"is_success": true, "trade_order_id": id_value(order, id), LIST: asked});
    for parcel in parcels {
        let mut notice = notice(scene, id, &parcel.service, &parcel.number, kind(&parcel));
        notice.lines = parcel.lines;
        state.books.notices.push(notice);
    }
    Ok(answer)
}

/// A line as a query shows it.
#[must_use]
pub fn shown(line: &DeclaredLine, shipment: &Shipment) -> Value {
    json!({"sub_trade_order_index": line.index, "send_type": line.send_type, "shipment_list": [{
        "logistics_no": shipment.tracking_number,
        "service_name": shipment.service,
        "tracking_web_site": shipment.tracking_website.as_deref().unwrap_or_default(),
    }]})
}

/// This method has names of its own for its errors.
fn named((code, message): Objection) -> Refusal {
    let body = json!({"is_success": false, "code_of_error": code, "error_msg": message});
    Refusal::Business { code: code.to_owned(), message: message.to_owned(), body }
}

fn kind(parcel: &Parcel) -> &'static str {
    if parcel.lines.iter().all(|line| line.send_type == "all") { "all" } else { "part" }
}

fn is_closed(order: &Order, index: u32) -> bool {
    let closes = |line: &DeclaredLine| line.index == index && line.send_type == "all";
    order.shipments.iter().any(|shipment| shipment.lines.iter().any(closes))
}

/// Everything that is checked before anything takes effect.
fn read(order: &Order, asked: &[Value]) -> Result<Vec<Parcel>, Objection> {
    if let Some(objection) = state_objection(order) {
        return Err(objection);
    }
    let mut parcels: Vec<Parcel> = Vec::new();
    let mut seen: Vec<u32> = Vec::new();
    for record in asked {
        let line = read_line(order, record)?;
        if seen.contains(&line.index) {
            return Err(("SUB_TRADE_ORDER_REPEATED", "A sub order is named twice"));
        }
        seen.push(line.index);
        let shipments = record["shipment_list"].as_array().filter(|shipments| !shipments.is_empty());
        for shipment in shipments.ok_or(("SHIPMENT_LIST_EMPTY", "A sub order has no shipment"))? {
            let parcel = read_parcel(order, shipment)?;
            match parcels.iter_mut().find(|known| known.number == parcel.number) {
                Some(known) if known.service != parcel.service => {
                    return Err(("LOGISTICS_NO_REPEATED", "A logistics number is declared for two services"));
                }
                Some(known) if known.lines.contains(&line) => {
                    return Err(("LOGISTICS_NO_REPEATED", "A logistics number is declared twice for a sub order"));
                }
                Some(known) => known.lines.push(line.clone()),
                None => parcels.push(Parcel { lines: vec![line.clone()], ..parcel }),
            }
        }
    }
    if parcels.is_empty() { Err(("SUB_TRADE_ORDER_LIST_EMPTY", "There is no sub order")) } else { Ok(parcels) }
}

fn read_line(order: &Order, record: &Value) -> Result<DeclaredLine, Objection> {
    let index = id_of(&record["sub_trade_order_index"]).and_then(|index| index.parse::<u32>().ok());
    let line = index.and_then(|index| order.lines.get(usize::try_from(index).ok()?.checked_sub(1)?));
    let (Some(index), Some(line)) = (index, line) else {
        return Err(("SUB_TRADE_ORDER_INDEX_INVALID", "The order has no sub order of this index"));
    };
    if line.warehouse {
        return Err(("SUB_TRADE_ORDER_NOT_SELLERS", "The sub order is sent by the warehouse"));
    }
    if is_closed(order, index) {
        return Err(("SUB_TRADE_ORDER_ALREADY_SHIPPED", "该交易订单已填写发货通知,无需重复操作。"));
    }
    let send_type = record["send_type"].as_str().filter(|send_type| matches!(*send_type, "all" | "part"));
    let send_type = send_type.ok_or(("SEND_TYPE_INVALID", "send_type is neither all nor part"))?;
    Ok(DeclaredLine { index, send_type: send_type.to_owned() })
}

fn read_parcel(order: &Order, record: &Value) -> Result<Parcel, Objection> {
    let text = |name: &str| record[name].as_str().filter(|text| !text.trim().is_empty());
    let number = text("logistics_no").ok_or(("LOGISTICS_NO_EMPTY", "logistics_no is required"))?;
    let service = text("service_name").ok_or(("SERVICE_NAME_EMPTY", "service_name is required"))?;
    let website = text("tracking_web_site");
    if website.is_some_and(|site| !site.starts_with("http://") && !site.starts_with("https://")) {
        return Err(("TRACKING_WEBSITE_INVALID", "tracking_web_site is not an address"));
    }
    // An unlisted service wants to know who really carries, and this method has no place to say so.
    if services::is_other(service) {
        return Err(("ACTUAL_CARRIER_REQUIRED", "actual_carrier is required for this logistics service"));
    }
    match services::objection(service, number).or_else(|| taken(order, number)) {
        Some(objection) => Err(objection),
        None => Ok(Parcel {
            number: number.to_owned(),
            service: service.to_owned(),
            website: website.map(str::to_owned),
            lines: Vec::new(),
        }),
    }
}
