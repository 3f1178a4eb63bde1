//! Addresses and goods that change, parcels that are too many.

use crate::{change, imported, label, told, voided};
use tallyman_domain::{ExceptionKind, MarketplaceKind, Order};
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
