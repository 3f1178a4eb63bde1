//! read-shipments: follows hints and sweeps, and records what left the warehouse.

mod merged;
mod strays;
mod subscriptions;

use crate::{
    budget::{Spend, believe, first_within, hear, spend},
    connection::{Account, Connection},
    ports::{
        BudgetStore, CallError, Clock, CursorStore, Hint, HintQueue, OrderStore, Page, StoreError, SweepStep,
        Warehouse, WarehouseChange, Window,
    },
    step::{At, StepError, hints, merged, wake},
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::HashMap, time::Duration};
use tallyman_domain::{
    Digest, Effect, Event, ExceptionKind, Finding, MarketplaceOrderId, OrderRef, OrderState, Shipment, ShipmentId,
    decide,
    limit::CallClass,
    pending,
    shipment::{Attribution, attribute, candidate_numbers, strange_lines},
};

/// Sweeps overlap: ShipStation's lists lag, and webhooks are lost.
const OVERLAP: SignedDuration = SignedDuration::from_mins(30);
/// How far back the very first sweep looks.
const FIRST_SWEEP: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How near to the last sweep one that a webhook asks for is left out.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(40);
/// 20 pages of 500; a sweep that finds more goes on in halves.
const PAGES_MAX: u32 = 20;
/// A call that goes with a page is slept for as long as one may: given back, the page would be read again with the very
/// call that it waits for, and again, and the shipment would never be attributed.
const READ_FOR_IT: usize = 100;
const CONFLICTS_MAX: usize = 6;

/// The use case.
pub struct ReadShipments<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Cursors.
    pub cursors: &'a dyn CursorStore,
    /// Budgets.
    pub budgets: &'a dyn BudgetStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// What it calls for: a webhook's shipments go before a sweep.
    pub class: CallClass,
    /// No call begins after this: the rest goes back to the queue, as a function has a time limit and a timeout would
    /// count as a failed try.
    pub until: Timestamp,
}

/// Which sweep.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sweep {
    /// Which time; the cursor decides when absent.
    pub window: Option<Window>,
    /// Where to go on: in which list,
    pub from: SweepStep,
    /// and at which of its pages, counted from 0.
    pub page: u32,
    /// Leave it out when there was one just now; with a window, when the cursor has passed that window meanwhile.
    pub unless_recent: bool,
}

/// A call that couldn't be made or failed.
enum Halt {
    /// The work goes back to the queue.
    Later(Duration),
    Failed(StepError),
}
impl From<StepError> for Halt {
    fn from(error: StepError) -> Self {
        Self::Failed(error)
    }
}

