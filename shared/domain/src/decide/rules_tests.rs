//! Rules about what an event changes, and what it leaves alone.

use super::{
    tests::{Way, id},
    *,
};
use crate::{ConnectionId, Effect, MarketplaceOrderId, exception::life::Act, samples, samples::at, trail::What};

fn way() -> Way {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way
}

fn kinds(way: &Way) -> Vec<ExceptionKind> {
    way.state().exceptions.iter().map(|e| e.kind).collect()
}

fn is_stuck(way: &mut Way) -> bool {
    let what = Finding::from("pending for a day");
    way.on(&Event::Compared(Compared::Found { kind: ExceptionKind::Stuck, shipment: None, what: &what }))
}

/// An order whose export hangs, which a person knows.
fn resolved_stuck() -> Way {
    let mut way = way();
    assert!(is_stuck(&mut way));
    let act = Act::Resolve { reason: "ShipStation is down" };
    assert!(way.on(&Event::ByHand(ByHand { kind: ExceptionKind::Stuck, shipment: None, by: "kim", act })));
    way
}

#[test]
fn a_wish_to_cancel_that_is_seen_right_before_a_notice_holds_it_and_asks_a_person() {
    let mut way = way();
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    assert_eq!(way.pending(), [Effect::Notify(id("s1"))]);
    let standing = Standing { status: "IN_CANCEL".into(), ..Standing::default() };
    assert!(way.on(&Event::StandingObserved(&standing)));
    assert_eq!((way.state().status, way.state().word.as_str()), (OrderStatus::OnHold, "IN_CANCEL"));
    assert_eq!((way.pending(), kinds(&way)), (vec![], vec![ExceptionKind::CancelRequested]));
}

#[test]
fn orders_that_were_merged_are_known_once_each_and_the_rest_of_a_merged_order_is_not_given_again() {
    let other = |number: &str| {
        OrderRef::new(ConnectionId::parse("ae-main").unwrap(), MarketplaceOrderId::parse(number).unwrap())
    };
    let (one, two) = (other("8123456789012346"), other("8123456789012347"));
    let mut way = way();
    way.export();
    let merged = [one.clone()];
    assert!(way.on(&Event::OrdersMerged { with: &merged }));
    assert!(!way.on(&Event::OrdersMerged { with: &merged }), "that is known");
    assert!(way.on(&Event::OrdersMerged { with: &[one.clone(), two.clone()] }));
    assert_eq!(way.state().export.merged, [one, two]);
    way.ship(&samples::shipment("s1", &[("1", "1")]));
    assert!(!way.state().export.rest);
}

#[test]
fn a_refusal_of_what_is_no_longer_wanted_stops_nothing_and_calls_nobody() {
    let mut way = way();
    let sent = way.state().export.wanted.clone().unwrap();
    let mut changed = samples::order();
    changed.buyer_note = Some("please".into());
    assert!(way.observe(&changed));
    assert!(!way.on(&Event::ExportRefused { sent: &sent, reason: "bad country" }));
    assert_eq!((way.pending(), kinds(&way), &way.state().export.refused), (vec![Effect::Export], vec![], &None));
}

#[test]
fn an_order_that_cannot_be_read_for_another_reason_than_before_says_the_new_one() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let mut unreadable = |what: &str| {
        let standing = Standing { status: "WAIT_SELLER_SEND_GOODS".into(), ..Standing::default() };
        let modified_at = at("2026-11-20T10:00:00Z");
        assert!(way.on(&Event::OrderUnreadable { standing, modified_at, what: &what.into() }));
        (way.state().exceptions.len(), way.state().exceptions[0].detail.clone())
    };
    assert_eq!(unreadable("no country"), (1, "no country".into()));
    assert_eq!(unreadable("no lines"), (1, "no lines".into()));
}

#[test]
fn what_hangs_after_something_moved_is_a_new_matter_though_a_person_resolved_what_hung_before() {
    let mut way = resolved_stuck();
    way.export();
    assert!(is_stuck(&mut way));
    assert_eq!(kinds(&way), [ExceptionKind::Stuck]);
}

