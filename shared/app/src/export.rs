//! export-orders: puts recorded orders into ShipStation, as many to a call as it takes.

use crate::{
    budget::{Spend, believe, hear, line, spend},
    connection::{Account, Connection},
    ports::{
        BudgetStore, CallError, Clock, ExportResult, Hint, HintQueue, OrderRecord, OrderStore, StoreError, Warehouse,
    },
    step::{At, StepError, failure, note_failure, settle, wake},
};
use jiff::Timestamp;
use std::time::Duration;
use tallyman_domain::{
    Effect, Event, OrderRef, OrderState, OrderStatus, WarehouseOrder, decide::Setting, failures::Call,
    limit::CallClass, pending,
};

/// What one `createorders` call takes.
pub const ORDERS_A_CALL_MAX: usize = 100;

/// So many refused cancellations are looked at for each call: each is a call of its own, and may have to wait for it.
const LOOKED_AT_MAX: usize = 3;
/// As an entry's status says it.
const CANCELLED: &str = "cancelled";

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
    /// No call begins after this.
    pub until: Timestamp,
    /// Read everything, send nothing, say what would have been sent.
    pub dry_run: bool,
}

/// An order that is to be sent now.
pub struct Ready<'a> {
    connection: &'a Connection,
    reference: OrderRef,
    record: OrderRecord,
    sent: WarehouseOrder,
    /// What the state wants: settled as given, even if the settings have changed since.
    wanted: String,
    /// When the call that gave it began and ended.
    call: Option<(Timestamp, Timestamp)>,
}

