//! Days at ShipStation: exports, webhooks and sweeps share 40 calls a minute.

use crate::{
    lambda::{Queue, Wakes, Work},
    shipstation::Service,
    time::DayClock,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tallyman_app::{
    budget::{Spend, believe, hear, line, spend},
    connection::Account,
    ports::Clock,
};
use tallyman_domain::limit::CallClass::{self, Import, Notice, Sweep};
use tallyman_sim::{MemoryBudgets, samples};

/// A day's circumstances.
#[derive(Clone, Copy)]
struct Day {
    hours: u64,
    allowed: u32,
    configured: u32,
    /// Arrivals a minute, by class.
    load: [u32; 3],
    /// Work that is always there, by class: done, it begins anew.
    always: [u32; 3],
    /// Calls a minute of another program on the same key, from the second hour on, in bursts of five.
    others: u32,
    hears: bool,
    by_class: bool,
    sliding: bool,
}

const BUSY: Day = Day {
    hours: 24,
    allowed: 40,
    configured: 40,
    load: [12, 18, 0],
    always: [0, 0, 3],
    others: 0,
    hears: true,
    by_class: true,
    sliding: true,
};

struct Town {
    day: Day,
    clock: Arc<DayClock>,
    service: Service,
    budgets: MemoryBudgets,
    account: Account,
    waits_ms: Mutex<BTreeMap<CallClass, Vec<i64>>>,
}

struct Report {
    used_percent: f64,
    refused: u64,
    calls: u64,
    /// Median and 99th percentile of the time from arrival to call, in seconds.
    waits_s: BTreeMap<CallClass, (f64, f64, usize)>,
    longest_s: BTreeMap<CallClass, f64>,
    messages_a_call: f64,
    writes_a_call: f64,
}

impl Town {
    /// One call, as export-orders and read-shipments make it. The wait, when there is none now.
    async fn work(&self, work: Work) -> Option<Duration> {
        let class = if self.day.by_class { work.class } else { Import };
        if class == Import
            && let Some(wait) = line(&self.budgets, &*self.clock, &self.account, class).await.unwrap()
        {
            return Some(wait);
        }
        let orders = if class == Import { 100 } else { 0 };
        if let Spend::Wait(wait) = spend(&self.budgets, &*self.clock, &self.account, class, orders).await.unwrap() {
            return Some(wait);
        }
        self.clock.sleep(self.clock.roll(10, 300)).await;
        let said = self.service.call(self.clock.ms(), true);
        self.clock.sleep(self.clock.roll(80, 500)).await;
        if self.day.hears {
            hear(&self.budgets, &*self.clock, &self.account, Some(said.rate)).await.unwrap();
        }
        if !said.let_in {
            let after = Duration::from_secs(u64::from(said.rate.reset_s.max(1)));
            believe(&self.budgets, &*self.clock, &self.account, after).await.unwrap();
            return Some(after);
        }
        let wait_ms = self.clock.ms() - work.since_ms;
        self.waits_ms.lock().unwrap().entry(work.class).or_default().push(wait_ms);
        None
    }

    async fn function(self: Arc<Self>, queue: Arc<Queue>, wakes: Wakes) {
        loop {
            let batch = queue.receive(wakes).await;
            let until_ms = self.clock.ms() + 35_000;
            for work in batch {
                let wait =
                    if self.clock.ms() > until_ms { Some(Duration::from_secs(1)) } else { self.work(work).await };
                if let Some(wait) = wait {
                    queue.send(work, wait);
                } else if self.day.always[work.class as usize] > 0 {
                    queue.send(Work { since_ms: self.clock.ms(), ..work }, Duration::ZERO);
                }
            }
        }
    }

    async fn arrivals(self: Arc<Self>, queue: Arc<Queue>, class: CallClass, a_minute: u32) {
        let mean_ms = 60_000 / u64::from(a_minute.max(1));
        while a_minute > 0 {
            self.clock.sleep(self.clock.roll(0, 2 * mean_ms)).await;
            queue.send(Work { class, since_ms: self.clock.ms() }, Duration::ZERO);
        }
    }

    async fn others(self: Arc<Self>) {
        self.clock.sleep(Duration::from_secs(3_600)).await;
        while self.day.others > 0 {
            for _ in 0..5 {
                self.service.call(self.clock.ms(), false);
            }
            self.clock.sleep(Duration::from_secs(300 / u64::from(self.day.others))).await;
        }
    }
}

fn percentile(sorted: &[i64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).map_or(0.0, |ms| *ms as f64 / 1e3)
}

async fn live(day: Day, seed: u64) -> Report {
    let clock = Arc::new(DayClock::at("2026-11-20T00:00:00Z", seed));
    let account = Account { calls_per_minute: day.configured, ..samples::account() };
    let (service, budgets) = (Service::new(day.allowed, day.sliding), MemoryBudgets::default());
    let town = Arc::new(Town { day, clock: Arc::clone(&clock), service, budgets, account, waits_ms: Mutex::default() });
    let (exports, shipments) = (Queue::new(&clock), Queue::new(&clock));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let wakes = Wakes { window: Duration::from_secs(5), batch: 100 };
        tasks.spawn(Arc::clone(&town).function(Arc::clone(&exports), wakes));
        let wakes = Wakes { window: Duration::from_secs(2), batch: 5 };
        tasks.spawn(Arc::clone(&town).function(Arc::clone(&shipments), wakes));
    }
    for (class, a_minute) in CallClass::ALL.into_iter().zip(day.load) {
        let queue = if class == Import { &exports } else { &shipments };
        tasks.spawn(Arc::clone(&town).arrivals(Arc::clone(queue), class, a_minute));
        for _ in 0..day.always[class as usize] {
            queue.send(Work { class, since_ms: clock.ms() }, Duration::ZERO);
        }
    }
    tasks.spawn(Arc::clone(&town).others());
    clock.sleep(Duration::from_secs(day.hours * 3_600)).await;
    tasks.shutdown().await;
    let sent = exports.sent() + shipments.sent();
    report(&town, sent)
}

