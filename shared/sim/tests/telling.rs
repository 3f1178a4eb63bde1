//! What people are told, and how often.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use async_trait::async_trait;
use futures::FutureExt as _;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tallyman_app::{
    connection::Connection,
    ports::{Announcer, Clock as _, StoreError},
    reconcile::{Looked, healed::note_healed, report::Report, tell::Tell},
};
use tallyman_domain::{Exception, ExceptionKind, MarketplaceKind, Owner, reconcile::Stage};
use tallyman_sim::{FakeAnnouncer, ManualClock, Memory, samples};

struct Desk {
    memory: Memory,
    clock: ManualClock,
    announcer: FakeAnnouncer,
    connections: Vec<Connection>,
    open: Vec<(String, Exception)>,
}

impl Desk {
    /// With orders that have this kind of exception, each with so many hours left.
    fn with(kind: ExceptionKind, hours_left: &[i64]) -> Self {
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        let now = clock.now();
        let exception = |(n, hours): (usize, &i64)| {
            let found = Exception::found(kind, None, "what", now + SignedDuration::from_hours(*hours), now);
            (format!("shop:{n}"), found)
        };
        Self {
            memory: Memory::default(),
            announcer: FakeAnnouncer::default(),
            connections: vec![samples::connection(MarketplaceKind::AliExpress)],
            open: hours_left.iter().enumerate().map(exception).collect(),
            clock,
        }
    }
    fn tell(&self) -> Tell<'_> {
        Tell {
            notes: &self.memory,
            announcer: &self.announcer,
            clock: &self.clock,
            connections: &self.connections,
            bars_h: &[24, 4],
        }
    }
    async fn hours(&self, hours: i64) -> Vec<String> {
        let before = self.announcer.told().len();
        for _ in 0..hours {
            self.clock.advance(SignedDuration::from_hours(1));
            // Two runs at once tell once.
            self.tell().alerts(&self.open).await.unwrap();
            self.tell().alerts(&self.open).await.unwrap();
        }
        self.announcer.told()[before..].iter().map(|(subject, _)| subject.clone()).collect()
    }
}

