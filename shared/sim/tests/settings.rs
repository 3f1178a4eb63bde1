//! Changing settings, over stores in memory.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use jiff::SignedDuration;
use tallyman_app::{
    ports::{Carriers as _, ConfigStore as _, StoreError},
    settings::{ChangeError, Choices, Codes, SettingsChange, Wanted, seen},
};
use tallyman_domain::{
    ConnectionId, LiveService, MarketplaceKind, Settings, carrier::CarrierRow, settings::check::Wrong,
};
use tallyman_sim::{ManualClock, Memory, Registry, samples};

struct Desk {
    registry: Registry,
    memory: Memory,
    clock: ManualClock,
    id: ConnectionId,
}

impl Desk {
    async fn open() -> Self {
        let registry = Registry::default();
        let connection = samples::connection(MarketplaceKind::AliExpress);
        registry.put_connection(&connection).await.unwrap();
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        Self { registry, memory: Memory::default(), clock, id: connection.id }
    }
    fn choices(&self) -> Choices<'_> {
        let memory = &self.memory;
        Choices {
            config: &self.registry,
            carriers: memory,
            orders: memory,
            shelves: memory,
            queue: memory,
            clock: &self.clock,
        }
    }
    fn now(&self) -> Settings {
        self.registry.connection(&self.id).unwrap().settings
    }
    async fn change(&self, seen: Option<&str>, settings: Settings) -> Result<Option<SettingsChange>, ChangeError> {
        let wanted = Wanted { connection: &self.id, seen, by: "kim@example.com" };
        self.choices().change(wanted, settings, Codes::AsGiven).await
    }
}

fn named(name: &str, before: &Settings) -> Settings {
    Settings { seller_name: name.into(), ..before.clone() }
}

fn carrier(code: &str) -> CarrierRow {
    CarrierRow { carrier: "acme".into(), service: String::new(), code: code.into(), tracking_website: String::new() }
}

#[tokio::test]
async fn a_change_is_kept_with_who_when_and_what_and_the_same_again_is_none() {
    let desk = Desk::open().await;
    let (before, wanted) = (desk.now(), named("New", &desk.now()));
    let change = desk.change(Some(&seen(&before)), wanted.clone()).await.unwrap().unwrap();
    assert_eq!((change.number, change.by.as_str(), desk.now()), (1, "kim@example.com", wanted.clone()));
    let differences = change.differences();
    assert_eq!((differences.len(), differences[0].after.as_deref()), (1, Some("New")));
    assert_eq!(desk.change(None, wanted).await.unwrap(), None);
    assert_eq!(desk.choices().history(&desk.id).await.unwrap(), [change]);
}

#[tokio::test]
async fn whoever_saw_something_else_than_there_is_changes_nothing() {
    let desk = Desk::open().await;
    let (before, other) = (desk.now(), named("Other", &desk.now()));
    desk.change(Some(&seen(&before)), other.clone()).await.unwrap();
    let late = desk.change(Some(&seen(&before)), named("Late", &before)).await;
    assert!(matches!(late, Err(ChangeError::Changed { .. })), "{late:?}");
    assert_eq!(desk.now(), other);
}

#[tokio::test]
async fn of_two_writes_in_the_place_of_the_same_connection_one_wins_and_the_other_changes_nothing() {
    let desk = Desk::open().await;
    let before = desk.registry.connection(&desk.id).unwrap();
    let paused = tallyman_app::connection::Connection { paused: true, ..before.clone() };
    desk.change(None, named("New", &before.settings)).await.unwrap();
    let swapped = desk.registry.swap_connection(&before, &paused, None).await;
    assert!(matches!(swapped, Err(StoreError::Conflict { .. })), "{swapped:?}");
    let now = desk.registry.connection(&desk.id).unwrap();
    assert_eq!((now.paused, now.settings.seller_name.as_str()), (before.paused, "New"));
}

