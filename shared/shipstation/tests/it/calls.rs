use crate::server::{Server, client, json, order, reply};
use serde_json::Value;
use tallyman_app::ports::{CallError, Warehouse, Window};
use tallyman_shipstation::{BadBaseUrl, ShipStation};

fn window(from: &str, to: &str) -> Window {
    Window { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

const EMPTY: &str = r#"{"shipments":[],"fulfillments":[],"total":0,"page":1,"pages":0}"#;

#[tokio::test]
async fn the_lists_are_asked_for_in_pacific_time_with_items_and_full_pages() {
    let server = Server::start(vec![json(EMPTY), json(EMPTY), json(EMPTY)]);
    let client = server.client();
    let window = window("2026-07-01T07:00:00Z", "2026-07-01T19:30:00Z");
    client.shipments(window, 0).await.unwrap();
    client.voided(window, 2).await.unwrap();
    client.fulfillments(window, 1).await.unwrap();
    let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "GET /shipments?createDateStart=2026-07-01+00%3A00%3A00&createDateEnd=2026-07-01+12%3A30%3A00\
             &sortBy=CreateDate&includeShipmentItems=true&page=1&pageSize=500 HTTP/1.1",
            "GET /shipments?voidDateStart=2026-07-01+00%3A00%3A00&voidDateEnd=2026-07-01+12%3A30%3A00\
             &sortBy=CreateDate&includeShipmentItems=true&page=3&pageSize=500 HTTP/1.1",
            "GET /fulfillments?createDateStart=2026-07-01+00%3A00%3A00&createDateEnd=2026-07-01+12%3A30%3A00\
             &sortBy=CreateDate&page=2&pageSize=500 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn in_the_hour_that_happens_twice_the_domain_says_how_a_window_is_written() {
    let server = Server::start(vec![json(EMPTY)]);
    let window = window("2026-11-01T08:30:00Z", "2026-11-01T09:45:00Z");
    server.client().shipments(window, 0).await.unwrap();
    let line = server.seen()[0].line.replace("%3A", ":").replace('+', " ");
    let (from, to) = tallyman_domain::pacific::window(window.from, window.to);
    assert!(line.contains(&format!("createDateStart={from}&createDateEnd={to}&")), "{line}");
}

#[tokio::test]
async fn orders_are_posted_as_json_with_the_credentials_and_answered_in_the_order_sent() {
    let answer = r#"{"hasErrors":true,"results":[
        {"orderId":null,"orderNumber":"8123","orderKey":"ali:2","success":false,"errorMessage":"locked"},
        {"orderId":58345234,"orderNumber":"8123","orderKey":"ali:1","success":true,"errorMessage":null}]}"#;
    let server = Server::start(vec![json(answer)]);
    let results = server.client().create_orders(&[order("ali:1"), order("ali:2")]).await.unwrap();
    assert_eq!(results.iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["ali:1", "ali:2"]);
    assert_eq!((&results[0].outcome, &results[1].outcome), (&Ok(58_345_234), &Err("locked".into())));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /orders/createorders HTTP/1.1");
    let head = seen.head.to_lowercase();
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(seen.head.contains("Basic dGhlLWtleTp0aGUtc2VjcmV0"), "{head}");
    let sent: Vec<Value> = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!((sent.len(), &sent[1]["orderKey"]), (2, &Value::from("ali:2")));
}

