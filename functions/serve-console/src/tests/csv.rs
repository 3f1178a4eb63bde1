//! The list as a file that leaves while it is read.

use super::{
    browser::Browser,
    orders::{on, order, reference, stock},
    world::World,
};
use crate::{answer::Bounds, session::Role};
use axum::body::BodyDataStream;
use futures::StreamExt as _;
use http::StatusCode;
use jiff::SignedDuration;
use tallyman_domain::Event;

const PAGE: usize = 200;

async fn world(orders: u32) -> World {
    let world = World::new().await;
    for n in 1..=orders {
        stock(&world, &order(10_000 + n)).await;
    }
    world
}

async fn open(world: &World, change: impl Fn(&mut Bounds), path: &str) -> BodyDataStream {
    let mut browser = Browser::signed_in(world, Some(Role::Operator));
    change(&mut browser.bounds);
    let answer = browser.open(path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.into_body().into_data_stream()
}

async fn chunk(body: &mut BodyDataStream) -> Option<String> {
    Some(String::from_utf8(body.next().await?.unwrap().to_vec()).unwrap())
}

/// All that is left, as records; the first line is one of them.
async fn rest(body: &mut BodyDataStream) -> Vec<Vec<String>> {
    let mut text = String::new();
    while let Some(more) = chunk(body).await {
        text.push_str(&more);
    }
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn is_remark(record: &[String]) -> bool {
    record[0].starts_with("### NOT COMPLETE. ") && record[1..].iter().all(String::is_empty)
}

#[tokio::test]
async fn a_page_of_the_file_has_left_before_the_next_one_is_read() {
    let world = world(450).await;
    let mut body = open(&world, |_| {}, "/orders.csv").await;
    let first = chunk(&mut body).await.unwrap();
    assert_eq!(first.lines().count(), 1 + PAGE, "the names of the columns, and one page");
    // Nobody has looked at the others yet: an order that comes behind those that were sent is in the file.
    let mut late = order(5);
    late.placed_at -= SignedDuration::from_hours(24);
    stock(&world, &late).await;
    let rest = rest(&mut body).await;
    assert_eq!(rest.len(), 251);
    assert_eq!(rest[250][1], "5");
    assert!(!rest.iter().any(|record| is_remark(record)));
}

#[tokio::test]
async fn every_order_is_in_the_file_once() {
    let world = world(450).await;
    let records = rest(&mut open(&world, |_| {}, "/orders.csv").await).await;
    let numbers: std::collections::BTreeSet<_> = records[1..].iter().map(|record| &record[1]).collect();
    assert_eq!((records.len(), numbers.len()), (451, 450));
}

#[tokio::test]
async fn a_file_that_may_grow_no_more_says_how_many_it_has_and_what_is_missing() {
    let world = world(450).await;
    for change in [(|b: &mut Bounds| b.rows = PAGE) as fn(&mut Bounds), |b| b.bytes = 1_000] {
        let records = rest(&mut open(&world, change, "/orders.csv").await).await;
        assert_eq!(records.len(), 1 + PAGE + 1);
        let last = records.last().unwrap();
        assert!(is_remark(last), "{last:?}");
        let text = format!("This file has 200 orders; those placed before {}", records[PAGE][4]);
        assert!(last[0].contains(&text), "{last:?}");
        assert!(!records[..=PAGE].iter().any(|record| is_remark(record)));
    }
    let whole = rest(&mut open(&world, |b| b.rows = 450, "/orders.csv").await).await;
    assert_eq!(whole.len(), 451, "what just fits is whole");
}

#[tokio::test]
async fn a_file_ends_in_time_before_its_invocation_does() {
    let world = world(450).await;
    let ends_at = world.now() + SignedDuration::from_secs(30);
    let mut body = open(&world, |b| b.ends_at = ends_at, "/orders.csv").await;
    chunk(&mut body).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(26));
    let rest = rest(&mut body).await;
    assert!(rest.len() == 1 && is_remark(&rest[0]), "{rest:?}");
}

#[tokio::test]
async fn a_store_that_fails_in_the_middle_is_told_in_the_file_and_at_the_beginning_by_the_status() {
    let world = world(450).await;
    let mut body = open(&world, |_| {}, "/orders.csv").await;
    chunk(&mut body).await.unwrap();
    world.memory.fail_shelves(true);
    let rest = rest(&mut body).await;
    assert!(rest.len() == 1 && is_remark(&rest[0]) && rest[0][0].contains("could not be read"), "{rest:?}");
    let answer = Browser::signed_in(&world, Some(Role::Operator)).get("/orders.csv").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.headers.contains_key("content-disposition"), "no file is offered");
}

#[tokio::test]
async fn what_was_found_is_a_file_too_and_says_when_there_is_more() {
    let world = world(60).await;
    let found = rest(&mut open(&world, |_| {}, "/orders.csv?q=10007").await).await;
    assert_eq!((found.len(), found[1][1].as_str()), (2, "10007"));
    let many = rest(&mut open(&world, |_| {}, "/orders.csv?q=Maria+da").await).await;
    assert_eq!(many.len(), 1 + 50 + 1);
    assert!(is_remark(many.last().unwrap()) && many.last().unwrap()[0].contains("50 of the orders"), "{many:?}");
}

#[tokio::test]
async fn a_file_of_what_needs_attention_that_ends_early_says_that_it_goes_by_deadline() {
    let world = world(250).await;
    for n in 1..=250 {
        let reference = reference(&order(10_000 + n));
        let sent = world.memory.state(&reference).unwrap().export.wanted.unwrap();
        on(&world, &reference, &Event::ExportRefused { sent: &sent, reason: "no such country" }).await;
    }
    let records = rest(&mut open(&world, |b| b.rows = PAGE, "/orders.csv?tab=needs_attention").await).await;
    let last = records.last().unwrap();
    assert!(is_remark(last) && last[0].contains("with the nearest deadlines"), "{last:?}");
}
