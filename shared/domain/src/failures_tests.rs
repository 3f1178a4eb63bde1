use super::*;
use crate::{
    Event, ExceptionKind, OrderState,
    decide::{Setting, decide},
    exception::Finding,
    samples,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_763_600_000 + second).unwrap()
}

fn failed(call: Call, how: How) -> Failed<'static> {
    Failed { call, how, shipment: None, took_ms: Some(1_400) }
}

fn noted(all: &[(Call, How, Option<usize>, i64)]) -> Failures {
    let mut failures = Failures::default();
    for (call, how, shipment, second) in all {
        failures.note(failed(*call, *how), *shipment, at(*second));
    }
    failures
}

/// The state after an event that settles a failed call, if anything is to be written.
fn after(state: &OrderState, event: &Event<'_>, failed: Failed<'_>, now: Timestamp) -> Option<OrderState> {
    let (reference, account) = (samples::reference(), crate::AccountId::parse("main").unwrap());
    let settings = crate::Settings::default();
    let marketplace = crate::MarketplaceKind::AliExpress;
    let with = Setting {
        reference: &reference,
        marketplace,
        account: &account,
        settings: &settings,
        took_ms: None,
        read_back_ms: None,
        failed: None,
    };
    decide(Some(state), event, with.with_failed(failed), now)
}

#[test]
fn the_first_and_the_last_are_kept_with_how_often_it_was_and_they_read_back() {
    let mut failures = Failures::default();
    for (index, call) in Call::ALL.iter().enumerate() {
        let shipment = (index % 2 == 0).then_some(index);
        let how = How::ALL[index];
        failures.note(Failed { took_ms: shipment.map(|ms| ms as u32 * 977), ..failed(*call, how) }, shipment, at(0));
        for hour in 1..=index as i64 {
            failures.note(failed(*call, how), shipment, at(hour * 3_600));
        }
    }
    assert_eq!((failures.all()[5].first, failures.all()[5].last, failures.all()[5].count), (at(0), at(5 * 3_600), 6));
    let text = String::from(failures.clone());
    assert_eq!(Failures::from(text.clone()), failures, "{text}");
    assert_eq!(Failures::from("nt,xx1,ntzz+9,?".to_owned()), Failures::default(), "what can't be read is left out");
}

#[test]
fn the_same_failure_is_written_down_four_times_an_hour_at_most() {
    let tries: Vec<_> = (0..3_600).map(|second| (Call::Export, How::Unreachable, None, second)).collect();
    let failures = noted(&tries);
    assert_eq!((failures.all().len(), failures.all()[0].count), (1, 4));
    assert_eq!(failures.all()[0].last, at(2_700));
}

#[test]
fn however_much_fails_the_state_stays_small() {
    let mut all = Vec::new();
    for round in 0..50 {
        for call in Call::ALL {
            for how in How::ALL {
                all.push((*call, *how, Some(40 + round), (round * 100_000) as i64));
            }
        }
    }
    let failures = noted(&all);
    let text = String::from(failures.clone());
    assert_eq!(failures.all().len(), KEPT_MAX);
    assert!(text.len() < 300, "{} bytes: {text}", text.len());
    assert!(failures.all().iter().all(|f| f.last == at(49 * 100_000)), "the newest stay");
}

#[test]
fn a_failed_call_alone_is_written_down_once_and_leaves_the_age_of_the_work_as_it_was() {
    let state = samples::state();
    let unreachable = failed(Call::Export, How::Unreachable);
    let first = after(&state, &Event::CallFailed, unreachable, at(0)).unwrap();
    assert_eq!((first.version, first.changed_at), (state.version + 1, state.changed_at));
    assert_eq!((first.failures.all().len(), first.trail.steps().len()), (1, state.trail.steps().len()));
    assert_eq!(after(&first, &Event::CallFailed, unreachable, at(60)), None, "no write for the same a minute later");
    assert!(after(&first, &Event::CallFailed, failed(Call::Export, How::Throttled), at(60)).is_some());
    assert_eq!(crate::pending(&first), crate::pending(&state));
}

#[test]
fn a_failure_that_an_event_settles_costs_no_write_of_its_own_and_renews_no_age() {
    let mut state = samples::state();
    let parcel = samples::shipment("s1", &[("1", "2")]);
    let seen = Event::ShipmentObserved { shipment: &parcel, before: None, order: None, others: &[], merged: &[] };
    let read = failed(Call::Read, How::Refused);
    state = after(&state, &seen, read, at(0)).unwrap();
    let reason = Finding::from("no");
    let blocked = Event::NoticeBlocked { shipment: &parcel.id, kind: ExceptionKind::NoticeRefused, reason: &reason };
    let refused = Failed { shipment: Some(&parcel.id), ..read };
    let both = after(&state, &blocked, refused, at(60)).unwrap();
    assert_eq!((both.exceptions.len(), both.failures.all().len(), both.version), (1, 2, state.version + 1));
    assert_eq!(both.failures.all()[1].shipment, Some(0));
    // Blocked already: only the failure is new, an hour later.
    let again = after(&both, &blocked, refused, at(3_660)).unwrap();
    assert_eq!((again.changed_at, again.failures.all()[1].count), (both.changed_at, 2));
}

#[test]
fn an_order_without_failures_is_not_a_byte_longer() {
    let json = serde_json::to_value(samples::state()).unwrap();
    assert!(json.get("c").is_none(), "{json}");
}

#[test]
fn an_order_that_is_stored_keeps_its_failures() {
    let state = after(&samples::state(), &Event::CallFailed, failed(Call::Export, How::Refused), at(0)).unwrap();
    let json = serde_json::to_value(&state).unwrap();
    let read: OrderState = serde_json::from_value(json).unwrap();
    assert_eq!((read.failures.all().len(), read.failures), (1, state.failures));
}

#[test]
fn a_failure_that_was_seen_once_is_stored_without_a_count() {
    let (once, twice) = ((Call::Export, How::Refused, None, 0), (Call::Export, How::Refused, None, 3_600));
    assert!(!String::from(noted(&[once])).contains('+'));
    assert!(String::from(noted(&[once, twice])).contains('+'));
}
