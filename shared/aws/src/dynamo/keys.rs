//! The layout of the table: two string keys, `pk` and `sk`, and three sparse indexes that project keys only (ADR 13).
//!
//! | what | `pk` | `sk` | other attributes |
//! |---|---|---|---|
//! | state of an order | `O#<connection>#<order>` | `state` | `v` N, `c` S, `s` S; `ok`+`os` while it isn't finished or when it is cancelled; `dk`+`ds`; `xk`+`xs` while it has exceptions |
//! | order facts | same | `f#<short digest>` | `b` B |
//! | shipment facts | same | `h#<shipment>#<short digest>` | `b` B |
//! | raw answer | same | `raw` | `t` S, `ttl` N |
//! | what a person did | same | `j#<time>` | `s` S |
//! | word to find an order by | `W#<connection>#<kind>#<its beginning>` | `<word>#<order>` | |
//! | shelves that there are, by year | `SHELVES` | `<connection>#<year>` | `d` NS: days that have orders (1122); `<tab>-<month>` S: a mark |
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
//! - `open`: hash `ok` = `<connection>#<tab>#<month placed>`, range `os` = `<placed>#<order>#<country>`: it moves when the
//!   order changes its tab. Cancelled orders with nothing left to do have the tab `c`.
//! - `days`: hash `dk` = `<connection>#<day placed>`, range `ds` = `<placed>#<order>#<country>`: all orders; it doesn't move.
//! - `exceptions`: hash `xk`, range `xs`: made of the nearest deadline, so it changes only when that one is resolved, or a
//!   nearer one comes.

use jiff::Timestamp;
use tallyman_app::ports::{Day, Month, Shelf, Spot, StoreError, Waiting};
use tallyman_domain::{
    AccountId, ConnectionId, CountryCode, MarketplaceOrderId, OrderRef, OrderState, ShipmentId, Tab, WordKind,
};

/// The index of unfinished orders.
pub const GSI_OPEN: &str = "open";
/// The index of all orders, by the day they were placed on.
pub const GSI_DAYS: &str = "days";
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

/// A tab in keys: in the order that most orders move in, so that whoever goes through the unfinished ones while one moves on
/// sees it twice rather than never.
fn tab(tab: Tab) -> char {
    match tab {
        Tab::AwaitingPayment => '1',
        Tab::OnHold => '2',
        Tab::AwaitingShipment => '3',
        Tab::Shipped => '4',
        Tab::Cancelled => '5',
    }
}

/// Cancelled orders with nothing left to do.
const DONE: char = 'c';

