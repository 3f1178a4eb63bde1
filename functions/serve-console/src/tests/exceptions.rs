//! The pages of exceptions: who sees what, what people do, and what becomes of each.

use super::{
    browser::{Answer, Browser},
    world::World,
};
use crate::session::Role;
use http::StatusCode;
use std::collections::BTreeSet;
use tallyman_app::{
    exceptions::raise_stray,
    ports::{Clock as _, ConfigStore as _, OrderStore as _},
    step::settle,
};
use tallyman_domain::{Event, Exception, ExceptionKind, MarketplaceKind, Order, ShipmentId, Standing};
use tallyman_sim::samples;

/// So many orders with a status that nobody knows, and one shipment of nobody with this text.
pub(super) async fn open(orders: u32, stray: &str) -> World {
    let world = World::new().await;
    let connection = samples::connection(MarketplaceKind::AliExpress);
    world.registry.put_connection(&connection).await.unwrap();
    for n in 1..=orders {
        observe(&world, n, "STRANGE").await;
    }
    let now = world.clock.now();
    let found = Exception::found(ExceptionKind::ShipmentUnattributed, None, stray, now, now);
    let id = ShipmentId::parse("s99").unwrap();
    raise_stray(&*world.memory, &samples::account().id, &id, &found).await.unwrap();
    world
}

async fn observe(world: &World, n: u32, status: &str) {
    let connection = samples::connection(MarketplaceKind::AliExpress);
    let (reference, order) = (samples::reference(n), samples::order(MarketplaceKind::AliExpress, n));
    let standing = Standing { status: status.into(), ..Standing::default() };
    let order = Order { standing, modified_at: world.clock.now(), ..order };
    let (known, event) = (world.memory.state(&reference), Event::OrderObserved(&order));
    let with = connection.setting(&reference);
    settle(&*world.memory, known, &event, with, world.clock.now()).await.unwrap();
}

fn operator(world: &World) -> Browser {
    Browser::signed_in(world, Some(Role::Operator))
}

/// The values of the checkboxes, or of hidden picks.
fn keys(answer: &Answer) -> Vec<String> {
    let after = answer.body.split("name=\"pick.").skip(1);
    after.filter_map(|rest| Some(rest.split_once("value=\"")?.1.split_once('"')?.0.to_owned())).collect()
}

async fn acted(browser: &mut Browser, act: &str, picks: &[String], more: &[(&str, &str)]) -> Answer {
    send(browser, "/exceptions/do", act, picks, more).await
}

async fn send(browser: &mut Browser, path: &str, act: &str, picks: &[String], more: &[(&str, &str)]) -> Answer {
    let named: Vec<(String, &str)> =
        picks.iter().enumerate().map(|(n, key)| (format!("pick.{n}"), key.as_str())).collect();
    let mut form = vec![("act", act)];
    form.extend(named.iter().map(|(name, key)| (name.as_str(), *key)));
    form.extend(more);
    browser.post(path, &form).await
}

#[tokio::test]
async fn the_list_has_tabs_with_counts_the_nearest_deadline_first_and_says_what_to_do() {
    let world = open(3, "whose?").await;
    let mut browser = operator(&world);
    let all = browser.get("/exceptions").await.body;
    assert!(all.contains("All <span class=\"count\">4</span>"), "{all}");
    assert!(all.contains("Technical <span class=\"count\">3</span>"), "{all}");
    assert!(all.contains("Warehouse <span class=\"count\">1</span>"), "{all}");
    let position = |text: &str| all.find(text).unwrap_or_else(|| panic!("{text} in {all}"));
    assert!(position("main/s99") < position("shop:1"), "what is due comes first");
    assert!(all.contains("<span class=\"state bad\">0 min late</span>") && all.contains("2 d left"), "{all}");
    let technical = browser.get("/exceptions?owner=technical").await.body;
    assert!(!technical.contains("main/s99") && technical.contains("shop:3"));
    let filtered = browser.get("/exceptions?kind=shipment_unattributed").await.body;
    assert!(filtered.contains("whose?") && !filtered.contains("shop:3"));
    assert!(browser.get("/exceptions?connection=shop&assignee=%40me").await.body.contains("Nothing is open here."));
    let german = {
        browser.post("/preferences", &[("language", "de")]).await;
        browser.get("/exceptions").await.body
    };
    assert!(german.contains("Unbekannter Status") && german.contains("seit 0 min überfällig"), "{german}");
    assert!(german.contains("<p class=\"hint\">Status „STRANGE“</p>"), "{german}");
    assert!(german.contains("<p class=\"hint\" lang=\"en\">whose?</p>"), "words of others are marked: {german}");
}

