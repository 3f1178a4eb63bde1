//! Lists: what is asked, and what is made of the answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{LIST, alibaba, answer};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, Disposition, Listed, Listing, Marketplace as _, Window};
use tallyman_iop::testing::Marketplace;

fn window() -> Window {
    Window { from: "2024-09-17T17:00:00Z".parse().unwrap(), to: "2024-09-17T18:00:00Z".parse().unwrap() }
}
async fn list(body: Value, page: u32) -> Result<Listed, CallError> {
    alibaba(&Marketplace::answering(&[(LIST, body)])).list(Listing::Modified, window(), page).await
}
fn order(id: Value) -> Value {
    json!({"trade_id": id, "trade_status": "undeliver", "create_date": {"timestamp": "1"},
        "modify_date": {"format_date": "2024-09-17 10:51:14", "timestamp": "1726595474000"}})
}

#[tokio::test]
async fn pages_count_from_zero_and_dates_are_objects_in_json() {
    let market = Marketplace::answering(&[(LIST, answer(json!({"total_count": "0"})))]);
    let client = alibaba(&market);
    client.list(Listing::Modified, window(), 3).await.unwrap();
    client.list(Listing::Created, window(), 0).await.unwrap();
    let asked = market.requests();
    let form = &asked[0].form;
    assert_eq!(
        (form["role"].as_str(), form["start_page"].as_str(), form["page_size"].as_str()),
        ("seller", "3", "100")
    );
    let from = asked[0].json("modified_date_start");
    assert_eq!(from, json!({"date_str": "2024-09-17 10:00:00", "date_timestamp": 1_726_592_400_000_i64}));
    assert_eq!(asked[0].json("modified_date_end")["date_str"], "2024-09-17 11:00:00");
    assert_eq!(asked[1].json("create_date_end")["date_str"], "2024-09-17 11:00:00");
    assert!(!asked[1].form.contains_key("modified_date_start"));
}

#[tokio::test]
async fn ended_orders_are_in_the_other_lists_and_cost_no_call() {
    let market = Marketplace::answering(&[]);
    for listing in [Listing::ModifiedEnded, Listing::CreatedEnded] {
        assert_eq!(alibaba(&market).list(listing, window(), 0).await.unwrap(), Listed::default());
    }
    assert_eq!(market.calls().len(), 0);
}

#[tokio::test]
async fn a_page_is_read_with_its_count_and_a_bad_record_fails_alone() {
    let records = json!([order(json!("234193410001028893")), order(json!(5)), {"trade_id": 6}, "Jane"]);
    let listed = list(answer(json!({"total_count": "137", "order_list": records})), 0).await.unwrap();
    let ids: Vec<_> = listed.orders.iter().map(|seen| seen.id.as_str()).collect();
    assert_eq!((ids, listed.more), (vec!["234193410001028893", "5"], true));
    assert_eq!(listed.orders[0].modified_at.unwrap().to_string(), "2024-09-17T17:51:14Z");
    let bad: Vec<_> = listed.unreadable.iter().map(|u| (u.id.is_some(), u.what.as_str())).collect();
    assert_eq!(bad[0], (true, "value.order_list[2].trade_status: missing"));
    assert!(!bad[1].1.contains("Jane"));
    let last = list(answer(json!({"total_count": 137, "order_list": [order(json!(7))]})), 1).await.unwrap();
    assert!(!last.more);
}

#[tokio::test]
async fn what_is_no_list_is_never_an_empty_list() {
    for body in [
        json!({"code": "0"}),
        answer(json!({})),
        answer(json!({"total_count": 3})),
        answer(json!({"total_count": 1, "order_list": "x"})),
        json!({}),
        json!({"type": "ISP", "code": "ServiceUnavailable", "message": "later"}),
        json!({"code": "500", "message": "system error"}),
    ] {
        let error = list(body.clone(), 0).await.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Ambiguous, "{body} became {error:?}");
    }
    assert_eq!(
        list(answer(json!({"total_count": "0"})), 0).await.unwrap(),
        Listed { pages: Some(0), ..Listed::default() }
    );
}

#[tokio::test]
async fn a_dead_token_is_told_apart_from_a_refusal() {
    let dead = json!({"type": "ISV", "code": "IllegalAccessToken", "message": "expired", "request_id": "r"});
    assert_eq!(list(dead, 0).await.unwrap_err().disposition(), Disposition::NeedsReauth);
    let foreign = json!({"code": "403", "message": "this is not your order or you are not the admin account"});
    assert_eq!(list(foreign, 0).await.unwrap_err().disposition(), Disposition::Refused);
}