impl Export<'_> {
    /// A message about these orders was received before, and whoever received it didn't come to its end. It may have sent
    /// what it had read long ago, after others had sent something newer: ShipStation has what comes last. So nobody knows
    /// what it has, and it is given once more what is wanted.
    ///
    /// # Errors
    /// [`StepError`] when the state can't be read or written.
    pub async fn doubt(&self, connections: &[Connection], orders: &[OrderRef]) -> Result<(), StepError> {
        if self.dry_run {
            return Ok(());
        }
        let mut states = self.orders.states(orders).await.at("export")?;
        for reference in orders {
            let Some(state) = states.remove(reference) else { continue };
            let Some(connection) = connections.iter().find(|c| c.id == reference.connection) else { continue };
            let setting = connection.setting(reference);
            let now = self.clock.now();
            settle(self.orders, Some(state), &Event::ExportUnsettled, setting, now).await.at(reference)?;
        }
        Ok(())
    }

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
            let Some(mut record) = records.remove(reference) else { continue };
            let Some(connection) = connections.iter().find(|c| c.id == reference.connection && c.account == account.id)
            else {
                continue;
            };
            if !pending(&record.state).contains(&Effect::Export) {
                continue;
            }
            if let Some(order) = &mut record.order {
                // The facts are kept without what moves with the status; the state has the newest.
                order.ship_by = record.state.ship_by;
            }
            let built = record
                .order
                .as_ref()
                .map(|o| WarehouseOrder::of(o, reference, record.state.status, &connection.settings));
            let Some(Ok(sent)) = built else {
                tracing::warn!(order = %reference, "pending for export, but its facts don't make an order; the next poll decides anew");
                continue;
            };
            let with = connection.setting(reference);
            let Some(state) = self.as_it_is_now(record.state, &sent, with).await.at(reference)? else { continue };
            record.state = state;
            let Some(wanted) = record.state.export.wanted.clone() else { continue };
            ready.push(Ready { connection, reference: reference.clone(), record, wanted, sent, call: None });
        }
        Ok(ready)
    }

    /// What is given is what is known to be wanted. A standing read at the gate, a person, or settings may have moved it since
    /// the order was read: given under the old name, nobody would know later that ShipStation has it on hold.
    async fn as_it_is_now(
        &self,
        state: OrderState,
        built: &WarehouseOrder,
        with: Setting<'_>,
    ) -> Result<Option<OrderState>, StoreError> {
        let Some(before) = state.export.wanted.clone() else { return Ok(None) };
        if before == built.digest().short() {
            return Ok(Some(state));
        }
        let event = Event::WantedAnew { order: built, before: &before };
        let state = settle(self.orders, Some(state), &event, with, self.clock.now()).await?;
        let is_built = |state: &OrderState| state.export.wanted.as_deref() == Some(&*built.digest().short());
        // Another one is wanted by now: whoever read it woke us for it.
        Ok(state.filter(|state| is_built(state) && pending(state).contains(&Effect::Export)))
    }

    /// Is there a call left for these orders, and time to make it? If not they go back to the queue, before anything of
    /// them is read.
    ///
    /// # Errors
    /// [`StepError`] when nobody knows, or they couldn't be given back.
    pub async fn has_room(&self, account: &Account, orders: &[OrderRef]) -> Result<bool, StepError> {
        let wait = if self.clock.now() >= self.until {
            Some(Duration::from_secs(1))
        } else {
            line(self.budgets, self.clock, account, CallClass::Import).await.at(&account.id)?
        };
        let Some(wait) = wait else { return Ok(true) };
        wake(self.queue, &[Hint::Export { orders: orders.to_vec() }], wait).await.at(&account.id)?;
        Ok(false)
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
                // No buyer in it: this is a log.
                let lines: Vec<String> = r
                    .sent
                    .lines
                    .iter()
                    .map(|l| format!("{} x {}", l.quantity, l.sku.as_deref().unwrap_or("?")))
                    .collect();
                tracing::info!(order = %r.reference, key = r.sent.key, status = ?r.sent.status, ?lines, paid = ?r.sent.amount_paid,
                    shipping = ?r.sent.shipping, tax = ?r.sent.tax, service = ?r.sent.requested_service, country = %r.sent.ship_to.country, "dry run: would be sent to ShipStation");
            }
            return Ok(0);
        }
        let mut taken = 0;
        // One order can spoil a whole call: halves find it, here and now, without failing its neighbours.
        let mut pieces = vec![ready];
        while let Some(mut piece) = pieces.pop() {
            if self.clock.now() >= self.until {
                pieces.push(piece);
                self.give_back(account, pieces.iter().flatten(), Duration::from_secs(1)).await?;
                return Ok(taken);
            }
            let spent =
                spend(self.budgets, self.clock, account, CallClass::Import, piece.len()).await.at(&account.id)?;
            if let Spend::Wait(wait) = spent {
                pieces.push(piece);
                self.give_back(account, pieces.iter().flatten(), wait).await?;
                return Ok(taken);
            }
            let sent: Vec<WarehouseOrder> = piece.iter().map(|r| r.sent.clone()).collect();
            let began = self.clock.now();
            let answer = warehouse.create_orders(&sent).await;
            let ended = self.clock.now();
            piece.iter_mut().for_each(|r| r.call = Some((began, ended)));
            hear(self.budgets, self.clock, account, warehouse.rate()).await.at(&account.id)?;
            match answer {
                Ok(results) => taken += self.settle_refused_or_not(account, warehouse, piece, results).await?,
                Err(ref error @ CallError::Throttled { after, .. }) => {
                    believe(self.budgets, self.clock, account, after).await.at(&account.id)?;
                    self.note(&piece, error).await;
                    pieces.push(piece);
                    self.give_back(account, pieces.iter().flatten(), after).await?;
                    return Ok(taken);
                }
                Err(error) if is_about_the_orders(&error) && piece.len() == 1 => {
                    let refused = ExportResult { key: piece[0].reference.order_key(), outcome: Err(error.to_string()) };
                    taken += self.settle_refused_or_not(account, warehouse, piece, vec![refused]).await?;
                }
                Err(error) if is_about_the_orders(&error) => {
                    tracing::warn!(account = %account.id, error = %error, orders = piece.len(), "the call was refused as a whole; trying halves");
                    let rest = piece.split_off(piece.len() / 2);
                    pieces.extend([rest, piece]);
                }
                // The message comes back; what was settled meanwhile is then skipped.
                Err(error) => {
                    self.note(&piece, &error).await;
                    return Err(error).at(format!("account {}", account.id));
                }
            }
        }
        Ok(taken)
    }

    /// Notes at each order of a call that it failed. A call that was refused as a whole isn't noted: most of its orders
    /// have nothing to do with it, and the one that has is found.
    async fn note(&self, piece: &[Ready<'_>], error: &CallError) {
        for r in piece {
            let Some(call) = r.call else { continue };
            let failed = failure(Call::Export, error, None, call);
            let with = r.connection.setting(&r.reference).with_failed(failed);
            note_failure(self.orders, &r.record.state, with, self.clock.now()).await;
        }
    }

    async fn give_back<'r>(
        &self,
        account: &Account,
        ready: impl Iterator<Item = &'r Ready<'r>>,
        wait: Duration,
    ) -> Result<(), StepError> {
        let orders = ready.map(|r| r.reference.clone()).collect();
        wake(self.queue, &[Hint::Export { orders }], wait).await.at(&account.id)
    }

    /// ShipStation locks what is cancelled: whoever cancels a second time, after a lost answer or beside another
    /// worker, is refused, though all is as it should be. So a refused cancellation is looked at before it is settled:
    /// a few at a time, for each is a call, and what isn't looked at, or can't be, is sent again later. Its neighbours
    /// don't wait for it.
    async fn settle_refused_or_not(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        piece: Vec<Ready<'_>>,
        mut results: Vec<ExportResult>,
    ) -> Result<usize, StepError> {
        let mut looked_at = 0;
        for r in piece.iter().filter(|r| r.sent.status == OrderStatus::Cancelled) {
            let key = r.reference.order_key();
            let refused = results.iter().position(|result| result.key == key && result.outcome.is_err());
            let (Some(place), Some(id)) = (refused, r.record.state.export.warehouse_order) else { continue };
            looked_at += 1;
            let told =
                if looked_at > LOOKED_AT_MAX { Ok(None) } else { self.is_cancelled(account, warehouse, id).await };
            match told {
                Ok(Some(true)) => results[place].outcome = Ok(id),
                Ok(Some(false)) => {}
                // Nobody can say yet: without a result it is sent again.
                Ok(None) => drop(results.remove(place)),
                Err(error) => {
                    tracing::warn!(order = %r.reference, error = %error, "whether it is cancelled can't be asked now");
                    looked_at = LOOKED_AT_MAX;
                    drop(results.remove(place));
                }
            }
        }
        self.settle_all(piece, &results).await
    }

    /// Is the order cancelled in ShipStation? `None` when it can't be asked now.
    async fn is_cancelled(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        id: i64,
    ) -> Result<Option<bool>, StepError> {
        if self.clock.now() >= self.until {
            return Ok(None);
        }
        // Waited for as long as one may: given back, the cancellation would use up the very call that this waits for.
        let spent = spend(self.budgets, self.clock, account, CallClass::Import, ORDERS_A_CALL_MAX).await;
        if let Spend::Wait(_) = spent.at(&account.id)? {
            return Ok(None);
        }
        let answer = warehouse.entry(id).await;
        hear(self.budgets, self.clock, account, warehouse.rate()).await.at(&account.id)?;
        match answer {
            Ok(entry) => Ok(Some(entry.is_some_and(|entry| entry.status == CANCELLED))),
            Err(CallError::Throttled { after, .. }) => {
                believe(self.budgets, self.clock, account, after).await.at(&account.id)?;
                Ok(None)
            }
            // It can't be read, now or ever: the refusal stands, and a person looks.
            Err(CallError::Undecodable { .. } | CallError::Refused { .. }) => Ok(Some(false)),
            Err(error) => Err(error).at(format!("account {}", account.id)),
        }
    }

    async fn settle_all(&self, ready: Vec<Ready<'_>>, results: &[ExportResult]) -> Result<usize, StepError> {
        let mut taken = 0;
        let mut again = Vec::new();
        for r in ready {
            let key = r.reference.order_key();
            let event = match results.iter().find(|result| result.key == key).map(|result| &result.outcome) {
                Some(Ok(id)) => {
                    taken += 1;
                    Event::Exported { sent: &r.wanted, warehouse_order: *id }
                }
                Some(Err(reason)) => {
                    tracing::warn!(order = %r.reference, reason, "ShipStation refused the order");
                    Event::ExportRefused { sent: &r.wanted, reason }
                }
                None => {
                    again.push(r.reference);
                    continue;
                }
            };
            let setting = r.connection.setting(&r.reference);
            let setting = r.call.map_or(setting, |(began, ended)| setting.after_call(began, ended));
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

/// A 400 or 422 is about what was sent; 402, 403 or 404 is about the account, and no order is to blame.
fn is_about_the_orders(error: &CallError) -> bool {
    matches!(error, CallError::Refused { code, .. } if !matches!(code.as_str(), "402" | "403" | "404" | "405" | "410"))
}
