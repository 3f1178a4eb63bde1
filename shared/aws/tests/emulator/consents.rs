use crate::{
    lab::Lab,
    samples::{self, at},
};
use jiff::SignedDuration;
use tallyman_app::ports::{Consent, ConsentStore, consent::CONSENT_TIME_MAX};
use tallyman_aws::DynamoConsents;
use tallyman_domain::Length;

fn consent() -> Consent {
    let connection = samples::connection();
    Consent { session: "session-a".into(), connection, length: Length::Three, begun_at: at("2026-11-20T10:00:00Z") }
}

#[tokio::test]
async fn of_twenty_that_take_the_same_consent_exactly_one_gets_it() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConsents::new(&lab.config, &lab.table);
    store.put_consent("state-1", &consent()).await.unwrap();
    let now = consent().begun_at;
    let takers = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.take_consent("state-1", "session-a", now).await.unwrap() })
    });
    let mut got = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        got.extend(taker.await.unwrap());
    }
    assert_eq!(got, [consent()]);
}

#[tokio::test]
async fn another_session_gets_nothing_and_takes_nothing_away() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConsents::new(&lab.config, &lab.table);
    store.put_consent("state-2", &consent()).await.unwrap();
    let now = consent().begun_at;
    assert_eq!(store.take_consent("state-2", "session-b", now).await.unwrap(), None);
    assert_eq!(store.take_consent("unknown", "session-a", now).await.unwrap(), None);
    assert_eq!(store.take_consent("state-2", "session-a", now).await.unwrap(), Some(consent()));
}

#[tokio::test]
async fn a_consent_that_took_too_long_is_gone_though_it_is_still_there() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoConsents::new(&lab.config, &lab.table);
    store.put_consent("state-3", &consent()).await.unwrap();
    let end = consent().begun_at + CONSENT_TIME_MAX;
    assert_eq!(store.take_consent("state-3", "session-a", end).await.unwrap(), None);
    let just = end - SignedDuration::from_secs(1);
    assert_eq!(store.take_consent("state-3", "session-a", just).await.unwrap(), Some(consent()));
}
