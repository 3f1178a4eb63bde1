//! What people look through: piles of orders, newest first, page by page, and exact at any size. No scan: what each query
//! costs stands in ADR 13.

pub mod pulse;
pub mod samples;
mod search;
mod tally;

pub use search::{Hit, Search, Searched};
pub use tally::{Count, Counts, Depth, Tally};

use crate::ports::{Catalogue, Day, NoteStore, OrderRecord, OrderStore, Part, Shelf, Shelves, Spot, StoreError};
use futures::future::try_join_all;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use tallyman_domain::{ConnectionId, OrderRef, OrderState, Tab};

/// One request looks at no more than so many places. Where a filter leaves few of them, the page ends early and says where
/// to go on: nothing is left out.
const EXAMINED_MAX: usize = 2_000;
/// ... and at no more than so many shelves,
const SHELVES_MAX: usize = 200;
/// ... so many of them at once.
const SHELVES_AT_ONCE: usize = 32;
/// Where only some of the keys fit, so many are read of a shelf at once.
const FILTERED_PART: usize = 200;
/// So many places of orders with exceptions are read at once.
const ATTENTION_AT_ONCE: u32 = 100;

/// What is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pile {
    /// All orders.
    All,
    /// Those of a tab.
    Tab(Tab),
    /// Those with open exceptions.
    NeedsAttention,
}

/// Which page.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of which pile.
    pub pile: Pile,
    /// Of which connections.
    pub connections: Vec<ConnectionId>,
    /// Placed at or after this.
    pub from: Option<Timestamp>,
    /// Placed before this.
    pub to: Option<Timestamp>,
    /// Going to this country, two capital letters.
    pub country: Option<String>,
    /// Behind this place: where the page before ended.
    pub before: Option<String>,
    /// So many; at most 200.
    pub limit: usize,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// The orders with their facts, newest first; of those that need attention the nearest deadline first.
    pub rows: Vec<(OrderRef, OrderRecord)>,
    /// Where the next page begins, if there may be one. With a filter, it may turn out to be empty.
    pub next: Option<String>,
}

/// The use case.
pub struct Browse<'a> {
    /// Shelves.
    pub shelves: &'a dyn Shelves,
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Notes, for the tally.
    pub notes: &'a dyn NoteStore,
}

/// What a page is made from, while it is made.
struct Pick {
    spots: Vec<Spot>,
    examined: usize,
    limit: usize,
    /// Everything before this was looked at.
    reached: Option<String>,
}

impl Pick {
    fn is_full(&self) -> bool {
        self.spots.len() > self.limit || self.examined >= EXAMINED_MAX
    }
}

