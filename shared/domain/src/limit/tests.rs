use super::*;
use std::time::Duration;

const T: i64 = 1_763_600_000_000;

/// When the first call may leave, and how many slots there are.
fn go(answer: Answer) -> Option<(i64, u32)> {
    match answer {
        Answer::Go { first_ms, slots, .. } => Some((first_ms, slots)),
        _ => None,
    }
}

/// Asks for one call, by somebody who would sleep for three seconds.
fn take(book: &mut Book, pacing: Pacing, class: CallClass, now_ms: i64) -> Answer {
    let (after, answer) = book.ask(pacing, None, Ask::one(class, now_ms + NAP_MS_MAX), now_ms);
    *book = after;
    answer
}

/// By somebody who has been sleeping for it.
fn take_at_last(book: &mut Book, pacing: Pacing, class: CallClass, now_ms: i64) -> Answer {
    let (after, answer) = book.ask(pacing, None, Ask::one(class, now_ms), now_ms);
    *book = after;
    answer
}

#[test]
fn a_minute_of_any_alignment_holds_no_more_calls_than_allowed_though_some_travel_faster() {
    for calls in [1_u32, 7, 40, 100, 200, 600] {
        let interval_ms = Pacing::per_minute(calls).interval_ms;
        // So many and one more are further apart than a minute and the jitter.
        assert!(interval_ms * i64::from(calls) >= 60_800, "{calls}");
        // And nearly all of them are used.
        assert!(60_000.0 / interval_ms as f64 >= 0.97 * f64::from(calls), "{calls}");
    }
}

#[test]
fn calls_keep_their_distance_and_who_comes_a_little_late_moves_nobody() {
    let (mut book, pacing) = (Book::default(), Pacing::per_minute(40));
    let ask = |book: &mut Book, now_ms| take(book, pacing, CallClass::Notice, now_ms);
    assert_eq!(go(ask(&mut book, T)), Some((T, 1)));
    let slot_ms = T + 1_520;
    let napped = |answer| matches!(answer, Answer::Nap { until_ms } if (slot_ms..slot_ms + 40).contains(&until_ms));
    assert!(napped(ask(&mut book, T)) && napped(ask(&mut book, T + 1_519)));
    assert_eq!(go(ask(&mut book, T + 1_600)), Some((T + 1_520, 1)));
    assert!(go(ask(&mut book, T + 1_600)).is_none());
    // What nobody wanted in time is gone: calls never come nearer to make up for it.
    assert_eq!(go(ask(&mut book, T + 3_200)), Some((T + 3_200, 1)));
    assert!(go(ask(&mut book, T + 4_719)).is_none());
}

#[test]
fn whoever_would_sleep_too_long_comes_back_at_a_time_of_its_own() {
    let (blocked, pacing) = (Book::default().blocked_until(T + 60_000), Pacing::per_minute(40));
    let (mut book, mut backs) = (blocked, Vec::new());
    for _ in 0..200 {
        match take(&mut book, pacing, CallClass::Import, T) {
            Answer::Wait { until_ms } => backs.push(until_ms - T),
            other => panic!("{other:?}"),
        }
    }
    assert!(backs.windows(2).all(|two| two[1] - two[0] == 506), "{backs:?}");
    assert_eq!(backs[0], 58_500);
    // Nobody is sent further than a queue can delay.
    for _ in 0..5_000 {
        take(&mut book, pacing, CallClass::Import, T);
    }
    assert_eq!(take(&mut book, pacing, CallClass::Import, T), Answer::Wait { until_ms: T + 900_000 });
}

#[test]
fn who_has_read_much_for_a_call_may_sleep_longer_for_it() {
    assert_eq!([0, 1, 10, 100].map(nap_ms_max), [3_000, 3_190, 4_900, 12_000]);
}

