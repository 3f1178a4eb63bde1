//! What goes wrong in the world, through every use case.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "../way/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the usual way")]
mod world;

mod absent;
mod cancelled;
mod changed;
mod compared;
mod corrected;
mod merged;
mod nobodys;
mod proofs;
mod redriven;
mod taken;
mod unmapped;

use tallyman_domain::{Exception, MarketplaceKind, Order, Shipment, state::NoticeState};
use tallyman_sim::samples;
use world::World;

pub(crate) const BOTH: [MarketplaceKind; 2] = [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba];

/// One order, imported.
pub(crate) async fn imported(kind: MarketplaceKind) -> World {
    let world = World::with_orders(kind, 1);
    world.import().await;
    world
}

/// The marketplace changes an order now, and it is polled.
pub(crate) async fn change(world: &World, n: u32, make: impl FnOnce(&mut Order)) {
    use tallyman_app::ports::Clock as _;
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    let mut order = samples::order(world.connection.marketplace, n);
    make(&mut order);
    order.modified_at = world.clock.now() - jiff::SignedDuration::from_mins(3);
    world.market.put(order);
    world.import().await;
}

/// A label as it is now, voided or not.
pub(crate) fn label(world: &World, n: u32, id: &str, items: &[(u32, i64)], make: impl FnOnce(&mut Shipment)) {
    let mut change = samples::label(n, id, items);
    change.shipment.warehouse_order = world.warehouse_id(n);
    make(&mut change.shipment);
    world.warehouse.label(change);
}

pub(crate) fn voided(shipment: &mut Shipment) {
    shipment.voided = true;
}

/// Tracking numbers that were told of an order, in order, with what each took the place of.
pub(crate) fn told(world: &World) -> Vec<(String, Option<String>)> {
    let old = |n: &tallyman_domain::Notice| n.replaces.as_ref().map(|told| told.number.clone());
    world.market.notices().iter().map(|n| (n.shipment.to_string(), old(n))).collect()
}

pub(crate) fn exceptions(world: &World, n: u32) -> Vec<Exception> {
    world.memory.state(&samples::reference(n)).unwrap().exceptions
}

pub(crate) fn notice_of(world: &World, n: u32, id: &str) -> NoticeState {
    let state = world.memory.state(&samples::reference(n)).unwrap();
    state.shipments.iter().find(|s| s.id.to_string() == id).unwrap().notice.clone()
}
