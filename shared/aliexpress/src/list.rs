//! Order numbers by time: `aliexpress.solution.order.get`.

use crate::wire::{Seen as WireSeen, result};
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};
use serde_json::Value;
use tallyman_app::ports::{CallError, Listed, Listing, Seen, Window, marketplace::Unreadable};
use tallyman_domain::{MarketplaceOrderId, pacific};
use tallyman_iop::{Answer, Call, Gateway, Unfit, Verdict, decode, read, verdict};

const METHOD: &str = "aliexpress.solution.order.get";
const PAGE_SIZE: usize = 50;
/// How long a window AliExpress takes for ended orders, and for others by creation.
const ENDED_DAYS_MAX: i64 = 30;
const CREATED_DAYS_MAX: i64 = 180;

pub(crate) async fn list(gateway: &Gateway, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
    check(listing, window)?;
    let (from, to) = ends(window);
    let (from_name, to_name) = match listing {
        Listing::Modified | Listing::ModifiedEnded => ("modified_date_start", "modified_date_end"),
        Listing::Created | Listing::CreatedEnded => ("create_date_start", "create_date_end"),
    };
    let mut params = vec![
        (from_name, from),
        (to_name, to),
        ("page_size", PAGE_SIZE.to_string()),
        ("current_page", (u64::from(page) + 1).to_string()),
    ];
    if ended(listing) {
        // Left out of every list unless asked for.
        params.push(("order_status_list", r#"["FINISH"]"#.to_owned()));
    }
    let answer = gateway.sync_call(METHOD, &params).await?;
    read_page(&answer, page)
}

fn ended(listing: Listing) -> bool {
    matches!(listing, Listing::ModifiedEnded | Listing::CreatedEnded)
}

/// A window that AliExpress would cut short or refuse is refused here, in words that say what to do.
fn check(listing: Listing, window: Window) -> Result<(), CallError> {
    let days_max = match listing {
        Listing::ModifiedEnded | Listing::CreatedEnded => ENDED_DAYS_MAX,
        Listing::Created => CREATED_DAYS_MAX,
        Listing::Modified => return Ok(()),
    };
    if window.to.duration_since(window.from) <= SignedDuration::from_hours(24 * days_max) {
        return Ok(());
    }
    let call = Call { service: "AliExpress", name: METHOD.to_owned() };
    Err(call.refused("window", &format!("the window is longer than {days_max} days; ask in pieces")))
}

/// The window's ends as Pacific text. AliExpress counts in whole seconds, so the end is raised to the next one.
fn ends(window: Window) -> (String, String) {
    let up = TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Ceil);
    let to: Timestamp = window.to.round(up).unwrap_or(window.to);
    pacific::window(window.from, to)
}

fn read_page(answer: &Answer, page: u32) -> Result<Listed, CallError> {
    let result = result(answer)?;
    if let Verdict::No(no) = verdict(result) {
        return Err(answer.call.business(&no));
    }
    let number = |field| read::text(result, field).and_then(|t| t.parse::<u64>().ok());
    let total_pages = number("total_page");
    let this_page = u64::from(page) + 1;
    let list_is_there = result.get("target_list").is_some_and(|l| !l.is_null());
    // An empty list may be left out, but then the answer has to say in some way that it is one.
    let empty_is_said = verdict(result) == Verdict::Yes || number("total_count").is_some();
    let should_have_some = number("total_count").is_some_and(|n| n > 0) && total_pages.is_some_and(|n| n >= this_page);
    if !list_is_there && (!empty_is_said || should_have_some) {
        return Err(answer.call.unclear("no list of orders in it"));
    }
    let records =
        read::list(result, "target_list").map_err(|_| answer.call.unclear("its list of orders is no list"))?;
    let more = total_pages.map_or(records.len() >= PAGE_SIZE, |n| this_page < n);
    let pages = total_pages.and_then(|n| u32::try_from(n).ok());
    let mut listed = Listed { more, pages, ..Listed::default() };
    for (index, record) in records.iter().enumerate() {
        match seen(record, &format!("result.target_list[{index}]")) {
            Ok(seen) => listed.orders.push(seen),
            Err(unfit) => listed.unreadable.push(Unreadable { id: id_of(record), what: unfit.to_string() }),
        }
    }
    Ok(listed)
}

fn id_of(record: &Value) -> Option<MarketplaceOrderId> {
    read::text(record, "order_id").and_then(|id| MarketplaceOrderId::parse(id).ok())
}

fn seen(record: &Value, at: &str) -> Result<Seen, Unfit> {
    let wire: WireSeen = decode(record, at)?;
    let id = wire.order_id.get().and_then(|id| MarketplaceOrderId::parse(id).ok());
    Ok(Seen {
        id: id.ok_or_else(|| Unfit::new(format!("{at}.order_id"), "not an order id"))?,
        status: wire.order_status.owned().ok_or_else(|| Unfit::new(format!("{at}.order_status"), "missing"))?,
        // A time that doesn't read must not hide the order: it is read whole anyway.
        modified_at: wire.gmt_update.pacific(at).ok().flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_second_at_the_end_of_the_window_is_not_cut_off() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = Window { from: at("2026-07-01T19:00:00.9Z"), to: at("2026-07-01T19:05:00.001Z") };
        assert_eq!(ends(window), ("2026-07-01 12:00:00".to_owned(), "2026-07-01 12:05:01".to_owned()));
    }

    /// However the service reads the two texts (as the first pass of the doubled hour, as the second, or by comparing
    /// local texts), no order that was changed inside the window may fall out of it.
    #[test]
    fn no_order_falls_out_of_a_window_around_the_end_of_daylight_saving() {
        let start: Timestamp = "2026-11-01T06:00:00Z".parse().unwrap();
        let minute = |n: i64| start + SignedDuration::from_mins(n);
        let hour = SignedDuration::from_hours(1);
        let later_reading = |text: &str| {
            let first = pacific::parse(text).unwrap();
            if pacific::format(first + hour) == text { first + hour } else { first }
        };
        for (from, to) in
            (0..300).step_by(20).flat_map(|f| (f + 5..320).step_by(20).map(move |t| (minute(f), minute(t))))
        {
            let (from_text, to_text) = ends(Window { from, to });
            for at in (0..320).step_by(5).map(minute).filter(|at| (from..to).contains(at)) {
                let text = pacific::format(at);
                assert!(from_text <= text && text <= to_text, "{at} {text} is outside {from_text}..{to_text} as text");
                assert!(later_reading(&from_text) <= at, "{at} is before {from_text}, read late");
                assert!(at <= pacific::parse(&to_text).unwrap(), "{at} is after {to_text}, read early");
            }
        }
    }

    #[test]
    fn a_window_longer_than_aliexpress_takes_is_refused_at_once() {
        let to: Timestamp = "2026-07-01T19:05:00Z".parse().unwrap();
        let window = |days: i64| Window { from: to - SignedDuration::from_hours(24 * days), to };
        assert!(check(Listing::ModifiedEnded, window(30)).is_ok());
        assert!(check(Listing::CreatedEnded, window(31)).is_err());
        assert!(check(Listing::Created, window(181)).is_err());
        assert!(check(Listing::Modified, window(400)).is_ok());
    }
}
