//! Stored proofs: are they there, and are they what was drawn? New ones after their labels; older ones in turn, a part each
//! night, from where the night before had stopped.

use super::{super::healed::Remedied, Compare, Known, Outcome};
use crate::{
    ports::{Day, Part, Shelf, StoreError},
    step::{At, StepError},
};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tallyman_domain::{
    Compared, ConnectionId, Digest, ExceptionKind, OrderRef, OrderState, ProofFacts, Shipment, ShipmentId,
    reconcile::{PROOF_IS_NEW_FOR, PROOFS_IN_TURN_FOR, Remedy, proofs_in_turn, proved},
};

/// So many older proofs an account are looked at in a night.
const IN_TURN_MAX: usize = 10_000;
/// So many orders are read at once, and so many proofs asked for.
const PAGE: u32 = 100;
const AT_ONCE_MAX: usize = 20;

/// Where the finished orders' proofs are gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Turn {
    connection: ConnectionId,
    day: Day,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

impl Compare<'_> {
    /// The proof of a label that a list shows, while it is new.
    pub(super) async fn new_proof(
        &self,
        order: &OrderRef,
        state: &OrderState,
        shipment: &Shipment,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let known = state.shipment(&shipment.id).filter(|known| known.proof.is_some() && !known.voided);
        let is_new = self.clock.now().duration_since(shipment.created_at) < PROOF_IS_NEW_FOR;
        let Some(known) = known.filter(|_| is_new) else { return Ok(()) };
        let stored = self.stored(order, &shipment.id, known.revision).await?;
        self.judge_proof(order, state, &shipment.id, stored, outcome).await
    }

    /// Older ones: all of unfinished orders, and of finished ones as many as a night has room for. `turn` is where the next
    /// night goes on; none when it begins anew.
    pub(super) async fn older_proofs(
        &self,
        turn: &mut Option<Turn>,
        known: &Known,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let mine: BTreeSet<&OrderRef> = known.proved.iter().filter(|o| self.connection(o).is_some()).collect();
        let mine: Vec<OrderRef> = mine.into_iter().cloned().collect();
        for page in mine.chunks(PAGE as usize) {
            if !self.has_room(outcome) {
                return Ok(());
            }
            self.proofs_of(page, |_| true, outcome).await?;
        }
        let from = turn.clone();
        let connections = self.connections.iter().map(|c| &c.id).collect::<BTreeSet<_>>();
        for connection in connections.into_iter().filter(|id| from.as_ref().is_none_or(|from| from.connection <= **id))
        {
            if !self.connections.iter().any(|c| c.id == *connection && c.account == self.account.id && !c.removed) {
                continue;
            }
            let from = from.as_ref().filter(|from| from.connection == *connection);
            if let Some(stopped) = self.finished(connection, from, outcome).await? {
                *turn = Some(stopped);
                return Ok(());
            }
        }
        *turn = None;
        Ok(())
    }

    fn has_room(&self, outcome: &Outcome) -> bool {
        outcome.proofs < IN_TURN_MAX && self.clock.now() < self.until
    }

    /// One connection's finished orders, the newest days first. Where it had to stop.
    async fn finished(
        &self,
        connection: &ConnectionId,
        from: Option<&Turn>,
        outcome: &mut Outcome,
    ) -> Result<Option<Turn>, StepError> {
        let oldest = Day::of(self.clock.now() - PROOFS_IN_TURN_FOR);
        let shelved = self.shelves.catalogue(Some(connection)).await.at(connection)?.remove(connection);
        let days = shelved.unwrap_or_default().days.into_iter().rev();
        for day in days.filter(|day| *day >= oldest && from.is_none_or(|from| *day <= from.day)) {
            let mut before = from.filter(|from| from.day == day).and_then(|from| from.before.clone());
            loop {
                if !self.has_room(outcome) {
                    return Ok(Some(Turn { connection: connection.clone(), day, before }));
                }
                let part = Part { before, from: None, limit: PAGE };
                let spots = self.shelves.part(connection, Shelf::Day(day), &part).await.at(connection)?;
                before = spots.last().map(|spot| spot.place.clone());
                let is_all = spots.len() < PAGE as usize;
                let orders: Vec<OrderRef> = spots.into_iter().map(|spot| spot.order).collect();
                self.proofs_of(&orders, OrderState::is_finished, outcome).await?;
                if is_all {
                    break;
                }
            }
        }
        Ok(None)
    }

    async fn proofs_of(
        &self,
        orders: &[OrderRef],
        these: impl Fn(&OrderState) -> bool,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let states: BTreeMap<OrderRef, OrderState> =
            self.states(&orders.iter().cloned().collect()).await?.into_iter().collect();
        let of = |(order, state): (&OrderRef, &OrderState)| -> Vec<(OrderRef, ShipmentId, u32)> {
            proofs_in_turn(state, now).into_iter().map(|(id, revision)| (order.clone(), id, revision)).collect()
        };
        let due: Vec<_> = states.iter().filter(|(_, state)| these(state)).flat_map(of).collect();
        for some in due.chunks(AT_ONCE_MAX) {
            let stored = some.iter().map(|(order, id, revision)| self.stored(order, id, *revision));
            let stored = try_join_all(stored).await?;
            outcome.proofs += some.len();
            for ((order, id, _), stored) in some.iter().zip(stored) {
                if let Some(state) = states.get(order) {
                    self.judge_proof(order, state, id, stored, outcome).await?;
                }
            }
        }
        Ok(())
    }

    async fn stored(&self, order: &OrderRef, id: &ShipmentId, revision: u32) -> Result<Option<Digest>, StepError> {
        match self.vault.digest(&ProofFacts::key_of(order, id, revision)).await {
            // It is there, and not as we store proofs: that isn't what was drawn, and must not keep the others from being
            // looked at.
            Err(StoreError::Corrupt { .. }) => Ok(Some(Digest::of_bytes(b""))),
            stored => stored.at(order),
        }
    }

    async fn judge_proof(
        &self,
        order: &OrderRef,
        state: &OrderState,
        id: &ShipmentId,
        stored: Option<Digest>,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
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
