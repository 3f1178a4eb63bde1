//! Where people look orders up: by pile and day, by word. Kept by the same writes that keep the orders.

use super::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Span, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{
    AccountId, ConnectionId, Exception, ExceptionKind, MarketplaceOrderId, OrderRef, OrderState, ShipmentId, Tab,
    WordKind,
};

/// A day, in UTC. All orders of a connection are kept by the day they were placed on, so that no shelf grows without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(Date);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.to_zoned(TimeZone::UTC).date())
    }

    /// From year, month and day of the month; none of what the calendar doesn't have.
    #[must_use]
    pub fn at(month: Month, day: i8) -> Option<Self> {
        Date::new(month.year, month.month, day).ok().map(Self)
    }

    /// `2026-11-22`.
    #[must_use]
    pub fn name(self) -> String {
        self.0.to_string()
    }

    /// Its month.
    #[must_use]
    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }

    /// Its place in the month, from 1.
    #[must_use]
    pub fn of_month(self) -> i8 {
        self.0.day()
    }

    /// So many days earlier.
    #[must_use]
    pub fn before(self, days: i32) -> Self {
        Self(self.0.saturating_sub(Span::new().days(days)))
    }
}

/// A month, in UTC. Unfinished orders are kept by tab and by the month they were placed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Day::of(at).month()
    }

    /// `2026-11`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (year, month) = name.split_once('-')?;
        let month = Self { year: year.parse().ok()?, month: month.parse().ok()? };
        Day::at(month, 1).map(|day| day.month())
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        Day(Date::new(self.year, self.month, 1).unwrap_or(Date::ZERO))
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// Its place in the year, from 1.
    #[must_use]
    pub fn of_year(self) -> i8 {
        self.month
    }
}

/// A pile of one connection's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// All orders that were placed on a day.
    Day(Day),
    /// The unfinished ones of a tab that were placed in a month.
    Open(Tab, Month),
    /// Cancelled ones with nothing left to do that were placed in a month.
    Cancelled(Month),
}

impl Shelf {
    /// Where an order lies besides the shelf of its day; nowhere when it is finished and not cancelled.
    #[must_use]
    pub fn of(state: &OrderState) -> Option<Self> {
        let month = Month::of(state.placed_at);
        match (state.is_finished(), state.tab()) {
            (false, tab) => Some(Self::Open(tab, month)),
            (true, Tab::Cancelled) => Some(Self::Cancelled(month)),
            (true, _) => None,
        }
    }

    /// What it is called where shelves are counted.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Day(day) => day.name(),
            Self::Open(tab, month) => format!("{tab:?}/{}", month.name()),
            Self::Cancelled(month) => format!("done/{}", month.name()),
        }
    }

    /// The first day of what lies on it.
    #[must_use]
    pub fn begins(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Open(_, month) | Self::Cancelled(month) => month.first(),
        }
    }
}

/// Which shelves of a connection there are. None that has an order is missing; some may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelved {
    /// The days on which orders were placed.
    pub days: BTreeSet<Day>,
    /// All other shelves, each with a mark that changes whenever somebody notes that orders are put there.
    pub others: BTreeMap<Shelf, String>,
}

/// The shelves of connections; one without orders is missing.
pub type Catalogue = BTreeMap<ConnectionId, Shelved>;

/// Whoever puts orders on a shelf notes it again when its own last note is older than this.
pub const NOTED_FOR: Duration = Duration::from_secs(30 * 60);
/// A shelf that is empty all the while, with one mark, leaves the catalogue after this.
///
/// Whoever noted it has noted it again by then, or puts nothing there: it is longer than [`NOTED_FOR`], an invocation and the
/// index's delay together.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(2);

/// An order's place on a shelf.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// When it was placed, and its number: what shelves are sorted by.
    pub place: String,
    /// Which order.
    pub order: OrderRef,
    /// Where it goes, two letters; empty while that isn't known.
    pub country: String,
}

impl Spot {
    /// The place of an order that was placed at this moment, to the second.
    #[must_use]
    pub fn place(placed_at: Timestamp, order: &str) -> String {
        format!("{placed_at:.0}#{order}")
    }
}

/// What has exceptions, as its place among all of those names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// An order.
    Order(OrderRef),
    /// A shipment of nobody.
    Stray(AccountId, ShipmentId),
}

impl Waiting {
    /// Reads a place, `<deadline>#<order>#<connection>` or `<deadline>#<shipment>#@<account>`: what it is sorted by, and whose it
    /// is. None of what isn't a place of ours.
    #[must_use]
    pub fn at(place: &str) -> Option<(&str, Self)> {
        let (sorted_by, whose) = place.rsplit_once('#')?;
        let (deadline, id) = sorted_by.split_once('#')?;
        deadline.parse::<Timestamp>().ok()?;
        let waiting = match whose.strip_prefix('@') {
            Some(account) => Self::Stray(AccountId::parse(account).ok()?, ShipmentId::parse(id).ok()?),
            None => {
                let order = MarketplaceOrderId::parse(id).ok()?;
                Self::Order(OrderRef::new(ConnectionId::parse(whose).ok()?, order))
            }
        };
        Some((sorted_by, waiting))
    }
}

