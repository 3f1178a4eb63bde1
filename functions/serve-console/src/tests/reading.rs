//! Language and time zone: chosen in the header or on a page, kept in a cookie, else what the browser asks for.

use super::{browser::Browser, world::World};
use crate::session::Role;
use http::StatusCode;

#[tokio::test]
async fn a_page_is_in_the_language_that_was_chosen_and_one_goes_on_where_one_was() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    let english = browser.get("/connections").await.body;
    assert!(english.contains("<html lang=\"en\">") && english.contains("lang=\"de\">Deutsch</button>"), "{english}");
    let answer = browser.post("/preferences", &[("language", "de"), ("next", "/connections?x=1")]).await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/connections?x=1"));
    let german = browser.get("/connections").await.body;
    assert!(german.contains("<html lang=\"de\">") && german.contains("<h1>Verbindungen</h1>"), "{german}");
    assert!(german.contains("lang=\"en\">English</button>") && german.contains("Zeiten in UTC"), "{german}");
    let nowhere = browser.get("/nowhere").await.body;
    assert!(nowhere.contains("Diese Seite gibt es nicht"), "{nowhere}");
}

#[tokio::test]
async fn times_are_told_in_the_zone_that_was_chosen_and_the_language_stays() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    browser.post("/preferences", &[("language", "de")]).await;
    let page = browser.get("/preferences?next=%2Fconnections").await.body;
    assert!(page.contains("<option selected>UTC</option>") && page.contains("value=\"/connections\""), "{page}");
    browser.post("/preferences", &[("zone", "Asia/Kolkata"), ("next", "/connections")]).await;
    let list = browser.get("/connections").await.body;
    assert!(list.contains("Zeiten in Asia/Kolkata"), "{list}");
    let minute = "<time datetime=\"2026-11-20T08:01:00Z\" title=\"2026-11-20 08:01:00 UTC\">13:31 IST</time>";
    assert!(list.contains(minute), "{list}");
}

#[tokio::test]
async fn a_zone_that_does_not_exist_is_refused_and_no_address_elsewhere_is_followed() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    let answer = browser.post("/preferences", &[("zone", "Mars/Base"), ("language", "de")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Choose one of the time zones."), "{}", answer.body);
    let answer = browser.post("/preferences", &[("zone", "UTC"), ("next", "//evil.example")]).await;
    assert_eq!(answer.to(), "/preferences");
}

#[tokio::test]
async fn before_anybody_signed_in_the_browser_says_which_language() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, None);
    browser.accept_language = Some("de-DE,de;q=0.9,en;q=0.8".to_owned());
    let page = browser.get("/sign-in").await.body;
    assert!(page.contains("<html lang=\"de\">") && page.contains("Melden Sie sich"), "{page}");
}

#[tokio::test]
async fn a_page_and_its_style_weigh_less_than_a_hundred_kilobytes() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let style = browser.get(&crate::assets::style()).await.body.len();
    for path in ["/connections", "/preferences", "/connect/aliexpress"] {
        let page = browser.get(path).await.body.len();
        assert!(page + style < 100_000, "{path}: {page} and {style}");
    }
}
