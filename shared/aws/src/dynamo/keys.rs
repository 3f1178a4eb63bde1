//! The layout of the table: two string keys, `pk` and `sk`, and three sparse indexes that project keys only (ADR 13).
//!
//! | what | `pk` | `sk` | other attributes |
//! |---|---|---|---|
//! | state of an order | `O#<connection>#<order>` | `state` | `v` N, `c` S, `s` S; `ok`+`os` while it isn't finished or when it is cancelled; `wk`+`ws`; `xk`+`xs` while it has exceptions |
//! | order facts | same | `f#<short digest>` | `b` B |
//! | shipment facts | same | `h#<shipment>#<short digest>` | `b` B |
//! | raw answer | same | `raw` | `t` S, `ttl` N |
//! | what a person did | same | `j#<time>` | `s` S |
//! | word to find an order by | `W#<connection>#<kind>#<its beginning>` | `<word>#<order>` | |
//! | week that has orders | `W#<connection>#w` | `<week>` | |
//! | stray shipment | `S#<account>` | `<shipment>` | `x` S, `b` B; `xk`+`xs` while it is open |
//! | connection, account | `CONFIG` | `connection#<id>`, `account#<id>` | `s` S |
//! | change of settings | `SETTINGS#<connection>` | `<number, 10 digits>` | `b` B |
//! | authorisation | `CONFIG` | `authorisation#<connection>` | `v` N, `c` S, `s` S |
//! | cursor | `CURSOR` | `<name>` | `t` S |
//! | budget's book (ADR 8) | `BUDGET#<name>` | `book` | `v` N, `s` S |
//! | ... of a ShipStation account | `BUDGET#shipstation/<account>` | | |
//! | ... of a marketplace's app | `BUDGET#<marketplace>/app/<short digest of the key>` | | |
//! | ... of the last sweep | `BUDGET#sweep/<account>` | | |
//! | consent awaited | `CONSENT#<digest of its state>` | `consent` | `b` S, `s` S, `ttl` N |
//! | note of reconcile | `NOTE` | `<name>` | `v` N, `s` S |
//! | carrier list | `CARRIERS` | `<connection>` | `b` B, `t` S |
//!
//! `b` is raw deflate of JSON. An index costs a write whenever its keys move.
//!
//! - `open`: hash `ok` = `<connection>`, range `os` = `<tab>#<placed>#<order>#<country>`: it moves when the order changes its
//!   tab. Cancelled orders with nothing left to do have `<connection>#c` for a hash.
//! - `weeks`: hash `wk` = `<connection>#<week placed>`, range `ws` = `<placed>#<order>#<country>`: all orders; it doesn't move.
//! - `exceptions`: hash `xk`, range `xs`: made of the oldest exception, so it changes only when that one is resolved and a
//!   younger one isn't.

use jiff::Timestamp;
use tallyman_app::ports::{Spot, StoreError, Week};
use tallyman_domain::{
    AccountId, ConnectionId, CountryCode, MarketplaceOrderId, OrderRef, OrderState, ShipmentId, Tab, WordKind,
};

/// The index of unfinished orders.
pub const GSI_OPEN: &str = "open";
/// The index of all orders, by the week they were placed in.
pub const GSI_WEEKS: &str = "weeks";
/// The index of items with exceptions.
pub const GSI_EXCEPTIONS: &str = "exceptions";
/// The attribute that tells when an item may go.
pub const TTL_ATTRIBUTE: &str = "ttl";

pub(crate) const STATE: &str = "state";
pub(crate) const RAW: &str = "raw";
pub(crate) const CONFIG: &str = "CONFIG";
pub(crate) const CURSOR: &str = "CURSOR";
pub(crate) const NOTE: &str = "NOTE";
pub(crate) const BOOK: &str = "book";
pub(crate) const CARRIERS: &str = "CARRIERS";
/// What the sort keys of deeds begin with.
pub(crate) const DEED: &str = "j#";
/// All exceptions are under one key: there are few, or there is worse to worry about than a busy partition.
pub(crate) const EXCEPTIONS: &str = "x";

