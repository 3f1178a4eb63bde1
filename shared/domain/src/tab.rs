//! Where people look for an order, and how far its parcels are.

use crate::{
    OrderState,
    state::{NoticeState, ShipmentState},
    status::OrderStatus,
};
use serde::{Deserialize, Serialize};

/// One of the piles that orders lie on. Each order lies on exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Not paid yet.
    AwaitingPayment,
    /// Paid, no label.
    AwaitingShipment,
    /// Waits for the marketplace, or for a person.
    OnHold,
    /// There is a label, or the marketplace calls it shipped.
    Shipped,
    /// Cancelled at the marketplace.
    Cancelled,
}

impl Tab {
    /// All, in the order of an order's way.
    pub const ALL: [Self; 5] =
        [Self::AwaitingPayment, Self::AwaitingShipment, Self::OnHold, Self::Shipped, Self::Cancelled];
}

/// How far the parcels of an order are. Voided ones don't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Labels in force.
    pub parcels: usize,
    /// ... whose proof is kept.
    pub proven: usize,
    /// ... of which the marketplace accepted the notice.
    pub told: usize,
    /// ... which the marketplace shows.
    pub confirmed: usize,
}

impl OrderState {
    /// The pile it lies on.
    #[must_use]
    pub fn tab(&self) -> Tab {
        if self.status == OrderStatus::Cancelled {
            return Tab::Cancelled;
        }
        if self.shipments.iter().any(|s| !s.voided) {
            return Tab::Shipped;
        }
        match self.status {
            OrderStatus::AwaitingPayment => Tab::AwaitingPayment,
            OrderStatus::AwaitingShipment => Tab::AwaitingShipment,
            OrderStatus::Shipped => Tab::Shipped,
            OrderStatus::OnHold | OrderStatus::Cancelled => Tab::OnHold,
        }
    }

    /// How far its parcels are.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        for shipment in self.shipments.iter().filter(|s| !s.voided) {
            marks.parcels += 1;
            marks.proven += usize::from(shipment.proof.is_some());
            marks.told += usize::from(is_told(shipment));
            marks.confirmed += usize::from(matches!(shipment.notice, NoticeState::Confirmed { .. }));
        }
        marks
    }
}

fn is_told(shipment: &ShipmentState) -> bool {
    matches!(shipment.notice, NoticeState::Sent { .. } | NoticeState::Confirmed { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, Extent, ShipmentId, samples, state::Proof};

    fn parcel(notice: NoticeState) -> ShipmentState {
        ShipmentState {
            id: ShipmentId::parse("s1").unwrap(),
            facts: String::new(),
            voided: false,
            proof: None,
            notice,
            replaces: None,
            revision: 0,
            merged: Vec::new(),
            made_at: None,
        }
    }

    #[test]
    fn an_order_lies_on_the_pile_of_its_status_until_there_is_a_label() {
        let mut state = samples::state();
        let cases = [
            (OrderStatus::AwaitingPayment, Tab::AwaitingPayment),
            (OrderStatus::AwaitingShipment, Tab::AwaitingShipment),
            (OrderStatus::OnHold, Tab::OnHold),
            (OrderStatus::Shipped, Tab::Shipped),
            (OrderStatus::Cancelled, Tab::Cancelled),
        ];
        for (status, tab) in cases {
            state.status = status;
            state.shipments.clear();
            assert_eq!(state.tab(), tab, "{status:?}");
            state.shipments = vec![parcel(NoticeState::Wanted)];
            let labelled = if status == OrderStatus::Cancelled { Tab::Cancelled } else { Tab::Shipped };
            assert_eq!(state.tab(), labelled, "{status:?} with a label");
            state.shipments[0].voided = true;
            assert_eq!(state.tab(), tab, "{status:?} with a voided label");
        }
    }

    #[test]
    fn marks_count_the_parcels_in_force() {
        let mut state = samples::state();
        let (at, extent, code) = (samples::at("2026-11-21T00:00:00Z"), Extent::All, String::new());
        let confirmed = NoticeState::Confirmed { at, extent, code: code.clone() };
        let voided = ShipmentState { voided: true, ..parcel(confirmed.clone()) };
        state.shipments = vec![
            parcel(NoticeState::Wanted),
            parcel(NoticeState::Sent { at, extent, code }),
            parcel(confirmed),
            voided,
        ];
        assert_eq!(state.marks(), Marks { parcels: 3, proven: 0, told: 2, confirmed: 1 });
        let proof = Proof { digest: Digest::of_bytes(b"png"), stored_at: at, reference: None };
        for proven in [1, 2, 3, 3] {
            // The last one is voided: its proof is kept, and counts no more than its parcel.
            let next = state.shipments.iter_mut().find(|s| s.proof.is_none()).unwrap();
            next.proof = Some(proof.clone());
            assert_eq!(state.marks(), Marks { parcels: 3, proven, told: 2, confirmed: 1 });
        }
    }
}
