//! Orders: the list, one order, what people do to it.

use super::{browser::Browser, world::World};
use crate::session::Role;
use http::StatusCode;
use tallyman_app::{
    connection::Connection,
    ports::{CallError, ConfigStore as _, Deeds as _, Hint, OrderStore as _, ProofVault as _},
    step::{failure, note_failure, settle},
};
use tallyman_domain::{
    Adjustment, ConnectionId, Digest, Event, ExceptionKind, Finding, MarketplaceKind, MarketplaceOrderId, Money, Order,
    OrderRef, ProofFacts, ShipmentId, Standing, TaxId, TaxIdKind, failures::Call,
};
use tallyman_sim::samples;

pub(super) fn connection() -> Connection {
    let id = ConnectionId::parse("ae-main").unwrap();
    Connection { id, ..samples::connection(MarketplaceKind::AliExpress) }
}

pub(super) fn order(n: u32) -> Order {
    let mut order = samples::order(MarketplaceKind::AliExpress, n);
    order.id = MarketplaceOrderId::parse(n.to_string()).unwrap();
    order.buyer.name = Some("Maria da Silva".into());
    order.buyer.email = Some("maria@example.com".into());
    order.ship_to.as_mut().unwrap().name = "Maria da Silva".into();
    order.buyer_note = Some("leave it at the door".into());
    order.internal_note = Some("Address in the local script: Rua das Flores 12, Maria".into());
    order
}

pub(super) fn reference(order: &Order) -> OrderRef {
    OrderRef::new(connection().id, order.id.clone())
}

pub(super) async fn on(world: &World, reference: &OrderRef, event: &Event<'_>) {
    let (connection, state) = (connection(), world.memory.state(reference));
    settle(&*world.memory, state, event, connection.setting(reference), world.now()).await.unwrap();
}

/// Puts an order where the console finds it.
pub(super) async fn stock(world: &World, order: &Order) -> OrderRef {
    world.registry.put_connection(&connection()).await.unwrap();
    let reference = reference(order);
    world.memory.put_facts(&[(reference.clone(), order.clone())]).await.unwrap();
    on(world, &reference, &Event::OrderObserved(order)).await;
    reference
}

/// ... and a parcel of it, with its proof.
pub(super) async fn ship(world: &World, order: &Order) -> ShipmentId {
    let reference = stock(world, order).await;
    let sent = world.memory.state(&reference).unwrap().export.wanted.unwrap();
    on(world, &reference, &Event::Exported { sent: &sent, warehouse_order: 1000 }).await;
    let shipment = samples::label(order.id.as_str().parse().unwrap(), "s1", &[]).shipment;
    world.memory.put_shipment(&reference, &shipment).await.unwrap();
    let seen =
        Event::ShipmentObserved { shipment: &shipment, before: None, order: Some(order), others: &[], merged: &[] };
    on(world, &reference, &seen).await;
    let (png, key) = (b"\x89PNG\r\n\x1a\n\xff".as_slice(), ProofFacts::key(&reference, &shipment.id));
    world.memory.keep(&key, png, Digest::of_bytes(png)).await.unwrap();
    let stored = Event::ProofStored { shipment: &shipment.id, digest: Digest::of_bytes(png), reference: None };
    on(world, &reference, &stored).await;
    shipment.id
}

