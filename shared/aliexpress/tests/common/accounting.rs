//! Accounts for every field of a recorded answer: it changes what is read, or it stands in a list with the reason why
//! nobody needs it. A field that is in neither is one that nobody has looked at yet.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Fields by their path without list positions, and why they aren't needed.
pub type NotNeeded<'a> = &'a [(&'a str, &'a [&'a str])];

/// What is wrong with the account, in sentences.
///
/// `read` is given the answer with one value changed at a time. What then comes out as before doesn't depend on it.
pub async fn account(recorded: &Value, not_needed: NotNeeded<'_>, read: impl AsyncFn(Value) -> String) -> Vec<String> {
    let before = read(recorded.clone()).await;
    let mut pointers = Vec::new();
    leaves(recorded, "", &mut pointers);
    let mut carried: BTreeMap<String, bool> = BTreeMap::new();
    for pointer in &pointers {
        let known = carried.entry(path(pointer)).or_default();
        for other in others(recorded.pointer(pointer).unwrap()) {
            if !*known {
                let mut changed = recorded.clone();
                *changed.pointer_mut(pointer).unwrap() = other;
                *known = read(changed).await != before;
            }
        }
    }
    let listed: Vec<&str> = not_needed.iter().flat_map(|(_, fields)| fields.iter().copied()).collect();
    let unknown = carried.iter().filter(|(path, carried)| !**carried && !listed.contains(&path.as_str()));
    let unknown = unknown.map(|(path, _)| format!("{path} is neither read nor known as not needed"));
    let read_after_all = listed.iter().filter(|path| carried.get(**path) == Some(&true));
    let read_after_all = read_after_all.map(|path| format!("{path} is known as not needed, but it is read"));
    let gone = listed.iter().filter(|path| !carried.contains_key(**path)).map(|path| format!("{path} is not there"));
    unknown.chain(read_after_all).chain(gone).collect()
}

/// The ends of an answer, as JSON pointers. An empty list or object is one.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, field)| leaves(field, &format!("{at}/{name}"), found));
        }
        Value::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

/// `/orders/0/items/1/sku` is `orders.items.sku`.
fn path(pointer: &str) -> String {
    let is_place = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let names: Vec<&str> = pointer.split('/').skip(1).filter(|part| !is_place(part)).collect();
    names.join(".")
}

/// Values that could have stood there instead: of the same type (a date and one of our order keys among the texts), or,
/// where there was nothing, of any.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("x"), json!(7), json!(true), json!({"x": 1})],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            vec![json!(number + 1.0), json!((number + 1e6).trunc() as i64)]
        }
        Value::String(text) => vec![json!(format!("{text}x")), json!("2001-02-03"), json!("ali:8123")],
        Value::Array(_) => vec![json!([7])],
        Value::Object(_) => vec![json!({"x": 1})],
    }
}