#[test]
fn a_slot_is_left_to_the_heaviest_class_that_is_here_and_to_nobody_who_does_not_come() {
    let pacing = Pacing::per_minute(40);
    let mut book = Book::default();
    // All classes have called of late: each may want the next slot.
    let mut slot_ms = T;
    for class in [CallClass::Notice, CallClass::Import, CallClass::Sweep] {
        assert!(go(take(&mut book, pacing, class, slot_ms)).is_some());
        slot_ms += 1_520;
    }
    // All sleep until the next slot; the lighter a class, the later it wakes up.
    for class in [CallClass::Sweep, CallClass::Import, CallClass::Notice] {
        let until_ms = slot_ms + 20 * class.index() as i64 + (slot_ms - 500).rem_euclid(40);
        assert_eq!(take(&mut book, pacing, class, slot_ms - 500), Answer::Nap { until_ms });
    }
    // The import is first, and leaves it to the notice.
    let left_until_ms = slot_ms + (slot_ms - 500).rem_euclid(40) + 120;
    assert_eq!(take(&mut book, pacing, CallClass::Import, slot_ms), Answer::Nap { until_ms: left_until_ms });
    assert!(go(take(&mut book.clone(), pacing, CallClass::Notice, slot_ms + 50)).is_some());
    // It doesn't come: the import's.
    assert!(go(take_at_last(&mut book.clone(), pacing, CallClass::Import, left_until_ms)).is_some());
    // Nor does that one: the sweep's.
    assert!(go(take_at_last(&mut book, pacing, CallClass::Sweep, left_until_ms + 140)).is_some());
}

#[test]
fn to_sleep_for_a_slot_costs_no_write_where_nobody_else_wants_it() {
    let pacing = Pacing::per_minute(40);
    let (book, _) = Book::default().ask(pacing, None, Ask::one(CallClass::Notice, T), T);
    let again = Ask::one(CallClass::Notice, T + NAP_MS_MAX);
    assert!(matches!(book.ask(pacing, None, again, T + 1), (same, Answer::Nap { .. }) if same == book));
    // A sweep called: it may come again.
    let (book, _) = book.ask(pacing, None, Ask::one(CallClass::Sweep, T), T + 1_520);
    let later = Ask::one(CallClass::Notice, T + 1_600 + NAP_MS_MAX);
    assert!(matches!(book.ask(pacing, None, later, T + 1_600), (after, Answer::Nap { .. }) if after != book));
}

#[test]
fn no_class_starves_however_many_go_before_it() {
    let pacing = Pacing::per_minute(40);
    let (mut book, mut sweeps) = (Book::default(), Vec::new());
    // A notice is always here, and a sweep asks ten times a second; now and then it is sent away.
    for tenth in 0..12_000_i64 {
        let now_ms = T + tenth * 100;
        let told = if tenth % 30 == 0 { take_at_last } else { take }(&mut book, pacing, CallClass::Sweep, now_ms);
        if go(told).is_some() {
            sweeps.push(now_ms);
        }
        take(&mut book, pacing, CallClass::Notice, now_ms);
    }
    let gaps: Vec<i64> = sweeps.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(gaps.len() >= 15 && gaps.iter().all(|gap| (60_000..70_000).contains(gap)), "{gaps:?}");
}

#[test]
fn where_slots_are_near_to_each_other_no_class_starves_either() {
    let (pacing, mut book, mut imports) = (Pacing::every_ms(50), Book::default(), Vec::new());
    // More notices than slots, and an import that wakes up when it was told to.
    let mut wake_ms = T;
    for step in 0..12_000 {
        let now_ms = T + step * 10;
        for _ in 0..2 {
            take(&mut book, pacing, CallClass::Notice, now_ms);
        }
        if now_ms >= wake_ms {
            match take(&mut book, pacing, CallClass::Import, now_ms) {
                Answer::Nap { until_ms } | Answer::Wait { until_ms } => wake_ms = until_ms,
                _ => imports.push(now_ms),
            }
        }
    }
    let gaps: Vec<i64> = imports.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(gaps.len() >= 2 && gaps.iter().all(|gap| *gap < 36_000), "{gaps:?}");
}

