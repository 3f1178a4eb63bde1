//! What a change of settings changes, field by field, for people to read.

use super::Settings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its name in a connections file: `tax_ids.custom_field`, `status_map.BRAND_NEW`, `carriers.acme/economy`.
    pub field: String,
    /// What it was; none when it wasn't set.
    pub before: Option<String>,
    /// What it is; none when it is no longer set.
    pub after: Option<String>,
}

/// All fields that differ, by name.
#[must_use]
pub fn differences(before: &Settings, after: &Settings) -> Vec<Difference> {
    let (before, after) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |all: &BTreeMap<String, String>, name: &str| all.get(name).cloned();
    names
        .into_iter()
        .map(|name| Difference { field: name.clone(), before: of(&before, name), after: of(&after, name) })
        .filter(|difference| difference.before != difference.after)
        .collect()
}

fn fields(settings: &Settings) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Ok(Value::Object(mut top)) = serde_json::to_value(settings) {
        // Rows have no names of their own: the carrier and service that they are about is one.
        top.remove("carriers");
        flatten("", &Value::Object(top), &mut all);
    }
    for row in &settings.carriers {
        let name =
            if row.service.is_empty() { row.carrier.clone() } else { format!("{}/{}", row.carrier, row.service) };
        all.insert(format!("carriers.{name}"), format!("{} {}", row.code, row.tracking_website).trim().to_owned());
    }
    all
}

fn flatten(name: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                flatten(&name, value, all);
            }
            return;
        }
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        Value::Null => return,
        other => other.to_string(),
    };
    if !text.is_empty() {
        all.insert(name.to_owned(), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExceptionKind, Owner, carrier::CarrierRow, status::OrderStatus};

    #[test]
    fn a_change_names_each_field_with_what_it_was_and_what_it_is() {
        let before = Settings { seller_name: "Old".into(), ..Settings::default() };
        let mut after = Settings { void_window_hours: 48, store_id: Some(7), ..Settings::default() };
        after.tax_ids.custom_field = 2;
        after.take_statuses = [OrderStatus::AwaitingShipment, OrderStatus::OnHold].into();
        after.status_map.insert("NEW".into(), OrderStatus::Cancelled);
        after.owners.insert(ExceptionKind::NoShipTo, Owner::Finance);
        let (carrier, service, code) = ("acme".into(), "slow".into(), "DHL".into());
        after.carriers.push(CarrierRow { carrier, service, code, tracking_website: String::new() });
        let told: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|d| format!("{}: {} > {}", d.field, d.before.unwrap_or_default(), d.after.unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                "carriers.acme/slow:  > DHL",
                "owners.no_ship_to:  > finance",
                "seller_name: Old > ",
                "status_map.NEW:  > cancelled",
                "store_id:  > 7",
                "take_statuses:  > awaiting_shipment, on_hold",
                "tax_ids.custom_field: 1 > 2",
                "void_window_hours: 24 > 48",
            ]
        );
        assert_eq!(differences(&after, &after), []);
    }
}
