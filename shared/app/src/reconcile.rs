//! reconcile: finds orders whose pending effect is too old, and wakes them; compares both sides ([`compare`]); tells
//! people ([`tell`]).

pub mod compare;
pub mod cursors;
pub mod healed;
pub mod report;
pub mod tell;

use crate::{
    connection::Connection,
    ports::{Clock, Hint, HintQueue, OrderStore},
    step::{At, StepError, pack, settle, wake},
};
use healed::Remedied;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{
    Compared, ConnectionId, Effect, Event, ExceptionKind, OrderRef, OrderState, pending,
    reconcile::{Remedy, Stage, proofs_in_turn, stuck, waits_there},
};

/// One page of the index of unfinished orders.
const PAGE: u32 = 400;
/// Bound of one run: 100 000 unfinished orders a connection.
const PAGES_MAX: u32 = 250;

/// What a run did for one connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Woken {
    /// Unfinished orders looked at.
    pub looked_at: usize,
    /// Orders woken: whatever this counts, the usual way had missed.
    pub woken: usize,
    /// Orders that couldn't be read and are to be read again.
    pub to_read: usize,
}

/// An order that ShipStation must offer to be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub order: OrderRef,
    /// ShipStation's id of it.
    pub id: i64,
    /// Since when it is there.
    pub arrived_at: Timestamp,
}

/// What was seen of one connection's unfinished orders.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// What was woken.
    pub woken: Woken,
    /// Of those, how many nobody knew of: neither a person, nor a notice that is shown late.
    pub healed: usize,
    /// Those.
    pub rows: Vec<(String, Remedied)>,
    /// How many stand where.
    pub stages: BTreeMap<Stage, usize>,
    /// What ShipStation must offer.
    pub waiting: Vec<Waiting>,
    /// Orders of ours that were merged into one of these: ShipStation no longer has them.
    pub merged: BTreeSet<OrderRef>,
    /// Orders that turned out to be stuck.
    pub stuck: usize,
    /// Those with a proof that is no longer new.
    pub proved: Vec<OrderRef>,
}

/// What looking at the unfinished orders of all connections showed, for comparing.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What ShipStation must offer.
    pub waiting: Vec<Waiting>,
    /// Orders that were merged into another one: ShipStation no longer has them.
    pub merged: BTreeSet<OrderRef>,
    /// Unfinished orders with a proof that is no longer new.
    pub proved: Vec<OrderRef>,
    /// Connections that could not be looked at, or had no turn: who is missing can't be said at their accounts.
    pub unseen: BTreeSet<ConnectionId>,
}

impl Known {
    /// What was seen of one connection.
    pub fn looked(&mut self, looked: Looked) {
        self.waiting.extend(looked.waiting);
        self.merged.extend(looked.merged);
        self.proved.extend(looked.proved);
    }
}

/// All, in the order of this hour: with too little time for everybody, it isn't always the same who has to wait.
#[must_use]
pub fn in_turn<T>(mut all: Vec<T>, now: Timestamp) -> Vec<T> {
    // Spread by the golden ratio: a schedule of every six hours doesn't meet the same order each time.
    let spread = now.as_second().div_euclid(3_600).cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let first = usize::try_from((spread * all.len() as u64) >> 32).unwrap_or_default();
    all.rotate_left(first);
    all
}

/// Until when the next of so many that are `left` may take its time: what one doesn't use is the others'.
#[must_use]
pub fn share(now: Timestamp, until: Timestamp, left: usize) -> Timestamp {
    let parts = i32::try_from(left.max(1)).unwrap_or(i32::MAX);
    now + until.duration_since(now) / parts
}

/// Whom an order's next step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody can be reached.
    Everybody,
    /// The marketplace can't: the connection is paused or waits for a person. What needs it is left alone until it can
    /// be used again; then its age wakes it.
    WarehouseOnly,
}

/// Looks at the unfinished orders of a connection that can be used.
///
/// # Errors
/// [`StepError`].
pub async fn run(
    orders: &dyn OrderStore,
    queue: &dyn HintQueue,
    clock: &dyn Clock,
    connection: &Connection,
    older_than: SignedDuration,
) -> Result<Woken, StepError> {
    run_within(Reach::Everybody, orders, queue, clock, connection, older_than).await
}

/// Looks at one connection's unfinished orders.
///
/// # Errors
/// [`StepError`].
pub async fn run_within(
    reach: Reach,
    orders: &dyn OrderStore,
    queue: &dyn HintQueue,
    clock: &dyn Clock,
    connection: &Connection,
    older_than: SignedDuration,
) -> Result<Woken, StepError> {
    Ok(look(reach, orders, queue, clock, connection, older_than).await?.woken)
}

