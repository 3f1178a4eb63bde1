//! The gateway over a real socket: what is sent, and what each way of not answering becomes.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use serde_json::json;
use std::time::Duration;
use tallyman_app::ports::{CallError, Disposition};
use tallyman_iop::{
    Answer, File, Gateway, sign,
    testing::{Marketplace, Reply, Request, clock, credentials, http},
};

fn gateway(base_url: &str) -> Gateway {
    Gateway::new("AliExpress", http(), base_url, credentials(), clock())
}
async fn call(market: &Marketplace) -> Result<Answer, CallError> {
    gateway(&market.base_url).sync_call("aliexpress.test", &[("b", "ü b".into()), ("empty", " ".into())]).await
}
async fn failing(raw: &str) -> CallError {
    let raw = raw.to_owned();
    call(&Marketplace::start(move |_| Reply::Raw(raw.clone()))).await.unwrap_err()
}
fn is_signed(request: &Request, prefix: &str) -> bool {
    let all = request.query.iter().chain(&request.form).filter(|(name, _)| *name != "sign");
    request.query["sign"] == sign(prefix, all.map(|(n, v)| (n.as_str(), v.as_str())), "helloworld")
}

#[tokio::test]
async fn a_sync_call_has_system_parameters_in_the_query_and_its_own_in_the_form() {
    let market = Marketplace::answering(&[("aliexpress.test", json!({"result": 1, "code": "0"}))]);
    let answer = call(&market).await.unwrap();
    assert_eq!(answer.body["result"], 1);
    let request = &market.requests()[0];
    assert_eq!(request.path, "/sync");
    assert_eq!(request.form.iter().collect::<Vec<_>>(), [(&"b".to_owned(), &"ü b".to_owned())]);
    for (name, value) in [
        ("app_key", "12345678"),
        ("session", "token-4711"),
        ("method", "aliexpress.test"),
        ("timestamp", "1517820392000"),
        ("sign_method", "sha256"),
        ("format", "json"),
        ("simplify", "true"),
    ] {
        assert_eq!(request.query[name], value);
    }
    assert!(is_signed(request, ""));
}

#[tokio::test]
async fn a_rest_call_signs_its_path_and_leaves_the_file_out() {
    let market = Marketplace::answering(&[("/up/load", json!({"code": "0", "value": "p"}))]);
    let file = File { field: "data", name: "a.png".into(), media_type: "image/png", bytes: vec![1, 2, 3] };
    let base_url = format!("{}/", market.base_url);
    gateway(&base_url).rest_call("/up/load", &[("file_name", "a.png".into())], Some(file)).await.unwrap();
    let mut request = market.requests().remove(0);
    assert_eq!((request.path.as_str(), request.query["access_token"].as_str()), ("/rest/up/load", "token-4711"));
    let body = String::from_utf8_lossy(&request.body).into_owned();
    assert!(body.contains("name=\"file_name\"") && body.contains("name=\"data\"; filename=\"a.png\""), "{body}");
    request.form.insert("file_name".into(), "a.png".into());
    assert!(is_signed(&request, "/up/load"));
}

#[tokio::test]
async fn whatever_is_no_answer_is_unclear() {
    for raw in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n<html>busy</html>",
        "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n<html>go away</html>",
        "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"result\": {",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"result\": {",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[]",
        "",
        "nonsense",
    ] {
        let error = failing(raw).await;
        assert!(matches!(error, CallError::Unclear { .. }), "{raw:?} became {error:?}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\"{}\"", "x".repeat(5 * 1024 * 1024));
    let error = failing(&endless).await;
    assert_eq!(error.to_string(), "AliExpress gave no usable answer to aliexpress.test: an answer of more than 4 MiB");
}

#[tokio::test]
async fn silence_is_unclear_and_a_closed_port_is_unreachable() {
    let silent = Marketplace::start(|_| Reply::Silence(Duration::from_secs(2)));
    assert_eq!(call(&silent).await.unwrap_err().disposition(), Disposition::Ambiguous);
    let error = gateway("http://127.0.0.1:1").sync_call("m", &[]).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_told() {
    let error = failing("HTTP/1.1 429 Too Many\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(error.disposition(), Disposition::Retry { after: Duration::from_secs(9) });
    let error = failing("HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(error.disposition(), Disposition::Retry { after: Duration::from_secs(60) });
}

#[tokio::test]
async fn no_secret_reaches_an_error_or_a_debug_text() {
    let quoting = json!({"error_response": {"type": "ISV", "code": "IncompleteSignature", "msg": "session=token-4711 helloworld"}});
    let market = Marketplace::answering(&[("aliexpress.test", quoting)]);
    let mut texts = vec![format!("{:?} {:?}", gateway("http://x"), credentials())];
    for error in
        [call(&market).await.unwrap_err(), gateway("http://127.0.0.1:1").sync_call("m", &[]).await.unwrap_err()]
    {
        texts.push(format!("{error} {error:?}"));
    }
    for text in texts {
        assert!(!text.contains("token-4711") && !text.contains("helloworld"), "{text}");
    }
}
