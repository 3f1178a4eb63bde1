//! Metrics, in CloudWatch's embedded metric format.
//!
//! A JSON line on stdout, which CloudWatch Logs turns into metrics (AWS, "Specification: Embedded metric format"); it
//! costs no call. Numbers and fixed words only: no person's data, no order's number, as each value of a dimension is a
//! metric that is paid for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write as _;

/// All metrics are below this.
pub const NAMESPACE: &str = "Tallyman";

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
}

/// One number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The number.
    pub value: f64,
}

impl Metric {
    /// A count.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "nobody counts to 2^52")]
    pub fn count(name: &'static str, value: usize) -> Self {
        Self { name, unit: Unit::Count, value: value as f64 }
    }
    /// A time in seconds.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a time of 2^52 s is none")]
    pub fn seconds(name: &'static str, value_s: i64) -> Self {
        Self { name, unit: Unit::Seconds, value: value_s as f64 }
    }
}

/// One line: these metrics of a stack, below one more dimension where there is one.
#[must_use]
pub fn line(stack: &str, dimension: Option<(&'static str, &str)>, metrics: &[Metric], now: Timestamp) -> String {
    let mut names = vec!["Stack"];
    names.extend(dimension.map(|(name, _)| name));
    let listed: Vec<Value> =
        metrics.iter().map(|m| json!({ "Name": m.name, "Unit": format!("{:?}", m.unit) })).collect();
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": listed });
    let mut fields = Map::new();
    fields.insert("_aws".into(), json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] }));
    fields.insert("Stack".into(), json!(stack));
    fields.extend(dimension.map(|(name, value)| (name.to_owned(), json!(value))));
    fields.extend(metrics.iter().map(|m| (m.name.to_owned(), json!(m.value))));
    Value::Object(fields).to_string()
}

/// Writes lines. That it can't be done is no reason to fail the work.
pub fn write(lines: impl IntoIterator<Item = String>) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_cloudwatch_asks_for() {
        let now = Timestamp::from_second(1_795_262_400).unwrap();
        let metrics = [Metric::count("Orders", 7), Metric::seconds("OldestAge", 60)];
        let line: Value = serde_json::from_str(&line("shop", Some(("Stage", "to_ship")), &metrics, now)).unwrap();
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_795_262_400_000_i64);
        assert_eq!(
            (&directive["Namespace"], &directive["Dimensions"]),
            (&json!("Tallyman"), &json!([["Stack", "Stage"]]))
        );
        assert_eq!(
            directive["Metrics"],
            json!([{"Name": "Orders", "Unit": "Count"}, {"Name": "OldestAge", "Unit": "Seconds"}])
        );
        // Each dimension and each metric is a field of its own.
        assert_eq!(
            (&line["Stack"], &line["Stage"], &line["Orders"], &line["OldestAge"]),
            (&json!("shop"), &json!("to_ship"), &json!(7.0), &json!(60.0))
        );
    }

    #[test]
    fn without_a_dimension_of_its_own_it_is_the_stacks() {
        let line: Value =
            serde_json::from_str(&line("shop", None, &[Metric::count("Healed", 0)], Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Stack"]]));
    }
}
