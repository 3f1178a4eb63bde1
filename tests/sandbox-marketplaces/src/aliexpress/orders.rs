//! The order list: no address, no finished orders unless asked, and it lags behind.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::call::{Call, Scene};
use crate::clock::{from_pacific, seconds};
use crate::model::{Line, Order};
use crate::refusal::Refusal;
use crate::state::State;

use super::receiver;
use super::wire::{self, id_value, money};

const MAX_PAGE_SIZE: u64 = 50;
const MAX_STATUSES: usize = 20;
const DAY_S: i64 = 86_400;
const MAX_CREATE_DAYS: i64 = 180;
const MAX_FINISH_DAYS: i64 = 30;

/// What the caller asked for.
struct Filter {
    created: Window,
    modified: Window,
    statuses: Vec<String>,
    buyer: Option<String>,
    page: u64,
    page_size: u64,
}

/// A span of time; an absent start means the caller does not filter by it.
struct Window {
    start: Option<Timestamp>,
    end: Timestamp,
}

impl Window {
    /// To the second, like the times shown: an order is in a window that ends at the time it shows.
    fn holds(&self, at: Timestamp) -> bool {
        let at = at.as_second();
        self.start.is_none_or(|start| at >= start.as_second()) && at <= self.end.as_second()
    }

    fn is_longer_than(&self, days: i64) -> bool {
        self.start.is_some_and(|start| self.end.duration_since(start) > seconds(days * DAY_S))
    }
}

/// `aliexpress.solution.order.get`
pub fn list(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let filter = read_filter(&arguments(scene.call)?, scene.at)?;
    let mut found: Vec<&Order> = state.listed(scene.at).filter(|order| matches(order, &filter)).collect();
    // Newest change first; the id breaks ties, or a page boundary could hide an order.
    found.sort_by(|a, b| (b.modified_at, &b.id).cmp(&(a.modified_at, &a.id)));
    let total = found.len() as u64;
    let skipped = usize::try_from((filter.page - 1).saturating_mul(filter.page_size)).unwrap_or(usize::MAX);
    let size = usize::try_from(filter.page_size).unwrap_or(usize::MAX);
    let page: Vec<Value> = found.into_iter().skip(skipped).take(size).map(|order| row(order, scene.at)).collect();
    Ok(json!({"result": {
        "success": true,
        "total_count": total,
        "total_page": total.div_ceil(filter.page_size),
        "current_page": filter.page,
        "page_size": filter.page_size,
        "time_stamp": scene.at.as_millisecond().to_string(),
        "target_list": page,
    }}))
}

/// Flat parameters, or the older single record in `param0`.
fn arguments(call: &Call) -> Result<Map<String, Value>, Refusal> {
    if call.given("param0").is_some() {
        return match call.record("param0")? {
            Value::Object(fields) => Ok(fields),
            _ => Err(Refusal::unreadable("param0")),
        };
    }
    let flat = call.params.iter().map(|(name, value)| {
        let value = match name.as_str() {
            "order_status_list" => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
            _ => json!(value),
        };
        (name.clone(), value)
    });
    Ok(flat.collect())
}

fn read_filter(given: &Map<String, Value>, now: Timestamp) -> Result<Filter, Refusal> {
    let created = window(given, "create_date_start", "create_date_end", now)?;
    let modified = window(given, "modified_date_start", "modified_date_end", now)?;
    if created.start.is_none() && modified.start.is_none() {
        return Err(refused("PARAM_ERROR", "create_date_start and modified_date_start are both empty"));
    }
    let statuses = statuses(given)?;
    if created.is_longer_than(MAX_CREATE_DAYS) {
        return Err(refused("PARAM_ERROR", "The creation interval exceeds 180 days"));
    }
    let finish = statuses.iter().any(|status| status == "FINISH");
    if finish && (created.is_longer_than(MAX_FINISH_DAYS) || modified.is_longer_than(MAX_FINISH_DAYS)) {
        return Err(refused("PARAM_ERROR", "The interval for FINISH exceeds 30 days"));
    }
    let (page, page_size) = (number(given, "current_page", 1)?, number(given, "page_size", 20)?);
    if page_size == 0 || page_size > MAX_PAGE_SIZE {
        return Err(refused("PARAM_ERROR", "page_size is not between 1 and 50"));
    }
    if page == 0 {
        return Err(refused("PARAM_ERROR", "current_page starts at 1"));
    }
    let buyer = text(given, "buyer_login_id").map(str::to_owned);
    Ok(Filter { created, modified, statuses, buyer, page, page_size })
}

fn text<'a>(given: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    given.get(name).and_then(Value::as_str).filter(|value| !value.trim().is_empty())
}

