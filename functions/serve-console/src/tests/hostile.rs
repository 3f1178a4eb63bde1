//! Whatever is in the data, it is text: the sequence of a page's tags and attributes doesn't change with it.

use super::{browser::Browser, exceptions, orders, settings, world::World};
use crate::session::Role;
use jiff::SignedDuration;
use tallyman_app::{
    browse::Browse,
    ports::{Deed, Deeds as _, OrderStore as _},
    reconcile::healed::{Remedied, note_rows},
};
use tallyman_domain::{Event, ExceptionKind};
use tallyman_sim::samples;

/// What could break out of text, attributes, comments, and scripts.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></textarea></select></option>",
    "<!-- --> ]]> <![CDATA[",
    "{{ page.csrf() }}{% raw %}",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "\u{202e}right to left\u{0}\u{7}\u{1b}[31m",
    "javascript:alert(1)",
    "`${alert(1)}`",
    "💥\u{feff}\u{200b}",
];

/// The tags with the names of their attributes, values left out.
pub(super) fn structure(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (mut tag, mut quoted, mut end) = (String::new(), false, after.len());
        for (at, c) in after.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = at + 1;
                    break;
                }
                _ if quoted => {}
                c => tag.push(c),
            }
        }
        tags.push(tag);
        rest = &after[end..];
    }
    tags
}

async fn pages(browser: &mut Browser, paths: &[&str]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for path in paths {
        let page = browser.get(path).await.body;
        all.push(structure(&page));
        if *path == "/exceptions" {
            let hrefs: Vec<String> = page
                .split("href=\"/exceptions/one?")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect();
            for href in hrefs {
                all.push(structure(
                    &browser.get(&format!("/exceptions/one?{}", href.replace("&#38;", "&"))).await.body,
                ));
            }
        }
    }
    all
}

async fn drawn(text: &str) -> Vec<Vec<String>> {
    let world: World = exceptions::open(1, text).await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let list = browser.get("/exceptions?kind=shipment_unattributed").await.body;
    let key = list.split("value=\"shipment_unattributed.").nth(1).unwrap().split('"').next().unwrap();
    let key = format!("shipment_unattributed.{key}");
    for (act, field) in [("comment", "text"), ("assign", "to")] {
        let short: String = text.chars().take(60).collect();
        browser.post("/exceptions/do", &[("act", act), ("pick.0", &key), (field, &short), ("from", "one")]).await;
    }
    let mut all = pages(&mut browser, &["/exceptions", "/exceptions?kind=shipment_unattributed"]).await;
    let form = [("act", "resolve"), ("pick.0", key.as_str()), ("text", text), ("back", text)];
    all.push(structure(&browser.post("/exceptions/ask", &form).await.body));
    all
}

#[tokio::test]
async fn hostile_text_in_exceptions_never_changes_a_pages_structure() {
    let plain = drawn("plain words").await;
    for text in HOSTILE {
        assert_eq!(drawn(text).await, plain, "{text:?}");
    }
    // And texts of such pieces, put together at random but always the same way.
    let mut seed = 0x2545_f491_u64;
    for _ in 0..40 {
        let text: String = (0..4)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                HOSTILE[usize::try_from(seed >> 33).unwrap() % HOSTILE.len()]
            })
            .collect();
        assert_eq!(drawn(&text).await, plain, "{text:?}");
    }
}

async fn settings_drawn(text: &str) -> Vec<Vec<String>> {
    let world = settings::shop().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let short: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    let names = ["seller_name", "description", "carrier.0.carrier", "carrier.0.service"];
    let mut with: Vec<(&str, &str)> = names.map(|name| (name, short.as_str())).into();
    with.push(("carrier.0.code", "USPS"));
    let form = settings::filled(&mut browser, &with).await;
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let saved = browser.post("/connections/shop/settings", &form).await;
    assert_eq!(saved.status.as_u16(), 303, "{}", saved.body);
    let paths = ["/connections/shop/settings", "/connections/shop/settings/undo?number=1"];
    let mut all = pages(&mut browser, &paths).await;
    // And what is refused is shown again.
    let wrong: Vec<(&str, &str)> = ["seller_name", "start_from", "store_id", "note", "origin", "tariff", "seen"]
        .map(|name| (name, text))
        .into_iter()
        .chain([("status.0.name", text), ("carrier.0.code", text), ("void_window", text), ("tax_field", text)])
        .collect();
    all.push(structure(&browser.post("/connections/shop/settings", &wrong).await.body));
    all
}

