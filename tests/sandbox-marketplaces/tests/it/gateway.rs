//! Who may call, when, how fast.

use sandbox_marketplaces::Config;
use sandbox_marketplaces::limits::Allowance;
use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS};
use serde_json::Value;

use crate::client::{ae_params, ago, ali_params, sandbox, sandbox_with, signed};

const SERVICES: &str = "aliexpress.logistics.redefining.listlogisticsservice";

fn code(answer: &Value) -> &str {
    answer["error_response"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_rightly_signed_call_is_answered_in_either_shape_by_post_and_by_get() {
    let sandbox = sandbox().await;
    let simple = sandbox.ae(SERVICES, &[]).await;
    assert!(simple["result_list"].as_array().unwrap().len() >= 15);
    assert_eq!(simple["code"], "0");
    let mut params = ae_params(SERVICES, &[]);
    params.remove("simplify");
    let url = format!("{}/sync", sandbox.handle.aliexpress_url);
    let query = signed(&ALIEXPRESS, "", params);
    let wrapped: Value = sandbox.http.get(url).query(&query).send().await.unwrap().json().await.unwrap();
    let root = &wrapped["aliexpress_logistics_redefining_listlogisticsservice_response"];
    assert!(root["result_list"]["aeop_logistics_service_result"].is_array());
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let sandbox = sandbox().await;
    let mut params = signed(&ALIEXPRESS, "", ae_params(SERVICES, &[]));
    params.insert("added".into(), "afterwards".into());
    assert_eq!(code(&sandbox.ae_raw(&params).await), "IncompleteSignature");
    let mut lower = signed(&ALIEXPRESS, "", ae_params(SERVICES, &[]));
    let signature = lower["sign"].to_ascii_lowercase();
    lower.insert("sign".into(), signature);
    assert_eq!(code(&sandbox.ae_raw(&lower).await), "IncompleteSignature");
    let md5 = signed(&ALIEXPRESS, "", ae_params(SERVICES, &[("sign_method", "md5")]));
    assert_eq!(code(&sandbox.ae_raw(&md5).await), "IncompleteSignature");
    assert_eq!(sandbox.ae_books().await["refused"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn under_rest_the_path_has_to_be_signed_too() {
    let sandbox = sandbox().await;
    let path = "/alibaba/order/list";
    let without = signed(&ALIBABA, "", ali_params(&[("role", "seller")]));
    assert_eq!(sandbox.ali_raw(path, &without).await["code"], "IncompleteSignature");
    assert_eq!(sandbox.ali(path, &[("role", "seller")]).await["code"], "0");
}

#[tokio::test]
async fn a_strange_key_or_token_and_a_missing_parameter_are_refused() {
    let sandbox = sandbox().await;
    let key = signed(&ALIEXPRESS, "", ae_params(SERVICES, &[("app_key", "nobody")]));
    assert_eq!(code(&sandbox.ae_raw(&key).await), "InvalidAppkey");
    assert_eq!(code(&sandbox.ae(SERVICES, &[("session", "stolen")]).await), "IllegalAccessToken");
    for missing in ["app_key", "timestamp", "sign_method", "session"] {
        let mut params = ae_params(SERVICES, &[]);
        params.remove(missing);
        let answer = sandbox.ae_raw(&signed(&ALIEXPRESS, "", params)).await;
        assert_eq!(code(&answer), "MissingParameter", "{missing}");
    }
    let mut unsigned = ae_params(SERVICES, &[]);
    unsigned.remove("sign");
    assert_eq!(code(&sandbox.ae_raw(&unsigned).await), "MissingParameter");
    let unknown = sandbox.ali("/alibaba/order/lists", &[]).await;
    assert_eq!(unknown["code"], "InvalidApiPath");
}

#[tokio::test]
async fn a_clock_more_than_two_hours_off_or_in_seconds_is_refused() {
    let sandbox = sandbox().await;
    for stamp in [ago(7300).as_millisecond().to_string(), ago(0).as_second().to_string(), "2025-01-01 00:00:00".into()]
    {
        let answer = sandbox.ae(SERVICES, &[("timestamp", &stamp)]).await;
        assert_eq!(code(&answer), "InvalidTimestamp", "{stamp}");
    }
    let late = ago(7000).as_millisecond().to_string();
    assert_eq!(sandbox.ae(SERVICES, &[("timestamp", &late)]).await["code"], "0");
}

#[tokio::test]
async fn an_api_called_too_fast_is_banned_for_a_second_and_then_not() {
    let allowance = Allowance { per_second: 3, per_day: 100 };
    let sandbox = sandbox_with(Config { allowance, ..Config::default() }).await;
    for _ in 0..3 {
        assert_eq!(sandbox.ae(SERVICES, &[]).await["code"], "0");
    }
    let banned = sandbox.ae(SERVICES, &[]).await;
    assert_eq!(code(&banned), "ApiCallLimit");
    assert!(banned["error_response"]["msg"].as_str().unwrap().ends_with("this ban will last 1 seconds"));
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(sandbox.ae(SERVICES, &[]).await["code"], "0");
    let books = sandbox.ae_books().await;
    assert_eq!(books["rate_limited"], 1);
    assert_eq!(books["calls"][SERVICES], 5);
}

#[tokio::test]
async fn a_spent_day_bans_every_api_for_hours() {
    let allowance = Allowance { per_second: 30, per_day: 2 };
    let sandbox = sandbox_with(Config { allowance, ..Config::default() }).await;
    for _ in 0..2 {
        sandbox.ali("/alibaba/order/list", &[("role", "seller")]).await;
    }
    let banned = sandbox.ali("/alibaba/order/get", &[("e_trade_id", "1")]).await;
    assert_eq!(banned["code"], "ApiCallLimit");
    let text = banned["message"].as_str().unwrap();
    let seconds = text.trim_end_matches(" seconds").rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    assert!((1..=86_400).contains(&seconds), "{text}");
    assert_eq!(sandbox.ali_books().await["rate_limited"], 1);
}
