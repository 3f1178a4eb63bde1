//! ShipStation at the door: who is let in, and what a hint may be followed to.

use crate::{
    handler::{Answer, Handler, Request},
    keys::Keys,
    keys_tests::KeyServer,
    push_tests::{World, web},
};
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use tallyman_app::{
    connection::Account,
    ports::{Hint, SweepStep},
};
use tallyman_sim::{ManualClock, MemoryBudgets, samples};

#[path = "../../../shared/webhook/tests/it/keys.rs"]
#[allow(dead_code, reason = "shared with the tests of verifying")]
mod keys;

const STAMP: &str = "2026-07-01T12:00:00.000Z";
const SIGNED_BODY: &str =
    r#"{"resource_url":"https://api.shipstation.com/v2/labels?batch_id=se-1","resource_type":"LABEL_CREATED_V2"}"#;
const SECRET: &str = "correct-horse";
/// `printf %s correct-horse | sha256sum`
const SECRET_SHA256: &str = "9dca666eb54730714630d1519264a7bf1eeaad00b8f2edc90d3ecbfad928d163";

struct Door {
    handler: Handler,
    world: World,
}

impl Door {
    async fn with_key_server(answer: &str, now: &str) -> Self {
        let account = Account { webhook_secret_sha256: SECRET_SHA256.into(), ..samples::account() };
        let mut world = World::default();
        world.accounts.push(account);
        let now: Timestamp = now.parse().unwrap();
        let server = KeyServer::answering(&[answer]).await;
        let clock = Arc::new(ManualClock::at(now));
        let handler = Handler {
            config: Box::new(world.clone()),
            secrets: Box::new(world.clone()),
            queue: Box::new(world.clone()),
            keys: Keys::new(web(), server.url.clone(), clock, Box::new(MemoryBudgets::default())),
            shipstation_base_url: "https://ssapi.shipstation.com".into(),
        };
        Self { handler, world }
    }

    async fn at(now: &str) -> Self {
        let set = json!({ "keys": [keys::one().jwk("k1")] }).to_string();
        let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{set}", set.len());
        Self::with_key_server(&answer, now).await
    }

    async fn signed(&self, kid: &str, body: &str, signature: &str) -> Answer {
        let headers = json!({"X-ShipEngine-RSA-SHA256-Key-ID": kid, "x-shipengine-rsa-sha256-signature": signature,
                             "x-shipengine-timestamp": STAMP});
        self.handler.answer(&request("/hooks/shipstation/main", headers, body)).await
    }

    async fn unsigned(&self, secret: &str, resource_url: &str) -> Answer {
        let body = json!({"resource_url": resource_url, "resource_type": "SHIP_NOTIFY"}).to_string();
        self.handler.answer(&request(&format!("/hooks/shipstation/main/{secret}"), json!({}), &body)).await
    }

    fn sent(&self) -> Vec<Hint> {
        self.world.sent.lock().unwrap().clone()
    }
}

fn request(path: &str, headers: serde_json::Value, body: &str) -> Request {
    let event = json!({"rawPath": path, "headers": headers, "body": body, "isBase64Encoded": false,
                       "requestContext": {"http": {"method": "POST"}}});
    serde_json::from_value(event).unwrap()
}

#[tokio::test]
async fn a_rightly_signed_webhook_asks_for_one_sweep_and_one_that_was_changed_for_nothing() {
    let door = Door::at(STAMP).await;
    let signature = keys::one().sign(STAMP, SIGNED_BODY.as_bytes());
    assert_eq!(door.signed("k1", SIGNED_BODY, &signature).await, Answer::Accepted);
    let account = samples::account().id;
    let sweep = Hint::Sweep { account, window: None, from: SweepStep::default(), page: 0, unless_recent: true };
    assert_eq!(door.sent(), [sweep]);
    let changed = SIGNED_BODY.replace("se-1", "se-2");
    assert_eq!(door.signed("k1", &changed, &signature).await, Answer::Forbidden("signature"));
    let other = keys::two().sign(STAMP, SIGNED_BODY.as_bytes());
    assert_eq!(door.signed("k1", SIGNED_BODY, &other).await, Answer::Forbidden("signature"));
    assert_eq!(door.signed("k2", SIGNED_BODY, &signature).await, Answer::Forbidden("unknown key"));
    assert_eq!(door.sent().len(), 1);
}

#[tokio::test]
async fn a_signed_webhook_that_is_older_than_five_minutes_is_refused() {
    let signature = keys::one().sign(STAMP, SIGNED_BODY.as_bytes());
    let late = Door::at("2026-07-01T12:05:01Z").await;
    assert_eq!(late.signed("k1", SIGNED_BODY, &signature).await, Answer::BadRequest("time stamp"));
    assert!(late.sent().is_empty());
    let in_time = Door::at("2026-07-01T12:04:59Z").await;
    assert_eq!(in_time.signed("k1", SIGNED_BODY, &signature).await, Answer::Accepted);
}

#[tokio::test]
async fn while_the_key_server_is_away_the_sender_is_asked_to_come_again() {
    let down = "HTTP/1.1 503 Down\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let door = Door::with_key_server(down, STAMP).await;
    let signature = keys::one().sign(STAMP, SIGNED_BODY.as_bytes());
    for _ in 0..2 {
        assert_eq!(door.signed("k1", SIGNED_BODY, &signature).await, Answer::ComeAgain);
    }
    assert!(door.sent().is_empty());
}

#[tokio::test]
async fn an_unsigned_webhook_is_followed_to_shipstation_and_nowhere_else() {
    let door = Door::at(STAMP).await;
    let ours = "https://ssapi6.shipstation.com/shipments?batchId=1";
    assert_eq!(door.unsigned(SECRET, ours).await, Answer::Accepted);
    let account = samples::account().id;
    assert_eq!(door.sent(), [Hint::Follow { account, resource_url: ours.into(), page: 0 }]);
    for elsewhere in [
        "https://shipstation.example/shipments?batchId=1",
        "https://ssapi6.shipstation.com.example/shipments",
        "http://ssapi6.shipstation.com/shipments",
        "https://user@169.254.169.254/latest",
    ] {
        let answer = door.unsigned(SECRET, elsewhere).await;
        assert!(matches!(answer, Answer::Forbidden(_) | Answer::BadRequest(_)), "{elsewhere}: {answer:?}");
    }
    assert_eq!(door.unsigned("wrong", ours).await, Answer::NotFound);
    assert_eq!(door.sent().len(), 1);
}
