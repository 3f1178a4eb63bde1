//! A buyer asks to cancel: the operator accepts or refuses it at the marketplace.

use crate::{
    connection::Connection,
    not_possible::NotPossible,
    ports::{CancelAnswer, Clock, Hint, HintQueue, Marketplace, OrderStore},
    step::{At, StepError, failure, note_failure, wake},
};
use std::time::Duration;
use tallyman_domain::{OrderRef, OrderState, failures::Call, status};

/// The use case.
pub struct Cancellation<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Answer nothing, say what would be answered.
    pub dry_run: bool,
}

/// An answer that may be given now.
pub struct Ready {
    state: OrderState,
    buyer: String,
    answer: CancelAnswer,
}

impl Cancellation<'_> {
    /// May this be answered now? Reads the order at the marketplace.
    ///
    /// # Errors
    /// [`StepError::NotPossible`] when nobody asks, or when there is a label that has to be voided before accepting;
    /// [`StepError::Call`] when the marketplace can't be asked.
    pub async fn ready(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        answer: CancelAnswer,
    ) -> Result<Ready, StepError> {
        let not_possible = |why| StepError::NotPossible { address: reference.to_string(), why };
        let record = self.orders.load(reference).await.at(reference)?;
        let record = record.ok_or_else(|| not_possible(NotPossible::NoSuchOrder))?;
        let standing = marketplace.standing(&reference.order).await.at(reference)?;
        if !status::asks_to_cancel(connection.marketplace, &standing) {
            return Err(not_possible(NotPossible::NobodyAsks));
        }
        if matches!(answer, CancelAnswer::Accept) && record.state.shipments.iter().any(|s| !s.voided) {
            return Err(not_possible(NotPossible::VoidFirst));
        }
        let buyer = record.order.as_ref().and_then(|order| order.buyer.login.clone());
        let buyer = buyer.ok_or_else(|| not_possible(NotPossible::BuyerUnknown))?;
        Ok(Ready { state: record.state, buyer, answer })
    }

    /// Gives the answer, and has the order read again, which carries it into ShipStation.
    ///
    /// An answer that got lost does no harm: the order is read again in any case, and a second answer is refused by
    /// [`Cancellation::ready`] once the marketplace no longer asks.
    ///
    /// # Errors
    /// [`StepError::Call`] when the marketplace didn't take the answer.
    pub async fn give(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        Ready { state, buyer, answer }: Ready,
    ) -> Result<(), StepError> {
        if self.dry_run {
            tracing::info!(order = %reference, ?answer, "dry run: the request to cancel would be answered");
            return Ok(());
        }
        let began = self.clock.now();
        let answered = marketplace.answer_cancellation(&reference.order, &buyer, &answer).await;
        if let Err(error) = &answered {
            let now = self.clock.now();
            let with = connection.setting(reference).with_failed(failure(Call::Answer, error, None, (began, now)));
            note_failure(self.orders, &state, with, now).await;
        }
        let hint = Hint::Read { orders: vec![reference.clone()] };
        wake(self.queue, &[hint], Duration::from_secs(5)).await.at(reference)?;
        answered.at(reference)
    }
}
