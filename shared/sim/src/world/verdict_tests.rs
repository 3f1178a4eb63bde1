//! The verdict bites: what is taken out of the books of a good run is missed.

use super::*;
use crate::world::run;
use jiff::SignedDuration;
use tallyman_app::ports::OrderStore as _;
use tallyman_domain::exception::raise_until;

fn scenario() -> Scenario {
    let hours = SignedDuration::from_hours;
    let plain = Scenario::plain_day(1, 3);
    Scenario { placing: hours(1), storm: hours(1), judged_after: hours(4), judged_by: hours(8), ..plain }
}

/// A good run.
fn world() -> World {
    let outcome = run(&scenario());
    assert_eq!(outcome.broken, []);
    outcome.world
}

/// What the verdict says of an order.
fn said(world: &World, order: u32) -> Vec<String> {
    judge(world, &scenario()).into_iter().filter(|(whose, _)| *whose == order).map(|(_, what)| what).collect()
}

fn reference(world: &World, order: u32) -> OrderRef {
    let number = crate::samples::reference(order).order;
    OrderRef::new(world.connections[order as usize / 1000 - 1].id.clone(), number)
}

/// Opens an exception at an order. That it is needless is another matter here.
async fn open(world: &World, order: u32, kind: ExceptionKind, shipment: Option<&ShipmentId>) {
    lock(&world.odd).insert(order);
    let reference = reference(world, order);
    let mut state = world.memory.state(&reference).unwrap();
    let now = world.time.now();
    raise_until(&mut state.exceptions, kind, shipment, "", now + kind.time_to_act(), now);
    state.version += 1;
    world.memory.commit(&reference, &state).await.unwrap();
}

fn forget_told(world: &World, order: u32) {
    lock(&world.odd).insert(order);
    for books in &world.markets {
        lock(books).told.retain(|told| number(&told.order) != order);
    }
}

fn shipment_of(world: &World, order: u32) -> ShipmentId {
    world.memory.state(&reference(world, order)).unwrap().shipments[0].id.clone()
}

#[tokio::test]
async fn a_lost_notice_is_excused_by_an_exception_about_it_and_by_no_other() {
    let world = world();
    let shipment = shipment_of(&world, 1001);
    forget_told(&world, 1001);
    let missed = |world: &World| said(world, 1001).iter().any(|what| what.contains("was never told"));
    assert!(missed(&world));
    open(&world, 1001, ExceptionKind::ProofLost, Some(&shipment)).await;
    open(&world, 1001, ExceptionKind::CarrierUnmapped, Some(&ShipmentId::parse("s777").unwrap())).await;
    assert!(missed(&world), "about something else");
    open(&world, 1001, ExceptionKind::CarrierUnmapped, Some(&shipment)).await;
    let of_it = format!("shipment {shipment} was never told");
    assert!(!said(&world, 1001).contains(&of_it), "{:?}", said(&world, 1001));
}

#[tokio::test]
async fn a_merged_order_may_stay_untold_only_with_an_exception_at_it_or_at_its_parent() {
    let world = world();
    let shipment = shipment_of(&world, 1002);
    forget_told(&world, 1002);
    {
        let mut depot = lock(&world.depot);
        let parent = depot.keyed(&reference(&world, 1001).order_key()).unwrap().id;
        let child = depot.keyed(&reference(&world, 1002).order_key()).unwrap().id;
        depot.row_mut(child).unwrap().merged_into = Some(parent);
    }
    let of_it = format!("shipment {shipment} was never told");
    assert!(said(&world, 1002).contains(&of_it), "{:?}", said(&world, 1002));
    open(&world, 1001, ExceptionKind::SharedNumber, Some(&shipment)).await;
    assert!(!said(&world, 1002).contains(&of_it));
}

#[tokio::test]
async fn what_is_paid_and_not_in_the_warehouse_is_excused_by_what_keeps_it_out_alone() {
    let world = world();
    let number = reference(&world, 1001).order;
    lock(&world.depot).rows.retain(|row| row.number != number.as_str());
    let missed = "is paid and not in the warehouse".to_owned();
    open(&world, 1001, ExceptionKind::VoidedAfterNotice, Some(&shipment_of(&world, 1001))).await;
    assert!(said(&world, 1001).contains(&missed));
    open(&world, 1001, ExceptionKind::NoShipTo, None).await;
    assert!(!said(&world, 1001).contains(&missed));
}
