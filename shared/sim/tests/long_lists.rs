//! Lists of a marketplace that are longer than one reading, and records in them that nobody can name.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "way/world.rs"]
#[allow(dead_code, reason = "shared with another test")]
mod world;

use async_trait::async_trait;
use jiff::SignedDuration;
use tallyman_app::{
    poll::{Job, JobKind, PageAsked, fan_out},
    ports::{
        CallError, Clock as _, CursorStore as _, Hint, Listed, Listing, Marketplace, OrderStore as _, ReadBack, Seen,
        Window, marketplace::Unreadable,
    },
};
use tallyman_domain::{
    ExceptionKind, LiveService, MarketplaceKind, MarketplaceOrderId, Notice, Order, OrderRef, ShipmentId, Standing,
};
use tallyman_sim::samples;
use world::World;

const KIND: MarketplaceKind = MarketplaceKind::AliExpress;
/// 400 pages of 3 are one reading of the fake.
const ORDERS: u32 = 4_000;

/// Delivers each message once, and leaves the others' out: what is polled here is only recorded.
async fn polled(world: &World, first: Vec<Hint>) -> usize {
    let (mut waiting, mut pages) = (std::collections::VecDeque::from(first), 0);
    while let Some(hint) = waiting.pop_front() {
        world.work(&hint, false).await.unwrap();
        pages += 1;
        assert!(pages < 20_000, "it never ends");
        let sent = world.memory.take_hints().into_iter().map(|(hint, _)| hint);
        waiting.extend(sent.filter(|hint| matches!(hint, Hint::Poll { .. })));
    }
    pages
}

fn tick(world: &World, job: JobKind) -> Vec<Hint> {
    let job = Job { job, connection: None, from: None, to: None };
    fan_out(&job, std::slice::from_ref(&world.connection), world.clock.now())
}

fn known(world: &World) -> usize {
    (1..=ORDERS).filter(|n| world.memory.state(&samples::reference(*n)).is_some()).count()
}

fn with_an_outage() -> World {
    let world = World::new(KIND);
    let (now, down) = (world.clock.now(), SignedDuration::from_hours(10 * 24));
    for n in 1..=ORDERS {
        let modified_at = now - down + SignedDuration::from_secs(i64::from(n) * 200);
        world.market.put(Order { placed_at: modified_at, modified_at, ..samples::order(KIND, n) });
    }
    world
}

#[tokio::test]
async fn after_an_outage_with_more_orders_than_one_reading_every_order_is_found_and_the_cursor_comes_up() {
    let world = with_an_outage();
    let cursor = format!("poll/{}", world.connection.id);
    world.memory.advance(&cursor, world.clock.now() - SignedDuration::from_hours(10 * 24)).await.unwrap();
    for _ in 0..12 {
        polled(&world, tick(&world, JobKind::Import)).await;
        world.clock.advance(SignedDuration::from_mins(5));
    }
    assert_eq!(known(&world), ORDERS as usize);
    let read_up_to = world.memory.cursor(&cursor).await.unwrap().unwrap();
    assert!(world.clock.now().duration_since(read_up_to) < SignedDuration::from_mins(30), "{read_up_to}");
}

#[tokio::test]
async fn a_deep_pass_with_more_orders_than_one_reading_finds_them_all_by_itself() {
    let world = with_an_outage();
    let hints = tick(&world, JobKind::Deep);
    let created = hints.into_iter().filter(|h| matches!(h, Hint::Poll { listing: Listing::Created, .. })).collect();
    let pages = polled(&world, created).await;
    assert_eq!(known(&world), ORDERS as usize);
    assert!(pages < 3 * ORDERS as usize / 3, "{pages} pages for {ORDERS} orders");
}

/// Lists one order, and records without a number.
struct Nameless<'a>(&'a World);

#[async_trait]
impl Marketplace for Nameless<'_> {
    async fn list(&self, _: Listing, _: Window, _: u32) -> Result<Listed, CallError> {
        let order = samples::order(KIND, 1);
        let seen = Seen { id: order.id, status: order.standing.status, modified_at: Some(order.modified_at) };
        let bad = |n: u32| Unreadable { id: None, what: format!("orders[{n}].order_id: missing") };
        Ok(Listed { orders: vec![seen], unreadable: vec![bad(3), bad(7)], more: false, pages: Some(1) })
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        self.0.market.order(id).await
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        self.0.market.standing(id).await
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        self.0.market.services().await
    }
    async fn upload_proof(&self, name: &str, png: Vec<u8>) -> Result<Option<String>, CallError> {
        self.0.market.upload_proof(name, png).await
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        self.0.market.notify(notice).await
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        self.0.market.read_back(order, shipment, tracking_number, service).await
    }
}

#[tokio::test]
async fn a_listed_record_without_a_number_is_a_persons_matter_once_and_its_neighbour_goes_on() {
    let world = World::with_orders(KIND, 1);
    let asked = PageAsked { listing: Listing::Modified, window: None, page: 0, down: false, last_try: false };
    for _ in 0..3 {
        world.poll().page(&world.connection, &Nameless(&world), asked).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(5));
    }
    assert!(world.memory.state(&OrderRef::new(world.connection.id.clone(), samples::reference(1).order)).is_some());
    let open = world.memory.exceptions().await.unwrap();
    let [(place, told)] = &open[..] else { panic!("{open:?}") };
    assert!(place.starts_with("main/"), "{place}");
    assert_eq!(told.kind, ExceptionKind::Undecodable);
    for part in ["shop: 2 record(s)", "Modified", "orders[3].order_id: missing"] {
        assert!(told.detail.contains(part), "{}", told.detail);
    }
}
