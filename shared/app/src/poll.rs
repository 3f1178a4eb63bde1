//! poll-marketplace: reads what a marketplace's orders are now, and records what changed.

mod long;

use crate::{
    connection::Connection,
    ports::{
        CallError, Clock, CursorStore, Disposition, Hint, HintQueue, Listed, Listing, Marketplace, OrderStore, Seen,
        Window,
    },
    step::{At, StepError, failure, later, note_failure, pack, settle, wake},
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use tallyman_domain::{
    ConnectionId, Effect, Event, ExceptionKind, MarketplaceOrderId, Order, OrderRef, OrderState, Standing,
    decide::Setting, exception::is_open, failures::Call, limit::CallClass, pending,
};

/// Details are read this many at a time; the pace is the marketplace client's.
const DETAILS_AT_ONCE: usize = 5;
/// A ban of a second or two is waited for here; a longer one gives the page back to the queue.
const BAN_MAX: Duration = Duration::from_secs(2);
const BANS_MAX: u32 = 3;
/// An order's details as they were asked for, and when that began and ended.
type Answered<'s> = (&'s Seen, Result<Order, CallError>, (Timestamp, Timestamp));

/// Windows overlap, because lists lag behind.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// Orders that ended are read again for so long.
const ENDED_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Lists of ended orders span at most 30 days (AliExpress refuses longer ones).
const ENDED_SPAN_MAX: SignedDuration = SignedDuration::from_hours(29 * 24);
/// How far back the very first import looks.
const FIRST_IMPORT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A window of so many hours sweeps.
const SWEEP_HOURS: i64 = 12;
/// Ticks come at least so often (`ImportSchedule` says five minutes).
const TICK: Duration = Duration::from_secs(600);
/// No window may page for ever, 400 pages of 50: a longer list is read in halves.
const PAGES_MAX: u32 = 400;

/// A job that schedules ask for, or a person by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Which.
    pub job: JobKind,
    /// One connection only; all when absent.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// From when; the job's own span when absent.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Until when; now when absent.
    #[serde(default)]
    pub to: Option<Timestamp>,
}

/// The jobs of poll-marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Every few minutes: what changed since the last time.
    Import,
    /// Twice a day: all statuses of the last day, ended orders asked for explicitly.
    Status,
    /// Once a day: 48 hours by change and 14 days by creation, ended orders too.
    Deep,
}

/// Fans a tick out: one message for each connection and list. A tick that comes twice reads twice and changes nothing.
#[must_use]
pub fn fan_out(job: &Job, connections: &[Connection], now: Timestamp) -> Vec<Hint> {
    let span = |hours: i64| {
        Some(Window { from: job.from.unwrap_or(now - SignedDuration::from_hours(hours)), to: job.to.unwrap_or(now) })
    };
    let asked = job.from.is_some() || job.to.is_some();
    let lists: Vec<(Listing, Option<Window>)> = match job.job {
        JobKind::Import => vec![(Listing::Modified, if asked { span(24) } else { None })],
        // Ended orders have a cursor of their own: what ended while a connection was paused is read however long that was.
        JobKind::Status => {
            vec![(Listing::Modified, span(24)), (Listing::ModifiedEnded, if asked { span(24) } else { None })]
        }
        JobKind::Deep => vec![
            (Listing::Modified, span(48)),
            (Listing::ModifiedEnded, span(48)),
            (Listing::Created, span(14 * 24)),
            (Listing::CreatedEnded, span(14 * 24)),
        ],
    };
    connections
        .iter()
        .filter(|c| !c.paused && job.connection.as_ref().is_none_or(|only| *only == c.id))
        .flat_map(|c| {
            lists.iter().map(|(listing, window)| Hint::Poll {
                connection: c.id.clone(),
                listing: *listing,
                window: *window,
                page: 0,
                down: false,
            })
        })
        .collect()
}

/// The use case.
pub struct Poll<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Cursors.
    pub cursors: &'a dyn CursorStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// A window ends this long ago: a marketplace's clock and lists lag.
    pub margin: SignedDuration,
}

/// One page to read.
#[derive(Debug, Clone, Copy)]
pub struct PageAsked {
    /// Which list.
    pub listing: Listing,
    /// Which time; the cursor decides when absent.
    pub window: Option<Window>,
    /// Which page, from 0.
    pub page: u32,
    /// On the way from the last page to the first.
    pub down: bool,
    /// On the last try, orders that can't be read are recorded as such, so that one of them never keeps the cursor
    /// from moving.
    pub last_try: bool,
}

