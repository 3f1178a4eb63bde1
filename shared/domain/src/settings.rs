//! What a user can choose per connection.

pub mod check;
pub mod difference;

use crate::{
    CountryCode, ExceptionKind, Owner,
    carrier::CarrierRow,
    status::{OrderStatus, StatusOverrides},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where tax identifiers go in ShipStation, whose V1 orders have no field for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaxIdRule {
    /// Custom field 1, 2 or 3; `0` for none.
    pub custom_field: u8,
    /// Also in the internal note.
    pub internal_note: bool,
}

impl Default for TaxIdRule {
    fn default() -> Self {
        Self { custom_field: 1, internal_note: true }
    }
}

/// What customs is told when the marketplace doesn't say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomsDefaults {
    /// Where the goods were made. Without it no customs items are sent and ShipStation's own settings apply.
    pub country_of_origin: Option<CountryCode>,
    /// Harmonised tariff code.
    pub tariff_code: Option<String>,
    /// Description; the product's name when empty.
    pub description: Option<String>,
}

/// Who decides, where marketplace and warehouse may disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// What the marketplace says is carried into ShipStation at once.
    #[default]
    Marketplace,
    /// ShipStation's order is left to people, and an exception tells them.
    Warehouse,
}

/// The choices for one connection. Every field has a default that is right for most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The seller's name on the proof.
    pub seller_name: String,
    /// The user's rows of the status map.
    pub status_map: StatusOverrides,
    /// Only orders with one of these statuses are exported; all when empty.
    pub take_statuses: BTreeSet<OrderStatus>,
    /// Orders placed before this are left alone.
    pub start_from: Option<Timestamp>,
    /// Tell the marketplace about shipments (the ShipStation store's "notify the marketplace").
    pub notify_marketplace: bool,
    /// ShipStation store for new orders; its default store when unset.
    pub store_id: Option<i64>,
    /// Where tax identifiers go.
    pub tax_ids: TaxIdRule,
    /// Customs defaults.
    pub customs: CustomsDefaults,
    /// The user's rows of the carrier map; they win over the built-in ones.
    pub carriers: Vec<CarrierRow>,
    /// Remark to the buyer with each notice, English, at most 512 characters.
    pub note_to_buyer: String,
    /// Hours in which a label can be voided, by the carriers' rules and the times of their pick-ups.
    pub void_window_hours: u32,
    /// Who cancels an order without a label: the marketplace's word cancels it in ShipStation, or holds it there.
    pub cancelled_by: Decider,
    /// Who says that an order without a label is shipped: the marketplace's word closes it in ShipStation, or only a
    /// label or mark there does.
    pub shipped_by: Decider,
    /// Alibaba.com: may an order be told in several shipments?
    pub batches: bool,
    /// Who acts on which kind of exception, where that is somebody else than the rules say.
    pub owners: BTreeMap<ExceptionKind, Owner>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seller_name: String::new(),
            status_map: StatusOverrides::new(),
            take_statuses: BTreeSet::new(),
            start_from: None,
            notify_marketplace: true,
            store_id: None,
            tax_ids: TaxIdRule::default(),
            customs: CustomsDefaults::default(),
            carriers: Vec::new(),
            note_to_buyer: String::new(),
            void_window_hours: 24,
            cancelled_by: Decider::default(),
            shipped_by: Decider::default(),
            batches: true,
            owners: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The status that ShipStation's order is to have.
    #[must_use]
    pub fn status_there(&self, status: OrderStatus) -> OrderStatus {
        match status {
            OrderStatus::Cancelled if self.cancelled_by == Decider::Warehouse => OrderStatus::OnHold,
            OrderStatus::Shipped if self.shipped_by == Decider::Warehouse => OrderStatus::AwaitingShipment,
            status => status,
        }
    }

    /// Who acts on this kind of exception.
    #[must_use]
    pub fn owner(&self, kind: ExceptionKind) -> Owner {
        self.owners.get(&kind).copied().unwrap_or_else(|| kind.owner())
    }

    /// How long after it was made a label can be voided; at most a year.
    #[must_use]
    pub fn void_window(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.void_window_hours.min(365 * 24)))
    }

    /// May an order of this status and age be exported?
    #[must_use]
    pub fn takes(&self, status: OrderStatus, placed_at: Timestamp) -> bool {
        (self.take_statuses.is_empty() || self.take_statuses.contains(&status))
            && self.start_from.is_none_or(|from| placed_at >= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_takes_only_the_statuses_and_the_time_it_was_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let all = Settings::default();
        assert!(all.takes(OrderStatus::Cancelled, at("2020-01-01T00:00:00Z")));
        let some = Settings {
            take_statuses: [OrderStatus::AwaitingShipment].into(),
            start_from: Some(at("2026-11-01T00:00:00Z")),
            ..Settings::default()
        };
        assert!(some.takes(OrderStatus::AwaitingShipment, at("2026-11-01T00:00:00Z")));
        assert!(!some.takes(OrderStatus::AwaitingShipment, at("2026-10-31T23:59:59Z")));
        assert!(!some.takes(OrderStatus::AwaitingPayment, at("2026-11-02T00:00:00Z")));
    }

    #[test]
    fn a_cancelled_or_shipped_order_is_so_there_too_unless_the_warehouse_decides() {
        use OrderStatus as S;
        let (marketplace, cancels) =
            (Settings::default(), Settings { cancelled_by: Decider::Warehouse, ..Settings::default() });
        let ships = Settings { shipped_by: Decider::Warehouse, ..Settings::default() };
        for status in [S::AwaitingPayment, S::AwaitingShipment, S::OnHold, S::Shipped, S::Cancelled] {
            let there = [&marketplace, &cancels, &ships].map(|settings| settings.status_there(status));
            let expected = match status {
                S::Cancelled => [S::Cancelled, S::OnHold, S::Cancelled],
                S::Shipped => [S::Shipped, S::Shipped, S::AwaitingShipment],
                same => [same; 3],
            };
            assert_eq!(there, expected, "{status:?}");
        }
    }

    #[test]
    fn a_label_can_be_voided_for_the_hours_that_are_set_and_at_most_for_a_year() {
        for (set, hours) in [(0, 0), (24, 24), (720, 720), (8760, 8760), (u32::MAX, 8760)] {
            let settings = Settings { void_window_hours: set, ..Settings::default() };
            assert_eq!(settings.void_window(), SignedDuration::from_hours(hours), "{set}");
        }
    }
}
