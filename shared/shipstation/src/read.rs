//! Reading JSON exactly, and saying what broke without quoting it.

use crate::http::{SERVICE, unclear};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;
use tallyman_app::ports::CallError;

/// Why an answer can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// No JSON, or only the first part of some.
    Text(&'static str),
    /// JSON, but this field isn't what it must be.
    Field {
        /// JSON path.
        path: String,
        /// What was expected; never the value.
        what: String,
    },
}

impl Broken {
    pub(crate) fn field(path: &str, what: &str) -> Self {
        Self::Field { path: path.into(), what: what.into() }
    }

    /// As the error of a call.
    pub(crate) fn of(self, call: &'static str) -> CallError {
        match self {
            Self::Text(what) => unclear(call, what.into()),
            Self::Field { path, what } => CallError::Undecodable { service: SERVICE, call: call.into(), path, what },
        }
    }
}

/// Reads a whole text.
pub(crate) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Broken> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        broken(&path, error.inner())
    })?;
    json.end().map_err(|_| Broken::Text("JSON with something after it"))?;
    Ok(value)
}

fn broken(path: &str, error: &serde_json::Error) -> Broken {
    match error.classify() {
        serde_json::error::Category::Eof => Broken::Text("half an answer"),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => Broken::Text("no JSON"),
        serde_json::error::Category::Data => Broken::field(path, &expectation(&error.to_string())),
    }
}

/// What was expected. A decoder's message quotes the value first and says last what it wanted, so only its end is kept.
fn expectation(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        return message.to_owned();
    }
    match message.rfind("expected ") {
        Some(at) => message[at..].chars().take(120).collect(),
        None => "not readable".to_owned(),
    }
}

/// A decimal number, digit by digit as it was written; a quoted one too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = unquoted(<&RawValue>::deserialize(deserializer)?.get());
        tallyman_domain::parse_decimal(text)
            .or_else(|_| Decimal::from_scientific(text).map(|d| d.normalize())) // .NET writes 1E-05
            .map(Self)
            .map_err(|_| D::Error::custom("expected a decimal number"))
    }
}

/// An id: a whole number, also when it comes in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole(pub(crate) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = unquoted(<&RawValue>::deserialize(deserializer)?.get());
        text.parse().map(Self).map_err(|_| D::Error::custom("expected a whole number"))
    }
}

fn unquoted(raw: &str) -> &str {
    raw.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(raw)
}

/// A text that says something.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        cost: Option<Number>,
        id: Whole,
        #[serde(default)]
        name: Option<String>,
    }

    fn read(text: &str) -> Result<Sample, Broken> {
        decode(text.as_bytes())
    }

    #[test]
    fn numbers_are_read_digit_by_digit() {
        for (text, number) in
            [("2.35", "2.35"), ("\"2.350\"", "2.35"), ("0.0", "0"), ("1E-05", "0.00001"), ("-3", "-3")]
        {
            let sample = read(&format!(r#"{{"cost":{text},"id":1}}"#)).unwrap();
            assert_eq!(sample.cost.unwrap().0.to_string(), number);
        }
        let sample = read(r#"{"cost":null,"id":"9007199254740993"}"#).unwrap();
        assert!(sample.cost.is_none() && sample.name.is_none());
        assert_eq!(sample.id.0, 9_007_199_254_740_993);
    }

    #[test]
    fn what_is_broken_is_named_by_its_path_and_never_quoted() {
        let error = read(r#"{"id":1,"name":["Jane Doe"]}"#).unwrap_err();
        assert_eq!(error, Broken::field("name", "expected a string"));
        let error = read(r#"{"id":"Jane Doe"}"#).unwrap_err();
        assert_eq!(error, Broken::field("id", "expected a whole number"));
        let error = read(r#"{"cost":"Jane, expected Doe","id":1}"#).unwrap_err();
        assert_eq!(error, Broken::field("cost", "expected a decimal number"));
        assert_eq!(read("{}").unwrap_err(), Broken::field(".", "missing field `id`"));
    }

    #[test]
    fn half_an_answer_and_no_json_are_told_from_a_bad_field() {
        assert_eq!(read(r#"{"id":1"#).unwrap_err(), Broken::Text("half an answer"));
        assert_eq!(read("").unwrap_err(), Broken::Text("half an answer"));
        assert_eq!(read("<html>").unwrap_err(), Broken::Text("no JSON"));
        assert_eq!(read(r#"{"id":1} {"#).unwrap_err(), Broken::Text("JSON with something after it"));
    }
}
