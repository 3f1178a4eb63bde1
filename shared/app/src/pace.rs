//! A bearable pace: marketplaces ban an API for a second, for all its callers, when it is called too often, and an app
//! until midnight in Beijing when its day is spent.
//!
//! All functions share one budget an app, whichever of its sellers they call for. So that this doesn't cost a write a call,
//! all calls that wait in a process when one of them asks take their slots together, in a block: consecutive, nobody else's,
//! used at their own times, gone when those have passed. A process that has been calling as fast as it may takes half a
//! second's. Calls are counted for the day by themselves: one that missed its slot takes another, and isn't counted twice.

use crate::{
    budget::{ask_until_told, in_time, to_ms, until, write},
    connection::Connection,
    ports::{BudgetStore, CallError, CallGate, Clock, StoreError},
};
use async_trait::async_trait;
use futures::lock::Mutex as AsyncMutex;
use jiff::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use tallyman_domain::{
    ConnectionId, Digest, MarketplaceKind,
    limit::{Answer, Ask, Book, CallClass, LATE_MS_MAX, NAP_MS_MAX, Pacing, Quota, beijing_day, is_of_the_day},
};

const SLOTS_MISSED_MAX: usize = 5;
/// Who called so long (ms) will go on calling.
const BUSY_MS: i64 = 500;
/// When a book can't be written for all the others who write it.
const CROWDED_MS: i64 = 2_000;

/// How fast and how often marketplaces may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketLimits {
    /// The least distance of one app's calls, in milliseconds.
    pub interval_ms: i64,
    /// Calls a day of an AliExpress app; 0 when they aren't counted.
    pub aliexpress_daily: u32,
    /// Calls a day of an Alibaba.com app; 0 when they aren't counted.
    pub alibaba_daily: u32,
    /// What imports leave to notices, in percent of the day, and sweeps to imports.
    pub reserve_percent: u32,
}

impl MarketLimits {
    /// The distance of calls.
    #[must_use]
    pub fn pacing(&self) -> Pacing {
        Pacing::every_ms(self.interval_ms)
    }
    /// The day of an app, where there is a limit.
    #[must_use]
    pub fn quota(&self, marketplace: MarketplaceKind) -> Option<Quota> {
        let daily = match marketplace {
            MarketplaceKind::AliExpress => self.aliexpress_daily,
            MarketplaceKind::Alibaba => self.alibaba_daily,
        };
        (daily > 0).then_some(Quota { daily, reserve_percent: self.reserve_percent })
    }
}

/// The name of an app's budget. The key itself is in no name, log or message.
#[must_use]
pub fn app_budget(marketplace: MarketplaceKind, app_key: &str) -> String {
    let word = match marketplace {
        MarketplaceKind::AliExpress => "aliexpress",
        MarketplaceKind::Alibaba => "alibaba",
    };
    format!("{word}/app/{}", Digest::of_bytes(app_key.as_bytes()).short())
}

/// A block of slots.
#[derive(Debug, Default)]
struct Block {
    next_ms: i64,
    interval_ms: i64,
    left: u32,
    /// Calls that are counted for a day in Beijing and were not made yet.
    counted: u32,
    day: i64,
    /// When slots were given of late.
    given_ms: VecDeque<i64>,
}

impl Block {
    /// The next slot that hasn't passed, for a call that is counted.
    fn slot(&mut self, now_ms: i64) -> Option<i64> {
        if self.counted_on(beijing_day(now_ms)) == 0 {
            return None;
        }
        while self.left > 0 {
            let slot_ms = self.next_ms;
            self.next_ms += self.interval_ms;
            self.left -= 1;
            if slot_ms + LATE_MS_MAX.min(self.interval_ms) >= now_ms {
                self.counted -= 1;
                self.given_ms.push_back(now_ms);
                return Some(slot_ms);
            }
        }
        None
    }

    /// How many calls more are to be expected at once: none, unless a good part of the slots of late was used here. Others
    /// of the same app may be using the rest.
    fn busy(&mut self, now_ms: i64) -> u32 {
        self.given_ms.retain(|given| now_ms - given < BUSY_MS);
        let calls = i64::try_from(self.given_ms.len()).unwrap_or(0);
        let busy = calls * self.interval_ms * 10 >= BUSY_MS * 3;
        if busy { u32::try_from(calls).unwrap_or(0) } else { 0 }
    }

    /// What was counted for another day is gone.
    fn counted_on(&self, day: i64) -> u32 {
        if self.day == day { self.counted } else { 0 }
    }
}

