use crate::server::{Reply, Server, client, json, order, reply};
use std::time::Duration;
use tallyman_app::ports::{CallError, Disposition, Warehouse, Window};
use tallyman_domain::limit::Rate;

async fn ended(with: Reply) -> CallError {
    let server = Server::start(vec![with]);
    server.client().create_orders(&[order("ali:1")]).await.unwrap_err()
}

fn is_unclear(error: &CallError) -> bool {
    matches!(error, CallError::Unclear { .. }) && error.disposition() == Disposition::Ambiguous
}

#[tokio::test]
async fn what_leaves_the_outcome_open_is_unclear() {
    let half = |whole: Reply| whole[..whole.len() - 5].to_vec();
    let chunked = b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"has\r\n".to_vec();
    for (name, answer) in [
        ("500", reply(500, "", r#"{"Message":"An error has occurred."}"#)),
        ("502", reply(502, "", "<html>Bad gateway</html>")),
        ("408", reply(408, "", "")),
        ("HTML with 200", reply(200, "content-type: text/html\r\n", " <!DOCTYPE html><html></html>")),
        ("HTML with 403", reply(403, "", "<html>Denied</html>")),
        ("redirect", reply(302, "location: https://evil.example/\r\n", "")),
        ("cut body", half(json(r#"{"hasErrors":false,"results":[]}"#))),
        ("cut chunk", chunked),
        ("cut head", b"HTTP/1.1 200 X\r\ncontent-le".to_vec()),
        ("half a JSON", json(r#"{"hasErrors":false,"resul"#)),
        ("empty", json("")),
        ("time-out", Vec::new()),
        ("other order", json(r#"{"results":[{"orderId":1,"orderKey":"ali:2","success":true}]}"#)),
    ] {
        let error = ended(answer).await;
        assert!(is_unclear(&error), "{name}: {error}");
        assert!(!error.to_string().contains('<') && !error.to_string().contains("evil"), "{error}");
    }
}

#[tokio::test]
async fn a_clear_no_is_told_in_its_own_words_without_the_buyer() {
    let body = r#"{"Message":"The request is invalid.","ExceptionMessage":"jane@example.com is no e-mail"}"#;
    let error = ended(reply(400, "", body)).await;
    assert_eq!(
        error.to_string(),
        "ShipStation refused POST /orders/createorders: 400 The request is invalid. | … is no e-mail"
    );
    assert_eq!(error.disposition(), Disposition::Refused);
    assert_eq!(
        ended(reply(403, "", "")).await.to_string(),
        "ShipStation refused POST /orders/createorders: 403 no reason given"
    );
}

#[tokio::test]
async fn a_key_that_is_not_accepted_needs_a_person() {
    assert_eq!(ended(reply(401, "", "<html></html>")).await.disposition(), Disposition::NeedsReauth);
}

#[tokio::test]
async fn a_throttled_call_waits_as_long_as_shipstation_says_or_a_minute() {
    for (headers, wait_s) in [
        ("x-rate-limit-reset: 17\r\n", 17),
        ("X-Rate-Limit-Reset: 0\r\n", 1),
        ("retry-after: 9\r\n", 9),
        ("x-rate-limit-reset: 1782907200\r\n", 60),
        ("x-rate-limit-reset: soon\r\n", 60),
        ("", 60),
    ] {
        let after = Duration::from_secs(wait_s);
        let error = ended(reply(429, headers, r#"{"message":"Too Many Requests"}"#)).await;
        assert_eq!(error.disposition(), Disposition::Retry { after }, "{headers}");
    }
}

#[tokio::test]
async fn what_never_reached_the_service_is_retried() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).create_orders(&[order("ali:1")]).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
    assert!(!format!("{error:?}").contains("the-secret"), "{error:?}");
}

#[tokio::test]
async fn a_field_that_cannot_be_read_is_named_by_its_path_and_not_quoted() {
    let bodies = [r#"{"orderId":7,"orderNumber":"8","orderStatus":["Jane Doe"]}"#, r#"{"orderNumber":"8"}"#];
    let server = Server::start(bodies.iter().map(|body| json(body)).collect());
    let client = server.client();
    let error = client.entry(7).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "ShipStation answered GET /orders/{id} with data that can't be read at orderStatus: expected a string"
    );
    assert!(matches!(client.entry(7).await, Err(CallError::Undecodable { .. })));
}

#[tokio::test]
async fn an_answer_of_more_than_16_mib_is_not_kept() {
    let server = Server::start(vec![json(&" ".repeat(17 * 1024 * 1024))]);
    let window = Window { from: "2026-07-01T00:00:00Z".parse().unwrap(), to: "2026-07-02T00:00:00Z".parse().unwrap() };
    let error = server.client().shipments(window, 0).await.unwrap_err();
    assert!(is_unclear(&error) && error.to_string().contains("16 MiB"), "{error}");
}

#[tokio::test]
async fn the_last_answers_rate_is_told_and_an_answer_without_one_changes_nothing() {
    let rate = "x-rate-limit-limit: 40\r\nx-rate-limit-remaining: 38\r\nx-rate-limit-reset: 55\r\n";
    let later = "x-rate-limit-remaining: 0\r\nx-rate-limit-reset: 12\r\n";
    let server = Server::start(vec![reply(404, rate, ""), reply(404, "", ""), reply(429, later, "")]);
    let client = server.client();
    assert_eq!(client.rate(), None);
    let told = |limit, remaining, reset_s| Some(Rate { limit, remaining, reset_s });
    client.entry(1).await.unwrap();
    assert_eq!(client.rate(), told(Some(40), 38, 55));
    client.entry(1).await.unwrap();
    assert_eq!(client.rate(), told(Some(40), 38, 55));
    client.entry(1).await.unwrap_err();
    assert_eq!(client.rate(), told(None, 0, 12));
}
