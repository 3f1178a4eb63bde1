//! The notice: what a marketplace is told about one shipment.

use crate::{
    LineId, OrderRef, Shipment, ShipmentId, carrier::ServiceChoice, order::Order, shipment::remaining, state::Told,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Does this notice close the order?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Nothing remains. AliExpress takes no further notice after this one.
    All,
    /// Something is left.
    Part,
}

/// One item of the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeItem {
    /// The order's line.
    pub line: LineId,
    /// Its place in the order, from 1; 0 where the marketplace doesn't say.
    pub index: u32,
    /// The marketplace's product id.
    pub product_id: Option<String>,
    /// Stock keeping unit.
    pub sku: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// Nothing of the line is left after this shipment. AliExpress takes nothing more for a line that was told so.
    pub closes_line: bool,
}

/// Everything a marketplace may be told; each API takes what it has a place for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which order.
    pub order: OrderRef,
    /// Which shipment.
    pub shipment: ShipmentId,
    /// All or part.
    pub extent: Extent,
    /// Tracking number.
    pub tracking_number: String,
    /// Service.
    pub service: ServiceChoice,
    /// What the carrier charges.
    pub carrier_fee: Option<Decimal>,
    /// Remark to the buyer, English.
    pub note_to_buyer: String,
    /// What is in it.
    pub items: Vec<NoticeItem>,
    /// Last four digits of the recipient's phone, which some carriers' tracking asks for.
    pub contact_mobile: Option<String>,
    /// The uploaded proof: file name and the marketplace's path to it.
    pub proof: Option<(String, String)>,
    /// What it takes the place of: a correction of an earlier notice, not a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Told>,
    /// The parcel is for other orders too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub consolidated: bool,
}

/// All or part: by what is left per line after everything told so far and this shipment, never by a status.
#[must_use]
pub fn extent(order: &Order, told: &[&Shipment], this: &Shipment) -> Extent {
    let left = remaining(order, told.iter().copied().chain([this]));
    if left.values().all(Decimal::is_zero) { Extent::All } else { Extent::Part }
}

/// The items of a shipment in the marketplace's terms. An order that was marked as shipped has no items of its own:
/// what was left before it is in it.
#[must_use]
pub fn items(order: &Order, told: &[&Shipment], this: &Shipment) -> Vec<NoticeItem> {
    let left_before = remaining(order, told.iter().copied());
    let left_after = remaining(order, told.iter().copied().chain([this]));
    order
        .lines
        .iter()
        .filter_map(|line| {
            let before = left_before.get(&line.id).copied().unwrap_or_default();
            let shipped = if this.whole_order {
                before
            } else {
                let units: Decimal =
                    this.items.iter().filter(|i| i.line.as_ref() == Some(&line.id)).map(|i| i.quantity).sum();
                // One unit stands for a fractional line as a whole.
                if line.quantity.fract().is_zero() || units.is_zero() { units } else { line.quantity }
            };
            (!shipped.is_zero()).then(|| NoticeItem {
                line: line.id.clone(),
                index: line.index,
                product_id: line.product_id.clone(),
                sku: line.sku.clone(),
                quantity: shipped,
                closes_line: left_after.get(&line.id).is_none_or(Decimal::is_zero),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn only_the_shipment_after_which_nothing_is_left_closes_the_order() {
        let order = samples::order();
        let first = samples::shipment("s1", &[("1", "2")]);
        let second = samples::shipment("s2", &[("2", "1")]);
        assert_eq!(extent(&order, &[], &first), Extent::Part);
        assert_eq!(extent(&order, &[&first], &second), Extent::All);
        assert_eq!(extent(&order, &[], &samples::shipment("s3", &[("1", "2"), ("2", "1")])), Extent::All);
        assert_eq!(extent(&order, &[], &samples::shipment("f1", &[])), Extent::All);
    }

    #[test]
    fn an_order_marked_as_shipped_carries_what_was_left() {
        let order = samples::order();
        let first = samples::shipment("s1", &[("1", "1")]);
        let rest = items(&order, &[&first], &samples::shipment("f1", &[]));
        let said: Vec<_> = rest.iter().map(|i| (i.index, i.quantity.to_string())).collect();
        assert_eq!(said, [(1, "1".to_owned()), (2, "1".to_owned())]);
        assert!(rest.iter().all(|item| item.closes_line));
    }

    #[test]
    fn a_line_is_closed_by_the_shipment_after_which_nothing_of_it_is_left() {
        let order = samples::order();
        let closed = |told: &[&Shipment], this: &Shipment| {
            items(&order, told, this).iter().map(|item| (item.index, item.closes_line)).collect::<Vec<_>>()
        };
        let first = samples::shipment("s1", &[("1", "1"), ("2", "1")]);
        let second = samples::shipment("s2", &[("1", "1")]);
        assert_eq!(closed(&[], &first), [(1, false), (2, true)], "one of two pieces, and the only one");
        assert_eq!(closed(&[&first], &second), [(1, true)]);
        assert_eq!(closed(&[], &second), [(1, false)], "what was not told is not counted");
        let voided = Shipment { voided: true, ..first };
        assert_eq!(closed(&[&voided], &second), [(1, false)]);
        assert_eq!(closed(&[], &samples::shipment("s3", &[("1", "5")])), [(1, true)], "more than was ordered");
    }

    #[test]
    fn one_unit_closes_a_line_of_two_and_a_half_metres() {
        let mut order = samples::order();
        order.lines[0].quantity = Decimal::new(25, 1);
        let told = items(&order, &[], &samples::shipment("s1", &[("1", "1")]));
        assert_eq!((told[0].quantity, told[0].closes_line), (Decimal::new(25, 1), true));
    }

    #[test]
    fn a_part_of_a_line_is_told_as_that_part_and_what_is_not_in_the_parcel_is_not_told() {
        let mut order = samples::order();
        order.lines[1].quantity = Decimal::new(25, 1);
        let told = items(&order, &[], &samples::shipment("s1", &[("1", "1")]));
        let said: Vec<_> = told.iter().map(|i| (i.index, i.quantity.to_string())).collect();
        assert_eq!(said, [(1, "1".to_owned())], "one piece of two, and nothing of the two and a half metres");
    }
}