pub(super) async fn page(world: &World, role: Role, path: &str) -> String {
    let answer = Browser::signed_in(world, Some(role)).get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

#[tokio::test]
async fn the_list_shows_each_order_under_its_tab_with_how_many_there_are() {
    let world = World::new().await;
    let ship_by = Some(world.now() + jiff::SignedDuration::from_hours(30));
    stock(&world, &Order { ship_by, ..order(81) }).await;
    ship(&world, &order(82)).await;
    let all = page(&world, Role::Operator, "/orders").await;
    assert!(all.contains("/orders/ae-main/81") && all.contains("/orders/ae-main/82"), "{all}");
    assert!(all.contains("Awaiting shipment <span class=\"count\">1</span>"), "{all}");
    assert!(
        all.contains("Shipped <span class=\"count\">1</span>") && all.contains("All <span class=\"count\">2</span>")
    );
    let shipped = page(&world, Role::Operator, "/orders?tab=shipped").await;
    assert!(!shipped.contains("/orders/ae-main/81") && shipped.contains("/orders/ae-main/82"));
    assert!(
        shipped.contains("<span class=\"tag good\"><span aria-hidden=\"true\">Proof ✓</span>")
            && shipped.contains("<span class=\"tag calm\"><span aria-hidden=\"true\">Sent –</span>"),
        "{shipped}"
    );
    let words = |text: &str| shipped.contains(&format!("<span class=\"hidden\">{text}</span>"));
    assert!(words("Proof: yes") && words("Sent: no") && words("Confirmed: no"), "not by colour alone: {shipped}");
    assert!(page(&world, Role::Operator, "/orders?tab=cancelled").await.contains("No orders here."));
    assert!(!page(&world, Role::Operator, "/orders?country=DE").await.contains("/orders/ae-main/8"));
    for filter in ["country=fr", "from=2026-01-01", "to=2026-12-31"] {
        let filtered = page(&world, Role::Operator, &format!("/orders?{filter}")).await;
        assert!(!filtered.contains("class=\"count\""), "nobody counted those of {filter}: {filtered}");
    }
    assert!(page(&world, Role::Operator, "/orders?connection=ae-main").await.contains("class=\"count\">2"));
    assert!(all.contains("Ship by <time datetime=\"2026-11-21T14:00:00Z\""), "{all}");
    assert!(page(&world, Role::Operator, "/orders?country=fr").await.contains("/orders/ae-main/81"));
}

#[tokio::test]
async fn pages_follow_each_other_until_every_order_was_shown_once() {
    let world = World::new().await;
    for n in 1..=120 {
        stock(&world, &order(1_000 + n)).await;
    }
    let (mut path, mut seen) = ("/orders".to_owned(), Vec::new());
    loop {
        let body = page(&world, Role::Viewer, &path).await;
        let links =
            body.split("href=\"/orders/ae-main/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        seen.extend(links);
        let Some(next) = body.split("rel=\"next\" href=\"").nth(1) else { break };
        path = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    assert_eq!(seen.len(), 120);
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 120);
}

#[tokio::test]
async fn a_viewer_reads_no_persons_data_anywhere_and_finds_nobody_by_name() {
    let world = World::new().await;
    let id = ship(&world, &order(81)).await;
    for path in ["/orders", "/orders/ae-main/81", "/orders?q=81", "/orders?q=maria", "/orders.csv"] {
        let body = page(&world, Role::Viewer, path).await;
        // What somebody typed comes back to them.
        let shown =
            body.replace("value=\"maria\"", "").replace("“maria”", "").replace("q=maria", "").replace("q%3Dmaria", "");
        for secret in ["Maria", "maria", "Silva", "Street 1", "33 6 12", "the door", "Flores"] {
            assert!(!shown.contains(secret), "{path}: {secret}");
        }
        assert!(!body.contains("/proof/"), "the proof names the buyer");
    }
    let proof = format!("/orders/ae-main/81/proof/{id}");
    assert_eq!(Browser::signed_in(&world, Some(Role::Viewer)).get(&proof).await.status, StatusCode::FORBIDDEN);
    assert!(page(&world, Role::Operator, "/orders?q=MARIA+da").await.contains("/orders/ae-main/81"));
    assert!(!page(&world, Role::Viewer, "/orders?q=maria").await.contains("/orders/ae-main/81"));
    assert!(page(&world, Role::Viewer, "/orders?q=tracks1").await.contains("/orders/ae-main/81"));
}

#[tokio::test]
async fn one_order_shows_both_sides_its_parcel_its_proof_and_what_happened() {
    let world = World::new().await;
    ship(&world, &order(81)).await;
    let body = page(&world, Role::Operator, "/orders/ae-main/81").await;
    for text in [
        "Maria da Silva",
        "WAIT_SELLER_SEND_GOODS",
        "leave it at the door",
        "Rua das Flores 12, Maria",
        "TRACKs1",
        "Took the order",
        "A label was made",
        "The proof was drawn and is kept",
        "/orders/ae-main/81/proof/s1",
        "1000",
        &Digest::of_bytes(b"\x89PNG\r\n\x1a\n\xff").hex(),
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    let missing = Browser::signed_in(&world, Some(Role::Operator)).get("/orders/ae-main/99").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_call_that_failed_stands_in_the_timeline_with_how_and_how_long_and_how_often() {
    let world = World::new().await;
    let id = ship(&world, &order(81)).await;
    let reference = reference(&order(81));
    let (began, hour) = (world.now(), jiff::SignedDuration::from_hours(1));
    let error = CallError::Unreachable { service: "AliExpress", call: "notify".into(), source: "closed".into() };
    for n in 0..3 {
        let now = began + hour * n;
        let state = world.memory.state(&reference).unwrap();
        let failed = failure(Call::Notice, &error, Some(&id), (now, now + jiff::SignedDuration::from_millis(1_234)));
        let connection = connection();
        note_failure(&*world.memory, &state, connection.setting(&reference).with_failed(failed), now).await;
    }
    let body = page(&world, Role::Operator, "/orders/ae-main/81").await;
    for text in ["Asked to take the notice: not reachable", "took 1234 ms", "Again, noted 3 times since"] {
        assert!(body.contains(text), "{text}: {body}");
    }
}

#[tokio::test]
async fn the_proof_is_an_image_that_no_cache_keeps() {
    let world = World::new().await;
    let id = ship(&world, &order(81)).await;
    let router = world.start();
    let mut browser = Browser { router, ..Browser::signed_in(&world, Some(Role::Operator)) };
    let answer = browser.raw(&format!("/orders/ae-main/81/proof/{id}")).await;
    assert_eq!(answer.0["content-type"], "image/png");
    assert_eq!(answer.0["cache-control"], "no-store");
    assert!(answer.1.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn an_answer_that_could_not_be_read_is_shown_to_operators_as_it_came() {
    let world = World::new().await;
    let reference = stock(&world, &order(81)).await;
    let raw = "/orders/ae-main/81/raw";
    assert_eq!(Browser::signed_in(&world, Some(Role::Operator)).get(raw).await.status, StatusCode::NOT_FOUND);
    let what = Finding::Unreadable {
        service: "AliExpress".into(),
        call: "details".into(),
        path: "id".into(),
        what: "no number".into(),
    };
    let event = Event::OrderUnreadable { standing: Standing::default(), modified_at: world.now(), what: &what };
    on(&world, &reference, &event).await;
    let text = "{\"buyer\": \"<b>Maria</b>\"";
    world.memory.put_raw(&reference, text, world.now()).await.unwrap();
    assert!(page(&world, Role::Operator, "/orders/ae-main/81").await.contains(raw));
    assert!(!page(&world, Role::Viewer, "/orders/ae-main/81").await.contains(raw));
    let answer = Browser::signed_in(&world, Some(Role::Operator)).raw(raw).await;
    assert_eq!(
        (answer.0["content-type"].as_bytes(), &*answer.1),
        (b"text/plain; charset=utf-8".as_slice(), text.as_bytes())
    );
    assert_eq!(answer.0["cache-control"], "no-store");
    assert_eq!(answer.0["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn an_operator_holds_and_releases_with_a_reason_and_the_timeline_says_who() {
    let world = World::new().await;
    let order = stock(&world, &order(81)).await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    assert!(browser.get("/orders/ae-main/81").await.body.contains("/orders/ae-main/81/act/hold"));
    let refused = browser.post("/orders/ae-main/81/act/hold", &[("reason", " ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!world.memory.state(&order).unwrap().held);
    let done = browser.post("/orders/ae-main/81/act/hold", &[("reason", "<b>buyer called</b>")]).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, "/orders/ae-main/81"));
    assert!(world.memory.state(&order).unwrap().held);
    assert!(world.memory.take_hints().iter().any(|(hint, _)| matches!(hint, Hint::Read { .. })));
    let body = browser.get("/orders/ae-main/81").await.body;
    assert!(body.contains("It is held.") && body.contains("ann@example.com") && body.contains("held it"), "{body}");
    assert!(!body.contains("<b>buyer"), "{body}");
    assert!(!browser.get("/orders/ae-main/81").await.body.contains("It is held."), "said once");
    assert!(body.contains("act/release") && !body.contains("act/hold"));
    let seen = page(&world, Role::Viewer, "/orders/ae-main/81").await;
    assert!(!seen.contains("buyer called") && seen.contains("(Note, hidden from viewers)"), "{seen}");
    let again = browser.post("/orders/ae-main/81/act/hold", &[("reason", "again")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.memory.deeds(&order).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_parcel_is_attached_by_hand_and_what_is_wrong_with_it_is_said() {
    let world = World::new().await;
    let order = stock(&world, &order(81)).await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let good = [("number", "LX123456789CN"), ("carrier", "usps"), ("service", ""), ("date", "2026-11-20")];
    for (field, bad) in [("number", "1"), ("carrier", " "), ("date", "soon")] {
        let form: Vec<(&str, &str)> = good.iter().map(|(n, v)| (*n, if *n == field { bad } else { *v })).collect();
        let answer = browser.post("/orders/ae-main/81/act/attach", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
    }
    assert_eq!(browser.post("/orders/ae-main/81/act/attach", &good).await.status, StatusCode::SEE_OTHER);
    let state = world.memory.state(&order).unwrap();
    assert_eq!(state.shipments.len(), 1);
    assert!(browser.get("/orders/ae-main/81").await.body.contains("LX123456789CN"));
}

#[tokio::test]
async fn what_is_wrong_with_an_act_is_said_in_the_readers_language() {
    let world = World::new().await;
    stock(&world, &order(81)).await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    browser.post("/preferences", &[("language", "de")]).await;
    let good = [("number", "LX123456789CN"), ("carrier", "usps"), ("service", ""), ("date", "2026-11-20")];
    for (field, said) in [
        ("number", "Eine Sendungsnummer hat 4 bis 60"),
        ("carrier", "Nennen Sie den Versanddienst."),
        ("date", "Ein Tag wird 2026-11-20 geschrieben."),
    ] {
        let form: Vec<(&str, &str)> = good.iter().map(|(n, v)| (*n, if *n == field { "?" } else { *v })).collect();
        let form: Vec<_> =
            form.into_iter().map(|(n, v)| (n, if n == "carrier" && v == "?" { " " } else { v })).collect();
        let answer = browser.post("/orders/ae-main/81/act/attach", &form).await;
        assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains(said), "{}", answer.body);
    }
    let answer = browser.post("/orders/ae-main/81/act/release", &[("reason", "so")]).await;
    assert!(answer.body.contains("Niemand hält sie an."), "{}", answer.body);
}

#[tokio::test]
async fn only_what_the_orders_state_allows_is_offered() {
    let world = World::new().await;
    let order = stock(&world, &order(81)).await;
    let fresh = page(&world, Role::Operator, "/orders/ae-main/81").await;
    assert!(!fresh.contains("act/again") && !fresh.contains("act/accept") && !fresh.contains("act/release"));
    let sent = world.memory.state(&order).unwrap().export.wanted.unwrap();
    on(&world, &order, &Event::ExportRefused { sent: &sent, reason: "no such country" }).await;
    let refused = page(&world, Role::Operator, "/orders/ae-main/81").await;
    assert!(refused.contains("act/again") && refused.contains("no such country"));
    assert!(!page(&world, Role::Viewer, "/orders/ae-main/81").await.contains("/act/"), "viewers look");
    assert!(page(&world, Role::Viewer, "/orders?tab=needs_attention").await.contains("/orders/ae-main/81"));
    assert_eq!(world.memory.state(&order).unwrap().exceptions[0].kind, ExceptionKind::ExportRefused);
}

#[tokio::test]
async fn what_we_write_into_an_order_is_told_in_the_readers_language_and_what_a_marketplace_says_is_not() {
    let world = World::new().await;
    let mut order = order(81);
    let amount = Money { amount: "-3".parse().unwrap(), currency: order.amounts.currency };
    order.amounts.adjustments =
        ["Discount", "Sommerfest"].map(|name| Adjustment { name: name.into(), amount }).into_iter().collect();
    order.internal_note = Some("Pick-up: RU_OFFLINE".into());
    order.tax_ids = vec![TaxId::new(TaxIdKind::Tin, "39053344705").unwrap()];
    stock(&world, &order).await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let english = browser.get("/orders/ae-main/81").await.body;
    assert!(english.contains("<dt>Discount</dt>") && english.contains("Pick-up: RU_OFFLINE"), "{english}");
    assert!(english.contains("TIN 39053344705"), "{english}");
    browser.post("/preferences", &[("language", "de")]).await;
    let german = browser.get("/orders/ae-main/81").await.body;
    assert!(german.contains("<dt>Rabatt</dt>") && german.contains("<dt>Sommerfest</dt>"), "{german}");
    assert!(german.contains("Abholung: RU_OFFLINE") && german.contains("TIN 39053344705"), "{german}");
}

#[tokio::test]
async fn the_csv_holds_what_the_list_shows() {
    let world = World::new().await;
    for n in 1..=3 {
        stock(&world, &order(80 + n)).await;
    }
    ship(&world, &order(90)).await;
    let csv = page(&world, Role::Operator, "/orders.csv?tab=awaiting_shipment").await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert!(lines[0].starts_with("Connection,Order,Status") && lines[1].contains("Maria da Silva"), "{csv}");
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let answer = browser.get("/orders.csv").await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(answer.body.lines().count(), 5);
}

/// The tags of a page, in their order.
pub(super) fn tags(body: &str) -> Vec<String> {
    let tag = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect::<String>();
    body.split('<').skip(1).map(tag).filter(|tag| !tag.is_empty()).collect()
}

#[tokio::test]
async fn whatever_orders_hold_the_pages_have_the_same_tags() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'--></style><b>",
        "</td></tr></table>",
        "&lt;b&gt;",
        "\u{202e}evil\u{0}",
        "{{ page.t }}",
        "javascript:alert(1)",
        "%3Cscript%3E",
        "]]><svg/onload=alert(1)>",
    ];
    let pages = ["/orders", "/orders/ae-main/81", "/orders?q=81", "/orders/ae-main/81/act/attach"];
    let mut expected: Vec<Vec<String>> = Vec::new();
    for text in ["harmless"].into_iter().chain(hostile) {
        let world = World::new().await;
        let mut order = order(81);
        order.buyer.name = Some(text.into());
        order.buyer.email = Some(text.into());
        order.buyer_note = Some(text.into());
        order.payment_method = Some(text.into());
        order.standing.status = text.into();
        let to = order.ship_to.as_mut().unwrap();
        (to.name, to.city, to.street) = (text.into(), text.into(), vec![text.into()]);
        for line in &mut order.lines {
            (line.name, line.sku) = (text.into(), Some(text.into()));
            line.options = vec![(text.into(), text.into())];
        }
        ship(&world, &order).await;
        let mut found = Vec::new();
        for path in pages {
            let body = page(&world, Role::Operator, path).await;
            assert!(
                !body.contains("<script") && !body.contains("<img src=x") && !body.contains("<svg"),
                "{path} {text}"
            );
            found.push(tags(&body));
        }
        if expected.is_empty() {
            expected = found;
        } else {
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn a_made_up_beginning_of_a_page_is_refused_by_a_page_that_says_so() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    for path in ["/orders?tab=needs_attention&", "/orders?", "/orders.csv?tab=needs_attention&"] {
        for before in ["x", "2026-11-22T00%3A00%3A00Z%2381", "2026-11-22T00%3A00%3A00Z%2381%23AE%20main"] {
            let answer = browser.get(&format!("{path}before={before}")).await;
            let is_ours = !path.contains("attention") && before.ends_with("81");
            let expected = if is_ours { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            assert_eq!(answer.status, expected, "{path} {before}");
            assert!(is_ours || answer.body.contains("where no page begins"), "{}", answer.body);
        }
    }
}
