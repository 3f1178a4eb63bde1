//! How many orders there are on each pile.
//!
//! Small piles are counted when somebody looks. Large ones were counted by `reconcile` within the hour, and the number says
//! when: counting a million keys costs 0.2 cents and some seconds, which is fine once an hour and not once a page.

use super::{Browse, Pile};
use crate::ports::{Catalogue, Counted, FORGOTTEN_AFTER, Month, Shelf, Shelved, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tallyman_domain::{ConnectionId, OrderRef, Tab};

const NOTE: &str = "tally";
/// Piles up to this size are counted when somebody looks.
const LIVE_MAX: u32 = 500;
/// Keys of a request when all are counted; DynamoDB answers with 1 MB at most.
const COUNTED_AT_ONCE: u32 = 5_000;
/// The months of the newest days are counted anew every hour, the others once a day.
const FRESH_DAYS: i32 = 21;
/// So many of the newest months of a tab are counted when somebody looks.
const LIVE_MONTHS: usize = 2;
/// What `reconcile` has not counted yet, in its first hour, is counted when somebody looks; so many shelves of it.
const UNCOUNTED_MAX: usize = 500;
/// So many shelves are counted at once.
const COUNTS_AT_ONCE: usize = 8;

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
    /// The newest months, and what was never counted.
    Newest,
    /// Everything.
    All,
}

