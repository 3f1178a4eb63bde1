//! The relay does to a call what a fault's name says, and nothing else.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test and its tools")]

use axum::{Router, extract::State, routing::post};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tallyman_crash::{
    fault::Fault,
    orders::{At, Strike},
    outside::{Outside, Targets},
    relay::{Relay, serve},
};
use tokio::net::TcpListener;

const ANSWER: &str = r#"{"hasErrors":false,"results":[]}"#;

/// A service that counts what takes effect, and a relay in front of it.
async fn service() -> (Arc<AtomicUsize>, Arc<Relay>, String, reqwest::Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let effects = Arc::new(AtomicUsize::new(0));
    let count = async |State(effects): State<Arc<AtomicUsize>>| {
        effects.fetch_add(1, Ordering::SeqCst);
        ANSWER
    };
    let app = Router::new().route("/orders/createorders", post(count)).with_state(effects.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let targets = Targets { emulator: url.clone(), aliexpress: url.clone(), alibaba: url.clone(), shipstation: url };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (relay, origin) = serve(Arc::new(Outside::new(targets, client.clone(), None))).await.unwrap();
    (effects, relay, origin, client)
}

async fn call(client: &reqwest::Client, origin: &str, try_of: &str) -> Result<(u16, String), reqwest::Error> {
    let call = client.post(format!("{origin}/orders/createorders")).basic_auth("key", Some("secret"));
    let answer = call.header("amz-sdk-invocation-id", try_of).body("[]").send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
}

#[tokio::test]
async fn each_fault_takes_effect_or_not_as_it_says_and_answers_as_it_says() {
    for (fault, effects_expected, status_expected) in [
        (Fault::FailBefore, 0, Some(500)),
        (Fault::CutBefore, 0, None),
        (Fault::FailAfter, 1, Some(500)),
        (Fault::FailAfterAll, 1, Some(500)),
        (Fault::TimeoutAfter, 1, None),
        (Fault::CutAnswer, 1, None),
        (Fault::Throttle, 0, Some(429)),
    ] {
        let (effects, relay, origin, client) = service().await;
        relay.begin(Some(Strike { at: At::Nth(2), fault }), None);
        assert_eq!(call(&client, &origin, "1").await.unwrap(), (200, ANSWER.to_owned()), "{fault:?} strikes too early");
        let struck = call(&client, &origin, "2").await;
        assert_eq!(struck.ok().map(|(status, _)| status), status_expected, "{fault:?}");
        assert_eq!(effects.load(Ordering::SeqCst), 1 + effects_expected, "{fault:?}");
        assert_eq!(call(&client, &origin, "3").await.unwrap().0, 200, "{fault:?} strikes a second call");
        let seen = relay.end();
        let faults: Vec<_> = seen.iter().map(|seen| seen.fault).collect();
        assert_eq!(faults, [None, Some(fault), None]);
        assert_eq!(seen[1].to_string().split(" ->").next(), Some("#2 ShipStation.POST /orders/createorders"));
    }
}

#[tokio::test]
async fn only_some_faults_strike_the_repetitions_that_a_client_makes_by_itself() {
    for fault in Fault::ALL.into_iter().filter(|fault| !matches!(fault, Fault::KillBefore | Fault::KillAfter)) {
        let (_, relay, origin, client) = service().await;
        relay.begin(Some(Strike { at: At::Nth(1), fault }), None);
        let _ = call(&client, &origin, "same").await;
        let again = call(&client, &origin, "same").await.is_ok_and(|(status, _)| status == 200);
        assert_eq!(again, !fault.strikes_repetitions(), "{fault:?}");
    }
}

#[tokio::test]
async fn half_an_answer_is_begun_and_then_broken_off() {
    let (_, relay, origin, client) = service().await;
    relay.begin(Some(Strike { at: At::Nth(1), fault: Fault::CutAnswer }), None);
    let call = client.post(format!("{origin}/orders/createorders")).basic_auth("key", Some("secret")).body("[]");
    let mut answer = call.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.chunk().await.unwrap().unwrap(), ANSWER[..ANSWER.len() / 2]);
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn a_call_for_nobody_is_refused_and_has_no_number() {
    let (effects, relay, origin, client) = service().await;
    relay.begin(None, None);
    assert_eq!(client.get(format!("{origin}/who")).send().await.unwrap().status(), 404);
    assert!(relay.end().is_empty());
    assert_eq!(effects.load(Ordering::SeqCst), 0);
}
