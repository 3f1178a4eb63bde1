use super::*;
use crate::{
    Event, MarketplaceKind, Order, Settings, Shipment, Standing, decide, decide::Setting, samples, samples::at,
    state::Proof,
};

const NOW: &str = "2026-11-21T12:00:00Z";

fn after(state: Option<&OrderState>, event: &Event<'_>) -> OrderState {
    let (reference, settings) = (samples::reference(), Settings::default());
    let account = crate::AccountId::parse("main").unwrap();
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
    decide(state, event, with, at(NOW)).unwrap_or_else(|| state.unwrap().clone())
}

fn in_warehouse() -> OrderState {
    let state = after(None, &Event::OrderObserved(&samples::order()));
    let sent = state.export.wanted.clone().unwrap();
    after(Some(&state), &Event::Exported { sent: &sent, warehouse_order: 77 })
}

fn cancelled() -> OrderState {
    let standing =
        Standing { status: "FINISH".into(), end_reason: Some("buyer_cancel_order".into()), ..Standing::default() };
    let order = Order { standing, modified_at: at(NOW), ..samples::order() };
    let state = after(Some(&in_warehouse()), &Event::OrderObserved(&order));
    assert_eq!(state.status, OrderStatus::Cancelled);
    let sent = state.export.wanted.clone().unwrap();
    after(Some(&state), &Event::Exported { sent: &sent, warehouse_order: 77 })
}

fn shipped(notice: NoticeState) -> (OrderState, Shipment) {
    let (parcel, order) = (samples::shipment("s1", &[]), samples::order());
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    let mut state = after(Some(&in_warehouse()), &seen);
    state.shipments[0].notice = notice;
    (state, parcel)
}

fn confirmed(at_time: &str) -> NoticeState {
    NoticeState::Confirmed { at: at(at_time), extent: Extent::All, code: "USPS".into() }
}

#[test]
fn an_order_that_nobody_knows_is_asked_for_and_one_that_waits_is_right() {
    assert_eq!(offered(None), Remedy::ReadAgain);
    assert!(waits_there(&in_warehouse()));
    assert_eq!(offered(Some(&in_warehouse())), Remedy::Agree);
}

#[test]
fn a_cancelled_order_that_is_offered_is_given_again_twice_and_then_a_persons_matter() {
    let mut state = cancelled();
    for n in 0..GIVEN_AGAIN_MAX {
        state.export.given_again = n;
        assert_eq!(offered(Some(&state)), Remedy::GiveAgain);
    }
    state.export.given_again = GIVEN_AGAIN_MAX;
    let open = |remedy| matches!(remedy, Remedy::Open(ExceptionKind::StillShippable, _));
    assert!(open(offered(Some(&state))));
    let refused =
        OrderState { export: crate::state::Export { given_again: 0, ..state.export.clone() }, ..state.clone() };
    let mut refused = refused;
    refused.export.refused = refused.export.wanted.clone();
    assert!(open(offered(Some(&refused))));
    let mut on_its_way = state;
    on_its_way.export.sent = Some(String::new());
    assert_eq!(offered(Some(&on_its_way)), Remedy::Wait);
}