pub(crate) fn order(order: &OrderRef) -> String {
    format!("O#{}#{}", order.connection, order.order)
}

pub(crate) fn order_of(pk: &str) -> Result<OrderRef, StoreError> {
    let parse = || {
        let (connection, order) = pk.strip_prefix("O#")?.split_once('#')?;
        Some(OrderRef::new(ConnectionId::parse(connection).ok()?, MarketplaceOrderId::parse(order).ok()?))
    };
    parse().ok_or_else(|| StoreError::Corrupt { key: pk.to_owned(), what: "it is no key of an order".into() })
}

pub(crate) fn facts(digest: &str) -> String {
    format!("f#{digest}")
}

pub(crate) fn shipment(shipment: &ShipmentId, digest: &str) -> String {
    format!("h#{shipment}#{digest}")
}

pub(crate) fn strays(account: &AccountId) -> String {
    format!("S#{account}")
}

pub(crate) fn budget(name: &str) -> String {
    format!("BUDGET#{name}")
}

pub(crate) fn settings(connection: &ConnectionId) -> String {
    format!("SETTINGS#{connection}")
}

/// Sorts as the numbers do.
pub(crate) fn change(number: u64) -> String {
    format!("{number:010}")
}

pub(crate) fn consent(digest: &str) -> String {
    format!("CONSENT#{digest}")
}

/// A tab as the index `open` sorts it: in the order that most orders move in, so that whoever pages through the index
/// while one moves on sees it twice rather than never.
pub(crate) fn tab(tab: Tab) -> char {
    match tab {
        Tab::AwaitingPayment => '1',
        Tab::OnHold => '2',
        Tab::AwaitingShipment => '3',
        Tab::Shipped => '4',
        Tab::Cancelled => '5',
    }
}

/// The hash of cancelled orders with nothing left to do.
pub(crate) fn cancelled(connection: &ConnectionId) -> String {
    format!("{connection}#c")
}

/// Where an order stands in the index `open`, if it is there.
pub(crate) fn open(order: &OrderRef, state: &OrderState) -> Option<(String, String)> {
    let tab_of = state.tab();
    let hash = match (state.is_finished(), tab_of) {
        (false, _) => order.connection.to_string(),
        (true, Tab::Cancelled) => cancelled(&order.connection),
        (true, _) => return None,
    };
    Some((hash, format!("{}#{}", tab(tab_of), place(order, state))))
}

/// Where an order stands in the index `weeks`.
pub(crate) fn week(order: &OrderRef, state: &OrderState) -> (String, String) {
    (of_week(&order.connection, Week::of(state.placed_at)), place(order, state))
}

/// The hash of a week.
pub(crate) fn of_week(connection: &ConnectionId, week: Week) -> String {
    format!("{connection}#{}", week.name())
}

fn place(order: &OrderRef, state: &OrderState) -> String {
    let country = state.country.as_ref().map_or("", CountryCode::as_str);
    format!("{}#{country}", Spot::place(state.placed_at, order.order.as_str()))
}

/// The partition of the words of a kind that begin alike.
pub(crate) fn words(connection: &ConnectionId, kind: WordKind, word: &str) -> String {
    let head = kind.head(word);
    let kind = match kind {
        WordKind::Buyer => 'b',
        WordKind::Sku => 's',
        WordKind::Tracking => 't',
    };
    format!("W#{connection}#{kind}#{head}")
}

/// The partition of a connection's weeks.
pub(crate) fn weeks(connection: &ConnectionId) -> String {
    format!("W#{connection}#w")
}

/// Where something with exceptions stands in the index `exceptions`.
pub(crate) fn exception_since(since: Timestamp, what: &str) -> String {
    format!("{since:.0}#{what}")
}