#[tokio::test]
async fn what_can_not_be_chosen_is_refused_as_a_whole_and_named() {
    let desk = Desk::open().await;
    let before = desk.now();
    let mut settings = Settings { note_to_buyer: "Grüße".into(), ..before.clone() };
    settings.tax_ids.custom_field = 9;
    match desk.change(None, settings).await {
        Err(ChangeError::Wrong { wrong, .. }) => assert_eq!(wrong, [Wrong::NoteToBuyer, Wrong::TaxField]),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.now(), before);
    assert!(desk.choices().history(&desk.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn codes_are_held_against_the_live_list_and_without_one_only_known_codes_are_taken() {
    let desk = Desk::open().await;
    let wanted = Wanted { connection: &desk.id, seen: None, by: "kim" };
    let with = |code: &str| Settings { carriers: vec![carrier(code)], ..desk.now() };
    let live = [LiveService { code: "USPS".into(), name: "USPS".into(), tracking_pattern: None, transport: None }];
    let refused = desk.choices().change(wanted, with("UPSS"), Codes::Listed(&live)).await;
    assert!(refused.unwrap_err().to_string().contains("did you mean USPS?"));
    let refused = desk.choices().change(wanted, with("USPS"), Codes::NotKnown).await;
    assert!(matches!(refused, Err(ChangeError::Wrong { .. })), "{refused:?}");
    desk.choices().change(wanted, with("usps"), Codes::Listed(&live)).await.unwrap();
    let other = Settings { seller_name: "New".into(), ..with("USPS") };
    assert!(desk.choices().change(wanted, other, Codes::NotKnown).await.unwrap().is_some());
    // A change that is taken back brings no code back that the marketplace no longer has.
    desk.choices().change(wanted, Settings { carriers: Vec::new(), ..desk.now() }, Codes::Listed(&[])).await.unwrap();
    let undone = desk.choices().undo(wanted, 3, Codes::Listed(&[])).await;
    assert!(matches!(undone, Err(ChangeError::Wrong { .. })), "{undone:?}");
    assert!(desk.choices().undo(wanted, 3, Codes::Listed(&live)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_stored_list_is_told_however_old_when_there_is_nobody_to_ask() {
    let desk = Desk::open().await;
    assert_eq!(desk.choices().live(&desk.id, None).await.unwrap(), None);
    let live = [LiveService { code: "USPS".into(), name: "USPS".into(), tracking_pattern: None, transport: None }];
    desk.memory.put_services(&desk.id, &live, samples::at("2026-11-20T12:00:00Z")).await.unwrap();
    desk.clock.advance(SignedDuration::from_hours(100));
    assert_eq!(desk.choices().live(&desk.id, None).await.unwrap().as_deref(), Some(&live[..]));
}

#[tokio::test]
async fn taking_a_change_back_is_a_change_of_its_own() {
    let desk = Desk::open().await;
    let first = desk.now();
    for name in ["One", "Two"] {
        desk.change(None, named(name, &desk.now())).await.unwrap();
        desk.clock.advance(SignedDuration::from_mins(1));
    }
    let wanted = Wanted { connection: &desk.id, seen: None, by: "lee" };
    let undone = desk.choices().undo(wanted, 1, Codes::AsGiven).await.unwrap().unwrap();
    assert_eq!((undone.number, undone.undoes, desk.now()), (3, Some(1), first.clone()));
    let again = desk.choices().undo(wanted, 3, Codes::AsGiven).await.unwrap().unwrap();
    assert_eq!((again.number, desk.now().seller_name.as_str()), (4, "Two"));
    let missing = desk.choices().undo(wanted, 9, Codes::AsGiven).await;
    assert!(matches!(missing, Err(ChangeError::NoSuchChange { number: 9, .. })), "{missing:?}");
    assert_eq!(desk.choices().undo(wanted, 4, Codes::AsGiven).await.unwrap().unwrap().number, 5);
    let numbers: Vec<_> = desk.choices().history(&desk.id).await.unwrap().iter().map(|c| c.number).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_connection_that_is_not_there_or_was_removed_has_no_settings() {
    let desk = Desk::open().await;
    let connection = desk.registry.connection(&desk.id).unwrap();
    let removed = tallyman_app::connection::Connection { removed: true, ..connection };
    desk.registry.put_connection(&removed).await.unwrap();
    let refused = desk.change(None, named("New", &removed.settings)).await;
    assert!(matches!(refused, Err(ChangeError::Unknown { .. })), "{refused:?}");
}
