//! A shipment: what ShipStation says left the warehouse.

use crate::{
    Address, Digest, LineId, OrderRef, ShipmentId,
    order::{Grams, Order},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One item in a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedItem {
    /// The order's line, which we gave ShipStation as `lineItemKey`; none for something the warehouse added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
    /// Stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Name.
    pub name: String,
    /// How many.
    pub quantity: Decimal,
}

/// An immutable fact, but for being voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// ShipStation's id.
    pub id: ShipmentId,
    /// ShipStation's order.
    pub warehouse_order: i64,
    /// Tracking number; empty when the warehouse gave none.
    pub tracking_number: String,
    /// Carrier code or name, as ShipStation has it.
    pub carrier: String,
    /// Service code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The day it left.
    pub ship_date: Date,
    /// When ShipStation recorded it.
    pub created_at: Timestamp,
    /// What the carrier charges. ShipStation's account currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Decimal>,
    /// Weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Grams>,
    /// What is in it, where ShipStation says.
    pub items: Vec<ShippedItem>,
    /// It closes everything that is left of the order: an order marked as shipped has no items of its own.
    #[serde(default)]
    pub whole_order: bool,
    /// Voided.
    pub voided: bool,
    /// Where it went, when ShipStation says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Address>,
    /// Did ShipStation tell a marketplace of its own accord?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace_notified: Option<bool>,
    /// What it says went wrong with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_error: Option<String>,
}

impl Shipment {
    /// What "nothing changed" is judged by. What ShipStation later says of its own notifying is no change of the
    /// shipment.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&Self { marketplace_notified: None, notify_error: None, ..self.clone() })
    }
}

impl Shipment {
    /// Would a marketplace be told something else of it?
    #[must_use]
    pub fn tells_other_than(&self, before: &Self) -> bool {
        let told = |s: &Self| (s.tracking_number.trim().to_owned(), s.carrier.clone(), s.service.clone());
        told(self) != told(before) || self.items != before.items || self.whole_order != before.whole_order
    }
}

/// Lines in the shipment that the order doesn't have: ShipStation has merged it with another one.
#[must_use]
pub fn strange_lines(order: &Order, shipment: &Shipment) -> Vec<LineId> {
    let ours = |id: &LineId| order.lines.iter().any(|line| line.id == *id);
    shipment.items.iter().filter_map(|i| i.line.clone()).filter(|id| !ours(id)).collect()
}

/// What is left to ship, per line, after the given shipments. Never below zero: more shipped than ordered shows in
/// [`overshipped`].
#[must_use]
pub fn remaining<'a>(order: &Order, shipped: impl IntoIterator<Item = &'a Shipment>) -> BTreeMap<LineId, Decimal> {
    let mut left: BTreeMap<LineId, Decimal> = order.lines.iter().map(|line| (line.id.clone(), line.quantity)).collect();
    for shipment in shipped.into_iter().filter(|s| !s.voided) {
        if shipment.whole_order {
            left.values_mut().for_each(|q| *q = Decimal::ZERO);
        }
        for item in &shipment.items {
            // A line of 2.5 metres is one unit in ShipStation: one unit shipped is all of it.
            let fractional = |id: &LineId| order.lines.iter().any(|l| l.id == *id && !l.quantity.fract().is_zero());
            if let Some((id, quantity)) = item.line.as_ref().and_then(|id| left.get_mut(id).map(|q| (id, q))) {
                *quantity = if fractional(id) { Decimal::ZERO } else { (*quantity - item.quantity).max(Decimal::ZERO) };
            }
        }
    }
    left
}

/// Lines of which more was shipped than ordered.
#[must_use]
pub fn overshipped<'a>(order: &Order, shipped: impl IntoIterator<Item = &'a Shipment>) -> Vec<LineId> {
    let mut sums: BTreeMap<LineId, Decimal> = BTreeMap::new();
    for item in shipped.into_iter().filter(|s| !s.voided && !s.whole_order).flat_map(|s| &s.items) {
        if let Some(line) = &item.line {
            *sums.entry(line.clone()).or_default() += item.quantity;
        }
    }
    let ordered = |id: &LineId| order.lines.iter().find(|l| l.id == *id).map(|l| l.quantity.ceil());
    sums.into_iter().filter(|(id, sum)| ordered(id).is_some_and(|q| *sum > q)).map(|(id, _)| id).collect()
}

/// The marketplace order numbers that a ShipStation order number may stand for: itself, and without the `-1` that a
/// split appends. Candidates only: [`attribute`] decides.
#[must_use]
pub fn candidate_numbers(order_number: &str) -> Vec<&str> {
    let unsplit = order_number
        .rsplit_once('-')
        .filter(|(head, tail)| !head.is_empty() && tail.len() <= 2 && tail.chars().all(|c| c.is_ascii_digit()))
        .map(|(head, _)| head);
    [Some(order_number), unsplit].into_iter().flatten().collect()
}