#[test]
fn what_still_hangs_and_was_resolved_stays_so_whatever_else_is_observed() {
    let mut way = resolved_stuck();
    let mut noted = samples::order();
    noted.buyer_note = Some("please".into());
    assert!(way.observe(&noted));
    assert_eq!(way.pending(), [Effect::Export], "it hangs as before");
    assert!(!is_stuck(&mut way));
    assert_eq!(kinds(&way), []);
}

#[test]
fn what_else_a_person_resolved_stays_resolved_when_the_order_moves() {
    let mut way = way();
    let (kind, what) = (ExceptionKind::UnknownInWarehouse, Finding::from("whose is it"));
    let found = Event::Compared(Compared::Found { kind, shipment: None, what: &what });
    assert!(way.on(&found));
    let act = Act::Resolve { reason: "ours" };
    assert!(way.on(&Event::ByHand(ByHand { kind, shipment: None, by: "kim", act })));
    way.export();
    assert!(!way.on(&found));
}

/// Decides an hour after the order was first seen.
fn after(state: &OrderState, event: &Event<'_>, timed: impl FnOnce(Setting<'_>) -> Setting<'_>) -> OrderState {
    tried(state, event, timed).unwrap()
}

fn tried(state: &OrderState, event: &Event<'_>, timed: impl FnOnce(Setting<'_>) -> Setting<'_>) -> Option<OrderState> {
    let (reference, settings, account) = (samples::reference(), Settings::default(), AccountId::parse("main").unwrap());
    let with = Setting {
        reference: &reference,
        marketplace: MarketplaceKind::AliExpress,
        account: &account,
        settings: &settings,
        took_ms: None,
        read_back_ms: None,
        failed: None,
    };
    decide(Some(state), event, timed(with), hour())
}

fn hour() -> Timestamp {
    at("2026-11-20T11:07:00Z")
}

#[test]
fn what_is_done_renews_the_age_of_the_work_and_what_is_only_remarked_does_not() {
    let state = samples::state();
    let sent = state.export.wanted.clone().unwrap();
    let done = after(&state, &Event::Exported { sent: &sent, warehouse_order: 77 }, |with| with);
    assert_eq!(done.changed_at, hour());
    let (kind, what) = (ExceptionKind::Stuck, Finding::from("pending for a day"));
    let found = Event::Compared(Compared::Found { kind, shipment: None, what: &what });
    assert_eq!(after(&state, &found, |with| with).changed_at, state.changed_at);
}

#[test]
fn the_trail_says_how_long_the_notice_and_the_look_at_it_took() {
    let mut way = way();
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    way.attempt(&id("s1"));
    let began = hour();
    let accepted = began + jiff::SignedDuration::from_millis(1_500);
    let looked = accepted + jiff::SignedDuration::from_millis(300);
    let state = after(way.state(), &Event::NoticeConfirmed { shipment: &id("s1") }, |with| {
        with.after_call(began, accepted).after_read_back(accepted, looked)
    });
    let steps: Vec<_> = state.trail.steps().iter().rev().take(2).map(|s| (s.what, s.took_ms)).collect();
    assert_eq!(steps, [(What::Shown, Some(300)), (What::Told, Some(1_500))]);
}

#[test]
fn what_is_given_becomes_what_is_wanted_unless_the_order_was_read_again_meanwhile() {
    let state = samples::state();
    let before = state.export.wanted.clone().unwrap();
    let held = WarehouseOrder::of(&samples::order(), &samples::reference(), OrderStatus::OnHold, &Settings::default());
    let held = held.unwrap();
    let given = after(&state, &Event::WantedAnew { order: &held, before: &before }, |with| with);
    assert_eq!((given.export.wanted, given.export.on_hold), (Some(held.digest().short()), true));
    let mut newer = state.clone();
    newer.export.wanted = Some("newer".into());
    let late = Event::WantedAnew { order: &held, before: &before };
    assert_eq!(tried(&newer, &late, |with| with), None);
}
