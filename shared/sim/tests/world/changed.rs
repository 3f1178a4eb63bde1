//! Addresses and goods that change, parcels that are too many.

use crate::{BOTH, change, imported, label, told, voided};
use tallyman_app::{
    ports::{Clock as _, Hint},
    step::settle,
};
use tallyman_domain::{Event, ExceptionKind, MarketplaceKind, Order, OrderStatus};
use tallyman_sim::samples;

fn moved(order: &mut Order) {
    order.ship_to.as_mut().unwrap().city = "Lille".into();
}

fn city_there(world: &crate::world::World) -> String {
    world.warehouse.orders()[&samples::reference(1).order_key()].1.ship_to.city.clone()
}

#[tokio::test]
async fn an_address_changed_before_the_label_is_updated_and_after_it_an_exception_until_the_label_is_void() {
    let world = imported(MarketplaceKind::AliExpress).await;
    change(&world, 1, moved).await;
    assert_eq!(city_there(&world), "Lille");
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    change(&world, 1, |_| {}).await;
    assert_eq!((city_there(&world).as_str(), world.kinds(1)), ("Lille", vec![ExceptionKind::ChangedAfterLabel]));
    label(&world, 1, "s1", &[], voided);
    world.sweep().await;
    assert_eq!(city_there(&world), "Lyon", "now ShipStation takes it");
    assert!(!world.kinds(1).contains(&ExceptionKind::ChangedAfterLabel));
}

#[tokio::test]
async fn goods_changed_before_the_label_are_updated_line_by_line() {
    let world = imported(MarketplaceKind::AliExpress).await;
    let there = |world: &crate::world::World| {
        let lines = world.warehouse.orders()[&samples::reference(1).order_key()].1.lines.clone();
        lines.into_iter().map(|line| (line.sku.unwrap_or_default(), line.quantity)).collect::<Vec<_>>()
    };
    assert_eq!(there(&world), [("SKU-1".to_owned(), 2), ("SKU-2".to_owned(), 1)]);
    change(&world, 1, |o| o.lines[0].quantity = 5.into()).await;
    assert_eq!((there(&world), world.kinds(1)), (vec![("SKU-1".to_owned(), 5), ("SKU-2".to_owned(), 1)], vec![]));
    change(&world, 1, |o| drop(o.lines.remove(1))).await;
    assert_eq!((there(&world), world.kinds(1)), (vec![("SKU-1".to_owned(), 2)], vec![]));
}

#[tokio::test]
async fn goods_changed_after_the_label_are_an_exception_that_goes_when_they_are_changed_back() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    change(&world, 1, |o| o.lines[0].quantity = 1.into()).await;
    assert!(world.kinds(1).contains(&ExceptionKind::ChangedAfterLabel));
    change(&world, 1, |_| {}).await;
    assert!(world.kinds(1).is_empty(), "{:?}", world.kinds(1));
}

#[tokio::test]
async fn a_second_parcel_of_alibaba_is_a_persons_matter_unless_the_connection_tells_in_batches() {
    for batches in [true, false] {
        let mut world = imported(MarketplaceKind::Alibaba).await;
        world.connection.settings.batches = batches;
        label(&world, 1, "s1", &[(1, 2)], |_| {});
        world.sweep().await;
        label(&world, 1, "s2", &[(2, 1)], |_| {});
        world.sweep().await;
        let open = if batches { vec![] } else { vec![ExceptionKind::SecondShipment] };
        assert_eq!((told(&world).len(), world.kinds(1)), (if batches { 2 } else { 1 }, open));
    }
}

/// Seed 6348 of the simulation.
#[tokio::test]
async fn the_rest_of_an_order_that_was_held_before_its_first_label_was_known_is_let_go_with_it() {
    for kind in BOTH {
        let (held, released) = match kind {
            MarketplaceKind::AliExpress => ("IN_FROZEN", "WAIT_SELLER_SEND_GOODS"),
            MarketplaceKind::Alibaba => ("frozen", "undeliver"),
        };
        let world = imported(kind).await;
        let status_there = || world.warehouse.orders()[&samples::reference(1).order_key()].1.status;
        label(&world, 1, "s1", &[(1, 1)], |_| {});
        change(&world, 1, |order| order.standing.status = held.into()).await;
        assert_eq!(status_there(), OrderStatus::OnHold);
        world.sweep().await;
        assert_eq!((told(&world).len(), status_there()), (0, OrderStatus::OnHold));
        change(&world, 1, |order| order.standing.status = released.into()).await;
        assert_eq!((told(&world).len(), status_there()), (1, OrderStatus::AwaitingShipment));
        // The rest of it is held like the whole, while it waits.
        change(&world, 1, |order| order.standing.status = held.into()).await;
        assert_eq!(status_there(), OrderStatus::OnHold);
        change(&world, 1, |order| order.standing.status = released.into()).await;
        label(&world, 1, "s2", &[(1, 1), (2, 1)], |_| {});
        world.sweep().await;
        let calls = world.warehouse.calls().iter().filter(|call| *call == "create_orders").count();
        change(&world, 1, |order| order.standing.status = held.into()).await;
        let later = world.warehouse.calls().iter().filter(|call| *call == "create_orders").count();
        assert_eq!((told(&world).len(), later), (2, calls), "what is packed is locked there");
    }
}

/// Seed 179 of the simulation.
#[tokio::test]
async fn a_rest_that_was_put_on_hold_by_what_the_gate_read_alone_is_let_go_with_its_order() {
    let world = imported(MarketplaceKind::AliExpress).await;
    let reference = samples::reference(1);
    let status_there = || world.warehouse.orders()[&reference.order_key()].1.status;
    label(&world, 1, "s1", &[(1, 1)], |_| {});
    world.sweep().await;
    // No poll has seen that the order is frozen; the gate of the next notice does.
    let mut frozen = samples::order(MarketplaceKind::AliExpress, 1);
    frozen.standing.status = "IN_FROZEN".into();
    world.market.put(frozen);
    label(&world, 1, "s2", &[(2, 1)], |_| {});
    world.sweep().await;
    // Nobody knows what ShipStation has: it is to be given again.
    let (state, now) = (world.memory.state(&reference), world.clock.now());
    let with = world.connection.setting(&reference);
    settle(&world.memory, state, &Event::ExportUnsettled, with, now).await.unwrap();
    world.work(&Hint::Export { orders: vec![reference.clone()] }, false).await.unwrap();
    assert_eq!((told(&world).len(), status_there()), (1, OrderStatus::OnHold));
    change(&world, 1, |_| {}).await;
    assert_eq!((told(&world).len(), status_there()), (2, OrderStatus::AwaitingShipment));
}
