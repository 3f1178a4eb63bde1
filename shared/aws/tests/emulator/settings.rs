use crate::{
    lab::{Lab, StillClock},
    samples,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tallyman_app::{
    connection::{Account, Connection},
    ports::{Carriers, ConfigStore, NoteStore, StoreError},
    settings::SettingsChange,
};
use tallyman_aws::{CachedConfig, DynamoCarriers, DynamoConfigStore, DynamoNotes, Table};
use tallyman_domain::{LiveService, MarketplaceKind, Settings};

fn connection(paused: bool) -> Connection {
    Connection {
        id: samples::connection(),
        marketplace: MarketplaceKind::AliExpress,
        account: samples::account(),
        app_budget: None,
        paused,
        removed: false,
        settings: Settings::default(),
    }
}

fn account() -> Account {
    Account { id: samples::account(), calls_per_minute: 40, webhook_secret_sha256: "00".repeat(32) }
}

#[tokio::test]
async fn connections_and_accounts_read_back_and_are_replaced_by_their_names() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConfigStore::new(&lab.config, &lab.table);
    assert!(store.connections().await.unwrap().is_empty());
    store.put_connection(&connection(false)).await.unwrap();
    store.put_connection(&connection(true)).await.unwrap();
    store.put_account(&account()).await.unwrap();
    assert_eq!(store.connections().await.unwrap(), [connection(true)]);
    assert_eq!(store.accounts().await.unwrap(), [account()]);
}

#[tokio::test]
async fn cached_config_is_believed_for_a_minute() {
    let Some(lab) = Lab::open().await else { return };
    let table = Table::new(&lab.config, &lab.table);
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let (store, cached) = (DynamoConfigStore::on(&table), CachedConfig::on(&table, clock.clone()));
    store.put_connection(&connection(false)).await.unwrap();
    assert_eq!(cached.connections().await.unwrap(), [connection(false)]);
    assert!(cached.accounts().await.unwrap().is_empty());

    store.put_connection(&connection(true)).await.unwrap();
    clock.pass(SignedDuration::from_secs(59));
    assert_eq!(cached.connections().await.unwrap(), [connection(false)]);
    clock.pass(SignedDuration::from_secs(1));
    assert_eq!(cached.connections().await.unwrap(), [connection(true)]);

    cached.put_account(&account()).await.unwrap();
    assert_eq!(cached.accounts().await.unwrap(), [account()], "its own change is seen at once");
}

#[tokio::test]
async fn a_list_of_carriers_reads_back_with_the_time_it_was_fetched() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoCarriers::new(&lab.config, &lab.table);
    assert_eq!(store.services(&samples::connection()).await.unwrap(), None);
    let service = |i| LiveService {
        code: format!("SERVICE_{i}"),
        name: format!("Service number {i}"),
        tracking_pattern: Some(r"^[A-Z]{2}\d{9}[A-Z]{2}$".into()),
        transport: None,
    };
    let services: Vec<_> = (0..5_000).map(service).collect();
    let fetched = samples::at("2026-11-20T10:00:00.25Z");
    store.put_services(&samples::connection(), &services, fetched).await.unwrap();
    assert_eq!(store.services(&samples::connection()).await.unwrap(), Some((services, fetched)));
}

#[tokio::test]
async fn of_two_that_write_the_same_note_one_is_told_so() {
    let Some(lab) = Lab::open().await else { return };
    let notes = DynamoNotes::new(&lab.config, &lab.table);
    assert_eq!(notes.note("alerts").await.unwrap(), None);
    notes.put_note("alerts", 0, "one").await.unwrap();
    let late = notes.put_note("alerts", 0, "two").await;
    assert!(matches!(late, Err(tallyman_app::ports::StoreError::Conflict { .. })), "{late:?}");
    assert_eq!(notes.note("alerts").await.unwrap(), Some((1, "one".to_owned())));
    notes.put_note("alerts", 1, "two").await.unwrap();
    assert_eq!(notes.note("alerts").await.unwrap(), Some((2, "two".to_owned())));
}

fn change(number: u64, before: &Connection, after: &Connection) -> SettingsChange {
    let (before, after) = (before.settings.clone(), after.settings.clone());
    SettingsChange { number, at: samples::at("2026-11-20T10:00:00Z"), by: "kim".into(), undoes: None, before, after }
}

fn named(name: &str) -> Connection {
    let settings = Settings { seller_name: name.into(), ..Settings::default() };
    Connection { settings, ..connection(false) }
}

#[tokio::test]
async fn a_connection_and_the_change_of_its_settings_are_written_together_or_not_at_all() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConfigStore::new(&lab.config, &lab.table);
    let (first, one, two) = (connection(false), named("One"), named("Two"));
    store.put_connection(&first).await.unwrap();
    store.swap_connection(&first, &one, Some(&change(1, &first, &one))).await.unwrap();
    assert_eq!(store.connections().await.unwrap(), std::slice::from_ref(&one));
    // Another connection than the one that is stored, and a number that is taken.
    for (before, number) in [(&first, 2), (&one, 1)] {
        let refused = store.swap_connection(before, &two, Some(&change(number, before, &two))).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
        assert_eq!(store.connections().await.unwrap(), std::slice::from_ref(&one));
        assert_eq!(store.settings_changes(&first.id, 20).await.unwrap(), [change(1, &first, &one)]);
    }
    store.swap_connection(&one, &two, Some(&change(2, &one, &two))).await.unwrap();
    let changes = store.settings_changes(&first.id, 20).await.unwrap();
    assert_eq!(changes.iter().map(|c| c.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(store.settings_changes(&first.id, 1).await.unwrap(), [change(2, &one, &two)]);
}

#[tokio::test]
async fn of_twenty_that_swap_the_very_same_connection_exactly_one_wins() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConfigStore::new(&lab.config, &lab.table);
    let first = connection(false);
    store.put_connection(&first).await.unwrap();
    let all = (0..20).map(|n| {
        let (store, first, after) = (store.clone(), first.clone(), named(&n.to_string()));
        // Half of them change settings, half of them only the connection.
        async move {
            let change = (n % 2 == 0).then(|| change(1, &first, &after));
            store.swap_connection(&first, &after, change.as_ref()).await
        }
    });
    let done = futures::future::join_all(all).await;
    let won = done.iter().filter(|done| done.is_ok()).count();
    assert!(done.iter().all(|d| matches!(d, Ok(()) | Err(StoreError::Conflict { .. }))), "{done:?}");
    assert_eq!(won, 1, "{done:?}");
}
