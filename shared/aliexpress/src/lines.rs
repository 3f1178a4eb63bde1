//! Telling line by line, which is the only way to say to AliExpress what is in a parcel.

use crate::notice::confirmed;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tallyman_app::ports::CallError;
use tallyman_domain::{Extent, Notice, NoticeItem};
use tallyman_iop::{Answer, read};

/// Has a place for items, and none for the note to the buyer or the carrier behind `OTHER...`.
pub(crate) const SHIP_LINES: &str = "aliexpress.logistics.sellershipmentsupportsubtradeorder";

/// What is told line by line; nothing where it has to be told of the order.
///
/// The notice that closes the order is told of the order: it closes whatever was told before and how, while an order
/// closed line by line stays open where a line was once told in another way. What is in it is what was left. A line
/// without its index, or two with the same one, can't be named.
pub(crate) fn params(notice: &Notice) -> Option<Vec<(&'static str, String)>> {
    let service = &notice.service;
    let is_other = service.actual_carrier.is_some() || service.code.to_ascii_uppercase().starts_with("OTHER");
    let indexes: BTreeSet<u32> = notice.items.iter().map(|item| item.index).filter(|index| *index > 0).collect();
    let each_is_named = !notice.items.is_empty() && indexes.len() == notice.items.len();
    // Nor is there a place to say that the parcel is for other orders too.
    if notice.extent == Extent::All || is_other || notice.consolidated || !each_is_named {
        return None;
    }
    let mut parcel = json!({ "logistics_no": notice.tracking_number.trim(), "service_name": service.code });
    if let Some(site) = &service.tracking_website {
        parcel["tracking_web_site"] = json!(site);
    }
    let line = |item: &NoticeItem| {
        // `all` is final for a line.
        let send_type = if item.closes_line { "all" } else { "part" };
        json!({ "sub_trade_order_index": item.index, "send_type": send_type, "shipment_list": [parcel] })
    };
    let lines: Vec<Value> = notice.items.iter().map(line).collect();
    Some(vec![
        ("trade_order_id", notice.order.order.to_string()),
        ("sub_trade_order_list", Value::from(lines).to_string()),
    ])
}

/// A yes, and no line of which the answer says something else. What was told of some lines only can't be told again,
/// so it is read back.
pub(crate) fn told(answer: &Answer, notice: &Notice) -> Result<(), CallError> {
    confirmed(answer)?;
    let echo = echo(&answer.body);
    if echo.iter().any(|line| failed(line) || parcels(line).into_iter().any(failed)) {
        return Err(answer.call.unclear("it says yes, and no to one of the lines"));
    }
    let heard = |item: &NoticeItem| {
        echo.iter().any(|line| read::text(line, "sub_trade_order_index") == Some(item.index.to_string()))
    };
    if echo.is_empty() || notice.items.iter().all(heard) {
        return Ok(());
    }
    Err(answer.call.unclear("it says yes, and leaves out one of the lines"))
}

/// The lines that an answer is about.
pub(crate) fn echo(body: &Value) -> Vec<&Value> {
    let holder = body.get("result").filter(|r| r.is_object()).unwrap_or(body);
    read::list(holder, "sub_trade_order_list").unwrap_or_default()
}

/// A line's parcels.
pub(crate) fn parcels(line: &Value) -> Vec<&Value> {
    read::list(line, "shipment_list").unwrap_or_default()
}

/// Does a line or a parcel carry an error of its own?
pub(crate) fn failed(record: &Value) -> bool {
    read::text(record, "error_code").is_some_and(|code| code != "0")
}