/// An index: its name, and the names of its hash and range keys.
pub(crate) type Index = (&'static str, &'static str, &'static str);

/// The index that has a shelf, and the shelf's hash there.
pub(crate) fn shelf(connection: &ConnectionId, shelf: Shelf) -> (Index, String) {
    const OPEN: Index = (GSI_OPEN, "ok", "os");
    match shelf {
        Shelf::Day(day) => ((GSI_DAYS, "dk", "ds"), format!("{connection}#{}", day.name())),
        Shelf::Open(of, month) => (OPEN, format!("{connection}#{}#{}", tab(of), month.name())),
        Shelf::Cancelled(month) => (OPEN, format!("{connection}#{DONE}#{}", month.name())),
    }
}

/// Where an order stands on its shelves.
pub(crate) fn place(order: &OrderRef, state: &OrderState) -> String {
    let country = state.country.as_ref().map_or("", CountryCode::as_str);
    format!("{}#{country}", Spot::place(state.placed_at, order.order.as_str()))
}

/// Where an unfinished order stands among all of its connection: its tab, and its place on the shelf.
pub(crate) fn open_place(of: Shelf, place: &str) -> Option<String> {
    match of {
        Shelf::Open(of, _) => Some(format!("{}#{place}", tab(of))),
        Shelf::Day(_) | Shelf::Cancelled(_) => None,
    }
}

/// The shelf, the place on it, and the order that such a place names.
pub(crate) fn open_at(connection: &ConnectionId, text: &str) -> Option<(Shelf, String, OrderRef)> {
    let (mark, place) = text.split_once('#')?;
    let of = Tab::ALL.into_iter().find(|of| mark.chars().eq([tab(*of)]))?;
    let mut parts = place.split('#');
    let at: Timestamp = parts.next()?.parse().ok()?;
    let order = MarketplaceOrderId::parse(parts.next()?.to_owned()).ok()?;
    Some((Shelf::Open(of, Month::of(at)), place.to_owned(), OrderRef::new(connection.clone(), order)))
}

/// In which order unfinished orders are gone through: by tab, then by month; none for shelves of finished ones.
pub(crate) fn open_order(shelf: Shelf) -> Option<(char, Month)> {
    match shelf {
        Shelf::Open(of, month) => Some((tab(of), month)),
        Shelf::Day(_) | Shelf::Cancelled(_) => None,
    }
}

/// The partition of what shelves there are.
pub(crate) const SHELVES: &str = "SHELVES";

/// The sort key of a connection's shelves of a year.
pub(crate) fn shelves(connection: &ConnectionId, year: i16) -> String {
    format!("{connection}#{year:04}")
}

/// Whose shelves, of which year.
pub(crate) fn shelves_of(sk: &str) -> Option<(ConnectionId, i16)> {
    let (connection, year) = sk.rsplit_once('#')?;
    Some((ConnectionId::parse(connection).ok()?, year.parse().ok()?))
}

/// The attribute of the days.
pub(crate) const DAYS: &str = "d";

/// A day as a number within its year.
pub(crate) fn day_number(day: Day) -> String {
    format!("{}{:02}", day.month().of_year(), day.of_month())
}

/// ... and back.
pub(crate) fn day_of(year: i16, number: &str) -> Option<Day> {
    let number: i16 = number.parse().ok()?;
    let month = Month::parse(&format!("{year:04}-{:02}", number / 100))?;
    Day::at(month, i8::try_from(number % 100).ok()?)
}

/// The attribute that marks a shelf that isn't a day's.
pub(crate) fn mark(shelf: Shelf) -> Option<String> {
    match shelf {
        Shelf::Day(_) => None,
        Shelf::Open(of, month) => Some(format!("{}-{:02}", tab(of), month.of_year())),
        Shelf::Cancelled(month) => Some(format!("{DONE}-{:02}", month.of_year())),
    }
}

/// The shelf that such an attribute marks.
pub(crate) fn marked(year: i16, attribute: &str) -> Option<Shelf> {
    let (mark, month) = attribute.split_once('-')?;
    let month = Month::parse(&format!("{year:04}-{month}"))?;
    if mark.chars().eq([DONE]) {
        return Some(Shelf::Cancelled(month));
    }
    Tab::ALL.into_iter().find(|of| mark.chars().eq([tab(*of)])).map(|of| Shelf::Open(of, month))
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

/// Where something with exceptions stands in the index `exceptions`: by its nearest deadline.
pub(crate) fn exception_by(deadline: Timestamp, what: &str) -> String {
    format!("{deadline:.0}#{what}")
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
    let (xs, waiting) = Waiting::at(place)?;
    let (pk, sk) = match waiting {
        Waiting::Stray(account, id) => (strays(&account), id.as_str().to_owned()),
        Waiting::Order(reference) => (order(&reference), STATE.to_owned()),
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
            let xs = exception_by(samples::at("2026-11-22T00:00:00Z"), id);
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
    fn an_order_moves_in_the_indexes_only_when_it_changes_its_tab() {
        let (reference, mut state) = (samples::reference(), samples::state(1));
        let hash = |state: &OrderState| Shelf::of(state).map(|of| shelf(&reference.connection, of).1);
        assert_eq!(hash(&state).as_deref(), Some("ae-main#3#2026-11"));
        assert_eq!(place(&reference, &state), "2026-11-20T10:00:00Z#8123456789012345#BR");
        let day = Shelf::Day(Day::of(state.placed_at));
        assert_eq!(shelf(&reference.connection, day).1, "ae-main#2026-11-20");
        state.changed_at = samples::at("2026-11-25T00:00:00Z");
        state.export.sent = state.export.wanted.clone();
        assert_eq!(hash(&state).as_deref(), Some("ae-main#3#2026-11"));
        state.status = tallyman_domain::OrderStatus::Cancelled;
        assert_eq!(hash(&state).as_deref(), Some("ae-main#c#2026-11"));
        state.status = tallyman_domain::OrderStatus::Shipped;
        assert_eq!(hash(&state), None);
    }

    #[test]
    fn shelves_read_back_from_what_marks_them() {
        let at = samples::at("2026-03-05T00:00:00Z");
        let all =
            Tab::ALL.into_iter().map(|tab| Shelf::Open(tab, Month::of(at))).chain([Shelf::Cancelled(Month::of(at))]);
        for shelf in all {
            assert_eq!(marked(2026, &mark(shelf).unwrap()), Some(shelf));
        }
        assert_eq!(day_of(2026, &day_number(Day::of(at))), Some(Day::of(at)));
        assert_eq!(day_number(Day::of(at)), "305");
        let connection = samples::connection();
        assert_eq!(shelves_of(&shelves(&connection, 2026)), Some((connection, 2026)));
        assert!(["pk", "d", "9-01", "3-13", "3-"].iter().all(|foreign| marked(2026, foreign).is_none()));
        assert!(["0", "1332", "x", "230"].iter().all(|foreign| day_of(2026, foreign).is_none()));
    }

    #[test]
    fn a_place_among_the_unfinished_ones_names_its_shelf_and_its_order() {
        let (reference, state) = (samples::reference(), samples::state(1));
        let (shelf, place) = (Shelf::of(&state).unwrap(), place(&reference, &state));
        let text = open_place(shelf, &place).unwrap();
        assert_eq!(open_at(&reference.connection, &text), Some((shelf, place, reference.clone())));
        assert!(
            ["", "3", "3#x#1#DE", "9#2026-11-20T10:00:00Z#1#DE"]
                .iter()
                .all(|bad| open_at(&reference.connection, bad).is_none())
        );
    }
}
