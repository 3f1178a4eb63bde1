//! What `reconcile` changes: exceptions that it finds and clears, and steps that it has done once more.

use super::Compared;
use crate::{
    OrderState,
    exception::{clear, deadline, is_open, raise_until},
    state::NoticeState,
};
use jiff::Timestamp;

pub(super) fn compared(state: &mut OrderState, compared: Compared<'_>, now: Timestamp) {
    match compared {
        // Found every hour is no news.
        Compared::Found { kind, shipment, what } if !is_open(&state.exceptions, kind, shipment) => {
            let until = deadline(kind, state.ship_by, now);
            raise_until(&mut state.exceptions, kind, shipment, what.clone(), until, now);
        }
        Compared::Found { .. } => {}
        Compared::Gone { kind, shipment } => clear(&mut state.exceptions, &[kind], shipment),
        Compared::GiveAgain => {
            if state.doubt_export() {
                state.export.given_again = state.export.given_again.saturating_add(1);
            }
        }
        Compared::ProofGone { shipment } => {
            let untold = |n: &NoticeState| !n.may_have_been_told();
            if let Some(known) = state.shipments.iter_mut().find(|s| s.id == *shipment && untold(&s.notice)) {
                known.proof = None;
            }
        }
        Compared::NoticeDoubted { shipment } => {
            let Some(known) = state.shipments.iter_mut().find(|s| s.id == *shipment) else { return };
            if let NoticeState::Confirmed { at, extent, code } = &known.notice {
                known.notice = NoticeState::Sent { at: *at, extent: *extent, code: code.clone() };
            }
        }
    }
}
