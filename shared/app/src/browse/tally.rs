//! How many orders there are on each pile.
//!
//! Small piles are counted when somebody looks. Large ones were counted by `reconcile` within the hour, and the number says
//! when: counting a million keys costs 0.2 cents and some seconds, which is fine once an hour and not once a page.

use super::{Browse, Pile};
use crate::ports::{Counted, Shelf, StoreError, Week};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tallyman_domain::{ConnectionId, OrderRef, Tab};

const NOTE: &str = "tally";
/// Piles up to this size are counted when somebody looks.
const LIVE_MAX: u32 = 500;
/// Keys of a request when all are counted; DynamoDB answers with 1 MB at most.
const COUNTED_AT_ONCE: u32 = 5_000;
/// The newest weeks are counted anew every hour, the others once a day.
const FRESH_WEEKS: usize = 3;

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// So many.
    pub count: u64,
    /// Or more: nobody has counted on yet.
    pub at_least: bool,
    /// When that was counted; none when it is so now.
    pub as_of: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.at_least |= other.at_least;
        self.as_of = [self.as_of, other.as_of].into_iter().flatten().min();
    }
}

/// How many on each pile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// All.
    pub all: Count,
    /// By tab.
    pub tabs: BTreeMap<Tab, Count>,
    /// With open exceptions.
    pub needs_attention: Count,
}

impl Counts {
    /// How many on this one.
    #[must_use]
    pub fn of(&self, pile: Pile) -> Count {
        match pile {
            Pile::All => self.all,
            Pile::NeedsAttention => self.needs_attention,
            Pile::Tab(tab) => self.tabs.get(&tab).copied().unwrap_or_default(),
        }
    }
}

/// How deep to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Newest weeks, and what was never counted.
    Newest,
    /// Everything.
    All,
}

/// What was counted of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfConnection {
    /// All orders, by the week they were placed in.
    pub weeks: BTreeMap<String, u64>,
    /// Those of each tab but `shipped`: what is left of all.
    pub tabs: BTreeMap<Tab, u64>,
    /// Those with open exceptions; none where nobody has counted them yet.
    #[serde(default)]
    pub attention: Option<u64>,
}

/// What `reconcile` counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// When.
    pub at: Timestamp,
    /// What.
    pub connections: BTreeMap<ConnectionId, OfConnection>,
}

