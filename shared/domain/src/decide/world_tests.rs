//! What goes wrong in the world, rule by rule.

use super::{
    Event,
    tests::{Way, id},
};
use crate::{
    Effect, ExceptionKind, Extent, MarketplaceKind, Order, OrderStatus, Shipment, correction, samples,
    samples::at,
    settings::Decider,
    state::{NoticeState, Told},
};

fn later(make: impl FnOnce(&mut Order)) -> Order {
    let mut order = Order { modified_at: at("2026-11-21T11:00:00Z"), ..samples::order() };
    make(&mut order);
    order
}

fn voided(shipment: &Shipment) -> Shipment {
    Shipment { voided: true, ..shipment.clone() }
}

fn kinds(way: &Way) -> Vec<ExceptionKind> {
    way.state().exceptions.iter().map(|e| e.kind).collect()
}

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

#[test]
fn a_voided_label_is_replaced_by_the_new_one_with_the_same_goods_and_no_number_twice() {
    let [a, b] = [samples::shipment("s1", &[("1", "2")]), samples::shipment("s2", &[("2", "1")])];
    let mut way = told_of(&[&a, &b]);
    assert_eq!(correction::replaced(way.state(), &[a.clone(), b.clone()], &id("s1")), None, "nothing was voided");
    let (c, d) = (samples::shipment("s3", &[("2", "1")]), samples::shipment("s4", &[("1", "2")]));
    for label in [&voided(&a), &voided(&b), &c, &d] {
        way.ship(label);
    }
    let all = [voided(&a), voided(&b), c.clone(), d.clone()];
    let replaced = |way: &Way, name: &str| correction::replaced(way.state(), &all, &id(name)).map(|t| t.shipment);
    assert_eq!((replaced(&way, "s3"), replaced(&way, "s4")), (Some(id("s2")), Some(id("s1"))));
    let told = correction::replaced(way.state(), &all, &id("s3"));
    way.on(&Event::NoticeAttempted {
        shipment: &id("s3"),
        extent: Extent::All,
        code: "USPS",
        replaces: told.as_ref(),
        lease_until: at("2026-11-21T12:01:00Z"),
    });
    way.on(&Event::NoticeConfirmed { shipment: &id("s3") });
    assert_eq!(replaced(&way, "s4"), Some(id("s1")), "s2's number is taken");
    assert_eq!(kinds(&way), [ExceptionKind::VoidedAfterNotice], "only s1 still shows a dead number");
}

#[test]
fn a_label_bought_without_goods_takes_the_place_of_the_one_that_was_voided() {
    let a = samples::shipment("s1", &[("1", "2"), ("2", "1")]);
    let mut way = told_of(&[&a]);
    way.ship(&voided(&a));
    let empty = Shipment { whole_order: false, ..samples::shipment("s2", &[]) };
    way.ship(&empty);
    let told = correction::replaced(way.state(), &[voided(&a), empty], &id("s2"));
    assert_eq!(told.unwrap().number, a.tracking_number);
}

#[test]
fn what_closed_the_order_goes_on_doing_so_when_it_is_corrected() {
    let told = |extent| Told { shipment: id("s1"), number: "A".into(), code: "USPS".into(), extent };
    assert_eq!(correction::extent(&told(Extent::All), Extent::Part), Extent::All);
    assert_eq!(correction::extent(&told(Extent::Part), Extent::Part), Extent::Part);
    assert_eq!(correction::extent(&told(Extent::Part), Extent::All), Extent::All);
}

#[test]
fn a_new_label_waits_while_it_is_open_whether_the_voided_one_was_told() {
    let a = samples::shipment("s1", &[]);
    let mut way = told_of(&[]);
    way.ship(&a);
    way.prove(&id("s1"), None);
    way.attempt(&id("s1"));
    way.ship(&voided(&a));
    way.ship(&samples::shipment("s2", &[]));
    way.prove(&id("s2"), None);
    assert_eq!(way.pending(), [Effect::Notify(id("s1"))], "first the doubt");
    way.on(&Event::NoticeVanished { shipment: &id("s1") });
    assert_eq!((way.pending(), kinds(&way)), (vec![Effect::Notify(id("s2"))], vec![]));
}

