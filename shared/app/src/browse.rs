//! What people look through: piles of orders, newest first, page by page, and exact at any size. No scan: what each query
//! costs stands in ADR 13.

pub mod pulse;
mod search;
mod tally;

pub use search::{Hit, Search, Searched};
pub use tally::{Count, Counts, Depth, Tally};

use crate::ports::{NoteStore, OrderRecord, OrderStore, Part, Shelf, Shelves, Spot, StoreError, Week};
use futures::future::try_join_all;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use tallyman_domain::{ConnectionId, OrderRef, OrderState, Tab};

/// One request looks at no more than so many places. Where a filter leaves few of them, the page ends early and says where
/// to go on: nothing is left out.
const EXAMINED_MAX: usize = 2_000;
/// ... and at no more than so many weeks.
const WEEKS_MAX: usize = 60;
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
    /// The orders with their facts, newest first; of those that need attention the oldest exception first.
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
        if asked.pile == Pile::NeedsAttention {
            return self.attention(asked).await;
        }
        let start = [asked.before.clone(), asked.to.map(|to| format!("{to:.0}"))].into_iter().flatten().min();
        let mut pick = Pick { spots: Vec::new(), examined: 0, limit: asked.limit.clamp(1, 200), reached: start };
        let mut all_seen = true;
        match asked.pile {
            Pile::Tab(tab @ (Tab::AwaitingPayment | Tab::AwaitingShipment | Tab::OnHold)) => {
                self.stage(asked, &[Shelf::Open(tab)], &mut pick).await?;
            }
            Pile::Tab(Tab::Cancelled) => {
                self.stage(asked, &[Shelf::Open(Tab::Cancelled), Shelf::Cancelled], &mut pick).await?;
            }
            Pile::All | Pile::Tab(Tab::Shipped) | Pile::NeedsAttention => {
                all_seen = self.weeks(asked, &mut pick).await?;
            }
        }
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

    /// Week by week, the newest first. False when there are more weeks to look at.
    async fn weeks(&self, asked: &Asked, pick: &mut Pick) -> Result<bool, StoreError> {
        let all = try_join_all(asked.connections.iter().map(|c| self.shelves.weeks(c))).await?;
        let first = asked.from.map(Week::of);
        // A place begins with its moment.
        let last = pick.reached.as_deref().and_then(|place| place.get(..20)?.parse().ok()).map(Week::of);
        let weeks: BTreeSet<Week> = all.into_iter().flatten().collect();
        let in_range = |week: &Week| first.is_none_or(|first| *week >= first) && last.is_none_or(|last| *week <= last);
        for (looked_at, week) in weeks.into_iter().rev().filter(in_range).enumerate() {
            if looked_at == WEEKS_MAX || pick.is_full() {
                return Ok(false);
            }
            self.stage(asked, &[Shelf::Week(week)], pick).await?;
        }
        Ok(true)
    }

    /// Merges the same shelves of all connections until the page is full or they end.
    async fn stage(&self, asked: &Asked, shelves: &[Shelf], pick: &mut Pick) -> Result<(), StoreError> {
        let limit = u32::try_from(pick.limit + 1).unwrap_or(u32::MAX);
        while !pick.is_full() {
            let part = Part { before: pick.reached.clone(), from: asked.from, limit };
            let sources = asked.connections.iter().flat_map(|c| shelves.iter().map(move |s| (c, *s)));
            let parts = sources.map(|(connection, shelf)| self.shelves.part(connection, shelf, &part));
            let parts = try_join_all(parts).await?;
            // Behind the last place of a part that may go on, another one may still come.
            let full = parts.iter().filter(|part| part.len() > pick.limit);
            let horizon = full.filter_map(|part| part.last()).map(|spot| spot.place.clone()).max();
            let mut spots: Vec<Spot> = parts.into_iter().flatten().collect();
            spots.retain(|spot| horizon.as_ref().is_none_or(|horizon| spot.place >= *horizon));
            spots.sort_unstable_by(|a, b| b.cmp(a));
            pick.examined += spots.len();
            pick.reached = spots.last().map(|spot| spot.place.clone()).or(pick.reached.take());
            pick.spots.extend(self.fitting(asked, spots).await?);
            if horizon.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What the keys alone don't tell is read.
    async fn fitting(&self, asked: &Asked, mut spots: Vec<Spot>) -> Result<Vec<Spot>, StoreError> {
        spots.retain(|spot| asked.country.as_ref().is_none_or(|country| spot.country == *country));
        if asked.pile == Pile::Tab(Tab::Shipped) {
            let orders: Vec<OrderRef> = spots.iter().map(|spot| spot.order.clone()).collect();
            let states = self.orders.states(&orders).await?;
            spots.retain(|spot| states.get(&spot.order).is_some_and(|state| state.tab() == Tab::Shipped));
        }
        Ok(spots)
    }

    /// The oldest exception first: whoever comes to look goes on where the worst is. What is found elsewhere than in the
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