/// A place in the index of exceptions: the range key, then whose it is, without which two may share it.
pub(crate) fn exception_place(xs: &str, pk: &str) -> String {
    match pk.strip_prefix("O#").and_then(|order| order.split_once('#')) {
        Some((connection, _)) => format!("{xs}#{connection}"),
        None => format!("{xs}#@{}", pk.strip_prefix("S#").unwrap_or(pk)),
    }
}

/// Range key, partition key and sort key of a place.
pub(crate) fn exception_at(place: &str) -> Option<(String, String, String)> {
    let (xs, whose) = place.rsplit_once('#')?;
    let (_, id) = xs.split_once('#')?;
    let (pk, sk) = match whose.strip_prefix('@') {
        Some(account) => (strays(&AccountId::parse(account).ok()?), id.to_owned()),
        None => {
            let (connection, number) = (ConnectionId::parse(whose).ok()?, MarketplaceOrderId::parse(id).ok()?);
            (order(&OrderRef::new(connection, number)), STATE.to_owned())
        }
    };
    Some((xs.to_owned(), pk, sk))
}

/// A time that sorts as text: the usual form drops zeros at the end, and `.` sorts before `Z`.
pub(crate) fn sortable(time: Timestamp) -> String {
    format!("{time:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn an_orders_key_reads_back_to_the_order() {
        let reference = samples::reference();
        assert_eq!(order(&reference), "O#ae-main#8123456789012345");
        assert_eq!(order_of(&order(&reference)).unwrap(), reference);
        for foreign in ["", "CONFIG", "S#main", "O#ae-main", "O#AE#1", "O#ae#1#2"] {
            assert!(order_of(foreign).is_err(), "{foreign:?}");
        }
    }

    #[test]
    fn the_sort_keys_name_what_they_hold() {
        assert_eq!(facts("abc"), "f#abc");
        assert_eq!(shipment(&ShipmentId::parse("s1").unwrap(), "abc"), "h#s1#abc");
    }

    #[test]
    fn a_place_among_the_exceptions_names_one_item_of_the_table() {
        let order = order(&samples::reference());
        for (pk, sk, id) in [(order.as_str(), STATE, "8123456789012345"), ("S#main", "s9", "s9")] {
            let xs = exception_since(samples::at("2026-11-22T00:00:00Z"), id);
            let place = exception_place(&xs, pk);
            assert_eq!(exception_at(&place), Some((xs, pk.to_owned(), sk.to_owned())), "{place}");
        }
        assert!(["", "x", "2026#", "2026#1#"].iter().all(|bad| exception_at(bad).is_none()));
    }

    #[test]
    fn times_sort_as_texts_as_they_do_in_time() {
        let times = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000000001Z", "2026-11-20T10:00:00.5Z"];
        let texts: Vec<_> = times.iter().map(|t| sortable(samples::at(t))).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[2].parse::<Timestamp>().unwrap(), samples::at(times[2]));
    }

    #[test]
    fn an_order_moves_in_the_index_only_when_it_changes_its_tab() {
        let (reference, mut state) = (samples::reference(), samples::state(1));
        let first = open(&reference, &state);
        let (hash, range) = first.clone().unwrap();
        assert_eq!((hash.as_str(), range.as_str()), ("ae-main", "3#2026-11-20T10:00:00Z#8123456789012345#BR"));
        let week_before = week(&reference, &state);
        assert_eq!(week_before.0, "ae-main#2026-W47");
        state.changed_at = samples::at("2026-11-25T00:00:00Z");
        state.export.sent = state.export.wanted.clone();
        assert_eq!(open(&reference, &state), first);
        state.status = tallyman_domain::OrderStatus::Cancelled;
        assert_eq!(open(&reference, &state).unwrap().0, "ae-main#c");
        state.status = tallyman_domain::OrderStatus::Shipped;
        assert_eq!(open(&reference, &state), None);
        assert_eq!(week(&reference, &state), week_before, "all orders stay where they were placed");
    }
}
