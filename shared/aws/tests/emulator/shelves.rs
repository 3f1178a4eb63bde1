//! Where people look orders up, on the emulator.

use crate::{lab::Lab, samples};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tallyman_app::ports::{Counted, Day, Deed, Deeds as _, Month, OrderStore as _, Part, Shelf, Shelves as _};
use tallyman_aws::{DynamoOrderStore, DynamoShelves};
use tallyman_domain::{ConnectionId, CountryCode, Exception, OrderRef, OrderState, OrderStatus, Tab, WordKind};

async fn stores() -> Option<(Lab, DynamoOrderStore, DynamoShelves)> {
    let lab = Lab::open().await?;
    let orders = DynamoOrderStore::new(&lab.config, &lab.table);
    let shelves = DynamoShelves::new(&lab.config, &lab.table);
    Some((lab, orders, shelves))
}

fn placed(version: u64, hours_before: i64) -> OrderState {
    let state = samples::state(version);
    OrderState { placed_at: state.placed_at - SignedDuration::from_hours(hours_before), ..state }
}

/// The month in which the samples were placed.
fn month() -> Month {
    Month::of(samples::state(1).placed_at)
}

fn today() -> Shelf {
    Shelf::Day(Day::of(samples::state(1).placed_at))
}

fn part(before: Option<&str>, limit: u32) -> Part {
    Part { before: before.map(str::to_owned), from: None, limit }
}

#[tokio::test]
async fn a_shelf_is_read_newest_first_from_any_place_and_counted() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let connection = samples::connection();
    for n in 1..=5 {
        orders.commit(&samples::numbered(n), &placed(1, i64::try_from(n).unwrap())).await.unwrap();
    }
    let open = Shelf::Open(Tab::AwaitingShipment, month());
    let first = shelves.part(&connection, open, &part(None, 2)).await.unwrap();
    assert_eq!(first.iter().map(|spot| spot.order.clone()).collect::<Vec<_>>(), [1, 2].map(samples::numbered));
    assert_eq!((first[0].place.as_str(), first[0].country.as_str()), ("2026-11-20T09:00:00Z#1", "BR"));
    let rest = shelves.part(&connection, open, &part(Some(&first[1].place), 9)).await.unwrap();
    assert_eq!(rest.iter().map(|spot| spot.order.clone()).collect::<Vec<_>>(), [3, 4, 5].map(samples::numbered));
    let from = Part { from: Some(rest[0].place[..20].parse().unwrap()), ..part(None, 9) };
    assert_eq!(shelves.part(&connection, open, &from).await.unwrap().len(), 3);
    assert!(shelves.part(&connection, Shelf::Open(Tab::OnHold, month()), &part(None, 9)).await.unwrap().is_empty());

    assert_eq!(shelves.count(&connection, open, 9).await.unwrap(), Counted { count: 5, is_all: true });
    let counted = shelves.count(&connection, open, 3).await.unwrap();
    assert_eq!((counted.count, counted.is_all), (3, false));
    let between = Part { before: Some(first[1].place.clone()), ..from };
    assert_eq!(shelves.part(&connection, open, &between).await.unwrap(), rest[..1]);
    let nothing = Part { before: Some("2026-11-01T00:00:00Z".into()), ..between };
    assert!(shelves.part(&connection, open, &nothing).await.unwrap().is_empty(), "the end is before the beginning");
    assert_eq!(shelves.part(&connection, today(), &part(None, 9)).await.unwrap().len(), 5);
    assert_eq!(shelves.count(&connection, today(), 9).await.unwrap().count, 5);
}

#[tokio::test]
async fn an_order_lies_on_one_shelf_of_a_tab_and_on_that_of_its_day_for_ever() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let (connection, order) = (samples::connection(), samples::reference());
    let on = async |shelf| !shelves.part(&connection, shelf, &part(None, 9)).await.unwrap().is_empty();
    let open = |tab| Shelf::Open(tab, month());
    orders.commit(&order, &samples::state(1)).await.unwrap();
    assert!(on(open(Tab::AwaitingShipment)).await && on(today()).await);
    orders.commit(&order, &samples::shipped(2)).await.unwrap();
    assert!(!on(open(Tab::AwaitingShipment)).await && on(open(Tab::Shipped)).await && on(today()).await);
    let mut cancelled = OrderState { status: OrderStatus::Cancelled, ..samples::state(3) };
    cancelled.export.wanted = None;
    orders.commit(&order, &cancelled).await.unwrap();
    assert!(on(Shelf::Cancelled(month())).await && !on(open(Tab::Shipped)).await && on(today()).await);
    let catalogue = shelves.catalogue(None).await.unwrap();
    let passed: Vec<Shelf> = catalogue[&connection].others.keys().copied().collect();
    assert_eq!(passed, [open(Tab::AwaitingShipment), open(Tab::Shipped), Shelf::Cancelled(month())]);
}

