//! ShipStation has what comes last, whoever had read it when.

use crate::world::World;
use jiff::SignedDuration;
use tallyman_app::{
    export::Export,
    ports::{Clock as _, Warehouse as _},
};
use tallyman_domain::MarketplaceKind;
use tallyman_sim::samples;

/// Seed 81656 of the simulation.
#[tokio::test]
async fn an_export_that_arrives_after_a_newer_one_is_made_up_for_when_its_message_comes_back() {
    let world = World::new(MarketplaceKind::AliExpress);
    let mut paid = samples::order(MarketplaceKind::AliExpress, 1);
    let mut unpaid = paid.clone();
    unpaid.standing.status = "PLACE_ORDER_SUCCESS".into();
    world.market.put(unpaid);
    world.import().await;
    let (orders, key) = ([samples::reference(1)], samples::reference(1).order_key());
    let older = world.warehouse.orders()[&key].1.clone();
    world.clock.advance(SignedDuration::from_mins(10));
    paid.modified_at = world.clock.now() - SignedDuration::from_mins(5);
    world.market.put(paid);
    world.import().await;
    let newer = world.warehouse.orders()[&key].1.clone();
    assert_ne!(older, newer);
    // Somebody who had read the unpaid order gives it now, and dies before it can say so.
    world.warehouse.create_orders(&[older]).await.unwrap();
    let connections = std::slice::from_ref(&world.connection);
    let export = world.exporter();
    for _ in 0..2 {
        export.doubt(connections, &orders).await.unwrap();
        let ready = export.ready(&world.account, connections, &orders).await.unwrap();
        assert_eq!(export.send(&world.account, &world.warehouse, ready).await.unwrap(), 1);
        assert_eq!(world.warehouse.orders()[&key].1, newer);
    }
    world.drain().await;
    let dry = Export { dry_run: true, ..world.exporter() };
    dry.doubt(connections, &orders).await.unwrap();
    assert!(export.ready(&world.account, connections, &orders).await.unwrap().is_empty(), "a dry run doubts nothing");
}
