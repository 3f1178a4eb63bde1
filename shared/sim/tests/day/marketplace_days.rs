//! Days at AliExpress: polls, sweeps and notices of two sellers share the app's calls of a day.

use crate::{
    aliexpress::Shop,
    lambda::{Queue, Wakes, Work},
    time::{DayClock, StalledClock},
};
use futures::{StreamExt, stream};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tallyman_app::{
    connection::Connection,
    limits::{LimitKind, limits},
    pace::{MarketLimits, Pace, app_budget},
    ports::{BudgetStore, CallError, CallGate, Clock},
};
use tallyman_domain::{
    ConnectionId, MarketplaceKind,
    limit::CallClass::{self, Import, Notice, Sweep},
};
use tallyman_sim::{MemoryBudgets, samples};

const DAILY: u32 = 30_000;
/// Noon in Beijing: the first day has twelve hours.
const NOON: &str = "2026-11-20T04:00:00Z";
const FIRST_DAY_HOURS: u64 = 12;
const HOUR_MS: i64 = 3_600_000;
const APP_KEY: &str = "511000";

#[derive(Clone, Copy)]
struct Day {
    hours: u64,
    reserve_percent: u32,
    /// A notice each so many seconds, of each seller.
    notice_each_s: u64,
    /// A page each so many seconds, of each seller; always another one when 0.
    page_each_s: u64,
    /// Another program with the same key takes so many calls, six hours after noon.
    others: u32,
}

const BUSY: Day = Day { hours: 13, reserve_percent: 10, notice_each_s: 100, page_each_s: 0, others: 0 };

struct Town {
    day: Day,
    clock: Arc<DayClock>,
    shop: Shop,
    budgets: Arc<MemoryBudgets>,
    /// Waits (ms) of what is finished.
    done: Mutex<Vec<(CallClass, i64)>>,
}

/// Where a page or a notice stopped.
type Stopped = Result<(), Duration>;

impl Town {
    fn limits(&self) -> MarketLimits {
        // Both sellers' calls together: a little less than the app may make in a second.
        let (interval_ms, reserve_percent) = (40, self.day.reserve_percent);
        MarketLimits { interval_ms, aliexpress_daily: DAILY, alibaba_daily: 0, reserve_percent }
    }

    /// One request, as the gateway makes it.
    async fn call(&self, gate: &dyn CallGate, api: &str) -> Stopped {
        match gate.pass("AliExpress", api).await {
            Ok(()) => {}
            Err(CallError::Throttled { after, .. }) => return Err(after),
            Err(error) => panic!("{error}"),
        }
        self.clock.sleep(self.clock.roll(5, 60)).await;
        let answer = self.shop.call(api, self.clock.ms(), true);
        self.clock.sleep(self.clock.roll(50, 350)).await;
        if let Err(after) = answer {
            gate.banned(api, after).await;
        }
        answer
    }

    /// A page with forty changed orders, five of them read at a time.
    async fn page(&self, gate: &dyn CallGate, class: CallClass) -> Stopped {
        gate.expect(class);
        self.call(gate, "list").await?;
        let reads = (0..40).map(|_| self.call(gate, "get"));
        let answers: Vec<Stopped> = stream::iter(reads).buffer_unordered(5).collect().await;
        answers.into_iter().collect()
    }

    async fn notice(&self, gate: &dyn CallGate) -> Stopped {
        gate.expect(Notice);
        for api in ["get", "ship", "query"] {
            self.call(gate, api).await?;
        }
        Ok(())
    }

    /// An environment: its own pace, over the shared budgets.
    async fn function(self: Arc<Self>, queue: Arc<Queue>, connection: Connection) {
        let budgets: Arc<dyn BudgetStore> = Arc::<MemoryBudgets>::clone(&self.budgets);
        let clock: Arc<dyn Clock> = Arc::<DayClock>::clone(&self.clock);
        let pace = Arc::new(Pace::new(budgets, clock, self.limits()));
        let gate = pace.gate(&connection, APP_KEY);
        loop {
            for work in queue.receive(Wakes { window: Duration::ZERO, batch: 1 }).await {
                let stopped = match work.class {
                    Notice => self.notice(&*gate).await,
                    class => self.page(&*gate, class).await,
                };
                match stopped {
                    Err(after) => queue.send(work, after),
                    Ok(()) => {
                        self.done.lock().unwrap().push((work.class, self.clock.ms() - work.since_ms));
                        // There is always another page.
                        if work.class != Notice && self.day.page_each_s == 0 {
                            queue.send(Work { since_ms: self.clock.ms(), ..work }, Duration::ZERO);
                        }
                    }
                }
            }
        }
    }

