//! Misbehaviour on order: what networks and gateways do on a bad day.

use serde::Deserialize;
use serde_json::Value;

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Takes effect, then answers with a server error.
    ErrorAfterEffect,
    /// Answers with a server error and does nothing.
    ErrorBefore,
    /// Takes effect, then never answers.
    HangAfterEffect,
    /// Does nothing and answers with a web page.
    Html,
    /// Takes effect, and the connection breaks halfway through the answer.
    Cut,
    /// Answers as if the client were too fast. Does nothing.
    Throttle,
    /// One record in the answer does not decode.
    GarbageRecord,
    /// Does nothing; the connection breaks before a body.
    Down,
    /// Takes effect and answers rightly, `delay_ms` late.
    Slow,
    /// Takes effect, then answers with a web page of `status` (500 unless that is an error's).
    StatusAfterEffect,
}

impl Kind {
    /// As a test orders it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ErrorAfterEffect => "error_after_effect",
            Self::ErrorBefore => "error_before",
            Self::HangAfterEffect => "hang_after_effect",
            Self::Html => "html",
            Self::Cut => "cut",
            Self::Throttle => "throttle",
            Self::GarbageRecord => "garbage_record",
            Self::Down => "down",
            Self::Slow => "slow",
            Self::StatusAfterEffect => "status_after_effect",
        }
    }
}

/// An order for misbehaviour.
#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    /// The API, or `*` for any.
    pub method: String,
    /// How many calls of it.
    pub count: u32,
    /// How.
    pub kind: Kind,
    /// HTTP status of the web page.
    #[serde(default = "ok")]
    pub status: u16,
    /// How late a slow answer is (ms).
    #[serde(default)]
    pub delay_ms: u64,
}

const fn ok() -> u16 {
    200
}

/// Orders for misbehaviour not yet used up.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds an order; those for the same API are served in turn.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Uses up one call's worth, if this call is to go wrong.
    pub fn take(&mut self, method: &str) -> Option<Fault> {
        let index =
            self.0.iter().position(|fault| fault.count > 0 && (fault.method == method || fault.method == "*"))?;
        let taken = self.0[index].clone();
        self.0[index].count -= 1;
        self.0.retain(|fault| fault.count > 0);
        Some(taken)
    }
}

/// The lists that carry the records an API exists for.
const PRIMARY: [&str; 4] = ["target_list", "child_order_list", "order_list", "order_products"];

/// Spoils the first record of the first list found, leaving its ids, as a producer's bug would.
///
/// Returns whether there was a record to spoil.
pub fn spoil_first_record(body: &mut Value) -> bool {
    match body {
        Value::Array(items) => match items.first_mut() {
            Some(Value::Object(record)) => {
                for (name, value) in record.iter_mut() {
                    if !name.ends_with("id") {
                        *value = serde_json::json!({"\u{fffd}": [null, 0]});
                    }
                }
                true
            }
            _ => false,
        },
        Value::Object(fields) => {
            // The list the answer is about goes first: a spoiled side list would go unnoticed.
            if let Some(list) = PRIMARY.iter().find(|name| fields.contains_key(**name)) {
                return fields.get_mut(*list).is_some_and(spoil_first_record);
            }
            fields.values_mut().any(spoil_first_record)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_is_used_up_and_leaves_other_methods_alone() {
        let mut faults = Faults::default();
        faults.add(Fault { method: "a".into(), count: 1, kind: Kind::Cut, status: 200, delay_ms: 0 });
        assert!(faults.take("b").is_none());
        assert_eq!(faults.take("a").map(|fault| fault.kind), Some(Kind::Cut));
        assert!(faults.take("a").is_none());
    }

    #[test]
    fn only_the_first_record_is_spoiled_and_it_keeps_its_id() {
        let mut body =
            json!({"result": {"target_list": [{"order_id": 1, "status": "A"}, {"order_id": 2, "status": "B"}]}});
        assert!(spoil_first_record(&mut body));
        assert_eq!(body["result"]["target_list"][0]["order_id"], 1);
        assert!(body["result"]["target_list"][0]["status"].is_object());
        assert_eq!(body["result"]["target_list"][1]["status"], "B");
    }
}
