use super::*;
use crate::{samples, status::OrderStatus};

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
        (What::Shown, Some(0), 88_010, Some(930)),
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
    first.leave_trail(None, None, at(0));
    assert_eq!(first.trail.steps().iter().map(|s| s.what).collect::<Vec<_>>(), [What::Paid]);
    let mut second = first.clone();
    second.export.sent = second.export.wanted.clone();
    second.leave_trail(Some(&first), Some(250), at(60));
    assert_eq!(second.trail.steps()[1], Step { what: What::Exported, shipment: None, at: at(60), took_ms: Some(250) });
    let mut third = second.clone();
    third.status = OrderStatus::Cancelled;
    third.leave_trail(Some(&second), None, at(90));
    third.clone().leave_trail(Some(&third), None, at(99));
    assert_eq!(third.trail.steps().len(), 3);
    assert_eq!(third.trail.steps()[2].what, What::Cancelled);
}