#[tokio::test]
async fn a_viewer_sees_them_all_and_nothing_to_press() {
    let world = open(1, "whose?").await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    let list = browser.get("/exceptions?kind=unknown_status").await;
    assert!(list.body.contains("shop:1") && keys(&list).is_empty());
    let href = list.body.split("href=\"/exceptions/one?").nth(1).unwrap().split('"').next().unwrap();
    let one = browser.get(&format!("/exceptions/one?{}", href.replace("&#38;", "&"))).await.body;
    assert!(one.contains("What to do") && !one.contains("name=\"act\""), "{one}");
}

#[tokio::test]
async fn a_viewer_reads_neither_what_a_service_quoted_nor_what_people_wrote() {
    let world = open(1, "Maria da Silva, Street 1").await;
    let order = samples::order(MarketplaceKind::AliExpress, 1);
    world.memory.put_facts(&[(samples::reference(1), order)]).await.unwrap();
    let mut browser = operator(&world);
    let mut hrefs = Vec::new();
    for kind in ["shipment_unattributed", "unknown_status"] {
        let picks = keys(&browser.get(&format!("/exceptions?kind={kind}")).await);
        let text = [("text", "Maria called"), ("from", "one")];
        hrefs.push(acted(&mut browser, "comment", &picks, &text).await.to().to_owned());
    }
    let mut viewer = Browser::signed_in(&world, Some(Role::Viewer));
    for path in ["/exceptions", "/exceptions?kind=shipment_unattributed", &hrefs[0], &hrefs[1], "/orders/shop/1"] {
        let (seen, shown) = (viewer.get(path).await, browser.get(path).await);
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        for secret in ["Maria", "Silva", "Street 1", "called"] {
            assert!(!seen.body.contains(secret), "{path}: {secret}");
        }
        let noted = !path.starts_with("/exceptions?") && path != "/exceptions";
        assert_eq!(seen.body.contains("Note, hidden from viewers"), noted, "{path}: {}", seen.body);
        assert_eq!(shown.body.contains("Maria called"), noted, "{path}: {}", shown.body);
    }
    assert!(viewer.get(&hrefs[0]).await.body.contains("What was found is hidden from viewers."));
    assert!(browser.get(&hrefs[0]).await.body.contains("Maria da Silva, Street 1"));
    // Resolved, it stands in the order's story with its reason.
    let picks = keys(&browser.get("/exceptions?kind=unknown_status").await);
    acted(&mut browser, "resolve", &picks, &[("text", "told Maria")]).await;
    let (seen, shown) = (viewer.get("/orders/shop/1").await.body, browser.get("/orders/shop/1").await.body);
    assert!(seen.contains("Resolved: Unknown status. Note, hidden") && !seen.contains("told Maria"), "{seen}");
    assert!(shown.contains("told Maria"), "{shown}");
}