#[test]
fn a_held_or_unpaid_order_that_is_offered_is_given_again_twice_and_then_a_persons_matter() {
    let of_status = |word: &str| {
        let standing = Standing { status: word.into(), ..Standing::default() };
        let order = Order { standing, modified_at: at(NOW), ..samples::order() };
        let state = after(Some(&in_warehouse()), &Event::OrderObserved(&order));
        assert_eq!(offered(Some(&state)), Remedy::Wait, "{word}: it is on its way there");
        let sent = state.export.wanted.clone().unwrap();
        after(Some(&state), &Event::Exported { sent: &sent, warehouse_order: 77 })
    };
    let by_hand = || {
        let held = after(Some(&in_warehouse()), &Event::HeldByHand { hold: true });
        let read = Order { modified_at: at(NOW), ..samples::order() };
        let state = after(Some(&held), &Event::OrderObserved(&read));
        let sent = state.export.wanted.clone().unwrap();
        after(Some(&state), &Event::Exported { sent: &sent, warehouse_order: 77 })
    };
    let words = ["RISK_CONTROL", "IN_CANCEL", "IN_FROZEN", "PLACE_ORDER_SUCCESS"];
    for mut state in words.map(of_status).into_iter().chain([by_hand()]) {
        for n in 0..GIVEN_AGAIN_MAX {
            state.export.given_again = n;
            assert_eq!(offered(Some(&state)), Remedy::GiveAgain, "{}", state.word);
        }
        state.export.given_again = GIVEN_AGAIN_MAX;
        assert!(matches!(offered(Some(&state)), Remedy::Open(ExceptionKind::StillShippable, _)), "{}", state.word);
    }
}

#[test]
fn an_order_that_should_wait_and_does_not_is_missing_shipped_or_held_by_people() {
    let state = in_warehouse();
    let missing = |remedy| matches!(remedy, Remedy::Open(ExceptionKind::MissingInWarehouse, _));
    assert!(missing(shown(&state, None)) && missing(shown(&state, Some("cancelled"))));
    assert_eq!(shown(&state, Some("shipped")), Remedy::Wait);
    assert_eq!(shown(&state, Some("on_hold")), Remedy::Agree);
    assert_eq!(shown(&state, Some("awaiting_shipment")), Remedy::Agree);
    assert_eq!(shown(&shipped(NoticeState::Wanted).0, None), Remedy::Agree, "its parcel is known: it need not wait");
    assert_eq!(shown(&cancelled(), Some("cancelled")), Remedy::Agree);
    assert_eq!(shown(&cancelled(), Some("awaiting_shipment")), Remedy::GiveAgain);
}

#[test]
fn a_label_that_is_not_recorded_or_voided_meanwhile_is_read_again_when_the_sweeps_had_their_time() {
    let (state, parcel) = shipped(NoticeState::Wanted);
    let other = ShipmentId::parse("s2").unwrap();
    let made = |text: &str| at(text);
    assert_eq!(labelled(&state, &other, false, made("2026-11-21T11:00:00Z"), at(NOW)), Remedy::SweepAgain);
    assert_eq!(labelled(&state, &other, false, made("2026-11-21T11:45:00Z"), at(NOW)), Remedy::Wait);
    assert_eq!(labelled(&state, &parcel.id, false, parcel.created_at, at(NOW)), Remedy::Agree);
    assert_eq!(labelled(&state, &parcel.id, true, parcel.created_at, at(NOW)), Remedy::SweepAgain);
    let attempting =
        NoticeState::Attempting { lease_until: at(NOW), extent: Extent::All, code: "USPS".into(), tries: 1 };
    assert_eq!(labelled(&shipped(attempting).0, &parcel.id, true, parcel.created_at, at(NOW)), Remedy::Wait);
}

#[test]
fn a_confirmed_notice_is_doubted_when_the_marketplace_calls_the_order_unshipped_for_hours() {
    let of = |notice| {
        let (state, parcel) = shipped(notice);
        labelled(&state, &parcel.id, false, parcel.created_at, at(NOW))
    };
    assert_eq!(of(confirmed("2026-11-21T05:00:00Z")), Remedy::ReadBack);
    assert_eq!(of(confirmed("2026-11-21T08:00:00Z")), Remedy::Agree);
    let part = NoticeState::Confirmed { at: at("2026-11-20T00:00:00Z"), extent: Extent::Part, code: String::new() };
    assert_eq!(of(part), Remedy::Agree);
    let (mut state, parcel) = shipped(confirmed("2026-11-21T05:00:00Z"));
    state.status = OrderStatus::Shipped;
    assert_eq!(labelled(&state, &parcel.id, false, parcel.created_at, at(NOW)), Remedy::Agree);
}