#[test]
fn a_changed_shipment_is_a_revision_with_a_proof_of_its_own_and_a_fee_is_none() {
    let a = samples::shipment("s1", &[]);
    let mut way = told_of(&[&a]);
    let observed = |shipment: &Shipment, way: &mut Way| {
        way.on(&Event::ShipmentObserved { shipment, before: Some(&a), order: None, others: &[], merged: &[] })
    };
    let dearer = Shipment { fee: Some(9.into()), ..a.clone() };
    assert!(observed(&dearer, &mut way));
    assert_eq!(way.pending(), [Effect::Confirm(id("s1"))]);
    let other = Shipment { tracking_number: "NEW".into(), ..a.clone() };
    assert!(observed(&other, &mut way) && !observed(&other, &mut way));
    assert_eq!(way.pending(), [Effect::Proof(id("s1"))]);
    let state = way.state().shipment(&id("s1")).unwrap();
    assert_eq!((state.revision, state.replaces.as_ref().unwrap().number.as_str()), (1, a.tracking_number.as_str()));
}

fn cancelled(order: &mut Order) {
    order.standing.status = "FINISH".into();
    order.standing.end_reason = Some("buyer_cancel_order".into());
}

/// A label of 10:00, and its proof two hours later; the clock of these tests stands at noon.
fn labelled_at_ten(proved: bool, void_window_hours: u32) -> Way {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.settings.void_window_hours = void_window_hours;
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    if proved {
        way.prove(&id("s1"), None);
    }
    way
}

#[test]
fn cancelled_after_a_label_has_the_void_window_as_its_deadline() {
    for proved in [true, false] {
        let mut way = labelled_at_ten(proved, 48);
        way.observe(&later(cancelled));
        let open = &way.state().exceptions[0];
        let two_days_after_the_label = at("2026-11-23T10:00:00Z");
        assert_eq!((open.kind, open.deadline), (ExceptionKind::CancelledAfterLabel, two_days_after_the_label));
        way.ship(&voided(&samples::shipment("s1", &[])));
        assert_eq!(
            (kinds(&way), way.pending()),
            (vec![], vec![Effect::Export]),
            "now ShipStation's order is cancelled"
        );
    }
}

#[test]
fn a_label_that_can_no_longer_be_voided_is_due_now() {
    let now = at("2026-11-21T12:00:00Z");
    let mut way = labelled_at_ten(true, 1);
    way.observe(&later(cancelled));
    assert_eq!(way.state().exceptions[0].deadline, now);
    let mut way = labelled_at_ten(true, 1);
    way.observe(&later(|o| o.lines[0].quantity = 1.into()));
    assert_eq!((kinds(&way), way.state().exceptions[0].deadline), (vec![ExceptionKind::ChangedAfterLabel], now));
    let mut way = labelled_at_ten(true, 1);
    way.observe(&later(|o| o.standing.status = "IN_CANCEL".into()));
    assert_eq!((kinds(&way), way.state().exceptions[0].deadline), (vec![ExceptionKind::CancelRequested], now));
}

#[test]
fn a_time_to_ship_that_comes_nearer_or_is_past_is_the_deadline_of_what_is_open_already() {
    let ship_by = |time: &str, minute: u32| {
        let modified_at = at(&format!("2026-11-21T11:{minute}:00Z"));
        let mut order = Order { ship_by: Some(at(time)), modified_at, ship_to: None, ..samples::order() };
        order.standing.status = "IN_CANCEL".into();
        order
    };
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let deadlines = |way: &Way| way.state().exceptions.iter().map(|e| (e.kind, e.deadline)).collect::<Vec<_>>();
    way.observe(&Order { ship_by: None, ..ship_by("2026-11-27T10:00:00Z", 10) });
    way.observe(&ship_by("2026-11-27T10:00:00Z", 11));
    let (address, asked) = (ExceptionKind::NoShipTo, ExceptionKind::CancelRequested);
    let unhurried = [(address, at("2026-11-23T12:00:00Z")), (asked, at("2026-11-22T12:00:00Z"))];
    assert_eq!(deadlines(&way), unhurried);
    for (time, minute, until) in [
        ("2026-11-21T18:00:00Z", 12, "2026-11-21T18:00:00Z"),
        ("2026-11-24T18:00:00Z", 13, "2026-11-21T18:00:00Z"), // no later again: somebody was told that time
        ("2026-11-20T18:00:00Z", 14, "2026-11-21T12:00:00Z"), // past: due now
    ] {
        way.observe(&ship_by(time, minute));
        assert_eq!(deadlines(&way), [(address, at(until)), (asked, at(until))], "{time}");
        assert!(!way.observe(&ship_by(time, minute)), "and that is so once");
    }
}

