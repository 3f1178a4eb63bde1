//! Alibaba.com proofs of shipment and notices.

use sandbox_marketplaces::Config;
use serde_json::{Value, json};

use crate::client::{Sandbox, sandbox, sandbox_with};

const SHIP: &str = "/alibaba/v2/order/shipping";
const MULTI: &str = "/alibaba/order/v2/multi/shipping";
const ID: &str = "234100100000000001";

fn png() -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 40], b"IEND\xaeB`\x82"].concat()
}

async fn ready() -> (Sandbox, String) {
    let sandbox = sandbox().await;
    sandbox.ali_order(ID, json!({})).await;
    let uploaded = sandbox.upload("proof.png", png()).await;
    assert_eq!(uploaded["code"], "0", "{uploaded}");
    let path = uploaded["value"].as_str().unwrap().to_owned();
    (sandbox, path)
}

fn request(path: &str) -> Value {
    json!({"trade_id": ID, "service_provider": "UPS", "logistics_type": "EXPRESS", "tracking_number": "1Z1",
           "attachments": [{"file_name": "proof.png", "file_path": path}]})
}

async fn ship(sandbox: &Sandbox, request: &Value) -> Value {
    sandbox.ali(SHIP, &[("shipping_request", &request.to_string())]).await
}

async fn ship_goods(sandbox: &Sandbox, mut request: Value, number: &str, pieces: &str) -> Value {
    request["tracking_number"] = json!(number);
    request["goods"] = json!([{"product_id": format!("{ID}1"), "quantity": pieces, "trade_id": ID}]);
    let body = json!({"requests": [{"shipping_request": request}]}).to_string();
    sandbox.ali(MULTI, &[("param_multi_shipping_create_request", &body)]).await
}

#[tokio::test]
async fn a_notice_with_an_uploaded_proof_ships_the_order_once() {
    let (sandbox, path) = ready().await;
    let answer = ship(&sandbox, &request(&path)).await;
    assert_eq!(answer["code"], "0", "{answer}");
    assert!(answer["value"].is_string());
    let books = sandbox.ali_books().await;
    assert_eq!(books["orders"][0]["status"], "delivering");
    assert_eq!(books["notices"][0]["attachments"][0], books["uploads"][0]["sha256"]);
    assert_eq!(ship(&sandbox, &request(&path)).await["code"], "402");
    let back = sandbox.ali("/order/logistics/query", &[("trade_id", ID), ("data_select", "logistic_order")]).await;
    assert_eq!(back["value"]["shipping_order_list"][0]["voucher"]["tracking_number"], "1Z1");
}

#[tokio::test]
async fn a_file_has_to_be_what_its_name_says_and_small_enough() {
    let sandbox = sandbox().await;
    let mut large = png();
    large.splice(8..8, vec![0; 5 * 1024 * 1024]);
    for (name, bytes) in [
        ("proof.png", b"<svg/>".to_vec()),
        ("proof.pdf", png()),
        ("proof.svg", b"<svg/>".to_vec()),
        ("proof", png()),
        ("proof.png", large),
    ] {
        assert_eq!(sandbox.upload(name, bytes).await["code"], "402", "{name}");
    }
    assert_eq!(
        sandbox.ali("/alibaba/order/attachment/upload", &[("file_name", "a.png")]).await["code"],
        "MissingParameter"
    );
    assert_eq!(sandbox.ali_books().await["uploads"], json!([]));
}

#[tokio::test]
async fn a_notice_without_its_proof_or_with_a_made_up_one_is_refused() {
    let (sandbox, path) = ready().await;
    let mut none = request(&path);
    none["attachments"] = json!([]);
    assert_eq!(ship(&sandbox, &none).await["code"], "402");
    assert_eq!(ship(&sandbox, &request("/never/uploaded.png")).await["code"], "402");
    assert_eq!(sandbox.ali_books().await["orders"][0]["status"], "undeliver");
    let lenient = sandbox_with(Config { attachment_required: false, list_delay_s: 0, ..Config::default() }).await;
    lenient.ali_order(ID, json!({})).await;
    assert_eq!(ship(&lenient, &none).await["code"], "0");
}

#[tokio::test]
async fn carrier_kind_number_and_order_have_to_be_right() {
    let (sandbox, path) = ready().await;
    let cases = [
        ("service_provider", json!("PIGEON"), "402"),
        ("logistics_type", json!("SEA"), "402"),
        ("tracking_number", json!(" "), "402"),
        ("trade_id", json!(null), "402"),
        ("trade_id", json!("999"), "404"),
        ("service_provider", json!("JT"), "402"),
    ];
    for (field, value, code) in cases {
        let mut wrong = request(&path);
        wrong[field] = value;
        assert_eq!(ship(&sandbox, &wrong).await["code"], code, "{field}");
    }
    sandbox.ali_control(&format!("orders/{ID}/status"), json!({"status": "frozen"})).await;
    assert_eq!(ship(&sandbox, &request(&path)).await["code"], "402");
    assert_eq!(sandbox.ali_books().await["refused"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn batches_add_up_to_the_order_and_never_to_more() {
    let (sandbox, path) = ready().await;
    assert_eq!(ship_goods(&sandbox, request(&path), "1Z1", "2").await["code"], "0");
    assert_eq!(sandbox.ali_books().await["orders"][0]["status"], "partial_delivering");
    assert_eq!(ship(&sandbox, &request(&path)).await["code"], "402", "not a whole order any more");
    assert_eq!(ship_goods(&sandbox, request(&path), "1Z2", "2").await["code"], "402", "one is left");
    assert_eq!(ship_goods(&sandbox, request(&path), "1Z1", "1").await["code"], "402", "the number is used");
    assert_eq!(ship_goods(&sandbox, request(&path), "1Z2", "0.5").await["code"], "402");
    assert_eq!(ship_goods(&sandbox, request(&path), "1Z2", "1.0000").await["code"], "0");
    let books = sandbox.ali_books().await;
    assert_eq!(books["orders"][0]["status"], "delivering");
    assert_eq!(books["notices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn parcels_of_one_call_ship_together_or_not_at_all() {
    let (sandbox, path) = ready().await;
    let parcel = |number: &str| {
        let mut request = request(&path);
        request["tracking_number"] = json!(number);
        request["goods"] = json!([{"product_id": format!("{ID}1"), "quantity": "2", "trade_id": ID}]);
        json!({"shipping_request": request})
    };
    let body = json!({"requests": [parcel("1Z1"), parcel("1Z2")]}).to_string();
    let answer = sandbox.ali(MULTI, &[("param_multi_shipping_create_request", &body)]).await;
    assert_eq!(answer["code"], "402");
    let books = sandbox.ali_books().await;
    assert_eq!(books["orders"][0]["status"], "undeliver");
    assert_eq!(books["notices"], json!([]));
}

#[tokio::test]
async fn the_channels_are_listed() {
    let sandbox = sandbox().await;
    let answer = sandbox.ali("/alibaba/seller/order/shipping/channels", &[("param_channel_request", "{}")]).await;
    assert_eq!(answer["value"]["channels"][0]["code"], "UPS");
}