#[test]
fn a_proof_that_is_gone_is_drawn_again_only_while_nobody_was_told_and_a_wrong_one_never() {
    let digest = Digest::of_bytes(b"png");
    let with_proof = |notice| {
        let (mut state, parcel) = shipped(notice);
        state.shipments[0].proof = Some(Proof { digest, stored_at: at(NOW), reference: None });
        (state, parcel.id)
    };
    let (state, id) = with_proof(NoticeState::Wanted);
    assert_eq!(proved(&state, &id, Some(digest)), Remedy::Agree);
    assert_eq!(proved(&state, &id, None), Remedy::DrawAgain);
    let lost = |remedy| matches!(remedy, Remedy::Open(ExceptionKind::ProofLost, _));
    assert!(lost(proved(&state, &id, Some(Digest::of_bytes(b"other")))));
    let (state, id) = with_proof(confirmed(NOW));
    assert!(lost(proved(&state, &id, None)));
    assert_eq!(proved(&shipped(NoticeState::Wanted).0, &id, None), Remedy::Wait);
}

#[test]
fn proofs_are_looked_at_in_turn_once_they_are_no_longer_new_and_until_the_bucket_may_let_them_go() {
    let (mut state, parcel) = shipped(confirmed(NOW));
    let (now, hour) = (at(NOW), SignedDuration::from_hours(1));
    assert_eq!(proofs_in_turn(&state, now), [], "there is none");
    let proof = Proof { digest: Digest::of_bytes(b"png"), stored_at: now - hour * 26, reference: None };
    (state.shipments[0].proof, state.shipments[0].revision) = (Some(proof), 2);
    let in_turn = |state: &OrderState, hours: i32| proofs_in_turn(state, now + hour * hours);
    assert_eq!(in_turn(&state, 0), [(parcel.id.clone(), 2)]);
    assert_eq!((in_turn(&state, -1), in_turn(&state, 90 * 24 - 26)), (vec![], vec![]));
    assert_eq!(in_turn(&state, 90 * 24 - 27).len(), 1);
    state.shipments[0].voided = true;
    assert_eq!(in_turn(&state, 0), []);
}

#[test]
fn a_shipment_of_nobody_has_found_its_order_once_one_of_the_candidates_has_it() {
    let (state, parcel) = shipped(NoticeState::Wanted);
    assert!(found_its_order(&parcel.id, [&in_warehouse(), &state]));
    assert!(!found_its_order(&parcel.id, [&in_warehouse()]) && !found_its_order(&parcel.id, []));
}

#[test]
fn what_is_pending_for_hours_without_an_exception_is_stuck() {
    let mut state = after(None, &Event::OrderObserved(&samples::order()));
    let is_stuck = |state: &OrderState, now: &str| matches!(stuck(state, at(now)), Remedy::Open(..));
    assert!(!is_stuck(&state, "2026-11-21T19:00:00Z") && is_stuck(&state, "2026-11-21T21:00:00Z"));
    crate::exception::raise(&mut state.exceptions, ExceptionKind::ExportRefused, None, "", None, at(NOW));
    assert!(!is_stuck(&state, "2026-11-21T21:00:00Z"), "a person knows of it");
    assert!(!is_stuck(&in_warehouse(), "2026-11-25T21:00:00Z"), "nothing is pending");
}

#[test]
fn a_cursor_is_pushed_first_and_a_persons_matter_later() {
    let of = |cursor: &str| moved("poll/ae", Some(at(cursor)), at(cursor), at(NOW));
    assert_eq!(of("2026-11-21T11:55:00Z"), Remedy::Agree);
    assert_eq!(of("2026-11-21T10:00:00Z"), Remedy::ReadAgain);
    assert!(matches!(of("2026-11-21T08:00:00Z"), Remedy::Open(ExceptionKind::CursorStands, _)));
}

