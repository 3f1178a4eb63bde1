use crate::lab::{Lab, StillClock};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;
use tallyman_app::ports::SecretStore;
use tallyman_aws::SecretsStore;

#[tokio::test]
async fn a_secret_is_created_replaced_and_read_back() {
    let Some(lab) = Lab::open().await else { return };
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let store = SecretsStore::new(&lab.config, &lab.prefix, clock);
    assert_eq!(store.secret("connection/ae-main").await.unwrap(), None);
    for token in ["first", "second"] {
        store.put_secret("connection/ae-main", &json!({ "token": token })).await.unwrap();
        store.forget("connection/ae-main");
        assert_eq!(store.secret("connection/ae-main").await.unwrap(), Some(json!({ "token": token })));
    }
}

#[tokio::test]
async fn a_secret_is_believed_for_five_minutes_unless_it_is_forgotten() {
    let Some(lab) = Lab::open().await else { return };
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let (writer, reader) = (
        SecretsStore::new(&lab.config, &lab.prefix, clock.clone()),
        SecretsStore::new(&lab.config, &format!("{}/", lab.prefix), clock.clone()),
    );
    let token = async || reader.secret("account/main").await.unwrap().unwrap()["token"].clone();
    writer.put_secret("account/main", &json!({ "token": 1 })).await.unwrap();
    assert_eq!(token().await, 1);
    writer.put_secret("account/main", &json!({ "token": 2 })).await.unwrap();
    clock.pass(SignedDuration::from_secs(299));
    assert_eq!(token().await, 1);
    clock.pass(SignedDuration::from_secs(1));
    assert_eq!(token().await, 2);
    writer.put_secret("account/main", &json!({ "token": 3 })).await.unwrap();
    reader.forget("account/main");
    assert_eq!(token().await, 3);
}

#[tokio::test]
async fn of_many_that_put_the_same_new_secret_none_fails() {
    let Some(lab) = Lab::open().await else { return };
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let store = SecretsStore::new(&lab.config, &lab.prefix, clock);
    let value = json!({ "token": "same" });
    let results = futures::future::join_all((0..5).map(|_| store.put_secret("account/main", &value))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[tokio::test]
async fn a_removed_secret_is_gone_and_its_name_can_be_used_again_at_once() {
    let Some(lab) = Lab::open().await else { return };
    let clock = Arc::new(StillClock::at("2026-11-20T10:00:00Z"));
    let store = SecretsStore::new(&lab.config, &lab.prefix, clock);
    store.remove_secret("connection/ae-main").await.unwrap();
    store.put_secret("connection/ae-main", &json!({ "token": 1 })).await.unwrap();
    store.remove_secret("connection/ae-main").await.unwrap();
    assert_eq!(store.secret("connection/ae-main").await.unwrap(), None);
    store.put_secret("connection/ae-main", &json!({ "token": 2 })).await.unwrap();
    assert_eq!(store.secret("connection/ae-main").await.unwrap(), Some(json!({ "token": 2 })));
}
