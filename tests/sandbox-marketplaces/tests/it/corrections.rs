//! Corrections: of what was told, once it was told, and with a proof where one is due.

use serde_json::{Value, json};

use crate::client::sandbox;

const AE: &str = "8100000000000001";
const UPS: &str = "1Z999AA10123456784";
const UPS_NEW: &str = "1Z999AA10123456775";
const ALI: &str = "234100100000000001";
const BATCHES: &str = "/alibaba/seller/order/shippingorder/query";
const MODIFY: &str = "/alibaba/seller/order/shipping/batch/modify";

#[tokio::test]
async fn lines_are_corrected_only_if_they_were_declared_with_the_old_number() {
    let sandbox = sandbox().await;
    sandbox.ae_order(AE, json!({})).await;
    let lines = |number: &str, index: u32| {
        json!([{"sub_trade_order_index": index, "send_type": "part",
                "shipment_list": [{"logistics_no": number, "service_name": "UPS"}]}])
        .to_string()
    };
    let modify = async |old: &str, index: u32| {
        let (method, list) =
            ("aliexpress.logistics.redefining.sellermodifiedshipmentsupportsubtradeorder", lines(UPS_NEW, index));
        let given = [
            ("trade_order_id", AE),
            ("old_service_name", "UPS"),
            ("old_logistics_no", old),
            ("sub_trade_order_list", &list),
        ];
        sandbox.ae(method, &given).await
    };
    assert_eq!(modify(UPS, 1).await["is_success"], false, "nothing was declared yet");
    let told = [("trade_order_id", AE), ("sub_trade_order_list", &lines(UPS, 1))];
    let method = "aliexpress.logistics.sellershipmentsupportsubtradeorder";
    assert_eq!(sandbox.ae(method, &told).await["is_success"], true);
    assert_eq!(modify("1Z0", 1).await["is_success"], false);
    assert_eq!(modify(UPS, 2).await["is_success"], false, "another line");
    assert_eq!(modify(UPS, 1).await["is_success"], true);
    let books = sandbox.ae_books().await;
    assert_eq!(
        (&books["notices"][1]["replaces"], &books["notices"][1]["tracking_number"]),
        (&json!(UPS), &json!(UPS_NEW))
    );
    let query = "aliexpress.logistics.querysellershipmentinfo";
    let back = sandbox.ae(query, &[("trade_order_id", AE), ("logistics_no", UPS)]).await;
    assert_eq!(back["sub_trade_order_list"], json!([]), "the old number is gone");
}

#[tokio::test]
async fn a_batch_of_alibaba_is_corrected_by_its_id_and_with_a_proof() {
    let sandbox = sandbox().await;
    sandbox.ali_order(ALI, json!({})).await;
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 40], b"IEND\xaeB`\x82"].concat();
    let path = sandbox.upload("proof.png", png).await["value"].as_str().unwrap().to_owned();
    let request = |number: &str, proofs: Value| {
        json!({"trade_id": ALI, "service_provider": "UPS", "logistics_type": "EXPRESS", "tracking_number": number,
               "attachments": proofs})
    };
    let proof = json!([{"file_name": "proof.png", "file_path": path}]);
    let told = request("1Z1", proof.clone()).to_string();
    assert_eq!(sandbox.ali("/alibaba/v2/order/shipping", &[("shipping_request", &told)]).await["code"], "0");
    let asked = json!({"trade_id": ALI}).to_string();
    let batches = sandbox.ali(BATCHES, &[("param_trade_ecology_order_request", &asked)]).await;
    let batch = batches["value"]["shipping_orders"][0]["id"].as_str().unwrap().to_owned();
    let modify = async |batch: &str, proofs: Value| {
        let body = json!({"batch_id": batch, "trade_id": ALI, "shipping_request": request("1Z2", proofs)}).to_string();
        sandbox.ali(MODIFY, &[("param_one_batch_modify_request", &body)]).await
    };
    assert_eq!(modify("1", proof.clone()).await["code"], "402", "no such batch");
    assert_eq!(modify(&batch, json!([])).await["code"], "402", "no proof");
    assert_eq!(modify(&batch, proof).await["code"], "0");
    let notice = sandbox.ali_books().await["notices"][1].clone();
    assert_eq!((&notice["replaces"], &notice["tracking_number"]), (&json!("1Z1"), &json!("1Z2")));
}
