//! Codes for tokens, tokens for new ones, and when each ends.

use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS};
use serde_json::{Value, json};

use crate::client::{params, signed};
use crate::oauth::{Market, alibaba, aliexpress, code};

const DAY_S: i64 = 86_400;

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap()
}

#[tokio::test]
async fn aliexpress_answers_with_numbers_and_its_own_fields() {
    let market = aliexpress().await;
    let answer = market.tokens_of("seller-one").await;
    assert!(text(&answer, "access_token").starts_with("50000") && text(&answer, "refresh_token").starts_with("50001"));
    assert_eq!((&answer["expires_in"], &answer["refresh_expires_in"]), (&json!(30 * DAY_S), &json!(60 * DAY_S)));
    let lives_ms = answer["refresh_token_valid_time"].as_i64().unwrap() - answer["expire_time"].as_i64().unwrap();
    assert_eq!(lives_ms, 30 * DAY_S * 1000);
    assert_eq!((&answer["account_platform"], &answer["sp"]), (&json!("seller_center"), &json!("ae")));
    assert_eq!(answer["user_id"], answer["seller_id"]);
    assert_eq!(market.data(text(&answer, "access_token")).await, "0");
    assert_eq!(market.tokens_of("buyer").await["account_platform"], "buyerApp");
}

#[tokio::test]
async fn alibaba_answers_with_text_and_its_own_fields() {
    let market = alibaba().await;
    let answer = market.tokens_of("seller-one").await;
    assert_eq!((&answer["expires_in"], &answer["refresh_expires_in"]), (&json!("864000"), &json!("5184000")));
    assert_eq!(answer["user_info"]["user_id"], answer["account_id"]);
    assert!(answer.get("expire_time").is_none() && answer.get("user_nick").is_none());
    assert_eq!(market.data(text(&answer, "access_token")).await, "0");
    assert_eq!(market.tokens_of("buyer").await["account_platform"], "buyApp");
    let months = market.press("grant", &[("seller", "seller-one"), ("months", "3")]).await;
    let code = crate::oauth::led_to(&months, "code").unwrap();
    assert_eq!(market.call("create", &[("code", &code)]).await["refresh_expires_in"], "7776000");
}

#[tokio::test]
async fn an_app_in_test_gets_a_day_and_lives_can_be_seconds() {
    let market = aliexpress().await;
    market.app(json!({"stage": "test"})).await;
    let answer = market.tokens_of("seller-one").await;
    assert_eq!((&answer["expires_in"], &answer["refresh_expires_in"]), (&json!(DAY_S), &json!(2 * DAY_S)));
    market.app(json!({"access_life_s": 2, "refresh_life_s": 5})).await;
    let short = market.tokens_of("seller-one").await;
    assert_eq!((&short["expires_in"], &short["refresh_expires_in"]), (&json!(2), &json!(5)));
    market.later(2).await;
    assert_eq!(market.data(text(&short, "access_token")).await, "IllegalAccessToken");
    assert_eq!(market.data(text(&answer, "access_token")).await, "0");
    assert_eq!(market.refresh(&short).await["code"], "0");
}

#[tokio::test]
async fn a_code_is_good_once_and_for_the_minutes_its_marketplace_gives() {
    for (market, life_s) in [(aliexpress().await, 180), (alibaba().await, 1800)] {
        let once = market.code_of("seller-one").await;
        assert_eq!(market.call("create", &[("code", &once)]).await["code"], "0");
        let again = market.call("create", &[("code", &once)]).await;
        assert_eq!((text(&again, "code"), text(&again, "message")), ("InvalidCode", "Invalid authorization code"));
        let (in_time, late) = (market.code_of("seller-one").await, market.code_of("seller-one").await);
        market.later(life_s - 5).await;
        assert_eq!(market.call("create", &[("code", &in_time)]).await["code"], "0");
        market.later(life_s + 1).await;
        assert_eq!(market.call("create", &[("code", &late)]).await["code"], "InvalidCode");
    }
}

