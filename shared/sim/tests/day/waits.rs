//! A wait is no failed try: what has to wait goes back to its queue with a delay, and its message is done with.

use crate::world::{Pen, World, sweep_of};
use async_trait::async_trait;
use jiff::SignedDuration;
use std::{sync::Mutex, time::Duration};
use tallyman_app::{
    notify::Notify,
    poll::PageAsked,
    ports::{CallError, Hint, Lane, Listed, Listing, Marketplace, ReadBack, Window},
    proof::UploadProof,
    step::StepError,
};
use tallyman_domain::{LiveService, MarketplaceKind, MarketplaceOrderId, Notice, Order, ShipmentId, Standing};
use tallyman_sim::{Fault, samples};

const AFTER: Duration = Duration::from_secs(7);

/// A marketplace that lets so many calls through and then one not.
struct Throttling<'a> {
    world: &'a World,
    calls_before: Mutex<u32>,
    after: Duration,
}

impl<'a> Throttling<'a> {
    fn at(world: &'a World, calls_before: u32) -> Self {
        Self { world, calls_before: Mutex::new(calls_before), after: AFTER }
    }
    fn call(&self, call: &str) -> Result<(), CallError> {
        let mut left = self.calls_before.lock().unwrap();
        *left = left.wrapping_sub(1);
        let throttled = CallError::Throttled { service: "FakeMarket", call: call.to_owned(), after: self.after };
        if *left == u32::MAX { Err(throttled) } else { Ok(()) }
    }
    fn was_throttled(&self) -> bool {
        *self.calls_before.lock().unwrap() > u32::MAX / 2
    }
}

#[async_trait]
impl Marketplace for Throttling<'_> {
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        self.call("list")?;
        self.world.market.list(listing, window, page).await
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        self.call("order")?;
        self.world.market.order(id).await
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        self.call("standing")?;
        self.world.market.standing(id).await
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        self.call("services")?;
        self.world.market.services().await
    }
    async fn upload_proof(&self, file_name: &str, png: Vec<u8>) -> Result<Option<String>, CallError> {
        self.call("upload_proof")?;
        self.world.market.upload_proof(file_name, png).await
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        self.call("notify")?;
        self.world.market.notify(notice).await
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        self.call("read_back")?;
        self.world.market.read_back(order, shipment, tracking_number, service).await
    }
}

/// A world with an order on its way: seen, exported, shipped, proved, as far as asked.
async fn world(lane: Lane) -> World {
    let world = World::with_orders(MarketplaceKind::Alibaba, 2);
    if matches!(lane, Lane::Poll) {
        return world;
    }
    world.import().await;
    world.ship(1, "s1", &[]);
    let _ = world.work(&sweep_of(&world.account), false).await;
    if matches!(lane, Lane::Notify) {
        let hints: Vec<Hint> = world.memory.take_hints().into_iter().map(|(hint, _)| hint).collect();
        for hint in hints.iter().filter(|hint| hint.lane() == Lane::Proof) {
            world.work(hint, false).await.unwrap();
        }
    }
    drop(world.memory.take_hints());
    world
}

async fn step(world: &World, market: &Throttling<'_>, lane: Lane) -> Result<(), StepError> {
    let (reference, shipment) = (samples::reference(1), ShipmentId::parse("s1").unwrap());
    let connection = &world.connection;
    match lane {
        Lane::Poll => {
            let asked = PageAsked { listing: Listing::Modified, window: None, page: 0, down: false, last_try: false };
            world.poll().page(connection, market, asked).await.map(drop)
        }
        Lane::Proof => {
            let prove = UploadProof {
                orders: &world.memory,
                vault: &world.memory,
                queue: &world.memory,
                clock: &world.clock,
                draw: &Pen,
                dry_run: false,
            };
            prove.prove(connection, market, &reference, &shipment).await
        }
        Lane::Notify => {
            let notify = Notify {
                orders: &world.memory,
                carriers: &world.memory,
                queue: &world.memory,
                clock: &world.clock,
                lease: SignedDuration::from_secs(90),
                confirm_after: SignedDuration::from_secs(60),
                dry_run: false,
            };
            notify.notify(connection, market, &reference, &shipment).await
        }
        other => panic!("{other:?} calls no marketplace"),
    }
}

