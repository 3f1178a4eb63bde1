//! Where people look orders up: by pile and day, by word. Kept by the same writes that keep the orders.

use super::StoreError;
use async_trait::async_trait;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use tallyman_domain::{ConnectionId, OrderRef, Tab, WordKind};

/// An ISO week, in UTC: all orders of a connection are kept by the week they were placed in, so that no pile grows
/// without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Week {
    year: i16,
    week: i8,
}

impl Week {
    /// The week of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let day = at.to_zoned(TimeZone::UTC).date().iso_week_date();
        Self { year: day.year(), week: day.week() }
    }

    /// `2026-W47`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{:04}-W{:02}", self.year, self.week)
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (year, week) = name.split_once("-W")?;
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        jiff::civil::ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday).ok()?;
        Some(Self { year, week })
    }

    /// Its first day.
    #[must_use]
    pub fn monday(self) -> Option<Date> {
        jiff::civil::ISOWeekDate::new(self.year, self.week, jiff::civil::Weekday::Monday).ok().map(|d| d.date())
    }
}

/// A pile of one connection's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// All orders that were placed in a week.
    Week(Week),
    /// The unfinished ones of a tab.
    Open(Tab),
    /// Cancelled ones with nothing left to do.
    Cancelled,
}

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

    /// The unfinished orders of all tabs, counted by tab, at most `limit` in all; whether these were all.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_by_tab(&self, connection: &ConnectionId, limit: u32) -> Result<(Vec<(Tab, u64)>, bool), StoreError>;

    /// The weeks that have orders, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn weeks(&self, connection: &ConnectionId) -> Result<Vec<Week>, StoreError>;

    /// The orders that have a word of this kind that begins with `prefix` (in its normal form), by word; at most `limit`.
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

    /// The orders with open exceptions, the oldest exception first, each with its place; strays are left out. At most
    /// `limit` places behind `after` are looked at. Where to go on, if there may be more.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when `after` is no place of ours.
    async fn with_exceptions(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, OrderRef)>, Option<String>), StoreError>;
}

/// What a person did to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What: `hold`, `release`, `read_again`, `ask_again`, `attach`, `accept_cancellation`, `refuse_cancellation`.
    pub what: String,
    /// Reason, tracking number, shipment.
    pub note: String,
}

/// What people did to orders, for the timeline. Written before the deed: one that failed is seen to have been tried.
#[async_trait]
pub trait Deeds: Send + Sync {
    /// Writes one down.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_deed(&self, order: &OrderRef, deed: &Deed) -> Result<(), StoreError>;

    /// All of an order, the oldest first; at most 100.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deeds(&self, order: &OrderRef) -> Result<Vec<Deed>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_and_reads_back_from_its_name() {
        let of = |text: &str| Week::of(text.parse().unwrap());
        assert_eq!(of("2026-11-22T23:59:59Z").name(), "2026-W47");
        assert_eq!(of("2026-11-23T00:00:00Z").name(), "2026-W48");
        assert_eq!(of("2027-01-01T12:00:00Z").name(), "2026-W53");
        assert_eq!(Week::parse("2026-W53"), Some(of("2027-01-01T12:00:00Z")));
        assert!(["2026", "2026-W54", "x-W01", ""].iter().all(|bad| Week::parse(bad).is_none()));
        assert!(of("2025-12-28T00:00:00Z") < of("2026-01-05T00:00:00Z"));
    }
}
