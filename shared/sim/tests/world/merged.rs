//! One parcel for several orders.

use crate::{BOTH, told, voided, world::World};
use tallyman_app::ports::{Hint, WarehouseChange, warehouse::WarehouseEntry};
use tallyman_domain::{ExceptionKind, MarketplaceKind, ShipmentId};
use tallyman_sim::samples;

/// Orders 1 and 2 merged into 1, shipped as one parcel.
pub(crate) fn parcel(world: &World, id: &str) -> WarehouseChange {
    let mut change = samples::label(1, id, &[]);
    change.shipment.warehouse_order = world.warehouse_id(1);
    change.shipment.items.extend(samples::label(2, id, &[]).shipment.items);
    change
}

pub(crate) fn merged_into_1(world: &World, merged_ids: Vec<i64>) {
    world.warehouse.put_entry(WarehouseEntry {
        id: world.warehouse_id(1),
        key: Some(samples::reference(1).order_key()),
        number: "1".into(),
        status: "shipped".into(),
        parent_id: None,
        merged_ids,
        items: vec![],
    });
}

#[tokio::test]
async fn every_merged_order_is_closed_with_the_parents_number_where_the_marketplace_takes_that() {
    for kind in BOTH {
        let world = World::with_orders(kind, 3);
        world.import().await;
        merged_into_1(&world, vec![world.warehouse_id(2)]);
        world.warehouse.label(parcel(&world, "s1"));
        world.sweep().await;
        let notices = world.market.notices();
        let numbers: Vec<_> = notices.iter().map(|n| (n.order.order.to_string(), n.tracking_number.clone())).collect();
        if kind == MarketplaceKind::AliExpress {
            let mut numbers = numbers;
            numbers.sort();
            assert_eq!(numbers, [("1".into(), "TRACKs1".to_owned()), ("2".into(), "TRACKs1".to_owned())]);
            assert!(notices.iter().all(|n| n.consolidated && n.items.len() == 2), "each order tells its own goods");
            assert!(world.finished(1) && world.finished(2));
        } else {
            assert_eq!(numbers, [("1".into(), "TRACKs1".to_owned())]);
            assert_eq!(world.kinds(2), [ExceptionKind::SharedNumber]);
        }
        assert!(world.memory.state(&samples::reference(3)).unwrap().shipments.is_empty());
    }
}

#[tokio::test]
async fn a_merged_parcel_of_which_an_order_is_unknown_is_nobodys_until_a_person_looks() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    merged_into_1(&world, vec![world.warehouse_id(2), 987_654]);
    world.warehouse.label(parcel(&world, "s1"));
    world.sweep().await;
    assert!(told(&world).is_empty());
    assert_eq!((world.kinds(1), world.kinds(2)), (vec![ExceptionKind::ShipmentUnattributed], vec![]));
}

#[tokio::test]
async fn a_merged_parcel_that_is_voided_is_void_for_all_of_its_orders() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    merged_into_1(&world, vec![world.warehouse_id(2)]);
    world.warehouse.label(parcel(&world, "s1"));
    world.sweep().await;
    let mut void = parcel(&world, "s1");
    voided(&mut void.shipment);
    world.warehouse.label(void);
    world.warehouse.label(parcel(&world, "s2"));
    world.sweep().await;
    world.sweep().await;
    let corrected: Vec<_> = told(&world).into_iter().filter(|(_, old)| old.is_some()).collect();
    assert_eq!(corrected.len(), 2, "{:?}", told(&world));
    assert!(world.finished(1) && world.finished(2));
}

#[tokio::test]
async fn a_merged_order_that_was_told_learns_of_the_void_though_the_parent_was_never_recorded() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    merged_into_1(&world, vec![world.warehouse_id(2)]);
    world.warehouse.label(parcel(&world, "s1"));
    // Whoever records it dies between child and parent; the child goes its way and is finished.
    world.memory.fail_shipments_of(Some(samples::reference(1)));
    world.sweep().await;
    let shipments = vec![(samples::reference(2), ShipmentId::parse("s1").unwrap())];
    world.work(&Hint::Proof { shipments }, false).await.unwrap();
    world.drain().await;
    world.memory.fail_shipments_of(None);
    assert!(world.finished(2) && world.memory.state(&samples::reference(1)).unwrap().shipments.is_empty());
    let mut void = parcel(&world, "s1");
    voided(&mut void.shipment);
    world.warehouse.label(void);
    world.sweep().await;
    assert_eq!(world.kinds(2), [ExceptionKind::VoidedAfterNotice]);
}
