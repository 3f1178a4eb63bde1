//! The layout of the table: two string keys, `pk` and `sk`, and two sparse indexes that project keys only.
//!
//! | what | `pk` | `sk` | other attributes |
//! |---|---|---|---|
//! | state of an order | `O#<connection>#<order>` | `state` | `v` N, `c` S, `s` S; `ok`+`os` while it isn't finished; `xk`+`xs` while it has exceptions |
//! | order facts | same | `f#<short digest>` | `b` B |
//! | shipment facts | same | `h#<shipment>#<short digest>` | `b` B |
//! | raw answer | same | `raw` | `t` S, `ttl` N |
//! | stray shipment | `S#<account>` | `<shipment>` | `x` S, `b` B; `xk`+`xs` while it is open |
//! | connection, account | `CONFIG` | `connection#<id>`, `account#<id>` | `s` S |
//! | change of settings | `SETTINGS#<connection>` | `<number, 10 digits>` | `b` B |
//! | authorisation | `CONFIG` | `authorisation#<connection>` | `v` N, `c` S, `s` S |
//! | cursor | `CURSOR` | `<name>` | `t` S |
//! | budget's book (ADR 8) | `BUDGET#<name>` | `book` | `v` N, `s` S |
//! | ... of a ShipStation account | `BUDGET#shipstation/<account>` | | |
//! | ... of a connection | `BUDGET#<marketplace>/<connection>` | | |
//! | ... of an app's day | `BUDGET#<marketplace>/app/<short digest of the key>` | | |
//! | ... of the last sweep | `BUDGET#sweep/<account>` | | |
//! | consent awaited | `CONSENT#<digest of its state>` | `consent` | `b` S, `s` S, `ttl` N |
//! | note of reconcile | `NOTE` | `<name>` | `v` N, `s` S |
//! | carrier list | `CARRIERS` | `<connection>` | `b` B, `t` S |
//!
//! `b` is raw deflate of JSON. Index `open`: hash `ok`, range `os`. Index `exceptions`: hash `xk`, range `xs`.
//! An index costs a write whenever its keys move, so `os` is made of what never changes, and `xs` of the oldest
//! exception, which changes only when that one is resolved and a younger one isn't.

use jiff::Timestamp;
use tallyman_app::ports::StoreError;
use tallyman_domain::{AccountId, ConnectionId, MarketplaceOrderId, OrderRef, OrderState, ShipmentId};

/// The index of unfinished orders.
pub const GSI_OPEN: &str = "open";
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

/// Where an unfinished order stands in the index `open`.
pub(crate) fn open_since(order: &OrderRef, state: &OrderState) -> Option<String> {
    (!state.is_finished()).then(|| format!("{:.0}#{}", state.first_seen_at, order.order))
}

/// Where something with exceptions stands in the index `exceptions`.
pub(crate) fn exception_since(since: Timestamp, what: &str) -> String {
    format!("{since:.0}#{what}")
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
    fn times_sort_as_texts_as_they_do_in_time() {
        let times = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000000001Z", "2026-11-20T10:00:00.5Z"];
        let texts: Vec<_> = times.iter().map(|t| sortable(samples::at(t))).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[2].parse::<Timestamp>().unwrap(), samples::at(times[2]));
    }

    #[test]
    fn an_order_keeps_its_place_in_the_index_until_it_is_finished() {
        let (reference, mut state) = (samples::reference(), samples::state(1));
        let first = open_since(&reference, &state);
        assert_eq!(first.as_deref(), Some("2026-11-20T10:07:00Z#8123456789012345"));
        state.changed_at = samples::at("2026-11-25T00:00:00Z");
        state.export.sent = state.export.wanted.clone();
        assert_eq!(open_since(&reference, &state), first);
        state.status = tallyman_domain::OrderStatus::Cancelled;
        assert_eq!(open_since(&reference, &state), None);
    }
}