impl Browse<'_> {
    /// One page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, asked: &Asked) -> Result<Listed, StoreError> {
        let only = match &asked.connections[..] {
            [one] => Some(one),
            _ => None,
        };
        self.list_in(&self.shelves.catalogue(only).await?, asked).await
    }

    /// One page, where the catalogue is known: that of all connections, or of those that are asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_in(&self, catalogue: &Catalogue, asked: &Asked) -> Result<Listed, StoreError> {
        if asked.pile == Pile::NeedsAttention {
            return self.attention(asked).await;
        }
        let start = [asked.before.clone(), asked.to.map(|to| format!("{to:.0}"))].into_iter().flatten().min();
        let mut pick = Pick { spots: Vec::new(), examined: 0, limit: asked.limit.clamp(1, 200), reached: start };
        let all_seen = self.walk(catalogue, asked, &mut pick).await?;
        let is_cut = pick.spots.len() > pick.limit;
        let next = match (is_cut, all_seen && !pick.is_full()) {
            (true, _) => {
                let mut kept = pick.limit;
                // Two connections may have an order of one number and second: a page never ends between them.
                while kept < pick.spots.len() && pick.spots[kept].place == pick.spots[kept - 1].place {
                    kept += 1;
                }
                pick.spots.truncate(kept);
                pick.spots.last().map(|spot| spot.place.clone())
            }
            (false, true) => None,
            (false, false) => pick.reached,
        };
        let orders: Vec<OrderRef> = pick.spots.into_iter().map(|spot| spot.order).collect();
        Ok(Listed { rows: self.rows(orders).await?, next })
    }

    /// From the newest shelves to the oldest, those of one time together, until the page is full. As many at once as are
    /// likely to fill it. False when there are more shelves to look at.
    async fn walk(&self, catalogue: &Catalogue, asked: &Asked, pick: &mut Pick) -> Result<bool, StoreError> {
        let mut left = shelves_of(catalogue, asked, pick.reached.as_deref());
        let (mut looked_at, mut times_seen, mut at_once) = (0, 0, 1);
        while !left.is_empty() {
            if pick.is_full() || looked_at >= SHELVES_MAX {
                return Ok(false);
            }
            let mut stage = Vec::new();
            for _ in 0..at_once {
                let Some((begins, shelves)) = left.pop_last() else { break };
                stage.push((begins, shelves));
                if stage.iter().map(|(_, shelves)| shelves.len()).sum::<usize>() >= SHELVES_AT_ONCE {
                    break;
                }
            }
            times_seen += stage.len();
            let begins = stage.last().map(|(begins, _)| *begins);
            let shelves: Vec<_> = stage.into_iter().flat_map(|(_, shelves)| shelves).collect();
            looked_at += shelves.len();
            if self.stage(asked, &shelves, pick).await?
                && let Some(begins) = begins
            {
                // Also where nothing was found: what comes next is older.
                pick.reached = Some(start(begins));
            }
            let missing = (pick.limit + 1).saturating_sub(pick.spots.len());
            at_once = (missing * times_seen).div_ceil(pick.spots.len().max(1)).clamp(1, 2 * at_once);
        }
        Ok(true)
    }

    /// Merges shelves until the page is full or they end; whether they ended.
    async fn stage(
        &self,
        asked: &Asked,
        shelves: &[(&ConnectionId, Shelf)],
        pick: &mut Pick,
    ) -> Result<bool, StoreError> {
        let limit = if asked.country.is_some() { FILTERED_PART } else { pick.limit + 1 };
        while !pick.is_full() {
            let part = Part {
                before: pick.reached.clone(),
                from: asked.from,
                limit: u32::try_from(limit).unwrap_or(u32::MAX),
            };
            let parts = shelves.iter().map(|(connection, shelf)| self.shelves.part(connection, *shelf, &part));
            let parts = try_join_all(parts).await?;
            // Behind the last place of a part that may go on, another one may still come.
            let full = parts.iter().filter(|part| part.len() >= limit);
            let horizon = full.filter_map(|part| part.last()).map(|spot| spot.place.clone()).max();
            let mut spots: Vec<Spot> = parts.into_iter().flatten().collect();
            spots.retain(|spot| horizon.as_ref().is_none_or(|horizon| spot.place >= *horizon));
            spots.sort_unstable_by(|a, b| b.cmp(a));
            if self.sift(asked, spots, pick).await? && horizon.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes what fits. What the keys alone don't tell is read, no more of it than the page needs. False when the page was
    /// full before the end.
    async fn sift(&self, asked: &Asked, mut spots: Vec<Spot>, pick: &mut Pick) -> Result<bool, StoreError> {
        let reads = asked.pile == Pile::Tab(Tab::Shipped);
        while !spots.is_empty() {
            if pick.is_full() {
                return Ok(false);
            }
            let mut now = if reads { (pick.limit + pick.limit / 4).min(spots.len()) } else { spots.len() };
            while now < spots.len() && spots[now].place == spots[now - 1].place {
                now += 1;
            }
            let later = spots.split_off(now);
            pick.examined += spots.len();
            pick.reached = spots.last().map(|spot| spot.place.clone());
            spots.retain(|spot| asked.country.as_ref().is_none_or(|country| spot.country == *country));
            if reads {
                let orders: Vec<OrderRef> = spots.iter().map(|spot| spot.order.clone()).collect();
                let states = self.orders.states(&orders).await?;
                spots.retain(|spot| states.get(&spot.order).is_some_and(|state| state.tab() == Tab::Shipped));
            }
            pick.spots.append(&mut spots);
            spots = later;
        }
        Ok(true)
    }

    /// The nearest deadline first: whoever comes to look goes on where it burns. What is found elsewhere than in the
    /// keys is read; where little fits, the page ends early and says where to go on.
    async fn attention(&self, asked: &Asked) -> Result<Listed, StoreError> {
        let fits = |state: &OrderState| {
            asked.from.is_none_or(|from| state.placed_at >= from)
                && asked.to.is_none_or(|to| state.placed_at < to)
                && asked.country.as_deref().is_none_or(|c| state.country.as_ref().is_some_and(|is| is.as_str() == c))
                && !state.exceptions.is_empty()
        };
        let limit = asked.limit.clamp(1, 200);
        let (mut found, mut after, mut examined) = (Vec::new(), asked.before.clone(), 0);
        'pages: while examined < EXAMINED_MAX {
            let (page, next) = self.shelves.with_exceptions(after.as_deref(), ATTENTION_AT_ONCE).await?;
            examined += usize::try_from(ATTENTION_AT_ONCE).unwrap_or(usize::MAX);
            let of_these = |(_, order): &&(String, OrderRef)| asked.connections.contains(&order.connection);
            let orders: Vec<OrderRef> = page.iter().filter(of_these).map(|(_, order)| order.clone()).collect();
            let states = self.orders.states(&orders).await?;
            for (place, order) in page {
                if found.len() == limit {
                    break 'pages;
                }
                if states.get(&order).is_some_and(fits) {
                    found.push(order);
                }
                after = Some(place);
            }
            match next {
                Some(next) => after = Some(next),
                None => {
                    after = None;
                    break;
                }
            }
        }
        Ok(Listed { rows: self.rows(found).await?, next: after })
    }

    async fn rows(&self, orders: Vec<OrderRef>) -> Result<Vec<(OrderRef, OrderRecord)>, StoreError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let mut records: HashMap<OrderRef, OrderRecord> = self.orders.with_facts(&orders).await?;
        Ok(orders.into_iter().filter_map(|order| records.remove(&order).map(|record| (order, record))).collect())
    }
}

