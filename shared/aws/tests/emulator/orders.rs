use crate::{lab::Lab, lossy::lossy, samples};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicU32, atomic::Ordering},
};
use tallyman_app::ports::{OrderStore, StoreError};
use tallyman_aws::DynamoOrderStore;
use tallyman_domain::{Extent, OrderRef, OrderState, OrderStatus, state::NoticeState};

async fn store() -> Option<(Lab, DynamoOrderStore)> {
    let lab = Lab::open().await?;
    let store = DynamoOrderStore::new(&lab.config, &lab.table);
    Some((lab, store))
}

async fn open_ids(store: &DynamoOrderStore) -> Vec<OrderRef> {
    store.open(&samples::connection(), None, 100).await.unwrap().0
}

#[tokio::test]
async fn what_was_put_and_committed_is_loaded() {
    let Some((_lab, store)) = store().await else { return };
    let reference = samples::reference();
    assert_eq!(store.load(&reference).await.unwrap(), None);
    let (order, shipment) = (samples::order(&reference), samples::shipment("s1"));
    store.put_facts(&[(reference.clone(), order.clone())]).await.unwrap();
    store.put_shipment(&reference, &shipment).await.unwrap();
    let mut state = samples::shipped(1);
    state.shipments[0].id = shipment.id.clone();
    state.shipments[0].facts = shipment.digest().short();
    store.commit(&reference, &state).await.unwrap();
    let record = store.load(&reference).await.unwrap().unwrap();
    assert_eq!((record.state, record.order, record.shipments), (state, Some(order), vec![shipment]));
}

#[tokio::test]
async fn facts_put_twice_or_twice_in_one_call_are_there_once() {
    let Some((_lab, store)) = store().await else { return };
    let reference = samples::reference();
    let facts = (reference.clone(), samples::order(&reference));
    store.put_facts(&[facts.clone(), facts.clone()]).await.unwrap();
    store.put_facts(std::slice::from_ref(&facts)).await.unwrap();
    store.commit(&reference, &samples::state(1)).await.unwrap();
    assert_eq!(store.load(&reference).await.unwrap().unwrap().order, Some(facts.1));
}

