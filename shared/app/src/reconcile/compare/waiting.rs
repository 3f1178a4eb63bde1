//! What ShipStation offers to be packed, against what has to be packed.

use super::{Compare, Noted, Outcome, PAGES_MAX, Place, Stop, Waiting};
use crate::{
    exceptions::{clear_stray, raise_stray},
    ports::{Hint, Page, warehouse::WarehouseEntry},
    step::{At, StepError, wake},
};
use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{
    Compared, Exception, ExceptionKind, OrderRef, OrderState, ShipmentId,
    exception::deadline,
    reconcile::{Remedy, offered, shown},
};

/// So many orders are asked for one by one in a run.
const SINGLE_CALLS_MAX: usize = 20;
/// What came so lately may not be listed yet.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// Orders that are remembered as asked for.
const ASKED_MAX: usize = 200;
/// Kinds that this comparison opens, and so has to clear.
const KINDS: [ExceptionKind; 2] = [ExceptionKind::StillShippable, ExceptionKind::MissingInWarehouse];

/// What the list showed.
#[derive(Default)]
struct Seen {
    ids: BTreeSet<i64>,
    merged: BTreeSet<i64>,
    unknown: BTreeMap<OrderRef, i64>,
}

impl Compare<'_> {
    pub(super) async fn waiting(
        &self,
        place: &mut Place,
        noted: &mut Noted,
        waiting: &[&Waiting],
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let whole = place.page == 0;
        let mut seen = Seen::default();
        loop {
            self.spend(outcome).await?;
            let page = self.heard(self.warehouse.waiting(place.page).await).await?;
            let more = page.more;
            self.page(page, &mut seen, outcome).await?;
            place.page += 1;
            if !more {
                break;
            }
            if place.page >= PAGES_MAX {
                tracing::warn!(account = %self.account.id, "more orders wait in ShipStation than a run compares");
                return Ok(());
            }
        }
        self.unknown(&seen, whole, noted, outcome).await?;
        // Of a list that was begun by another run only the end is known here: who isn't in it can't be said.
        if whole { self.absent(place, &seen, waiting, outcome).await } else { Ok(()) }
    }

    async fn page(&self, page: Page<WarehouseEntry>, seen: &mut Seen, outcome: &mut Outcome) -> Result<(), StepError> {
        outcome.compared += page.items.len();
        for what in &page.unreadable {
            tracing::warn!(account = %self.account.id, what, "a waiting order can't be read and isn't compared");
        }
        let order = |entry: &WarehouseEntry| entry.key.as_deref().and_then(OrderRef::from_order_key);
        let ours: BTreeMap<OrderRef, i64> = page
            .items
            .iter()
            .filter_map(|entry| Some((order(entry).filter(|o| self.connection(o).is_some())?, entry.id)))
            .collect();
        for entry in page.items {
            seen.ids.insert(entry.id);
            seen.merged.extend(entry.merged_ids);
        }
        let states = self.states(&ours.keys().cloned().collect()).await?;
        for (order, id) in ours {
            let state = states.get(&order);
            match (offered(state), state) {
                (Remedy::ReadAgain, _) | (_, None) => {
                    seen.unknown.insert(order, id);
                }
                (remedy, Some(state)) => self.judge(&order, state, remedy, outcome).await?,
            }
        }
        Ok(())
    }

    async fn judge(
        &self,
        order: &OrderRef,
        state: &OrderState,
        remedy: Remedy,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        match remedy {
            Remedy::GiveAgain => {
                outcome.given_again += usize::from(self.settle(order, state, Compared::GiveAgain).await?);
            }
            Remedy::Open(kind, what) => {
                let found = Compared::Found { kind, shipment: None, what };
                outcome.opened += usize::from(self.settle(order, state, found).await?);
            }
            Remedy::Agree => {
                let had = |kind: &_| state.exceptions.iter().any(|e| e.kind == *kind) || state.is_resolved(*kind, None);
                for kind in KINDS.into_iter().filter(had) {
                    let gone = Compared::Gone { kind, shipment: None };
                    outcome.cleared += usize::from(self.settle(order, state, gone).await?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Orders with our key that nobody knows: the marketplace is asked, and who isn't known to the next run either is a
    /// person's matter.
    async fn unknown(
        &self,
        seen: &Seen,
        whole: bool,
        noted: &mut Noted,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let (again, fresh): (Vec<_>, Vec<_>) =
            seen.unknown.iter().partition(|(order, _)| noted.asked.contains(&order.to_string()));
        let kind = ExceptionKind::UnknownInWarehouse;
        for (order, id) in again {
            let what = format!("ShipStation offers order {order} as {id}, and the marketplace doesn't give it to us");
            let found = Exception::found(kind, None, &what, deadline(kind, None, now), now);
            let raised = raise_stray(self.orders, &self.account.id, &stray_id(*id)?, &found).await;
            outcome.opened += usize::from(raised.at(order)?);
        }
        let usable = |order: &&OrderRef| self.usable.contains(&order.connection);
        let ask: Vec<OrderRef> =
            fresh.iter().map(|(order, _)| *order).filter(usable).take(ASKED_MAX).cloned().collect();
        let mut by_connection: BTreeMap<_, Vec<OrderRef>> = BTreeMap::new();
        for order in &ask {
            by_connection.entry(&order.connection).or_default().push(order.clone());
        }
        let hints: Vec<Hint> = by_connection
            .values()
            .flat_map(|orders| orders.chunks(50).map(|orders| Hint::Read { orders: orders.to_vec() }))
            .collect();
        wake(self.queue, &hints, Duration::ZERO).await.at(&self.account.id)?;
        outcome.read_again += ask.len();
        if whole {
            noted.asked.retain(|order| seen.unknown.keys().any(|o| o.to_string() == *order));
            self.known_now(seen, outcome).await?;
        }
        noted.asked.extend(ask.iter().take(ASKED_MAX.saturating_sub(noted.asked.len())).map(ToString::to_string));
        Ok(())
    }

    /// Unknown orders that are known now, or gone.
    async fn known_now(&self, seen: &Seen, outcome: &mut Outcome) -> Result<(), StepError> {
        let unknown: BTreeSet<String> = seen.unknown.values().map(|id| format!("{}/o{id}", self.account.id)).collect();
        let mine = format!("{}/", self.account.id);
        for (subject, exception) in self.open {
            let over = exception.kind == ExceptionKind::UnknownInWarehouse && !unknown.contains(subject);
            if let Some(Ok(id)) = subject.strip_prefix(&mine).filter(|_| over).map(ShipmentId::parse) {
                clear_stray(self.orders, &self.account.id, &id, self.clock.now()).await.at(subject)?;
                outcome.cleared += 1;
            }
        }
        Ok(())
    }

    /// Orders that have to be packed and aren't offered. Each is asked for by itself: while the list was read, orders
    /// left it and others moved up.
    async fn absent(
        &self,
        place: &Place,
        seen: &Seen,
        waiting: &[&Waiting],
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let before = place.window.to - LISTED_WITHIN;
        let not_offered = |w: &&Waiting| w.arrived_at < before && !seen.ids.contains(&w.id);
        let mine = waiting.iter().copied().filter(|w| self.connection(&w.order).is_some()).filter(not_offered);
        let (merged, missing): (Vec<&Waiting>, Vec<&Waiting>) = mine.partition(|w| seen.merged.contains(&w.id));
        // Not always the first ones: people may hold many orders for long, and each of those is asked for as well.
        let turn = usize::try_from(place.window.to.as_second() / 3_600).unwrap_or_default();
        let start = if missing.is_empty() { 0 } else { turn * SINGLE_CALLS_MAX % missing.len() };
        let some = missing.iter().cycle().skip(start).take(SINGLE_CALLS_MAX.min(missing.len()));
        let states = self.states(&some.clone().map(|w| w.order.clone()).collect()).await?;
        for one in some {
            let Some(state) = states.get(&one.order) else { continue };
            self.spend(outcome).await?;
            let entry = self.heard(self.warehouse.entry(one.id).await).await?;
            let remedy = shown(state, entry.as_ref().map(|entry| entry.status.as_str()));
            self.judge(&one.order, state, remedy, outcome).await?;
        }
        let merged: BTreeSet<OrderRef> = merged.iter().map(|w| w.order.clone()).collect();
        self.over(seen, waiting, &merged, outcome).await.map_err(Stop::from)
    }

    /// Exceptions of orders that needn't wait there any more, or were merged, or are no longer offered.
    async fn over(
        &self,
        seen: &Seen,
        waiting: &[&Waiting],
        merged: &BTreeSet<OrderRef>,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let of_kinds = self.open.iter().filter(|(_, e)| KINDS.contains(&e.kind));
        let orders: BTreeSet<OrderRef> =
            of_kinds.filter_map(|(subject, _)| OrderRef::from_order_key(subject)).collect();
        let orders = orders.into_iter().filter(|o| self.connection(o).is_some()).collect();
        for (order, state) in self.states(&orders).await?.into_iter().collect::<BTreeMap<_, _>>() {
            let offered = state.export.warehouse_order.is_some_and(|id| seen.ids.contains(&id));
            let waits = waiting.iter().any(|w| w.order == order) && !merged.contains(&order);
            if !offered && !waits {
                self.judge(&order, &state, Remedy::Agree, outcome).await?;
            }
        }
        Ok(())
    }
}

fn stray_id(id: i64) -> Result<ShipmentId, StepError> {
    let unusable = |bad: tallyman_domain::BadId| StepError::Unusable { address: id.to_string(), what: bad.to_string() };
    ShipmentId::parse(format!("o{id}")).map_err(unusable)
}