/// The place before all of a day's: places begin with their moment.
fn start(day: Day) -> String {
    format!("{}T00:00:00Z", day.name())
}

/// The shelves of a pile by the time they begin, without those that lie outside of what is asked for. `reached`: everything
/// from there on was seen.
fn shelves_of<'a>(
    catalogue: &'a Catalogue,
    asked: &Asked,
    reached: Option<&str>,
) -> BTreeMap<Day, Vec<(&'a ConnectionId, Shelf)>> {
    let is_on = |shelf: &Shelf| match (asked.pile, shelf) {
        (Pile::Tab(Tab::Cancelled), Shelf::Cancelled(_)) => true,
        (Pile::Tab(asked), Shelf::Open(tab, _)) => asked == *tab && asked != Tab::Shipped,
        (Pile::All | Pile::Tab(Tab::Shipped), Shelf::Day(_)) => true,
        _ => false,
    };
    let mut all: BTreeMap<Day, Vec<(&ConnectionId, Shelf)>> = BTreeMap::new();
    for (connection, shelved) in catalogue.iter().filter(|(c, _)| asked.connections.contains(c)) {
        let days = shelved.days.iter().map(|day| Shelf::Day(*day));
        for shelf in days.chain(shelved.others.keys().copied()).filter(is_on) {
            let first = asked.from.map(|from| match shelf {
                Shelf::Day(_) => Day::of(from),
                _ => Day::of(from).month().first(),
            });
            let begins = shelf.begins();
            if first.is_none_or(|first| begins >= first) && reached.is_none_or(|reached| *start(begins) < *reached) {
                all.entry(begins).or_default().push((connection, shelf));
            }
        }
    }
    all
}
