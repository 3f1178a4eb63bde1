use crate::{lab::Lab, samples};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tallyman_app::ports::{BudgetStore, CursorStore};
use tallyman_aws::{DynamoBudgetStore, DynamoCursorStore};

const INTERVAL: Duration = Duration::from_millis(1_500);

async fn budgets() -> Option<DynamoBudgetStore> {
    let lab = Lab::open().await?;
    Some(DynamoBudgetStore::new(&lab.config, &lab.table))
}

/// Virtual time: whoever is told to wait asks again when the wait is over.
async fn take_next(store: &DynamoBudgetStore, mut now: Timestamp) -> Timestamp {
    while let Some(wait) = store.take("shipstation/main", INTERVAL, now).await.unwrap() {
        assert!(wait >= Duration::from_millis(1));
        now += SignedDuration::try_from(wait).unwrap();
    }
    now
}

#[tokio::test]
async fn forty_calls_are_never_nearer_to_each_other_than_the_interval_and_waste_nothing() {
    let Some(store) = budgets().await else { return };
    let begun = samples::at("2026-11-20T10:00:00.0007Z");
    let mut taken = vec![take_next(&store, begun).await];
    for _ in 1..40 {
        taken.push(take_next(&store, taken[taken.len() - 1]).await);
    }
    let interval = SignedDuration::try_from(INTERVAL).unwrap();
    assert!(taken.windows(2).all(|two| two[1].duration_since(two[0]) >= interval), "{taken:?}");
    assert!(taken[39].duration_since(begun) <= interval * 40, "{taken:?}");
}

#[tokio::test]
async fn of_twenty_that_ask_at_once_exactly_one_may_go() {
    let Some(store) = budgets().await else { return };
    let now = samples::at("2026-11-20T10:00:00Z");
    let race = (0..20).map(|_| store.take("shipstation/main", INTERVAL, now));
    let answers = futures::future::join_all(race).await;
    let waits: Vec<_> = answers.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(waits, vec![INTERVAL; 19]);
}

#[tokio::test]
async fn budgets_of_two_accounts_do_not_share() {
    let Some(store) = budgets().await else { return };
    let now = samples::at("2026-11-20T10:00:00Z");
    assert_eq!(store.take("shipstation/a", INTERVAL, now).await.unwrap(), None);
    assert_eq!(store.take("shipstation/b", INTERVAL, now).await.unwrap(), None);
}

#[tokio::test]
async fn what_the_service_says_is_believed_and_never_shortened() {
    let Some(store) = budgets().await else { return };
    let now = samples::at("2026-11-20T10:00:00Z");
    let until = now + SignedDuration::from_secs(40);
    store.block_until("shipstation/main", until).await.unwrap();
    store.block_until("shipstation/main", now + SignedDuration::from_secs(10)).await.unwrap();
    let wait = store.take("shipstation/main", INTERVAL, now).await.unwrap();
    assert_eq!(wait, Some(Duration::from_secs(40)));
    assert_eq!(store.take("shipstation/main", INTERVAL, until).await.unwrap(), None);
}

#[tokio::test]
async fn a_cursor_never_moves_back() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoCursorStore::new(&lab.config, &lab.table);
    assert_eq!(store.cursor("orders/ae-main").await.unwrap(), None);
    let half_past = samples::at("2026-11-20T10:00:00.5Z");
    for text in ["2026-11-20T09:00:00Z", "2026-11-20T10:00:00.5Z", "2026-11-20T10:00:00Z", "2026-11-20T09:30:00.9Z"] {
        store.advance("orders/ae-main", samples::at(text)).await.unwrap();
    }
    assert_eq!(store.cursor("orders/ae-main").await.unwrap(), Some(half_past));
    assert_eq!(store.cursor("orders/ae-two").await.unwrap(), None);
}
