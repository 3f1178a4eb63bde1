//! A sweep that has to wait for the budget goes on where it was, once; and one of too long a list in halves.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use async_trait::async_trait;
use jiff::SignedDuration;
use std::sync::Mutex;
use tallyman_app::{
    connection::Account,
    ports::{
        CallError, Clock as _, CursorStore as _, ExportResult, Hint, Page, Subscription, SweepStep, Warehouse,
        WarehouseChange, Window, warehouse::WarehouseEntry,
    },
    shipments::{ReadShipments, Sweep},
};
use tallyman_domain::{WarehouseOrder, limit::CallClass};
use tallyman_sim::{ManualClock, Memory, samples};

/// So many pages of labels, and one of everything else.
struct Lists {
    read: Mutex<Vec<(SweepStep, u32, Window)>>,
    pages: fn(Window) -> u32,
}

impl Lists {
    fn answer(&self, list: SweepStep, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.read.lock().unwrap().push((list, page, window));
        let more = list == SweepStep::Labels && page + 1 < (self.pages)(window);
        Ok(Page { items: Vec::new(), unreadable: Vec::new(), more })
    }
    fn calls(&self) -> usize {
        self.read.lock().unwrap().len()
    }
}

fn not_asked<T>() -> Result<T, CallError> {
    Err(CallError::Unclear { service: "Sweeps", call: "none of a sweep's".into(), what: "not asked".into() })
}

#[async_trait]
impl Warehouse for Lists {
    async fn create_orders(&self, _: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError> {
        not_asked()
    }
    async fn shipments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Labels, window, page)
    }
    async fn fulfillments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Marked, window, page)
    }
    async fn voided(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Voided, window, page)
    }
    async fn follow(&self, _: &str, _: u32) -> Result<Page<WarehouseChange>, CallError> {
        not_asked()
    }
    async fn waiting(&self, _: u32) -> Result<Page<WarehouseEntry>, CallError> {
        not_asked()
    }
    async fn held(&self, _: u32) -> Result<Page<WarehouseEntry>, CallError> {
        not_asked()
    }
    async fn entry(&self, _: i64) -> Result<Option<WarehouseEntry>, CallError> {
        not_asked()
    }
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        not_asked()
    }
    async fn subscribe(&self, _: &str, _: &str) -> Result<i64, CallError> {
        not_asked()
    }
    async fn unsubscribe(&self, _: i64) -> Result<(), CallError> {
        not_asked()
    }
}

struct Yard {
    memory: Memory,
    clock: ManualClock,
    warehouse: Lists,
    account: Account,
}

impl Yard {
    /// One call a minute: every second page has to wait.
    fn with_one_call_a_minute() -> Self {
        Self::with(1, |_| 3)
    }
    fn with(calls_per_minute: u32, pages: fn(Window) -> u32) -> Self {
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        let account = Account { calls_per_minute, ..samples::account() };
        let warehouse = Lists { read: Mutex::default(), pages };
        Self { memory: Memory::default(), clock, warehouse, account }
    }
    async fn sweep(&self, asked: Sweep) -> Vec<Sweep> {
        let (m, clock) = (&self.memory, &self.clock);
        let class = CallClass::Sweep;
        let until = clock.now() + SignedDuration::from_secs(60);
        let read = ReadShipments { orders: m, cursors: m, budgets: m, queue: m, clock, class, until };
        read.sweep(&self.account, &[], &self.warehouse, asked).await.unwrap();
        let rest = |hint| match hint {
            Hint::Sweep { window, from, page, unless_recent, .. } => Some(Sweep { window, from, page, unless_recent }),
            _ => None,
        };
        self.memory.take_hints().into_iter().filter_map(|(hint, _)| rest(hint)).collect()
    }
    fn wait(&self) {
        self.clock.advance(SignedDuration::from_mins(2));
    }
}

