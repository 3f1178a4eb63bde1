//! What left the warehouse, against what was recorded, told and proved.

use super::{super::healed::Remedied, Compare, List, Outcome, PAGES_MAX, Place, Stop};
use crate::{
    connection::Connection,
    exceptions::clear_stray,
    ports::WarehouseChange,
    shipments::candidates,
    step::{At, StepError},
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tallyman_domain::{
    Compared, OrderRef, ShipmentId,
    exception::life::End,
    reconcile::{Remedy, found_its_order, labelled},
};

impl<'a> Compare<'a> {
    pub(super) async fn labels(
        &self,
        place: &mut Place,
        shipped: &mut BTreeSet<i64>,
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        while place.page < PAGES_MAX {
            self.spend(outcome).await?;
            let answer = match place.list {
                List::Voided => self.warehouse.voided(place.window, place.page).await,
                List::Marked => self.warehouse.fulfillments(place.window, place.page).await,
                List::Labels | List::Waiting | List::Held | List::Absent => {
                    self.warehouse.shipments(place.window, place.page).await
                }
            };
            let page = self.heard(answer).await?;
            outcome.compared += page.items.len();
            let live = page.items.iter().map(|change| &change.shipment).filter(|shipment| !shipment.voided);
            shipped.extend(live.map(|shipment| shipment.warehouse_order));
            self.compare_labels(place, &page.items, outcome).await?;
            if !page.more {
                return Ok(());
            }
            place.page += 1;
        }
        tracing::warn!(account = %self.account.id, list = ?place.list, "more shipments than a run compares");
        Ok(())
    }

    async fn compare_labels(
        &self,
        place: &Place,
        changes: &[WarehouseChange],
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let is_mine = |c: &&Connection| c.account == self.account.id && !c.removed;
        let mine: Vec<&Connection> = self.connections.iter().filter(is_mine).collect();
        let of: Vec<Vec<OrderRef>> = changes.iter().map(|change| candidates(change, &mine)).collect();
        let all: BTreeSet<OrderRef> = of.iter().flatten().cloned().collect();
        let states = self.states(&all).await?;
        let mut missed: Option<(Timestamp, Timestamp)> = None;
        let strays = self.open_strays();
        for (change, candidates) in changes.iter().zip(&of) {
            let id = &change.shipment.id;
            if strays.contains(id.as_str()) && found_its_order(id, candidates.iter().filter_map(|o| states.get(o))) {
                // Whoever recorded it died before saying so, or somebody slower called it nobody's afterwards.
                clear_stray(self.orders, &self.account.id, id, self.clock.now()).await.at(id)?;
                outcome.cleared += 1;
            }
            // Only what is ours beyond doubt: whose the others are, the sweeps find out.
            let sure = |order: &&OrderRef| {
                let id = states.get(*order).and_then(|s| s.export.warehouse_order);
                states.contains_key(*order)
                    && (change.order.as_ref() == Some(*order) || id == Some(change.shipment.warehouse_order))
            };
            let Some(order) = candidates.iter().find(sure) else { continue };
            let Some(state) = states.get(order) else { continue };
            let shipment = &change.shipment;
            if place.depth == super::Depth::Deep {
                self.new_proof(order, state, shipment, outcome).await?;
            }
            match labelled(state, &shipment.id, shipment.voided, shipment.created_at, self.clock.now()) {
                Remedy::SweepAgain if !self.is_stray(id).await? => {
                    let at = shipment.created_at;
                    missed = Some(missed.map_or((at, at), |(from, to)| (from.min(at), to.max(at))));
                    outcome.swept_again += 1;
                    outcome.rows.push((order.to_string(), Remedied::SweptAgain));
                }
                Remedy::ReadBack => {
                    let doubted = Compared::NoticeDoubted { shipment: &shipment.id };
                    let doubted = self.settle(order, state, doubted).await?;
                    outcome.read_back += usize::from(doubted);
                    outcome.rows.extend(doubted.then(|| (order.to_string(), Remedied::ReadBack)));
                }
                _ => {}
            }
        }
        match missed {
            Some((from, to)) => self.sweep(from, to).await,
            None => Ok(()),
        }
    }

    /// The account's shipments and other things of nobody that wait for a person, by id.
    fn open_strays(&self) -> BTreeSet<&'a str> {
        let here = |subject: &'a str| subject.strip_prefix(self.account.id.as_str())?.strip_prefix('/');
        self.open.iter().filter_map(|(subject, _)| here(subject)).collect()
    }

    /// A person knows of it already.
    async fn is_stray(&self, id: &ShipmentId) -> Result<bool, StepError> {
        let stray = self.orders.stray(&self.account.id, id).await.at(&self.account.id)?;
        Ok(stray.is_some_and(|stray| !matches!(stray.end, Some(End::Cleared(_)))))
    }
}