#[tokio::test]
async fn a_state_that_refers_to_missing_facts_is_corrupt() {
    let Some((_lab, store)) = store().await else { return };
    let reference = samples::reference();
    store.commit(&reference, &samples::state(1)).await.unwrap();
    assert!(matches!(store.load(&reference).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn a_commit_on_another_version_is_a_conflict_and_changes_nothing() {
    let Some((_lab, store)) = store().await else { return };
    let reference = samples::reference();
    for early in [0, 2] {
        let result = store.commit(&reference, &samples::state(early)).await;
        assert!(matches!(result, Err(StoreError::Conflict { .. })), "version {early} of a new order: {result:?}");
    }
    store.commit(&reference, &samples::state(1)).await.unwrap();
    store.commit(&reference, &samples::shipped(2)).await.unwrap();
    for version in [1, 2, 4] {
        let result = store.commit(&reference, &samples::state(version)).await;
        assert!(matches!(result, Err(StoreError::Conflict { .. })), "version {version} over 2: {result:?}");
    }
    let stored = store.states(std::slice::from_ref(&reference)).await.unwrap();
    assert_eq!(stored[&reference], samples::shipped(2));
}

#[tokio::test]
async fn a_commit_whose_answer_got_lost_is_a_success_and_not_a_conflict_with_itself() {
    let Some(lab) = Lab::open().await else { return };
    let left = Arc::new(AtomicU32::new(0));
    let http = lossy(tallyman_aws::http_client(), left.clone());
    let config = lab.config.clone().into_builder().http_client(http).build();
    let store = DynamoOrderStore::new(&config, &lab.table);
    for version in 1..=3 {
        left.store(2, Ordering::SeqCst);
        store.commit(&samples::reference(), &samples::state(version)).await.unwrap();
        assert_eq!(left.load(Ordering::SeqCst), 0, "two answers were lost");
    }
}

#[tokio::test]
async fn of_twenty_that_commit_the_very_same_state_exactly_one_wins() {
    let Some((_lab, store)) = store().await else { return };
    for version in 1..=3 {
        let state = samples::state(version);
        let reference = samples::reference();
        let race = (0..20).map(|_| store.commit(&reference, &state));
        let results = futures::future::join_all(race).await;
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        assert!(results.iter().all(|r| matches!(r, Ok(()) | Err(StoreError::Conflict { .. }))), "{results:?}");
    }
}

#[tokio::test]
async fn many_orders_are_read_in_batches_and_unknown_ones_are_absent() {
    let Some((_lab, store)) = store().await else { return };
    let known: Vec<_> = (1..=130).map(samples::numbered).collect();
    let facts: Vec<_> = known.iter().map(|r| (r.clone(), samples::order(r))).collect();
    store.put_facts(&facts).await.unwrap();
    for (reference, order) in &facts {
        let state = OrderState { facts: Some(order.facts_digest().short()), ..samples::state(1) };
        store.commit(reference, &state).await.unwrap();
    }
    let mut asked = known.clone();
    asked.extend([samples::numbered(999), known[0].clone()]);
    assert_eq!(store.states(&asked).await.unwrap().len(), 130);
    let records = store.with_facts(&asked).await.unwrap();
    assert_eq!(records.len(), 130);
    for (reference, order) in facts {
        assert_eq!(records[&reference].order.as_ref(), Some(&order));
    }
    assert!(store.states(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_order_without_its_facts_does_not_fail_its_neighbours() {
    let Some((_lab, store)) = store().await else { return };
    let (good, bad) = (samples::reference(), samples::numbered(2));
    store.put_facts(&[(good.clone(), samples::order(&good))]).await.unwrap();
    for reference in [&good, &bad] {
        store.commit(reference, &samples::state(1)).await.unwrap();
    }
    let records = store.with_facts(&[good.clone(), bad.clone()]).await.unwrap();
    assert!(records[&good].order.is_some() && records[&bad].order.is_none());
}

#[tokio::test]
async fn an_order_is_in_the_index_until_it_is_finished() {
    let Some((_lab, store)) = store().await else { return };
    let (first, second) = (samples::reference(), samples::numbered(2));
    let later = OrderState { placed_at: samples::at("2026-11-21T00:00:00Z"), ..samples::state(1) };
    store.commit(&second, &later).await.unwrap();
    store.commit(&first, &samples::state(1)).await.unwrap();
    assert_eq!(open_ids(&store).await, [first.clone(), second.clone()], "oldest first");

    let mut done = samples::shipped(2);
    done.status = OrderStatus::Shipped;
    done.shipments[0].notice =
        NoticeState::Confirmed { at: samples::at("2026-11-22T00:00:00Z"), extent: Extent::All, code: String::new() };
    store.commit(&first, &done).await.unwrap();
    assert_eq!(open_ids(&store).await, [second]);
    store.commit(&first, &OrderState { version: 3, ..samples::state(3) }).await.unwrap();
    assert!(open_ids(&store).await.contains(&first), "it can come back");
}

#[tokio::test]
async fn open_orders_are_paged_without_gaps_or_repeats() {
    let Some((_lab, store)) = store().await else { return };
    let all: BTreeSet<_> = (1..=7).map(samples::numbered).collect();
    for reference in &all {
        store.commit(reference, &samples::state(1)).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = store.open(&samples::connection(), after, 3).await.unwrap();
        assert!(page.len() <= 3);
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (7, all));
}

#[tokio::test]
async fn open_orders_of_many_months_and_tabs_are_paged_without_gaps_or_repeats() {
    let Some((_lab, store)) = store().await else { return };
    let all: BTreeSet<_> = (1..=29).map(samples::numbered).collect();
    for (n, reference) in all.iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        let mut state = if n % 3 == 0 { samples::shipped(1) } else { samples::state(1) };
        state.placed_at -= jiff::SignedDuration::from_hours(24 * 31 * (n % 13));
        if n % 3 == 1 {
            state.status = OrderStatus::OnHold;
        }
        store.commit(reference, &state).await.unwrap();
    }
    for limit in [1, 3, 29, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = store.open(&samples::connection(), after, limit).await.unwrap();
            assert!(page.len() <= usize::try_from(limit).unwrap());
            seen.extend(page);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (29, all.clone()), "{limit}");
    }
}

#[tokio::test]
async fn exceptions_of_orders_and_strays_are_listed_while_they_are_open() {
    let Some((_lab, store)) = store().await else { return };
    let reference = samples::reference();
    let mut state = samples::state(1);
    state.exceptions = vec![samples::exception("2026-11-22T00:00:00Z"), samples::exception("2026-11-21T00:00:00Z")];
    store.commit(&reference, &state).await.unwrap();
    let stray = samples::exception("2026-11-20T00:00:00Z");
    store
        .put_stray(&samples::account(), &samples::shipment("s9").id, Some(&samples::shipment("s9")), &stray)
        .await
        .unwrap();
    let (order, account) = (reference.to_string(), "main/s9".to_owned());
    let listed = store.exceptions().await.unwrap();
    let expected = [(&account, &stray), (&order, &state.exceptions[1]), (&order, &state.exceptions[0])];
    assert_eq!(listed.iter().map(|(a, e)| (a, e)).collect::<Vec<_>>(), expected);

    store.commit(&reference, &samples::state(2)).await.unwrap();
    assert_eq!(store.exceptions().await.unwrap(), [(account, stray)]);
}

#[tokio::test]
async fn a_stray_put_again_keeps_its_first_exception() {
    let Some((_lab, store)) = store().await else { return };
    for since in ["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"] {
        let exception = samples::exception(since);
        store.put_stray(&samples::account(), &samples::shipment("s9").id, None, &exception).await.unwrap();
    }
    let listed = store.exceptions().await.unwrap();
    assert_eq!(listed, [("main/s9".to_owned(), samples::exception("2026-11-20T00:00:00Z"))]);
}

#[tokio::test]
async fn a_stray_that_ended_is_kept_and_no_longer_listed_and_of_two_changes_one_wins() {
    let Some((_lab, store)) = store().await else { return };
    let (account, id) = (samples::account(), samples::shipment("s9").id);
    let open = samples::exception("2026-11-20T00:00:00Z");
    store.put_stray(&account, &id, None, &open).await.unwrap();
    let over = open.clone().gone(samples::at("2026-11-21T00:00:00Z")).unwrap();
    store.swap_stray(&account, &id, &open, &over).await.unwrap();
    assert_eq!(
        (store.exceptions().await.unwrap().len(), store.stray(&account, &id).await.unwrap()),
        (0, Some(over.clone()))
    );
    let late = store.swap_stray(&account, &id, &open, &over).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    let again = samples::exception("2026-11-22T00:00:00Z").found_after(over.clone()).unwrap();
    store.swap_stray(&account, &id, &over, &again).await.unwrap();
    assert_eq!(store.exceptions().await.unwrap(), [("main/s9".to_owned(), again)]);
}

#[tokio::test]
async fn a_raw_answer_is_kept_for_ninety_days_and_cut_to_64_kb() {
    let Some((lab, store)) = store().await else { return };
    let now = samples::at("2026-11-20T00:00:00Z");
    store.put_raw(&samples::reference(), &"é".repeat(40_000), now).await.unwrap();
    let query = aws_sdk_dynamodb::Client::new(&lab.config).scan().table_name(&lab.table);
    let item = query.send().await.unwrap().items.unwrap().remove(0);
    assert_eq!(item["t"].as_s().unwrap().len(), 65_536);
    assert_eq!(item["ttl"].as_n().unwrap(), &(now.as_second() + 90 * 86_400).to_string());
    assert_eq!(store.raw(&samples::reference()).await.unwrap(), Some("é".repeat(32_768)));
    assert_eq!(store.raw(&samples::numbered(8_000_000_000_000_001)).await.unwrap(), None);
    assert_eq!(store.load(&samples::reference()).await.unwrap(), None, "raw alone is no order");
}
