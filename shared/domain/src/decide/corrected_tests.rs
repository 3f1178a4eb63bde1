//! Which new label takes the place of which voided one.

use super::{
    Event,
    tests::{Way, id},
};
use crate::{Extent, MarketplaceKind, Shipment, correction, samples, samples::at, state::Told};

/// An AliExpress order in ShipStation, with these labels told of.
fn told_of(labels: &[&Shipment]) -> Way {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    for label in labels {
        way.ship(label);
        way.prove(&label.id, None);
        way.attempt(&label.id);
        way.on(&Event::NoticeAccepted { shipment: &label.id });
    }
    way
}

fn voided(shipment: &Shipment) -> Shipment {
    Shipment { voided: true, ..shipment.clone() }
}

fn replaced(way: &Way, all: &[Shipment], name: &str) -> Option<Told> {
    correction::replaced(way.state(), all, &id(name))
}

/// The shipment whose notice is corrected.
fn whose(way: &Way, all: &[Shipment], name: &str) -> Option<String> {
    replaced(way, all, name).map(|told| told.shipment.to_string())
}

#[test]
fn a_new_label_takes_the_place_of_the_one_with_the_very_same_goods_before_one_that_shares_some() {
    let (mixed, lamp) = ([("1", "1"), ("2", "1")], [("1", "1")]);
    let [a, b] = [samples::shipment("s1", &mixed), samples::shipment("s2", &lamp)];
    let [c, d] = [samples::shipment("s3", &lamp), samples::shipment("s4", &mixed)];
    let mut way = told_of(&[&a, &b]);
    let all = [voided(&a), voided(&b), c, d];
    for label in &all {
        way.ship(label);
    }
    assert_eq!(whose(&way, &all, "s3").as_deref(), Some("s2"));
    assert_eq!(whose(&way, &all, "s4").as_deref(), Some("s1"));
}

#[test]
fn a_new_label_with_other_goods_takes_nobodys_place() {
    let [a, b] = [samples::shipment("s1", &[("1", "2")]), samples::shipment("s2", &[("2", "1")])];
    let mut way = told_of(&[&a]);
    way.ship(&voided(&a));
    way.ship(&b);
    assert_eq!(replaced(&way, &[voided(&a), b], "s2"), None);
}

#[test]
fn a_label_that_was_told_as_its_own_takes_nobodys_place_and_leaves_it_to_the_new_one() {
    let lamp = [("1", "1")];
    let [a, b, c] = ["s1", "s2", "s3"].map(|name| samples::shipment(name, &lamp));
    let mut way = told_of(&[&a, &b]);
    way.ship(&voided(&a));
    way.ship(&c);
    let all = [voided(&a), b, c];
    assert_eq!(whose(&way, &all, "s2"), None);
    assert_eq!(whose(&way, &all, "s3").as_deref(), Some("s1"));
}

#[test]
fn a_place_is_taken_from_the_attempt_to_tell_of_its_correction_on_and_stays_so_when_that_label_is_voided_too() {
    let [a, b, c] = ["s1", "s2", "s3"].map(|name| samples::shipment(name, &[("1", "2")]));
    let mut way = told_of(&[&a]);
    way.ship(&voided(&a));
    way.ship(&b);
    let told = replaced(&way, &[voided(&a), b.clone()], "s2");
    assert_eq!(told.as_ref().map(|told| &told.number), Some(&a.tracking_number));
    let attempt = Event::NoticeAttempted {
        shipment: &id("s2"),
        extent: Extent::All,
        code: "USPS",
        replaces: told.as_ref(),
        lease_until: at("2026-11-21T12:01:00Z"),
    };
    way.on(&attempt);
    way.ship(&c);
    let shown = |way: &Way, facts: &Shipment| {
        let known = way.state().shipment(&facts.id).unwrap();
        correction::shown_though_voided(way.state(), known, facts)
    };
    let all = [voided(&a), b.clone(), c.clone()];
    assert_eq!((shown(&way, &voided(&a)), replaced(&way, &all, "s3")), (None, None), "it may be told by now");
    way.on(&Event::NoticeAccepted { shipment: &id("s2") });
    assert_eq!((shown(&way, &voided(&a)), replaced(&way, &all, "s3")), (None, None));
    way.ship(&voided(&b));
    assert_eq!(shown(&way, &voided(&a)), None, "that number is no longer there");
    let all = [voided(&a), voided(&b), c];
    assert_eq!(replaced(&way, &all, "s3").map(|told| told.number), Some(b.tracking_number));
}
