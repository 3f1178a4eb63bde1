//! Orders that have to be packed and that ShipStation doesn't offer.

use super::{Compare, Known, Outcome, PAGES_MAX, Place, Stop, Waiting, seen::Seen, waiting::KINDS};
use crate::{ports::warehouse::WarehouseEntry, step::StepError};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use tallyman_domain::{
    OrderRef, OrderState,
    reconcile::{Remedy, shown, waits_there},
};

/// So many orders are asked for one by one in a run.
const SINGLE_CALLS_MAX: usize = 20;
/// What came so lately may not be listed yet.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_mins(30);

impl Compare<'_> {
    /// People may hold orders, and merge others into those. That list is read only when somebody is missing.
    pub(super) async fn held(
        &self,
        place: &mut Place,
        seen: &mut Seen,
        (known, waiting): (&Known, &[&Waiting]),
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        while place.page < PAGES_MAX && !self.missing(place, seen, &known.merged, waiting).is_empty() {
            self.spend(outcome).await?;
            let page = self.heard(self.warehouse.held(place.page).await).await?;
            outcome.compared += page.items.len();
            for entry in page.items {
                seen.held.insert(entry.id);
                seen.merged.extend(entry.merged_ids);
            }
            if !page.more {
                return Ok(());
            }
            place.page += 1;
        }
        Ok(())
    }

    fn missing<'w>(
        &self,
        place: &Place,
        seen: &Seen,
        merged: &BTreeSet<OrderRef>,
        waiting: &[&'w Waiting],
    ) -> Vec<&'w Waiting> {
        let before = place.window.to - LISTED_WITHIN;
        let listed = |id: &i64| seen.ids.contains(id) || seen.held.contains(id) || seen.merged.contains(id);
        let missing = |w: &&Waiting| {
            w.arrived_at < before && !listed(&w.id) && !merged.contains(&w.order) && self.connection(&w.order).is_some()
        };
        waiting.iter().copied().filter(missing).collect()
    }

    /// Each is asked for by itself: while the list was read, orders left it and others moved up.
    pub(super) async fn absent(
        &self,
        place: &mut Place,
        seen: &mut Seen,
        (known, waiting): (&Known, &[&Waiting]),
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let missing = self.missing(place, seen, &known.merged, waiting);
        // Not always the first ones: people may move many orders out of sight, and each of those is asked for as well.
        let turn = usize::try_from(place.window.to.as_second() / 3_600).unwrap_or_default();
        let done = usize::try_from(place.page).unwrap_or(usize::MAX);
        let start = if missing.is_empty() { 0 } else { (turn * SINGLE_CALLS_MAX + done) % missing.len() };
        let most = SINGLE_CALLS_MAX.saturating_sub(done).min(missing.len());
        let (mut asked, mut stopped) = (Vec::new(), Ok(()));
        for one in missing.iter().cycle().skip(start).take(most) {
            match self.ask(one.id, outcome).await {
                Ok(entry) => asked.push((*one, entry)),
                Err(stop) => {
                    stopped = Err(stop);
                    break;
                }
            }
            place.page += 1;
        }
        seen.merged.extend(asked.iter().flat_map(|(_, entry)| entry.iter().flat_map(|e| e.merged_ids.iter().copied())));
        let states = self.states(&asked.iter().map(|(one, _)| one.order.clone()).collect()).await?;
        for (one, entry) in asked {
            let Some(state) = states.get(&one.order).filter(|_| !seen.merged.contains(&one.id)) else { continue };
            let remedy = shown(state, entry.as_ref().map(|entry| entry.status.as_str()));
            self.judge(&one.order, state, remedy, outcome).await?;
        }
        stopped?;
        self.over(seen, known, outcome).await.map_err(Stop::from)
    }

    async fn ask(&self, id: i64, outcome: &mut Outcome) -> Result<Option<WarehouseEntry>, Stop> {
        self.spend(outcome).await?;
        self.heard(self.warehouse.entry(id).await).await
    }

    /// Exceptions of orders that needn't wait there any more, or were merged, are held, or are no longer offered.
    async fn over(&self, seen: &Seen, known: &Known, outcome: &mut Outcome) -> Result<(), StepError> {
        let of_kinds = self.open.iter().filter(|(_, e)| KINDS.contains(&e.kind));
        let orders: BTreeSet<OrderRef> =
            of_kinds.filter_map(|(subject, _)| OrderRef::from_order_key(subject)).collect();
        let orders = orders.into_iter().filter(|o| self.connection(o).is_some()).collect();
        for (order, state) in self.states(&orders).await?.into_iter().collect::<BTreeMap<_, _>>() {
            let offered = state.export.warehouse_order.is_some_and(|id| seen.ids.contains(&id));
            if !offered && !must_be_offered(seen, known, &order, &state) {
                self.judge(&order, &state, Remedy::Agree, outcome).await?;
            }
        }
        Ok(())
    }
}

fn must_be_offered(seen: &Seen, known: &Known, order: &OrderRef, state: &OrderState) -> bool {
    let elsewhere = |id| seen.merged.contains(&id) || seen.held.contains(&id);
    waits_there(state) && !known.merged.contains(order) && !state.export.warehouse_order.is_some_and(elsewhere)
}
