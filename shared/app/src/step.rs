//! What every step of an order shares: settling an event in the state, waking who comes next, spending the budget.

use crate::{
    connection::Connection,
    directory::Idle,
    not_possible::NotPossible,
    ports::{CallError, Hint, HintQueue, OrderStore, StoreError},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tallyman_domain::{
    Effect, Event, OrderRef, OrderState, ShipmentId,
    decide::{Setting, decide},
    failures::{Call, Failed},
    pending,
};

/// Conflicts are rare (two workers on one order); more in a row mean something is wrong.
const CONFLICTS_MAX: usize = 6;

/// A step that didn't succeed; the message comes back.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The state couldn't be read or written.
    #[error("{address}: the state is out of reach; the message will be tried again")]
    Store {
        /// Which order or connection.
        address: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A call to the outside failed in a way that is worth repeating.
    #[error("{address}: the call failed; it will be tried again")]
    Call {
        /// Which order or connection.
        address: String,
        /// Why.
        #[source]
        source: CallError,
    },
    /// The connection can't be used until a person acts. What is pending stays pending in the state, and is woken again
    /// when the connection can be used: the message is done with.
    #[error("{address}: the connection can't be used: {}", .why.words())]
    NeedsReauth {
        /// Which connection or order.
        address: String,
        /// Why.
        why: Idle,
    },
    /// A person asked for something that isn't possible, and is told so.
    #[error("{address}: {why}")]
    NotPossible {
        /// Which order.
        address: String,
        /// Why not.
        why: NotPossible,
    },
    /// The message or the configuration is wrong; trying again won't help.
    #[error("{address}: {what}")]
    Unusable {
        /// Which order or connection.
        address: String,
        /// What is wrong and what to do.
        what: String,
    },
}

/// Puts the address to a failure.
pub trait At<T> {
    /// Names the order or connection it happened at.
    ///
    /// # Errors
    /// The same failure, with its address.
    fn at(self, address: impl ToString) -> Result<T, StepError>;
}
impl<T> At<T> for Result<T, StoreError> {
    fn at(self, address: impl ToString) -> Result<T, StepError> {
        self.map_err(|source| StepError::Store { address: address.to_string(), source })
    }
}
impl<T> At<T> for Result<T, CallError> {
    fn at(self, address: impl ToString) -> Result<T, StepError> {
        self.map_err(|source| match source {
            CallError::NeedsReauth { .. } => {
                let why = Idle::NeedsReauth(tallyman_domain::WhyReauth::Refused);
                StepError::NeedsReauth { address: address.to_string(), why }
            }
            source => StepError::Call { address: address.to_string(), source },
        })
    }
}

impl Connection {
    /// What a decision about one of its orders is made with.
    #[must_use]
    pub fn setting<'a>(&'a self, reference: &'a OrderRef) -> Setting<'a> {
        let (account, settings) = (&self.account, &self.settings);
        Setting {
            reference,
            marketplace: self.marketplace,
            account,
            settings,
            took_ms: None,
            read_back_ms: None,
            failed: None,
        }
    }
}

/// Decides and commits, again on the newest state when somebody else was faster. Returns the state in force.
///
/// # Errors
/// [`StoreError`] when the state can't be read or written.
pub async fn settle(
    store: &dyn OrderStore,
    known: Option<OrderState>,
    event: &Event<'_>,
    with: Setting<'_>,
    now: Timestamp,
) -> Result<Option<OrderState>, StoreError> {
    let mut before = known;
    for _ in 0..CONFLICTS_MAX {
        let Some(after) = decide(before.as_ref(), event, with, now) else { return Ok(before) };
        match store.commit(with.reference, &after).await {
            Ok(()) => return Ok(Some(after)),
            Err(StoreError::Conflict { .. }) => {
                before = store.states(std::slice::from_ref(with.reference)).await?.remove(with.reference);
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict { key: with.reference.to_string() })
}

/// A call that failed, for an order's own notes; it began then and ended now.
#[must_use]
pub fn failure<'a>(
    call: Call,
    error: &CallError,
    shipment: Option<&'a ShipmentId>,
    (began, ended): (Timestamp, Timestamp),
) -> Failed<'a> {
    let took_ms = u32::try_from(ended.duration_since(began).as_millis()).ok();
    Failed { call, how: error.how(), shipment, took_ms }
}

/// Notes in the order's state that the call of [`Setting::failed`] failed and nothing else is known.
///
/// One write at most, and none for what was noted a moment ago. People read it; nothing depends on it, so what can't be
/// noted is only logged.
pub async fn note_failure(store: &dyn OrderStore, known: &OrderState, with: Setting<'_>, now: Timestamp) {
    if let Err(error) = settle(store, Some(known.clone()), &Event::CallFailed, with, now).await {
        tracing::warn!(order = %with.reference, %error, failed = ?with.failed, "a failed call can't be noted");
    }
}

/// The hints that wake whoever does what is pending.
#[must_use]
pub fn hints(reference: &OrderRef, state: &OrderState) -> Vec<Hint> {
    pack(pending(state).into_iter().map(|effect| (reference.clone(), effect)))
}

/// At most this many orders a message: a `createorders` call takes as many, and a message stays far below its limit.
const PACKED_MAX: usize = 100;
/// Shipments take seconds each: small packs spread over workers and stay inside one time limit.
const SHIPMENTS_PACKED_MAX: usize = 10;

/// Packs effects into as few messages as possible: SQS is paid by the request.
#[must_use]
pub fn pack(effects: impl IntoIterator<Item = (OrderRef, Effect)>) -> Vec<Hint> {
    let (mut exports, mut proofs, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for (order, effect) in effects {
        match effect {
            Effect::Export => exports.push(order),
            Effect::Proof(shipment) => proofs.push((order, shipment)),
            Effect::Notify(shipment) | Effect::Confirm(shipment) => notices.push((order, shipment)),
        }
    }
    let exports = exports.chunks(PACKED_MAX).map(|orders| Hint::Export { orders: orders.to_vec() });
    let proofs = proofs.chunks(SHIPMENTS_PACKED_MAX).map(|s| Hint::Proof { shipments: s.to_vec() });
    let notices = notices.chunks(SHIPMENTS_PACKED_MAX).map(|s| Hint::Notify { shipments: s.to_vec() });
    exports.chain(proofs).chain(notices).collect()
}

/// Sends hints, none of which means no call.
///
/// # Errors
/// [`StoreError`] unless all were accepted.
pub async fn wake(queue: &dyn HintQueue, hints: &[Hint], delay: Duration) -> Result<(), StoreError> {
    if hints.is_empty() { Ok(()) } else { queue.send(hints, delay).await }
}

/// Collects what the orders of one message send, and sends it together: SQS is paid by the request. The message is
/// acknowledged after the flush, so nothing is lost in between.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<Vec<(Hint, Duration)>>);

#[async_trait]
impl HintQueue for Outbox {
    async fn send(&self, hints: &[Hint], delay: Duration) -> Result<(), StoreError> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(hints.iter().map(|hint| (hint.clone(), delay)));
        Ok(())
    }
}

impl Outbox {
    /// Sends what was collected, in as few messages as possible.
    ///
    /// # Errors
    /// [`StoreError`] unless all were accepted.
    pub async fn flush(&self, queue: &dyn HintQueue) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_delay: BTreeMap<Duration, Vec<Hint>> = BTreeMap::new();
        for (hint, delay) in waiting {
            // Whole seconds are all that SQS knows.
            by_delay
                .entry(Duration::from_secs(delay.as_secs() + u64::from(delay.subsec_nanos() > 0)))
                .or_default()
                .push(hint);
        }
        for (delay, hints) in by_delay {
            wake(queue, &merged(hints), delay).await?;
        }
        Ok(())
    }
}