/// To which order a shipment without one of our keys belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribution<'a> {
    /// To this one: ShipStation's own ids agree.
    Ours(&'a OrderRef),
    /// The number looks like ours, the ids don't agree: a person decides.
    Unclear,
    /// Another shop's.
    Foreign,
}

/// Attributes by ShipStation's ids alone, never by number or address.
///
/// `candidates` are orders of ours whose number
/// fits, with the ShipStation id each was given; `parent` is the order that the shipment's order was split off from.
#[must_use]
pub fn attribute<'a>(
    warehouse_order: i64,
    parent: Option<i64>,
    candidates: &[(&'a OrderRef, Option<i64>)],
) -> Attribution<'a> {
    let by = |id: i64| candidates.iter().find(|(_, known)| *known == Some(id)).map(|(order, _)| *order);
    match by(warehouse_order).or_else(|| parent.and_then(by)) {
        Some(order) => Attribution::Ours(order),
        None if candidates.is_empty() => Attribution::Foreign,
        None => Attribution::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn what_is_left_is_counted_per_line_and_voided_shipments_do_not_count() {
        let order = samples::order();
        let first = samples::shipment("s1", &[("1", "1")]);
        let voided = Shipment { voided: true, ..samples::shipment("s2", &[("1", "1"), ("2", "1")]) };
        let left = remaining(&order, [&first, &voided]);
        assert_eq!(left.values().map(ToString::to_string).collect::<Vec<_>>(), ["1", "1"]);
    }

    #[test]
    fn an_order_marked_as_shipped_leaves_nothing() {
        let order = samples::order();
        let left = remaining(&order, [&samples::shipment("f1", &[])]);
        assert!(left.values().all(Decimal::is_zero));
    }

    #[test]
    fn more_shipped_than_ordered_is_seen() {
        let order = samples::order();
        let (a, b) = (samples::shipment("s1", &[("2", "1")]), samples::shipment("s2", &[("2", "1")]));
        assert_eq!(overshipped(&order, [&a, &b]), vec![LineId::parse("2").unwrap()]);
        assert!(overshipped(&order, [&a]).is_empty());
    }

    #[test]
    fn a_shipment_is_attributed_by_ids_alone() {
        let order = samples::reference();
        let known = [(&order, Some(77))];
        assert_eq!(attribute(77, None, &known), Attribution::Ours(&order));
        assert_eq!(attribute(99, Some(77), &known), Attribution::Ours(&order), "split off from ours");
        assert_eq!(attribute(99, None, &known), Attribution::Unclear, "only the number fits");
        assert_eq!(attribute(99, Some(98), &[]), Attribution::Foreign);
        assert_eq!(candidate_numbers("8123-1"), ["8123-1", "8123"]);
        assert_eq!(candidate_numbers("8123"), ["8123"]);
        assert_eq!(candidate_numbers("AB-2026"), ["AB-2026"]);
    }

    #[test]
    fn what_shipstation_says_of_its_own_notifying_is_no_change_of_the_shipment() {
        let before = samples::shipment("s1", &[("1", "1")]);
        let said = [
            Shipment { marketplace_notified: Some(true), ..before.clone() },
            Shipment { notify_error: Some("no such order".into()), ..before.clone() },
        ];
        for after in said {
            assert_eq!(after.digest(), before.digest(), "{after:?}");
            assert!(!after.tells_other_than(&before));
        }
        assert_ne!(Shipment { voided: true, ..before.clone() }.digest(), before.digest());
    }

    #[test]
    fn each_thing_that_a_marketplace_is_told_is_a_change_by_itself() {
        let before = samples::shipment("s1", &[("1", "1")]);
        let changed = [
            Shipment { tracking_number: "LX9".into(), ..before.clone() },
            Shipment { carrier: "ups".into(), ..before.clone() },
            Shipment { service: None, ..before.clone() },
            Shipment { items: samples::shipment("s1", &[("1", "2")]).items, ..before.clone() },
            Shipment { whole_order: true, ..before.clone() },
        ];
        for after in changed {
            assert!(after.tells_other_than(&before), "{after:?}");
        }
        let same = Shipment {
            tracking_number: format!(" {} ", before.tracking_number),
            fee: Some(Decimal::ONE),
            weight: Some(Grams(Decimal::TEN)),
            ..before.clone()
        };
        assert!(!same.tells_other_than(&before), "what it costs and weighs is not told, and blanks are nothing");
    }
}