#[tokio::test]
async fn where_only_some_were_looked_at_nothing_is_said_to_be_none_and_the_next_are_reached() {
    let world = open(520, "whose?").await;
    let mut browser = operator(&world);
    let first = browser.get("/exceptions?assignee=kim").await.body;
    assert!(first.contains("None of those looked at fits.") && !first.contains("Nothing is open here."), "{first}");
    let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split_once('"')).unwrap().0;
    let last = browser.get(&next.replace("&#38;", "&").replace("&amp;", "&")).await.body;
    assert!(last.contains("None of the less urgent ones fits.") && !last.contains("Nothing is open here."), "{last}");
    assert!(last.contains("First page") && !last.contains("rel=\"next\""), "{last}");
}

#[tokio::test]
async fn one_is_taken_commented_and_after_a_question_resolved_with_a_reason() {
    let world = open(1, "whose?").await;
    let mut browser = operator(&world);
    let picks = keys(&browser.get("/exceptions?kind=unknown_status").await);
    let taken = acted(&mut browser, "assign-me", &picks, &[]).await;
    assert!(taken.to().starts_with("/exceptions/one?key=unknown_status.shop"), "{}", taken.body);
    let page = browser.get(taken.to()).await.body;
    assert!(
        page.contains("Assigned: Unknown status, shop:1.") && page.contains("Assigned to ann@example.com"),
        "{page}"
    );
    let wrong = acted(&mut browser, "comment", &picks, &[("text", " "), ("from", "one")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Write a comment"), "{}", wrong.body);
    let commented = acted(&mut browser, "comment", &picks, &[("text", "asked <b>them</b>"), ("from", "one")]).await;
    let page = browser.get(commented.to()).await.body;
    assert!(page.contains("asked &#60;b&#62;them&#60;/b&#62;"), "{page}");
    let question = send(&mut browser, "/exceptions/ask", "resolve", &picks, &[("back", "/exceptions")]).await;
    assert!(question.body.contains("Resolve this exception?") && keys(&question) == picks, "{}", question.body);
    let without = acted(&mut browser, "resolve", &picks, &[]).await;
    assert!(without.body.contains("Give a reason"), "{}", without.body);
    let done =
        acted(&mut browser, "resolve", &picks, &[("text", "it means paid"), ("back", "/exceptions?owner=technical")])
            .await;
    assert_eq!(done.to(), "/exceptions?owner=technical", "{}", done.body);
    let list = browser.get(done.to()).await.body;
    assert!(list.contains("Resolved: Unknown status, shop:1.") && list.contains("Nothing is open here."), "{list}");
    let state = world.memory.state(&samples::reference(1)).unwrap();
    let by: Vec<_> = state.closed[0].history.iter().map(|entry| entry.by.as_deref().unwrap_or_default()).collect();
    assert_eq!(by, ["ann@example.com"; 3]);
}

#[tokio::test]
async fn all_of_one_cause_are_resolved_at_once_and_those_that_could_not_be_are_named() {
    let world = open(3, "whose?").await;
    let mut browser = operator(&world);
    let picks = keys(&browser.get("/exceptions?kind=unknown_status").await);
    assert_eq!(picks.len(), 3);
    // Since the list was drawn two were resolved, and one of them is open again because of something else.
    acted(&mut operator(&world), "resolve", &picks[..2], &[("text", "first")]).await;
    world.clock.advance(jiff::SignedDuration::from_mins(1));
    observe(&world, 2, "STRANGER").await;
    let question = send(&mut browser, "/exceptions/ask", "resolve", &picks, &[]).await;
    assert!(question.body.contains("Resolve 2 exceptions?"), "{}", question.body);
    let done = acted(&mut browser, "resolve", &picks, &[("text", "all the same")]).await;
    assert!(done.body.contains("1 of 3 were done."), "{}", done.body);
    assert!(done.body.contains("Not done: it is no longer open."), "{}", done.body);
    assert!(done.body.contains("Not done: it has changed since you looked."), "{}", done.body);
    assert!(done.body.contains("shop:1") && done.body.contains("shop:2") && done.body.contains("shop:3"));
    let left = keys(&browser.get("/exceptions?kind=unknown_status").await);
    let done = acted(&mut browser, "resolve", &left, &[("text", "now seen")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "a single one: {}", done.body);
}

#[tokio::test]
async fn without_a_script_all_on_the_page_can_be_picked_and_assigned() {
    let world = open(3, "whose?").await;
    let mut browser = operator(&world);
    let (back, path) = (("back", "/exceptions?kind=unknown_status"), "/exceptions/ask");
    let question = send(&mut browser, path, "assign", &[], &[back, ("all", "1")]).await;
    assert!(question.body.contains("Assign 3 exceptions"), "{}", question.body);
    let done = acted(&mut browser, "assign", &keys(&question), &[back, ("to", "kim")]).await;
    assert!(done.body.contains("All 3 were done.") && done.body.contains("Assigned to kim"), "{}", done.body);
    assert!(browser.get("/exceptions?assignee=kim").await.body.contains("shop:2"));
}

#[tokio::test]
async fn what_is_of_several_kinds_or_nothing_is_not_acted_on() {
    let world = open(1, "whose?").await;
    let mut browser = operator(&world);
    let mut picks = keys(&browser.get("/exceptions?kind=unknown_status").await);
    picks.extend(keys(&browser.get("/exceptions?kind=shipment_unattributed").await));
    for (picks, says) in [(&picks[..], "Pick exceptions of one kind."), (&[], "Pick at least one exception.")] {
        for path in ["/exceptions/ask", "/exceptions/do"] {
            let answer = send(&mut browser, path, "resolve", picks, &[("text", "x")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(answer.body.contains(says), "{path}: {}", answer.body);
        }
    }
    assert!(world.memory.state(&samples::reference(1)).unwrap().closed.is_empty());
    let answer = send(&mut browser, "/exceptions/do", "delete", &picks[..1], &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_long_list_comes_in_pages_of_fifty_and_stays_below_a_hundred_kilobytes() {
    let world = open(119, "whose?").await;
    let mut browser = operator(&world);
    let style = browser.get(&crate::assets::style()).await.body.len();
    let first = browser.get("/exceptions?kind=unknown_status").await;
    assert_eq!(keys(&first).len(), 50);
    assert!(first.body.len() + style < 100_000, "{} and {style}", first.body.len());
    assert!(first.body.contains("1–50 / 119") && first.body.contains("page=2"), "{}", first.body);
    let last = browser.get("/exceptions?kind=unknown_status&page=3").await;
    assert_eq!(keys(&last).len(), 19);
    let beyond = browser.get("/exceptions?kind=unknown_status&page=99").await;
    assert_eq!(keys(&beyond), keys(&last));
}

#[tokio::test]
async fn more_than_are_read_at_once_are_told_to_be_more_and_each_is_reached_once() {
    let world = open(520, "whose?").await;
    let mut browser = operator(&world);
    assert!(browser.get("/exceptions").await.body.contains("All <span class=\"count\">500+</span>"));
    let (mut seen, mut pages, mut path) = (Vec::new(), 0, Some("/exceptions?kind=unknown_status".to_owned()));
    while let Some(here) = path {
        let answer = browser.get(&here).await;
        seen.extend(keys(&answer));
        pages += 1;
        let next = answer.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split_once('"'));
        path = next.map(|(href, _)| href.replace("&#38;", "&").replace("&amp;", "&"));
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len(), pages), (520, 520, 11));
    // The last one is far behind what the first look reads, and can be acted on all the same.
    let last = seen.split_off(519);
    let done = acted(&mut browser, "assign", &last, &[("to", "kim"), ("back", "/exceptions")]).await;
    assert!(done.status.is_redirection() || done.status == StatusCode::OK, "{}", done.body);
    let assigned = world.memory.states_now().into_values().flat_map(|state| state.exceptions);
    assert_eq!(assigned.filter(|e| e.assignee.as_deref() == Some("kim")).count(), 1);
    let refused = browser.get("/exceptions?after=x").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}