#[tokio::test]
async fn a_code_of_another_marketplace_a_made_up_one_and_one_with_a_uuid_are_refused() {
    let (market, other) = (aliexpress().await, alibaba().await);
    let foreign = other.code_of("seller-one").await;
    assert_eq!(market.call("create", &[("code", &foreign)]).await["code"], "InvalidCode");
    assert_eq!(market.call("create", &[("code", "3_made_up")]).await["code"], "InvalidCode");
    assert_eq!(market.call("create", &[]).await["code"], "MissingParameter");
    assert_eq!(market.call("refresh", &[]).await["code"], "MissingParameter");
    let code = market.code_of("seller-one").await;
    assert_eq!(market.call("create", &[("code", &code), ("uuid", "1")]).await["code"], "InvalidCode");
}

#[tokio::test]
async fn token_calls_are_signed_with_their_path_and_by_this_app() {
    let market = aliexpress().await;
    let path = "/auth/token/create";
    let url = format!("{}/rest{path}", market.base);
    let code_now = market.code_of("seller-one").await;
    let given = [("code", code_now.as_str())];
    let without_path = signed(&ALIEXPRESS, "", params(&ALIEXPRESS, &given));
    let foreign_app = signed(&ALIBABA, path, params(&ALIBABA, &given));
    let mut unsigned = params(&ALIEXPRESS, &given);
    unsigned.insert("sign".into(), "0".repeat(64));
    for (form, why) in
        [(without_path, "IncompleteSignature"), (foreign_app, "InvalidAppkey"), (unsigned, "IncompleteSignature")]
    {
        let answer: Value = market.sandbox.http.post(&url).form(&form).send().await.unwrap().json().await.unwrap();
        // Flat under /rest, unlike under /sync.
        assert_eq!((text(&answer, "code"), text(&answer, "type")), (why, "ISV"));
    }
    assert_eq!(market.call("create", &given).await["code"], "0", "none of those used the code up");
}

async fn renewed_pair_ends_the_old_one(market: &Market) {
    let old = market.tokens_of("seller-one").await;
    market.later(100).await;
    let new = market.refresh(&old).await;
    assert_eq!(new["code"], "0", "{new}");
    assert_ne!(new["access_token"], old["access_token"]);
    assert_ne!(new["refresh_token"], old["refresh_token"]);
    assert_eq!(new["expires_in"], old["expires_in"], "the access token's life starts anew");
    let left = |answer: &Value| {
        let value = &answer["refresh_expires_in"];
        value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).unwrap()
    };
    assert!((95..=105).contains(&(left(&old) - left(&new))), "the end of renewing stays where it was");
    assert_eq!(market.data(text(&old, "access_token")).await, "IllegalAccessToken");
    assert_eq!(market.refresh(&old).await["code"], "IllegalRefreshToken");
    assert_eq!(market.data(text(&new, "access_token")).await, "0");
    market.later(60 * DAY_S + 1).await;
    assert_eq!(market.refresh(&new).await["code"], "IllegalRefreshToken");
    market.later(0).await;
}

#[tokio::test]
async fn renewing_gives_a_new_pair_and_ends_the_old_one() {
    renewed_pair_ends_the_old_one(&aliexpress().await).await;
    renewed_pair_ends_the_old_one(&alibaba().await).await;
}

#[tokio::test]
async fn the_registered_tokens_are_good_until_they_are_renewed() {
    for market in [aliexpress().await, alibaba().await] {
        assert_eq!(market.data(market.known.access_token).await, "0");
        let registered = json!({"refresh_token": market.known.refresh_token});
        let new = market.refresh(&registered).await;
        assert_eq!(market.data(market.known.access_token).await, "IllegalAccessToken");
        assert_eq!(market.refresh(&registered).await["code"], "IllegalRefreshToken");
        assert_eq!(market.data(text(&new, "access_token")).await, "0");
        let books = market.books().await;
        let answers: Vec<_> = books["calls"].as_array().unwrap().iter().map(|call| text(call, "answer")).collect();
        assert_eq!(answers, ["0", "IllegalRefreshToken"]);
        assert_eq!((&books["calls"][0]["call"], &books["calls"][0]["generation"]), (&json!("refresh"), &json!(2)));
        market.control("oauth/reset", json!({})).await;
        assert_eq!(market.data(market.known.access_token).await, "0");
    }
}

