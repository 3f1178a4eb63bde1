//! Order numbers by time: `/alibaba/order/list`.

use crate::wire::{Seen as WireSeen, value};
use jiff::{Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Listed, Listing, Seen, Window, marketplace::Unreadable};
use tallyman_domain::{MarketplaceOrderId, pacific};
use tallyman_iop::{Answer, Gateway, Unfit, decode, read};

const PATH: &str = "/alibaba/order/list";
const PAGE_SIZE: usize = 100;

pub(crate) async fn list(gateway: &Gateway, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
    let (from_name, to_name) = match listing {
        Listing::Modified => ("modified_date_start", "modified_date_end"),
        Listing::Created => ("create_date_start", "create_date_end"),
        // The other two hold ended orders already: nothing is left to ask for.
        Listing::ModifiedEnded | Listing::CreatedEnded => return Ok(Listed::default()),
    };
    let (from, to) = ends(window);
    let params = [
        ("role", "seller".to_owned()),
        (from_name, from),
        (to_name, to),
        ("start_page", page.to_string()),
        ("page_size", PAGE_SIZE.to_string()),
    ];
    read_page(&gateway.rest_call(PATH, &params, None).await?, page)
}

/// The window's ends, each as Pacific text and as an instant. Text counts in whole seconds, so the end is raised.
fn ends(window: Window) -> (String, String) {
    let up = TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Ceil);
    let to: Timestamp = window.to.round(up).unwrap_or(window.to);
    let (from_text, to_text) = pacific::window(window.from, to);
    let end =
        |text: String, at: Timestamp| json!({"date_str": text, "date_timestamp": at.as_millisecond()}).to_string();
    (end(from_text, window.from), end(to_text, to))
}

fn read_page(answer: &Answer, page: u32) -> Result<Listed, CallError> {
    let value = value(answer)?;
    let total = read::text(value, "total_count").and_then(|t| t.parse::<u64>().ok());
    let before = u64::from(page) * PAGE_SIZE as u64;
    let list_is_there = value.get("order_list").is_some_and(|l| !l.is_null());
    // An empty list may be left out, but then the count has to agree.
    if !list_is_there && total.is_none_or(|n| n > before) {
        return Err(answer.call.unclear("no list of orders in it"));
    }
    let records = read::list(value, "order_list").map_err(|_| answer.call.unclear("its list of orders is no list"))?;
    let more = total.map_or(records.len() >= PAGE_SIZE, |n| before + (PAGE_SIZE as u64) < n);
    let pages = total.and_then(|n| u32::try_from(n.div_ceil(PAGE_SIZE as u64)).ok());
    let mut listed = Listed { more, pages, ..Listed::default() };
    for (index, record) in records.iter().enumerate() {
        match seen(record, &format!("value.order_list[{index}]")) {
            Ok(seen) => listed.orders.push(seen),
            Err(unfit) => listed.unreadable.push(Unreadable { id: id_of(record), what: unfit.to_string() }),
        }
    }
    Ok(listed)
}

fn id_of(record: &Value) -> Option<MarketplaceOrderId> {
    read::text(record, "trade_id").and_then(|id| MarketplaceOrderId::parse(id).ok())
}

fn seen(record: &Value, at: &str) -> Result<Seen, Unfit> {
    let wire: WireSeen = decode(record, at)?;
    let id = wire.trade_id.get().and_then(|id| MarketplaceOrderId::parse(id).ok());
    Ok(Seen {
        id: id.ok_or_else(|| Unfit::new(format!("{at}.trade_id"), "not an order id"))?,
        status: wire.trade_status.owned().ok_or_else(|| Unfit::new(format!("{at}.trade_status"), "missing"))?,
        // A time that doesn't read must not hide the order: it is read whole anyway.
        modified_at: wire.modify_date.and_then(|time| time.at(at).ok().flatten()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_written_as_pacific_text_and_as_milliseconds() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = ends(Window { from: at("2024-09-01T07:00:00Z"), to: at("2024-12-01T08:00:00.5Z") });
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&from), json!({"date_str": "2024-09-01 00:00:00", "date_timestamp": 1_725_174_000_000_i64}));
        assert_eq!(read(&to)["date_str"], "2024-12-01 00:00:01");
    }
}