impl ReadShipments<'_> {
    /// Sweeps labels, voided labels and orders marked as shipped. The cursor moves when all of it is durable. When the
    /// budget has no call left, the rest goes back to the queue and goes on where it was.
    ///
    /// # Errors
    /// [`StepError`]: what was recorded stays, the message comes back.
    pub async fn sweep(
        &self,
        account: &Account,
        connections: &[Connection],
        warehouse: &dyn Warehouse,
        asked: Sweep,
    ) -> Result<(), StepError> {
        let cursor = format!("sweep/{}", account.id);
        let known = self.cursors.cursor(&cursor).await.at(&account.id)?;
        let now = self.clock.now();
        // A rest that was given back is done when another sweep has been through its time.
        let is_done = match asked.window {
            Some(window) => known.is_some_and(|swept_up_to| swept_up_to >= window.to),
            None => asked.unless_recent && self.is_recent(account, known).await?,
        };
        if asked.unless_recent && is_done {
            return Ok(());
        }
        let of_cursor = || Window { from: known.map_or(now - FIRST_SWEEP, |at| at - OVERLAP), to: now };
        let window = asked.window.unwrap_or_else(of_cursor);
        for list in SweepStep::ALL.into_iter().filter(|list| *list >= asked.from) {
            let mut page = if list == asked.from { asked.page } else { 0 };
            match self.read_list(account, connections, warehouse, list, window, &mut page).await {
                Ok(true) => {}
                Ok(false) => return self.halve(account, asked, window, list).await,
                Err(Halt::Later(wait)) => return self.give_back(account, asked, window, (list, page), wait).await,
                Err(Halt::Failed(error)) => return Err(error),
            }
        }
        // A range by hand may skip time that was never swept, or end in the future.
        if window.from <= known.unwrap_or(now - FIRST_SWEEP + SignedDuration::from_hours(1)) {
            self.cursors.advance(&cursor, window.to.min(now)).await.at(&account.id)?;
        }
        Ok(())
    }

    /// Goes on in two halves, the earlier one first: the cursor follows only what begins behind it.
    async fn halve(&self, account: &Account, asked: Sweep, window: Window, from: SweepStep) -> Result<(), StepError> {
        let Some(halves) = window.halves() else {
            let what = format!("more than {PAGES_MAX} pages of {from:?} from {} to {}", window.from, window.to);
            return Err(StepError::Unusable { address: format!("account {}", account.id), what });
        };
        // What a person asked for by hand is read whole, whatever the cursor says.
        let unless_recent = asked.window.is_none() || asked.unless_recent;
        let halves = halves.map(|half| Hint::Sweep {
            account: account.id.clone(),
            window: Some(half),
            from,
            page: 0,
            unless_recent,
        });
        wake(self.queue, &halves, Duration::ZERO).await.at(&account.id)
    }

    /// The rest of a sweep waits for the budget.
    ///
    /// Messages come twice, and whoever dies after sending sends again: each copy that waits here would give back
    /// copies of its own, without end. Of the schedules' sweeps one rest at a time is enough: what another one
    /// leaves undone, the next tick asks for again, as the cursor stands. Whoever names a range gets it.
    async fn give_back(
        &self,
        account: &Account,
        asked: Sweep,
        window: Window,
        (from, page): (SweepStep, u32),
        wait: Duration,
    ) -> Result<(), StepError> {
        let by_hand = asked.window.is_some() && !asked.unless_recent;
        let name = format!("sweep-rest/{}", account.id);
        // Shorter than the wait, so that a rest doesn't stand in its own way when it comes back.
        if !by_hand && !first_within(self.budgets, self.clock, &name, wait / 2).await.at(&account.id)? {
            return Ok(());
        }
        let (account_id, window) = (account.id.clone(), Some(window));
        let rest = Hint::Sweep { account: account_id, window, from, page, unless_recent: !by_hand };
        wake(self.queue, &[rest], wait).await.at(&account.id)
    }

    /// Webhooks ask for more sweeps than the budget has calls; one that began just now sees the same.
    async fn is_recent(&self, account: &Account, swept_at: Option<Timestamp>) -> Result<bool, StepError> {
        if swept_at.is_some_and(|at| self.clock.now().duration_since(at) < JUST_NOW) {
            return Ok(true);
        }
        let gap = Duration::try_from(JUST_NOW).unwrap_or_default();
        let name = format!("sweep/{}", account.id);
        Ok(!first_within(self.budgets, self.clock, &name, gap).await.at(&account.id)?)
    }

    /// False when the list is longer than may be read in one go.
    async fn read_list(
        &self,
        account: &Account,
        connections: &[Connection],
        warehouse: &dyn Warehouse,
        list: SweepStep,
        window: Window,
        page: &mut u32,
    ) -> Result<bool, Halt> {
        while *page < PAGES_MAX {
            self.spend(account, 0).await?;
            let answer = match list {
                SweepStep::Labels => warehouse.shipments(window, *page).await,
                SweepStep::Voided => warehouse.voided(window, *page).await,
                SweepStep::Marked => warehouse.fulfillments(window, *page).await,
            };
            let found = self.heard(account, warehouse, answer).await?;
            let more = found.more;
            self.record_all(account, connections, warehouse, found).await?;
            if !more {
                return Ok(true);
            }
            *page += 1;
        }
        Ok(false)
    }

    /// Follows a webhook's resource, one page a message. True when it was read and recorded, false when the work went
    /// back to the queue.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn follow(
        &self,
        account: &Account,
        connections: &[Connection],
        warehouse: &dyn Warehouse,
        resource_url: &str,
        page: u32,
    ) -> Result<bool, StepError> {
        let again = |page| Hint::Follow { account: account.id.clone(), resource_url: resource_url.to_owned(), page };
        let read = async {
            self.spend(account, 0).await?;
            let found = self.heard(account, warehouse, warehouse.follow(resource_url, page).await).await?;
            let more = found.more;
            self.record_all(account, connections, warehouse, found).await?;
            Ok::<bool, Halt>(more)
        };
        let (hint, wait, done) = match read.await {
            Ok(true) if page < PAGES_MAX => (again(page + 1), Duration::ZERO, true),
            Ok(_) => return Ok(true),
            Err(Halt::Later(wait)) => (again(page), wait, false),
            Err(Halt::Failed(error)) => return Err(error),
        };
        wake(self.queue, &[hint], wait).await.at(&account.id)?;
        Ok(done)
    }

    async fn spend(&self, account: &Account, read: usize) -> Result<(), Halt> {
        if self.clock.now() >= self.until {
            return Err(Halt::Later(Duration::from_secs(1)));
        }
        match spend(self.budgets, self.clock, account, self.class, read).await.at(&account.id)? {
            Spend::Go => Ok(()),
            Spend::Wait(wait) => Err(Halt::Later(wait)),
        }
    }

    async fn heard<T>(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        answer: Result<T, CallError>,
    ) -> Result<T, Halt> {
        hear(self.budgets, self.clock, account, warehouse.rate()).await.at(&account.id)?;
        match answer {
            Ok(found) => Ok(found),
            Err(CallError::Throttled { after, .. }) => {
                believe(self.budgets, self.clock, account, after).await.at(&account.id)?;
                Err(Halt::Later(after))
            }
            Err(error) => {
                Err(Halt::Failed(StepError::Call { address: format!("account {}", account.id), source: error }))
            }
        }
    }

    async fn record_all(
        &self,
        account: &Account,
        connections: &[Connection],
        warehouse: &dyn Warehouse,
        found: Page<WarehouseChange>,
    ) -> Result<(), Halt> {
        for what in &found.unreadable {
            tracing::warn!(account = %account.id, what, "a shipment can't be read; a person is told");
            let id = what.split(':').next().and_then(|id| ShipmentId::parse(id).ok());
            let id = id.map_or_else(|| ShipmentId::parse(Digest::of_bytes(what.as_bytes()).short()), Ok);
            if let Ok(id) = id {
                self.stray(account, &id, None, (ExceptionKind::Undecodable, what.as_str().into()))
                    .await
                    .at(&account.id)?;
            }
        }
        let mine: Vec<&Connection> = connections.iter().filter(|c| c.account == account.id).collect();
        let candidates: Vec<Vec<OrderRef>> = found.items.iter().map(|change| candidates(change, &mine)).collect();
        let mut all: Vec<OrderRef> = candidates.iter().flatten().cloned().collect();
        all.sort();
        all.dedup();
        let states = self.orders.states(&all).await.at(&account.id)?;
        let (mut awake, mut failed) = (Vec::new(), None);
        for (mut change, candidates) in found.items.into_iter().zip(candidates) {
            if let Some((order, state)) = recorded(&change.shipment, &candidates, &states) {
                // Whoever died between commit and send left it without a hint. Confirmations have their own delay.
                let left = pending(state).into_iter().filter(|e| !matches!(e, Effect::Confirm(_) | Effect::Export));
                awake.extend(crate::step::pack(left.map(|e| (order.clone(), e))));
                continue;
            }
            let known: Vec<(&OrderRef, Option<i64>)> =
                candidates.iter().filter_map(|r| states.get(r).map(|s| (r, s.export.warehouse_order))).collect();
            if known.is_empty() {
                continue; // another shop's
            }
            match self.one(account, &mine, warehouse, &mut change, &known).await {
                Ok(hints) => awake.extend(hints),
                Err(halt @ Halt::Later(_)) => {
                    wake(self.queue, &merged(awake), Duration::ZERO).await.at(&account.id)?;
                    return Err(halt);
                }
                Err(Halt::Failed(error)) if is_final(&error) => {
                    // It would fail at each sweep: its neighbours go on, and a person is told.
                    tracing::warn!(account = %account.id, shipment = %change.shipment.id, error = %error, "the shipment can't be recorded");
                    let what = (ExceptionKind::ShipmentUnattributed, Finding::ItsOrderUnreadable);
                    self.stray(account, &change.shipment.id, Some(&change.shipment), what).await.at(&account.id)?;
                }
                Err(Halt::Failed(error)) => failed = Some(error),
            }
        }
        wake(self.queue, &merged(awake), Duration::ZERO).await.at(&account.id)?;
        failed.map_or(Ok(()), |error| Err(Halt::Failed(error)))
    }

    async fn one(
        &self,
        account: &Account,
        mine: &[&Connection],
        warehouse: &dyn Warehouse,
        change: &mut WarehouseChange,
        known: &[(&OrderRef, Option<i64>)],
    ) -> Result<Vec<Hint>, Halt> {
        match self.owner(account, warehouse, change, known).await? {
            Attribution::Ours(order) => {
                let hints = match self.record(mine, order, &change.shipment, None).await? {
                    Recorded::Done(hints) => hints,
                    Recorded::Strange(known) => {
                        self.merged(account, mine, warehouse, order, (&change.shipment, known)).await?
                    }
                };
                self.is_no_stray(account, change).await.at(&account.id)?;
                Ok(hints)
            }
            Attribution::Foreign => Ok(Vec::new()),
            Attribution::Unclear => {
                let what = Finding::LooksLikeOurs { number: change.order_number.clone() };
                let what = (ExceptionKind::ShipmentUnattributed, what);
                self.stray(account, &change.shipment.id, Some(&change.shipment), what).await.at(&account.id)?;
                Ok(Vec::new())
            }
        }
    }

    /// Whose is it? Our own `orderKey` says so; otherwise ShipStation's ids do, for which its order is read. What an
    /// order marked as shipped contained is only known from there too.
    async fn owner<'r>(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        change: &mut WarehouseChange,
        known: &[(&'r OrderRef, Option<i64>)],
    ) -> Result<Attribution<'r>, Halt> {
        let shipment = &mut change.shipment;
        if let (Some(key), false) = (&change.order, shipment.whole_order)
            && let Some((order, _)) = known.iter().find(|(r, _)| *r == key)
        {
            return Ok(Attribution::Ours(order));
        }
        self.spend(account, READ_FOR_IT).await?;
        let Some(entry) = self.heard(account, warehouse, warehouse.entry(shipment.warehouse_order).await).await? else {
            return Ok(attribute(shipment.warehouse_order, None, known));
        };
        if shipment.whole_order && !entry.items.is_empty() {
            shipment.items.clone_from(&entry.items);
            shipment.whole_order = false;
        }
        let by_key = entry.key.as_deref().and_then(OrderRef::from_order_key);
        if let Some((order, _)) = by_key.and_then(|key| known.iter().find(|(r, _)| **r == key)) {
            return Ok(Attribution::Ours(order));
        }
        Ok(attribute(shipment.warehouse_order, entry.parent_id, known))
    }

    /// Records a shipment at one of its orders. `merged` names the parcel's other orders; while nobody has looked who
    /// they are, a parcel with lines of another order is not recorded.
    async fn record(
        &self,
        mine: &[&Connection],
        reference: &OrderRef,
        shipment: &Shipment,
        merged: Option<&[OrderRef]>,
    ) -> Result<Recorded, StepError> {
        let Some(connection) = mine.iter().find(|c| c.id == reference.connection) else {
            return Ok(Recorded::Done(Vec::new()));
        };
        let address = crate::ports::store::shipment_address(reference, &shipment.id);
        self.orders.put_shipment(reference, shipment).await.at(&address)?;
        for _ in 0..CONFLICTS_MAX {
            let Some(record) = self.orders.load(reference).await.at(&address)? else {
                return Ok(Recorded::Done(Vec::new()));
            };
            let (before, others): (Vec<Shipment>, Vec<Shipment>) =
                record.state.in_force(&record.shipments).into_iter().partition(|s| s.id == shipment.id);
            let (before, order) = (before.first(), record.order.as_ref());
            if merged.is_none() && order.is_some_and(|o| !strange_lines(o, shipment).is_empty()) {
                let known = record.state.shipment(&shipment.id).map(|s| s.merged.clone());
                return Ok(Recorded::Strange(known.unwrap_or_default()));
            }
            let merged = merged.unwrap_or_default();
            let event = Event::ShipmentObserved { shipment, before, order, others: &others, merged };
            let Some(after) = decide(Some(&record.state), &event, connection.setting(reference), self.clock.now())
            else {
                return Ok(Recorded::Done(hints(reference, &record.state)));
            };
            match self.orders.commit(reference, &after).await {
                Ok(()) => return Ok(Recorded::Done(hints(reference, &after))),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error).at(&address),
            }
        }
        Err(StoreError::Conflict { key: reference.to_string() }).at(address)
    }
}

