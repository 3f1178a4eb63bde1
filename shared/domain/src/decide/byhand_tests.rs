use super::*;
use crate::{
    AccountId, Effect, Event, MarketplaceKind, Settings, decide, decide::Setting, pending, samples, samples::at,
    trail::What,
};

fn after(state: &OrderState, event: &Event<'_>) -> OrderState {
    let (reference, settings, account) = (samples::reference(), Settings::default(), AccountId::parse("main").unwrap());
    let marketplace = MarketplaceKind::AliExpress;
    let with = Setting {
        reference: &reference,
        marketplace,
        account: &account,
        settings: &settings,
        took_ms: None,
        read_back_ms: None,
        failed: None,
    };
    decide(Some(state), event, with, at("2026-11-21T12:00:00Z")).unwrap_or_else(|| state.clone())
}

fn seen(state: &OrderState) -> OrderState {
    after(state, &Event::OrderObserved(&samples::order()))
}

fn shipped() -> OrderState {
    let exported = {
        let state = samples::state();
        let sent = state.export.wanted.clone().unwrap();
        after(&state, &Event::Exported { sent: &sent, warehouse_order: 77 })
    };
    let (shipment, order) = (samples::shipment("1", &[]), samples::order());
    let event =
        Event::ShipmentObserved { shipment: &shipment, before: None, order: Some(&order), others: &[], merged: &[] };
    let state = after(&exported, &event);
    let digest = crate::Digest::of_bytes(b"png");
    after(&state, &Event::ProofStored { shipment: &shipment.id, digest, reference: None })
}

#[test]
fn what_a_person_holds_is_held_in_shipstation_and_told_to_nobody_until_it_is_released() {
    let fresh = samples::state();
    let held = after(&fresh, &Event::HeldByHand { hold: true });
    assert_eq!((held.held, held.status), (true, OrderStatus::OnHold));
    assert_eq!(held.trail.steps()[0].what, What::Held);
    // The marketplace goes on saying that it can be shipped.
    let read = seen(&held);
    assert_eq!(read.status, OrderStatus::OnHold);
    assert_ne!(read.export.wanted, fresh.export.wanted, "ShipStation is to have it on hold");
    let released = after(&read, &Event::HeldByHand { hold: false });
    assert_eq!((released.held, released.status), (false, OrderStatus::OnHold), "what it says now isn't known yet");
    let again = seen(&released);
    assert_eq!((again.status, &again.export.wanted), (OrderStatus::AwaitingShipment, &fresh.export.wanted));
}

#[test]
fn what_was_shipped_is_beyond_holding_and_a_hold_stops_a_notice() {
    let state = shipped();
    assert!(!state.may_be_held());
    assert_eq!(after(&state, &Event::HeldByHand { hold: true }), state);
    let id = state.shipments[0].id.clone();
    assert_eq!(pending(&state), [Effect::Notify(id)]);
    assert_eq!(pending(&OrderState { held: true, ..state }), []);
}

#[test]
fn an_export_that_was_refused_is_tried_again_when_somebody_asks() {
    let state = samples::state();
    assert!(!state.may_be_asked_again(None));
    let sent = state.export.wanted.clone().unwrap();
    let refused = after(&state, &Event::ExportRefused { sent: &sent, reason: "no such country" });
    assert_eq!(pending(&refused), []);
    let again = after(&refused, &Event::AskedAgain { shipment: None });
    assert_eq!((pending(&again), again.exceptions.len()), (vec![Effect::Export], 0));
}

#[test]
fn only_a_notice_that_was_surely_refused_is_sent_again() {
    let state = shipped();
    let id = state.shipments[0].id.clone();
    let parked = |kind| after(&state, &Event::NoticeParked { shipment: &id, kind, reason: &"no".into() });
    let again = |state: &OrderState| pending(&after(state, &Event::AskedAgain { shipment: Some(&id) }));
    assert_eq!(again(&parked(ExceptionKind::NoticeRefused)), [Effect::Notify(id.clone())]);
    for kind in [ExceptionKind::NoticeAmbiguous, ExceptionKind::Overshipped, ExceptionKind::SecondShipment] {
        assert_eq!(again(&parked(kind)), [], "{kind:?}: it may be there, or a person has to decide first");
    }
    let mut both = parked(ExceptionKind::NoticeRefused);
    let overshipped = parked(ExceptionKind::Overshipped).exceptions[0].clone();
    both.exceptions.push(overshipped);
    assert_eq!(again(&both), []);
}

#[test]
fn what_shipstation_has_already_is_not_refused_by_being_locked() {
    let state = samples::state();
    let sent = state.export.wanted.clone().unwrap();
    let given = after(&state, &Event::Exported { sent: &sent, warehouse_order: 77 });
    let again = after(&given, &Event::ExportRefused { sent: &sent, reason: "it is shipped and can't be updated" });
    assert_eq!(again, given, "a second worker came after the packers");
}

#[test]
fn a_label_in_spite_of_a_hold_is_a_persons_matter_until_it_is_released() {
    let held = after(&samples::state(), &Event::HeldByHand { hold: true });
    let (shipment, order) = (samples::shipment("1", &[]), samples::order());
    let seen_label =
        Event::ShipmentObserved { shipment: &shipment, before: None, order: Some(&order), others: &[], merged: &[] };
    let labelled = after(&held, &seen_label);
    assert_eq!(labelled.exceptions[0].kind, ExceptionKind::ChangedAfterShipment);
    assert_eq!(seen(&labelled).exceptions.len(), 1, "it stays while it is held");
    let released = after(&labelled, &Event::HeldByHand { hold: false });
    assert_eq!(seen(&released).exceptions, []);
}