#[tokio::test]
async fn a_sweep_that_was_given_back_goes_on_at_the_page_it_had_reached() {
    let yard = Yard::with_one_call_a_minute();
    let mut asked = vec![Sweep::default()];
    while let Some(sweep) = asked.pop() {
        asked.extend(yard.sweep(sweep).await);
        yard.wait();
    }
    use SweepStep::{Labels, Marked, Voided};
    let read: Vec<_> = yard.warehouse.read.lock().unwrap().iter().map(|(list, page, _)| (*list, *page)).collect();
    assert_eq!(read, [(Labels, 0), (Labels, 1), (Labels, 2), (Voided, 0), (Marked, 0)]);
    assert!(yard.memory.cursor("sweep/main").await.unwrap().is_some());
}

#[tokio::test]
async fn copies_of_a_sweep_that_waits_give_back_one_rest_and_a_range_by_hand_is_never_dropped() {
    let yard = Yard::with_one_call_a_minute();
    let rest = yard.sweep(Sweep::default()).await;
    assert_eq!(rest.len(), 1);
    for _ in 0..5 {
        assert!(yard.sweep(rest[0]).await.is_empty(), "a copy of it waits already");
    }
    let now = yard.clock.now();
    let window = Some(Window { from: now - SignedDuration::from_hours(3), to: now - SignedDuration::from_hours(2) });
    for _ in 0..2 {
        let by_hand = yard.sweep(Sweep { window, ..Sweep::default() }).await;
        assert_eq!(by_hand.len(), 1);
        assert!(!by_hand[0].unless_recent, "it stays one by hand");
    }
}

#[tokio::test]
async fn a_rest_whose_time_another_sweep_has_been_through_is_done() {
    let yard = Yard::with_one_call_a_minute();
    let rest = yard.sweep(Sweep::default()).await;
    yard.memory.advance("sweep/main", yard.clock.now() + SignedDuration::from_mins(1)).await.unwrap();
    yard.wait();
    let calls = yard.warehouse.calls();
    assert!(yard.sweep(rest[0]).await.is_empty());
    assert_eq!(yard.warehouse.calls(), calls);
}

/// A label every four seconds, 500 to a page: half a day has more than 20 pages.
fn busy(window: Window) -> u32 {
    let labels = window.to.duration_since(window.from).as_secs() / 4;
    u32::try_from(labels / 500 + 1).unwrap()
}

#[tokio::test]
async fn after_an_outage_of_days_with_more_labels_than_one_sweep_reads_all_are_read_and_the_cursor_is_where_it_was_then()
 {
    let yard = Yard::with(600, busy);
    let (now, down) = (yard.clock.now(), SignedDuration::from_hours(72));
    yard.memory.advance("sweep/main", now - down).await.unwrap();
    let mut asked = std::collections::VecDeque::from([Sweep::default()]);
    while let Some(sweep) = asked.pop_front() {
        asked.extend(yard.sweep(sweep).await);
        yard.clock.advance(SignedDuration::from_secs(1));
        assert!(yard.warehouse.calls() < 1_000, "it never ends");
    }
    assert!(yard.memory.cursor("sweep/main").await.unwrap().unwrap() >= now);
    let mut whole: Vec<Window> = Vec::new();
    for (list, page, window) in yard.warehouse.read.lock().unwrap().iter() {
        if *list == SweepStep::Labels && page + 1 == busy(*window) {
            whole.push(*window);
        }
    }
    whole.sort_by_key(|window| window.from);
    let mut read_up_to = now - down;
    for window in whole.iter().filter(|window| window.from <= now) {
        assert!(window.from <= read_up_to, "nobody read from {read_up_to} to {}", window.from);
        read_up_to = read_up_to.max(window.to);
    }
    assert!(read_up_to >= now, "nobody read after {read_up_to}");
}

#[tokio::test]
async fn a_minute_that_holds_too_much_is_said_and_not_halved_for_ever() {
    let yard = Yard::with(600, |_| 1_000);
    let (m, clock) = (&yard.memory, &yard.clock);
    let until = clock.now() + SignedDuration::from_secs(600);
    let class = CallClass::Sweep;
    let read = ReadShipments { orders: m, cursors: m, budgets: m, queue: m, clock, class, until };
    let window = Some(Window { from: clock.now() - SignedDuration::from_secs(90), to: clock.now() });
    let refused = read.sweep(&yard.account, &[], &yard.warehouse, Sweep { window, ..Sweep::default() }).await;
    assert!(refused.unwrap_err().to_string().contains("main"));
}
