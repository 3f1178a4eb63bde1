//! Carriers, goods and orders that nobody has a place for.

use crate::{change, imported, label, told, world::World};
use jiff::SignedDuration;
use std::time::Duration;
use tallyman_app::{
    ports::{ConfigStore as _, Hint},
    reconcile,
    settings::{Choices, Codes, Wanted},
};
use tallyman_domain::{
    ConnectionId, ExceptionKind, LiveService, MarketplaceKind, Settings, ShipmentId, carrier::CarrierRow,
};
use tallyman_sim::{Registry, samples};

fn row(carrier: &str) -> CarrierRow {
    CarrierRow { carrier: carrier.into(), service: String::new(), code: "usps".into(), tracking_website: String::new() }
}

async fn unmapped() -> World {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |s| s.carrier = "Pigeon Post".into());
    world.sweep().await;
    assert_eq!((told(&world).len(), world.kinds(1)), (0, vec![ExceptionKind::CarrierUnmapped]));
    world
}

#[tokio::test]
async fn a_notice_of_an_unmapped_carrier_is_kept_and_sent_once_there_is_a_row_for_it() {
    let mut world = unmapped().await;
    world.connection.settings.carriers = vec![row("PIGEON_POST")];
    world.clock.advance(SignedDuration::from_hours(1));
    let older = SignedDuration::from_mins(15);
    reconcile::run(&world.memory, &world.memory, &world.clock, &world.connection, older).await.unwrap();
    world.drain().await;
    assert_eq!((told(&world).len(), world.kinds(1)), (1, vec![]));
}

/// A person chooses other settings; how many messages that sends.
async fn choose(world: &mut World, registry: &Registry, make: impl FnOnce(&mut Settings)) -> Vec<(Hint, Duration)> {
    let memory = &world.memory;
    let (config, clock) = (registry, &world.clock);
    let choices = Choices { config, carriers: memory, orders: memory, shelves: memory, queue: memory, clock };
    let mut settings = registry.connection(&world.connection.id).unwrap().settings;
    make(&mut settings);
    let wanted = Wanted { connection: &world.connection.id, seen: None, by: "kim" };
    choices.change(wanted, settings, Codes::AsGiven).await.unwrap().unwrap();
    world.connection = registry.connection(&world.connection.id).unwrap();
    world.memory.take_hints()
}

#[tokio::test]
async fn whoever_saves_the_row_that_a_notice_waits_for_wakes_it_as_soon_as_functions_see_the_row() {
    let mut world = unmapped().await;
    let registry = Registry::default();
    registry.put_connection(&world.connection).await.unwrap();
    let other = choose(&mut world, &registry, |settings| settings.seller_name = "New".into()).await;
    assert_eq!(other, [], "what has nothing to do with carriers wakes nobody");
    let waking = choose(&mut world, &registry, |settings| settings.carriers = vec![row("PIGEON_POST")]).await;
    let [(Hint::Notify { shipments }, delay)] = &waking[..] else { panic!("{waking:?}") };
    assert_eq!(shipments[..], [(samples::reference(1), ShipmentId::parse("s1").unwrap())]);
    assert!(*delay > Duration::from_secs(60), "functions believe the settings of before for a minute: {delay:?}");
    world.clock.advance(SignedDuration::try_from(*delay).unwrap());
    world.work(&waking[0].0, false).await.unwrap();
    world.drain().await;
    assert_eq!((told(&world).len(), world.kinds(1)), (1, vec![]));
    let again = choose(&mut world, &registry, |settings| settings.carriers.push(row("owl"))).await;
    assert_eq!(again, [], "nothing waits any more");
}

