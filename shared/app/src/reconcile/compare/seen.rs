//! What the lists showed so far. It is noted when a run stops, so that the next one can say who is in none of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use tallyman_domain::OrderRef;

/// A note is at most 300 KB; 50,000 orders of one account take about 250.
pub(super) const NOTED_BYTES_MAX: usize = 290_000;

/// What the lists showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Offered to be packed.
    #[serde(rename = "i", default, with = "packed")]
    pub(super) ids: BTreeSet<i64>,
    /// Held by people.
    #[serde(rename = "h", default, with = "packed")]
    pub(super) held: BTreeSet<i64>,
    /// Merged into one of those.
    #[serde(rename = "m", default, with = "packed")]
    pub(super) merged: BTreeSet<i64>,
    /// With a key of ours that nobody knows.
    #[serde(rename = "u", default, with = "keyed")]
    pub(super) unknown: BTreeMap<OrderRef, i64>,
}

/// Ids as the distances between them: three bytes an order in place of ten.
mod packed {
    use super::{BTreeSet, Deserialize, Deserializer, Serializer};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(ids: &BTreeSet<i64>, to: S) -> Result<S::Ok, S::Error> {
        let mut before = 0;
        let distances = ids.iter().map(|id| {
            let distance = id - before;
            before = *id;
            distance.to_string()
        });
        to.serialize_str(&distances.collect::<Vec<_>>().join(" "))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<i64>, D::Error> {
        let text = String::deserialize(from)?;
        let mut before = 0_i64;
        let id = |distance: &str| {
            let distance: i64 =
                distance.parse().map_err(|_| D::Error::custom("a distance between ids is no number"))?;
            before = before.checked_add(distance).ok_or_else(|| D::Error::custom("an id is too large"))?;
            Ok(before)
        };
        text.split_ascii_whitespace().map(id).collect()
    }
}

mod keyed {
    use super::{BTreeMap, Deserialize, Deserializer, OrderRef, Serialize, Serializer};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(unknown: &BTreeMap<OrderRef, i64>, to: S) -> Result<S::Ok, S::Error> {
        let keyed: BTreeMap<String, i64> = unknown.iter().map(|(order, id)| (order.order_key(), *id)).collect();
        keyed.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<OrderRef, i64>, D::Error> {
        let keyed = BTreeMap::<String, i64>::deserialize(from)?;
        let order = |(key, id): (String, i64)| {
            OrderRef::from_order_key(&key).map(|order| (order, id)).ok_or_else(|| D::Error::custom("no key of ours"))
        };
        keyed.into_iter().map(order).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_noted_and_read_back_and_fifty_thousand_orders_fit_into_a_note() {
        // Every fourth order of the account waits.
        let ids = (0..50_000).map(|n| 1_234_567_890 + 4 * n).collect();
        let order = OrderRef::from_order_key("shop:81").unwrap();
        let merged = BTreeSet::from([-7, 0, 9]);
        let seen = Seen { ids, held: BTreeSet::new(), merged, unknown: BTreeMap::from([(order, 3)]) };
        let text = serde_json::to_string(&seen).unwrap();
        assert!(text.len() < NOTED_BYTES_MAX, "{} bytes", text.len());
        assert_eq!(serde_json::from_str::<Seen>(&text).unwrap(), seen);
        for broken in [r#"{"i":"1 x"}"#, r#"{"i":"9223372036854775807 1"}"#, r#"{"u":{"nonsense":1}}"#] {
            assert!(serde_json::from_str::<Seen>(broken).is_err(), "{broken}");
        }
    }
}
