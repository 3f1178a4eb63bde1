//! The token endpoint on a bad day.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::oauth::{Market, aliexpress};

async fn refresh_with(market: &Market, fault: serde_json::Value) -> Option<String> {
    let mut order = json!({"method": "/auth/token/refresh", "count": 1});
    for (name, value) in fault.as_object().unwrap() {
        order[name] = value.clone();
    }
    market.control("fault", order).await;
    let answer = market.try_call("refresh", &[("refresh_token", market.known.refresh_token)]).await;
    answer.ok().map(|body| crate::oauth::code(&body))
}

/// Whether the registered pair was renewed behind the fault.
async fn took_effect(market: &Market) -> bool {
    market.data(market.known.access_token).await == "IllegalAccessToken"
}

#[tokio::test]
async fn down_or_unavailable_it_does_nothing() {
    for fault in [json!({"kind": "down"}), json!({"kind": "html", "status": 503}), json!({"kind": "error_before"})] {
        let market = aliexpress().await;
        let answer = refresh_with(&market, fault.clone()).await;
        assert!(answer.is_none() || answer.as_deref() == Some("ServiceUnavailable"), "{fault}: {answer:?}");
        assert!(!took_effect(&market).await, "{fault}");
        let calls = market.books().await["calls"].clone();
        assert_eq!((&calls[0]["answer"], &calls[0]["fault"]), (&json!("fault"), &fault["kind"]));
        assert_eq!(market.refresh(&json!({"refresh_token": market.known.refresh_token})).await["code"], "0");
    }
}

#[tokio::test]
async fn an_error_or_half_an_answer_after_the_effect_hides_that_the_old_pair_is_gone() {
    for fault in [json!({"kind": "status_after_effect"}), json!({"kind": "error_after_effect"}), json!({"kind": "cut"})]
    {
        let market = aliexpress().await;
        let answer = refresh_with(&market, fault.clone()).await;
        assert!(answer.is_none() || answer.as_deref() == Some("ServiceUnavailable"), "{fault}: {answer:?}");
        assert!(took_effect(&market).await, "{fault}");
        let again = market.refresh(&json!({"refresh_token": market.known.refresh_token})).await;
        assert_eq!(again["code"], "IllegalRefreshToken");
        let calls = market.books().await["calls"].clone();
        assert_eq!((&calls[0]["answer"], &calls[0]["fault"]), (&json!("0"), &fault["kind"]));
    }
}

#[tokio::test]
async fn a_slow_answer_is_right_and_late() {
    let market = aliexpress().await;
    let started = Instant::now();
    let answer = refresh_with(&market, json!({"kind": "slow", "delay_ms": 300})).await;
    assert_eq!(answer.as_deref(), Some("0"));
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn of_many_that_refresh_at_once_one_gets_a_pair_and_the_book_knows_them_all() {
    let market = aliexpress().await;
    market.control("limits", json!({"per_second": 1000, "per_day": 100_000})).await;
    let registered = json!({"refresh_token": market.known.refresh_token});
    let mut won = 0;
    let racing = (0..20).map(|_| market.refresh(&registered));
    for answer in futures::future::join_all(racing).await {
        won += u32::from(answer["code"] == "0");
    }
    assert_eq!((won, market.books().await["calls"].as_array().unwrap().len()), (1, 20));
}
