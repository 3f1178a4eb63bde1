//! Connecting and reconnecting, with a process of the console that dies between any two steps.

use super::{
    browser::{Answer, Browser},
    world::World,
};
use crate::session::Role;
use http::StatusCode;
use jiff::SignedDuration;
use tallyman_domain::{ConnectionId, Length};
use tallyman_sim::TokenFault;

const FORM: [(&str, &str); 5] =
    [("name", "ae-main"), ("app_key", "501"), ("app_secret", "hush-secret"), ("account", "main"), ("months", "6")];

fn id() -> ConnectionId {
    ConnectionId::parse("ae-main").unwrap()
}

/// Fills in the form; gives back the state that travels with the person.
async fn go(browser: &mut Browser) -> String {
    let answer = browser.post("/connect/aliexpress", &FORM).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.parameter("redirect_uri"), "https://console.example/connect/callback");
    assert!(!answer.to().contains("hush-secret"));
    answer.parameter("state")
}

async fn back(browser: &mut Browser, state: &str, code: &str) -> Answer {
    browser.get(&format!("/connect/callback?code={code}&state={state}")).await
}

async fn connected() -> (World, Browser) {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let state = go(&mut browser).await;
    let code = world.marketplace.code();
    let answer = back(&mut browser, &state, code.expose()).await;
    assert_eq!(answer.to(), "/connections", "{}", answer.body);
    (world, browser)
}

#[tokio::test]
async fn a_connection_is_made_with_a_process_that_dies_after_every_step() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    assert_eq!(browser.get("/connect/aliexpress").await.status, StatusCode::OK);
    browser.router = world.start();
    let state = go(&mut browser).await;
    browser.router = world.start();
    let waiting = browser.get("/connections").await.body;
    assert!(waiting.contains("Waiting for authorisation"), "{waiting}");
    browser.router = world.start();
    let code = world.marketplace.code();
    assert_eq!(back(&mut browser, &state, code.expose()).await.to(), "/connections");
    browser.router = world.start();
    let list = browser.get("/connections").await.body;
    assert!(list.contains("ae-main is connected.") && list.contains("Lamps &#38; Co (2671514005)"), "{list}");
    assert!(!browser.get("/connections").await.body.contains("is connected."), "said once");
    let authorised = world.registry.authorised(&id()).unwrap();
    assert_eq!(authorised.length, Some(Length::Six));
    assert_eq!(world.marketplace.calls("exchange"), 1);
    assert!(!list.contains("hush-secret") && !list.contains("access-1") && !list.contains("refresh-1"));
}

#[tokio::test]
async fn a_state_works_once_and_only_in_the_session_that_began_and_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let (state, code) = (go(&mut browser).await, world.marketplace.code());
    let mut other = Browser::signed_in(&world, Some(Role::Operator));
    let answer = back(&mut other, &state, code.expose()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("This way back is no longer valid"), "{}", answer.body);
    assert_eq!(back(&mut browser, "made-up", code.expose()).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.marketplace.calls("exchange"), 0, "no code was spent by any of them");
    assert_eq!(back(&mut browser, &state, code.expose()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(back(&mut browser, &state, code.expose()).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.marketplace.calls("exchange"), 1);
    let answer = browser.post("/connections/ae-main/reconnect", &[("months", "1")]).await;
    let late = answer.parameter("state");
    world.clock.advance(SignedDuration::from_mins(15));
    assert_eq!(back(&mut browser, &late, "3_any").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.marketplace.calls("exchange"), 1);
}

#[tokio::test]
async fn another_seller_changes_nothing_and_the_page_says_who_was_expected() {
    let (world, mut browser) = connected().await;
    let before = world.registry.authorised(&id());
    let state = browser.post("/connections/ae-main/reconnect", &[("months", "1")]).await.parameter("state");
    world.marketplace.sign_in("999");
    let code = world.marketplace.code();
    let answer = back(&mut browser, &state, code.expose()).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("This is another seller") && answer.body.contains("2671514005"), "{}", answer.body);
    assert_eq!(world.registry.authorised(&id()), before);
}

