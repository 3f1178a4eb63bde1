//! However much people write and however much goes wrong: an order's state stays small.

use super::*;
use crate::{
    Event, MarketplaceKind, Settings,
    decide::{Compared, Setting, decide},
    exception::{OPEN_MAX, raise},
    samples,
    samples::at,
};

const KIND: ExceptionKind = ExceptionKind::ProofLost;

fn id(n: usize) -> ShipmentId {
    ShipmentId::parse(format!("s{n}")).unwrap()
}

fn on(state: Option<OrderState>, event: &Event<'_>) -> OrderState {
    let (reference, account) = (samples::reference(), crate::AccountId::parse("main").unwrap());
    let settings = Settings::default();
    let with = Setting {
        reference: &reference,
        marketplace: MarketplaceKind::AliExpress,
        account: &account,
        settings: &settings,
        took_ms: None,
        read_back_ms: None,
        failed: None,
    };
    decide(state.as_ref(), event, with, at("2026-11-21T12:00:00Z")).or(state).unwrap()
}

fn found(state: OrderState, n: usize, what: &str) -> OrderState {
    on(Some(state), &Event::Compared(Compared::Found { kind: KIND, shipment: Some(&id(n)), what: &what.into() }))
}

fn bytes(state: &OrderState) -> usize {
    serde_json::to_vec(state).unwrap().len()
}

#[test]
fn words_in_any_script_are_bounded_in_bytes_and_cut_between_characters() {
    let mut state = on(None, &Event::OrderObserved(&samples::order()));
    let before = bytes(&state);
    let long = "订单的地址不完整".repeat(100);
    for n in 0..10 {
        state = found(state, n, &long);
        let kim = "金".repeat(100);
        let hand = |act| Event::ByHand(ByHand { kind: KIND, shipment: None, by: "kim", act });
        for _ in 0..12 {
            let shipment = id(n);
            let Event::ByHand(hand) = hand(Act::Comment { text: &long }) else { unreachable!() };
            state = on(Some(state), &Event::ByHand(ByHand { shipment: Some(&shipment), by: &kim, ..hand }));
        }
        let open = state.exceptions.last().unwrap();
        assert!(open.detail.len() <= 200 && open.detail.starts_with('订'), "{open:?}");
        assert!(open.history.len() < HISTORY_MAX && !open.history.is_empty());
        assert_eq!(open.dropped as usize + open.history.len(), 12, "what is no longer kept is counted");
        let act = Act::Resolve { reason: &long };
        let shipment = id(n);
        state = on(Some(state), &Event::ByHand(ByHand { kind: KIND, shipment: Some(&shipment), by: &kim, act }));
    }
    assert_eq!((state.exceptions.len(), state.closed.len()), (0, RESOLVED_MAX));
    assert!(bytes(&state) - before < 6_000, "{}", bytes(&state) - before);
    let newest = state.closed.last().unwrap();
    assert_eq!(newest.history.last().unwrap().what, What::Resolved, "how it ended can be read");
    assert!(state.closed[0].history.is_empty() && state.closed[0].is_resolved() && state.closed[0].dropped > 10);
}

#[test]
fn an_order_with_very_many_exceptions_keeps_fifty_and_counts_the_rest_and_none_of_that_goes_silently() {
    let mut state = on(None, &Event::OrderObserved(&samples::order()));
    for n in 0..OPEN_MAX + 7 {
        state = found(state, n, "the proof isn't where it was stored");
    }
    assert_eq!((state.exceptions.len(), state.exceptions.last().unwrap().unlisted), (OPEN_MAX, 7));
    assert!(bytes(&state) < 20_000, "{}", bytes(&state));
    for n in 0..OPEN_MAX + 7 {
        let gone = Compared::Gone { kind: KIND, shipment: Some(&id(n)) };
        state = on(Some(state), &Event::Compared(gone));
    }
    let left: Vec<_> = state.exceptions.iter().map(|e| (e.shipment.clone(), e.unlisted)).collect();
    assert_eq!(left, [(Some(id(OPEN_MAX - 1)), 7)], "the one that stands for the others waits for a person");
    let shipment = id(OPEN_MAX - 1);
    let act = Act::Resolve { reason: "all are there" };
    state = on(Some(state), &Event::ByHand(ByHand { kind: KIND, shipment: Some(&shipment), by: "kim", act }));
    assert!(state.exceptions.is_empty());
}

#[test]
fn what_finds_no_place_is_counted_with_its_own_kind_when_there_is_one() {
    let now = at("2026-11-21T12:00:00Z");
    let mut open = Vec::new();
    raise(&mut open, ExceptionKind::Overshipped, Some(&id(0)), "", None, now);
    for n in 1..OPEN_MAX {
        raise(&mut open, KIND, Some(&id(n)), "", None, now);
    }
    raise(&mut open, ExceptionKind::Overshipped, Some(&id(99)), "", None, now);
    raise(&mut open, ExceptionKind::NoShipTo, None, "", None, now);
    raise(&mut open, KIND, Some(&id(1)), "again", None, now);
    assert_eq!((open.len(), open[0].unlisted, open[OPEN_MAX - 1].unlisted, open[1].count), (OPEN_MAX, 1, 1, 2));
}