/// Joins small messages of one kind; others pass as they are.
#[must_use]
pub fn merged(hints: Vec<Hint>) -> Vec<Hint> {
    let (mut effects, mut others) = (BTreeSet::new(), Vec::new());
    for hint in hints {
        match hint {
            Hint::Proof { shipments } => effects.extend(shipments.into_iter().map(|(r, s)| (r, Effect::Proof(s)))),
            Hint::Notify { shipments } => effects.extend(shipments.into_iter().map(|(r, s)| (r, Effect::Notify(s)))),
            Hint::Export { orders } => effects.extend(orders.into_iter().map(|r| (r, Effect::Export))),
            other => others.push(other),
        }
    }
    others.extend(pack(effects));
    others
}

/// Work that has to wait goes back to the queue and its message is acknowledged: a wait is no failed try, and brings
/// nobody nearer to the dead letters.
///
/// # Errors
/// Any other failure, as it is; [`StepError`] when the hint couldn't be sent.
pub async fn later<T>(
    queue: &dyn HintQueue,
    done: Result<T, StepError>,
    again: impl FnOnce() -> Hint,
) -> Result<Option<T>, StepError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(StepError::Call { address, source: CallError::Throttled { after, .. } }) => {
            wake(queue, &[again()], after).await.at(address)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
