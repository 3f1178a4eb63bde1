//! The shelves of the orders in memory: what the real ones hold, worked out anew at every look.

use crate::{Memory, lock};
use async_trait::async_trait;
use std::collections::BTreeSet;
use tallyman_app::ports::{Catalogue, Counted, Day, Deed, Deeds, Month, Part, Shelf, Shelves, Spot, StoreError};
use tallyman_domain::{ConnectionId, Exception, OrderRef, OrderState, Tab, WordKind, words};

fn is_on(shelf: Shelf, state: &OrderState) -> bool {
    match shelf {
        Shelf::Day(day) => Day::of(state.placed_at) == day,
        other => Shelf::of(state) == Some(other),
    }
}

impl Memory {
    fn of_connection(&self, connection: &ConnectionId) -> Vec<(OrderRef, OrderState)> {
        self.states_now().into_iter().filter(|(order, _)| order.connection == *connection).collect()
    }
}

fn first<T>(mut all: Vec<T>, limit: u32) -> Vec<T> {
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    all
}

#[async_trait]
impl Shelves for Memory {
    async fn part(&self, connection: &ConnectionId, shelf: Shelf, part: &Part) -> Result<Vec<Spot>, StoreError> {
        if *lock(&self.shelves_fail) {
            return Err(StoreError::Failed { what: "part", key: connection.to_string(), source: "down".into() });
        }
        let of = self.of_connection(connection).into_iter().filter(|(_, state)| is_on(shelf, state));
        let mut spots: Vec<Spot> = of
            .filter(|(_, state)| part.from.is_none_or(|from| state.placed_at >= from))
            .map(|(order, state)| Spot {
                place: Spot::place(state.placed_at, order.order.as_str()),
                order,
                country: state.country.map(|c| c.as_str().to_owned()).unwrap_or_default(),
            })
            .filter(|spot| part.before.as_ref().is_none_or(|before| spot.place < *before))
            .collect();
        spots.sort_unstable_by(|a, b| b.cmp(a));
        Ok(first(spots, part.limit))
    }

    async fn count(&self, connection: &ConnectionId, shelf: Shelf, limit: u32) -> Result<Counted, StoreError> {
        let count = self.of_connection(connection).into_iter().filter(|(_, state)| is_on(shelf, state)).count();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Counted { count: count.min(limit.into()), is_all: count <= limit.into() })
    }

    async fn catalogue(&self, only: Option<&ConnectionId>) -> Result<Catalogue, StoreError> {
        let mut catalogue = Catalogue::new();
        let forgotten = lock(&self.forgotten).clone();
        for (order, state) in self.states_now() {
            if only.is_some_and(|only| *only != order.connection) {
                continue;
            }
            let shelved = catalogue.entry(order.connection.clone()).or_default();
            shelved.days.insert(Day::of(state.placed_at));
            // Orders pass through all tabs, so there have been such shelves; the marks never change here.
            let month = Month::of(state.placed_at);
            let passed = Tab::ALL.into_iter().map(|tab| Shelf::Open(tab, month));
            let passed = passed.filter(|shelf| !forgotten.contains(&(order.connection.clone(), *shelf)));
            shelved.others.extend(passed.chain(Shelf::of(&state)).map(|shelf| (shelf, String::new())));
        }
        Ok(catalogue)
    }

    async fn forget(&self, connection: &ConnectionId, shelf: Shelf, mark: &str) -> Result<(), StoreError> {
        if mark.is_empty() {
            lock(&self.forgotten).insert((connection.clone(), shelf));
        }
        Ok(())
    }

    async fn find(
        &self,
        connection: &ConnectionId,
        kind: WordKind,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<OrderRef>, StoreError> {
        let of_orders = self
            .all_facts()
            .into_iter()
            .flat_map(|(order, facts)| words::of_order(&facts).into_iter().map(move |word| (word, order.clone())));
        let of_shipments = self.all_shipments();
        let of_shipments = of_shipments.into_iter().filter_map(|(order, s)| Some((words::of_shipment(&s)?, order)));
        let fits = |((is, word), order): &((WordKind, String), OrderRef)| {
            let fits =
                if prefix.chars().count() < kind.head_chars() { word == prefix } else { word.starts_with(prefix) };
            order.connection == *connection && *is == kind && !prefix.is_empty() && fits
        };
        let found: BTreeSet<(String, OrderRef)> =
            of_orders.chain(of_shipments).filter(fits).map(|((_, word), order)| (word, order)).collect();
        let (whole, longer): (Vec<_>, Vec<_>) =
            found.into_iter().rev().partition(|(word, _)| kind == WordKind::Sku && word == prefix);
        Ok(first(whole.into_iter().chain(longer).map(|(_, order)| order).collect(), limit))
    }

    async fn with_exceptions(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, OrderRef)>, Option<String>), StoreError> {
        let (with, next) = self.waiting(after, limit);
        let order = |(place, subject, _): Open| Some((place, OrderRef::from_order_key(&subject)?));
        Ok((with.into_iter().filter_map(order).collect(), next))
    }

    async fn open_exceptions(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, Exception)>, Option<String>), StoreError> {
        let (with, next) = self.waiting(after, limit);
        let mut all = Vec::new();
        for (_, subject, open) in with {
            all.extend(open.into_iter().map(|e| (subject.clone(), e)));
        }
        all.sort_by(|a, b| (a.1.deadline, &a.0).cmp(&(b.1.deadline, &b.0)));
        Ok((all, next))
    }
}

/// A place, whose it is, and what is open there.
type Open = (String, String, Vec<Exception>);

impl Memory {
    /// What has exceptions, the nearest deadline first, and where to go on.
    fn waiting(&self, after: Option<&str>, limit: u32) -> (Vec<Open>, Option<String>) {
        let mut with: Vec<Open> = Vec::new();
        for (order, state) in self.states_now() {
            let nearest = state.exceptions.iter().map(|e| e.deadline).min();
            let place = nearest.map(|by| format!("{by:.0}#{}#{}", order.order, order.connection));
            with.extend(place.map(|place| (place, order.to_string(), state.exceptions)));
        }
        for (subject, stray) in self.open_strays() {
            let (account, id) = subject.split_once('/').unwrap_or((&subject, ""));
            with.push((format!("{:.0}#{id}#@{account}", stray.deadline), subject.clone(), vec![stray]));
        }
        with.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        with.retain(|(place, ..)| after.is_none_or(|after| place.as_str() > after));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (with.len() > limit).then(|| with[limit - 1].0.clone());
        with.truncate(limit);
        (with, next)
    }
}

#[async_trait]
impl Deeds for Memory {
    async fn put_deed(&self, order: &OrderRef, deed: &Deed) -> Result<(), StoreError> {
        lock(&self.deeds).entry(order.clone()).or_default().push(deed.clone());
        Ok(())
    }

    async fn deeds(&self, order: &OrderRef) -> Result<Vec<Deed>, StoreError> {
        Ok(lock(&self.deeds).get(order).cloned().unwrap_or_default())
    }
}