#[test]
fn a_wish_to_cancel_holds_and_asks_a_person_once() {
    let mut way = told_of(&[]);
    let asks = later(|o| o.standing.status = "IN_CANCEL".into());
    assert!(way.observe(&asks) && !way.observe(&asks));
    assert_eq!((way.state().status, kinds(&way)), (OrderStatus::OnHold, vec![ExceptionKind::CancelRequested]));
    assert!(way.observe(&Order { modified_at: at("2026-11-21T11:30:00Z"), ..samples::order() }));
    assert!(kinds(&way).is_empty());
}

#[test]
fn a_cancelled_order_is_never_raised_by_a_reading_that_is_not_newer_whatever_the_hour() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let doubled = |at_: &str, status: &str| {
        let mut order = Order { modified_at: at(at_), ..samples::order() };
        order.standing.status = status.into();
        order.standing.end_reason = Some("buyer_cancel_order".into());
        order
    };
    way.observe(&doubled("2026-11-01T08:50:00Z", "FINISH"));
    assert_eq!(way.pending(), [], "cancelled before it was seen: nothing to pack");
    assert!(!way.observe(&doubled("2026-11-01T08:10:00Z", "WAIT_SELLER_SEND_GOODS")));
    assert_eq!(way.state().status, OrderStatus::Cancelled);
}

#[test]
fn what_the_warehouse_refuses_of_an_older_order_is_no_matter() {
    let mut way = told_of(&[]);
    let sent = way.state().export.sent.clone().unwrap();
    way.observe(&later(|o| o.buyer_note = Some("please".into())));
    assert!(!way.on(&Event::ExportRefused { sent: &sent, reason: "locked" }));
}

#[test]
fn people_decide_where_the_connection_says_so() {
    let cases = [
        ("FINISH", Some("buyer_cancel_order"), ExceptionKind::CancelledElsewhere),
        ("WAIT_BUYER_ACCEPT_GOODS", None, ExceptionKind::ShippedElsewhere),
    ];
    for (word, reason, kind) in cases {
        let mut way = Way::of(MarketplaceKind::AliExpress);
        (way.settings.cancelled_by, way.settings.shipped_by) = (Decider::Warehouse, Decider::Warehouse);
        way.observe(&samples::order());
        way.export();
        way.observe(&later(|o| {
            o.standing.status = word.into();
            o.standing.end_reason = reason.map(Into::into);
        }));
        assert_eq!(kinds(&way), [kind]);
    }
}

#[test]
fn goods_that_change_after_the_label_are_told_to_a_person_until_they_change_back() {
    let mut way = told_of(&[]);
    way.ship(&samples::shipment("s1", &[]));
    way.observe(&later(|o| o.lines[0].quantity = 1.into()));
    assert_eq!(kinds(&way), [ExceptionKind::ChangedAfterLabel]);
    way.observe(&Order { modified_at: at("2026-11-21T11:30:00Z"), ..samples::order() });
    assert!(kinds(&way).is_empty());
}

#[test]
fn a_change_that_a_told_label_missed_stays_a_persons_matter_when_that_label_is_void() {
    let (a, b) = (samples::shipment("s1", &[]), samples::shipment("s2", &[]));
    let mut way = told_of(&[&a]);
    let shipped = later(|o| {
        o.lines[0].quantity = 1.into();
        o.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into();
    });
    way.observe(&shipped);
    assert_eq!(kinds(&way), [ExceptionKind::ChangedAfterLabel]);
    let seen = |shipment: &Shipment, way: &mut Way| {
        let order = Some(&shipped);
        way.on(&Event::ShipmentObserved { shipment, before: None, order, others: &[], merged: &[] })
    };
    seen(&voided(&a), &mut way);
    let open = [ExceptionKind::ChangedAfterLabel, ExceptionKind::VoidedAfterNotice];
    assert_eq!((kinds(&way), way.pending()), (open.to_vec(), vec![]), "ShipStation still has what was before");
    seen(&b, &mut way);
    assert!(kinds(&way).contains(&open[0]), "and so has the next label");
}

