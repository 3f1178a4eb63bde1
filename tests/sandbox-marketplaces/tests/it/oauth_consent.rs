//! The consent page: who may ask, and where it leads.

use crate::oauth::{CALLBACK, alibaba, aliexpress, led_to};

#[tokio::test]
async fn the_page_needs_no_script_and_has_a_choice_of_sellers_and_two_buttons() {
    for market in [aliexpress().await, alibaba().await] {
        let answer = market.page(&market.request(&[("state", "\"><script>x</script>")])).await;
        assert_eq!(answer.status(), 200);
        let page = answer.text().await.unwrap();
        for part in ["name=\"seller\"", "name=\"grant\"", "name=\"refuse\"", "\"seller-one\"", "\"seller-two\""] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<script"));
        assert_eq!(page.contains("name=\"months\""), market.base == market.sandbox.handle.alibaba_url);
    }
}

#[tokio::test]
async fn a_seller_who_agrees_is_led_back_with_a_code_and_the_state_untouched() {
    let market = aliexpress().await;
    let answer = market.press("grant", &[("seller", "seller-two")]).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(led_to(&answer, "state").unwrap(), "s/1+2 &=ü");
    assert_eq!(led_to(&answer, "shop").unwrap(), "1", "the callback's own query stays");
    assert!(led_to(&answer, "code").unwrap().starts_with("3_ae-app-501_"));
    let without = market.press("grant", &[("seller", "seller-one"), ("state", "")]).await;
    assert_eq!(led_to(&without, "state"), None);
    let books = market.books().await;
    assert_eq!(
        (&books["consents"][0]["seller"], &books["consents"][0]["granted"]),
        (&"seller-two".into(), &true.into())
    );
}

#[tokio::test]
async fn a_seller_who_refuses_is_led_back_with_an_error_and_no_code() {
    let market = alibaba().await;
    let answer = market.press("refuse", &[("seller", "seller-one")]).await;
    assert_eq!(led_to(&answer, "error").as_deref(), Some("access_denied"));
    assert_eq!((led_to(&answer, "code"), led_to(&answer, "state").as_deref()), (None, Some("s/1+2 &=ü")));
}

#[tokio::test]
async fn a_wrong_request_gets_an_error_page_and_never_a_redirect() {
    let market = aliexpress().await;
    let longer = format!("{CALLBACK}&more=1");
    for (over, code) in [
        (("response_type", "token"), "UnsupportedResponseType"),
        (("response_type", ""), "UnsupportedResponseType"),
        (("client_id", "ali-app-502"), "InvalidAppkey"),
        (("client_id", ""), "InvalidAppkey"),
        (("redirect_uri", "https://evil.example/"), "InvalidRedirectUri"),
        (("redirect_uri", "http://127.0.0.1:9/oauth/back"), "InvalidRedirectUri"),
        (("redirect_uri", longer.as_str()), "InvalidRedirectUri"),
        (("redirect_uri", ""), "MissingParameter"),
    ] {
        for answer in [
            market.page(&market.request(&[over])).await,
            market.press("grant", &[("seller", "seller-one"), over]).await,
        ] {
            assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None), "{over:?}");
            assert!(answer.text().await.unwrap().contains(&format!("data-code=\"{code}\"")), "{over:?}");
        }
    }
    let mut twice = market.request(&[]);
    twice.push(("redirect_uri".into(), CALLBACK.into()));
    assert_eq!(market.page(&twice).await.status(), 400);
    assert_eq!(market.press("grant", &[("seller", "nobody")]).await.status(), 400);
    assert_eq!(market.books().await["consents"], serde_json::json!([]));
}

#[tokio::test]
async fn no_address_is_registered_unless_a_test_says_so() {
    let market = aliexpress().await;
    market.app(serde_json::json!({"redirect_uris": []})).await;
    assert_eq!(market.page(&market.request(&[])).await.status(), 400);
}
