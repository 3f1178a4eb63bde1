//! Deadlines, advice, and what of an exception is stored.

use super::*;
use crate::samples::at;

#[test]
fn a_time_to_ship_that_is_still_to_come_hastens_every_kind() {
    let (soon, now) = (at("2026-11-21T06:00:00Z"), at("2026-11-21T00:00:00Z"));
    for kind in ExceptionKind::ALL {
        assert_eq!(deadline(kind, Some(soon), now), soon, "{kind:?}");
    }
}

#[test]
fn each_kind_has_an_advice_of_its_own_that_is_a_sentence() {
    let mut advice = ExceptionKind::ALL.map(ExceptionKind::advice).to_vec();
    assert!(advice.iter().all(|text| text.contains(' ') && text.ends_with('.')), "{advice:?}");
    advice.sort_unstable();
    advice.dedup();
    assert_eq!(advice.len(), ExceptionKind::ALL.len());
}

#[test]
fn the_others_that_an_exception_stands_for_and_its_lost_history_are_stored_and_no_zeros() {
    let now = at("2026-11-21T00:00:00Z");
    let found = Exception::found(ExceptionKind::ProofLost, None, "gone", now, now);
    let json = serde_json::to_value(&found).unwrap();
    assert!(json.get("u").is_none() && json.get("hd").is_none(), "{json}");
    let many = Exception { unlisted: 7, dropped: 3, ..found };
    let json = serde_json::to_value(&many).unwrap();
    assert_eq!(serde_json::from_value::<Exception>(json).unwrap(), many);
}
