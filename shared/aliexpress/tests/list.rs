//! Lists: what is asked, and what is made of every shape of answer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{LIST, aliexpress};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Disposition, Listed, Listing, Marketplace as _, Window};
use tallyman_iop::testing::{Marketplace, Reply};

fn window() -> Window {
    Window { from: "2026-07-01T19:00:00Z".parse().unwrap(), to: "2026-07-01T19:10:00Z".parse().unwrap() }
}
async fn list(answer: Value) -> Result<Listed, CallError> {
    aliexpress(&Marketplace::answering(&[(LIST, answer)])).list(Listing::Modified, window(), 0).await
}
fn order(id: Value) -> Value {
    json!({"order_id": id, "order_status": "WAIT_SELLER_SEND_GOODS", "gmt_update": "2026-07-01 12:00:00"})
}

#[tokio::test]
async fn pages_count_from_one_and_ended_orders_are_asked_for_by_name() {
    let market = Marketplace::answering(&[(LIST, json!({"result": {"success": true, "total_count": 0}}))]);
    let client = aliexpress(&market);
    for listing in [Listing::Modified, Listing::ModifiedEnded, Listing::Created, Listing::CreatedEnded] {
        client.list(listing, window(), 2).await.unwrap();
    }
    let asked: Vec<_> = market.requests().into_iter().map(|request| request.form).collect();
    assert_eq!(asked[0]["modified_date_start"], "2026-07-01 12:00:00");
    assert_eq!(asked[0]["modified_date_end"], "2026-07-01 12:10:00");
    assert_eq!((asked[0]["current_page"].as_str(), asked[0]["page_size"].as_str()), ("3", "50"));
    assert!(!asked[0].contains_key("order_status_list") && !asked[0].contains_key("create_date_start"));
    assert_eq!(asked[1]["order_status_list"], "[\"FINISH\"]");
    assert_eq!(asked[2]["create_date_start"], "2026-07-01 12:00:00");
    assert!(asked[3].contains_key("order_status_list") && asked[3].contains_key("create_date_end"));
}

#[tokio::test]
async fn a_list_reads_wrapped_flat_single_and_missing() {
    let (number, text) = (order(json!(1_160_045_860_056_286_u64)), order(json!("1160045860056287")));
    let wrapped = json!({"aliexpress_solution_order_get_response": {"result": {"success": true, "total_page": 2,
        "current_page": 1, "target_list": {"order_dto": [number, text]}}, "request_id": "r"}});
    let flat = json!({"result": {"success": "true", "total_page": "1", "target_list": [number, text]}, "code": "0"});
    for (answer, more) in [(wrapped, true), (flat, false)] {
        let listed = list(answer).await.unwrap();
        let ids: Vec<_> = listed.orders.iter().map(|seen| seen.id.as_str()).collect();
        assert_eq!(ids, ["1160045860056286", "1160045860056287"]);
        assert_eq!(listed.orders[0].modified_at, Some(window().from));
        assert_eq!((listed.more, listed.unreadable.len()), (more, 0));
    }
    let single = json!({"result": {"success": true, "target_list": {"order_dto": order(json!(7))}}});
    assert_eq!(list(single).await.unwrap().orders.len(), 1);
    let missing = json!({"result": {"success": true, "total_count": 0}});
    assert_eq!(list(missing).await.unwrap(), Listed::default());
}

#[tokio::test]
async fn without_a_page_count_a_full_page_says_there_is_more() {
    let page = |count: u64| json!({"result": {"success": true, "target_list": (1..=count).map(|n| order(json!(n))).collect::<Vec<_>>()}});
    assert!(list(page(50)).await.unwrap().more);
    assert!(!list(page(49)).await.unwrap().more);
}

#[tokio::test]
async fn a_bad_record_fails_alone_and_never_shows_its_values() {
    let mut nameless = order(json!(2));
    nameless["order_status"] = json!({"Jane": "Doe"});
    let records = json!([order(json!(1)), nameless, order(json!("no id #")), "Jane Doe", order(json!(5))]);
    let listed = list(json!({"result": {"success": true, "target_list": records}})).await.unwrap();
    assert_eq!(listed.orders.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["1", "5"]);
    let what: Vec<_> =
        listed.unreadable.iter().map(|u| (u.id.as_ref().map(|id| id.as_str()), u.what.as_str())).collect();
    assert_eq!(what[0], (Some("2"), "result.target_list[1].order_status: expected a text or a number"));
    assert_eq!(what[1], (None, "result.target_list[2].order_id: not an order id"));
    assert_eq!(what.len(), 3);
    assert!(!format!("{what:?}").contains("Jane"));
}

#[tokio::test]
async fn what_is_no_list_is_never_an_empty_list() {
    for answer in [
        json!({}),
        json!({"result": null}),
        json!({"result": {}}),
        json!({"result": {"success": true, "target_list": "none"}}),
        json!({"result": {"success": true, "total_count": 3, "total_page": 1}}),
    ] {
        let error = list(answer.clone()).await.unwrap_err();
        assert!(matches!(error, CallError::Unclear { .. }), "{answer} became {error:?}");
    }
}

#[tokio::test]
async fn a_business_error_inside_a_success_is_an_error() {
    let no = |message: &str| json!({"result": {"success": false, "error_code": "E7", "error_message": message}});
    assert_eq!(
        list(no("bad window")).await.unwrap_err().to_string(),
        "AliExpress refused aliexpress.solution.order.get: E7 bad window"
    );
    let patience = list(no("系统异常，请稍候重试")).await.unwrap_err().disposition();
    assert!(matches!(patience, Disposition::Retry { .. }), "{patience:?}");
}

#[tokio::test]
async fn a_ban_and_a_web_page_are_told_apart() {
    let ban = json!({"error_response": {"type": "ISV", "code": "ApiCallLimit", "msg": "this ban will last 3 seconds"}});
    assert!(matches!(list(ban).await.unwrap_err().disposition(), Disposition::Retry { after } if after.as_secs() == 3));
    let page = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>";
    let market = Marketplace::start(move |_| Reply::Raw(page.into()));
    let error = aliexpress(&market).list(Listing::Modified, window(), 0).await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Ambiguous);
}