#[tokio::test]
async fn more_than_a_hundred_orders_are_refused_and_none_are_not_sent() {
    let client = client("http://127.0.0.1:9");
    let orders: Vec<_> = (0..101).map(|n| order(&format!("ali:{n}"))).collect();
    assert!(matches!(client.create_orders(&orders).await, Err(CallError::Refused { .. })));
    assert_eq!(client.create_orders(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_webhooks_resource_is_followed_with_items_and_nowhere_else() {
    let server = Server::start(vec![json(EMPTY)]);
    let client = server.client();
    let hint = |path: &str| format!("{}{path}", server.url);
    let page = client.follow(&hint("/shipments?batchId=7&includeShipmentItems=False"), 0).await.unwrap();
    assert!(page.items.is_empty() && !page.more);
    assert!(client.follow(&hint("/orders?importBatch=7"), 0).await.unwrap().items.is_empty());
    for url in [
        hint("/stores"),
        "https://ssapi.shipstation.com.evil.com/shipments".into(),
        "http://127.0.0.1:1/shipments".into(),
    ] {
        let error = client.follow(&url, 0).await.unwrap_err();
        assert!(matches!(&error, CallError::Refused { .. }), "{error}");
        assert!(!error.to_string().contains("evil"));
    }
    let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines, ["GET /shipments?batchId=7&includeShipmentItems=true&page=1&pageSize=500 HTTP/1.1"]);
}

#[tokio::test]
async fn an_order_that_is_gone_is_none_but_a_gateways_page_is_no_answer() {
    let order = r#"{"orderId":7,"orderNumber":"8123","orderKey":"ali:8123","orderStatus":"on_hold","items":[]}"#;
    let gone = r#"{"Message":"The requested resource was not found."}"#;
    let page = "<html><body>404</body></html>";
    let server = Server::start(vec![json(order), reply(404, "", gone), reply(404, "", ""), reply(404, "", page)]);
    let client = server.client();
    assert_eq!(client.entry(7).await.unwrap().unwrap().status, "on_hold");
    assert_eq!(client.entry(8).await.unwrap(), None);
    assert_eq!(client.entry(9).await.unwrap(), None);
    assert!(matches!(client.entry(10).await, Err(CallError::Unclear { .. })));
    assert_eq!(server.seen()[3].line, "GET /orders/10 HTTP/1.1");
}

#[tokio::test]
async fn what_waits_to_be_packed_is_asked_for_by_its_status_oldest_first() {
    let body = r#"{"orders":[{"orderId":7,"orderNumber":"8123","orderKey":"ali:8123","orderStatus":"awaiting_shipment",
        "items":[],"advancedOptions":{"mergedIds":[8]}}],"total":501,"page":1,"pages":2}"#;
    let server = Server::start(vec![json(body), json(body)]);
    let page = server.client().waiting(0).await.unwrap();
    assert_eq!(
        (page.items[0].key.as_deref(), &page.items[0].merged_ids, page.more),
        (Some("ali:8123"), &vec![8], true)
    );
    let line = "GET /orders?orderStatus=awaiting_shipment&sortBy=CreateDate&page=1&pageSize=500 HTTP/1.1";
    assert_eq!(server.seen()[0].line, line);
    assert_eq!(server.client().held(1).await.unwrap().items[0].merged_ids, [8]);
    let line = "GET /orders?orderStatus=on_hold&sortBy=CreateDate&page=2&pageSize=500 HTTP/1.1";
    assert_eq!(server.seen()[1].line, line);
}

#[tokio::test]
async fn webhooks_are_subscribed_to_and_ended_once_or_twice() {
    let target = "https://hooks.example/ss/top-secret";
    let said = format!(r#"{{"message":"{target} can't be reached"}}"#);
    let server =
        Server::start(vec![json(r#"{"id":123456}"#), reply(400, "", &said), reply(200, "", ""), reply(404, "", "")]);
    let client = server.client();
    assert_eq!(client.subscribe("SHIP_NOTIFY", target).await.unwrap(), 123_456);
    let error = client.subscribe("SHIP_NOTIFY", target).await.unwrap_err();
    assert_eq!(error.to_string(), "ShipStation refused POST /webhooks/subscribe: 400 … can't be reached");
    client.unsubscribe(5).await.unwrap();
    client.unsubscribe(5).await.unwrap();
    let sent: Value = serde_json::from_slice(&server.seen()[0].body).unwrap();
    assert_eq!((&sent["target_url"], &sent["event"]), (&Value::from(target), &Value::from("SHIP_NOTIFY")));
    assert_eq!(server.seen()[3].line, "DELETE /webhooks/5 HTTP/1.1");
}

#[test]
fn a_base_url_must_be_absolute_and_without_a_user_and_debug_shows_no_keys() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for url in ["", "/v1", "ssapi.shipstation.com", "ftp://x.example", "https://user:pass@x.example"] {
        assert_eq!(ShipStation::new(http.clone(), url, "k", "s").unwrap_err(), BadBaseUrl, "{url}");
    }
    let shown = format!("{:?}", client("https://ssapi.shipstation.com"));
    assert!(shown.contains("ssapi") && !shown.contains("the-key") && !shown.contains("the-secret"), "{shown}");
}
