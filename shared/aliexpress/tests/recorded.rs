//! Answers that somebody else recorded. They lie outside this project; without them there is nothing to check here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
use common::{DETAIL, LIST, aliexpress, answer, detail, id};
use serde_json::{Value, json};
use std::path::Path;
use tallyman_app::ports::{Listing, Marketplace as _, Window};
use tallyman_iop::{sign, testing::Marketplace};

fn fixture(path: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        eprintln!("skipped: no ../shared/fixtures");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}
fn recorded(method: &str) -> Option<Value> {
    fixture(&format!("aliexpress-top-recorded/{}_response.json", method.replace('.', "_")))
}

#[tokio::test]
async fn a_recorded_list_is_read_without_loss() {
    let Some(body) = recorded(LIST) else { return };
    let market = Marketplace::answering(&[(LIST, body)]);
    let from = "2017-10-01T00:00:00Z".parse().unwrap();
    let window = Window { from, to: "2017-10-30T00:00:00Z".parse().unwrap() };
    let listed = aliexpress(&market).list(Listing::Modified, window, 0).await.unwrap();
    assert_eq!((listed.orders.len(), listed.unreadable.len(), listed.more), (1, 0, false));
    let seen = &listed.orders[0];
    assert_eq!((seen.id.as_str(), seen.status.as_str()), ("1160045860056286", "PLACE_ORDER_SUCCESS"));
    assert_eq!(seen.modified_at.unwrap().to_string(), "2017-10-12T19:12:12Z");
}

#[tokio::test]
async fn a_recorded_receiver_is_read_without_loss() {
    const RECEIPT: &str = "aliexpress.solution.order.receiptinfo.get";
    let Some(body) = recorded(RECEIPT) else { return };
    let mut data = detail();
    data["receipt_address"] = json!(null);
    let market = Marketplace::answering(&[(DETAIL, answer(data)), (RECEIPT, body)]);
    let to = aliexpress(&market).order(&id()).await.unwrap().ship_to.unwrap();
    assert_eq!((to.name.as_str(), to.city.as_str(), to.country.as_str()), ("Mark", "Babenki", "RU"));
    assert_eq!(to.street, ["address 001", "center street No.99"]);
    assert_eq!((to.province.as_deref(), to.postal_code.as_deref()), (Some("Moscow"), Some("400120")));
    assert!(to.phone.unwrap().ends_with("4679974"));
}

#[tokio::test]
async fn recorded_services_are_read_without_loss() {
    const SERVICES: &str = "aliexpress.logistics.redefining.listlogisticsservice";
    let Some(body) = recorded(SERVICES) else { return };
    let services = aliexpress(&Marketplace::answering(&[(SERVICES, body)])).services().await.unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!((services[0].code.as_str(), services[0].name.as_str()), ("CPAM", "China Post Registered Air Mail"));
    assert_eq!(services[0].tracking_pattern.as_deref(), Some("^[a-zA-z]{2}[A-Za-z0-9]{9}[a-zA-z]{2}$"));
}

#[test]
fn recorded_signatures_come_out() {
    let Some(vectors) = fixture("aliexpress-sign-vectors/vectors.json") else { return };
    let vectors: Vec<&Value> = vectors.as_array().unwrap().iter().filter(|v| v["id"] == "iop-hmac-sha256").collect();
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let params = vector["params"].as_object().unwrap().iter().map(|(name, v)| (name.as_str(), v.as_str().unwrap()));
        let signed = sign(vector["api_path"].as_str().unwrap(), params, vector["secret"].as_str().unwrap());
        assert_eq!(signed, vector["expected"].as_str().unwrap());
    }
}
