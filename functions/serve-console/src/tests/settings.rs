//! The page of a connection's settings: saved as a whole or not at all, with history, and taken back.

use super::{browser::Browser, world::World};
use crate::session::Role;
use http::StatusCode;
use std::collections::BTreeMap;
use tallyman_app::ports::{Carriers as _, ConfigStore as _};
use tallyman_domain::{ExceptionKind, LiveService, MarketplaceKind, OrderStatus, Owner, Settings, settings::Decider};
use tallyman_sim::samples;

const PATH: &str = "/connections/shop/settings";

/// A connection whose marketplace has two codes.
pub(super) async fn shop() -> World {
    let world = World::new().await;
    let connection = samples::connection(MarketplaceKind::AliExpress);
    world.registry.put_connection(&connection).await.unwrap();
    let live = ["USPS", "OTHER_US"].map(|code| LiveService {
        code: code.into(),
        name: code.into(),
        tracking_pattern: None,
        transport: None,
    });
    world.memory.put_services(&connection.id, &live, world.now()).await.unwrap();
    world
}

fn operator(world: &World) -> Browser {
    Browser::signed_in(world, Some(Role::Operator))
}

fn stored(world: &World) -> Settings {
    world.registry.connection(&samples::connection(MarketplaceKind::AliExpress).id).unwrap().settings
}

/// The form as a browser would send it: what the page holds, with some of it filled in otherwise.
pub(super) async fn filled(browser: &mut Browser, with: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = browser.get(PATH).await.body;
    let mut form: BTreeMap<String, String> = BTreeMap::new();
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(rest.split('"').next().unwrap_or_default().replace("&#34;", "\"").replace("&#38;", "&"))
    };
    let main = page.split("<main").nth(1).unwrap();
    for tag in main.split('<').filter(|tag| tag.starts_with("input")) {
        let tag = tag.split('>').next().unwrap();
        let boxed = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
        if boxed && !tag.contains(" checked") {
            continue;
        }
        if let (Some(name), Some(value)) = (attribute(tag, "name"), attribute(tag, "value")) {
            form.insert(name, value);
        }
    }
    for select in main.split("<select").skip(1) {
        let name = attribute(select.split('>').next().unwrap(), "name").unwrap();
        let chosen = select.split("</select>").next().unwrap().split("<option").find(|o| o.contains(" selected"));
        form.insert(name, chosen.and_then(|option| attribute(option, "value")).unwrap_or_default());
    }
    let note = main.split("<textarea").nth(1).unwrap().split_once('>').unwrap().1.split("</textarea>").next().unwrap();
    form.insert("note".to_owned(), note.to_owned());
    form.remove("csrf");
    for (name, value) in with {
        if *value == "off" {
            form.remove(*name);
        } else {
            form.insert((*name).to_owned(), (*value).to_owned());
        }
    }
    form.into_iter().collect()
}

async fn save(browser: &mut Browser, form: &[(String, String)]) -> super::browser::Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(PATH, &form).await
}

#[tokio::test]
async fn a_form_that_is_sent_as_it_is_shown_changes_nothing() {
    let world = shop().await;
    let mut browser = operator(&world);
    let form = filled(&mut browser, &[]).await;
    let answer = save(&mut browser, &form).await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, PATH), "{}", answer.body);
    assert!(browser.get(PATH).await.body.contains("Nothing differs"));
    let all = all_changed();
    world
        .registry
        .put_connection(&tallyman_app::connection::Connection {
            settings: all.clone(),
            ..samples::connection(MarketplaceKind::AliExpress)
        })
        .await
        .unwrap();
    let form = filled(&mut browser, &[]).await;
    save(&mut browser, &form).await;
    assert_eq!(stored(&world), all);
}

/// Every field otherwise than by default.
fn all_changed() -> Settings {
    let mut all = Settings {
        seller_name: "Lamps & \"Co\"".into(),
        status_map: [("BRAND_NEW".to_owned(), OrderStatus::Cancelled)].into(),
        take_statuses: [OrderStatus::AwaitingShipment, OrderStatus::OnHold].into(),
        start_from: Some(samples::at("2026-11-01T00:00:00Z")),
        notify_marketplace: false,
        store_id: Some(7),
        note_to_buyer: "Thank you".into(),
        void_window_hours: 48,
        cancelled_by: Decider::Warehouse,
        shipped_by: Decider::Warehouse,
        batches: false,
        owners: [(ExceptionKind::NoShipTo, Owner::Finance)].into(),
        carriers: vec![tallyman_domain::carrier::CarrierRow {
            carrier: "acme".into(),
            service: "slow".into(),
            code: "OTHER_US".into(),
            tracking_website: "https://track.example.com".into(),
        }],
        ..Settings::default()
    };
    (all.tax_ids.custom_field, all.tax_ids.internal_note) = (2, false);
    all.customs.country_of_origin = Some(tallyman_domain::CountryCode::parse("CN").unwrap());
    (all.customs.tariff_code, all.customs.description) = (Some("6109.10".into()), Some("Lamps".into()));
    all
}