#[tokio::test]
async fn days_are_known_before_their_first_order_and_each_once() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let connection = samples::connection();
    for (n, hours) in [(1, 0), (2, 24 * 7), (3, 24 * 400), (4, 1)] {
        orders.commit(&samples::numbered(n), &placed(1, hours)).await.unwrap();
    }
    for only in [None, Some(&connection)] {
        let days = shelves.catalogue(only).await.unwrap()[&connection].days.clone();
        let days: Vec<String> = days.iter().rev().map(|day| day.name()).collect();
        assert_eq!(days, ["2026-11-20", "2026-11-13", "2025-10-16"]);
    }
    let other = ConnectionId::parse("other").unwrap();
    assert!(shelves.catalogue(Some(&other)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_shelf_is_forgotten_by_its_mark_only_and_noted_anew_by_the_next_process() {
    let Some((lab, orders, shelves)) = stores().await else { return };
    let connection = samples::connection();
    orders.commit(&samples::reference(), &samples::state(1)).await.unwrap();
    let shelf = Shelf::Open(Tab::AwaitingShipment, month());
    let mark = async || shelves.catalogue(None).await.unwrap()[&connection].others.get(&shelf).cloned();
    let first = mark().await.unwrap();
    // Another process puts an order there before the first mark is used.
    DynamoOrderStore::new(&lab.config, &lab.table).commit(&samples::numbered(2), &samples::state(1)).await.unwrap();
    shelves.forget(&connection, shelf, &first).await.unwrap();
    let second = mark().await.unwrap();
    assert_ne!(first, second);
    shelves.forget(&connection, shelf, &second).await.unwrap();
    assert_eq!(mark().await, None);
    shelves.forget(&connection, shelf, &second).await.unwrap();
    DynamoOrderStore::new(&lab.config, &lab.table).commit(&samples::numbered(3), &samples::state(1)).await.unwrap();
    assert!(mark().await.is_some_and(|third| third != second));
}

#[tokio::test]
async fn words_find_orders_by_how_they_begin_and_a_page_ends_at_its_limit() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let connection = samples::connection();
    let facts: Vec<_> = (1..=30).map(|n| (samples::numbered(n), samples::order(&samples::numbered(n)))).collect();
    orders.put_facts(&facts).await.unwrap();
    orders.put_shipment(&samples::numbered(7), &samples::shipment("s1")).await.unwrap();
    let find = async |kind, prefix: &str, limit| -> BTreeSet<OrderRef> {
        shelves.find(&connection, kind, prefix, limit).await.unwrap().into_iter().collect()
    };
    assert_eq!(find(WordKind::Buyer, "josé ál", 99).await.len(), 30);
    assert_eq!(find(WordKind::Buyer, "josé ál", 4).await.len(), 4);
    assert_eq!(find(WordKind::Sku, "lamp-7", 99).await.len(), 30);
    assert!(find(WordKind::Sku, "lamp", 99).await.is_empty(), "less than its beginning");
    let newest = shelves.find(&connection, WordKind::Sku, "lamp-7", 2).await.unwrap();
    // As text, which is by time where numbers are equally long, as a marketplace's are.
    assert_eq!(newest, [samples::numbered(9), samples::numbered(8)]);
    // A SKU that is just that isn't crowded out by longer ones, however many.
    let longer = (31..=33).map(|n| {
        let (order, mut facts) = (samples::numbered(n), samples::order(&samples::numbered(n)));
        facts.lines.iter_mut().for_each(|line| line.sku = Some(format!("lamp-7-{n}")));
        (order, facts)
    });
    orders.put_facts(&longer.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(shelves.find(&connection, WordKind::Sku, "lamp-7", 2).await.unwrap(), newest);
    assert_eq!(find(WordKind::Sku, "lamp-7-", 99).await.len(), 3);
    assert_eq!(find(WordKind::Tracking, "94001118", 99).await, [samples::numbered(7)].into());
    assert!(find(WordKind::Buyer, "josé z", 99).await.is_empty() && find(WordKind::Buyer, "", 99).await.is_empty());
}

#[tokio::test]
async fn orders_with_exceptions_are_listed_and_strays_are_not() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let mut state = samples::state(1);
    state.exceptions = vec![samples::exception("2026-11-22T00:00:00Z")];
    orders.commit(&samples::reference(), &state).await.unwrap();
    let stray = samples::exception("2026-11-20T00:00:00Z");
    let shipment = samples::shipment("s9");
    orders.put_stray(&samples::account(), &shipment.id, Some(&shipment), &stray).await.unwrap();
    let (found, next) = shelves.with_exceptions(None, 9).await.unwrap();
    assert_eq!((found[0].1.clone(), found.len(), next), (samples::reference(), 1, None));
}

#[tokio::test]
async fn orders_with_exceptions_are_paged_and_each_is_seen_once_though_strays_lie_between_them() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    for n in 0..7 {
        let mut state = samples::state(1);
        // All in one second: the place has to tell them apart.
        state.exceptions = vec![samples::exception("2026-11-22T00:00:00Z")];
        orders.commit(&samples::numbered(n), &state).await.unwrap();
        let shipment = samples::shipment(&format!("{n}"));
        let stray = samples::exception("2026-11-22T00:00:00Z");
        orders.put_stray(&samples::account(), &shipment.id, Some(&shipment), &stray).await.unwrap();
    }
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let (page, next) = shelves.with_exceptions(after.as_deref(), 3).await.unwrap();
        seen.extend(page.into_iter().map(|(_, order)| order));
        pages += 1;
        let Some(next) = next else { break };
        after = Some(next);
    }
    seen.sort();
    assert_eq!(seen, (0..7).map(samples::numbered).collect::<Vec<_>>());
    assert!((5..=6).contains(&pages), "{pages}");
}

