//! Token calls over a real socket: what is sent, and what each answer means.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use jiff::SignedDuration;
use serde_json::{Value, json};
use tallyman_app::ports::{AppKey, CallError, Disposition, Secret, Tokens};
use tallyman_iop::{
    OAuth, Place, sign,
    testing::{Marketplace, Reply, clock, http},
};

fn oauth(base_url: &str, force_auth: bool) -> OAuth {
    let (base_url, consent_base_url) = (base_url.to_owned(), format!("{base_url}/"));
    let place = Place { service: "AliExpress", base_url, consent_base_url, force_auth };
    let app = AppKey { key: "12345678".into(), secret: Secret::new("helloworld") };
    OAuth::new(http(), &place, &app, clock())
}
async fn refreshed(answer: Value) -> Result<Tokens, CallError> {
    let market = Marketplace::answering(&[("/auth/token/refresh", answer)]);
    oauth(&market.base_url, true).refresh(&Secret::new("hush-old")).await
}
fn after(seconds: i64) -> Option<jiff::Timestamp> {
    Some(clock().now() + SignedDuration::from_secs(seconds))
}

#[tokio::test]
async fn a_code_is_sent_signed_with_its_path_without_a_token_and_without_a_uuid() {
    let market = Marketplace::answering(&[("/auth/token/create", json!({"access_token": "a", "code": "0"}))]);
    oauth(&market.base_url, true).exchange(&Secret::new("3_500102_code")).await.unwrap();
    let request = &market.requests()[0];
    assert_eq!(request.path, "/rest/auth/token/create");
    assert_eq!(request.form.iter().collect::<Vec<_>>(), [(&"code".to_owned(), &"3_500102_code".to_owned())]);
    assert!(!request.query.contains_key("access_token") && !request.query.contains_key("uuid"));
    let all = request.query.iter().chain(&request.form).filter(|(name, _)| *name != "sign");
    let expected = sign("/auth/token/create", all.map(|(n, v)| (n.as_str(), v.as_str())), "helloworld");
    assert_eq!(request.query["sign"], expected);
}

#[test]
fn the_consent_page_gets_the_redirect_uri_and_the_state_to_the_letter() {
    let url = oauth("https://market.example", true).consent_url("https://me.example/back?shop=1", "s/1+2 &=ü");
    let url: reqwest::Url = url.parse().unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("response_type", "code"),
        ("force_auth", "true"),
        ("redirect_uri", "https://me.example/back?shop=1"),
        ("client_id", "12345678"),
        ("state", "s/1+2 &=ü"),
    ];
    assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!(url.path(), "/oauth/authorize");
    assert!(!oauth("https://market.example", false).consent_url("u", "s").contains("force_auth"));
}

#[tokio::test]
async fn both_marketplaces_answers_are_read() {
    let ae = json!({"access_token": "50000", "refresh_token": "50001", "expires_in": 2_592_000, "refresh_expires_in": 5_184_000,
        "expire_time": 1_761_000_000_000_i64, "refresh_token_valid_time": 1_763_600_000_000_i64, "user_id": "1", "seller_id": "2",
        "user_nick": "lamps", "account": "a@b.example", "account_platform": "seller_center", "code": "0"});
    let tokens = refreshed(ae).await.unwrap();
    assert_eq!((tokens.access_token.expose(), tokens.refresh_token.as_ref().unwrap().expose()), ("50000", "50001"));
    assert_eq!((tokens.access_ends_at, tokens.refresh_ends_at), (after(2_592_000), after(5_184_000)));
    assert_eq!((tokens.seller.unwrap().as_str(), tokens.seller_name.as_deref()), ("2", Some("lamps")));

    let ali = json!({"access_token": "500", "refresh_token": "501", "expires_in": "864000", "refresh_expires_in": "5184000",
        "account": "a@b.example", "account_id": "9", "user_info": {"loginId": "mfg", "user_id": "7", "seller_id": "8"}, "code": "0"});
    let tokens = refreshed(ali).await.unwrap();
    assert_eq!((tokens.access_ends_at, tokens.refresh_ends_at), (after(864_000), after(5_184_000)));
    assert_eq!((tokens.seller.unwrap().as_str(), tokens.seller_name.as_deref()), ("8", Some("mfg")));
}

#[tokio::test]
async fn what_an_answer_does_not_say_is_not_made_up() {
    let tokens = refreshed(json!({"access_token": "a", "code": "0"})).await.unwrap();
    assert_eq!((tokens.refresh_token, tokens.access_ends_at, tokens.refresh_ends_at), (None, None, None));
    assert_eq!((tokens.never_again, tokens.seller, tokens.seller_name), (false, None, None));
    let never = refreshed(json!({"access_token": "a", "refresh_token": "r", "refresh_expires_in": "0", "code": "0"}));
    assert!(never.await.unwrap().never_again);
    let mail =
        refreshed(json!({"access_token": "a", "user_nick": "somebody@mail.example", "code": "0"})).await.unwrap();
    assert_eq!(mail.seller_name, None, "a mail address is nobody's business");
    let by_time = json!({"access_token": "a", "expire_time": "1517820452000", "code": "0"});
    assert_eq!(refreshed(by_time).await.unwrap().access_ends_at, after(60));
}

#[tokio::test]
async fn a_dead_refresh_token_a_refusal_and_no_usable_answer_are_told_apart() {
    let error = async |code: &str| refreshed(json!({"type": "ISV", "code": code, "message": "no"})).await.unwrap_err();
    assert_eq!(error("IllegalRefreshToken").await.disposition(), Disposition::NeedsReauth);
    for code in ["AppWhiteIpLimit", "InsufficientPermission", "IncompleteSignature"] {
        assert_eq!(error(code).await.disposition(), Disposition::Refused, "{code}");
    }
    assert_eq!(error("ServiceUnavailable").await.disposition(), Disposition::Ambiguous);
    let empty = refreshed(json!({"code": "0"})).await.unwrap_err();
    assert_eq!(empty.disposition(), Disposition::Ambiguous, "the old pair may be gone");
    for raw in ["", "HTTP/1.1 502 Bad\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"access_token\""] {
        let market = Marketplace::start(move |_| Reply::Raw(raw.to_owned()));
        let lost = oauth(&market.base_url, true).refresh(&Secret::new("r")).await.unwrap_err();
        assert_eq!(lost.disposition(), Disposition::Ambiguous, "{raw}");
    }
}

#[tokio::test]
async fn no_error_and_no_debug_shows_a_code_a_token_or_a_key() {
    let quoting = json!({"type": "ISV", "code": "InvalidCode", "message": "code hush-old key helloworld is bad"});
    let market = Marketplace::answering(&[("/auth/token/create", quoting)]);
    let oauth = oauth(&market.base_url, true);
    let error = oauth.exchange(&Secret::new("hush-old")).await.unwrap_err();
    let tokens =
        refreshed(json!({"access_token": "hush-new", "refresh_token": "hush-newer", "code": "0"})).await.unwrap();
    let printed = format!("{error} {error:?} {oauth:?} {tokens:?}");
    assert!(!printed.contains("hush") && !printed.contains("helloworld"), "{printed}");
}