fn report(town: &Town, sent: u64) -> Report {
    let (calls, refused) = town.service.ours();
    let mut waits_ms = town.waits_ms.lock().unwrap();
    waits_ms.values_mut().for_each(|waits| waits.sort_unstable());
    let allowed = f64::from(town.day.allowed) * 60.0 * town.day.hours as f64;
    let report = Report {
        used_percent: calls as f64 / allowed * 100.0,
        refused,
        calls,
        waits_s: waits_ms.iter().map(|(c, w)| (*c, (percentile(w, 50), percentile(w, 99), w.len()))).collect(),
        longest_s: waits_ms.iter().map(|(c, w)| (*c, percentile(w, 100))).collect(),
        messages_a_call: sent as f64 / calls as f64,
        writes_a_call: town.budgets.counts().1 as f64 / calls as f64,
    };
    println!(
        "used {:.2} %, refused {} of {}, {:.2} messages and {:.2} writes a call; waits (median, p99, calls) {:?}, longest {:?}",
        report.used_percent,
        refused,
        calls,
        report.messages_a_call,
        report.writes_a_call,
        report.waits_s,
        report.longest_s
    );
    report
}

/// What is wrong with a day.
fn judge(report: &Report) -> Vec<&'static str> {
    let wait = |class| report.waits_s.get(&class).copied().unwrap_or_default();
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what| wrong.extend((!holds).then_some(what));
    expect(report.used_percent >= 95.0, "less than 95 % is used");
    expect(report.refused == 0, "calls were refused");
    expect(wait(Notice).0 <= wait(Import).0 && wait(Notice).1 <= wait(Import).1, "imports go before notices");
    expect(wait(Import).0 <= wait(Sweep).0 && wait(Import).1 <= wait(Sweep).1, "sweeps go before imports");
    expect(wait(Sweep).2 > 0, "sweeps starve");
    wrong
}