#[tokio::test]
async fn open_exceptions_come_with_the_nearest_deadline_first_page_by_page_strays_among_them() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let until = |at: &str| -> Exception {
        let mut found = samples::exception("2026-11-20T00:00:00Z");
        found.deadline = samples::at(at);
        found
    };
    let (first, second, third) = (samples::numbered(1), samples::numbered(2), samples::numbered(3));
    let urgent = [until("2026-11-29T00:00:00Z"), until("2026-11-23T00:00:00Z")];
    for (order, exceptions) in [(&third, vec![until("2026-11-25T00:00:00Z")]), (&first, urgent.to_vec())] {
        orders.commit(order, &OrderState { exceptions, ..samples::state(1) }).await.unwrap();
    }
    orders.commit(&second, &samples::state(1)).await.unwrap();
    let shipment = samples::shipment("s9");
    let stray = until("2026-11-24T00:00:00Z");
    orders.put_stray(&samples::account(), &shipment.id, Some(&shipment), &stray).await.unwrap();

    let (page, next) = shelves.open_exceptions(None, 2).await.unwrap();
    let page: Vec<(String, String)> = page.into_iter().map(|(at, e)| (at, format!("{:.0}", e.deadline))).collect();
    let expected = [(first.to_string(), "23"), ("main/s9".to_owned(), "24"), (first.to_string(), "29")];
    assert_eq!(page, expected.map(|(at, day)| (at, format!("2026-11-{day}T00:00:00Z"))));
    let (page, next) = shelves.open_exceptions(next.as_deref(), 2).await.unwrap();
    assert_eq!((page.len(), page[0].0.clone(), next), (1, third.to_string(), None));

    // A deadline that moves takes its place with it.
    let sooner = until("2026-11-21T00:00:00Z");
    orders.swap_stray(&samples::account(), &shipment.id, &stray, &sooner).await.unwrap();
    assert_eq!(shelves.open_exceptions(None, 1).await.unwrap().0, [("main/s9".to_owned(), sooner)]);
}

#[tokio::test]
async fn what_people_did_is_read_back_in_its_order_and_is_no_part_of_the_orders_record() {
    let Some((_lab, orders, shelves)) = stores().await else { return };
    let order = samples::reference();
    orders.put_facts(&[(order.clone(), samples::order(&order))]).await.unwrap();
    orders.commit(&order, &samples::state(1)).await.unwrap();
    let deed = |at: &str, what: &str| {
        let (by, note) = ("ann@example.com".to_owned(), "because".to_owned());
        Deed { at: samples::at(at), by, what: what.to_owned(), note, about: None }
    };
    let (first, second) = (deed("2026-11-21T00:00:00Z", "hold"), deed("2026-11-21T00:00:00.5Z", "release"));
    for deed in [&second, &first] {
        shelves.put_deed(&order, deed).await.unwrap();
    }
    assert_eq!(shelves.deeds(&order).await.unwrap(), [first, second]);
    assert_eq!(orders.load(&order).await.unwrap().unwrap().state, samples::state(1));
    assert_eq!(CountryCode::parse("BR").ok(), samples::state(1).country);
}
