//! What people are told, and how often.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use jiff::SignedDuration;
use std::collections::BTreeMap;
use tallyman_app::{
    connection::Connection,
    ports::Clock as _,
    reconcile::{Looked, report::Report, tell::Tell},
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