#[tokio::test(start_paused = true)]
async fn on_a_busy_day_nearly_every_allowed_call_is_made_none_is_refused_and_notices_go_first() {
    let report = live(BUSY, 1).await;
    assert_eq!(judge(&report), [""; 0]);
    // Waiting is cheap: a few messages and writes a call, each of which carries up to a hundred orders.
    assert!(report.messages_a_call <= 6.0 && report.writes_a_call <= 8.0);
}

#[tokio::test(start_paused = true)]
async fn whatever_the_load_is_made_of_the_calls_are_used_and_none_is_refused() {
    for (seed, load) in [(2, [60, 0, 0]), (3, [0, 60, 0]), (4, [0, 0, 60]), (5, [60, 60, 60]), (6, [5, 5, 60])] {
        let report = live(Day { hours: 2, load, always: [0; 3], ..BUSY }, seed).await;
        assert!(report.used_percent >= 95.0 && report.refused == 0, "{load:?}");
        let classes = CallClass::ALL.into_iter().zip(load).filter(|(_, a_minute)| *a_minute > 0);
        // However much goes before it, each class has its call a minute at least.
        for (class, _) in classes {
            assert!(report.waits_s.get(&class).is_some_and(|(_, _, calls)| *calls >= 3 * 30), "{load:?} {class:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_backlog_of_exports_keeps_no_notice_waiting_and_leaves_sweeps_a_call_a_minute() {
    let backlog = Day { hours: 4, load: [12, 0, 0], always: [0, 12, 3], ..BUSY };
    let report = live(backlog, 13).await;
    assert!(report.used_percent >= 95.0 && report.refused == 0);
    let (median_s, slow_s, _) = report.waits_s[&Notice];
    assert!(median_s <= 10.0 && slow_s <= 30.0);
    let calls = |class| report.waits_s[&class].2;
    assert!(calls(Import) > 2 * calls(Sweep) && calls(Sweep) >= 200);
}

#[tokio::test(start_paused = true)]
async fn the_days_check_bites() {
    let hours = 3;
    // Too fast: 44 a minute where 40 are allowed.
    let fast = live(Day { hours, configured: 44, hears: false, ..BUSY }, 7).await;
    assert!(judge(&fast).contains(&"calls were refused"));
    // Too slow.
    let slow = live(Day { hours, configured: 36, hears: false, ..BUSY }, 8).await;
    assert!(judge(&slow).contains(&"less than 95 % is used"));
    // All in one line.
    let mixed = live(Day { hours, by_class: false, ..BUSY }, 9).await;
    assert!(judge(&mixed).iter().any(|what| what.contains("go before")));
}

#[tokio::test(start_paused = true)]
async fn when_another_program_uses_the_key_its_calls_are_seen_in_the_headers() {
    let shared = Day { hours: 4, others: 15, sliding: false, ..BUSY };
    let heard = live(shared, 10).await;
    let deaf = live(Day { hears: false, ..shared }, 10).await;
    // A call that is on its way when the others take the last one can't be helped.
    assert!(heard.refused * 200 <= heard.calls, "{} of {}", heard.refused, heard.calls);
    assert!(deaf.refused >= 10 * heard.refused.max(1), "{} and {}", deaf.refused, heard.refused);
    // And what the others leave is used: 25 a minute of 40 in three of the four hours.
    assert!(heard.used_percent >= 0.95 * 100.0 * (40.0 + 3.0 * 25.0) / 160.0, "{}", heard.used_percent);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_given_more_or_less_than_configured_is_used_as_its_headers_say() {
    // Four workers that sleep and call are just about as many as a hundred calls a minute need.
    let more = live(Day { hours: 2, allowed: 100, load: [40, 40, 0], always: [0, 0, 8], ..BUSY }, 11).await;
    assert!(more.used_percent >= 85.0 && more.refused == 0, "{}", more.used_percent);
    let less = live(Day { hours: 2, allowed: 20, load: [4, 6, 0], sliding: false, ..BUSY }, 12).await;
    assert!(less.used_percent >= 94.0 && less.refused <= 3, "{} {}", less.used_percent, less.refused);
}
