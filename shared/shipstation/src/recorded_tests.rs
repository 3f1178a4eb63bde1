//! Every recorded answer is decoded without loss: also those of calls that nobody here makes, since all go through the
//! same reader. They lie outside this project; without them there is nothing to check.

use crate::read::{Broken, Number, Whole, decode};
use rust_decimal::Decimal;
use serde_json::{Value, value::RawValue};
use std::{collections::BTreeMap, io::Write as _, path::Path};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/shipstation-v1-recorded");

fn recorded() -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(Path::new(FOLDER)) else {
        // Written past the test harness, which keeps what passing tests print to itself.
        let line = format!("SKIPPED: the recorded answers of ShipStation: {FOLDER} is not there\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    let files: Vec<_> = paths.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect();
    assert!(files.len() >= 21, "only {} recorded answers", files.len());
    files
}

type Leaves = BTreeMap<String, String>;

/// What the reader makes of an answer: each value with its path, numbers as decimals.
fn read(json: &[u8], path: &str, leaves: &mut Leaves) -> Result<(), Broken> {
    match json.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = decode(json)?;
            if fields.is_empty() {
                leaves.insert(path.to_owned(), "{}".to_owned());
            }
            fields.iter().try_for_each(|(name, value)| read(value.get().as_bytes(), &format!("{path}/{name}"), leaves))
        }
        Some(b'[') => {
            let records: Vec<&RawValue> = decode(json)?;
            if records.is_empty() {
                leaves.insert(path.to_owned(), "[]".to_owned());
            }
            let mut records = records.iter().enumerate();
            records.try_for_each(|(index, value)| read(value.get().as_bytes(), &format!("{path}/{index}"), leaves))
        }
        Some(b'-' | b'0'..=b'9') => {
            let number = decode::<Number>(json)?.0;
            if number.fract().is_zero() && !json.contains(&b'.') {
                assert_eq!(Decimal::from(decode::<Whole>(json)?.0), number, "{path}");
            }
            leaves.insert(path.to_owned(), number.to_string());
            Ok(())
        }
        Some(b't' | b'f') => {
            leaves.insert(path.to_owned(), decode::<bool>(json)?.to_string());
            Ok(())
        }
        _ => {
            let text = decode::<Option<String>>(json)?;
            leaves.insert(path.to_owned(), text.map_or("null".to_owned(), |text| format!("{text:?}")));
            Ok(())
        }
    }
}

fn given(json: &[u8]) -> Leaves {
    let mut leaves = Leaves::new();
    read(json, "", &mut leaves).unwrap();
    leaves
}

/// The same by another decoder. Its floats hold the recorded numbers exactly: none has more than sixteen digits.
fn said(value: &Value, path: &str, leaves: &mut Leaves) {
    let leaf = match value {
        Value::Object(fields) if !fields.is_empty() => {
            return fields.iter().for_each(|(name, value)| said(value, &format!("{path}/{name}"), leaves));
        }
        Value::Array(records) if !records.is_empty() => {
            return records.iter().enumerate().for_each(|(i, value)| said(value, &format!("{path}/{i}"), leaves));
        }
        Value::Number(number) => number.to_string().parse::<Decimal>().unwrap().normalize().to_string(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    leaves.insert(path.to_owned(), leaf);
}

#[test]
fn every_recorded_answer_is_decoded_without_loss() {
    for (name, json) in recorded() {
        let mut leaves = Leaves::new();
        said(&serde_json::from_slice(&json).unwrap(), "", &mut leaves);
        assert!(!leaves.is_empty(), "{name}");
        assert_eq!(given(&json), leaves, "{name}");
    }
}

#[test]
fn a_recorded_value_that_is_dropped_or_changed_is_noticed() {
    for (name, json) in recorded() {
        let root: Value = serde_json::from_slice(&json).unwrap();
        let mut leaves = Leaves::new();
        said(&root, "", &mut leaves);
        for place in leaves.keys() {
            let mut changed = root.clone();
            *changed.pointer_mut(place).unwrap() = Value::from("another value");
            let mut without = root.clone();
            let (parent, last) = place.rsplit_once('/').unwrap();
            match without.pointer_mut(parent).unwrap() {
                Value::Object(fields) => drop(fields.remove(last)),
                list => drop(list.as_array_mut().unwrap().remove(last.parse().unwrap())),
            }
            for spoilt in [changed, without] {
                assert_ne!(given(spoilt.to_string().as_bytes()), leaves, "{name} {place}");
            }
        }
    }
}

#[test]
fn numbers_that_no_float_holds_are_decoded_digit_by_digit() {
    let json = br#"{"cost":12.340,"much":12345678901234567.89,"little":0.1000000000000000055,"id":9007199254740993,"e":1.5E-7}"#;
    let leaves = given(json);
    let values: Vec<&str> = leaves.values().map(String::as_str).collect();
    assert_eq!(
        values,
        ["12.34", "0.00000015", "9007199254740993", "0.1000000000000000055", "12345678901234567.89"],
        "by name: cost, e, id, little, much"
    );
}
