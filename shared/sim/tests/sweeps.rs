//! A sweep that has to wait for the budget goes on where it was, once.
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

/// Three pages of labels, and one of everything else.
#[derive(Default)]
struct ThreePages(Mutex<Vec<(SweepStep, u32)>>);

impl ThreePages {
    fn answer(&self, list: SweepStep, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.0.lock().unwrap().push((list, page));
        Ok(Page { items: Vec::new(), unreadable: Vec::new(), more: list == SweepStep::Labels && page < 2 })
    }
}

fn not_asked<T>() -> Result<T, CallError> {
    Err(CallError::Unclear { service: "Sweeps", call: "none of a sweep's".into(), what: "not asked".into() })
}

#[async_trait]
impl Warehouse for ThreePages {
    async fn create_orders(&self, _: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError> {
        not_asked()
    }
    async fn shipments(&self, _: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Labels, page)
    }
    async fn fulfillments(&self, _: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Marked, page)
    }
    async fn voided(&self, _: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.answer(SweepStep::Voided, page)
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
    warehouse: ThreePages,
    account: Account,
}

impl Yard {
    /// One call a minute: every second page has to wait.
    fn with_one_call_a_minute() -> Self {
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        let account = Account { calls_per_minute: 1, ..samples::account() };
        Self { memory: Memory::default(), clock, warehouse: ThreePages::default(), account }
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
    let read = yard.warehouse.0.lock().unwrap().clone();
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
    let calls = yard.warehouse.0.lock().unwrap().len();
    assert!(yard.sweep(rest[0]).await.is_empty());
    assert_eq!(yard.warehouse.0.lock().unwrap().len(), calls);
}