/// What was counted of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfConnection {
    /// All orders of the older months.
    pub months: BTreeMap<String, u64>,
    /// All orders of the newer months, by day.
    pub days: BTreeMap<String, u64>,
    /// The orders of all other shelves, by [`Shelf::name`].
    pub shelves: BTreeMap<String, u64>,
    /// Those of each tab but `shipped`: what is left of all.
    pub tabs: BTreeMap<Tab, u64>,
    /// Shelves that are empty: with which mark, and since when.
    pub empty: BTreeMap<String, (String, Timestamp)>,
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

    /// Counts, and writes it down for the pages. Shelves that have been empty for long leave the catalogue.
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
        let (catalogue, nothing) = (self.shelves.catalogue(None).await?, Shelved::default());
        for connection in connections {
            let known = before.as_ref().and_then(|tally| tally.connections.get(connection));
            let shelved = catalogue.get(connection).unwrap_or(&nothing);
            let mut of = self.count_days(connection, shelved, depth, known).await?;
            self.count_others(connection, shelved, known, now, &mut of).await?;
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

    /// How many there are on each of these shelves, up to `most`.
    async fn count_shelves(
        &self,
        connection: &ConnectionId,
        shelves: Vec<Shelf>,
        most: u32,
    ) -> Result<Vec<(Shelf, Counted)>, StoreError> {
        let counts = shelves
            .into_iter()
            .map(async |shelf| Ok((shelf, self.shelves.count(connection, shelf, most).await?)))
            .collect::<Vec<_>>();
        stream::iter(counts).buffered(COUNTS_AT_ONCE).try_collect().await
    }

    async fn count_days(
        &self,
        connection: &ConnectionId,
        shelved: &Shelved,
        depth: Depth,
        known: Option<&OfConnection>,
    ) -> Result<OfConnection, StoreError> {
        let mut of = OfConnection::default();
        let Some(newest) = shelved.days.last() else { return Ok(of) };
        let fresh = newest.before(FRESH_DAYS).month();
        let is_known = |month: Month| {
            let known = known.and_then(|known| known.months.get(&month.name()).copied());
            known.filter(|_| depth == Depth::Newest && month < fresh)
        };
        let mut to_count = Vec::new();
        for day in &shelved.days {
            match is_known(day.month()) {
                Some(count) => drop(of.months.insert(day.month().name(), count)),
                None => to_count.push(Shelf::Day(*day)),
            }
        }
        for (shelf, counted) in self.count_shelves(connection, to_count, u32::MAX).await? {
            let month = shelf.begins().month();
            let (counts, name) =
                if month < fresh { (&mut of.months, month.name()) } else { (&mut of.days, shelf.name()) };
            *counts.entry(name).or_default() += counted.count;
        }
        Ok(of)
    }

    async fn count_others(
        &self,
        connection: &ConnectionId,
        shelved: &Shelved,
        known: Option<&OfConnection>,
        now: Timestamp,
        of: &mut OfConnection,
    ) -> Result<(), StoreError> {
        of.tabs = Tab::ALL.into_iter().filter(|tab| *tab != Tab::Shipped).map(|tab| (tab, 0)).collect();
        let shelves: Vec<Shelf> = shelved.others.keys().copied().collect();
        for (shelf, Counted { count, .. }) in self.count_shelves(connection, shelves, u32::MAX).await? {
            if let Some(sum) = of.tabs.get_mut(&tab_of(shelf)) {
                *sum += count;
            }
            of.shelves.insert(shelf.name(), count);
            let Some(mark) = shelved.others.get(&shelf).filter(|_| count == 0) else { continue };
            let known = known.and_then(|known| known.empty.get(&shelf.name()));
            let since = known.filter(|(was, _)| was == mark).map_or(now, |(_, since)| *since);
            if now.duration_since(since) >= FORGOTTEN_AFTER {
                self.shelves.forget(connection, shelf, mark).await?;
            } else {
                of.empty.insert(shelf.name(), (mark.clone(), since));
            }
        }
        Ok(())
    }

    /// How many there are on each pile of these connections.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self, connections: &[ConnectionId]) -> Result<Counts, StoreError> {
        self.counts_in(&self.shelves.catalogue(None).await?, connections).await
    }

    /// The same, where the catalogue is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts_in(&self, catalogue: &Catalogue, connections: &[ConnectionId]) -> Result<Counts, StoreError> {
        let attention = self.shelves.with_exceptions(None, LIVE_MAX);
        let (tally, (attention, more)) = futures::try_join!(self.tally(), attention)?;
        let nothing = Shelved::default();
        let shelved = |c| catalogue.get(c).unwrap_or(&nothing);
        let parts = connections.iter().map(|c| self.counts_of(c, shelved(c), tally.as_ref()));
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
        shelved: &Shelved,
        tally: Option<&Tally>,
    ) -> Result<(Count, BTreeMap<Tab, Count>), StoreError> {
        let nothing = OfConnection::default();
        let (at, known) = tally
            .and_then(|tally| Some((Some(tally.at), tally.connections.get(connection)?)))
            .unwrap_or((None, &nothing));
        let (mut all, mut live) = (Count::default(), Vec::new());
        let newest = shelved.days.last();
        for day in shelved.days.iter().rev().filter(|day| !known.months.contains_key(&day.month().name())) {
            match known.days.get(&day.name()).filter(|_| Some(day) != newest) {
                Some(count) => all.add(Count { count: *count, at_least: false, as_of: at }),
                None => live.push((Shelf::Day(*day), known.days.get(&day.name()).copied())),
            }
        }
        for count in known.months.values() {
            all.add(Count { count: *count, at_least: false, as_of: at });
        }
        let mut tabs: BTreeMap<Tab, Count> = BTreeMap::new();
        for tab in Tab::ALL.into_iter().filter(|tab| *tab != Tab::Shipped) {
            let sum = tabs.entry(tab).or_default();
            let is_large = known.tabs.get(&tab).is_some_and(|count| *count > u64::from(LIVE_MAX));
            let months: Vec<Shelf> = shelved.others.keys().copied().filter(|shelf| tab_of(*shelf) == tab).collect();
            let fresh = newest_months(&months);
            for shelf in months.into_iter().rev() {
                let tallied = known.shelves.get(&shelf.name()).copied();
                match tallied.filter(|_| is_large || fresh.is_none_or(|fresh| shelf.begins().month() < fresh)) {
                    Some(count) => sum.add(Count { count, at_least: false, as_of: at }),
                    None => live.push((shelf, tallied)),
                }
            }
        }
        if live.len() > UNCOUNTED_MAX {
            all.at_least = true;
            tabs.values_mut().for_each(|count| count.at_least = true);
        }
        live.truncate(UNCOUNTED_MAX);
        let tallied: BTreeMap<Shelf, Option<u64>> = live.iter().copied().collect();
        let shelves = live.into_iter().map(|(shelf, _)| shelf).collect();
        for (shelf, counted) in self.count_shelves(connection, shelves, LIVE_MAX).await? {
            let count = match tallied.get(&shelf).copied().flatten().filter(|_| !counted.is_all) {
                Some(count) => Count { count, at_least: false, as_of: at },
                None => Count { count: counted.count, at_least: !counted.is_all, as_of: None },
            };
            match shelf {
                Shelf::Day(_) => all.add(count),
                _ => tabs.entry(tab_of(shelf)).or_default().add(count),
            }
        }
        let others: u64 = tabs.values().map(|count| count.count).sum();
        let mut shipped = Count { count: all.count.saturating_sub(others), ..all };
        shipped.as_of = tabs.values().map(|count| count.as_of).chain([all.as_of]).flatten().min();
        tabs.insert(Tab::Shipped, shipped);
        Ok((all, tabs))
    }
}

/// Whose orders lie there. Of unfinished ones that were shipped the tab is counted as what is left of all.
fn tab_of(shelf: Shelf) -> Tab {
    match shelf {
        Shelf::Open(tab, _) => tab,
        Shelf::Cancelled(_) => Tab::Cancelled,
        Shelf::Day(_) => Tab::Shipped,
    }
}

/// From which month on these shelves are counted when somebody looks.
fn newest_months(shelves: &[Shelf]) -> Option<Month> {
    let mut months: Vec<Month> = shelves.iter().map(|shelf| shelf.begins().month()).collect();
    months.sort_unstable();
    months.dedup();
    let first = months.len().saturating_sub(LIVE_MONTHS);
    months.get(first).copied()
}
