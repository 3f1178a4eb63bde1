//! export-orders: puts recorded orders into ShipStation, as many to a call as it takes.

use crate::{
    connection::{Account, Connection},
    ports::{BudgetStore, CallError, Clock, ExportResult, Hint, HintQueue, OrderRecord, OrderStore, Warehouse},
    step::{At, Patience, Spend, StepError, believe, settle, spend, wake},
};
use std::time::Duration;
use tallyman_domain::{Digest, Effect, Event, OrderRef, WarehouseOrder, pending};

/// What one `createorders` call takes.
pub const ORDERS_A_CALL_MAX: usize = 100;

/// The use case.
pub struct Export<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Budgets.
    pub budgets: &'a dyn BudgetStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Read everything, send nothing, say what would have been sent.
    pub dry_run: bool,
}

/// An order that is to be sent now.
pub struct Ready<'a> {
    connection: &'a Connection,
    reference: OrderRef,
    record: OrderRecord,
    sent: WarehouseOrder,
    digest: Digest,
}

impl Export<'_> {
    /// Of the named orders, those of this account that still have to go.
    ///
    /// # Errors
    /// [`StepError`] when the state can't be read.
    pub async fn ready<'c>(
        &self,
        account: &Account,
        connections: &'c [Connection],
        named: &[OrderRef],
    ) -> Result<Vec<Ready<'c>>, StepError> {
        let mut records = self.orders.with_facts(named).await.at(&account.id)?;
        let mut ready = Vec::new();
        for reference in named {
            // A second mention finds its record already taken.
            let Some(record) = records.remove(reference) else { continue };
            let Some(connection) = connections.iter().find(|c| c.id == reference.connection && c.account == account.id)
            else {
                continue;
            };
            if !pending(&record.state).contains(&Effect::Export) {
                continue;
            }
            let built = record
                .order
                .as_ref()
                .map(|o| WarehouseOrder::of(o, reference, record.state.status, &connection.settings));
            let Some(Ok(sent)) = built else {
                tracing::warn!(order = %reference, "pending for export, but its facts don't make an order; the next poll decides anew");
                continue;
            };
            ready.push(Ready { connection, reference: reference.clone(), record, digest: sent.digest(), sent });
        }
        Ok(ready)
    }

    /// Sends up to 100 orders in one call and settles each. Returns how many ShipStation took.
    ///
    /// # Errors
    /// [`StepError`]: the call is idempotent by `orderKey`, so the message simply comes back.
    pub async fn send(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        ready: Vec<Ready<'_>>,
    ) -> Result<usize, StepError> {
        if ready.is_empty() {
            return Ok(0);
        }
        if self.dry_run {
            for r in &ready {
                tracing::info!(order = %r.reference, status = ?r.sent.status, lines = r.sent.lines.len(), country = %r.sent.ship_to.country, "dry run: would be sent to ShipStation");
            }
            return Ok(0);
        }
        if let Spend::Wait(wait) = spend(self.budgets, self.clock, account, Patience::EXPORT).await.at(&account.id)? {
            return self.give_back(account, &ready, wait).await;
        }
        let sent: Vec<WarehouseOrder> = ready.iter().map(|r| r.sent.clone()).collect();
        match warehouse.create_orders(&sent).await {
            Ok(results) => self.settle_all(ready, &results).await,
            Err(CallError::Throttled { after, .. }) => {
                believe(self.budgets, self.clock, account, after).await.at(&account.id)?;
                self.give_back(account, &ready, after).await
            }
            Err(error @ CallError::Refused { .. }) if ready.len() == 1 => {
                // The call as a whole was refused and this order is all there was in it.
                let key = ready[0].reference.order_key();
                let refused = ExportResult { key, outcome: Err(error.to_string()) };
                self.settle_all(ready, &[refused]).await
            }
            Err(CallError::Refused { code, message, .. }) => {
                // One of many spoils the call: halves find it without failing its neighbours.
                tracing::warn!(account = %account.id, code, message, orders = ready.len(), "the call was refused as a whole; trying halves");
                let middle = ready.len() / 2;
                let halves = [&ready[..middle], &ready[middle..]]
                    .map(|half| Hint::Export { orders: half.iter().map(|r| r.reference.clone()).collect() });
                // One message each, so that they aren't joined again to the same call.
                for (i, half) in halves.into_iter().enumerate() {
                    wake(self.queue, &[half], Duration::from_secs(2 * i as u64 + 1)).await.at(&account.id)?;
                }
                Ok(0)
            }
            Err(error) => Err(error).at(format!("account {}", account.id)),
        }
    }

    async fn give_back(&self, account: &Account, ready: &[Ready<'_>], wait: Duration) -> Result<usize, StepError> {
        let orders = ready.iter().map(|r| r.reference.clone()).collect();
        wake(self.queue, &[Hint::Export { orders }], wait).await.at(&account.id)?;
        Ok(0)
    }

    async fn settle_all(&self, ready: Vec<Ready<'_>>, results: &[ExportResult]) -> Result<usize, StepError> {
        let mut taken = 0;
        let mut again = Vec::new();
        for r in ready {
            let key = r.reference.order_key();
            let event = match results.iter().find(|result| result.key == key).map(|result| &result.outcome) {
                Some(Ok(id)) => {
                    taken += 1;
                    Event::Exported { sent: r.digest, warehouse_order: *id }
                }
                Some(Err(reason)) => {
                    tracing::warn!(order = %r.reference, reason, "ShipStation refused the order");
                    Event::ExportRefused { sent: r.digest, reason }
                }
                None => {
                    again.push(r.reference);
                    continue;
                }
            };
            let setting = r.connection.setting(&r.reference);
            let after =
                settle(self.orders, Some(r.record.state), &event, setting, self.clock.now()).await.at(&r.reference)?;
            if after.is_some_and(|s| pending(&s).contains(&Effect::Export)) {
                again.push(r.reference); // it changed while we sent it
            }
        }
        if !again.is_empty() {
            wake(self.queue, &[Hint::Export { orders: again }], Duration::from_secs(1)).await.at("export")?;
        }
        Ok(taken)
    }
}
