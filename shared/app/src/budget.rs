//! Spending from the shared budgets. The rules are [`tallyman_domain::limit`]'s; here they meet clock and store.

use crate::{
    connection::Account,
    ports::{BudgetStore, Clock, StoreError},
};
use jiff::Timestamp;
use std::time::Duration;
use tallyman_domain::limit::{Answer, Ask, Book, CallClass, LATE_MS_MAX, NAP_MS_MAX, Pacing, Rate, nap_ms_max};

/// Writing fails only when somebody else wrote just then; few write one book.
const WRITES_MAX: usize = 12;
/// Whoever sleeps wakes up for each slot of its time; more asks mean that something is wrong.
const ASKS_MAX: usize = 64;
/// Nobody sleeps for longer.
const NAP_EVER: Duration = Duration::from_secs(15);
/// When the book can't be written for all the others who write it.
const CROWDED: Duration = Duration::from_secs(2);

/// Whoever calls V2 is waited for by a sender: longer than this it doesn't sleep (ms).
const V2_NAP_MS_MAX: i64 = 1_000;

/// May a call leave?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spend {
    /// Now.
    Go,
    /// Not before this long: give the work back to the queue.
    Wait(Duration),
}

/// A time as the books have it.
#[must_use]
pub fn to_ms(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// How long from now until then; nothing when it has passed.
#[must_use]
pub fn until(ms: i64, now: Timestamp) -> Duration {
    let then = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

/// Does a step in a book, again on the newest one when somebody else was faster. A step that changes nothing writes
/// nothing. `None` when all tries were lost.
///
/// # Errors
/// [`StoreError`].
pub async fn write<T>(
    budgets: &dyn BudgetStore,
    name: &str,
    mut step: impl FnMut(&Book) -> (Book, T) + Send,
) -> Result<Option<T>, StoreError> {
    let mut book = budgets.book(name).await?;
    for _ in 0..WRITES_MAX {
        let (after, outcome) = step(&book);
        if after == book {
            return Ok(Some(outcome));
        }
        match budgets.swap(name, &after).await? {
            None => return Ok(Some(outcome)),
            Some(newer) => book = newer,
        }
    }
    Ok(None)
}

/// Takes one call from a ShipStation account's budget.
///
/// Short waits are slept through; how short, and who goes first, the domain says. `orders_read` are those that would have to be read again if this call went back to the queue.
///
/// # Errors
/// [`StoreError`].
pub async fn spend(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    class: CallClass,
    orders_read: usize,
) -> Result<Spend, StoreError> {
    let ask = Ask::one(class, to_ms(clock.now()) + nap_ms_max(orders_read));
    match ask_until_told(budgets, clock, &account.budget(), |book, now_ms| {
        book.ask(account.pacing(), None, ask, now_ms)
    })
    .await?
    {
        Some(Answer::Go { .. }) => Ok(Spend::Go),
        Some(Answer::Wait { until_ms }) => Ok(Spend::Wait(until(until_ms, clock.now()))),
        _ => Ok(Spend::Wait(CROWDED)),
    }
}

/// Takes one call from an account's budget at ShipStation V2, for somebody who is waiting for an answer.
///
/// # Errors
/// [`StoreError`].
pub async fn spend_v2(budgets: &dyn BudgetStore, clock: &dyn Clock, account: &Account) -> Result<Spend, StoreError> {
    let ask = Ask::one(CallClass::Notice, to_ms(clock.now()) + V2_NAP_MS_MAX);
    match ask_until_told(budgets, clock, &account.budget_v2(), |book, now_ms| {
        book.ask(Pacing::of_v2(), None, ask, now_ms)
    })
    .await?
    {
        Some(Answer::Go { first_ms, .. }) if in_time(clock, first_ms).await => Ok(Spend::Go),
        Some(Answer::Wait { until_ms }) => Ok(Spend::Wait(until(until_ms, clock.now()))),
        _ => Ok(Spend::Wait(CROWDED)),
    }
}

/// Asks, and sleeps and asks again as long as that is the answer. `None` when the book couldn't be written for all the
/// others who write it, or slots were missed.
///
/// # Errors
/// [`StoreError`].
pub async fn ask_until_told(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    name: &str,
    mut ask: impl FnMut(&Book, i64) -> (Book, Answer) + Send,
) -> Result<Option<Answer>, StoreError> {
    for _ in 0..ASKS_MAX {
        match write(budgets, name, |book| ask(book, to_ms(clock.now()))).await? {
            Some(Answer::Nap { until_ms }) => nap(clock, until_ms).await,
            // The answer came too late: the process was stopped for a moment, or the store was slow.
            Some(Answer::Go { first_ms, .. }) if to_ms(clock.now()) - first_ms > LATE_MS_MAX => {}
            told => return Ok(told),
        }
    }
    Ok(None)
}

async fn nap(clock: &dyn Clock, until_ms: i64) {
    let nap = until(until_ms, clock.now());
    if !nap.is_zero() {
        // A wrong clock must not put anybody to sleep for long.
        clock.sleep(nap.min(NAP_EVER)).await;
    }
}

/// Would a call have to wait for so long that its work goes back to the queue?
///
/// Then its place in line is noted, and this says how long it is away; otherwise nothing is taken yet. Whoever has much to read first asks before.
///
/// # Errors
/// [`StoreError`].
pub async fn line(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    class: CallClass,
) -> Result<Option<Duration>, StoreError> {
    let pacing = account.pacing();
    let step = |book: &Book| {
        let now_ms = to_ms(clock.now());
        match book.ask(pacing, None, Ask::one(class, now_ms + NAP_MS_MAX), now_ms) {
            (after, Answer::Wait { until_ms }) => (after, Some(until_ms)),
            _ => (book.clone(), None),
        }
    };
    match write(budgets, &account.budget(), step).await? {
        Some(until_ms) => Ok(until_ms.map(|ms| until(ms, clock.now()))),
        None => Ok(Some(CROWDED)),
    }
}

/// Sleeps until a slot of one's own. False when it has passed: used late, it would come too near to the next one.
pub async fn in_time(clock: &dyn Clock, slot_ms: i64) -> bool {
    nap(clock, slot_ms).await;
    let late_ms = to_ms(clock.now()) - slot_ms;
    (0..=LATE_MS_MAX).contains(&late_ms)
}

/// A service said to wait: everybody waits.
///
/// # Errors
/// [`StoreError`].
pub async fn believe(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    after: Duration,
) -> Result<(), StoreError> {
    block(budgets, clock, &account.budget(), after).await
}

/// [`believe`], of ShipStation V2 (its `Retry-After`).
///
/// # Errors
/// [`StoreError`].
pub async fn believe_v2(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    after: Duration,
) -> Result<(), StoreError> {
    block(budgets, clock, &account.budget_v2(), after).await
}

async fn block(budgets: &dyn BudgetStore, clock: &dyn Clock, name: &str, after: Duration) -> Result<(), StoreError> {
    let until_ms = to_ms(clock.now()).saturating_add(i64::try_from(after.as_millis()).unwrap_or(60_000));
    write(budgets, name, |book| (book.blocked_until(until_ms), ())).await.map(|_| ())
}

/// What the headers of the last answer said. Nearly always that is what the budget says too, and costs nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn hear(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    rate: Option<Rate>,
) -> Result<(), StoreError> {
    let configured = account.calls_per_minute;
    let Some(rate) = rate.filter(|rate| !rate.is_usual(configured)) else { return Ok(()) };
    let heard = |book: &Book| {
        let after = book.heard(&rate, configured, to_ms(clock.now()));
        (after.as_ref().unwrap_or(book).clone(), after.is_some())
    };
    if write(budgets, &account.budget(), heard).await? == Some(true) {
        tracing::info!(account = %account.id, ?rate, "ShipStation counts otherwise than we do, and is believed");
    }
    Ok(())
}

/// True for the first who asks within `gap`, false for the others.
///
/// # Errors
/// [`StoreError`].
pub async fn first_within(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    name: &str,
    gap: Duration,
) -> Result<bool, StoreError> {
    let gap_ms = i64::try_from(gap.as_millis()).unwrap_or(i64::MAX);
    let step = |book: &Book| {
        let now_ms = to_ms(clock.now());
        let free = book.next_ms() <= now_ms;
        (if free { book.blocked_until(now_ms.saturating_add(gap_ms)) } else { book.clone() }, free)
    };
    Ok(write(budgets, name, step).await?.unwrap_or(false))
}

impl Account {
    /// How fast it may be called.
    #[must_use]
    pub fn pacing(&self) -> Pacing {
        Pacing::per_minute(self.calls_per_minute)
    }
}
