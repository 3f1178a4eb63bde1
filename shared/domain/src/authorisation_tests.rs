use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
fn shop() -> ConnectionId {
    ConnectionId::parse("ae-main").unwrap()
}
fn seller() -> Option<SellerId> {
    SellerId::parse("2671514005").ok()
}
const START: &str = "2026-01-01T00:00:00Z";
fn day(n: i64) -> Timestamp {
    at(START) + SignedDuration::from_hours(24 * n)
}
fn answer(access_days: i64, refresh_days: i64) -> Answered {
    Answered {
        seller: seller(),
        seller_name: Some("Lamps".into()),
        access_ends_at: Some(day(access_days)),
        refresh_ends_at: Some(day(refresh_days)),
        refresh_token: true,
        never_again: false,
    }
}
fn step(before: Option<&Authorisation>, event: &Event<'_>, now: Timestamp) -> Authorisation {
    decide(before, &shop(), event, now).unwrap()
}
/// Granted on day 0: the access token for 30 days, the refresh token for 60.
fn granted(length: Option<Length>) -> Authorisation {
    let grant = Authorisation::granted(None, &answer(30, 60), length, day(0));
    step(None, &Event::Stored(&grant), day(0))
}
fn begun(before: &Authorisation, now: Timestamp) -> Authorisation {
    let lease_until = now + SignedDuration::from_secs(90);
    step(Some(before), &Event::RefreshBegun { lease_until, asked: false }, now)
}
fn renewed(before: &Authorisation, answer: &Answered, now: Timestamp) -> Authorisation {
    let claimed = begun(before, now);
    let grant = claimed.renewed(answer, now);
    step(Some(&claimed), &Event::Stored(&grant), now)
}

#[test]
fn a_length_counts_calendar_months_and_ends_on_the_last_day_of_a_shorter_one() {
    assert_eq!(Length::One.end(at("2026-01-31T10:00:00Z")), at("2026-02-28T10:00:00Z"));
    assert_eq!(Length::Three.end(at("2026-11-30T10:00:00Z")), at("2027-02-28T10:00:00Z"));
    assert_eq!(Length::Six.end(at("2026-03-15T23:59:59Z")), at("2026-09-15T23:59:59Z"));
    assert_eq!(serde_json::from_str::<Length>("3").unwrap(), Length::Three);
    assert!(serde_json::from_str::<Length>("2").is_err());
}

#[test]
fn tokens_are_renewed_at_two_thirds_of_the_access_tokens_life() {
    let a = granted(None);
    assert_eq!(a.refresh_due_at(day(0)), Some(day(20)));
    assert!(!a.may_begin(day(19), false));
    assert!(a.may_begin(day(20), false));
    assert!(a.may_begin(day(1), true), "by hand at any time");
    let a = renewed(&a, &answer(50, 60), day(20));
    assert_eq!(a.refresh_due_at(day(20)), Some(day(40)));
}

#[test]
fn tokens_whose_end_nobody_knows_are_renewed_at_once_if_there_is_a_refresh_token() {
    let with = step(None, &Event::Stored(&Grant::bare(true, day(0))), day(0));
    assert!(with.may_begin(day(0), false) && with.usable(day(0)));
    let without = step(None, &Event::Stored(&Grant::bare(false, day(0))), day(0));
    assert_eq!((without.refresh_due_at(day(99)), without.usable(day(99))), (None, true));
}

#[test]
fn nothing_is_renewed_past_the_chosen_end_nor_when_the_token_lasts_to_it_anyway() {
    let a = granted(Some(Length::One));
    assert_eq!(a.chosen_end, Some(at("2026-02-01T00:00:00Z")));
    assert_eq!(a.refresh_due_at(day(0)), Some(day(20)), "30 days end before the month does");
    let a = renewed(&a, &answer(50, 60), day(20));
    assert_eq!(a.refresh_due_at(day(25)), None);
    assert!(!a.may_begin(day(45), true));
}