/// The calls of one class through one app that wait in this process.
#[derive(Debug, Default)]
struct Line {
    waiting: AtomicU32,
    block: AsyncMutex<Block>,
}

/// Stands in a line for as long as it lives.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type Lines = HashMap<(String, CallClass), Arc<Line>>;

/// The pace of all marketplaces, one a process.
pub struct Pace {
    budgets: Arc<dyn BudgetStore>,
    clock: Arc<dyn Clock>,
    limits: MarketLimits,
    lines: Mutex<Lines>,
    /// When (ms) the invocation has to come to its end: no call begins after that.
    ends_ms: AtomicI64,
    /// Until when (ms) an app may not call an API, as far as this process knows.
    bans: Mutex<HashMap<(String, String), i64>>,
    /// When (ms) an app's last call left this process, or will.
    left_ms: Mutex<HashMap<String, i64>>,
}

impl Pace {
    /// Over shared budgets.
    #[must_use]
    pub fn new(budgets: Arc<dyn BudgetStore>, clock: Arc<dyn Clock>, limits: MarketLimits) -> Self {
        let (lines, bans, left_ms) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { budgets, clock, limits, lines, ends_ms: AtomicI64::new(i64::MAX), bans, left_ms }
    }

    /// From then on calls are sent away as throttled, and their work goes back to the queue: a function that is stopped
    /// in the middle has failed, and after a few of those its messages are dead letters.
    pub fn ends_at(&self, time: Timestamp) {
        self.ends_ms.store(to_ms(time), Ordering::Relaxed);
    }

    /// The gate of one client of a connection.
    #[must_use]
    pub fn gate(self: &Arc<Self>, connection: &Connection, app_key: &str) -> Arc<dyn CallGate> {
        Arc::new(Gate {
            pace: Arc::clone(self),
            connection: connection.id.clone(),
            app: app_budget(connection.marketplace, app_key),
            quota: self.limits.quota(connection.marketplace),
            class: Mutex::default(),
        })
    }

    fn line(&self, app: &str, class: CallClass) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry((app.to_owned(), class)).or_default())
    }

    fn learn(&self, app: &str, api: &str, until_ms: i64, now_ms: i64) {
        let mut bans = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
        bans.retain(|_, until| *until > now_ms);
        bans.insert((app.to_owned(), api.to_owned()), until_ms);
    }

    fn ban_of(&self, app: &str, api: &str) -> Option<i64> {
        let bans = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
        bans.get(&(app.to_owned(), api.to_owned())).copied()
    }
}

impl Pace {
    /// When a call whose slot has come may leave. After a stall the slots of several calls have come: they keep their
    /// distance all the same.
    fn leaves_ms(&self, app: &str, now_ms: i64) -> i64 {
        let mut left = self.left_ms.lock().unwrap_or_else(PoisonError::into_inner);
        let last_ms = left.entry(app.to_owned()).or_insert(i64::MIN);
        *last_ms = last_ms.saturating_add(self.limits.interval_ms).max(now_ms);
        *last_ms
    }
}

struct Gate {
    pace: Arc<Pace>,
    /// For logs: who calls.
    connection: ConnectionId,
    app: String,
    quota: Option<Quota>,
    class: Mutex<CallClass>,
}

/// A slot, or when to come back.
type Slot = Result<i64, i64>;

impl Gate {
    fn now_ms(&self) -> i64 {
        to_ms(self.pace.clock.now())
    }

    /// Does the invocation come to its end?
    fn is_over(&self) -> bool {
        self.now_ms() >= self.pace.ends_ms.load(Ordering::Relaxed)
    }

