//! A renewal that dies, is lost or is refused.

use crate::lab::{Process, World, connection, days, shop};
use jiff::SignedDuration;
use tallyman_app::{
    ports::{Announcer, Clock, StoreError},
    refresh::{Job, JobKind, Renewal, tell},
};
use tallyman_domain::{Length, Phase, WhyReauth};
use tallyman_sim::{Death, TokenFault};

async fn run(process: &Process) -> Vec<&'static str> {
    let job = Job { job: JobKind::Refresh, connection: None };
    let round = process.refresh().round(&job, &process.announcer, jiff::Timestamp::MAX).await.unwrap();
    round.connections.into_iter().map(|c| c.outcome).collect()
}

fn subjects(process: &Process) -> Vec<String> {
    process.announcer.told().into_iter().map(|(subject, _)| subject).collect()
}

#[tokio::test]
async fn tokens_are_renewed_when_they_are_due_and_not_before() {
    let world = World::authorised(None).await;
    world.at_day(19);
    assert_eq!(world.process.renew().await, Renewal::NotDue);
    world.at_day(20);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    assert_eq!((world.server.calls("refresh"), world.process.token().await.as_str()), (1, "access-2"));
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_person_renews_at_any_time() {
    let world = World::authorised(None).await;
    let job = Job { job: JobKind::Refresh, connection: Some(shop()) };
    let round = world.process.refresh().round(&job, &world.process.announcer, jiff::Timestamp::MAX).await.unwrap();
    assert_eq!(round.connections[0].outcome, "renewed");
    assert!(world.is_sound());
}

/// Wherever a renewal dies, the next one that may act puts it right or says that the pair is lost; and at most one
/// call was made for each pair.
#[tokio::test]
async fn a_death_at_any_write_of_a_renewal_is_made_up_for() {
    for (at_write, after_effect) in [(0, false), (0, true), (1, false), (1, true), (2, false), (2, true)] {
        let world = World::authorised(None).await;
        world.at_day(20);
        world.registry.die(Death { at_write, after_effect });
        assert!(world.process.refresh().renew(&connection(), false).await.is_err());
        let called = world.server.calls("refresh");
        let next = world.another_process();
        world.clock.advance(SignedDuration::from_secs(91));
        let renewal = next.renew().await;
        // The only death that nothing can be done about: the answer had come, and was never stored.
        let lost = (at_write, after_effect) == (1, false);
        if lost {
            assert_eq!(renewal, Renewal::NeedsReauth(WhyReauth::Lost));
            assert_eq!((world.server.calls("refresh"), world.server.calls("probe")), (1, 1));
            continue;
        }
        assert!(world.is_sound(), "{at_write} {after_effect} {renewal:?}");
        let calls = if called == 0 { 1 } else { called };
        assert_eq!(world.server.calls("refresh"), calls, "{at_write} {after_effect}");
    }
}

#[tokio::test]
async fn a_request_that_was_lost_is_made_again_after_the_old_token_was_seen_to_work() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.fail([TokenFault::LoseRequest]);
    assert!(matches!(world.process.renew().await, Renewal::Later(_)));
    assert!(world.known().usable(world.clock.now()));
    // Not blindly: before the doubt has settled nothing is called.
    assert!(matches!(world.another_process().renew().await, Renewal::Later(_)));
    assert_eq!((world.server.calls("refresh"), world.server.calls("probe")), (1, 0));
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.another_process().renew().await, Renewal::Renewed);
    assert_eq!((world.server.calls("refresh"), world.server.calls("probe")), (2, 1));
    assert!(world.is_sound());
}

