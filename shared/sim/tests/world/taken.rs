//! A person takes a notice over while nobody knows whether it was told.

use crate::{imported, label, notice_of, told, world::World};
use jiff::SignedDuration;
use tallyman_app::{
    ports::{Clock as _, Hint, OrderStore as _},
    step::settle,
};
use tallyman_domain::{
    Event, ExceptionKind, MarketplaceKind, ShipmentId,
    exception::life::{Act, ByHand},
    state::NoticeState,
};
use tallyman_sim::{Fault, samples};

fn hint() -> Hint {
    Hint::Notify { shipments: vec![(samples::reference(1), ShipmentId::parse("s1").unwrap())] }
}

/// The request of the notice was lost; when it was to be tried again the gate was shut.
async fn attempted_and_blocked() -> World {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    world.clock.advance(SignedDuration::from_mins(5));
    world.work(&crate::world::sweep_of(&world.account), false).await.unwrap();
    for (hint, _) in world.memory.take_hints() {
        world.work(&hint, false).await.unwrap();
    }
    world.market.fail_notices([Fault::LoseRequest]);
    world.work(&hint(), false).await.unwrap();
    assert!(matches!(notice_of(&world, 1, "s1"), NoticeState::Attempting { .. }));
    world.market.remove(&samples::reference(1).order);
    world.clock.advance(SignedDuration::from_mins(5));
    world.work(&hint(), false).await.unwrap();
    assert_eq!(world.kinds(1), [ExceptionKind::NoticeRefused]);
    world.market.put(samples::order(MarketplaceKind::AliExpress, 1));
    world
}

async fn resolve(world: &World) {
    let (order, id) = (samples::reference(1), ShipmentId::parse("s1").unwrap());
    let kind = ExceptionKind::NoticeRefused;
    let act = Act::Resolve { reason: "told by hand" };
    let event = Event::ByHand(ByHand { kind, shipment: Some(&id), by: "kim", act });
    let known = world.memory.states(std::slice::from_ref(&order)).await.unwrap().remove(&order);
    let with = world.connection.setting(&order);
    settle(&world.memory, known, &event, with, world.clock.now()).await.unwrap();
}

#[tokio::test]
async fn a_lost_notice_that_nobody_took_over_is_sent_when_the_gate_opens() {
    let world = attempted_and_blocked().await;
    world.work(&hint(), false).await.unwrap();
    world.drain().await;
    assert_eq!((told(&world).len(), world.kinds(1)), (1, vec![]));
}

#[tokio::test]
async fn a_lost_notice_that_a_person_took_over_meanwhile_is_read_back_and_left_to_them() {
    let world = attempted_and_blocked().await;
    resolve(&world).await;
    world.work(&hint(), false).await.unwrap();
    world.drain().await;
    assert_eq!((told(&world).len(), notice_of(&world, 1, "s1")), (0, NoticeState::Parked));
}