    fn class(&self) -> CallClass {
        *self.class.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn banned_until_ms(&self, api: &str) -> Option<i64> {
        self.pace.ban_of(&self.app, api).filter(|until_ms| *until_ms > self.now_ms())
    }

    /// Sleeps until the slot, and until nobody of this process has called just before. False when the slot has passed.
    async fn is_its_time(&self, slot_ms: i64) -> bool {
        let clock = &*self.pace.clock;
        if !in_time(clock, slot_ms).await {
            return false;
        }
        let leaves_ms = self.pace.leaves_ms(&self.app, self.now_ms());
        in_time(clock, leaves_ms).await && self.now_ms() - slot_ms <= LATE_MS_MAX
    }

    /// The slot has passed, the call isn't made: what was counted for it is another one's.
    async fn give_back(&self) {
        self.pace.line(&self.app, self.class()).block.lock().await.counted += 1;
    }

    async fn slot(&self) -> Result<Slot, StoreError> {
        let class = self.class();
        let line = self.pace.line(&self.app, class);
        let _place = Place::take(&line.waiting);
        // Whoever comes while a block is being taken waits for that one.
        let mut block = line.block.lock().await;
        if let Some(slot_ms) = block.slot(self.now_ms()) {
            return Ok(Ok(slot_ms));
        }
        let now_ms = self.now_ms();
        let counted = block.counted_on(beijing_day(now_ms));
        let calls = line.waiting.load(Ordering::Relaxed).max(block.busy(now_ms));
        let ask = Ask { class, calls, counted, until_ms: now_ms + NAP_MS_MAX };
        match self.ask(ask).await? {
            Some(Answer::Go { first_ms, slots, interval_ms, calls }) => {
                let day = beijing_day(first_ms);
                // Where no day is counted, each slot is good for a call.
                let calls = if self.quota.is_some() { calls } else { slots };
                let counted = block.counted_on(day).saturating_add(calls).saturating_sub(1);
                let mut given_ms = std::mem::take(&mut block.given_ms);
                given_ms.push_back(first_ms);
                let next_ms = first_ms + interval_ms;
                *block = Block { next_ms, interval_ms, left: slots - 1, counted, day, given_ms };
                Ok(Ok(first_ms))
            }
            Some(Answer::Wait { until_ms }) => Ok(Err(until_ms)),
            Some(Answer::Nap { .. }) | None => Ok(Err(self.now_ms() + CROWDED_MS)),
        }
    }

    /// Asks, and learns what is banned by the way.
    async fn ask(&self, ask: Ask) -> Result<Option<Answer>, StoreError> {
        let step = |book: &Book, now_ms| {
            book.bans(now_ms).for_each(|(api, until_ms)| self.pace.learn(&self.app, api, until_ms, now_ms));
            book.ask(self.pace.limits.pacing(), self.quota.as_ref(), ask, now_ms)
        };
        ask_until_told(&*self.pace.budgets, &*self.pace.clock, &self.app, step).await
    }

    fn throttled(&self, service: &'static str, api: &str, until_ms: i64) -> CallError {
        let after = until(until_ms, self.pace.clock.now()).max(Duration::from_secs(1));
        CallError::Throttled { service, call: api.to_owned(), after }
    }
}

#[async_trait]
impl CallGate for Gate {
    fn expect(&self, class: CallClass) {
        *self.class.lock().unwrap_or_else(PoisonError::into_inner) = class;
    }

    async fn pass(&self, service: &'static str, api: &str) -> Result<(), CallError> {
        let unknown =
            |source: StoreError| CallError::Unreachable { service, call: api.to_owned(), source: Box::new(source) };
        for _ in 0..SLOTS_MISSED_MAX {
            if self.is_over() {
                return Err(self.throttled(service, api, self.now_ms()));
            }
            if let Some(until_ms) = self.banned_until_ms(api) {
                return Err(self.throttled(service, api, until_ms));
            }
            match self.slot().await.map_err(unknown)? {
                Err(until_ms) => return Err(self.throttled(service, api, until_ms)),
                // Asking for it, one learned of a ban.
                Ok(_) if self.banned_until_ms(api).is_some() => self.give_back().await,
                // Waiting for it took until the end: it goes back with the work.
                Ok(slot_ms) if self.is_its_time(slot_ms).await && !self.is_over() => return Ok(()),
                // Counted it stays.
                Ok(_) => self.give_back().await,
            }
        }
        Err(self.throttled(service, api, self.now_ms()))
    }

    async fn banned(&self, api: &str, after: Duration) {
        let now_ms = self.now_ms();
        let until_ms = now_ms.saturating_add(i64::try_from(after.as_millis()).unwrap_or(60_000));
        self.pace.learn(&self.app, api, until_ms, now_ms);
        let of_the_day = is_of_the_day(after);
        if of_the_day {
            tracing::error!(connection = %self.connection, api, after_s = after.as_secs(), "the app is banned; everything of it waits");
        }
        let step = |book: &Book| {
            (if of_the_day { book.blocked_until(until_ms) } else { book.banned(api, until_ms, now_ms) }, ())
        };
        let written = write(&*self.pace.budgets, &self.app, step).await;
        if let Err(error) = written {
            // This process keeps to it; the others learn it from the service.
            tracing::warn!(connection = %self.connection, api, error = %error, "a ban could not be shared");
        }
    }
}
