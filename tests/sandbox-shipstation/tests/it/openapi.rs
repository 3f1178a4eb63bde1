//! The answers hold no property that neither the published description nor a recorded answer knows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{order, shop};

/// Property names per schema, read line by line: the description is regular enough to need no YAML parser.
fn schemas(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut schema, mut inside) = (String::new(), false);
    for line in text.lines().skip_while(|line| *line != "  schemas:").skip(1) {
        let indent = line.len() - line.trim_start().len();
        let name = line.trim().strip_suffix(':').unwrap_or_default();
        match indent {
            4 => (schema, inside) = (name.to_owned(), false),
            6 => inside = name == "properties",
            8 if inside && !name.is_empty() => {
                found.entry(schema.clone()).or_default().insert(name.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// Every property name anywhere in the recorded answers: the description misses a few that really come.
fn recorded(folder: &Path) -> BTreeSet<String> {
    fn collect(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                names.extend(fields.keys().cloned());
                fields.values().for_each(|value| collect(value, names));
            }
            Value::Array(list) => list.iter().for_each(|value| collect(value, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        collect(&serde_json::from_str(&text).unwrap_or_default(), &mut names);
    }
    names
}

#[tokio::test]
async fn answers_hold_only_properties_that_shipstation_has() {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Ok(text) = std::fs::read_to_string(fixtures.join("shipstation-v1-openapi/openapi.yaml")) else {
        // Written past the test harness, which keeps what passing tests print to itself.
        let line = format!("SKIPPED: the description of ShipStation V1: {} is not there\n", fixtures.display());
        let _ = std::io::stderr().write_all(line.as_bytes());
        return;
    };
    let (schemas, recorded) = (schemas(&text), recorded(&fixtures.join("shipstation-v1-recorded")));
    let check = |value: &Value, schema: &str| {
        let known = schemas.get(schema).unwrap_or_else(|| panic!("no schema {schema}"));
        for name in value.as_object().unwrap_or_else(|| panic!("{schema}: {value}")).keys() {
            assert!(known.contains(name) || recorded.contains(name), "{schema} has no {name}");
        }
        for name in known {
            assert!(value.get(name).is_some(), "{schema} lacks {name}");
        }
    };
    let shop = shop().await;
    let (labelled, marked) = (shop.create(&order("a")).await, shop.create(&order("b")).await);
    shop.control("ship", &json!({ "orderId": labelled })).await;
    shop.post("/orders/markasshipped", &json!({ "orderId": marked, "carrierCode": "usps" })).await;
    let hook = json!({ "target_url": "https://example.com/", "event": "SHIP_NOTIFY", "friendly_name": "x" });
    check(&shop.post("/webhooks/subscribe", &hook).await.1, "SubscribetoWebhookresponse");

    let shown = shop.order(labelled).await;
    check(&shown, "GetOrderresponse");
    check(&shown["billTo"], "BillTo");
    check(&shown["shipTo"], "ShipTo2");
    check(&shown["items"][0], "Item");
    check(&shown["advancedOptions"], "AdvancedOptions");
    check(&shown["insuranceOptions"], "InsuranceOptions");
    check(&shown["internationalOptions"], "InternationalOptions");
    check(&shop.get("/orders").await.1, "ListOrdersResponse");
    let results = shop.post("/orders/createorders", &json!([order("c")])).await.1;
    check(&results, "CreateOrUpdateMultipleOrdersresponse");
    check(&results["results"][0], "Result");

    let shipments = shop.get("/shipments?includeShipmentItems=true").await.1;
    check(&shipments, "ListShipmentsResponse");
    check(&shipments["shipments"][0], "Shipment");
    check(&shipments["shipments"][0]["shipTo"], "ShipTo9");
    check(&shipments["shipments"][0]["shipmentItems"][0], "ShipmentItem");
    let fulfillments = shop.get("/fulfillments").await.1;
    check(&fulfillments, "ListFulfillmentsResponse");
    check(&fulfillments["fulfillments"][0], "Fulfillment");
    check(&shop.list("/webhooks", "webhooks").await[0], "Webhook");
    check(&shop.get("/stores").await.1[0], "ListStoresresponse");
    check(&shop.get("/carriers").await.1[0], "ListCarriersresponse");
}