/// Looks at one connection's unfinished orders, wakes what is stuck, and says what was seen.
///
/// # Errors
/// [`StepError`].
pub async fn look(
    reach: Reach,
    orders: &dyn OrderStore,
    queue: &dyn HintQueue,
    clock: &dyn Clock,
    connection: &Connection,
    older_than: SignedDuration,
) -> Result<Looked, StepError> {
    let mut looked = Looked::default();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let (page, next) = orders.open(&connection.id, after, PAGE).await.at(&connection.id)?;
        let states = orders.states(&page).await.at(&connection.id)?;
        looked.woken.looked_at += states.len();
        let before = clock.now() - older_than;
        let old = |changed_at| changed_at <= before;
        let mut effects = Vec::new();
        let mut unread: Vec<OrderRef> = Vec::new();
        let possible = |effect: &Effect| reach == Reach::Everybody || *effect == Effect::Export;
        // In a settled order: what is sent must not depend on how a map happens to be laid out.
        for (reference, state) in states.into_iter().collect::<BTreeMap<_, _>>() {
            looked.count(&reference, &state, clock.now());
            if reach == Reach::Everybody
                && state.exceptions.iter().any(|e| e.kind == ExceptionKind::Undecodable)
                && old(state.changed_at)
            {
                unread.push(reference.clone());
            }
            let due: Vec<_> = pending(&state).into_iter().filter(|e| old(state.changed_at) && possible(e)).collect();
            looked.woken.woken += usize::from(!due.is_empty());
            let missed = due.iter().any(|e| !matches!(e, Effect::Confirm(_)));
            if missed && state.exceptions.is_empty() {
                looked.healed += 1;
                looked.rows.push((reference.to_string(), Remedied::Woken));
            }
            effects.extend(due.into_iter().map(|e| (reference.clone(), e)));
            if reach == Reach::Everybody {
                looked.stuck += usize::from(judge_stuck(orders, clock, connection, &reference, state).await?);
            }
        }
        looked.woken.to_read += unread.len();
        let read = unread.chunks(50).map(|orders| Hint::Read { orders: orders.to_vec() });
        let hints: Vec<Hint> = pack(effects).into_iter().chain(read).collect();
        wake(queue, &hints, Duration::ZERO).await.at(&connection.id)?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(looked)
}

impl Looked {
    fn count(&mut self, reference: &OrderRef, state: &OrderState, now: Timestamp) {
        if !proofs_in_turn(state, now).is_empty() {
            self.proved.push(reference.clone());
        }
        self.merged.extend(state.export.merged.iter().cloned());
        *self.stages.entry(Stage::of(state)).or_default() += 1;
        if let (true, Some(id), Some(arrived_at)) =
            (waits_there(state), state.export.warehouse_order, state.export.arrived_at)
        {
            self.waiting.push(Waiting { order: reference.clone(), id, arrived_at });
        }
    }
}

/// Opens or clears the exception of what nothing moves any more. True when it is newly open.
async fn judge_stuck(
    orders: &dyn OrderStore,
    clock: &dyn Clock,
    connection: &Connection,
    reference: &OrderRef,
    state: OrderState,
) -> Result<bool, StepError> {
    let (now, kind) = (clock.now(), ExceptionKind::Stuck);
    let known = state.exceptions.iter().any(|e| e.kind == kind);
    // What was resolved by hand has to be known as over, too: what hangs the next time is a new matter.
    let resolved = state.is_resolved(kind, None);
    let remedy = stuck(&state, now);
    let compared = match &remedy {
        &Remedy::Open(kind, ref what) if !known => Compared::Found { kind, shipment: None, what },
        Remedy::Agree if known || resolved => Compared::Gone { kind, shipment: None },
        _ => return Ok(false),
    };
    let event = Event::Compared(compared);
    let version = state.version;
    let after = settle(orders, Some(state), &event, connection.setting(reference), now).await.at(reference)?;
    Ok(!known && after.is_some_and(|s| s.version > version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_comes_first_now_and_then_whatever_the_schedule_is() {
        for hours in [1, 2, 3, 6, 12, 24] {
            let at = |run: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(run * hours);
            let first: BTreeSet<i32> =
                (0..200).filter_map(|run| in_turn(vec![0, 1, 2, 3], at(run)).first().copied()).collect();
            assert_eq!(first.len(), 4, "every {hours} hours: {first:?}");
        }
        assert!(in_turn(Vec::<u8>::new(), Timestamp::UNIX_EPOCH).is_empty());
    }

    #[test]
    fn what_one_does_not_use_of_the_time_is_the_others() {
        let at = |s: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(s);
        assert_eq!(share(at(0), at(300), 3), at(100));
        assert_eq!(share(at(100), at(300), 2), at(200));
        assert_eq!(share(at(10), at(300), 2), at(155), "the one before took ten seconds");
        assert_eq!((share(at(200), at(300), 1), share(at(0), at(300), 0)), (at(300), at(300)));
    }
}
