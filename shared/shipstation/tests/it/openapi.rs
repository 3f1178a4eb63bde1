//! Every name we send is a documented one: ShipStation drops what it doesn't know without a word.

use crate::recorded::fixture;
use crate::server::{Server, json, order};
use serde_json::Value;
use std::collections::HashMap;
use tallyman_app::ports::{Warehouse, Window};

/// Property names of each schema, each with the schema it refers to, if any.
type Schemas = HashMap<String, HashMap<String, Option<String>>>;

/// The file is written by a machine with two spaces a level, so its lines are enough: schemas are keys at four spaces,
/// their properties at eight, and below those stands what they refer to. It was made from examples, so the same thing
/// is there as `Item`, `Item1` and so on, each with what its example happened to have: they are taken together.
fn schemas(yaml: &str) -> Schemas {
    let mut all = Schemas::new();
    let (mut schema, mut property, mut in_properties) = (String::new(), String::new(), false);
    for line in yaml.lines().skip_while(|line| *line != "  schemas:") {
        let text = line.trim_start();
        let key = text.strip_suffix(':').or_else(|| text.split_once(": ").map(|(key, _)| key)).unwrap_or(text);
        match line.len() - text.len() {
            4 => (schema, in_properties) = (unnumbered(key), false),
            6 => in_properties = text == "properties:",
            8 if in_properties => {
                property = key.to_owned();
                all.entry(schema.clone()).or_default().entry(property.clone()).or_default();
            }
            10.. if in_properties && text.starts_with("$ref:") => {
                let name = unnumbered(text.rsplit('/').next().unwrap().trim_end_matches('"'));
                all.get_mut(&schema).unwrap().insert(property.clone(), Some(name));
            }
            _ => {}
        }
    }
    all
}

fn unnumbered(name: &str) -> String {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

fn check(value: &Value, schema: &str, schemas: &Schemas, path: &str, checked: &mut usize) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| check(value, schema, schemas, path, checked)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let known = schemas[schema].get(name);
                assert!(known.is_some(), "{path}.{name} is not in {schema}");
                *checked += 1;
                if let Some(Some(inner)) = known {
                    check(value, inner, schemas, &format!("{path}.{name}"), checked);
                }
            }
        }
        _ => {}
    }
}

fn yaml() -> Option<String> {
    fixture("shipstation-v1-openapi/openapi.yaml")
}

#[tokio::test]
async fn every_field_of_an_order_that_is_sent_is_documented() {
    let Some(yaml) = yaml() else { return };
    let server = Server::start(vec![json(r#"{"results":[{"orderId":1,"orderKey":"ali:1","success":true}]}"#)]);
    server.client().create_orders(&[order("ali:1")]).await.unwrap();
    let sent: Value = serde_json::from_slice(&server.seen()[0].body).unwrap();
    let mut checked = 0;
    check(&sent, "CreateOrUpdateMultipleOrdersrequest", &schemas(&yaml), "order", &mut checked);
    assert!(checked > 70, "only {checked} names were checked");
}

#[tokio::test]
async fn every_field_of_a_subscription_is_documented() {
    let Some(yaml) = yaml() else { return };
    let server = Server::start(vec![json(r#"{"id":1}"#)]);
    server.client().subscribe("SHIP_NOTIFY", "https://x.example").await.unwrap();
    let sent: Value = serde_json::from_slice(&server.seen()[0].body).unwrap();
    check(&sent, "SubscribetoWebhookrequest", &schemas(&yaml), "webhook", &mut 0);
}

#[tokio::test]
async fn every_filter_of_the_lists_is_documented() {
    let Some(yaml) = yaml() else { return };
    let empty = json(r#"{"shipments":[],"fulfillments":[]}"#);
    let server = Server::start(vec![empty.clone(), empty.clone(), empty]);
    let (client, day) = (server.client(), "2026-07-01T00:00:00Z".parse().unwrap());
    let window = Window { from: day, to: day };
    client.shipments(window, 0).await.unwrap();
    client.voided(window, 0).await.unwrap();
    client.fulfillments(window, 0).await.unwrap();
    for seen in server.seen() {
        let (path, query) = seen.line.trim_start_matches("GET ").split_once('?').unwrap();
        let section = yaml.split(&format!("\n  {path}:\n")).nth(1).unwrap().split("\n  /").next().unwrap();
        for pair in query.split(' ').next().unwrap().split('&') {
            let name = pair.split('=').next().unwrap();
            assert!(section.contains(&format!("- name: {name}\n")), "{path} has no filter {name}");
        }
    }
}