#[tokio::test]
async fn hostile_text_in_settings_never_changes_a_pages_structure() {
    let plain = settings_drawn("plain words").await;
    for text in HOSTILE {
        assert_eq!(settings_drawn(text).await, plain, "{text:?}");
    }
}

/// An order with a parcel, and what people did and we measured and healed: all of it says the same.
async fn order_drawn(text: &str) -> Vec<Vec<String>> {
    let (world, mut order) = (World::new().await, orders::order(81));
    order.placed_at = world.now() - SignedDuration::from_hours(2);
    order.paid_at = Some(order.placed_at);
    order.buyer.name = Some(text.into());
    order.buyer.email = Some(text.into());
    let to = order.ship_to.as_mut().unwrap();
    (to.name, to.city, to.street) = (text.into(), text.into(), vec![text.into()]);
    (order.buyer_note, order.internal_note) = (Some(text.into()), Some(text.into()));
    (order.gift_message, order.payment_method) = (Some(text.into()), Some(text.into()));
    (order.lines[0].name, order.lines[0].sku) = (text.into(), Some(text.into()));
    let reference = orders::stock(&world, &order).await;
    let sent = world.memory.state(&reference).unwrap().export.wanted.unwrap();
    orders::on(&world, &reference, &Event::Exported { sent: &sent, warehouse_order: 1000 }).await;
    let mut shipment = samples::label(81, "s1", &[]).shipment;
    (shipment.carrier, shipment.service) = (text.into(), Some(text.into()));
    shipment.tracking_number = text.into();
    world.memory.put_shipment(&reference, &shipment).await.unwrap();
    let seen =
        Event::ShipmentObserved { shipment: &shipment, before: None, order: Some(&order), others: &[], merged: &[] };
    orders::on(&world, &reference, &seen).await;
    for (what, about) in [("hold", None), ("resolve", Some(ExceptionKind::Stuck)), (text, None)] {
        let (by, what, note) = (text.to_owned(), what.to_owned(), text.to_owned());
        world.memory.put_deed(&reference, &Deed { at: world.now(), by, what, note, about }).await.unwrap();
    }
    let browse = Browse { shelves: &*world.memory, orders: &*world.memory, notes: &*world.memory };
    browse.lags(&[orders::connection().id], world.now()).await.unwrap();
    note_rows(&*world.memory, &[(text.to_owned(), Remedied::GivenAgain)], 0, world.now()).await.unwrap();
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let paths =
        ["/", "/orders", "/orders?q=81", "/orders/ae-main/81", "/orders/ae-main/81/act/hold", "/lags/in", "/healed"];
    pages(&mut browser, &paths).await
}

#[tokio::test]
async fn hostile_text_in_an_order_its_parcel_and_what_was_done_never_changes_a_pages_structure() {
    let plain = order_drawn("plain words").await;
    assert!(plain.iter().all(|page| page.len() > 30), "a page has not much to say");
    for text in HOSTILE {
        assert_eq!(order_drawn(text).await, plain, "{text:?}");
    }
}

#[test]
fn the_comparison_of_structures_bites() {
    let page = |text: &str| format!("<p class=\"a\" title=\"{text}\">{text}</p>");
    assert_eq!(structure(&page("x")), structure(&page("&#60;b&#62;")));
    assert_ne!(structure(&page("x")), structure(&page("<b>")));
    assert_ne!(structure(&page("x")), structure(&page("\" onclick=\"")));
}
