//! Shipment notices with their proofs, for whole orders and for batches.

use serde_json::{Value, json};

use crate::books::Notice;
use crate::call::{Call, Scene, id_of};
use crate::model::{Order, Shipment};
use crate::refusal::Refusal;
use crate::state::State;

use super::{channels, invalid, order};

/// Ships a whole order.
pub const SINGLE: &str = "/alibaba/v2/order/shipping";
/// Ships named quantities, several parcels at a time.
pub const MULTI: &str = "/alibaba/order/v2/multi/shipping";

/// A shipment request that has passed every check but the order's.
pub(super) struct Parcel {
    pub(super) trade_id: String,
    pub(super) service: String,
    pub(super) kind: String,
    pub(super) number: String,
    pub(super) proofs: Vec<String>,
}

/// The order a notice is about; none for any other call. Of several parcels the first one's order is looked at.
#[must_use]
pub fn notice_order(call: &Call) -> Option<String> {
    let request = match call.method.as_str() {
        SINGLE => call.record("shipping_request").ok()?,
        MULTI => call.record("param_multi_shipping_create_request").ok()?["requests"][0]["shipping_request"].take(),
        _ => return None,
    };
    id_of(&request["trade_id"])
}

/// `/alibaba/v2/order/shipping`
pub fn ship(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let parcel = read_parcel(state, &scene.call.record("shipping_request")?)?;
    let order = order(state, &parcel.trade_id)?;
    if order.status != "undeliver" {
        return Err(invalid(format!("order status {} can not be shipped", order.status)));
    }
    let goods = order.lines.iter().map(|line| (line.id.clone(), line.quantity)).collect();
    check_number(order, &parcel.number)?;
    Ok(json!(record(state, scene, parcel, goods)))
}

/// `/alibaba/order/v2/multi/shipping`: all of its parcels or none.
pub fn ship_goods(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let body = scene.call.record("param_multi_shipping_create_request")?;
    let requests = body["requests"].as_array().filter(|requests| !requests.is_empty());
    let requests = requests.ok_or_else(|| invalid("invalidate request"))?;
    // Parcels of one call may draw on the same line, so each is tried on the order as the earlier ones leave it.
    let named = requests.iter().filter_map(|request| id_of(&request["shipping_request"]["trade_id"]));
    let before: Vec<Order> = named.filter_map(|id| state.orders.get(&id).cloned()).collect();
    let books = state.books.notices.len();
    let mut vouchers = Vec::with_capacity(requests.len());
    for request in requests {
        match ship_batch(state, scene, &request["shipping_request"]) {
            Ok(voucher) => vouchers.push(voucher),
            Err(refusal) => {
                state.orders.extend(before.into_iter().map(|order| (order.id.clone(), order)));
                state.books.notices.truncate(books);
                return Err(refusal);
            }
        }
    }
    Ok(json!({"voucher_ids": vouchers}))
}

fn ship_batch(state: &mut State, scene: &Scene<'_>, request: &Value) -> Result<String, Refusal> {
    let parcel = read_parcel(state, request)?;
    let order = order(state, &parcel.trade_id)?;
    if !matches!(order.status.as_str(), "undeliver" | "partial_delivering") {
        return Err(invalid(format!("order status {} can not be shipped", order.status)));
    }
    let goods = read_goods(order, request)?;
    check_number(order, &parcel.number)?;
    Ok(record(state, scene, parcel, goods))
}

/// `/order/logistics/query`: what was declared.
pub fn query(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order(state, scene.call.required("trade_id")?)?;
    let selected = scene.call.required("data_select")?;
    if !selected.split(',').any(|part| part.trim() == "logistic_order") {
        return Err(invalid("data_select must name logistic_order"));
    }
    let vouchers: Vec<Value> = order
        .shipments
        .iter()
        .map(|shipment| {
            json!({"voucher": {
                "voucher_id": shipment.voucher_id,
                "tracking_number": shipment.tracking_number,
                "service_provider": shipment.service,
                "logistics_type": shipment.kind,
            }})
        })
        .collect();
    let status = match order.status.as_str() {
        "delivering" | "waiting_for_delivery_confirmation" | "wait_confirm_receipt" => "WAIT_CONFIRM_RECEIPT",
        "partial_delivering" => "PARTIAL_SEND_GOODS",
        "trade_success" => "CONFIRM_RECEIPT",
        _ => "WAIT_SEND_GOODS",
    };
    let mut value = json!({"logistic_status": status, "shipping_order_list": vouchers});
    if let Some(first) = order.shipments.first() {
        let at = first.at;
        value["shipment_date"] = json!({"format_date": crate::clock::to_pacific(at),
                                        "timestamp": at.as_millisecond().to_string()});
    }
    Ok(value)
}