    async fn notices(self: Arc<Self>, queue: Arc<Queue>) {
        loop {
            self.clock.sleep(Duration::from_secs(self.day.notice_each_s)).await;
            queue.send(Work { class: Notice, since_ms: self.clock.ms() }, Duration::ZERO);
        }
    }

    async fn pages(self: Arc<Self>, queue: Arc<Queue>) {
        for class in [Import, Import, Sweep, Sweep] {
            queue.send(Work { class, since_ms: self.clock.ms() }, Duration::ZERO);
        }
        while self.day.page_each_s > 0 {
            self.clock.sleep(Duration::from_secs(self.day.page_each_s)).await;
            queue.send(Work { class: Import, since_ms: self.clock.ms() }, Duration::ZERO);
        }
    }

    async fn others(self: Arc<Self>) {
        self.clock.sleep(Duration::from_secs(6 * 3_600)).await;
        for _ in 0..self.day.others {
            let _ = self.shop.call("theirs", self.clock.ms(), false);
            self.clock.sleep(Duration::from_millis(40)).await;
        }
    }

    fn waits_ms(&self, class: CallClass) -> Vec<i64> {
        let done = self.done.lock().unwrap();
        let mut waits: Vec<i64> = done.iter().filter(|(c, _)| *c == class).map(|(_, ms)| *ms).collect();
        waits.sort_unstable();
        waits
    }
}

fn sellers() -> Vec<Connection> {
    let named = |name: &str| Connection {
        id: ConnectionId::parse(name).unwrap(),
        app_budget: Some(app_budget(MarketplaceKind::AliExpress, APP_KEY)),
        ..samples::connection(MarketplaceKind::AliExpress)
    };
    ["ae-one", "ae-two"].map(named).to_vec()
}

async fn live(day: Day, seed: u64) -> Arc<Town> {
    let clock = Arc::new(DayClock::at(NOON, seed));
    let (shop, budgets) = (Shop::new(30, DAILY), Arc::new(MemoryBudgets::default()));
    let town = Arc::new(Town { day, clock: Arc::clone(&clock), shop, budgets, done: Mutex::default() });
    let mut tasks = tokio::task::JoinSet::new();
    for seller in sellers() {
        let (polls, notices) = (Queue::new(&clock), Queue::new(&clock));
        for _ in 0..2 {
            tasks.spawn(Arc::clone(&town).function(Arc::clone(&polls), seller.clone()));
            tasks.spawn(Arc::clone(&town).function(Arc::clone(&notices), seller.clone()));
        }
        tasks.spawn(Arc::clone(&town).pages(polls));
        tasks.spawn(Arc::clone(&town).notices(notices));
    }
    tasks.spawn(Arc::clone(&town).others());
    clock.sleep(Duration::from_secs(day.hours * 3_600)).await;
    tasks.shutdown().await;
    town
}

/// So many hours after noon.
fn at_hour(hours: u64) -> i64 {
    NOON.parse::<jiff::Timestamp>().unwrap().as_millisecond() + hours as i64 * HOUR_MS
}