#[tokio::test]
async fn one_cause_is_one_message_at_each_bar_with_age_and_time_left() {
    let desk = Desk::with(ExceptionKind::CarrierUnmapped, &[30, 31, 40]);
    assert_eq!(desk.hours(5).await, Vec::<String>::new());
    assert_eq!(desk.hours(10).await, ["Tallyman: 3 x carrier_unmapped at shop, 24 h left"]);
    assert_eq!(desk.hours(12).await, ["Tallyman: 3 x carrier_unmapped at shop, 4 h left"]);
    let (_, text) = desk.announcer.told().pop().unwrap();
    for part in ["need technical", "carriers", "shop:0: open for 26 h, 4 h left", "exceptions list", "infra/runbooks/"]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn many_orders_of_one_cause_are_named_up_to_ten_and_two_causes_are_two_messages() {
    let mut desk = Desk::with(ExceptionKind::NoShipTo, &[3; 25]);
    let other = Desk::with(ExceptionKind::Stuck, &[-2]).open.remove(0);
    desk.open.push(other);
    assert_eq!(desk.hours(1).await.len(), 2);
    let told = desk.announcer.told();
    let text = &told.iter().find(|(subject, _)| subject.contains("25 x no_ship_to")).unwrap().1;
    assert!(text.contains("... and 15 more") && text.matches("\nshop:").count() == 10, "{text}");
    assert!(told.iter().any(|(subject, _)| subject.ends_with("stuck at shop, overdue by 3 h")), "{told:?}");
    assert!(told.iter().all(|(subject, text)| subject.len() <= 100 && text.len() < 4_000));
}

#[tokio::test]
async fn what_could_not_be_told_is_told_by_the_next_run() {
    let desk = Desk::with(ExceptionKind::Stuck, &[3]);
    desk.announcer.fail(1);
    assert!(desk.tell().alerts(&desk.open).await.is_err());
    assert_eq!(desk.tell().alerts(&desk.open).await.unwrap(), 1);
    assert_eq!(desk.tell().alerts(&desk.open).await.unwrap(), 0);
}

/// Dies while it tells.
struct Dying;

#[async_trait]
impl Announcer for Dying {
    async fn announce(&self, _: &str, _: &str) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_run_that_died_while_it_told_is_made_up_for_by_the_next_one() {
    let desk = Desk::with(ExceptionKind::Stuck, &[3]);
    let dying = Tell { announcer: &Dying, ..desk.tell() };
    let report = Report::default();
    assert!(dying.alerts(&desk.open).now_or_never().is_none());
    assert!(dying.digest(&report).now_or_never().is_none());
    // It might be telling still.
    assert_eq!(desk.tell().alerts(&desk.open).await.unwrap(), 0);
    assert!(!desk.tell().digest(&report).await.unwrap());
    desk.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(desk.tell().alerts(&desk.open).await.unwrap(), 1);
    assert!(desk.tell().digest(&report).await.unwrap());
    desk.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(desk.tell().alerts(&desk.open).await.unwrap(), 0);
    assert!(!desk.tell().digest(&report).await.unwrap());
}

#[tokio::test]
async fn a_digest_that_could_not_be_told_is_told_by_the_next_run() {
    let desk = Desk::with(ExceptionKind::Stuck, &[]);
    desk.announcer.fail(1);
    assert!(desk.tell().digest(&Report::default()).await.is_err());
    assert!(desk.tell().digest(&Report::default()).await.unwrap());
    assert!(!desk.tell().digest(&Report::default()).await.unwrap());
}

#[tokio::test]
async fn the_digest_counts_stages_and_owners_names_the_oldest_and_comes_once() {
    let desk = Desk::with(ExceptionKind::NoShipTo, &[30, -1]);
    desk.clock.advance(SignedDuration::from_hours(7));
    let mut report = Report::default();
    let stages = BTreeMap::from([(Stage::ToShip, 40), (Stage::NeedsPerson, 2)]);
    report.looked(&Looked { stages, ..Looked::default() });
    report.exceptions(&desk.open, &desk.connections, 4, desk.clock.now());
    assert_eq!((report.near_deadline, report.overdue, report.owners[&Owner::CustomerService].open), (1, 1, 2));
    assert!(desk.tell().digest(&report).await.unwrap());
    assert!(!desk.tell().digest(&report).await.unwrap());
    let (subject, text) = desk.announcer.told().pop().unwrap();
    assert_eq!(subject, "Tallyman: 42 orders under way, 2 exceptions, 1 overdue");
    for part in ["to_ship: 40", "needs_person: 2", "customer_service: 2, the oldest for 7 h: shop:0 no_ship_to"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    desk.clock.advance(SignedDuration::from_hours(24));
    assert!(desk.tell().digest(&report).await.unwrap());
}

#[tokio::test]
async fn an_overdue_one_does_not_hide_a_newer_one_of_the_same_cause() {
    let mut desk = Desk::with(ExceptionKind::Stuck, &[1]);
    assert_eq!(desk.hours(3).await.len(), 1, "the first one, once");
    // Four more come later, all with a day to go: they are told together, before any of them is late.
    let now = desk.clock.now();
    for n in 1..=4 {
        let found = Exception::found(ExceptionKind::Stuck, None, "new", now + SignedDuration::from_hours(8), now);
        desk.open.push((format!("shop:new{n}"), found));
    }
    assert_eq!(desk.hours(3).await, Vec::<String>::new(), "five hours are left");
    assert_eq!(desk.hours(4).await, ["Tallyman: 5 x stuck at shop, 1 overdue, the next has 4 h left"]);
    let (_, text) = desk.announcer.told().pop().unwrap();
    assert!(text.find("shop:new1").unwrap() < text.find("shop:0: ").unwrap(), "who can still be helped first:\n{text}");
    assert_eq!(desk.hours(8).await, Vec::<String>::new(), "and not again when they are late");
}

#[tokio::test]
async fn one_that_comes_and_goes_beside_an_overdue_one_is_not_told_each_time() {
    let mut desk = Desk::with(ExceptionKind::Stuck, &[-1, 3]);
    let flapping = desk.open[1].clone();
    assert_eq!(desk.hours(1).await.len(), 1);
    for hour in 0..6 {
        desk.open.truncate(1);
        if hour % 2 == 1 {
            let past = flapping.1.clone().gone(desk.clock.now()).unwrap();
            let now = desk.clock.now();
            let found = Exception::found(ExceptionKind::Stuck, None, "again", flapping.1.deadline, now);
            desk.open.push((flapping.0.clone(), found.found_after(past).unwrap()));
        }
        assert_eq!(desk.hours(1).await, Vec::<String>::new(), "hour {hour}");
    }
}

#[tokio::test]
async fn the_digest_says_what_the_runs_of_the_last_day_healed_not_what_its_own_look_did() {
    let desk = Desk::with(ExceptionKind::Stuck, &[]);
    let mut healed = Vec::new();
    for (hours, run) in [(0, 3), (1, 0), (10, 4), (12, 0), (2, 0), (20, 0)] {
        desk.clock.advance(SignedDuration::from_hours(hours));
        healed.push(note_healed(&desk.memory, run, desk.clock.now()).await.unwrap());
    }
    assert_eq!(healed, [3, 3, 7, 7, 4, 0]);
    for _ in 0..120 {
        desk.clock.advance(SignedDuration::from_mins(1));
        note_healed(&desk.memory, 1, desk.clock.now()).await.unwrap();
    }
    let healed_day = note_healed(&desk.memory, 0, desk.clock.now()).await.unwrap();
    let report = Report { healed_day, ..Report::default() };
    desk.tell().digest(&report).await.unwrap();
    let (_, text) = desk.announcer.told().pop().unwrap();
    assert!(text.contains("Healed in the last 24 hours: 120."), "{text}");
}
