//! Signing in, against the sandbox issuer: right, and wrong in every way it knows.

use super::{browser::Browser, world::World};
use http::StatusCode;
use sandbox_issuer::{Config, Handle, spawn};
use serde_json::{Value, json};
use tallyman_runtime::SystemClock;

const REDIRECT: &str = "https://console.example/sign-in/callback";

struct Issuer {
    handle: Handle,
    http: reqwest::Client,
}

impl Issuer {
    async fn start() -> Self {
        let config = Config { redirect_uris: vec![REDIRECT.to_owned()], ..Config::default() };
        Self { handle: spawn(config).await.unwrap(), http: tallyman_runtime::http::client().unwrap() }
    }

    async fn world(&self) -> World {
        World::at(tallyman_app::ports::Clock::now(&SystemClock), &self.handle.url).await
    }

    async fn order(&self, what: &str, order: Value) {
        let url = format!("{}/_sandbox/{what}", self.handle.url);
        assert!(self.http.post(url).json(&order).send().await.unwrap().status().is_success());
    }

    /// Somebody presses a button at the issuer; gives back where that leads, on our side.
    async fn press(&self, authorize: &str, user: &str, button: &str) -> String {
        let (page, query) = authorize.split_once('?').unwrap();
        let fields = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let fields: Vec<_> = fields.chain([("user".into(), user.into()), (button.into(), "1".into())]).collect();
        let answer = self.http.post(page).form(&fields).send().await.unwrap();
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        to.strip_prefix("https://console.example").unwrap().to_owned()
    }
}

async fn come_back(issuer: &Issuer, browser: &mut Browser, user: &str) -> super::browser::Answer {
    let started = browser.get("/sign-in/start?next=%2Fconnect%2Falibaba").await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
    let back = issuer.press(started.to(), user, "sign-in").await;
    browser.get(&back).await
}

#[tokio::test]
async fn members_of_a_group_get_in_as_what_they_are_and_strangers_do_not() {
    let issuer = Issuer::start().await;
    let world = issuer.world().await;
    for (user, form, signed_in) in [
        ("operator", StatusCode::OK, true),
        ("viewer", StatusCode::FORBIDDEN, true),
        ("stranger", StatusCode::SEE_OTHER, false),
    ] {
        let mut browser = Browser::new(world.start());
        let answer = come_back(&issuer, &mut browser, user).await;
        if signed_in {
            assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/connect/alibaba"), "{user}");
            let list = browser.get("/connections").await.body;
            assert!(list.contains(&format!("{user}@example.com")), "{list}");
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.body.contains("You have no access here"), "{}", answer.body);
            assert!(browser.cookies.is_empty());
        }
        assert_eq!(browser.get("/connect/alibaba").await.status, form, "{user}");
    }
}

#[tokio::test]
async fn what_is_asked_of_the_issuer_is_a_code_with_pkce_state_and_nonce_for_exactly_our_address() {
    let issuer = Issuer::start().await;
    let mut browser = Browser::new(issuer.world().await.start());
    let started = browser.get("/sign-in/start").await;
    assert_eq!(started.parameter("response_type"), "code");
    assert_eq!(started.parameter("code_challenge_method"), "S256");
    assert_eq!(started.parameter("redirect_uri"), REDIRECT);
    assert!(started.parameter("scope").split(' ').any(|scope| scope == "openid"));
    for random in ["state", "nonce", "code_challenge"] {
        assert_eq!(started.parameter(random).len(), 43, "{random}");
    }
}

#[tokio::test]
async fn no_token_that_is_wrong_in_any_way_signs_anybody_in() {
    let issuer = Issuer::start().await;
    for trick in [
        "expired_token",
        "wrong_nonce",
        "no_nonce",
        "wrong_audience",
        "wrong_issuer",
        "unknown_key",
        "wrong_key",
        "algorithm_none",
        "hmac_with_public_key",
        "tampered",
    ] {
        let mut browser = Browser::new(issuer.world().await.start());
        issuer.order("trick", json!({"trick": trick})).await;
        let answer = come_back(&issuer, &mut browser, "operator").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{trick}");
        assert!(answer.body.contains("The sign-in did not work"), "{trick}");
        assert!(browser.cookies.is_empty(), "{trick}");
    }
}

#[tokio::test]
async fn a_key_that_the_issuer_changed_to_is_fetched_when_it_is_first_met() {
    let issuer = Issuer::start().await;
    let world = issuer.world().await;
    let router = world.start();
    assert_eq!(come_back(&issuer, &mut Browser::new(router.clone()), "viewer").await.status, StatusCode::SEE_OTHER);
    issuer.order("rotate", json!({})).await;
    world.clock.advance(jiff::SignedDuration::from_secs(61));
    assert_eq!(come_back(&issuer, &mut Browser::new(router), "viewer").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_way_back_works_once_and_in_the_browser_that_went() {
    let issuer = Issuer::start().await;
    let router = issuer.world().await.start();
    let mut browser = Browser::new(router.clone());
    let started = browser.get("/sign-in/start").await;
    let back = issuer.press(started.to(), "operator", "sign-in").await;
    let mut other = Browser::new(router.clone());
    assert_eq!(other.get(&back).await.status, StatusCode::BAD_REQUEST, "a browser that never went there");
    other.get("/sign-in/start").await;
    assert_eq!(other.get(&back).await.status, StatusCode::BAD_REQUEST, "a browser that went with another state");
    let cookies = browser.cookies.clone();
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get(&back).await.status, StatusCode::BAD_REQUEST, "loaded again");
    let mut stolen = Browser::new(router);
    stolen.cookies = cookies;
    assert_eq!(stolen.get(&back).await.status, StatusCode::BAD_REQUEST, "the issuer takes a code once");
}

#[tokio::test]
async fn whoever_cancels_or_takes_too_long_is_told_so() {
    let issuer = Issuer::start().await;
    let world = issuer.world().await;
    let mut browser = Browser::new(world.start());
    let started = browser.get("/sign-in/start").await;
    let back = issuer.press(started.to(), "operator", "cancel").await;
    assert_eq!(browser.get(&back).await.status, StatusCode::BAD_REQUEST);
    let started = browser.get("/sign-in/start").await;
    let back = issuer.press(started.to(), "operator", "sign-in").await;
    world.clock.advance(jiff::SignedDuration::from_mins(11));
    assert_eq!(browser.get(&back).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_said_to_be() {
    let issuer = Issuer::start().await;
    let mut browser = Browser::new(issuer.world().await.start());
    issuer.order("down", json!({"down": true})).await;
    assert_eq!(come_back(&issuer, &mut browser, "operator").await.status, StatusCode::BAD_REQUEST);
    let nowhere = World::at("2026-11-20T08:00:00Z".parse().unwrap(), "http://127.0.0.1:9").await;
    let answer = Browser::new(nowhere.start()).get("/sign-in/start").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.body.contains("The sign-in service does not answer"), "{}", answer.body);
    let without_tls = World::at("2026-11-20T08:00:00Z".parse().unwrap(), "http://issuer.example").await;
    let answer = Browser::new(without_tls.start()).get("/sign-in/start").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn whoever_signs_out_is_out() {
    let issuer = Issuer::start().await;
    let mut browser = Browser::new(issuer.world().await.start());
    come_back(&issuer, &mut browser, "viewer").await;
    let page = browser.get("/connections").await.body;
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    browser.csrf = csrf.to_owned();
    assert_eq!(browser.post("/sign-out", &[]).await.to(), "/signed-out");
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.get("/connections").await.status, StatusCode::SEE_OTHER);
}