#[test]
fn each_unfinished_order_stands_at_one_stage() {
    assert_eq!(Stage::of(&after(None, &Event::OrderObserved(&samples::order()))), Stage::ToExport);
    assert_eq!(Stage::of(&in_warehouse()), Stage::ToShip);
    assert_eq!(Stage::of(&shipped(NoticeState::Wanted).0), Stage::ToProve);
    let words: std::collections::BTreeSet<_> = Stage::ALL.iter().map(|s| s.word()).collect();
    assert_eq!(words.len(), Stage::ALL.len());
    for stage in Stage::ALL {
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.word());
    }
}

/// Its one parcel has a proof.
fn proved_and(notice: NoticeState) -> OrderState {
    let mut state = shipped(notice).0;
    state.shipments[0].proof = Some(Proof { digest: Digest::of_bytes(b"png"), stored_at: at(NOW), reference: None });
    state
}

#[test]
fn an_order_with_a_label_stands_where_its_parcel_does_and_a_voided_one_does_not_count() {
    let (now, code) = (at(NOW), "USPS".to_owned());
    let part = NoticeState::Confirmed { at: now, extent: Extent::Part, code: code.clone() };
    assert_eq!(Stage::of(&proved_and(NoticeState::Wanted)), Stage::ToNotify);
    assert_eq!(Stage::of(&proved_and(NoticeState::Sent { at: now, extent: Extent::All, code })), Stage::ToConfirm);
    let mut state = proved_and(part);
    assert_eq!(Stage::of(&state), Stage::PartlyShipped);
    state.shipments[0].voided = true;
    assert_eq!(Stage::of(&state), Stage::ToShip, "a voided label ships nothing");
}

#[test]
fn an_order_that_is_not_to_be_packed_is_held_and_one_with_an_exception_a_persons() {
    let mut state = in_warehouse();
    for status in [OrderStatus::OnHold, OrderStatus::AwaitingPayment] {
        state.status = status;
        assert_eq!(Stage::of(&state), Stage::Held, "{status:?}");
    }
    crate::exception::raise(&mut state.exceptions, ExceptionKind::StillShippable, None, "", None, at(NOW));
    assert_eq!(Stage::of(&state), Stage::NeedsPerson);
}

#[test]
fn an_order_waits_there_only_when_shipstation_was_given_what_is_wanted() {
    let given = in_warehouse();
    let mut changed = given.clone();
    changed.export.sent = Some("of before".into());
    assert!(!waits_there(&changed), "what is to be packed is still on its way there");
    let mut nothing = given.clone();
    (nothing.export.sent, nothing.export.wanted) = (None, None);
    assert!(!waits_there(&nothing), "it is to have nothing");
    let mut nowhere = given.clone();
    nowhere.export.warehouse_order = None;
    let held = OrderState { status: OrderStatus::OnHold, ..given };
    assert!(!waits_there(&nowhere) && !waits_there(&held));
}

#[test]
fn a_cancelled_order_that_is_offered_is_given_again_after_its_label_was_voided_and_not_before() {
    let mut state = shipped(NoticeState::NotWanted).0;
    state.status = OrderStatus::Cancelled;
    assert_eq!(offered(Some(&state)), Remedy::Wait, "what is packed is locked there");
    state.shipments[0].voided = true;
    assert_eq!(offered(Some(&state)), Remedy::GiveAgain);
}

#[test]
fn a_label_that_was_voided_after_its_notice_is_not_read_back() {
    let (mut state, parcel) = shipped(confirmed("2026-11-21T05:00:00Z"));
    state.shipments[0].voided = true;
    assert_eq!(labelled(&state, &parcel.id, true, parcel.created_at, at(NOW)), Remedy::Agree);
    assert_eq!(labelled(&state, &parcel.id, false, parcel.created_at, at(NOW)), Remedy::Wait, "an old list");
}