#[tokio::test]
async fn whichever_call_a_marketplace_throttles_the_work_comes_back_later_and_no_try_has_failed() {
    for (lane, calls_min) in [(Lane::Poll, 2), (Lane::Proof, 1), (Lane::Notify, 3)] {
        let mut calls = 0;
        loop {
            let world = world(lane).await;
            let market = Throttling::at(&world, calls);
            let done = step(&world, &market, lane).await;
            if !market.was_throttled() {
                break;
            }
            assert!(done.is_ok(), "{lane:?}, call {calls}: {done:?}");
            let waiting = world.memory.take_hints();
            let again = waiting.iter().filter(|(hint, delay)| hint.lane() == lane && *delay >= AFTER).count();
            // A details call may have been made again at once, after a short sleep; these seven seconds are no short one.
            assert_eq!(again, 1, "{lane:?}, call {calls}: {waiting:?}");
            calls += 1;
        }
        assert!(calls >= calls_min, "{lane:?} made {calls} calls");
    }
}

#[tokio::test]
async fn orders_that_were_asked_for_by_name_are_asked_for_again_when_the_marketplace_throttles() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    let market = Throttling::at(&world, 0);
    let named = [samples::reference(1), samples::reference(2)];
    world.poll().read_again(&world.connection, &market, &named, false).await.unwrap();
    let waiting = world.memory.take_hints();
    assert!(waiting.contains(&(Hint::Read { orders: named.to_vec() }, AFTER)), "{waiting:?}");
}

#[tokio::test]
async fn what_shipstation_throttles_comes_back_later_and_everybody_waits() {
    for lane in [Lane::Export, Lane::Shipments] {
        let world = World::with_orders(MarketplaceKind::AliExpress, 2);
        let asked = PageAsked { listing: Listing::Modified, window: None, page: 0, down: false, last_try: false };
        world.poll().page(&world.connection, &world.market, asked).await.unwrap();
        let exports = world.memory.take_hints().into_iter().map(|(hint, _)| hint).find(|h| h.lane() == Lane::Export);
        let hint = if lane == Lane::Export { exports.unwrap() } else { sweep_of(&world.account) };
        world.warehouse.fail([Fault::Throttle]);
        world.work(&hint, false).await.unwrap();
        let waiting = world.memory.take_hints();
        assert!(waiting.iter().any(|(h, delay)| h.lane() == lane && delay.as_secs() == 30), "{waiting:?}");
        // The next one makes no call while the account waits.
        let calls = world.warehouse.calls().len();
        world.work(&hint, false).await.unwrap();
        assert_eq!(world.warehouse.calls().len(), calls);
        // Of sweeps one rest at a time is enough.
        let again = world.memory.take_hints();
        assert!(again.iter().all(|(h, delay)| h.lane() == lane && delay.as_secs() >= 20), "{again:?}");
        assert_eq!(again.len(), usize::from(lane == Lane::Export));
    }
}

#[tokio::test]
async fn a_tick_that_finds_the_day_spent_is_over_as_the_next_one_begins_at_the_same_cursor() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    let tick = PageAsked { listing: Listing::Modified, window: None, page: 0, down: false, last_try: false };
    let closed = || Throttling { after: Duration::from_secs(5 * 3_600), ..Throttling::at(&world, 0) };
    world.poll().page(&world.connection, &closed(), tick).await.unwrap();
    assert!(world.memory.take_hints().is_empty());
    // A range that somebody named, or a page in the middle, is nobody else's work.
    let (from, to) = (samples::at("2026-11-20T00:00:00Z"), samples::at("2026-11-21T00:00:00Z"));
    let range = PageAsked { window: Some(Window { from, to }), ..tick };
    world.poll().page(&world.connection, &closed(), range).await.unwrap();
    assert_eq!(world.memory.take_hints().len(), 1);
}