impl Poll<'_> {
    /// Reads one page, records what changed, and wakes whoever comes next. The cursor moves when the last page is
    /// durable and its hints are sent.
    ///
    /// # Errors
    /// [`StepError`]: nothing is lost, the message comes back.
    pub async fn page(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        asked: PageAsked,
    ) -> Result<usize, StepError> {
        // The next tick is minutes away, and begins where the cursor stands.
        let of_tick = asked.window.is_none() && asked.listing == Listing::Modified;
        let window = match asked.window {
            Some(window) => window,
            None => self.next_window(connection, asked.listing).await?,
        };
        if window.from >= window.to {
            return Ok(0);
        }
        if asked.page >= PAGES_MAX && !asked.down {
            return self.halve(connection, asked.listing, window, of_tick).await;
        }
        let at_page = |page, down| Hint::Poll {
            connection: connection.id.clone(),
            listing: asked.listing,
            window: Some(window),
            page,
            down,
        };
        let again = || at_page(asked.page, asked.down);
        let class = class_of(asked.listing, window);
        marketplace.expect(class);
        let listed = match marketplace.list(asked.listing, window, asked.page).await {
            Ok(listed) => listed,
            // The cursor stands, and the next tick begins there: nothing would be gained by both.
            Err(CallError::Throttled { after, .. }) if of_tick && after > TICK => return Ok(0),
            Err(CallError::Throttled { after, .. }) => {
                // Not a failed try: the same page again, later.
                wake(self.queue, &[again()], after).await.at(&connection.id)?;
                return Ok(0);
            }
            Err(error) => return Err(error).at(&connection.id),
        };
        if asked.page == 0 && !asked.down && listed.pages.is_some_and(|pages| pages > PAGES_MAX) {
            return self.halve(connection, asked.listing, window, of_tick).await;
        }
        self.tell_of_nameless(connection, asked.listing, window, &listed).await?;
        let changed = match self.record(connection, marketplace, &listed, asked.last_try).await {
            Err(StepError::Call { source: CallError::Throttled { after, .. }, .. }) => {
                wake(self.queue, &[again()], after).await.at(&connection.id)?;
                return Ok(0);
            }
            recorded => recorded?,
        };
        if let Some((page, down)) = next_page(asked, &listed) {
            wake(self.queue, &[at_page(page, down)], Duration::ZERO).await.at(&connection.id)?;
        } else if let Some(cursor) = cursor_of(connection, asked.listing) {
            // Only forward: a window asked for by hand that lies in the past moves nothing.
            self.move_cursor(connection, &cursor, window).await.at(&connection.id)?;
        }
        Ok(changed)
    }

    /// Wakes whoever comes next, for the orders that were known too: whoever died between commit and send left them
    /// without a hint. Confirmations have a delay of their own.
    async fn wake_waiting(
        &self,
        connection: &Connection,
        states: &HashMap<OrderRef, OrderState>,
    ) -> Result<(), StepError> {
        let left = |state| pending(state).into_iter().filter(|effect| !matches!(effect, Effect::Confirm(_)));
        // In a settled order: what is sent must not depend on how a map happens to be laid out.
        let states: BTreeMap<&OrderRef, &OrderState> = states.iter().collect();
        let waiting = states.into_iter().flat_map(|(r, s)| left(s).map(|e| (r.clone(), e)));
        wake(self.queue, &pack(waiting), Duration::ZERO).await.at(&connection.id)
    }

    async fn next_window(&self, connection: &Connection, listing: Listing) -> Result<Window, StepError> {
        let now = self.clock.now();
        let read_up_to = match cursor_of(connection, listing) {
            Some(cursor) => self.cursors.cursor(&cursor).await.at(&connection.id)?,
            None => None,
        };
        let from = read_up_to.map_or_else(|| self.first_from(connection), |at| at - OVERLAP);
        let to = now - self.margin;
        if listing == Listing::Modified {
            return Ok(Window { from, to });
        }
        // The rest of a longer time is the next tick's.
        let from = from.min(now - ENDED_AGAIN);
        Ok(Window { from, to: to.min(from + ENDED_SPAN_MAX) })
    }

    /// A window by hand may skip time that was never read: the cursor follows only a window that begins behind it.
    /// One that ends in the future doesn't move it there, and a new connection's first import has to begin at its start.
    async fn move_cursor(
        &self,
        connection: &Connection,
        cursor: &str,
        window: Window,
    ) -> Result<(), crate::ports::StoreError> {
        let now = self.clock.now();
        let first = self.first_from(connection) + SignedDuration::from_hours(1);
        let read_up_to = self.cursors.cursor(cursor).await?.unwrap_or(first);
        if window.from <= read_up_to {
            self.cursors.advance(cursor, window.to.min(now - self.margin)).await?;
        }
        Ok(())
    }

    fn first_from(&self, connection: &Connection) -> Timestamp {
        let earliest = self.clock.now() - FIRST_IMPORT;
        connection.settings.start_from.map_or(earliest, |from| from.max(earliest))
    }

    async fn record(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        listed: &Listed,
        last_try: bool,
    ) -> Result<usize, StepError> {
        for bad in listed.unreadable.iter().filter(|bad| bad.id.is_some()) {
            tracing::warn!(connection = %connection.id, order = ?bad.id, what = %bad.what, "a record of the list can't be read");
        }
        let named = listed.unreadable.iter().filter_map(|bad| bad.id.clone());
        let unread = named.map(|id| Seen { id, status: String::new(), modified_at: None });
        let seen: Vec<Seen> = listed.orders.iter().cloned().chain(unread).collect();
        let references: Vec<_> = seen.iter().map(|s| OrderRef::new(connection.id.clone(), s.id.clone())).collect();
        let mut states = self.orders.states(&references).await.at(&connection.id)?;
        let news: Vec<&Seen> = seen
            .iter()
            .zip(&references)
            .filter(|(seen, reference)| is_news(seen, states.get(reference)))
            .map(|(seen, _)| seen)
            .collect();
        let changed = self.read(connection, marketplace, &news, &mut states, last_try, Named::ByTheList).await?;
        self.wake_waiting(connection, &states).await?;
        Ok(changed)
    }

    /// Reads orders again by number: what `reconcile` and people ask for.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn read_again(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        orders: &[OrderRef],
        last_try: bool,
    ) -> Result<usize, StepError> {
        let seen: Vec<Seen> =
            orders.iter().map(|o| Seen { id: o.order.clone(), status: String::new(), modified_at: None }).collect();
        let mut states = self.orders.states(orders).await.at(&connection.id)?;
        // One order is what somebody named; many are what a sweep found.
        let class = if orders.len() == 1 { CallClass::Import } else { CallClass::Sweep };
        marketplace.expect(class);
        let all: Vec<&Seen> = seen.iter().collect();
        let read = self.read(connection, marketplace, &all, &mut states, last_try, Named::BySomebody).await;
        let changed = later(self.queue, read, || Hint::Read { orders: orders.to_vec() }).await?;
        self.wake_waiting(connection, &states).await?;
        Ok(changed.unwrap_or(0))
    }

    async fn detail(&self, marketplace: &dyn Marketplace, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        for _ in 0..BANS_MAX {
            match marketplace.order(id).await {
                Err(CallError::Throttled { after, .. }) if after <= BAN_MAX => self.clock.sleep(after).await,
                answer => return answer,
            }
        }
        marketplace.order(id).await
    }

    /// Reads details and commits what they say. One order that can't be read never fails its neighbours.
    async fn read(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        news: &[&Seen],
        states: &mut HashMap<OrderRef, OrderState>,
        last_try: bool,
        named: Named,
    ) -> Result<usize, StepError> {
        let reads = news.iter().map(|seen| async move {
            let began = self.clock.now();
            (*seen, self.detail(marketplace, &seen.id).await, (began, self.clock.now()))
        });
        let answers: Vec<Answered<'_>> = stream::iter(reads).buffer_unordered(DETAILS_AT_ONCE).collect().await;
        let reference = |id: &MarketplaceOrderId| OrderRef::new(connection.id.clone(), id.clone());
        let fresh: Vec<(OrderRef, Order)> = answers
            .iter()
            .filter_map(|(seen, answer, _)| answer.as_ref().ok().map(|order| (reference(&seen.id), order.clone())))
            .filter(|(r, order)| {
                states.get(r).is_none_or(|s| s.facts.as_deref() != Some(&order.facts_digest().short()))
            })
            .collect();
        self.orders.put_facts(&fresh).await.at(&connection.id)?;
        let (mut changed, mut failed) = (0, None);
        for (seen, answer, call) in answers {
            let reference = reference(&seen.id);
            let now = self.clock.now();
            let setting = connection.setting(&reference);
            let setting = match &answer {
                Ok(_) => setting.after_call(call.0, call.1),
                Err(error) => setting.with_failed(failure(Call::Read, error, None, call)),
            };
            let before = states.get(&reference).cloned();
            let event = match &answer {
                Ok(order) => Event::OrderObserved(order),
                // A push message may name another seller's order: nothing of ours, so nothing is held.
                Err(error)
                    if named == Named::BySomebody
                        && before.is_none()
                        && error.disposition() == Disposition::Refused =>
                {
                    tracing::warn!(order = %reference, error = %error, "an order that nobody knows isn't there");
                    continue;
                }
                Err(error) if is_final(error) || (last_try && is_about_the_order(error)) => {
                    tracing::warn!(order = %reference, error = %error, "the order can't be read and is held");
                    let standing = Standing { status: seen.status.clone(), ..Standing::default() };
                    self.keep_raw(marketplace, &reference, before.as_ref(), error).await?;
                    let settled = self.unreadable(setting, before, standing, seen, error).await?;
                    states.extend(settled.map(|s| (reference, s)));
                    continue;
                }
                Err(_) => {
                    if let Some(state) = &before {
                        note_failure(self.orders, state, setting, now).await;
                    }
                    failed = answer.err().map(|error| (reference, error));
                    continue;
                }
            };
            let version = before.as_ref().map(|b| b.version);
            let after = settle(self.orders, before, &event, setting, now).await.at(&reference)?;
            changed += usize::from(after.as_ref().map(|s| s.version) != version);
            states.extend(after.map(|s| (reference, s)));
        }
        match failed {
            // The neighbours are durable and awake; the message comes back for this one.
            Some((reference, error)) => {
                self.wake_waiting(connection, states).await?;
                Err(error).at(reference)
            }
            None => Ok(changed),
        }
    }

    /// What couldn't be read is kept as it came, once, for people. That it can't be had is no reason to stop.
    async fn keep_raw(
        &self,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        before: Option<&OrderState>,
        error: &CallError,
    ) -> Result<(), StepError> {
        let kept = before.is_some_and(|s| is_open(&s.exceptions, ExceptionKind::Undecodable, None));
        if kept || !matches!(error, CallError::Undecodable { .. }) {
            return Ok(());
        }
        match marketplace.raw(&reference.order).await {
            Ok(Some(raw)) => self.orders.put_raw(reference, &raw, self.clock.now()).await.at(reference),
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::warn!(order = %reference, error = %error, "the order's raw answer can't be had either");
                Ok(())
            }
        }
    }

    async fn unreadable(
        &self,
        with: Setting<'_>,
        before: Option<OrderState>,
        standing: Standing,
        seen: &Seen,
        error: &CallError,
    ) -> Result<Option<OrderState>, StepError> {
        let now = self.clock.now();
        let what = error.finding();
        let event = Event::OrderUnreadable { standing, modified_at: seen.modified_at.unwrap_or(now), what: &what };
        settle(self.orders, before, &event, with, now).await.at(with.reference)
    }
}