#[tokio::test]
async fn each_way_in_which_an_exchange_fails_has_a_page_that_says_what_to_do() {
    for (fault, status, says) in [
        (TokenFault::Refuse("InvalidCode"), 400, "works once and for 3 minutes"),
        (TokenFault::Refuse("AppWhiteIpLimit"), 400, "IP white list"),
        (TokenFault::Refuse("InsufficientPermission"), 400, "request the order and logistics permissions"),
        (TokenFault::Refuse("InvalidAppkey"), 400, "Its own word for it is InvalidAppkey"),
        (TokenFault::Down, 502, "The marketplace does not answer"),
        (TokenFault::LoseAnswer, 502, "Nobody knows whether it worked"),
    ] {
        let world = World::new().await;
        let mut browser = Browser::signed_in(&world, Some(Role::Operator));
        let state = go(&mut browser).await;
        world.marketplace.fail([fault]);
        let code = world.marketplace.code();
        let answer = back(&mut browser, &state, code.expose()).await;
        assert_eq!(answer.status.as_u16(), status, "{fault:?}");
        assert!(answer.body.contains(says), "{fault:?}: {}", answer.body);
        assert!(answer.body.contains("Nothing was changed"), "{fault:?}");
        assert!(!answer.body.contains(code.expose()) && !answer.body.contains(&state), "{fault:?}");
        // The same name can be connected again at once.
        let (state, code) = (go(&mut browser).await, world.marketplace.code());
        assert_eq!(back(&mut browser, &state, code.expose()).await.to(), "/connections", "{fault:?}");
    }
}

#[tokio::test]
async fn refusing_at_the_marketplace_is_no_error_of_anybodys_and_spends_nothing() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let state = go(&mut browser).await;
    let answer = browser.get(&format!("/connect/callback?error=access_denied&state={state}")).await;
    assert!(answer.body.contains("Consent was not given"), "{}", answer.body);
    assert_eq!(world.marketplace.calls("exchange"), 0);
}

#[tokio::test]
async fn a_name_in_use_is_not_taken_over() {
    let (world, mut browser) = connected().await;
    let before = world.registry.stored_secret("connection/ae-main");
    let answer = browser.post("/connect/aliexpress", &FORM).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("This name is already in use."), "{}", answer.body);
    assert_eq!(world.registry.stored_secret("connection/ae-main"), before);
}

#[tokio::test]
async fn a_connection_is_paused_resumed_and_after_a_question_removed() {
    let (world, mut browser) = connected().await;
    let list = browser.get("/connections").await.body;
    assert!(
        list.contains("href=\"/connections/ae-main/pause\"") && !list.contains("method=\"post\" action=\"/connections")
    );
    let question = browser.get("/connections/ae-main/pause").await.body;
    assert!(question.contains("Pause ae-main?") && question.contains("Deadlines at AliExpress go on."), "{question}");
    assert!(!world.registry.connection(&id()).unwrap().paused, "asking does nothing");
    browser.post("/connections/ae-main/pause", &[]).await;
    let list = browser.get("/connections").await.body;
    assert!(list.contains("ae-main is paused.") && list.contains("/connections/ae-main/resume"), "{list}");
    assert!(browser.get("/connections/ae-main/resume").await.body.contains("Resume ae-main?"));
    assert!(world.registry.connection(&id()).unwrap().paused, "asking does nothing");
    browser.post("/connections/ae-main/resume", &[]).await;
    assert!(browser.get("/connections").await.body.contains("ae-main goes on."));
    let question = browser.get("/connections/ae-main/remove").await.body;
    assert!(question.contains("Remove ae-main?") && world.registry.stored_secret("connection/ae-main").is_some());
    browser.post("/connections/ae-main/remove", &[]).await;
    let list = browser.get("/connections").await.body;
    assert!(list.contains("ae-main is removed.") && !list.contains("id=\"connection-ae-main\""), "{list}");
    assert_eq!(world.registry.stored_secret("connection/ae-main"), None);
}

#[tokio::test]
async fn what_was_done_is_said_to_the_session_that_did_it_and_no_link_can_say_it() {
    let (_, mut browser) = connected().await;
    let list = browser.get("/connections?done=removed&name=ae-main").await.body;
    assert!(!list.contains("is removed"));
}

#[tokio::test]
async fn an_account_is_added_after_a_real_call_and_its_secret_is_not_shown() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let form = [("name", "second"), ("api_key", "key-1"), ("api_secret", "hush-2")];
    assert_eq!(browser.post("/accounts/new", &form).await.to(), "/connections");
    let list = browser.get("/connections").await.body;
    assert!(list.contains("ShipStation accepted the keys of second.") && !list.contains("hush-2"), "{list}");
    assert_eq!(world.registry.stored_secret("account/second").unwrap()["api_key"], "key-1");
    let again = browser.post("/accounts/new", &form).await;
    assert!(again.body.contains("This name is already in use."), "{}", again.body);
}

#[tokio::test]
async fn an_account_that_nothing_was_read_from_for_a_while_says_so() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Viewer));
    let list = browser.get("/connections").await.body;
    assert!(list.contains("Not used yet"), "{list}");
    for (minutes, said) in
        [(5, "<span class=\"state good\">Connected</span>"), (91, "<p class=\"why bad\">Nothing was read")]
    {
        world.memory.set_cursor("sweep/main", world.now() - SignedDuration::from_mins(minutes));
        let list = browser.get("/connections").await.body;
        assert!(list.contains(said), "{minutes}: {list}");
    }
}
