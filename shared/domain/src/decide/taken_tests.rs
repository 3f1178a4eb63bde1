//! A notice that a person took over is never sent behind their back, whatever comes afterwards.

use super::{
    Event,
    tests::{Way, id},
};
use crate::{
    Effect, ExceptionKind, MarketplaceKind, Order, Shipment,
    exception::life::{Act, ByHand},
    samples,
    state::NoticeState,
};

/// One label with its proof, and with a notice that is to be sent.
fn labelled() -> Way {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    way
}

fn resolve(way: &mut Way, kind: ExceptionKind) -> bool {
    let act = Act::Resolve { reason: "told by hand" };
    way.on(&Event::ByHand(ByHand { kind, shipment: Some(&id("s1")), by: "kim", act }))
}

fn block(way: &mut Way) {
    let kind = ExceptionKind::CarrierUnmapped;
    assert!(way.on(&Event::NoticeBlocked { shipment: &id("s1"), kind, reason: &"no row".into() }));
}

fn notice(way: &Way) -> &NoticeState {
    &way.state().shipments[0].notice
}

fn kinds(way: &Way) -> Vec<ExceptionKind> {
    way.state().exceptions.iter().map(|e| e.kind).collect()
}

/// The same label, changed in ShipStation.
fn changed(way: &mut Way, number: &str) {
    let before = samples::shipment("s1", &[]);
    let now = Shipment { tracking_number: number.into(), ..before.clone() };
    let order = samples::order();
    let seen = Event::ShipmentObserved {
        shipment: &now,
        before: Some(&before),
        order: Some(&order),
        others: &[],
        merged: &[],
    };
    assert!(way.on(&seen));
    way.prove(&id("s1"), None);
}

#[test]
fn what_a_person_took_over_while_it_was_attempted_stays_with_them_when_the_attempt_turns_out_to_be_lost() {
    let mut way = labelled();
    way.attempt(&id("s1"));
    block(&mut way);
    assert!(resolve(&mut way, ExceptionKind::CarrierUnmapped));
    assert!(matches!(notice(&way), NoticeState::Attempting { .. }), "whether it was told has to be known first");
    assert!(!way.attempt(&id("s1")), "and nobody tries again");
    way.on(&Event::NoticeVanished { shipment: &id("s1") });
    assert_eq!((notice(&way), way.pending()), (&NoticeState::Parked, vec![]));
    assert!(!way.attempt(&id("s1")));
}

#[test]
fn what_a_person_took_over_stays_with_them_when_the_label_is_changed_and_they_are_told_of_the_change() {
    let mut way = labelled();
    block(&mut way);
    assert!(resolve(&mut way, ExceptionKind::CarrierUnmapped));
    for (number, count) in [("NEW", 1), ("NEWER", 2)] {
        changed(&mut way, number);
        assert_eq!((notice(&way), kinds(&way)), (&NoticeState::Parked, vec![ExceptionKind::ChangedAfterNotice]));
        assert_eq!((way.state().exceptions[0].count, way.pending()), (count, vec![]));
    }
}

#[test]
fn a_refused_notice_that_nobody_took_over_is_sent_again_when_its_label_is_changed() {
    let mut way = labelled();
    let kind = ExceptionKind::NoticeRefused;
    way.on(&Event::NoticeParked { shipment: &id("s1"), kind, reason: &"no such number".into() });
    changed(&mut way, "NEW");
    assert_eq!((way.pending(), kinds(&way)), (vec![Effect::Notify(id("s1"))], vec![]));
}

#[test]
fn a_notice_in_doubt_stays_parked_when_its_label_is_changed_since_the_old_number_may_have_been_told() {
    let mut way = labelled();
    way.attempt(&id("s1"));
    let kind = ExceptionKind::NoticeAmbiguous;
    way.on(&Event::NoticeParked { shipment: &id("s1"), kind, reason: &"no answer".into() });
    changed(&mut way, "NEW");
    assert_eq!((notice(&way), kinds(&way)), (&NoticeState::Parked, vec![kind, ExceptionKind::ChangedAfterNotice]));
    assert_eq!(way.pending(), []);
}

/// The first label has all the goods, so the second is too much.
fn too_much() -> (Way, Order, Shipment, Shipment) {
    let all = |id: &str| samples::shipment(id, &[("1", "2"), ("2", "1")]);
    let (order, first, second) = (samples::order(), all("s0"), all("s1"));
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&order);
    way.export();
    for (shipment, others) in [(&first, vec![]), (&second, vec![first.clone()])] {
        way.on(&Event::ShipmentObserved { shipment, before: None, order: Some(&order), others: &others, merged: &[] });
        way.prove(&shipment.id, None);
    }
    assert_eq!(kinds(&way), [ExceptionKind::Overshipped]);
    (way, order, first, second)
}

#[test]
fn a_hold_outlives_a_changed_label() {
    let (mut way, order, first, second) = too_much();
    let now = Shipment { carrier: "ups".into(), ..second.clone() };
    let (before, others) = (Some(&second), [first]);
    way.on(&Event::ShipmentObserved { shipment: &now, before, order: Some(&order), others: &others, merged: &[] });
    assert_eq!(kinds(&way), [ExceptionKind::Overshipped]);
    assert_eq!(way.state().shipments[1].notice, NoticeState::Parked);
}

#[test]
fn a_hold_that_ends_does_not_release_what_a_person_took_over() {
    let (mut way, order, first, second) = too_much();
    let kind = ExceptionKind::SharedNumber;
    way.on(&Event::Compared(super::Compared::Found { kind, shipment: Some(&id("s1")), what: &"shared".into() }));
    resolve(&mut way, kind);
    let voided = Shipment { voided: true, ..first.clone() };
    let others = [second];
    way.on(&Event::ShipmentObserved {
        shipment: &voided,
        before: Some(&first),
        order: Some(&order),
        others: &others,
        merged: &[],
    });
    assert_eq!(kinds(&way), []);
    assert_eq!(way.state().shipments[1].notice, NoticeState::Parked);
}
