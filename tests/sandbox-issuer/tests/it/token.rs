//! `/token`, discovery and keys.

use sandbox_issuer::Config;
use serde_json::json;

use crate::client::{CLIENT, issuer, issuer_with};

#[tokio::test]
async fn a_code_becomes_a_token_that_says_who_it_is_and_in_which_group() {
    let issuer = issuer().await;
    let operator = issuer.verified(&issuer.id_token("operator").await).await.unwrap();
    assert_eq!(operator["cognito:groups"], json!(["operator"]));
    assert_eq!((&operator["email"], &operator["aud"]), (&json!("operator@example.com"), &json!(CLIENT)));
    let viewer = issuer.verified(&issuer.id_token("viewer").await).await.unwrap();
    assert_eq!(viewer["cognito:groups"], json!(["viewer"]));
    assert_ne!(viewer["sub"], operator["sub"]);
    let stranger = issuer.verified(&issuer.id_token("stranger").await).await.unwrap();
    assert!(stranger.get("cognito:groups").is_none(), "as Cognito does for who is in no group");
}

#[tokio::test]
async fn discovery_names_what_is_there() {
    let issuer = issuer().await;
    let found = issuer.json("/.well-known/openid-configuration").await;
    assert_eq!(found["issuer"], issuer.handle.url.as_str());
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
    let keys = issuer.json("/.well-known/jwks.json").await;
    assert_eq!((keys["keys"].as_array().unwrap().len(), &keys["keys"][0]["alg"]), (1, &json!("RS256")));
}

#[tokio::test]
async fn a_code_is_good_once() {
    let issuer = issuer().await;
    let code = issuer.code("operator").await;
    assert_eq!(issuer.exchange(&code, &[]).await.0, 200);
    assert_eq!(issuer.exchange(&code, &[]).await, (400, json!({"error": "invalid_grant"})));
    let answers = issuer.json("/_sandbox/books").await["exchanges"].clone();
    assert_eq!((&answers[0]["answer"], &answers[1]["answer"]), (&json!("ok"), &json!("unknown or used code")));
}

#[tokio::test]
async fn a_code_presented_wrongly_is_refused_and_used_up() {
    let issuer = issuer().await;
    let other = "x".repeat(43);
    for (over, status, error) in [
        (("code_verifier", other.as_str()), 400, "invalid_grant"),
        (("code_verifier", "short"), 400, "invalid_grant"),
        (("redirect_uri", "http://127.0.0.1:9/back"), 400, "invalid_grant"),
    ] {
        let code = issuer.code("operator").await;
        assert_eq!(issuer.exchange(&code, &[over]).await, (status, json!({"error": error})), "{over:?}");
        assert_eq!(issuer.exchange(&code, &[]).await.0, 400, "used up");
    }
    for (over, status, error) in [
        (("client_id", "another"), 401, "invalid_client"),
        (("client_id", ""), 401, "invalid_client"),
        (("client_secret", "guessed"), 401, "invalid_client"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (("grant_type", ""), 400, "invalid_request"),
        (("code_verifier", ""), 400, "invalid_request"),
        (("redirect_uri", ""), 400, "invalid_request"),
        (("code", "made-up"), 400, "invalid_grant"),
    ] {
        let code = issuer.code("operator").await;
        assert_eq!(issuer.exchange(&code, &[over]).await, (status, json!({"error": error})), "{over:?}");
    }
}

#[tokio::test]
async fn a_code_that_is_too_old_is_refused() {
    let issuer = issuer().await;
    issuer.control("codes", json!({"life_s": 0})).await;
    let code = issuer.code("operator").await;
    assert_eq!(issuer.exchange(&code, &[]).await, (400, json!({"error": "invalid_grant"})));
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_show_it_in_exactly_one_way() {
    let issuer = issuer_with(Config { client_secret: Some("s+1".into()), ..Config::default() }).await;
    let token = format!("{}/token", issuer.handle.url);
    let form = |code: String| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code),
            ("redirect_uri", crate::client::REDIRECT.to_owned()),
            ("code_verifier", crate::client::VERIFIER.to_owned()),
        ]
    };
    assert_eq!(issuer.exchange(&issuer.code("viewer").await, &[]).await.0, 401);
    assert_eq!(issuer.exchange(&issuer.code("viewer").await, &[("client_secret", "wrong")]).await.0, 401);
    assert_eq!(issuer.exchange(&issuer.code("viewer").await, &[("client_secret", "s+1")]).await.0, 200);
    // In the header the parts are form-encoded first.
    for (secret, status) in [("s%2B1", 200), ("s+1", 401), ("wrong", 401)] {
        let request = issuer.http.post(&token).basic_auth(CLIENT, Some(secret));
        let answer = request.form(&form(issuer.code("viewer").await)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{secret}");
    }
    let both = issuer.http.post(&token).basic_auth(CLIENT, Some("s%2B1"));
    let mut fields = form(issuer.code("viewer").await).to_vec();
    fields.push(("client_secret", "s+1".to_owned()));
    assert_eq!(both.form(&fields).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_rotated_key_is_published_beside_the_old_one() {
    let issuer = issuer().await;
    let before = issuer.id_token("operator").await;
    issuer.control("rotate", json!({})).await;
    let after = issuer.id_token("operator").await;
    assert!(issuer.verified(&before).await.is_ok() && issuer.verified(&after).await.is_ok());
    assert_eq!(issuer.json("/.well-known/jwks.json").await["keys"].as_array().unwrap().len(), 2);
    issuer.control("down", json!({"down": true})).await;
    assert_eq!(issuer.exchange(&issuer.code("operator").await, &[]).await.0, 503);
}