fn window(given: &Map<String, Value>, start: &str, end: &str, now: Timestamp) -> Result<Window, Refusal> {
    let read = |name: &str| {
        let time = |value| from_pacific(value).ok_or_else(|| refused("PARAM_ERROR", &format!("{name} is not a time")));
        text(given, name).map(time).transpose()
    };
    let (start, end) = (read(start)?, read(end)?);
    Ok(Window { start, end: end.unwrap_or(now) })
}

fn number(given: &Map<String, Value>, name: &str, default: u64) -> Result<u64, Refusal> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Number(number)) => number.as_u64().ok_or_else(|| Refusal::unreadable(name)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(default),
        Some(Value::String(text)) => text.parse().map_err(|_| Refusal::unreadable(name)),
        Some(_) => Err(Refusal::unreadable(name)),
    }
}

fn statuses(given: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let mut statuses: Vec<String> = match given.get("order_status_list") {
        None | Some(Value::Null) => Vec::new(),
        Some(list) => serde_json::from_value(list.clone()).map_err(|_| Refusal::unreadable("order_status_list"))?,
    };
    if statuses.len() > MAX_STATUSES {
        return Err(refused("PARAM_ERROR", "order_status_list has more than 20 entries"));
    }
    statuses.extend(text(given, "order_status").map(str::to_owned));
    Ok(statuses)
}

fn matches(order: &Order, filter: &Filter) -> bool {
    let status =
        if filter.statuses.is_empty() { order.status != "FINISH" } else { filter.statuses.contains(&order.status) };
    status
        && filter.created.holds(order.created_at)
        && filter.modified.holds(order.modified_at)
        && filter.buyer.as_ref().is_none_or(|buyer| *buyer == order.buyer.login_id)
}

fn refused(code: &str, message: &str) -> Refusal {
    let body = json!({"result": {"success": false, "error_code": code, "error_message": message}});
    Refusal::Business { code: code.to_owned(), message: message.to_owned(), body }
}

fn row(order: &Order, now: Timestamp) -> Value {
    let left = order.ship_by.map(|by| by.duration_since(now).as_secs());
    let mut row = json!({
        "order_id": id_value(order, &order.id),
        "order_status": order.status,
        "end_reason": order.end_reason,
        "logistics_status": wire::logistics_status(order),
        "fund_status": wire::fund_status(order),
        "frozen_status": wire::frozen_status(order),
        "issue_status": wire::issue_status(order),
        "biz_type": "AE_COMMON",
        "pay_amount": money(order, order.total()),
        "payment_type": "migs",
        "buyer_login_id": order.buyer.login_id,
        "buyer_signer_fullname": receiver::shown(order, &order.buyer.full_name()),
        "seller_login_id": "cn1000000001",
        "seller_operator_login_id": "cn1000000001",
        "seller_signer_fullname": "Sandbox Seller",
        "phone": false,
        "has_request_loan": false,
        "order_detail_url": format!("http://127.0.0.1/orders/{}", order.id),
        "timeout_left_time": left.map(|left| left * 1000),
        "left_send_good_day": left.map(|left| (left / DAY_S).to_string()),
        "left_send_good_hour": left.map(|left| (left % DAY_S / 3600).to_string()),
        "left_send_good_min": left.map(|left| (left % 3600 / 60).to_string()),
        "product_list": order.lines.iter().map(|line| product(order, line)).collect::<Vec<_>>(),
    });
    let sent = order.shipments.last().map(|shipment| shipment.at);
    wire::set_times(
        &mut row,
        &[
            ("gmt_create", Some(order.created_at)),
            ("gmt_update", Some(order.modified_at)),
            ("gmt_pay_time", order.paid_at),
            ("gmt_send_goods_time", sent),
        ],
    );
    wire::without_nulls(row)
}

fn product(order: &Order, line: &Line) -> Value {
    let total = line.unit_price * Decimal::from(line.quantity);
    json!({
        "child_id": id_value(order, &line.id),
        "order_id": id_value(order, &order.id),
        "product_id": id_value(order, &line.product_id),
        "sku_code": line.sku_code,
        "product_name": line.name,
        "product_count": line.quantity,
        "product_unit": "piece",
        "product_unit_price": money(order, line.unit_price),
        "total_product_amount": money(order, total),
        "son_order_status": order.status,
        "show_status": order.status,
        "send_goods_operator": wire::send_goods_operator(line.warehouse),
        "logistics_type": order.carrier,
        "logistics_service_name": order.carrier,
        "logistics_amount": money(order, Decimal::ZERO),
        "memo": order.memo,
        "goods_prepare_time": 3,
        "delivery_time": "15-40",
        "freight_commit_day": "60",
        "issue_status": wire::issue_status(order),
        "fund_status": wire::fund_status(order),
        "can_submit_issue": false,
        "money_back3x": false,
        "buyer_signer_first_name": receiver::shown(order, &order.buyer.first_name),
        "buyer_signer_last_name": order.buyer.last_name,
    })
}
