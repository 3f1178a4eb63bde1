//! Every recorded AliExpress answer comes through the gateway without loss, also those of methods that nobody here calls.
//! They lie outside this project; without them there is nothing to check.
//!
//! Two readings are compared leaf by leaf: the text itself, and what the gateway and the readers make of it. What they
//! take away is written down here and nowhere else: the root key, and the object of one key in which a list hides.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use rust_decimal::Decimal;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Value, json, value::RawValue};
use std::{collections::BTreeMap, fmt, io::Write as _, path::Path};
use tallyman_iop::{
    Call, Gateway, envelope, exact, read,
    testing::{Marketplace, Reply, clock, credentials, http},
};

/// The recorded answers by file name, or none of them.
fn recorded() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/aliexpress-top-recorded");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        // Written past the test harness, which keeps what passing tests print to itself.
        let line = format!("SKIPPED: the recorded answers of AliExpress: {} is not there\n", folder.display());
        let _ = std::io::stderr().write_all(line.as_bytes());
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap())
    };
    let files: Vec<_> = names.map(read).collect();
    assert!(files.len() >= 20, "only {} recorded answers", files.len());
    files
}

/// A value at the end of a path. An empty list or object is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Leaf {
    Number(Decimal),
    Text(String),
    Other(String),
}
type Leaves = BTreeMap<String, Leaf>;

fn put(leaves: &mut Leaves, path: &str, leaf: Leaf) {
    assert!(leaves.insert(path.to_owned(), leaf).is_none(), "{path} is there twice");
}
fn number(text: &str) -> Decimal {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).unwrap().normalize()
}

// ---- What the text says: no reader of ours, no float. ----

struct Fields;
impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, &'de RawValue)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(fields)
    }
}
fn fields(object: &str) -> Vec<(String, &RawValue)> {
    serde_json::Deserializer::from_str(object).deserialize_map(Fields).unwrap()
}

fn said(text: &str) -> Leaves {
    let root = fields(text);
    let [(name, body)] = &root[..] else { panic!("not one root key") };
    assert!(name.ends_with("_response"), "{name}");
    let mut leaves = Leaves::new();
    say(body.get(), "", &mut leaves);
    leaves
}

fn say(text: &str, path: &str, leaves: &mut Leaves) {
    match text.as_bytes()[0] {
        b'{' => match &fields(text)[..] {
            [] => put(leaves, path, Leaf::Other("{}".into())),
            // A list in its object of one key; a body that is one isn't hidden in anything.
            [(_, list)] if list.get().starts_with('[') && !path.is_empty() => say(list.get(), path, leaves),
            several => several.iter().for_each(|(name, value)| say(value.get(), &format!("{path}.{name}"), leaves)),
        },
        b'[' => {
            let records: Vec<&RawValue> = serde_json::from_str(text).unwrap();
            if records.is_empty() {
                put(leaves, path, Leaf::Other("[]".into()));
            }
            for (index, record) in records.iter().enumerate() {
                say(record.get(), &format!("{path}[{index}]"), leaves);
            }
        }
        b'"' => {
            let inner: String = serde_json::from_str(text).unwrap();
            let is_json = inner.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(&inner).is_ok();
            if is_json { say(&inner, &format!("{path}>"), leaves) } else { put(leaves, path, Leaf::Text(inner)) }
        }
        b'-' | b'0'..=b'9' => put(leaves, path, Leaf::Number(number(text))),
        _ => put(leaves, path, Leaf::Other(text.to_owned())),
    }
}

// ---- What the readers give. ----

fn given(body: &Value) -> Leaves {
    let mut leaves = Leaves::new();
    give(body, "", &mut leaves);
    leaves
}

fn give(value: &Value, path: &str, leaves: &mut Leaves) {
    match value {
        Value::Object(fields) if fields.is_empty() => put(leaves, path, Leaf::Other("{}".into())),
        Value::Object(fields) => {
            for (name, field) in fields {
                let at = format!("{path}.{name}");
                if hides_a_list(field) {
                    give_list(&read::list(value, name).unwrap(), &at, leaves);
                } else {
                    // A float comes from no reader here, only from the test that shows what one would lose.
                    if !field.is_object() && !field.is_f64() {
                        assert_eq!(read::text(value, name), as_text(field), "{at}");
                    }
                    give(field, &at, leaves);
                }
            }
        }
        Value::Array(records) => give_list(&records.iter().collect::<Vec<_>>(), path, leaves),
        Value::String(text) => match exact::nested(text) {
            Some(inner) => give(&inner, &format!("{path}>"), leaves),
            None => put(leaves, path, Leaf::Text(text.clone())),
        },
        Value::Number(digits) => put(leaves, path, Leaf::Number(number(&digits.to_string()))),
        Value::Bool(_) | Value::Null => put(leaves, path, Leaf::Other(value.to_string())),
    }
}