/// What came of recording a shipment.
enum Recorded {
    /// It is durable; who comes next.
    Done(Vec<Hint>),
    /// It carries lines of other orders; those that are known already.
    Strange(Vec<OrderRef>),
}

/// Would it fail again at the next sweep?
fn is_final(error: &StepError) -> bool {
    match error {
        StepError::Call { source, .. } => matches!(source, CallError::Undecodable { .. } | CallError::Refused { .. }),
        StepError::Store { source, .. } => matches!(source, StoreError::Corrupt { .. }),
        StepError::Unusable { .. } | StepError::NotPossible { .. } | StepError::NeedsReauth { .. } => true,
    }
}

/// The orders of ours that a shipment may belong to.
pub(crate) fn candidates(change: &WarehouseChange, mine: &[&Connection]) -> Vec<OrderRef> {
    if let Some(order) = change.order.as_ref().filter(|o| mine.iter().any(|c| c.id == o.connection)) {
        return vec![order.clone()];
    }
    let numbers = candidate_numbers(&change.order_number).into_iter().filter_map(|n| MarketplaceOrderId::parse(n).ok());
    numbers.flat_map(|number| mine.iter().map(move |c| OrderRef::new(c.id.clone(), number.clone()))).collect()
}

/// The order that has this shipment as it is. Overlapping sweeps and late webhooks see the same shipments again and
/// again: that costs no call.
fn recorded<'a>(
    shipment: &Shipment,
    candidates: &'a [OrderRef],
    states: &'a HashMap<OrderRef, OrderState>,
) -> Option<(&'a OrderRef, &'a OrderState)> {
    let same = |state: &OrderState| {
        let known = state.shipment(&shipment.id);
        known.is_some_and(|k| {
            k.voided == shipment.voided && (shipment.whole_order || k.facts == shipment.digest().short())
        })
    };
    candidates.iter().filter_map(|r| states.get(r).map(|s| (r, s))).find(|(_, state)| same(state))
}