/// What is wrong with a day on which imports and sweeps always have work.
fn judge(town: &Town) -> Vec<String> {
    let hours = town.day.hours.min(FIRST_DAY_HOURS);
    let (used, banned) = town.shop.ours(at_hour(0), at_hour(hours));
    let notices = town.waits_ms(Notice);
    let (slowest_ms, median_ms) = (notices.last().copied().unwrap_or(0), notices[notices.len() / 2]);
    let (reads, writes) = town.budgets.counts();
    println!(
        "{used} of {DAILY} calls, {banned} banned, {} notices in {median_ms} ms (median), {slowest_ms} ms (longest), {} and {} pages, {:.3} reads and {:.3} writes a call",
        notices.len(),
        town.waits_ms(Import).len(),
        town.waits_ms(Sweep).len(),
        reads as f64 / used as f64,
        writes as f64 / used as f64,
    );
    let daily = DAILY as usize;
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: &str| wrong.extend((!holds).then(|| what.to_owned()));
    expect(banned == 0, "bans");
    expect(used <= daily * 80 / 100, "more than 80 % is used");
    let due = (2 * hours * 3_600 / town.day.notice_each_s) as usize;
    // Imports may go to 70 %, and what notices need above that is theirs.
    let usable = (daily * 70 / 100).max((due * 3).min(daily * 10 / 100) + daily * 65 / 100);
    expect(used * 100 >= usable * 95, "less than 95 % of what may be used is used");
    expect(notices.len() + 4 >= due.min(daily * 80 / 300), "notices are left");
    expect(slowest_ms < 60_000, "notices wait for more than a minute");
    wrong
}

#[tokio::test(start_paused = true)]
async fn a_busy_day_stops_at_its_ceilings_keeps_its_reserve_and_goes_on_at_midnight_in_beijing() {
    let town = live(BUSY, 1).await;
    assert_eq!(judge(&town), [""; 0]);
    // All calls of imports and sweeps are made in the first hours; then only notices leave, three calls each.
    let (late, _) = town.shop.ours(at_hour(6), at_hour(12));
    assert!(late <= 6 * 3_600 / 100 * 2 * 3 + 6, "{late}");
    // Who waits comes back every fifteen minutes at the latest.
    let (next_day, banned) = town.shop.ours(at_hour(12), at_hour(13));
    assert!(next_day >= 10_000 && banned == 0, "{next_day} {banned}");
}

#[tokio::test(start_paused = true)]
async fn notices_alone_reach_eighty_percent_and_then_everything_stops() {
    let town = live(Day { hours: 3, notice_each_s: 5, ..BUSY }, 2).await;
    let (used, banned) = town.shop.ours(at_hour(0), at_hour(3));
    let ceiling = DAILY as usize * 80 / 100;
    assert!(used <= ceiling && used * 100 >= ceiling * 95 && banned == 0, "{used} {banned}");
    assert!(town.waits_ms(Notice).len() * 3 >= DAILY as usize * 10 / 100 * 95 / 100);
}