#[tokio::test]
async fn what_is_saved_is_kept_told_field_by_field_and_taken_back_after_a_question() {
    let world = shop().await;
    let (mut browser, before) = (operator(&world), stored(&world));
    let with =
        [("seller_name", "New name"), ("notify", "off"), ("owner.no_ship_to", "finance"), ("take.on_hold", "on")];
    let form = filled(&mut browser, &with).await;
    assert_eq!(save(&mut browser, &form).await.to(), PATH);
    assert_eq!(stored(&world).owners, [(ExceptionKind::NoShipTo, Owner::Finance)].into());
    let page = browser.get(PATH).await.body;
    for text in [
        "The settings of shop are saved.",
        "Change 1",
        "by ann@example.com",
        "New name",
        "Owner of: No delivery address",
        "On hold",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let question = browser.get(&format!("{PATH}/undo?number=1")).await.body;
    assert!(question.contains("Take back change 1 of shop?") && question.contains("New name"), "{question}");
    let seen = question.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let undone = browser.post(&format!("{PATH}/undo"), &[("number", "1"), ("seen", &seen)]).await;
    assert_eq!(undone.to(), PATH, "{}", undone.body);
    assert_eq!(stored(&world), before);
    let page = browser.get(PATH).await.body;
    assert!(page.contains("are again as they were") && page.contains("takes back change 1"), "{page}");
    let late = browser.post(&format!("{PATH}/undo"), &[("number", "2"), ("seen", &seen)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "it isn't what was looked at");
}

#[tokio::test]
async fn what_is_wrong_is_named_at_its_field_the_rest_of_the_form_stays_and_nothing_is_saved() {
    let world = shop().await;
    let (mut browser, before) = (operator(&world), stored(&world));
    let with = [
        ("seller_name", "Kept"),
        ("void_window", "soon"),
        ("store_id", "x"),
        ("start_from", "yesterday"),
        ("origin", "Atlantis"),
        ("status.0.name", "A B"),
    ];
    let form = filled(&mut browser, &with).await;
    let answer = save(&mut browser, &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "Nothing was saved.",
        "whole number of hours",
        "positive number",
        "a time such as",
        "two letters",
        "value=\"Kept\"",
    ] {
        assert!(answer.body.contains(text), "{text}: {}", answer.body);
    }
    let with = [("carrier.0.carrier", "acme"), ("carrier.0.code", "UPSS"), ("note", "Grüße"), ("status.0.name", "A B")];
    let form = filled(&mut browser, &with).await;
    let answer = save(&mut browser, &form).await;
    for text in
        ["the marketplace has no code UPSS. Nearest: USPS.", "English letters only", "A B is no name of a status"]
    {
        assert!(answer.body.contains(text), "{text}: {}", answer.body);
    }
    assert_eq!(stored(&world), before);
}

#[tokio::test]
async fn two_people_who_save_at_once_do_not_overwrite_each_other() {
    let world = shop().await;
    let (mut ann, mut kim) = (operator(&world), operator(&world));
    let (anns, kims) =
        (filled(&mut ann, &[("seller_name", "Ann's")]).await, filled(&mut kim, &[("seller_name", "Kim's")]).await);
    assert_eq!(save(&mut ann, &anns).await.status, StatusCode::SEE_OTHER);
    let late = save(&mut kim, &kims).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.body.contains("somebody else changed these settings meanwhile") && late.body.contains("Kim&#39;s"),
        "{}",
        late.body
    );
    assert_eq!(stored(&world).seller_name, "Ann's");
}

#[tokio::test]
async fn a_viewer_sees_the_settings_and_can_not_change_them() {
    let world = shop().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    let page = browser.get(PATH).await.body;
    assert!(page.contains("<fieldset class=\"boxes\" disabled>") && !page.contains("id=\"go\""), "{page}");
    assert_eq!(browser.post(PATH, &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_page_weighs_less_than_a_hundred_kilobytes_with_a_long_list_of_codes_and_twenty_changes() {
    let world = shop().await;
    let mut browser = operator(&world);
    let live: Vec<LiveService> = (0..900)
        .map(|n| LiveService {
            code: format!("SOME_LONG_CODE_{n:04}"),
            name: "x".into(),
            tracking_pattern: None,
            transport: None,
        })
        .collect();
    world.memory.put_services(&samples::connection(MarketplaceKind::AliExpress).id, &live, world.now()).await.unwrap();
    for n in 0..20 {
        let form = filled(&mut browser, &[("seller_name", &n.to_string()), ("note", &n.to_string())]).await;
        assert_eq!(save(&mut browser, &form).await.status, StatusCode::SEE_OTHER);
    }
    let style = browser.get(&crate::assets::style()).await.body.len();
    let page = browser.get(PATH).await.body.len();
    assert!(page + style < 100_000, "{page} and {style}");
}