/// What says how far a list was read.
fn cursor_of(connection: &Connection, listing: Listing) -> Option<String> {
    match listing {
        Listing::Modified => Some(format!("poll/{}", connection.id)),
        Listing::ModifiedEnded => Some(format!("ended/{}", connection.id)),
        Listing::Created | Listing::CreatedEnded => None,
    }
}

/// Which page comes next.
///
/// Orders change while they are listed, and a changed order leaves the window: all that stand behind it move up by one.
/// Read from the first page to the last, whoever moves up across the boundary is never seen. Read from the last to the
/// first, one can only be seen twice. So the first page tells how many there are, and the reading ends with it.
fn next_page(asked: PageAsked, listed: &Listed) -> Option<(u32, bool)> {
    match (asked.down, listed.pages) {
        (true, _) => asked.page.checked_sub(1).map(|page| (page, true)),
        (false, Some(pages)) if asked.page == 0 && pages > 1 => Some((pages - 1, true)),
        // A list that doesn't count its pages can only be read upward.
        (false, _) => listed.more.then_some((asked.page + 1, false)),
    }
}

/// A list of what changed in the last hours imports; a longer one sweeps, and so does one that asks for ended orders or
/// goes by another time than the last change. Whoever waits for an order of the last minutes goes first.
fn class_of(listing: Listing, window: Window) -> CallClass {
    let hours = window.to.duration_since(window.from).as_hours();
    if listing == Listing::Modified && hours < SWEEP_HOURS { CallClass::Import } else { CallClass::Sweep }
}

/// Who says that there is such an order?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The marketplace's own list.
    ByTheList,
    /// A push message, a person, or our own state.
    BySomebody,
}

/// A wait and a refused token say nothing about the order.
fn is_about_the_order(error: &CallError) -> bool {
    !matches!(error.disposition(), Disposition::Retry { .. } | Disposition::NeedsReauth)
        || matches!(error, CallError::Unreachable { .. })
}

/// Would reading it again give the same?
fn is_final(error: &CallError) -> bool {
    matches!(error, CallError::Undecodable { .. }) || error.disposition() == Disposition::Refused
}

/// Must the details be read?
fn is_news(seen: &Seen, known: Option<&OrderState>) -> bool {
    let Some(known) = known else { return true };
    known.facts.is_none()
        || known.word != seen.status
        || seen.modified_at.is_none_or(|modified_at| modified_at > known.modified_at)
}