impl Browse<'_> {
    /// What was counted last; none when nobody has counted yet or the note can't be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tally(&self) -> Result<Option<Tally>, StoreError> {
        let note = self.notes.note(NOTE).await?;
        Ok(note.and_then(|(_, text)| serde_json::from_str(&text).ok()))
    }

    /// Counts, and writes it down for the pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_all(
        &self,
        connections: &[ConnectionId],
        depth: Depth,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let note = self.notes.note(NOTE).await?;
        let (version, before) = note.map_or((0, None), |(v, text)| (v, serde_json::from_str::<Tally>(&text).ok()));
        let (mut counted, attention) = (BTreeMap::new(), self.count_attention().await?);
        for connection in connections {
            let known = before.as_ref().and_then(|tally| tally.connections.get(connection));
            let mut of = self.count_one(connection, depth, known).await?;
            of.attention = Some(attention.get(connection).copied().unwrap_or_default());
            counted.insert(connection.clone(), of);
        }
        let tally = Tally { at: now, connections: counted };
        let text = serde_json::to_string(&tally)
            .map_err(|e| StoreError::Corrupt { key: NOTE.to_owned(), what: e.to_string() })?;
        match self.notes.put_note(NOTE, version, &text).await {
            // Another run counted meanwhile: its numbers are as good.
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(tally),
            Err(error) => Err(error),
        }
    }

    async fn count_one(
        &self,
        connection: &ConnectionId,
        depth: Depth,
        known: Option<&OfConnection>,
    ) -> Result<OfConnection, StoreError> {
        let mut of = OfConnection::default();
        for (age, week) in self.shelves.weeks(connection).await?.into_iter().enumerate() {
            let known = known.and_then(|known| known.weeks.get(&week.name()).copied());
            let count = match known.filter(|_| depth == Depth::Newest && age >= FRESH_WEEKS) {
                Some(count) => count,
                None => self.shelves.count(connection, Shelf::Week(week), u32::MAX).await?.count,
            };
            of.weeks.insert(week.name(), count);
        }
        for tab in Tab::ALL.into_iter().filter(|tab| *tab != Tab::Shipped) {
            let mut count = self.shelves.count(connection, Shelf::Open(tab), u32::MAX).await?.count;
            if tab == Tab::Cancelled {
                count += self.shelves.count(connection, Shelf::Cancelled, u32::MAX).await?.count;
            }
            of.tabs.insert(tab, count);
        }
        Ok(of)
    }

    /// How many there are on each pile of these connections.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self, connections: &[ConnectionId]) -> Result<Counts, StoreError> {
        let weeks = try_join_all(connections.iter().map(|c| self.shelves.weeks(c)));
        let attention = self.shelves.with_exceptions(None, LIVE_MAX);
        let (tally, weeks, (attention, more)) = futures::try_join!(self.tally(), weeks, attention)?;
        let parts = connections.iter().zip(weeks).map(|(c, weeks)| self.counts_of(c, weeks, tally.as_ref()));
        let parts = try_join_all(parts).await?;
        let mut counts = Counts::default();
        for (all, tabs) in parts {
            counts.all.add(all);
            for (tab, count) in tabs {
                counts.tabs.entry(tab).or_default().add(count);
            }
        }
        let of_these = |(_, order): &&(String, OrderRef)| connections.contains(&order.connection);
        let count = u64::try_from(attention.iter().filter(of_these).count()).unwrap_or(u64::MAX);
        let tallied = tally.as_ref().filter(|_| more.is_some()).and_then(|tally| {
            let counts = connections.iter().map(|c| tally.connections.get(c)?.attention);
            Some(Count { count: counts.sum::<Option<u64>>()?, at_least: false, as_of: Some(tally.at) })
        });
        counts.needs_attention = tallied.unwrap_or(Count { count, at_least: more.is_some(), as_of: None });
        Ok(counts)
    }

    /// How many orders of each connection have open exceptions.
    async fn count_attention(&self) -> Result<BTreeMap<ConnectionId, u64>, StoreError> {
        let (mut counts, mut after) = (BTreeMap::new(), None);
        loop {
            let (page, next) = self.shelves.with_exceptions(after.as_deref(), COUNTED_AT_ONCE).await?;
            for (_, order) in page {
                *counts.entry(order.connection).or_default() += 1;
            }
            let Some(next) = next else { return Ok(counts) };
            after = Some(next);
        }
    }

    async fn counts_of(
        &self,
        connection: &ConnectionId,
        weeks: Vec<Week>,
        tally: Option<&Tally>,
    ) -> Result<(Count, BTreeMap<Tab, Count>), StoreError> {
        let known = tally.and_then(|tally| Some((tally.at, tally.connections.get(connection)?)));
        let counted = |count: Counted, tallied: Option<u64>| match (count.is_all, tallied, known) {
            (false, Some(tallied), Some((at, _))) => Count { count: tallied, at_least: false, as_of: Some(at) },
            (is_all, ..) => Count { count: count.count, at_least: !is_all, as_of: None },
        };
        let week = |(age, week): (usize, Week)| async move {
            let tallied = known.and_then(|(at, of)| Some((at, *of.weeks.get(&week.name())?)));
            if let Some((at, count)) = tallied.filter(|_| age > 0) {
                return Ok::<_, StoreError>(Count { count, at_least: false, as_of: Some(at) });
            }
            let count = self.shelves.count(connection, Shelf::Week(week), LIVE_MAX).await?;
            Ok(counted(count, tallied.map(|(_, count)| count)))
        };
        let weeks = try_join_all(weeks.into_iter().enumerate().map(week));
        let open = self.shelves.open_by_tab(connection, LIVE_MAX);
        let cancelled = self.shelves.count(connection, Shelf::Cancelled, LIVE_MAX);
        let (weeks, (open, open_is_all), cancelled) = futures::try_join!(weeks, open, cancelled)?;
        let mut all = Count::default();
        weeks.into_iter().for_each(|count| all.add(count));
        let mut tabs: BTreeMap<Tab, Count> = BTreeMap::new();
        for (tab, count) in open.into_iter().filter(|(tab, _)| *tab != Tab::Shipped) {
            let done = if tab == Tab::Cancelled { cancelled } else { Counted { count: 0, is_all: true } };
            let both = Counted { count: count + done.count, is_all: open_is_all && done.is_all };
            let tallied = known.and_then(|(_, of)| of.tabs.get(&tab).copied());
            tabs.insert(tab, counted(both, tallied));
        }
        let others: u64 = tabs.values().map(|count| count.count).sum();
        let mut shipped = Count { count: all.count.saturating_sub(others), ..all };
        shipped.as_of = tabs.values().map(|count| count.as_of).chain([all.as_of]).flatten().min();
        tabs.insert(Tab::Shipped, shipped);
        Ok((all, tabs))
    }
}
