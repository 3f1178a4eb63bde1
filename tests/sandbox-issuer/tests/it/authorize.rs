//! `/authorize` and `/logout`.

use serde_json::json;

use crate::client::{CLIENT, REDIRECT, issuer, led_to, request};

#[tokio::test]
async fn the_sign_in_page_needs_no_script_and_carries_what_the_client_sent() {
    let issuer = issuer().await;
    let answer = issuer.get("/authorize", &request(&[("state", "\"><script>alert(1)</script>")])).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    for part in [
        "name=\"user\"",
        "name=\"sign-in\"",
        "value=\"operator\"",
        "value=\"viewer\"",
        "value=\"stranger\"",
        "name=\"code_challenge\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script"));
}

#[tokio::test]
async fn a_sign_in_leads_back_with_a_code_and_the_state_untouched() {
    let issuer = issuer().await;
    let answer = issuer.sign_in("operator", &[]).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(led_to(&answer, "state").unwrap(), "a state/with+signs & more");
    assert_eq!(led_to(&answer, "from").unwrap(), "issuer", "the address's own query stays");
    assert!(led_to(&answer, "code").unwrap().len() >= 43);
    assert_eq!(issuer.json("/_sandbox/books").await["sign_ins"][0]["user"], "operator");
}

#[tokio::test]
async fn a_strange_client_or_address_gets_a_page_and_never_a_redirect() {
    let issuer = issuer().await;
    let longer = format!("{REDIRECT}/more");
    let mut twice = request(&[]);
    twice.push(("redirect_uri".into(), REDIRECT.into()));
    let wrong = [
        request(&[("client_id", "another")]),
        request(&[("client_id", "")]),
        request(&[("redirect_uri", "https://evil.example/back")]),
        request(&[("redirect_uri", &longer)]),
        request(&[("redirect_uri", "http://127.0.0.1:9/back")]),
        request(&[("redirect_uri", "")]),
        twice,
    ];
    for fields in wrong {
        let answer = issuer.get("/authorize", &fields).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None), "{fields:?}");
    }
}

#[tokio::test]
async fn any_other_mistake_leads_back_with_its_error() {
    let issuer = issuer().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
    ] {
        let answer = issuer.get("/authorize", &request(&[(name, value)])).await;
        assert_eq!(led_to(&answer, "error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(led_to(&answer, "state").unwrap(), "a state/with+signs & more");
        let posted = issuer.sign_in("operator", &[(name, value)]).await;
        assert_eq!(led_to(&posted, "error").as_deref(), Some(error), "the form is checked again");
    }
    let cancelled = issuer.sign_in("operator", &[("cancel", "1")]).await;
    assert_eq!(led_to(&cancelled, "error").as_deref(), Some("access_denied"));
    assert_eq!(issuer.sign_in("nobody", &[]).await.status(), 400);
}

#[tokio::test]
async fn signing_out_leads_only_to_the_clients_own_address() {
    let issuer = issuer().await;
    let out = |name: &str, uri: &str| vec![("client_id".into(), CLIENT.into()), (name.to_owned(), uri.to_owned())];
    for name in ["logout_uri", "post_logout_redirect_uri"] {
        let answer = issuer.get("/logout", &out(name, "http://127.0.0.1:9/bye")).await;
        assert_eq!(answer.headers()["location"], "http://127.0.0.1:9/bye");
        assert_eq!(issuer.get("/logout", &out(name, "https://evil.example/")).await.status(), 400);
    }
    assert_eq!(issuer.get("/logout", &[]).await.status(), 200);
    issuer.control("client", json!({"logout_uris": [], "redirect_uris": []})).await;
    assert_eq!(issuer.get("/logout", &out("logout_uri", "http://127.0.0.1:9/bye")).await.status(), 400);
    assert_eq!(issuer.get("/authorize", &request(&[])).await.status(), 400);
}