/// Which part of a shelf, newest first.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Only what is before this place; it stays out itself.
    pub before: Option<String>,
    /// Only what was placed at or after this.
    pub from: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// So many at least.
    pub count: u64,
    /// And no more.
    pub is_all: bool,
}

/// Shelves.
#[async_trait]
pub trait Shelves: Send + Sync {
    /// The orders of a part, newest first. Fewer than `limit` means that the part ends there. Seconds behind the orders.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn part(&self, connection: &ConnectionId, shelf: Shelf, part: &Part) -> Result<Vec<Spot>, StoreError>;

    /// How many there are, counted up to `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count(&self, connection: &ConnectionId, shelf: Shelf, limit: u32) -> Result<Counted, StoreError>;

    /// Which shelves there are; of one connection where one is named.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn catalogue(&self, only: Option<&ConnectionId>) -> Result<Catalogue, StoreError>;

    /// Takes a shelf that is empty out of the catalogue. Nothing happens when its mark is another one by now.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forget(&self, connection: &ConnectionId, shelf: Shelf, mark: &str) -> Result<(), StoreError>;

    /// The orders that have a word of this kind that begins with `prefix` (in its normal form): the last word first and of
    /// one word the highest number first, a SKU that is just that before longer ones; at most `limit`.
    /// With less than [`WordKind::head_chars`], those whose word is just that.
    /// What an order no longer says may still be found: whoever asks looks at the order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(
        &self,
        connection: &ConnectionId,
        kind: WordKind,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<OrderRef>, StoreError>;

    /// The orders with open exceptions, the nearest deadline first, each with its place; strays are left out. At most
    /// `limit` places behind `after` are looked at. Where to go on, if there may be more.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when `after` is no place of ours.
    async fn with_exceptions(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, OrderRef)>, Option<String>), StoreError>;

    /// The open exceptions of at most `limit` places behind `after`, orders and strays (`connection:order`, or
    /// `account/shipment`), the nearest deadline first; each place with all that it has. Where to go on, if there may be more.
    /// An item that can't be read is left out and logged.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when `after` is no place of ours.
    async fn open_exceptions(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, Exception)>, Option<String>), StoreError>;
}

/// What a person did to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What: `hold`, `release`, `read_again`, `ask_again`, `attach`, `accept_cancellation`, `refuse_cancellation`;
    /// of an exception: `resolve`, `assign`, `comment`.
    pub what: String,
    /// Reason, tracking number, shipment, to whom.
    pub note: String,
    /// Which kind of exception it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<ExceptionKind>,
}

/// So many deeds of an order are shown.
pub const DEEDS_MAX: usize = 100;

/// What people did to orders, for the timeline. Written before the deed: one that failed is seen to have been tried.
#[async_trait]
pub trait Deeds: Send + Sync {
    /// Writes one down.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_deed(&self, order: &OrderRef, deed: &Deed) -> Result<(), StoreError>;

    /// The newest [`DEEDS_MAX`] of an order, the oldest of them first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deeds(&self, order: &OrderRef) -> Result<Vec<Deed>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_those_of_utc_and_read_back_from_their_names() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(Day::of(at("2026-11-22T23:59:59Z")).name(), "2026-11-22");
        assert_eq!(Month::of(at("2027-01-01T00:00:00Z")).name(), "2027-01");
        assert_eq!(Month::parse("2026-02"), Some(Month::of(at("2026-02-28T12:00:00Z"))));
        assert_eq!(Day::at(Month::parse("2026-02").unwrap(), 29), None);
        assert_eq!(Day::of(at("2026-03-01T00:00:00Z")).before(1).name(), "2026-02-28");
        assert!(["2026", "2026-13", "x-01", ""].iter().all(|bad| Month::parse(bad).is_none()));
        assert!(Month::of(at("2025-12-28T00:00:00Z")) < Month::of(at("2026-01-05T00:00:00Z")));
    }

    #[test]
    fn a_place_among_the_exceptions_is_one_of_ours_or_none() {
        let (sorted_by, order) = Waiting::at("2026-11-22T00:00:00Z#81#ae-main").unwrap();
        assert_eq!(sorted_by, "2026-11-22T00:00:00Z#81");
        assert_eq!(Some(order), OrderRef::from_order_key("ae-main:81").map(Waiting::Order));
        assert!(matches!(Waiting::at("2026-11-22T00:00:00Z#s9#@main"), Some((_, Waiting::Stray(..)))));
        let bad = ["", "x", "2026#", "2026-11-22T00:00:00Z#81", "2026#81#ae-main", "2026-11-22T00:00:00Z#81#@"];
        assert!(bad.iter().all(|bad| Waiting::at(bad).is_none()));
    }
}