pub(super) fn read_parcel(state: &State, request: &Value) -> Result<Parcel, Refusal> {
    let text = |name: &str| request[name].as_str().map(str::trim).filter(|value| !value.is_empty());
    let trade_id = id_of(&request["trade_id"]).ok_or_else(|| invalid("tradeId must not be null"))?;
    let service = text("service_provider").ok_or_else(|| invalid("serviceProvider must not be null"))?;
    if !channels::knows(service) {
        return Err(invalid(format!("service provider {service} is not in the channel list")));
    }
    let kind = text("logistics_type").filter(|kind| matches!(*kind, "EXPRESS" | "POST"));
    let kind = kind.ok_or_else(|| invalid("logisticsType must equals EXPRESS or POST"))?;
    let number = text("tracking_number").ok_or_else(|| invalid("trackingNumber must not be null"))?;
    let four = |digits: &str| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if channels::wants_mobile(service) && !text("contact_mobile").is_some_and(four) {
        return Err(invalid("contactMobile must be the last 4 digits for this service provider"));
    }
    Ok(Parcel {
        trade_id,
        service: service.to_owned(),
        kind: kind.to_owned(),
        number: number.to_owned(),
        proofs: read_proofs(state, request)?,
    })
}

/// Each attachment has to be a file this seller uploaded before.
fn read_proofs(state: &State, request: &Value) -> Result<Vec<String>, Refusal> {
    let attachments = request["attachments"].as_array().map_or(&[][..], Vec::as_slice);
    if attachments.is_empty() && state.attachment_required {
        return Err(invalid("attachments must not be empty"));
    }
    let proof = |attachment: &Value| {
        attachment["file_name"].as_str().ok_or_else(|| invalid("attachment without file_name"))?;
        let path = attachment["file_path"].as_str().ok_or_else(|| invalid("attachment without file_path"))?;
        state.files.get(path).cloned().ok_or_else(|| invalid("attachment was never uploaded"))
    };
    attachments.iter().map(proof).collect()
}

fn read_goods(order: &Order, request: &Value) -> Result<Vec<(String, u32)>, Refusal> {
    let goods = request["goods"].as_array().filter(|goods| !goods.is_empty());
    let goods = goods.ok_or_else(|| invalid("goods must not be empty"))?;
    let mut asked: Vec<(String, u32)> = Vec::new();
    for item in goods {
        let id = id_of(&item["product_id"]).ok_or_else(|| invalid("goods without product_id"))?;
        if id_of(&item["trade_id"]).is_some_and(|trade_id| trade_id != order.id) {
            return Err(invalid("goods of another order"));
        }
        let pieces = id_of(&item["quantity"]).and_then(|text| text.parse::<rust_decimal::Decimal>().ok());
        let pieces = pieces.filter(|pieces| pieces.fract().is_zero()).and_then(|pieces| u32::try_from(pieces).ok());
        let pieces = pieces.filter(|pieces| *pieces > 0).ok_or_else(|| invalid("quantity is not a whole number"))?;
        let line = order.lines.iter().find(|line| line.id == id);
        let line = line.ok_or_else(|| invalid("goods not in this order"))?;
        let already: u32 = asked.iter().filter(|(asked, _)| *asked == id).map(|(_, pieces)| *pieces).sum();
        if already.saturating_add(pieces) > line.quantity.saturating_sub(line.shipped) {
            return Err(invalid("quantity exceeds what is left to ship"));
        }
        asked.push((id, pieces));
    }
    Ok(asked)
}

fn check_number(order: &Order, number: &str) -> Result<(), Refusal> {
    let used = order.shipments.iter().any(|shipment| shipment.tracking_number == number);
    if used { Err(invalid("tracking number is already used for this order")) } else { Ok(()) }
}

/// Lets a checked parcel take effect and returns its voucher.
fn record(state: &mut State, scene: &Scene<'_>, parcel: Parcel, goods: Vec<(String, u32)>) -> String {
    let voucher_id = format!("90{:012}", state.next_serial());
    if let Some(order) = state.orders.get_mut(&parcel.trade_id) {
        for (id, pieces) in &goods {
            if let Some(line) = order.lines.iter_mut().find(|line| line.id == *id) {
                line.shipped += pieces;
            }
        }
        order.shipments.push(Shipment {
            voucher_id: voucher_id.clone(),
            tracking_number: parcel.number.clone(),
            service: parcel.service.clone(),
            kind: parcel.kind.clone(),
            tracking_website: None,
            at: scene.at,
            lines: Vec::new(),
        });
        order.notified = true;
        let complete = order.lines.iter().all(|line| line.shipped >= line.quantity);
        order.set_status(if complete { "delivering" } else { "partial_delivering" }, scene.at);
    }
    state.books.notices.push(Notice {
        order_id: parcel.trade_id,
        method: scene.call.method.clone(),
        tracking_number: parcel.number,
        service: parcel.service,
        send_type: parcel.kind,
        replaces: None,
        goods,
        lines: Vec::new(),
        at: scene.at,
        attachments: parcel.proofs,
        accepted: true,
        proof_witnessed: scene.witnessed,
    });
    voucher_id
}