#[test]
fn a_merged_parcel_is_told_of_each_order_only_where_the_marketplace_takes_one_number_for_several() {
    for (kind, held) in [(MarketplaceKind::AliExpress, false), (MarketplaceKind::Alibaba, true)] {
        let mut way = Way::of(kind);
        way.observe(&later(|o| {
            if held {
                o.standing.status = "undeliver".into()
            }
        }));
        way.export();
        let parcel = Shipment { warehouse_order: 5, ..samples::shipment("s1", &[("1", "2"), ("2", "1"), ("99", "1")]) };
        let (order, parents) = (samples::order(), [samples::reference()]);
        let seen = Event::ShipmentObserved {
            shipment: &parcel,
            before: None,
            order: Some(&order),
            others: &[],
            merged: &parents,
        };
        assert!(way.on(&seen));
        let notice = &way.state().shipments[0].notice;
        assert_eq!(*notice, if held { NoticeState::Parked } else { NoticeState::Wanted });
        assert_eq!(kinds(&way), if held { vec![ExceptionKind::SharedNumber] } else { vec![] });
    }
}

#[test]
fn a_corrected_merged_shipment_still_fits_the_state_item() {
    let a = samples::shipment("s123456789", &[("1", "2"), ("2", "1")]);
    let mut way = told_of(&[&a]);
    way.ship(&voided(&a));
    way.ship(&samples::shipment("s123456790", &[("1", "2"), ("2", "1")]));
    let bytes = serde_json::to_vec(way.state()).unwrap().len();
    assert!(bytes < 1000, "{bytes} bytes");
}

#[test]
fn a_label_made_while_it_is_unknown_what_was_given_calls_nobody_unless_other_goods_or_another_address_were_wanted() {
    let elsewhere = later(|order| order.ship_to.as_mut().unwrap().street = vec!["Elsewhere 1".into()]);
    let label = |moved: bool| {
        let mut way = Way::of(MarketplaceKind::AliExpress);
        way.observe(&samples::order());
        way.export();
        if moved {
            way.observe(&elsewhere);
            way.export();
        }
        way.on(&Event::ExportUnsettled);
        way.ship(&samples::shipment("s1", &[("1", "2"), ("2", "1")]));
        way
    };
    assert_eq!(kinds(&label(false)), []);
    let mut way = label(true);
    assert_eq!(kinds(&way), [ExceptionKind::ChangedAfterLabel]);
    // A reading that says the same again doesn't tell what the label shows; only a void ends the doubt.
    let again =
        Order { modified_at: at("2026-11-21T11:30:00Z"), buyer_note: Some("thanks".into()), ..elsewhere.clone() };
    way.observe(&again);
    assert_eq!(kinds(&way), [ExceptionKind::ChangedAfterLabel]);
    way.ship(&voided(&samples::shipment("s1", &[("1", "2"), ("2", "1")])));
    assert_eq!(kinds(&way), []);
}

#[test]
fn what_people_split_in_shipstation_is_not_given_again_when_the_order_is_held_and_let_go() {
    let of_child = |child: bool| {
        let mut way = Way::of(MarketplaceKind::AliExpress);
        way.observe(&samples::order());
        way.export();
        let mut part = samples::shipment("s1", &[("1", "1")]);
        if child {
            // Split off there: the parent's goods are fewer by what the child took.
            part.warehouse_order += 1;
        }
        way.ship(&part);
        let mut frozen = samples::order();
        frozen.standing.status = "IN_FROZEN".into();
        frozen.modified_at += jiff::SignedDuration::from_mins(5);
        way.observe(&frozen);
        way.pending().contains(&Effect::Export)
    };
    assert!(of_child(false), "the rest of our own order is held");
    assert!(!of_child(true), "given again, the parent would have all goods once more");
}

#[test]
fn the_rest_of_an_order_that_is_on_hold_is_held_when_a_label_is_voided() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    let (one, two) = (samples::shipment("s1", &[("1", "1")]), samples::shipment("s2", &[("1", "1"), ("2", "1")]));
    way.ship(&one);
    let seen = |way: &mut Way, shipment: &Shipment, before: Option<&Shipment>, order: &Order| {
        way.on(&Event::ShipmentObserved {
            shipment,
            before,
            order: Some(order),
            others: std::slice::from_ref(&one),
            merged: &[],
        })
    };
    seen(&mut way, &two, None, &samples::order());
    assert!(!way.state().export.rest);
    let mut frozen = samples::order();
    frozen.standing.status = "IN_FROZEN".into();
    frozen.modified_at += jiff::SignedDuration::from_mins(5);
    way.observe(&frozen);
    assert!(!way.pending().contains(&Effect::Export), "all of it is packed");
    let voided = Shipment { voided: true, ..two.clone() };
    seen(&mut way, &voided, Some(&two), &frozen);
    assert!(way.state().export.rest && way.pending().contains(&Effect::Export));
}