#[test]
fn a_block_is_a_seconds_worth_at_most_and_its_slots_are_nobody_elses() {
    let pacing = Pacing::every_ms(50);
    let ask = Ask { calls: 500, ..Ask::one(CallClass::Notice, T) };
    let (book, first) = Book::default().ask(pacing, None, ask, T);
    assert_eq!(go(first), Some((T, 20)));
    let (book, second) = book.ask(pacing, None, ask, T);
    assert_eq!(go(second), Some((T + 1_000, 20)));
    assert!(go(book.ask(pacing, None, ask, T + 999).1).is_none());
    assert_eq!(go(book.ask(pacing, None, ask, T + 1_000).1), Some((T + 2_000, 20)));
}

#[test]
fn where_slots_are_near_to_each_other_a_long_line_is_open_to_notices_alone() {
    let pacing = Pacing::every_ms(50);
    // Twelve slots are taken: 600 ms.
    let (book, _) = Book::default().ask(pacing, None, Ask { calls: 12, ..Ask::one(CallClass::Sweep, T) }, T);
    let told = |class, now_ms| book.ask(pacing, None, Ask::one(class, now_ms + NAP_MS_MAX), now_ms).1;
    assert_eq!(go(told(CallClass::Notice, T)), Some((T + 600, 1)));
    assert!(matches!(told(CallClass::Import, T), Answer::Nap { until_ms } if until_ms >= T + 100));
    assert_eq!(go(told(CallClass::Import, T + 100)), Some((T + 600, 1)));
    assert!(go(told(CallClass::Sweep, T + 349)).is_none());
    assert_eq!(go(told(CallClass::Sweep, T + 350)), Some((T + 600, 1)));
    // Nor does it cost a write to wait.
    let (same, _) = book.ask(pacing, None, Ask::one(CallClass::Sweep, T + NAP_MS_MAX), T);
    assert_eq!(same, book);
}

#[test]
fn a_ban_is_one_apis_and_is_forgotten_when_it_is_over() {
    let book = Book::default().banned("list", T + 5_000, T).banned("list", T + 1_000, T).banned("get", T + 9_000, T);
    assert_eq!(book.bans(T).collect::<Vec<_>>(), [("get", T + 9_000), ("list", T + 5_000)]);
    assert_eq!(book.bans(T + 5_000).collect::<Vec<_>>(), [("get", T + 9_000)]);
    // More than can be kept: the account rests.
    let many = (0..17).fold(Book::default(), |book, n| book.banned(&format!("api{n}"), T + 4_000, T));
    assert_eq!((many.bans(T).count(), many.next_ms()), (16, T + 4_000));
    assert!(is_of_the_day(Duration::from_secs(3_600)) && !is_of_the_day(Duration::from_secs(60)));
}

#[test]
fn the_day_begins_at_midnight_in_beijing() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!(midnight_in_beijing(at("2026-11-21T15:59:59Z")), at("2026-11-21T16:00:00Z"));
    assert_eq!(midnight_in_beijing(at("2026-11-21T16:00:00Z")), at("2026-11-22T16:00:00Z"));
    assert_eq!(beijing_day(at("2026-11-21T16:00:00Z")), beijing_day(at("2026-11-21T15:59:59Z")) + 1);
}

#[test]
fn imports_leave_a_reserve_to_notices_and_sweeps_one_to_imports() {
    let quota = Quota { daily: 5_000, reserve_percent: 10 };
    assert_eq!(CallClass::ALL.map(|class| quota.ceiling(class)), [4_000, 3_500, 3_000]);
    let greedy = Quota { daily: 5_000, reserve_percent: 60 };
    assert_eq!(CallClass::ALL.map(|class| greedy.ceiling(class)), [4_000, 1_000, 0]);
}

/// Calls until there are no more; returns how many calls were made.
fn spend_the_day(book: &mut Book, quota: &Quota, class: CallClass, now_ms: i64) -> u32 {
    let (mut now_ms, mut calls_made) = (now_ms, 0);
    loop {
        let ask = Ask { calls: 7, ..Ask::one(class, now_ms + NAP_MS_MAX) };
        let (after, answer) = book.ask(Pacing::every_ms(50), Some(quota), ask, now_ms);
        *book = after;
        match answer {
            Answer::Go { calls, .. } => calls_made += calls,
            Answer::Wait { until_ms } if until_ms >= midnight_in_beijing(now_ms) => return calls_made,
            Answer::Wait { until_ms } | Answer::Nap { until_ms } => now_ms = until_ms,
        }
    }
}

