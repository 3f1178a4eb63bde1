//! reconcile: finds orders whose pending effect is too old, and wakes them.

use crate::{
    connection::Connection,
    ports::{Clock, Hint, HintQueue, OrderStore},
    step::{At, StepError, pack, wake},
};
use jiff::SignedDuration;
use std::{collections::BTreeMap, time::Duration};
use tallyman_domain::{Effect, ExceptionKind, OrderRef, pending};

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
    let mut woken = Woken::default();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let (page, next) = orders.open(&connection.id, after, PAGE).await.at(&connection.id)?;
        let states = orders.states(&page).await.at(&connection.id)?;
        woken.looked_at += states.len();
        let before = clock.now() - older_than;
        let old = |changed_at| changed_at <= before;
        let mut effects = Vec::new();
        let mut unread: Vec<OrderRef> = Vec::new();
        let possible = |effect: &Effect| reach == Reach::Everybody || *effect == Effect::Export;
        // In a settled order: what is sent must not depend on how a map happens to be laid out.
        for (reference, state) in states.into_iter().collect::<BTreeMap<_, _>>() {
            if reach == Reach::Everybody
                && state.exceptions.iter().any(|e| e.kind == ExceptionKind::Undecodable)
                && old(state.changed_at)
            {
                unread.push(reference.clone());
            }
            let due: Vec<_> = pending(&state).into_iter().filter(|e| old(state.changed_at) && possible(e)).collect();
            woken.woken += usize::from(!due.is_empty());
            effects.extend(due.into_iter().map(|e| (reference.clone(), e)));
        }
        woken.to_read += unread.len();
        let read = unread.chunks(50).map(|orders| Hint::Read { orders: orders.to_vec() });
        let hints: Vec<Hint> = pack(effects).into_iter().chain(read).collect();
        wake(queue, &hints, Duration::ZERO).await.at(&connection.id)?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(woken)
}