#[tokio::test]
async fn a_pair_that_can_not_be_renewed_says_zero() {
    let market = aliexpress().await;
    market.app(json!({"refresh_life_s": 0})).await;
    let answer = market.tokens_of("seller-one").await;
    assert_eq!(answer["refresh_expires_in"], 0);
    assert_eq!(market.refresh(&answer).await["code"], "IllegalRefreshToken");
}

#[tokio::test]
async fn where_renewing_leaves_the_refresh_token_out_the_old_one_goes_on() {
    let market = aliexpress().await;
    market.app(json!({"refresh_token_left_out": true})).await;
    let first = market.tokens_of("seller-one").await;
    let second = market.refresh(&first).await;
    assert!(second.get("refresh_token").is_none() && second["access_token"].is_string());
    assert_eq!(market.refresh(&first).await["code"], "0");
}

#[tokio::test]
async fn what_a_seller_takes_back_is_refused_everywhere() {
    let market = aliexpress().await;
    let (one, two) = (market.tokens_of("seller-one").await, market.tokens_of("seller-two").await);
    market.control("oauth/revoke", json!({"seller": "seller-one"})).await;
    assert_eq!(market.data(text(&one, "access_token")).await, "IllegalAccessToken");
    assert_eq!(market.refresh(&one).await["code"], "IllegalRefreshToken");
    assert_eq!(market.data(text(&two, "access_token")).await, "0");
}

#[tokio::test]
async fn a_test_can_end_one_token_of_a_pair() {
    let market = alibaba().await;
    let pair = market.tokens_of("seller-one").await;
    market.control("oauth/expire", json!({"which": "access"})).await;
    assert_eq!(market.data(text(&pair, "access_token")).await, "IllegalAccessToken");
    let new = market.refresh(&pair).await;
    assert_eq!(market.data(text(&new, "access_token")).await, "0");
    market.control("oauth/expire", json!({"which": "refresh"})).await;
    assert_eq!(market.data(text(&new, "access_token")).await, "0");
    assert_eq!(market.refresh(&new).await["code"], "IllegalRefreshToken");
}

#[tokio::test]
async fn a_second_authorisation_ends_the_first_only_where_a_test_says_so() {
    let market = aliexpress().await;
    let first = market.tokens_of("seller-one").await;
    market.tokens_of("seller-one").await;
    assert_eq!(market.data(text(&first, "access_token")).await, "0");
    market.app(json!({"reauthorising_ends_old": true})).await;
    market.tokens_of("seller-one").await;
    assert_eq!(market.data(text(&first, "access_token")).await, "IllegalAccessToken");
}

#[tokio::test]
async fn another_sellers_token_sees_another_sellers_orders_and_not_ours() {
    let market = alibaba().await;
    market.sandbox.ali_order("234000000000000001", json!({})).await;
    market.sandbox.ali_order("234000000000000002", json!({"foreign": true})).await;
    let two = market.tokens_of("seller-two").await;
    let get = async |token: &str, id: &str| {
        let given = [("access_token", token), ("e_trade_id", id), ("language", "en_US")];
        code(&market.sandbox.ali("/alibaba/order/get", &given).await)
    };
    assert_eq!(get(ALIBABA.access_token, "234000000000000001").await, "0");
    assert_eq!(get(ALIBABA.access_token, "234000000000000002").await, "403");
    assert_eq!(get(text(&two, "access_token"), "234000000000000001").await, "403");
    assert_eq!(get(text(&two, "access_token"), "234000000000000002").await, "0");
}

#[tokio::test]
async fn an_address_off_the_white_list_gets_nothing_at_all() {
    let market = aliexpress().await;
    let code = market.code_of("seller-one").await;
    market.app(json!({"white_list_refuses": true})).await;
    assert_eq!(market.call("create", &[("code", &code)]).await["code"], "AppWhiteIpLimit");
    assert_eq!(market.data(ALIEXPRESS.access_token).await, "AppWhiteIpLimit");
    market.app(json!({"white_list_refuses": false})).await;
    assert_eq!(market.call("create", &[("code", &code)]).await["code"], "0");
}
