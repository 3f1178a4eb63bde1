//! The proof has to be in the vault before the notice: the sandbox looks for itself.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use crate::client::{Sandbox, sandbox};

/// A vault whose listing says what it is told to say.
async fn vault(listing: Arc<Mutex<String>>) -> String {
    let router = Router::new().route("/bucket", get(move || async move { listing.lock().unwrap().clone() }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/bucket?list-type=2&prefix=proofs/{{order_id}}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn ship(sandbox: &Sandbox, id: &str) -> Value {
    sandbox.ae_order(id, json!({})).await;
    let given =
        [("service_name", "UPS"), ("logistics_no", "1Z999AA10123456784"), ("send_type", "all"), ("out_ref", id)];
    sandbox.ae("aliexpress.solution.order.fulfill", &given).await;
    let notices = sandbox.ae_books().await["notices"].clone();
    notices.as_array().unwrap().last().unwrap()["proof_witnessed"].clone()
}

#[tokio::test]
async fn what_is_in_the_vault_when_the_notice_arrives_is_what_is_witnessed() {
    let sandbox = sandbox().await;
    assert_eq!(ship(&sandbox, "8100000000000001").await, Value::Null, "nobody was asked to look");
    let listing = Arc::new(Mutex::new("<ListBucketResult></ListBucketResult>".to_owned()));
    let url = vault(Arc::clone(&listing)).await;
    sandbox.ae_control("witness", json!({"url_template": url})).await;
    assert_eq!(ship(&sandbox, "8100000000000002").await, false);
    *listing.lock().unwrap() = "<Contents><Key>proofs/1.png</Key></Contents>".to_owned();
    assert_eq!(ship(&sandbox, "8100000000000003").await, true);
    sandbox.ae_control("witness", json!({"url_template": "http://127.0.0.1:1/{order_id}"})).await;
    assert_eq!(ship(&sandbox, "8100000000000004").await, Value::Null, "the vault does not answer");
}

#[tokio::test]
async fn a_witness_is_not_sent_to_other_machines() {
    let sandbox = sandbox().await;
    let url = format!("{}/_sandbox/witness", sandbox.handle.aliexpress_url);
    let body = json!({"url_template": "http://169.254.169.254/{order_id}"});
    let answer = sandbox.http.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
}