#[tokio::test]
async fn an_answer_that_was_lost_is_seen_by_the_old_token_and_a_person_is_told_once() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.fail([TokenFault::LoseAnswer]);
    // The run itself waits the minute that the doubt needs.
    assert_eq!(run(&world.process).await, ["needs_reauth"]);
    assert_eq!(world.known().needs_reauth(world.clock.now()), Some(WhyReauth::Lost));
    assert_eq!(subjects(&world.process), ["Tallyman: connection shop needs to be authorised again"]);
    assert_eq!(run(&world.process).await, ["needs_reauth"]);
    assert_eq!((subjects(&world.process).len(), world.server.calls("refresh")), (1, 1));
    world.process.authorise().finish(&shop(), &world.server.code(), None).await.unwrap();
    assert!(world.is_sound());
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_tried_again_later_and_everything_goes_on() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.fail([TokenFault::Down, TokenFault::Refuse("AppWhiteIpLimit")]);
    assert!(matches!(world.process.renew().await, Renewal::Later(_)));
    assert!(matches!(world.process.renew().await, Renewal::Later(_)));
    assert_eq!(world.server.calls("refresh"), 1, "not before its time");
    assert!(world.is_sound());
    world.clock.advance(SignedDuration::from_mins(1));
    assert!(matches!(world.process.renew().await, Renewal::Later(_)));
    world.clock.advance(SignedDuration::from_mins(4));
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    assert_eq!(world.server.calls("probe"), 0, "none of this was in doubt");
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.fail([TokenFault::NoRefreshToken]);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    let keys = world.keys();
    assert_eq!(keys.refresh_token.as_ref().unwrap().expose(), "refresh-1");
    assert_eq!(keys.access_token.as_ref().unwrap().expose(), "access-2");
    world.at_day(40);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_revoked_authorisation_goes_on_to_the_end_that_was_promised_and_then_needs_a_person() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.revoke();
    assert_eq!(world.process.renew().await, Renewal::NotDue, "nobody has seen yet that the access token is dead too");
    assert_eq!(world.known().refresh_due_at(world.clock.now()), None);
    world.at_day(30);
    assert_eq!(run(&world.process).await, ["needs_reauth"]);
    assert_eq!(world.server.calls("refresh"), 1);
}

#[tokio::test]
async fn warnings_come_once_each_and_one_that_cannot_be_sent_comes_again() {
    let world = World::authorised(Some(Length::One)).await;
    world.at_day(10);
    assert_eq!(run(&world.process).await, ["not_due"]);
    assert!(subjects(&world.process).is_empty());
    world.at_day(17); // 2026-02-01 is day 31
    world.process.announcer.fail(1);
    assert_eq!(run(&world.process).await, ["failed"]);
    for _ in 0..15 * 24 {
        world.clock.advance(SignedDuration::from_hours(1));
        run(&world.process).await;
    }
    let told = subjects(&world.process);
    let within = |days: &str| format!("Tallyman: connection shop ends within {days}");
    let reauth = "Tallyman: connection shop needs to be authorised again".to_owned();
    assert_eq!(told, [within("14 days"), within("7 days"), within("3 days"), within("1 day"), reauth]);
    assert_eq!(world.known().needs_reauth(world.clock.now()), Some(WhyReauth::ChosenEnd));
}

/// Whoever calls it never comes back.
struct Abyss;

#[async_trait::async_trait]
impl Announcer for Abyss {
    async fn announce(&self, _: &str, _: &str) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_warning_of_a_run_that_died_before_it_was_sent_is_sent_by_the_next_run() {
    for day in [17, 40] {
        // On day 40 it is over, and a person is needed.
        let world = World::authorised(Some(Length::One)).await;
        world.at_day(day);
        world.process.renew().await;
        let (refresh, connection) = (world.process.refresh(), connection());
        let dies = tell(&refresh, &connection, &Abyss);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), dies).await.is_err(), "it hangs there");
        run(&world.process).await;
        assert!(subjects(&world.process).is_empty(), "somebody may still be telling");
        world.clock.advance(SignedDuration::from_hours(1));
        for _ in 0..3 {
            run(&world.process).await;
        }
        assert_eq!(subjects(&world.process).len(), 1, "day {day}");
    }
}

#[tokio::test]
async fn two_that_warn_at_once_warn_once() {
    let world = World::authorised(Some(Length::One)).await;
    world.at_day(20);
    let (a, b) = (world.another_process(), world.another_process());
    run(&a).await;
    run(&b).await;
    assert_eq!(subjects(&a).len() + subjects(&b).len(), 1);
}

#[tokio::test]
async fn whoever_was_stopped_for_longer_than_its_lease_does_not_replace_what_a_person_authorised() {
    let world = World::authorised(None).await;
    world.at_day(20);
    world.server.fail([TokenFault::LoseAnswer]);
    world.process.renew().await;
    world.clock.advance(SignedDuration::from_mins(5));
    let granted = world.process.authorise().finish(&shop(), &world.server.code(), None).await.unwrap();
    assert_eq!((granted.generation, granted.phase), (2, Phase::Live));
    assert!(world.is_sound());
    assert_eq!(granted.granted_at.duration_since(crate::lab::start()).as_hours(), days(20).as_hours());
}
