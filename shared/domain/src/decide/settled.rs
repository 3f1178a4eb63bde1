//! What became of a notice.

use super::Event;
use crate::{
    Exception, ExceptionKind, OrderState,
    exception::{Finding, clear, raise},
    state::{NoticeState, ShipmentState},
};
use jiff::Timestamp;

const NOTICE_KINDS: &[ExceptionKind] = &[
    ExceptionKind::CarrierUnmapped,
    ExceptionKind::TrackingRefused,
    ExceptionKind::NoticeRefused,
    ExceptionKind::NoticeAmbiguous,
    ExceptionKind::NotConfirmed,
];

pub(super) fn notice(state: &mut OrderState, event: &Event<'_>, now: Timestamp) {
    let (Event::NoticeAttempted { shipment: id, .. }
    | Event::NoticeAccepted { shipment: id }
    | Event::NoticeVanished { shipment: id }
    | Event::NoticeParked { shipment: id, .. }
    | Event::NoticeBlocked { shipment: id, .. }
    | Event::NoticeConfirmed { shipment: id }
    | Event::NoticeNotShown { shipment: id }) = event
    else {
        return;
    };
    let (ship_by, taken_over) = (state.ship_by, state.is_taken_over(id));
    let Some(shipment) = state.shipments.iter_mut().find(|s| s.id == **id) else { return };
    let open = &mut state.exceptions;
    match (event, &shipment.notice) {
        (
            Event::NoticeAttempted { extent, code, replaces, lease_until, .. },
            NoticeState::Wanted | NoticeState::Attempting { .. },
        ) if !taken_over => {
            let before = if let NoticeState::Attempting { tries, .. } = shipment.notice { tries } else { 0 };
            shipment.replaces = replaces.cloned();
            shipment.notice = NoticeState::Attempting {
                lease_until: *lease_until,
                extent: *extent,
                code: (*code).to_owned(),
                tries: before + 1,
            };
        }
        (Event::NoticeAccepted { .. }, NoticeState::Attempting { extent, code, .. }) => {
            shipment.notice = NoticeState::Sent { at: now, extent: *extent, code: code.clone() };
            told(open, shipment);
        }
        (Event::NoticeVanished { .. }, NoticeState::Attempting { .. }) if shipment.voided => {
            // The label is void and nobody was told of it: as if it had never been.
            shipment.notice = NoticeState::NotWanted;
            clear(open, &[ExceptionKind::VoidedAfterNotice], Some(id));
        }
        (Event::NoticeVanished { .. }, NoticeState::Attempting { .. }) => {
            shipment.notice = if taken_over { NoticeState::Parked } else { NoticeState::Wanted };
        }
        (Event::NoticeParked { kind, reason, .. }, NoticeState::Wanted | NoticeState::Attempting { .. }) => {
            shipment.notice = NoticeState::Parked;
            raise(open, *kind, Some(id), (*reason).clone(), ship_by, now);
        }
        (Event::NoticeBlocked { kind, reason, .. }, NoticeState::Wanted | NoticeState::Attempting { .. })
            if !open.iter().any(|e| e.kind == *kind && e.shipment.as_ref() == Some(id)) =>
        {
            raise(open, *kind, Some(id), (*reason).clone(), ship_by, now);
        }
        (
            Event::NoticeConfirmed { .. },
            NoticeState::Sent { extent, code, .. } | NoticeState::Attempting { extent, code, .. },
        ) => {
            shipment.notice = NoticeState::Confirmed { at: now, extent: *extent, code: code.clone() };
            told(open, shipment);
        }
        (Event::NoticeNotShown { .. }, NoticeState::Sent { .. })
            if !open.iter().any(|e| e.kind == ExceptionKind::NotConfirmed && e.shipment.as_ref() == Some(id)) =>
        {
            raise(open, ExceptionKind::NotConfirmed, Some(id), Finding::NotShown, ship_by, now);
        }
        // Anything else is late or repeated: it has been settled otherwise meanwhile.
        _ => {}
    }
}

/// The marketplace has it. What it stood there for is corrected.
fn told(open: &mut Vec<Exception>, shipment: &ShipmentState) {
    clear(open, NOTICE_KINDS, Some(&shipment.id));
    if let Some(replaced) = &shipment.replaces {
        clear(open, &[ExceptionKind::VoidedAfterNotice, ExceptionKind::ChangedAfterNotice], Some(&replaced.shipment));
    }
}
