//! What left the warehouse, against what was recorded, told and proved.

use super::{super::healed::Remedied, Compare, List, Outcome, PAGES_MAX, Place, Stop};
use crate::{
    connection::Connection,
    exceptions::clear_stray,
    ports::WarehouseChange,
    shipments::candidates,
    step::{At, StepError},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tallyman_domain::{
    Compared, ExceptionKind, OrderRef, OrderState, ProofFacts, ShipmentId,
    exception::life::End,
    reconcile::{Remedy, found_its_order, labelled, proved},
};

/// Stored proofs are looked at once: the day after, by the daily run. Nobody can change them later.
const PROOFS_OF: SignedDuration = SignedDuration::from_hours(26);

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
                self.proof(order, state, change, outcome).await?;
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

    async fn proof(
        &self,
        order: &OrderRef,
        state: &OrderState,
        change: &WarehouseChange,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let (id, made_at) = (&change.shipment.id, change.shipment.created_at);
        let known = state.shipment(id).filter(|known| known.proof.is_some() && !known.voided);
        let Some(known) = known.filter(|_| self.clock.now().duration_since(made_at) < PROOFS_OF) else { return Ok(()) };
        let stored = self.vault.digest(&ProofFacts::key_of(order, id, known.revision)).await.at(order)?;
        let shipment = Some(id);
        match proved(state, id, stored) {
            Remedy::DrawAgain => {
                let gone = Compared::ProofGone { shipment: id };
                let drawn = self.settle(order, state, gone).await?;
                outcome.drawn_again += usize::from(drawn);
                outcome.rows.extend(drawn.then(|| (order.to_string(), Remedied::DrawnAgain)));
            }
            Remedy::Open(kind, what) => {
                let found = Compared::Found { kind, shipment, what: &what };
                outcome.opened += usize::from(self.settle(order, state, found).await?);
            }
            Remedy::Agree
                if state.exceptions.iter().any(|e| e.is(ExceptionKind::ProofLost, shipment))
                    || state.is_resolved(ExceptionKind::ProofLost, shipment) =>
            {
                let gone = Compared::Gone { kind: ExceptionKind::ProofLost, shipment };
                outcome.cleared += usize::from(self.settle(order, state, gone).await?);
            }
            _ => {}
        }
        Ok(())
    }
}
