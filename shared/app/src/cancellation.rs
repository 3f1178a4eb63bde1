//! A buyer asks to cancel: the operator accepts or refuses it at the marketplace.

use crate::{
    connection::Connection,
    ports::{CancelAnswer, Hint, HintQueue, Marketplace, OrderStore},
    step::{At, StepError, wake},
};
use std::time::Duration;
use tallyman_domain::{OrderRef, status};

/// The use case.
pub struct Cancellation<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Answer nothing, say what would be answered.
    pub dry_run: bool,
}

impl Cancellation<'_> {
    /// Gives the answer, and has the order read again, which carries it into ShipStation.
    ///
    /// An answer that got lost does no harm: the order is read again in any case, and a second answer is refused here
    /// once the marketplace no longer asks.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when nobody asks, or when there is a label that has to be voided before accepting;
    /// [`StepError::Call`] when the marketplace didn't take the answer.
    pub async fn answer(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        answer: CancelAnswer,
    ) -> Result<(), StepError> {
        let unusable = |what: &str| StepError::Unusable { address: reference.to_string(), what: what.to_owned() };
        let record = self.orders.load(reference).await.at(reference)?;
        let record = record.ok_or_else(|| unusable("no such order; look for its number in the exceptions"))?;
        let standing = marketplace.standing(&reference.order).await.at(reference)?;
        if !status::asks_to_cancel(connection.marketplace, &standing) {
            return Err(unusable("the buyer doesn't ask to cancel it (any more); nothing was answered"));
        }
        if matches!(answer, CancelAnswer::Accept) && record.state.shipments.iter().any(|s| !s.voided) {
            return Err(unusable("there is a label: void it in ShipStation first, or refuse the cancellation"));
        }
        let buyer = record.order.and_then(|order| order.buyer.login);
        let buyer = buyer.ok_or_else(|| unusable("the buyer's login isn't known; answer at the marketplace"))?;
        if self.dry_run {
            tracing::info!(order = %reference, ?answer, "dry run: the request to cancel would be answered");
            return Ok(());
        }
        let answered = marketplace.answer_cancellation(&reference.order, &buyer, &answer).await;
        let hint = Hint::Read { orders: vec![reference.clone()] };
        wake(self.queue, &[hint], Duration::from_secs(5)).await.at(reference)?;
        answered.at(reference)
    }
}