#[tokio::test]
async fn a_row_is_saved_though_nobody_can_be_woken_and_other_connections_are_left_alone() {
    let mut world = unmapped().await;
    let registry = Registry::default();
    registry.put_connection(&world.connection).await.unwrap();
    world.memory.fail_sends(1);
    assert_eq!(choose(&mut world, &registry, |settings| settings.carriers = vec![row("PIGEON_POST")]).await, []);
    assert_eq!(world.connection.settings.carriers.len(), 1);
    let mut other = samples::connection(MarketplaceKind::AliExpress);
    other.id = ConnectionId::parse("other").unwrap();
    registry.put_connection(&other).await.unwrap();
    world.connection = other;
    assert_eq!(choose(&mut world, &registry, |settings| settings.carriers = vec![row("PIGEON_POST")]).await, []);
}

#[tokio::test]
async fn a_notice_of_a_number_that_the_service_refuses_is_kept_and_sent_once_the_number_is_right() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    let pattern = Some("^[0-9]{10}$".to_owned());
    // No OTHER that would take any number.
    world.market.show_services(vec![LiveService {
        code: "DHL".into(),
        name: "DHL".into(),
        tracking_pattern: pattern,
        transport: None,
    }]);
    world.import().await;
    for (number, open) in [("not-a-number", vec![ExceptionKind::TrackingRefused]), ("1234567890", vec![])] {
        label(&world, 1, "s1", &[], |s| (s.carrier, s.tracking_number) = ("dhl".into(), number.into()));
        world.sweep().await;
        assert_eq!((told(&world).len(), world.kinds(1)), (usize::from(open.is_empty()), open), "{number}");
    }
    assert_eq!(world.market.notices()[0].tracking_number, "1234567890");
    assert!(world.finished(1));
}

#[tokio::test]
async fn a_line_without_a_sku_and_a_kit_reach_the_warehouse_as_they_are() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    change(&world, 1, |order| {
        order.lines[0].sku = None;
        order.lines[1].name = "Kit of lamp and shade".into();
        order.lines[1].options = vec![("Set".into(), "Lamp, shade".into())];
    })
    .await;
    let there = world.warehouse.orders()[&samples::reference(1).order_key()].1.clone();
    assert_eq!((there.lines[0].sku.as_deref(), there.lines[0].name.as_str()), (None, "Lamp"));
    assert_eq!(there.lines[1].options.len(), 1);
    assert!(world.kinds(1).is_empty());
}

#[tokio::test]
async fn an_order_that_cannot_be_decoded_is_kept_as_it_came_and_once() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    let one = samples::reference(1);
    world.market.break_order(&one.order, Some(tallyman_sim::Fault::Garble));
    world.import().await;
    world.import().await;
    assert_eq!(world.memory.raws(&one), ["raw order 1"]);
    assert_eq!(world.kinds(1), [ExceptionKind::Undecodable]);
}

#[tokio::test]
async fn what_shipstation_told_by_itself_is_not_told_twice_and_what_it_could_not_tell_is_told() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |s| {
        (s.marketplace_notified, s.notify_error) = (Some(false), Some("store is not connected".into()));
    });
    world.sweep().await;
    assert_eq!(told(&world).len(), 1, "we do it");

    // It says that it did, and it didn't: its word is checked.
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |s| s.marketplace_notified = Some(true));
    world.sweep().await;
    assert_eq!(told(&world).len(), 1);

    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s0", &[], |s| s.tracking_number = "TRACKs1".into());
    world.sweep().await;
    let known = world.market.notices();
    let other = imported(MarketplaceKind::AliExpress).await;
    known.into_iter().for_each(|notice| other.market.tell(notice));
    label(&other, 1, "s1", &[], |s| s.marketplace_notified = Some(true));
    other.sweep().await;
    assert_eq!(other.market.notices().len(), 1, "ShipStation had told it");
    assert!(other.finished(1));
}

#[tokio::test]
async fn where_we_cannot_tell_either_the_exception_has_shipstations_words_too() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |s| {
        s.carrier = "Pigeon Post".into();
        (s.marketplace_notified, s.notify_error) = (Some(false), Some("store is not connected".into()));
    });
    world.sweep().await;
    let open = &crate::exceptions(&world, 1)[0];
    assert_eq!(open.kind, ExceptionKind::CarrierUnmapped);
    assert!(open.detail.ends_with("; ShipStation said: store is not connected"), "{}", open.detail);
}
