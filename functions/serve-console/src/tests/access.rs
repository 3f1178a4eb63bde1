//! Who may do what: every route there is, for everybody there is.

use super::{browser::Browser, world::World};
use crate::{
    guard::Access,
    routes::ROUTES,
    session::{LIFETIME, Role},
};
use http::{Method, StatusCode};
use jiff::SignedDuration;

pub(super) fn path(pattern: &str) -> String {
    let names = [
        ("{id}", "ae-main"),
        ("{marketplace}", "aliexpress"),
        ("{file}", "none.css"),
        ("{connection}", "ae-main"),
        ("{order}", "81"),
        ("{shipment}", "s1"),
        ("{act}", "hold"),
    ];
    names.into_iter().fold(pattern.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// Did the guard let it through? What the handler then says is another matter.
fn let_in(status: StatusCode, location: &str) -> bool {
    let sent_to_sign_in = status == StatusCode::SEE_OTHER && location.starts_with("/sign-in?next=");
    !sent_to_sign_in && status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN
}

#[tokio::test]
async fn every_route_lets_in_exactly_those_whom_it_declares() {
    for route in ROUTES {
        for role in [None, Some(Role::Viewer), Some(Role::Operator)] {
            let world = World::new().await;
            let mut browser = Browser::signed_in(&world, role);
            let answer = browser.send(route.method.clone(), &path(route.path), &[]).await;
            let expected = match route.access {
                Access::Anybody => true,
                Access::SignedIn(needed) => role.is_some_and(|role| role >= needed),
            };
            let name = format!("{} {} as {role:?}: {}", route.method, route.path, answer.status);
            assert_eq!(let_in(answer.status, answer.to()), expected, "{name}");
            // A viewer learns that it is a matter of roles, a stranger only that one has to sign in.
            if !expected && role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
                assert!(answer.body.contains("You may look, but not change"), "{name}");
            }
        }
    }
}

#[test]
fn whatever_changes_something_needs_an_operator_and_nothing_but_signing_in_is_open() {
    for route in ROUTES {
        if route.method == Method::POST && !["/sign-out", "/preferences"].contains(&route.path) {
            assert_eq!(route.access, Access::SignedIn(Role::Operator), "{}", route.path);
        }
        if route.access == Access::Anybody {
            let open = route.path.starts_with("/sign") || route.path == "/static/{file}";
            assert!(open && route.method == Method::GET, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn no_post_is_taken_from_elsewhere_or_without_the_sessions_own_token() {
    for route in ROUTES.iter().filter(|route| route.method == Method::POST) {
        let world = World::new().await;
        let mut browser = Browser::signed_in(&world, Some(Role::Operator));
        let good = browser.csrf.clone();
        let other = Browser::signed_in(&world, Some(Role::Operator)).csrf;
        for (origin, csrf) in [
            (Some("https://evil.example"), good.as_str()),
            (Some("null"), &good),
            (None, &good),
            (Some(super::world::BASE), &other),
            (Some(super::world::BASE), ""),
        ] {
            (browser.origin, browser.csrf) = (origin.map(str::to_owned), csrf.to_owned());
            let answer = browser.post(&path(route.path), &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {origin:?} {csrf:?}", route.path);
            assert!(answer.body.contains("This form isn&#39;t from your session"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_whatever_it_did_meanwhile() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    world.clock.advance(LIFETIME - SignedDuration::from_secs(1));
    assert_eq!(browser.get("/connections").await.status, StatusCode::OK);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(browser.get("/connections").await.to(), "/sign-in?next=%2Fconnections");
    let answer = browser.post("/connections/ae-main/pause", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("Your session has ended"), "{}", answer.body);
}

#[tokio::test]
async fn a_cookie_that_we_did_not_seal_is_nobodys() {
    let world = World::new().await;
    for cookie in ["", "x", "e30", &"A".repeat(200)] {
        let mut browser = Browser::new(world.start());
        browser.cookies.insert("__Host-tallyman".to_owned(), cookie.to_owned());
        assert_eq!(browser.get("/connections").await.status, StatusCode::SEE_OTHER, "{cookie}");
    }
}

#[tokio::test]
async fn what_is_nowhere_and_what_is_not_done_this_way_have_pages_of_their_own() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    for nowhere in
        ["/nowhere", "/connections/ae-main", "/connections/no-such/remove", "/static/none.css", "/connect/ebay"]
    {
        let answer = browser.get(nowhere).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nowhere}");
        assert!(answer.body.contains("This page does not exist"), "{nowhere}");
    }
    assert_eq!(browser.post("/connections", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}