fn give_list(records: &[&Value], path: &str, leaves: &mut Leaves) {
    if records.is_empty() {
        put(leaves, path, Leaf::Other("[]".into()));
    }
    for (index, record) in records.iter().enumerate() {
        give(record, &format!("{path}[{index}]"), leaves);
    }
}

fn hides_a_list(field: &Value) -> bool {
    let only = |fields: &serde_json::Map<String, Value>| fields.len() == 1 && fields.values().all(Value::is_array);
    field.is_array() || field.as_object().is_some_and(only)
}

/// What the reader of texts makes of a scalar: trimmed, and nothing where there is nothing.
fn as_text(field: &Value) -> Option<String> {
    match field {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// What differs between the two readings. A number may have become a text of the same value.
fn differences(said: &Leaves, given: &Leaves) -> Vec<String> {
    let same = |a: &Leaf, b: &Leaf| match (a, b) {
        (Leaf::Number(a), Leaf::Text(b)) => Decimal::from_str_exact(b).is_ok_and(|b| *a == b),
        (a, b) => a == b,
    };
    let lost = said.iter().filter(|(path, leaf)| !given.get(*path).is_some_and(|g| same(leaf, g)));
    let made_up = given.keys().filter(|path| !said.contains_key(*path));
    lost.map(|(path, _)| path).chain(made_up).cloned().collect()
}

#[tokio::test]
async fn every_recorded_answer_comes_through_the_gateway_without_loss() {
    for (name, text) in recorded() {
        let raw = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}", text.len());
        let market = Marketplace::start(move |_| Reply::Raw(raw.clone()));
        let gateway = Gateway::new("AliExpress", http(), &market.base_url, credentials(), clock());
        let answer = gateway.sync_call("aliexpress.test", &[]).await.unwrap();
        let said = said(&text);
        assert!(!said.is_empty(), "{name}");
        assert_eq!(differences(&said, &given(&answer.body)), Vec::<String>::new(), "{name}");
    }
}

/// Where the scalars of a value are, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| pointers(field, &format!("{at}/{name}"), found))
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| pointers(v, &format!("{at}/{i}"), found)),
        _ => found.push(at.to_owned()),
    }
}

fn without(root: &Value, pointer: &str) -> Value {
    let mut root = root.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match root.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(name)),
        Value::Array(list) => drop(list.remove(name.parse().unwrap())),
        _ => unreachable!("a parent"),
    }
    root
}

#[test]
fn the_comparison_notices_each_value_that_is_dropped_or_changed() {
    let call = Call { service: "AliExpress", name: "m".into() };
    for (name, text) in recorded() {
        let said = said(&text);
        let root: Value = serde_json::from_str(&text).unwrap();
        let mut places = Vec::new();
        pointers(&root, "", &mut places);
        for place in places {
            let mut changed = root.clone();
            *changed.pointer_mut(&place).unwrap() = json!("another value");
            for spoilt in [without(&root, &place), changed] {
                let body = exact::from_slice(spoilt.to_string().as_bytes()).unwrap();
                let body = envelope::open(&call, body).unwrap();
                assert_ne!(differences(&said, &given(&body)), Vec::<String>::new(), "{name} {place}");
            }
        }
    }
}

#[test]
fn amounts_and_ids_that_no_float_holds_come_through() {
    let text = r#"{"m_response":{"pay":{"amount":12345678901234567.89},"rate":0.1000000000000000055,
        "id":9007199254740993,"serial":18446744073709551616,"list":{"dto":[{"fee":"{\"cost\":1234567890123456.789}"}]}}}"#;
    let call = Call { service: "AliExpress", name: "m".into() };
    let body = envelope::open(&call, exact::from_slice(text.as_bytes()).unwrap()).unwrap();
    assert_eq!(differences(&said(text), &given(&body)), Vec::<String>::new());
    let float: Value = serde_json::from_str(text).unwrap();
    let lost = differences(&said(text), &given(&float["m_response"]));
    assert_eq!(lost, [".pay.amount", ".rate", ".serial"], "what a float would have lost");
    assert_eq!(read::text(&body["pay"], "amount").as_deref(), Some("12345678901234567.89"));
}
