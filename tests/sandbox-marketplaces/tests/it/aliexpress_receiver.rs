//! Who an AliExpress order goes to, and who gets to know.

use serde_json::{Value, json};

use crate::client::{Sandbox, sandbox};

const ID: &str = "8100000000000001";

async fn details(sandbox: &Sandbox, method: &str, param: &str, id: &str) -> Value {
    sandbox.ae(method, &[(param, &json!({"order_id": id.parse::<u64>().unwrap()}).to_string())]).await
}

#[tokio::test]
async fn details_carry_address_lines_and_money() {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({"shipping_fee": "2.50", "discount": "1.25", "memo": "gift"})).await;
    let answer = details(&sandbox, "aliexpress.solution.order.info.get", "param1", ID).await;
    let data = &answer["result"]["data"];
    assert_eq!(data["receipt_address"]["detail_address"], "Main St 1");
    assert_eq!(data["order_amount"]["amount"], "31.25");
    assert_eq!(data["order_amount"]["cent"], 3125);
    assert_eq!(data["child_order_list"][0]["send_goods_operator"], "SELLER_SEND_GOODS");
    let attributes = data["child_order_list"][0]["product_attributes"].as_str().unwrap();
    let attributes: Value = serde_json::from_str(attributes).unwrap();
    assert_eq!(attributes["sku"][0]["pValue"], "Red");
    assert!(data.get("logistic_info_list").is_none());
}

#[tokio::test]
async fn an_order_of_nobody_or_of_another_seller_is_refused_alike() {
    let sandbox = sandbox().await;
    sandbox.ae_order("8100000000000009", json!({"foreign": true})).await;
    for id in ["8100000000000009", "8199999999999999"] {
        let answer = details(&sandbox, "aliexpress.solution.order.info.get", "param1", id).await;
        assert_eq!(answer["error_response"]["sub_code"], "isv.invalid-authorization");
    }
    let unreadable = sandbox.ae("aliexpress.solution.order.info.get", &[("param1", "7")]).await;
    assert_eq!(unreadable["error_response"]["code"], "UnsupportedParamMapping");
}

#[tokio::test]
async fn a_masked_receiver_is_told_only_against_the_orders_own_oaid() {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({"masked": true})).await;
    sandbox.ae_order("8100000000000002", json!({"masked": true})).await;
    let answer = details(&sandbox, "aliexpress.solution.order.info.get", "param1", ID).await;
    let address = &answer["result"]["data"]["receipt_address"];
    assert_eq!(address["contact_person"], "A****");
    assert!(!answer.to_string().contains("Main St"));
    assert!(answer["result"]["data"].get("oaid").is_none());
    let find = "aliexpress.trade.new.redefining.findorderbyid";
    let oaid = details(&sandbox, find, "param1", ID).await["target"]["oaid"].as_str().unwrap().to_owned();
    let other = details(&sandbox, find, "param1", "8100000000000002").await["target"]["oaid"].clone();
    let decrypt = "aliexpress.trade.seller.order.decrypt";
    let clear = sandbox.ae(decrypt, &[("orderId", ID), ("oaid", &oaid)]).await;
    assert_eq!(clear["result_obj"]["detail_address"], "Main St 1");
    let refused = sandbox.ae(decrypt, &[("orderId", ID), ("oaid", other.as_str().unwrap())]).await;
    assert!(refused.get("result_obj").is_none());
    assert_ne!(refused["result_code"], 200);
}

#[tokio::test]
async fn customs_numbers_come_with_the_delivery_information() {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({"tax": {"tax_number": "IM1234567890"}})).await;
    let method = "aliexpress.solution.order.delivery.info.get";
    let answer = details(&sandbox, method, "single_order_query", ID).await;
    assert_eq!(answer["result"]["tax_number"], "IM1234567890");
    let receipt = details(&sandbox, "aliexpress.solution.order.receiptinfo.get", "param1", ID).await;
    assert_eq!(receipt["result"]["country_name"], "United States");
}

#[tokio::test]
async fn only_a_cancel_request_can_be_granted() {
    let sandbox = sandbox().await;
    sandbox.ae_order(ID, json!({})).await;
    let request = json!({"order_id": ID, "buyer_login_id": "us1"}).to_string();
    let given = [("param_order_cancel_request", request.as_str())];
    let accept = "aliexpress.trade.seller.order.acceptcancel";
    assert_eq!(sandbox.ae(accept, &given).await["result"]["success"], false);
    sandbox.ae_control(&format!("orders/{ID}/status"), json!({"status": "IN_CANCEL"})).await;
    assert_eq!(sandbox.ae("aliexpress.trade.seller.order.refusecancel", &given).await["result"]["success"], true);
    assert_eq!(sandbox.ae_books().await["orders"][0]["status"], "WAIT_SELLER_SEND_GOODS");
    sandbox.ae_control(&format!("orders/{ID}/status"), json!({"status": "IN_CANCEL"})).await;
    assert_eq!(sandbox.ae(accept, &given).await["result"]["success"], true);
    let books = sandbox.ae_books().await;
    assert_eq!(books["orders"][0]["status"], "FINISH");
    assert_eq!(books["orders"][0]["expected_to_ship"], false);
}
