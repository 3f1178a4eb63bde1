use super::*;
use crate::{
    AccountId, Event, Extent, MarketplaceKind, Settings, decide, decide::Setting, samples, state::NoticeState,
    status::OrderStatus,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_763_600_000 + second).unwrap()
}

fn trail(steps: &[(What, Option<usize>, i64, Option<u32>)]) -> Trail {
    let mut trail = Trail::default();
    for (what, shipment, second, took_ms) in steps {
        trail.push(*what, *shipment, at(*second), *took_ms);
    }
    trail
}

#[test]
fn a_trail_reads_back_as_it_was_written() {
    let all: Vec<_> = What::ALL
        .iter()
        .enumerate()
        .map(|(i, what)| (*what, Some(i % 12), i as i64 * 7, Some(i as u32 * 99)))
        .collect();
    let trail = trail(&all);
    let text = String::from(trail.clone());
    assert_eq!(Trail::from(text.clone()), trail, "{text}");
}

#[test]
fn the_usual_way_of_an_order_costs_less_than_a_hundred_bytes() {
    let usual = trail(&[
        (What::Unpaid, None, 0, None),
        (What::Paid, None, 1_800, None),
        (What::Exported, None, 1_860, Some(812)),
        (What::Labelled, Some(0), 88_000, None),
        (What::ProofKept, Some(0), 88_004, None),
        (What::ProofTaken, Some(0), 88_004, Some(1_400)),
        (What::Attempted, Some(0), 88_009, None),
        (What::Told, Some(0), 88_010, Some(930)),
        (What::Shown, Some(0), 88_010, Some(210)),
        (What::Shipped, None, 90_000, None),
    ]);
    let text = String::from(usual);
    assert!(text.len() < 100, "{} bytes: {text}", text.len());
}

#[test]
fn what_cant_be_read_is_left_out_and_a_long_trail_keeps_its_beginning_and_its_end() {
    assert_eq!(Trail::from("?1,a,azz!,".to_owned()), Trail::default());
    let many: Vec<_> = (0..100).map(|i| (What::Attempted, None, i, None)).collect();
    let kept = trail(&many);
    assert_eq!(kept.steps().len(), STEPS_MAX);
    assert_eq!((kept.steps()[0].at, kept.steps()[STEPS_MAX - 1].at), (at(0), at(99)));
}

#[test]
fn a_step_is_written_down_once_and_by_what_changed() {
    let mut first = samples::state();
    first.leave_trail(None, (None, None), at(0));
    assert_eq!(first.trail.steps().iter().map(|s| s.what).collect::<Vec<_>>(), [What::Paid]);
    let mut second = first.clone();
    second.export.sent = second.export.wanted.clone();
    second.leave_trail(Some(&first), (Some(250), None), at(60));
    assert_eq!(second.trail.steps()[1], Step { what: What::Exported, shipment: None, at: at(60), took_ms: Some(250) });
    let mut third = second.clone();
    third.status = OrderStatus::Cancelled;
    third.leave_trail(Some(&second), (None, None), at(90));
    third.clone().leave_trail(Some(&third), (None, None), at(99));
    assert_eq!(third.trail.steps().len(), 3);
    assert_eq!(third.trail.steps()[2].what, What::Cancelled);
}

#[test]
fn a_notice_that_was_accepted_and_shown_at_once_is_two_steps_each_with_its_own_time() {
    let (label, order) = (samples::shipment("s1", &[]), samples::order());
    let seen =
        Event::ShipmentObserved { shipment: &label, before: None, order: Some(&order), others: &[], merged: &[] };
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
    let mut before = decide(Some(&samples::state()), &seen, with, at(0)).unwrap();
    let (extent, code) = (Extent::All, "USPS".to_owned());
    let attempting = NoticeState::Attempting { lease_until: at(0), extent, code: code.clone(), tries: 1 };
    let confirmed = NoticeState::Confirmed { at: at(0), extent, code };
    before.shipments[0].notice = attempting;
    let mut after = before.clone();
    after.shipments[0].notice = confirmed;
    let steps = |mut after: OrderState, took| {
        after.trail = Trail::default();
        after.leave_trail(Some(&before), took, at(0));
        after.trail.steps().iter().map(|s| (s.what, s.took_ms)).collect::<Vec<_>>()
    };
    let at_once = steps(after.clone(), (Some(193), Some(41)));
    assert_eq!(at_once, [(What::Told, Some(193)), (What::Shown, Some(41))]);
    assert_eq!(steps(after, (Some(41), None)), [(What::Shown, Some(41))], "read back later");
}

#[test]
fn a_trail_is_kept_with_its_order_and_an_empty_one_takes_no_room() {
    let mut state = samples::state();
    assert!(state.trail.is_empty());
    assert_eq!(serde_json::to_value(&state).unwrap().get("l"), None);
    state.trail = trail(&[(What::Paid, None, 0, None)]);
    assert!(!state.trail.is_empty());
    let read: OrderState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!(read.trail, state.trail);
}
