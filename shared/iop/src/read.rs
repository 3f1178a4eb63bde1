//! Reading JSON as these services write it. An error names the path and never the value.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use std::fmt;
use tallyman_domain::{Money, pacific, parse_decimal};

/// What can't be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct Unfit {
    /// JSON path.
    pub path: String,
    /// What is wrong; never the value.
    pub what: String,
}

impl Unfit {
    /// At a path.
    #[must_use]
    pub fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into() }
    }
}

/// A field that is text, whether it was written as text, number or bool. Blank is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Option<String>);

impl Text {
    /// The text, trimmed, if there is one.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
    /// The same, owned.
    #[must_use]
    pub fn owned(&self) -> Option<String> {
        self.0.clone()
    }
    /// The first of several fields that says something.
    pub fn first<'a>(fields: impl IntoIterator<Item = &'a Self>) -> Option<&'a str> {
        fields.into_iter().find_map(Self::get)
    }
    /// Is it this, whatever the case?
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.get().is_some_and(|t| t.eq_ignore_ascii_case(text))
    }
    /// A Pacific time.
    ///
    /// # Errors
    /// [`Unfit`] when there is something that is no time.
    pub fn pacific(&self, path: &str) -> Result<Option<Timestamp>, Unfit> {
        self.get().map(|t| pacific::parse(t).map_err(|_| Unfit::new(path, "not a date and time"))).transpose()
    }
    /// A decimal number.
    ///
    /// # Errors
    /// [`Unfit`] when there is something that is no number.
    pub fn decimal(&self, path: &str) -> Result<Option<Decimal>, Unfit> {
        self.get().map(|t| parse_decimal(t).map_err(|_| Unfit::new(path, "not a decimal number"))).transpose()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let text = text.trim();
        Self((!text.is_empty()).then(|| text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = Text;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::from(text))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }
    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Text, E> {
        Ok(Text(Some(flag.to_string())))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text(None))
    }
}

/// A flag, written as bool, as `"true"` or as `1`. Anything else is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(pub Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(Self(match text.get().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            _ => None,
        }))
    }
}

/// The flag in a field of an object.
#[must_use]
pub fn flag(object: &Value, field: &str) -> Option<bool> {
    object.get(field).and_then(|v| Flag::deserialize(v).ok()).and_then(|f| f.0)
}

/// The text in a field of an object, if it is one.
#[must_use]
pub fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(|v| Text::deserialize(v).ok()).and_then(|t| t.0)
}

/// Puts an amount and its currency together; `None` when there is no amount.
///
/// # Errors
/// [`Unfit`] when there is one that doesn't read.
pub fn money(amount: Option<&str>, currency: Option<&str>, path: &str) -> Result<Option<Money>, Unfit> {
    let Some(amount) = amount else { return Ok(None) };
    let currency = currency.ok_or_else(|| Unfit::new(path, "not an amount: it has no currency"))?;
    Money::parse(amount, currency).map(Some).map_err(|_| Unfit::new(path, "not an amount and a currency"))
}

/// The records of a list, in whichever of its shapes: `[..]`, `{"order_dto": [..]}`, one record in place of the list (bare
/// or under a key), or nothing at all.
///
/// # Errors
/// [`Unfit`] when the field holds a text or a number: that is no list.
pub fn list<'a>(object: &'a Value, field: &str) -> Result<Vec<&'a Value>, Unfit> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Vec::new()),
        Some(Value::Array(records)) => Ok(records.iter().collect()),
        Some(whole @ Value::Object(fields)) => {
            let only = fields.values().next().filter(|_| fields.len() == 1);
            Ok(match only {
                Some(Value::Array(records)) => records.iter().collect(),
                Some(record @ Value::Object(_)) => vec![record],
                Some(Value::Null) => Vec::new(),
                _ if fields.is_empty() => Vec::new(),
                _ => vec![whole],
            })
        }
        Some(_) => Err(Unfit::new(field, "not a list")),
    }
}

