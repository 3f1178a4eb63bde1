//! The AliExpress list and what it leaves out.

use sandbox_marketplaces::Config;
use sandbox_marketplaces::platform::ALIEXPRESS;
use serde_json::{Value, json};

use crate::client::{Sandbox, ae_params, ago, pacific, sandbox, sandbox_with, signed};

const LIST: &str = "aliexpress.solution.order.get";

async fn list(sandbox: &Sandbox, given: &[(&str, &str)]) -> Value {
    let start = pacific(ago(3600));
    let mut all = vec![("create_date_start", start.as_str())];
    all.extend_from_slice(given);
    sandbox.ae(LIST, &all).await["result"].clone()
}

fn ids(result: &Value) -> Vec<String> {
    let rows = result["target_list"].as_array().unwrap();
    rows.iter().map(|row| row["order_id"].to_string().trim_matches('"').to_owned()).collect()
}

#[tokio::test]
async fn a_start_to_the_second_is_required() {
    let sandbox = sandbox().await;
    assert_eq!(sandbox.ae(LIST, &[]).await["result"]["success"], false);
    let no_seconds = sandbox.ae(LIST, &[("create_date_start", "2025-01-01 10:00")]).await;
    assert_eq!(no_seconds["result"]["success"], false);
    let start = pacific(ago(60));
    assert_eq!(sandbox.ae(LIST, &[("modified_date_start", &start)]).await["result"]["success"], true);
}

#[tokio::test]
async fn intervals_page_sizes_and_status_lists_have_ends() {
    let sandbox = sandbox().await;
    let (long, month) = (pacific(ago(181 * 86_400)), pacific(ago(31 * 86_400)));
    let many = json!(vec!["IN_ISSUE"; 21]).to_string();
    let refused: [&[(&str, &str)]; 5] = [
        &[("create_date_start", &long)],
        &[("create_date_start", &month), ("order_status", "FINISH")],
        &[("page_size", "51")],
        &[("current_page", "0")],
        &[("order_status_list", &many)],
    ];
    for given in refused {
        assert_eq!(list(&sandbox, given).await["success"], false, "{given:?}");
    }
    assert_eq!(list(&sandbox, &[("create_date_start", &month), ("page_size", "50")]).await["success"], true);
}

#[tokio::test]
async fn finished_orders_are_left_out_unless_asked_for() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    sandbox.ae_order("8100000000000002", json!({"status": "FINISH", "end_reason": "buyer_confirm_goods"})).await;
    assert_eq!(ids(&list(&sandbox, &[]).await), ["8100000000000001"]);
    let finished = list(&sandbox, &[("order_status_list", "[\"FINISH\"]")]).await;
    assert_eq!(ids(&finished), ["8100000000000002"]);
    assert_eq!(finished["target_list"][0]["end_reason"], "buyer_confirm_goods");
}

#[tokio::test]
async fn a_new_order_is_missing_for_a_while_and_a_foreign_one_for_ever() {
    let sandbox = sandbox_with(Config { list_delay_s: 1, ..Config::default() }).await;
    sandbox.ae_order("8100000000000001", json!({"created_at": ago(0)})).await;
    sandbox.ae_order("8100000000000002", json!({"foreign": true})).await;
    assert_eq!(list(&sandbox, &[]).await["total_count"], 0);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(ids(&list(&sandbox, &[]).await), ["8100000000000001"]);
}

#[tokio::test]
async fn pages_start_at_one_hold_every_order_once_and_no_address() {
    let sandbox = sandbox().await;
    sandbox.ae_control("seed", json!({"paid": 25, "other": 0, "spread_minutes": 5})).await;
    let mut seen = Vec::new();
    for page in ["1", "2", "3"] {
        let result = list(&sandbox, &[("page_size", "10"), ("current_page", page)]).await;
        assert_eq!(result["total_page"], 3);
        assert!(!result.to_string().contains("receipt_address") && !result.to_string().contains("detail_address"));
        seen.extend(ids(&result));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

#[tokio::test]
async fn an_order_is_in_a_window_that_ends_at_the_time_it_shows() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000001", json!({"modified_at": "2025-06-01T12:00:00.7Z"})).await;
    let time = pacific("2025-06-01T12:00:00Z".parse().unwrap());
    let window = [("modified_date_start", time.as_str()), ("modified_date_end", time.as_str())];
    assert_eq!(list(&sandbox, &window).await["total_count"], 1);
}

#[tokio::test]
async fn the_older_call_and_the_wrapped_shape_are_served() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    let query = json!({"create_date_start": pacific(ago(600)), "page_size": 20, "current_page": 1,
                       "order_status_list": ["WAIT_SELLER_SEND_GOODS"]});
    let mut params = ae_params(LIST, &[("param0", &query.to_string())]);
    params.remove("simplify");
    let answer = sandbox.ae_raw(&signed(&ALIEXPRESS, "", params)).await;
    let row = &answer["aliexpress_solution_order_get_response"]["result"]["target_list"]["order_dto"][0];
    assert!(row["order_id"].is_number());
    assert_eq!(row["product_list"]["order_product_dto"][0]["product_count"], 3);
}

#[tokio::test]
async fn ids_are_numbers_for_one_order_and_strings_for_another() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000001", json!({})).await;
    sandbox.ae_order("8100000000000003", json!({})).await;
    let result = list(&sandbox, &[]).await;
    let rows = result["target_list"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["order_id"].is_number()));
    assert!(rows.iter().any(|row| row["order_id"].is_string()));
}

#[tokio::test]
async fn goods_that_change_after_the_order_was_read_are_listed_as_a_change_and_shown_with_their_lots() {
    let sandbox = sandbox().await;
    let id = "8100000000000001";
    sandbox.ae_order(id, json!({"modified_at": ago(600)})).await;
    let just_now = pacific(ago(30));
    let since = [("modified_date_start", just_now.as_str())];
    assert_eq!(list(&sandbox, &since).await["total_count"], 0);
    let detail = async || {
        sandbox.ae("aliexpress.solution.order.info.get", &[("param1", &json!({"order_id": id}).to_string())]).await
    };
    let before = detail().await["result"]["data"]["child_order_list"].clone();
    assert_eq!((before.as_array().unwrap().len(), &before[0]["lot_num"]), (1, &json!(1)));
    let lines = json!([
        {"id": "81000000000000011", "product_id": "1005001", "sku_code": "A-1", "name": "Thing", "quantity": 2, "unit_price": "10.00"},
        {"id": "81000000000000012", "product_id": "1005002", "name": "Kit of lamp and four bulbs", "quantity": 1, "lot": 5,
         "unit_price": "25.00", "options": [["Set", "Lamp, bulbs"]]},
    ]);
    sandbox.ae_control(&format!("orders/{id}/lines"), lines).await;
    assert_eq!(ids(&list(&sandbox, &since).await), [id]);
    let after = detail().await["result"]["data"]["child_order_list"].clone();
    let shown: Vec<_> =
        after.as_array().unwrap().iter().map(|line| (&line["product_count"], &line["lot_num"])).collect();
    assert_eq!(shown, [(&json!(2), &json!(1)), (&json!(1), &json!(5))]);
    assert!(after[1].get("sku_code").is_none_or(Value::is_null), "a kit without a code of the seller's");
}
