use crate::{
    lab::{Lab, StillClock},
    samples,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tallyman_app::ports::{AuthorisationStore, ConfigStore, StoreError};
use tallyman_aws::{CachedConfig, DynamoAuthorisations, DynamoConfigStore, Table};
use tallyman_domain::{
    Authorisation, Grant, Length,
    authorisation::{Event, decide},
};

fn first() -> Authorisation {
    let now = samples::at("2026-11-20T10:00:00Z");
    let grant = Grant { generation: 1, length: Some(Length::Three), ..Grant::bare(true, now) };
    decide(None, &samples::connection(), &Event::Stored(&grant), now).unwrap()
}

fn begun(before: &Authorisation, lease_s: i64) -> Authorisation {
    let now = samples::at("2026-11-20T11:00:00Z");
    let event = Event::RefreshBegun { lease_until: now + SignedDuration::from_secs(lease_s), asked: true };
    decide(Some(before), &samples::connection(), &event, now).unwrap()
}

#[tokio::test]
async fn an_authorisation_reads_back_with_its_version_and_goes_when_it_is_removed() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoAuthorisations::new(&lab.config, &lab.table);
    let id = samples::connection();
    assert_eq!(store.authorisation(&id).await.unwrap(), None);
    store.commit(&first()).await.unwrap();
    store.commit(&begun(&first(), 90)).await.unwrap();
    assert_eq!(store.authorisation(&id).await.unwrap(), Some(begun(&first(), 90)));
    assert_eq!(store.authorisations().await.unwrap(), [begun(&first(), 90)]);
    store.remove(&id).await.unwrap();
    store.remove(&id).await.unwrap();
    assert_eq!(store.authorisation(&id).await.unwrap(), None);
}

#[tokio::test]
async fn a_commit_on_anything_but_the_newest_version_changes_nothing() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoAuthorisations::new(&lab.config, &lab.table);
    let conflict = |outcome| matches!(outcome, Err(StoreError::Conflict { .. }));
    assert!(conflict(store.commit(&begun(&first(), 90)).await), "there is nothing yet");
    store.commit(&first()).await.unwrap();
    assert!(conflict(store.commit(&first()).await));
    assert_eq!(store.authorisations().await.unwrap(), [first()]);
}

/// The race for a refresh token, where it is decided.
#[tokio::test]
async fn of_sixty_four_that_begin_to_renew_at_once_exactly_one_may_call() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoAuthorisations::new(&lab.config, &lab.table);
    store.commit(&first()).await.unwrap();
    // All want the very same lease, so that their items differ in nothing.
    let claim = begun(&first(), 90);
    let outcomes = futures::future::join_all((0..64).map(|_| store.commit(&claim))).await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|o| matches!(o, Ok(()) | Err(StoreError::Conflict { .. }))), "{outcomes:?}");
}

#[tokio::test]
async fn authorisations_come_with_the_connections_and_their_own_changes_are_seen_at_once() {
    let Some(lab) = Lab::open().await else { return };
    let table = Table::new(&lab.config, &lab.table);
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let (cached, other) = (CachedConfig::on(&table, clock.clone()), DynamoAuthorisations::on(&table));
    assert!(cached.connections().await.unwrap().is_empty());
    other.commit(&first()).await.unwrap();
    assert!(cached.authorisations().await.unwrap().is_empty(), "read with the connections, a moment ago");
    assert_eq!(cached.authorisation(&samples::connection()).await.unwrap(), Some(first()), "asked for by name");
    cached.commit(&begun(&first(), 90)).await.unwrap();
    assert_eq!(cached.authorisations().await.unwrap(), [begun(&first(), 90)]);
    other.remove(&samples::connection()).await.unwrap();
    clock.pass(SignedDuration::from_secs(60));
    assert!(cached.authorisations().await.unwrap().is_empty());
}

/// A newer version may write fields that this one doesn't know.
#[tokio::test]
async fn what_a_newer_version_wrote_is_still_read() {
    let Some(lab) = Lab::open().await else { return };
    let client = aws_sdk_dynamodb::Client::new(&lab.config);
    let connection = r#"{"id":"ae-main","marketplace":"aliexpress","account":"main","of_tomorrow":1,
        "settings":{"seller_name":"Lamps","of_tomorrow":{"a":1},"tax_ids":{"custom_field":2,"of_tomorrow":1}}}"#;
    let s = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = client.put_item().table_name(&lab.table).item("pk", s("CONFIG"));
    put.item("sk", s("connection#ae-main")).item("s", s(connection)).send().await.unwrap();
    let read = DynamoConfigStore::new(&lab.config, &lab.table).connections().await.unwrap();
    assert_eq!((read[0].settings.seller_name.as_str(), read[0].settings.tax_ids.custom_field), ("Lamps", 2));
}