#[test]
fn every_class_stops_at_its_own_ceiling_and_goes_on_after_midnight() {
    let quota = Quota { daily: 5_000, reserve_percent: 10 };
    let mut book = Book::default();
    let begun_ms = midnight_in_beijing(T);
    assert_eq!(spend_the_day(&mut book, &quota, CallClass::Sweep, begun_ms), 3_000);
    assert_eq!(spend_the_day(&mut book, &quota, CallClass::Import, begun_ms), 500);
    assert_eq!(spend_the_day(&mut book, &quota, CallClass::Notice, begun_ms), 500);
    assert_eq!(spend_the_day(&mut book, &quota, CallClass::Notice, begun_ms), 0);
    let tomorrow_ms = midnight_in_beijing(begun_ms);
    assert_eq!(spend_the_day(&mut book, &quota, CallClass::Sweep, tomorrow_ms), 3_000);
}

#[test]
fn what_notices_took_beyond_the_ceiling_of_imports_leaves_imports_nothing() {
    let quota = Quota { daily: 5_000, reserve_percent: 10 };
    let (mut book, pacing) = (Book::default(), Pacing::every_ms(50));
    let begun_ms = midnight_in_beijing(T);
    spend_the_day(&mut book, &quota, CallClass::Import, begun_ms);
    let now_ms = begun_ms + 3_600_000;
    let ask = |book: &Book, class| book.ask(pacing, Some(&quota), Ask::one(class, now_ms), now_ms);
    assert_eq!(ask(&book, CallClass::Import).1, Answer::Wait { until_ms: midnight_in_beijing(now_ms) });
    let (after, answer) = ask(&book, CallClass::Notice);
    assert!(go(answer).is_some());
    assert_eq!(after.used_on(beijing_day(now_ms)), 3_501);
}

#[test]
fn the_last_calls_of_a_day_are_as_many_as_are_left_of_it() {
    let quota = Quota { daily: 10, reserve_percent: 0 };
    let now_ms = midnight_in_beijing(T);
    let many = Ask { calls: 20, ..Ask::one(CallClass::Notice, now_ms) };
    let (book, answer) = Book::default().ask(Pacing::every_ms(50), Some(&quota), many, now_ms);
    assert_eq!(answer, Answer::Go { first_ms: now_ms, slots: 8, interval_ms: 50, calls: 8 });
    assert_eq!(book.used_on(beijing_day(now_ms)), 8);
}

#[test]
fn a_slot_after_midnight_is_counted_for_the_new_day() {
    let quota = Quota { daily: 10, reserve_percent: 0 };
    let midnight_ms = midnight_in_beijing(T);
    let spent = Book::default().blocked_until(midnight_ms + 10);
    let ask = Ask::one(CallClass::Notice, midnight_ms - 10 + NAP_MS_MAX);
    let (book, answer) = spent.ask(Pacing::every_ms(50), Some(&quota), ask, midnight_ms - 10);
    assert_eq!(go(answer), Some((midnight_ms + 10, 1)));
    assert_eq!([midnight_ms - 10, midnight_ms].map(|ms| book.used_on(beijing_day(ms))), [0, 1]);
}

#[test]
fn a_call_is_counted_for_the_day_once_though_its_slots_pass() {
    let quota = Quota { daily: 10, reserve_percent: 0 };
    let (now_ms, pacing) = (midnight_in_beijing(T), Pacing::every_ms(50));
    let all = Ask { calls: 8, ..Ask::one(CallClass::Notice, now_ms) };
    let (book, _) = Book::default().ask(pacing, Some(&quota), all, now_ms);
    // One of them is left over when all slots have passed: it needs a slot, and no count.
    let later_ms = now_ms + 5_000;
    let last = Ask { calls: 4, counted: 1, ..Ask::one(CallClass::Notice, later_ms) };
    let (book, answer) = book.ask(pacing, Some(&quota), last, later_ms);
    assert_eq!(answer, Answer::Go { first_ms: later_ms, slots: 1, interval_ms: 50, calls: 0 });
    let none = Ask { counted: 0, ..last };
    assert_eq!(
        book.ask(pacing, Some(&quota), none, later_ms).1,
        Answer::Wait { until_ms: midnight_in_beijing(later_ms) }
    );
}

