//! What people do to an order, apart from its exceptions.

use crate::{
    ExceptionKind, OrderState, ShipmentId,
    exception::{clear, is_open},
    state::NoticeState,
    status::OrderStatus,
};

/// The status of an order that a person may hold. What ended is beyond holding.
pub(super) fn under(held: bool, status: OrderStatus) -> OrderStatus {
    match status {
        OrderStatus::AwaitingPayment | OrderStatus::AwaitingShipment if held => OrderStatus::OnHold,
        status => status,
    }
}

/// Released, it stays on hold until the marketplace is read again: what it says now isn't known.
pub(super) fn hold(state: &mut OrderState, hold: bool) {
    if hold && !state.may_be_held() {
        return;
    }
    state.held = hold;
    state.status = under(hold, state.status);
}

/// Tries again what was surely refused, and so took no effect.
pub(super) fn ask_again(state: &mut OrderState, shipment: Option<&ShipmentId>) {
    if !state.may_be_asked_again(shipment) {
        return;
    }
    let Some(id) = shipment else {
        state.export.refused = None;
        clear(&mut state.exceptions, &[ExceptionKind::ExportRefused], None);
        return;
    };
    let kinds = [ExceptionKind::NoticeRefused, ExceptionKind::ProofRefused];
    clear(&mut state.exceptions, &kinds, shipment);
    let notice = state.shipments.iter_mut().find(|s| s.id == *id).map(|s| &mut s.notice);
    if let Some(notice @ NoticeState::Parked) = notice {
        *notice = NoticeState::Wanted;
    }
}

impl OrderState {
    /// May a person have this tried again? Only what the other side said no to: what may have taken effect is read back,
    /// never repeated, and what was done is done.
    #[must_use]
    pub fn may_be_asked_again(&self, shipment: Option<&ShipmentId>) -> bool {
        let open = |kind| is_open(&self.exceptions, kind, shipment);
        match shipment {
            None => self.export.refused.is_some(),
            Some(id) => {
                let known = self.shipment(id).filter(|s| !s.voided);
                let held = self.exceptions.iter().any(|e| {
                    let of_it = e.shipment.as_ref() == shipment;
                    of_it && !matches!(e.kind, ExceptionKind::NoticeRefused | ExceptionKind::ProofRefused)
                });
                known.is_some_and(|s| {
                    let refused = s.notice == NoticeState::Parked && open(ExceptionKind::NoticeRefused);
                    !held && (refused || open(ExceptionKind::ProofRefused))
                })
            }
        }
    }
}

#[cfg(test)]
#[path = "byhand_tests.rs"]
mod tests;
