//! Tokens that are wrong on order: a verifier that checks everything refuses each, and for its own reason.

use serde_json::json;

use crate::client::issuer;

#[tokio::test]
async fn each_trick_makes_a_token_that_a_right_client_refuses_once() {
    let issuer = issuer().await;
    for (trick, why) in [
        ("expired_token", "ExpiredSignature"),
        ("wrong_nonce", "nonce"),
        ("no_nonce", "nonce"),
        ("wrong_audience", "InvalidAudience"),
        ("wrong_issuer", "InvalidIssuer"),
        ("unknown_key", "no such key"),
        ("wrong_key", "InvalidSignature"),
        ("hmac_with_public_key", "InvalidAlgorithm"),
        ("tampered", "InvalidSignature"),
    ] {
        issuer.control("trick", json!({"trick": trick})).await;
        let token = issuer.id_token("operator").await;
        assert_eq!(issuer.verified(&token).await.unwrap_err(), why, "{trick}");
        assert!(issuer.verified(&issuer.id_token("operator").await).await.is_ok(), "{trick} was for one token");
    }
}

#[tokio::test]
async fn a_token_without_a_signature_says_that_its_algorithm_is_none() {
    let issuer = issuer().await;
    issuer.control("trick", json!({"trick": "algorithm_none", "count": 2})).await;
    for _ in 0..2 {
        let token = issuer.id_token("viewer").await;
        // {"alg":"none"
        assert!(token.starts_with("eyJhbGciOiJub25l") && token.ends_with('.'), "{token}");
        assert!(issuer.verified(&token).await.is_err());
    }
    let books = issuer.json("/_sandbox/books").await;
    assert_eq!(books["exchanges"][0]["trick"], "algorithm_none");
}