#[tokio::test(start_paused = true)]
async fn the_check_of_the_reserve_bites() {
    let town = live(Day { hours: 4, reserve_percent: 0, ..BUSY }, 3).await;
    assert!(judge(&town).contains(&"notices are left".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_day_that_another_program_spends_ends_with_one_ban_a_worker_and_begins_anew_at_midnight() {
    let town = live(Day { others: DAILY, ..BUSY }, 4).await;
    let (used, banned) = town.shop.ours(at_hour(0), at_hour(12));
    assert!(used <= DAILY as usize * 80 / 100, "{used}");
    // Each of the eight environments may have a call or five on its way.
    assert!((1..=16).contains(&banned), "{banned}");
    let (next_day, _) = town.shop.ours(at_hour(12), at_hour(13));
    assert!(next_day >= 10_000, "{next_day}");
}

#[tokio::test(start_paused = true)]
async fn an_api_that_one_seller_is_banned_from_is_left_alone_by_the_other_sellers_of_the_app() {
    let clock = Arc::new(DayClock::at(NOON, 1));
    let budgets = Arc::new(MemoryBudgets::default());
    let limits = MarketLimits { interval_ms: 50, aliexpress_daily: DAILY, alibaba_daily: 0, reserve_percent: 10 };
    // Two processes, a seller each.
    let gate = |seller: &Connection, app_key: &str| {
        let (budgets, clock) = (Arc::<MemoryBudgets>::clone(&budgets), Arc::<DayClock>::clone(&clock));
        Arc::new(Pace::new(budgets, clock, limits)).gate(seller, app_key)
    };
    let sellers = sellers();
    let (one, two, of_another_app) =
        (gate(&sellers[0], APP_KEY), gate(&sellers[1], APP_KEY), gate(&sellers[1], "another"));
    one.banned("list", Duration::from_secs(30)).await;
    assert!(matches!(two.pass("AliExpress", "list").await, Err(CallError::Throttled { after, .. })
        if after > Duration::from_secs(28)));
    assert!(two.pass("AliExpress", "get").await.is_ok(), "of another API nothing was said");
    assert!(of_another_app.pass("AliExpress", "list").await.is_ok());
    clock.sleep(Duration::from_secs(31)).await;
    assert!(two.pass("AliExpress", "list").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn calls_whose_slots_passed_while_their_process_was_stopped_leave_an_interval_apart() {
    let clock = Arc::new(DayClock::at(NOON, 1));
    let limits = MarketLimits { interval_ms: 50, aliexpress_daily: DAILY, alibaba_daily: 0, reserve_percent: 10 };
    // Of ten calls, eight have a slot within the stall.
    let (from_ms, to_ms) = (clock.ms() + 80, clock.ms() + 330);
    let stalled = Arc::new(StalledClock { clock: Arc::clone(&clock), from_ms, to_ms });
    let pace = Arc::new(Pace::new(Arc::new(MemoryBudgets::default()), stalled, limits));
    let gate = pace.gate(&sellers()[0], APP_KEY);
    let calls = (0..10).map(|_| async {
        gate.pass("AliExpress", "list").await.unwrap();
        clock.ms()
    });
    let mut left_ms: Vec<i64> = stream::iter(calls).buffer_unordered(10).collect().await;
    left_ms.sort_unstable();
    let apart_ms: Vec<i64> = left_ms.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(apart_ms.iter().all(|ms| *ms >= limits.interval_ms), "{apart_ms:?}");
    assert!(left_ms.contains(&to_ms), "nobody was stopped: {left_ms:?}");
}

#[tokio::test(start_paused = true)]
async fn on_an_ordinary_day_a_call_costs_little_more_than_half_a_write_and_hardly_any_is_counted_in_vain() {
    let day = Day { hours: 6, notice_each_s: 30, page_each_s: 300, ..BUSY };
    let town = live(day, 6).await;
    let (made, banned) = town.shop.ours(at_hour(0), at_hour(6));
    let (reads, writes) = town.budgets.counts();
    let views = limits(&*town.budgets, &[], &sellers(), &town.limits(), town.clock.now()).await.unwrap();
    let counted = views[1].used;
    println!("{made} calls made, {counted} counted, {reads} reads and {writes} writes");
    assert!(banned == 0 && writes as usize * 10 <= made * 7, "{writes} {made}");
    assert!(counted as usize >= made && counted as usize <= made + made / 20, "{counted} {made}");
}

#[tokio::test(start_paused = true)]
async fn people_see_what_is_used_what_is_left_and_until_when() {
    let town = live(Day { hours: 1, ..BUSY }, 5).await;
    let now = town.clock.now();
    let views = limits(&*town.budgets, &[samples::account()], &sellers(), &town.limits(), now).await.unwrap();
    let kinds: Vec<LimitKind> = views.iter().map(|view| view.kind).collect();
    assert_eq!(kinds, [LimitKind::ShipStationMinute, LimitKind::MarketplaceMinute, LimitKind::MarketplaceDay]);
    let sharing: Vec<ConnectionId> = sellers().into_iter().map(|seller| seller.id).collect();
    assert!(views[1].connections == sharing && views[2].connections == sharing, "{views:?}");
    let day = &views[2];
    assert_eq!((day.allowed, day.import_ceiling, day.sweep_ceiling), (24_000, Some(21_000), Some(18_000)));
    assert_eq!(day.left, day.allowed - day.used);
    let (made, _) = town.shop.ours(0, i64::MAX);
    let counted = day.used as usize;
    // What was taken together and not called yet, or given back with the next block.
    assert!(counted >= made && counted <= made + made / 20, "{counted} {made}");
    assert_eq!(day.resets_at.to_string(), "2026-11-20T16:00:00Z");
    assert!(!day.account.contains(APP_KEY), "{}", day.account);
}