#[test]
fn at_the_chosen_end_the_connection_is_not_used_though_the_token_would_work() {
    let a = renewed(&granted(Some(Length::One)), &answer(50, 60), day(20));
    assert!(a.usable(at("2026-01-31T23:59:59Z")));
    assert!(!a.usable(at("2026-02-01T00:00:00Z")));
    assert_eq!(a.needs_reauth(day(31)), Some(WhyReauth::ChosenEnd));
    let over = step(Some(&a), &Event::TimePassed, day(33));
    let since = at("2026-02-01T00:00:00Z");
    assert_eq!(over.phase, Phase::NeedsReauth { since, why: WhyReauth::ChosenEnd });
    assert!(!over.may_begin(day(33), true));
}

#[test]
fn the_services_own_ends_win_when_they_are_shorter() {
    let a = granted(Some(Length::Six));
    assert_eq!(a.ends_at(day(0)), Some(day(60)));
    let mut short = answer(1, 2);
    short.never_again = true;
    let a = step(None, &Event::Stored(&Authorisation::granted(None, &short, Some(Length::Six), day(0))), day(0));
    assert_eq!(a.ends_at(day(0)), Some(day(1)));
    assert_eq!(a.refresh_due_at(day(0)), None, "`refresh_expires_in = 0` is never renewed");
    assert!(!a.usable(day(1)));
    assert_eq!(a.needs_reauth(day(1)), Some(WhyReauth::Ended));
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_old_one_and_its_end() {
    let silent = Answered { access_ends_at: Some(day(50)), ..Answered::default() };
    let a = renewed(&granted(None), &silent, day(20));
    assert_eq!((a.refresh_ends_at, a.refreshable, a.generation), (Some(day(60)), true, 2));
    assert_eq!((a.seller, a.granted_at, a.refreshed_at), (seller(), day(0), Some(day(20))));
}

#[test]
fn renewing_moves_the_refresh_tokens_end_only_when_the_service_says_so() {
    let unsaid = Answered { refresh_ends_at: None, ..answer(50, 0) };
    assert_eq!(renewed(&granted(None), &unsaid, day(20)).refresh_ends_at, Some(day(60)));
    assert_eq!(renewed(&granted(None), &answer(50, 80), day(20)).refresh_ends_at, Some(day(80)));
}

fn told(a: &Authorisation, event: &Event<'_>, now: Timestamp) -> Authorisation {
    let telling = step(Some(a), &Event::TellingBegun { lease_until: now + SignedDuration::from_mins(5) }, now);
    step(Some(&telling), event, now)
}

#[test]
fn each_threshold_warns_once_and_after_an_outage_only_the_nearest() {
    let mut a = granted(None);
    let mut warned = Vec::new();
    for hour in 0..60 * 24 {
        let now = day(0) + SignedDuration::from_hours(hour);
        if let Some(days) = a.warning_due(now) {
            warned.push((hour / 24, days));
            a = told(&a, &Event::Warned { days }, now);
        }
    }
    assert_eq!(warned, [(46, 14), (53, 7), (57, 3), (59, 1)]);
    let late = granted(None);
    assert_eq!(late.warning_due(day(58)), Some(3), "fourteen and seven passed unseen");
    let late = told(&late, &Event::Warned { days: 3 }, day(58));
    assert_eq!(late.warning_due(day(58)), None);
    assert_eq!(late.warning_due(day(60)), None, "over is over");
}

#[test]
fn the_end_that_is_warned_of_is_the_one_until_which_the_last_access_token_works() {
    let a = renewed(&renewed(&granted(None), &answer(50, 60), day(20)), &answer(70, 60), day(40));
    let mut warned = Vec::new();
    let mut known = a;
    for n in 40..75 {
        if let Some(days) = known.warning_due(day(n)) {
            warned.push((n, days));
            known = told(&known, &Event::Warned { days }, day(n));
        }
    }
    assert_eq!(warned, [(56, 14), (63, 7), (67, 3), (69, 1)]);
    assert_eq!((known.needs_reauth(day(69)), known.needs_reauth(day(70))), (None, Some(WhyReauth::Ended)));
}

#[test]
fn a_warning_that_could_not_be_sent_is_due_again_and_a_later_end_warns_anew() {
    let lease_until = day(46) + SignedDuration::from_mins(5);
    let begun = Event::TellingBegun { lease_until };
    let telling = step(Some(&granted(None)), &begun, day(46));
    assert_eq!(telling.warning_due(day(46)), Some(14), "nobody was told yet");
    assert_eq!(decide(Some(&telling), &shop(), &begun, day(46)), None, "one at a time");
    assert!(decide(Some(&telling), &shop(), &begun, lease_until).is_some(), "whoever it was has died");
    let failed = step(Some(&telling), &Event::TellingFailed, day(46));
    assert_eq!((failed.warning_due(day(46)), failed.telling_until), (Some(14), None));
    let a = step(Some(&telling), &Event::Warned { days: 14 }, day(46));
    assert_eq!((a.warning_due(day(46)), a.telling_until), (None, None));
    let moved = renewed(&a, &answer(76, 106), day(46));
    assert_eq!((moved.warned_days, moved.warning_due(day(92))), (None, Some(14)));
    let same_end = renewed(&a, &answer(59, 60), day(46));
    assert_eq!(same_end.warning_due(day(47)), None, "the same end is not warned of twice");
    let mut slower = answer(59, 60);
    slower.refresh_ends_at = Some(day(60) + SignedDuration::from_secs(2));
    let named_again = renewed(&a, &slower, day(46));
    assert_eq!(named_again.warning_due(day(47)), None, "nor when the answer that named it took longer");
    let authorised_meanwhile = renewed(&telling, &answer(76, 106), day(46));
    let late = Event::Warned { days: 14 };
    assert_eq!(decide(Some(&authorised_meanwhile), &shop(), &late, day(46)), None, "that was about the one before");
}

#[test]
fn whoever_dies_while_renewing_leaves_a_doubt_that_is_tried_out_first() {
    let claimed = begun(&granted(None), day(20));
    let lease = day(20) + SignedDuration::from_secs(90);
    assert!(!claimed.may_begin(day(20) + SignedDuration::from_secs(89), true));
    assert!(claimed.may_begin(lease, false));
    assert_eq!(claimed.doubts(), 0);
    let again = begun(&claimed, lease);
    assert_eq!(again.doubts(), 1);
    assert_eq!(
        decide(Some(&claimed), &shop(), &Event::RefreshBegun { lease_until: day(21), asked: true }, day(20)),
        None
    );
}

#[test]
fn a_renewal_in_doubt_waits_then_goes_on_and_gives_up_after_many_tries() {
    let mut a = granted(None);
    let mut now = day(20);
    for tries in 1..=TRIES_MAX {
        a = step(Some(&begun(&a, now)), &Event::RefreshUnclear, now);
        let Phase::InDoubt { not_before, tries: counted } = a.phase else { panic!("{a:?}") };
        assert_eq!(counted, tries);
        assert!(not_before > now && !a.may_begin(now, true));
        assert!(a.usable(now), "the cached token may still work");
        now = not_before;
    }
    assert!(now < day(23), "{now}");
    assert!(!a.may_begin(day(25), true));
    assert_eq!(a.needs_reauth(day(29)), None);
    assert_eq!(step(Some(&a), &Event::TimePassed, day(30)).needs_reauth(day(30)), Some(WhyReauth::Ended));
}

#[test]
fn an_old_token_that_is_refused_after_a_doubt_means_that_the_new_ones_are_lost_unless_they_turn_up() {
    let doubt = step(Some(&begun(&granted(None), day(20))), &Event::RefreshUnclear, day(20));
    let lost = step(Some(&begun(&doubt, day(21))), &Event::ProbeRefused, day(21));
    assert_eq!(lost.phase, Phase::NeedsReauth { since: day(21), why: WhyReauth::Lost });
    assert!(WhyReauth::Lost.words().contains("lost"));
    assert!(!lost.usable(day(21)) && !lost.may_begin(day(22), true));
    // Whoever was slow stores them after all.
    let found = lost.renewed(&answer(50, 60), day(20));
    assert!(step(Some(&lost), &Event::Stored(&found), day(21)).usable(day(21)));
}

#[test]
fn a_refused_refresh_token_lets_the_access_token_be_used_to_its_end() {
    let refused = step(Some(&begun(&granted(None), day(20))), &Event::RefreshRefused, day(20));
    assert!(refused.usable(day(29)) && !refused.may_begin(day(29), true));
    assert_eq!(refused.ends_at(day(20)), Some(day(30)), "now the access token's end is what counts");
    assert_eq!(refused.needs_reauth(day(30)), Some(WhyReauth::Ended));
}

#[test]
fn an_endpoint_that_is_down_is_asked_again_with_patience_while_the_token_goes_on() {
    let mut a = granted(None);
    let (mut now, mut calls) = (day(20), 0);
    while now < day(30) {
        a = step(Some(&begun(&a, now)), &Event::RefreshFailed, now);
        assert!(a.usable(now));
        now = a.refresh_due_at(now).unwrap();
        calls += 1;
    }
    assert!((40..50).contains(&calls), "every six hours at the end: {calls}");
    let over = step(Some(&a), &Event::TimePassed, day(30));
    assert_eq!(over.phase, Phase::NeedsReauth { since: day(30), why: WhyReauth::Ended });
    // It is tried on, and a success puts it right.
    let claimed = begun(&over, now);
    let still = step(Some(&claimed), &Event::RefreshFailed, now);
    assert_eq!(still.phase, Phase::NeedsReauth { since: day(30), why: WhyReauth::Ended });
    let grant = claimed.renewed(&answer(90, 60), now);
    assert!(step(Some(&claimed), &Event::Stored(&grant), now).usable(now));
}

#[test]
fn a_renewal_that_has_to_wait_for_its_turn_has_not_failed() {
    let (mut a, mut now) = (granted(None), day(20));
    for _ in 0..10 {
        let until = now + SignedDuration::from_hours(9);
        a = step(Some(&begun(&a, now)), &Event::RefreshWaits { until }, now);
        assert_eq!((a.failures, a.refresh_due_at(now)), (0, Some(until)));
        assert_eq!(a.ends_at(now), Some(day(60)), "nothing ends earlier for it");
        now = until;
    }
    let doubt = step(Some(&begun(&a, now)), &Event::RefreshUnclear, now);
    let Phase::InDoubt { not_before, tries } = doubt.phase else { panic!("{doubt:?}") };
    let until = not_before + SignedDuration::from_hours(9);
    let waits = step(Some(&begun(&doubt, not_before)), &Event::RefreshWaits { until }, not_before);
    assert_eq!(waits.phase, Phase::InDoubt { not_before: until, tries }, "a doubt stays one");
}

#[test]
fn a_refused_access_token_needs_a_person_and_one_more_renewal_may_heal_it() {
    let a = granted(None);
    assert_eq!(decide(Some(&a), &shop(), &Event::AccessRefused { generation: 0 }, day(5)), None, "an older pair");
    let refused = step(Some(&a), &Event::AccessRefused { generation: 1 }, day(5));
    assert_eq!(refused.phase, Phase::NeedsReauth { since: day(5), why: WhyReauth::Refused });
    assert!(!refused.usable(day(5)) && refused.may_begin(day(5), false));
    let told = told(&refused, &Event::ReauthTold, day(5));
    let claimed = begun(&told, day(5));
    assert!(!claimed.usable(day(5)), "the token stays refused while it is renewed");
    let dead = step(Some(&claimed), &Event::RefreshRefused, day(5));
    assert!(dead.needs_reauth(day(5)).is_some() && dead.reauth_told, "nobody is told twice");
    assert!(!dead.may_begin(day(6), true));
}

#[test]
fn a_refusal_while_the_tokens_are_renewed_says_nothing() {
    let claimed = begun(&granted(None), day(20));
    let doubt = step(Some(&claimed), &Event::RefreshUnclear, day(20));
    for phase in [&claimed, &doubt] {
        assert_eq!(decide(Some(phase), &shop(), &Event::AccessRefused { generation: 1 }, day(20)), None);
    }
}

#[test]
fn only_a_newer_generation_replaces_what_is_in_force() {
    let a = granted(None);
    let same = Authorisation::granted(None, &answer(90, 90), None, day(1));
    assert_eq!(decide(Some(&a), &shop(), &Event::Stored(&same), day(1)), None);
}

#[test]
fn a_connection_that_nobody_authorised_yet_is_not_used_and_nobody_is_told_of_it() {
    let a = step(None, &Event::ConsentAwaited, day(0));
    assert_eq!((a.version, a.usable(day(0)), a.reauth_told), (1, false, true));
    assert_eq!(a.needs_reauth(day(0)), Some(WhyReauth::NotYet));
    assert_eq!(decide(Some(&a), &shop(), &Event::ConsentAwaited, day(1)), None);
    let grant = Authorisation::granted(Some(&a), &answer(30, 60), Some(Length::Three), day(1));
    let live = step(Some(&a), &Event::Stored(&grant), day(1));
    assert_eq!((live.version, live.generation, live.usable(day(1))), (2, 1, true));
}

#[test]
fn what_is_stored_reads_back_with_fields_of_a_newer_version_and_stays_small() {
    let a = Authorisation { warned_days: Some(7), failures: 2, retry_at: Some(day(3)), ..granted(Some(Length::Six)) };
    let mut json = serde_json::to_value(&a).unwrap();
    assert!(json.to_string().len() < 900, "{json}");
    json["of_tomorrow"] = 1.into();
    assert_eq!(serde_json::from_value::<Authorisation>(json).unwrap(), Authorisation { version: 0, ..a });
}

#[test]
fn renewed_tokens_whose_end_nobody_tells_are_renewed_now_and_then_and_not_again_and_again() {
    let untold = Answered { access_ends_at: None, ..answer(0, 60) };
    let a = renewed(&granted(None), &untold, day(20));
    let due = day(20) + SignedDuration::from_hours(8);
    assert_eq!(a.refresh_due_at(day(20)), Some(due));
    assert!(!a.may_begin(day(20) + SignedDuration::from_hours(7), false) && a.may_begin(due, false));
}

#[test]
fn a_token_that_lasts_to_the_chosen_end_is_not_renewed_though_two_thirds_of_its_life_are_over_before() {
    let grant = Authorisation::granted(None, &answer(40, 60), Some(Length::One), day(0));
    let a = step(None, &Event::Stored(&grant), day(0));
    assert_eq!(a.chosen_end, Some(day(31)));
    assert_eq!((a.refresh_due_at(day(0)), a.may_begin(day(28), true)), (None, false));
}

#[test]
fn a_refresh_token_no_longer_works_at_its_end() {
    let a = granted(None);
    assert!(a.can_refresh(day(60) - SignedDuration::from_secs(1)) && !a.can_refresh(day(60)));
}

#[test]
fn nobody_is_warned_of_an_end_when_a_person_is_needed_already() {
    let refused = step(Some(&granted(None)), &Event::AccessRefused { generation: 1 }, day(50));
    assert_eq!((refused.ends_at(day(50)), refused.warning_due(day(50))), (Some(day(60)), None));
    assert_eq!(granted(None).warning_due(day(50)), Some(14));
}

#[test]
fn a_renewal_that_is_the_last_one_leaves_nothing_to_renew() {
    let last = Answered { never_again: true, ..answer(50, 60) };
    let a = renewed(&granted(None), &last, day(20));
    assert_eq!((a.refreshable, a.refresh_due_at(day(20)), a.ends_at(day(20))), (false, None, Some(day(50))));
    let none = Answered { refresh_token: false, ..answer(50, 60) };
    let without = Authorisation { refreshable: false, ..granted(None) };
    assert!(!without.renewed(&none, day(20)).refreshable, "there is none, neither old nor new");
}

#[test]
fn failures_are_stored_and_none_are_not() {
    let a = granted(None);
    let stored = |a: &Authorisation| serde_json::to_value(a).unwrap().get("failures").cloned();
    assert_eq!(stored(&a), None);
    assert_eq!(stored(&Authorisation { failures: 2, ..a }), Some(2.into()));
}
