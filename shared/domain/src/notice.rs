//! The notice: what a marketplace is told about one shipment.

use crate::{LineId, OrderRef, Shipment, ShipmentId, carrier::ServiceChoice, order::Order, shipment::remaining};
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
    /// Its place in the order, from 1.
    pub index: u32,
    /// The marketplace's product id.
    pub product_id: Option<String>,
    /// Stock keeping unit.
    pub sku: Option<String>,
    /// How many.
    pub quantity: Decimal,
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
    }
}
