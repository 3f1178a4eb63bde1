//! A shipment that was nobody's when it was first seen, and that its order turns out to have sent.

use crate::{
    compared::{a_second_run_changes_nothing, reconcile},
    world::{World, sweep_of},
};
use jiff::SignedDuration;
use tallyman_app::{
    exceptions::{clear_stray, raise_stray},
    ports::{Clock as _, Hint, OrderStore as _, warehouse::WarehouseEntry},
    reconcile::compare::Depth,
};
use tallyman_domain::{Exception, ExceptionKind, Finding, MarketplaceKind, ShipmentId};
use tallyman_sim::{Fault, samples};

/// ShipStation has the order, and nobody has heard so yet; a part of it was split off, and has its label.
async fn split_before_the_export_is_settled() -> World {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    let order = samples::reference(1);
    world.work(&Hint::Read { orders: vec![order.clone()] }, true).await.unwrap();
    let _ = world.memory.take_hints();
    world.warehouse.fail([Fault::LoseAnswer]);
    world.work(&Hint::Export { orders: vec![order] }, false).await.unwrap_err();
    let mut part = samples::label(1, "s1", &[]);
    (part.order, part.order_number, part.shipment.warehouse_order) = (None, "1-1".into(), 5555);
    world.warehouse.label(part);
    world.warehouse.put_entry(WarehouseEntry {
        id: 5555,
        key: None,
        number: "1-1".into(),
        status: "shipped".into(),
        parent_id: Some(world.warehouse_id(1)),
        merged_ids: vec![],
        items: vec![],
    });
    world
}

async fn stray(world: &World) -> Exception {
    world.memory.stray(&world.account.id, &ShipmentId::parse("s1").unwrap()).await.unwrap().unwrap()
}

/// Seed 29157 of the simulation.
#[tokio::test]
async fn a_shipment_that_is_attributed_once_its_orders_export_is_settled_is_nobodys_no_more() {
    let world = split_before_the_export_is_settled().await;
    world.clock.advance(SignedDuration::from_mins(5));
    world.work(&sweep_of(&world.account), false).await.unwrap();
    assert_eq!(world.memory.strays(), ["main/s1"]);
    assert_eq!(stray(&world).await.kind, ExceptionKind::ShipmentUnattributed);
    // The message of the export comes back.
    world.work(&Hint::Export { orders: vec![samples::reference(1)] }, false).await.unwrap();
    world.sweep().await;
    assert_eq!((world.notices().len(), world.memory.strays()), (1, vec![]));
    assert!(stray(&world).await.end.is_some(), "it is remembered as over");
}

#[tokio::test]
async fn one_that_was_called_nobodys_behind_the_back_of_whoever_recorded_it_is_cleared_by_reconcile() {
    let world = split_before_the_export_is_settled().await;
    world.work(&Hint::Export { orders: vec![samples::reference(1)] }, false).await.unwrap();
    world.sweep().await;
    assert_eq!((world.notices().len(), world.memory.strays()), (1, vec![]));
    // Somebody slow had read the order before that; or somebody dead recorded the shipment and got no further.
    let (id, kind, now) = (ShipmentId::parse("s1").unwrap(), ExceptionKind::ShipmentUnattributed, world.clock.now());
    let what = Finding::LooksLikeOurs { number: "1-1".into() };
    let late = Exception::found(kind, Some(&id), what, now + SignedDuration::from_hours(24), now);
    raise_stray(&world.memory, &world.account.id, &id, &late).await.unwrap();
    world.sweep().await;
    assert_eq!(world.memory.strays(), ["main/s1"], "a sweep that sees what is recorded asks nothing more");
    assert_eq!(reconcile(&world, Depth::Light).await.compared.cleared, 1);
    assert_eq!((world.notices().len(), world.memory.strays()), (1, vec![]));
    a_second_run_changes_nothing(&world, Depth::Deep).await;
}

#[tokio::test]
async fn one_whose_order_nobody_knows_stays_a_persons_matter_and_opens_again_when_it_is_nobodys_again() {
    let world = split_before_the_export_is_settled().await;
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(5));
        world.work(&sweep_of(&world.account), false).await.unwrap();
    }
    let first = stray(&world).await;
    assert_eq!((first.count, reconcile_only(&world).await), (1, 0), "found by each sweep, it is one");
    let id = ShipmentId::parse("s1").unwrap();
    clear_stray(&world.memory, &world.account.id, &id, world.clock.now()).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(5));
    world.work(&sweep_of(&world.account), false).await.unwrap();
    assert_eq!((world.memory.strays(), stray(&world).await.count), (vec!["main/s1".to_owned()], 2));
}

/// How many a run clears while the messages of the export wait.
async fn reconcile_only(world: &World) -> usize {
    crate::compared::run(world, Depth::Light).await.compared.cleared
}