fn rate(limit: u32, remaining: u32, reset_s: u32) -> Rate {
    Rate { limit: Some(limit), remaining, reset_s }
}

#[test]
fn the_headers_of_an_account_that_nobody_else_uses_change_nothing() {
    let (mut book, pacing) = (Book::default(), Pacing::per_minute(40));
    // A window of the service begins with our first call.
    let mut now_ms = T;
    for window in 0..5 {
        let opened_ms = now_ms;
        let mut used = 0;
        while now_ms < opened_ms + 60_000 {
            assert_eq!(go(take(&mut book, pacing, CallClass::Notice, now_ms)), Some((now_ms, 1)));
            used += 1;
            let reset_s = u32::try_from((opened_ms + 60_000 - now_ms + 999) / 1_000).unwrap();
            let said = rate(40, 40 - used, reset_s);
            assert_eq!(book.heard(&said, 40, now_ms + 300), None, "window {window}, call {used}");
            now_ms += 1_520;
        }
    }
}

#[test]
fn when_others_use_the_account_the_calls_left_are_spread_and_none_is_made_without() {
    let pacing = Pacing::per_minute(40);
    let slowed = Book::default().heard(&rate(40, 10, 50), 40, T).unwrap();
    assert_eq!(slowed.interval_ms(pacing, T), 5_000);
    assert_eq!(slowed.interval_ms(pacing, T + 50_000), 1_520);
    // About the same again costs no write.
    assert_eq!(slowed.heard(&rate(40, 9, 45), 40, T + 5_000), None);
    let stopped = slowed.heard(&rate(40, 0, 40), 40, T + 10_000).unwrap();
    assert_eq!(stopped.next_ms(), T + 50_000);
}

#[test]
fn a_lower_limit_is_believed_at_once_and_a_higher_one_only_when_the_headers_agree() {
    let interval = |book: &Book| book.interval_ms(Pacing::per_minute(40), T);
    let lower = Book::default().heard(&rate(20, 19, 60), 40, T).unwrap();
    assert_eq!(interval(&lower), Pacing::per_minute(20).interval_ms);
    let higher = Book::default().heard(&rate(100, 97, 59), 40, T).unwrap();
    assert_eq!((interval(&higher), higher.calls_per_minute(40, T)), (608, 100));
    assert_eq!(higher.calls_per_minute(40, T + 3_600_000), 40, "for an hour, unless it is said again");
    for odd in [rate(100, 150, 59), rate(100, 97, 3_600), rate(5_000, 97, 59)] {
        assert_eq!(Book::default().heard(&odd, 40, T), None, "{odd:?}");
    }
    // Back to what was configured.
    let usual = higher.heard(&rate(40, 39, 59), 40, T).unwrap();
    assert_eq!(interval(&usual), 1_520);
}

#[test]
fn usual_headers_need_no_book() {
    assert!(rate(40, 39, 60).is_usual(40) && rate(40, 20, 30).is_usual(40));
    assert!(!rate(40, 3, 2).is_usual(40) && !rate(40, 20, 58).is_usual(40) && !rate(100, 99, 58).is_usual(40));
}

#[test]
fn a_book_is_small_whatever_is_in_it_and_reads_back() {
    let full = (0..16).fold(Book::default(), |book, n| {
        book.banned(&format!("aliexpress.solution.order.receiptinfo.get{n:02}"), T + 60_000, T)
    });
    let mut full = full.heard(&rate(100, 5, 50), 40, T).unwrap();
    full.count_for_the_day(beijing_day(T), 10_000);
    let json = serde_json::to_string(&full).unwrap();
    // DynamoDB charges a write by the KB; an ordinary book is far below one.
    assert!(json.len() < 1_500, "{}", json.len());
    assert_eq!(serde_json::from_str::<Book>(&json).unwrap(), full);
    let usual = take(&mut Book::default(), Pacing::per_minute(40), CallClass::Import, T);
    assert!(go(usual).is_some());
}
