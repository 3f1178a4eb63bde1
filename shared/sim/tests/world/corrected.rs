//! Labels voided and bought again, carriers changed.

use crate::{BOTH, exceptions, imported, label, notice_of, told, voided};
use tallyman_domain::{ExceptionKind, MarketplaceKind, ProofFacts, ShipmentId, state::NoticeState};
use tallyman_sim::{Fault, samples};

fn pair(new: &str, old: &str) -> (String, Option<String>) {
    (new.to_owned(), Some(format!("TRACK{old}")))
}

#[tokio::test]
async fn a_label_voided_and_bought_again_is_corrected_once_and_proof_first() {
    for kind in BOTH {
        let world = imported(kind).await;
        label(&world, 1, "s1", &[], |_| {});
        world.sweep().await;
        label(&world, 1, "s1", &[], voided);
        world.sweep().await;
        let open = exceptions(&world, 1);
        assert_eq!((open.len(), open[0].kind), (1, ExceptionKind::VoidedAfterNotice), "no new label yet: {kind:?}");
        assert!(open[0].deadline > open[0].since);
        label(&world, 1, "s2", &[], |_| {});
        world.sweep().await;
        world.sweep().await;
        assert_eq!(told(&world), [("s1".to_owned(), None), pair("s2", "s1")], "{kind:?}");
        assert_eq!(world.memory.proofs().len(), 2, "a proof of its own");
        assert!(world.finished(1) && world.kinds(1).is_empty(), "{:?}", world.kinds(1));
    }
}

#[tokio::test]
async fn a_new_label_that_is_seen_before_the_void_waits_and_then_corrects() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    label(&world, 1, "s2", &[], |_| {});
    world.sweep().await;
    assert_eq!(told(&world).len(), 1, "more shipped than ordered: held");
    assert_eq!(world.kinds(1), [ExceptionKind::Overshipped]);
    label(&world, 1, "s1", &[], voided);
    world.sweep().await;
    assert_eq!(told(&world)[1..], [pair("s2", "s1")]);
    assert!(world.kinds(1).is_empty());
}

#[tokio::test]
async fn a_correction_whose_answer_or_request_is_lost_is_read_back_and_made_once() {
    for faults in [vec![Fault::LoseAnswer], vec![Fault::LoseRequest, Fault::Throttle]] {
        let world = imported(MarketplaceKind::AliExpress).await;
        label(&world, 1, "s1", &[], |_| {});
        world.sweep().await;
        label(&world, 1, "s1", &[], voided);
        label(&world, 1, "s2", &[], |_| {});
        world.market.fail_notices(faults.clone());
        world.sweep().await;
        assert_eq!(told(&world), [("s1".to_owned(), None), pair("s2", "s1")], "{faults:?}");
        assert!(world.finished(1));
    }
}

#[tokio::test]
async fn two_parcels_voided_are_each_corrected_by_the_label_with_the_same_goods() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[(1, 2)], |_| {});
    label(&world, 1, "s2", &[(2, 1)], |_| {});
    world.sweep().await;
    for (id, items) in [("s1", (1, 2)), ("s2", (2, 1))] {
        label(&world, 1, id, &[items], voided);
    }
    label(&world, 1, "s3", &[(2, 1)], |_| {});
    label(&world, 1, "s4", &[(1, 2)], |_| {});
    world.sweep().await;
    let mut corrections = told(&world)[2..].to_vec();
    corrections.sort();
    assert_eq!(corrections, [pair("s3", "s2"), pair("s4", "s1")]);
    assert!(world.finished(1));
}

#[tokio::test]
async fn a_label_voided_twice_is_corrected_twice_and_never_the_same_number_again() {
    let world = imported(MarketplaceKind::AliExpress).await;
    for id in ["s1", "s2", "s3"] {
        label(&world, 1, id, &[], |_| {});
        world.sweep().await;
        if id != "s3" {
            label(&world, 1, id, &[], voided);
        }
    }
    world.sweep().await;
    assert_eq!(told(&world), [("s1".to_owned(), None), pair("s2", "s1"), pair("s3", "s2")]);
    assert!(world.finished(1));
}

#[tokio::test]
async fn a_shipment_whose_carrier_is_changed_gets_a_new_proof_and_a_correction() {
    let world = imported(MarketplaceKind::Alibaba).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    label(&world, 1, "s1", &[], |s| (s.carrier, s.tracking_number) = ("ups".into(), "1Z9".into()));
    world.sweep().await;
    world.sweep().await;
    assert_eq!(told(&world)[1..], [pair("s1", "s1")]);
    let key = ProofFacts::key_of(&samples::reference(1), &ShipmentId::parse("s1").unwrap(), 1);
    assert!(world.memory.proofs().contains_key(&key), "the first proof stays, the revision has its own");
    let last = world.market.notices().pop().unwrap();
    assert_eq!((last.service.code.as_str(), last.proof.unwrap().0.as_str()), ("UPS", "proof-1-s1-r1.png"));
    assert!(matches!(notice_of(&world, 1, "s1"), NoticeState::Confirmed { .. }));
}

#[tokio::test]
async fn a_change_that_a_marketplace_would_not_be_told_of_costs_no_call() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    label(&world, 1, "s1", &[], |s| s.fee = Some(5.into()));
    world.sweep().await;
    assert_eq!(told(&world).len(), 1);
    assert!(world.finished(1));
}
