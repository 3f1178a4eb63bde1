//! A call that goes with a page is waited for: given back, the page would use up the very call that it waits for.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use jiff::SignedDuration;
use tallyman_app::{
    connection::Account,
    ports::{Clock as _, Hint, OrderStore as _, SweepStep, Warehouse as _, WarehouseChange, warehouse::WarehouseEntry},
    shipments::{ReadShipments, Sweep},
};
use tallyman_domain::{Event, MarketplaceKind, OrderRef, decide, limit::CallClass};
use tallyman_sim::{FakeWarehouse, Fault, ManualClock, Memory, samples};

/// More rounds than any shipment may need.
const ROUNDS_MAX: usize = 40;

/// An account so slow that the next call is further away than a page alone is worth waiting for, and nearer than what
/// goes with a page is: 7.5 seconds apart.
const CALLS_PER_MINUTE: u32 = 8;

struct Yard {
    memory: Memory,
    clock: ManualClock,
    warehouse: FakeWarehouse,
    account: Account,
    order: OrderRef,
}

impl Yard {
    /// One exported order, and a label that only ShipStation's own page of the order attributes.
    async fn with_a_label_without_a_key() -> Self {
        let memory = Memory::default();
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        let (connection, order) = (samples::connection(MarketplaceKind::AliExpress), samples::reference(1));
        let facts = samples::order(MarketplaceKind::AliExpress, 1);
        memory.put_facts(&[(order.clone(), facts.clone())]).await.unwrap();
        let with = connection.setting(&order);
        let seen = decide(None, &Event::OrderObserved(&facts), with, clock.now()).unwrap();
        memory.commit(&order, &seen).await.unwrap();
        let sent = seen.export.wanted.clone().unwrap();
        let event = Event::Exported { sent: &sent, warehouse_order: 1000 };
        let exported = decide(Some(&seen), &event, connection.setting(&order), clock.now()).unwrap();
        memory.commit(&order, &exported).await.unwrap();
        let warehouse = FakeWarehouse::default();
        warehouse.label(WarehouseChange { order: None, ..samples::label(1, "s1", &[]) });
        warehouse.put_entry(WarehouseEntry {
            id: 1000,
            key: Some(order.order_key()),
            number: "1".into(),
            status: "shipped".into(),
            parent_id: None,
            merged_ids: Vec::new(),
            items: Vec::new(),
        });
        let account = Account { calls_per_minute: CALLS_PER_MINUTE, ..samples::account() };
        Self { memory, clock, warehouse, account, order }
    }

    /// Does what a queue does: hands over what comes back, when it is due, until nothing does. Returns the rounds.
    async fn work(&self, first: Hint, class: CallClass) -> usize {
        let connections = [samples::connection(MarketplaceKind::AliExpress)];
        let mut hints = vec![first];
        for round in 0..ROUNDS_MAX {
            let Some(hint) = hints.pop() else { return round };
            let (m, clock) = (&self.memory, &self.clock);
            let until = clock.now() + SignedDuration::from_secs(60);
            let read = ReadShipments { orders: m, cursors: m, budgets: m, queue: m, clock, class, until };
            match hint {
                Hint::Follow { resource_url, page, .. } => {
                    read.follow(&self.account, &connections, &self.warehouse, &resource_url, page).await.map(drop)
                }
                Hint::Sweep { window, from, page, unless_recent, .. } => {
                    let asked = Sweep { window, from, page, unless_recent };
                    read.sweep(&self.account, &connections, &self.warehouse, asked).await
                }
                Hint::Subscriptions { .. } => {
                    read.subscribe(&self.account, &self.warehouse, "https://hooks.example", "secret").await.map(drop)
                }
                _ => Ok(()),
            }
            .unwrap();
            for (hint, delay) in self.memory.take_hints() {
                if matches!(hint, Hint::Follow { .. } | Hint::Sweep { .. } | Hint::Subscriptions { .. }) {
                    self.clock.advance(delay.try_into().unwrap());
                    hints.push(hint);
                }
            }
        }
        ROUNDS_MAX
    }

    async fn is_recorded(&self) -> bool {
        let record = self.memory.load(&self.order).await.unwrap().unwrap();
        !record.state.shipments.is_empty()
    }

    async fn events(&self) -> Vec<String> {
        self.warehouse.subscriptions().await.unwrap().into_iter().map(|s| s.event).collect()
    }

    fn calls(&self, name: &str) -> usize {
        self.warehouse.calls().iter().filter(|call| *call == name).count()
    }
}

#[tokio::test]
async fn a_shipment_whose_order_has_to_be_read_never_waits_for_the_call_that_its_own_page_takes() {
    let yard = Yard::with_a_label_without_a_key().await;
    let resource_url = "https://ssapi.shipstation.com/shipments?batchId=1".to_owned();
    let hint = Hint::Follow { account: yard.account.id.clone(), resource_url, page: 0 };
    let rounds = yard.work(hint, CallClass::Notice).await;
    assert!(yard.is_recorded().await, "after {rounds} rounds and {} pages", yard.calls("follow"));
    assert_eq!((rounds, yard.calls("follow"), yard.calls("entry")), (1, 1, 1));
}

#[tokio::test]
async fn a_sweep_that_has_to_read_an_order_for_a_label_reads_no_page_twice() {
    let yard = Yard::with_a_label_without_a_key().await;
    let account = yard.account.id.clone();
    let hint = Hint::Sweep { account, window: None, from: SweepStep::default(), page: 0, unless_recent: false };
    let rounds = yard.work(hint, CallClass::Sweep).await;
    assert!(yard.is_recorded().await, "after {rounds} rounds and {} pages", yard.calls("shipments"));
    assert_eq!((yard.calls("shipments"), yard.calls("entry"), yard.calls("fulfillments")), (1, 1, 1));
}

#[tokio::test]
async fn the_webhooks_of_a_slow_account_are_subscribed_in_one_go() {
    let yard = Yard::with_a_label_without_a_key().await;
    let hint = Hint::Subscriptions { account: yard.account.id.clone() };
    let rounds = yard.work(hint, CallClass::Notice).await;
    assert_eq!((rounds, yard.warehouse.calls().len()), (1, 5), "{:?}", yard.warehouse.calls());
    assert_eq!(yard.events().await, ["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY"]);
}

#[tokio::test]
async fn a_check_of_the_webhooks_that_is_throttled_comes_back_and_subscribes_what_is_missing() {
    let yard = Yard::with_a_label_without_a_key().await;
    yard.warehouse.fail([Fault::Throttle]);
    let hint = Hint::Subscriptions { account: yard.account.id.clone() };
    let (before, rounds) = (yard.clock.now(), yard.work(hint, CallClass::Notice).await);
    assert_eq!(rounds, 2);
    assert!(yard.clock.now().duration_since(before) >= SignedDuration::from_secs(30));
    assert_eq!(yard.events().await, ["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY"]);
}