/// Decodes one record; `at` is where it stands.
///
/// # Errors
/// [`Unfit`] with the full path of the field that broke it.
pub fn decode<'a, T: Deserialize<'a>>(record: &'a Value, at: &str) -> Result<T, Unfit> {
    serde_path_to_error::deserialize(record).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { at.to_owned() } else { format!("{at}.{inner}") };
        Unfit::new(path, without_value(&error.inner().to_string()))
    })
}

/// serde's messages quote the value that didn't fit; what was expected is all that may be told.
fn without_value(message: &str) -> String {
    if message.starts_with("missing field") || message.starts_with("duplicate field") {
        return message.to_owned();
    }
    message.rfind("expected ").and_then(|at| message.get(at..)).unwrap_or("not readable").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_reads_in_all_its_shapes() {
        let (one, two) = (json!({"id": 1, "name": "a"}), json!({"id": 2, "name": "b"}));
        for (shape, count) in [
            (json!({"l": [one, two]}), 2),
            (json!({"l": {"order_dto": [one, two]}}), 2),
            (json!({"l": {"order_dto": one}}), 1),
            (json!({"l": one}), 1),
            (json!({"l": []}), 0),
            (json!({"l": {}}), 0),
            (json!({"l": {"order_dto": null}}), 0),
            (json!({"l": null}), 0),
            (json!({"l": ""}), 0),
            (json!({}), 0),
        ] {
            let records = list(&shape, "l").unwrap();
            assert_eq!(records.len(), count, "{shape}");
            assert!(records.first().is_none_or(|first| first["id"] == 1), "{shape}");
        }
        assert_eq!(list(&json!({"l": "secret"}), "l"), Err(Unfit::new("l", "not a list")));
    }

    #[test]
    fn ids_read_as_numbers_and_as_text_without_losing_a_digit() {
        #[derive(Deserialize)]
        struct Record {
            id: Text,
        }
        for id in [json!(18_446_744_073_709_551_615_u64), json!("18446744073709551615")] {
            let record: Record = decode(&json!({ "id": id }), "r").map(|r: Record| r).unwrap();
            assert_eq!(record.id.get(), Some("18446744073709551615"));
        }
    }

    #[test]
    fn flags_read_as_bool_text_and_number() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("True"), Some(true)),
            (json!(0), Some(false)),
            (json!("false"), Some(false)),
            (json!("maybe"), None),
            (json!(null), None),
        ] {
            assert_eq!(flag(&json!({"f": value}), "f"), expected, "{value}");
        }
    }

    #[test]
    fn what_does_not_read_is_named_by_its_path_and_never_by_its_value() {
        #[derive(Deserialize, Debug)]
        #[allow(dead_code, reason = "decoded only")]
        struct Record {
            address: Inner,
        }
        #[derive(Deserialize, Debug)]
        #[allow(dead_code, reason = "decoded only")]
        struct Inner {
            city: Text,
            floor: u8,
        }
        let bad = [
            (json!({"address": {"city": ["Jane Doe"], "floor": 1}}), "o[3].address.city"),
            (json!({"address": {"city": "x", "floor": "Jane Doe, expected a name"}}), "o[3].address.floor"),
            (json!({"address": "Jane Doe"}), "o[3].address"),
        ];
        for (record, path) in bad {
            let unfit = decode::<Record>(&record, "o[3]").unwrap_err();
            assert_eq!(unfit.path, path);
            assert!(!unfit.to_string().contains("Jane"), "{unfit}");
        }
    }

    #[test]
    fn an_amount_without_its_currency_is_no_amount() {
        assert_eq!(money(None, None, "p"), Ok(None));
        assert!(money(Some("1"), None, "p").is_err());
        assert!(money(Some("1,5"), Some("USD"), "p").is_err());
        assert_eq!(money(Some("1.50"), Some("usd"), "p").unwrap().unwrap().to_string(), "1.5 USD");
    }
}
