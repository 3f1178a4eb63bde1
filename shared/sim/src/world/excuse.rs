//! What an open exception explains: an exception excuses only what it is about, and only while it says until when a
//! person has to act.

use tallyman_domain::{ExceptionKind as Kind, OrderState, ShipmentId, state::NoticeState};

/// Paid, and not in the warehouse.
pub(crate) const NOT_THERE: &[Kind] = &[Kind::NoShipTo, Kind::Undecodable, Kind::UnknownStatus, Kind::ExportRefused];
/// In the warehouse with an old address or old goods: its label was bought before, or the warehouse had locked it.
pub(crate) const OLD_THERE: &[Kind] =
    &[Kind::ChangedAfterLabel, Kind::CancelledAfterLabel, Kind::ExportRefused, Kind::NoShipTo];
/// It left though the marketplace had stopped it.
pub(crate) const LEFT: &[Kind] = &[Kind::CancelledAfterLabel, Kind::ChangedAfterShipment, Kind::CancelRequested];
/// The warehouse shows another status than the marketplace.
pub(crate) const STATUS_THERE: &[Kind] = &[Kind::ExportRefused, Kind::CancelledAfterLabel, Kind::NoShipTo];
/// A shipment wasn't told.
pub(crate) const NOT_TOLD: &[Kind] = &[
    Kind::CarrierUnmapped,
    Kind::TrackingRefused,
    Kind::NoticeRefused,
    Kind::ProofRefused,
    Kind::NoticeAmbiguous,
    Kind::ShipmentUnattributed,
    Kind::Overshipped,
    Kind::SecondShipment,
    Kind::SharedNumber,
    // Of the whole order: nothing is told of what is stopped.
    Kind::CancelledAfterLabel,
    Kind::ChangedAfterShipment,
    Kind::CancelRequested,
];
/// A merged order wasn't told of the parcel.
pub(crate) const MERGED_NOT_TOLD: &[Kind] = &[Kind::SharedNumber, Kind::ShipmentUnattributed];
/// Told, and the label is void.
pub(crate) const TOLD_AND_VOID: &[Kind] = &[Kind::VoidedAfterNotice];
/// Told, and not confirmed.
pub(crate) const NOT_CONFIRMED: &[Kind] = &[Kind::NotConfirmed, Kind::NoticeAmbiguous, Kind::NoticeRefused];

/// Does an open exception of one of these kinds explain it? Of a shipment, one about another shipment doesn't; nor does
/// one that gives nobody time to act.
pub(crate) fn explains(state: Option<&OrderState>, kinds: &[Kind], shipment: Option<&ShipmentId>) -> bool {
    state.iter().flat_map(|s| &s.exceptions).any(|e| {
        let about_it = e.shipment.is_none() || e.shipment.as_ref() == shipment;
        kinds.contains(&e.kind) && about_it && e.deadline > e.since
    })
}

/// Notices of one order go out one after the other: does it wait behind one that an exception keeps?
pub(crate) fn waits_behind(state: Option<&OrderState>, shipment: &ShipmentId) -> bool {
    let all = state.map_or(&[][..], |s| &s.shipments);
    let before = all.iter().take_while(|s| s.id != *shipment);
    let kept = |n: &NoticeState| matches!(n, NoticeState::Wanted | NoticeState::Attempting { .. });
    before.filter(|s| kept(&s.notice)).any(|s| explains(state, NOT_TOLD, Some(&s.id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use jiff::SignedDuration;
    use tallyman_domain::{Event, MarketplaceKind, decide, exception::raise_until};

    fn state() -> OrderState {
        let order = samples::order(MarketplaceKind::AliExpress, 1);
        let (reference, connection) = (samples::reference(1), samples::connection(MarketplaceKind::AliExpress));
        let with = connection.setting(&reference);
        decide(None, &Event::OrderObserved(&order), with, order.placed_at).unwrap()
    }

    fn with(kind: Kind, shipment: Option<&ShipmentId>, time: SignedDuration) -> OrderState {
        let mut state = state();
        let now = state.first_seen_at;
        raise_until(&mut state.exceptions, kind, shipment, "", now + time, now);
        state
    }

    #[test]
    fn an_exception_explains_only_what_it_is_about_and_only_while_it_gives_time() {
        let [one, two] = ["s1", "s2"].map(|id| ShipmentId::parse(id).unwrap());
        let day = SignedDuration::from_hours(24);
        let unmapped = with(Kind::CarrierUnmapped, Some(&one), day);
        assert!(explains(Some(&unmapped), NOT_TOLD, Some(&one)));
        assert!(!explains(Some(&unmapped), NOT_TOLD, Some(&two)), "another shipment's");
        assert!(!explains(Some(&unmapped), NOT_THERE, None), "another matter");
        assert!(explains(Some(&with(Kind::CancelledAfterLabel, None, day)), NOT_TOLD, Some(&two)), "the whole order's");
        let timeless = with(Kind::CarrierUnmapped, Some(&one), SignedDuration::ZERO);
        assert!(!explains(Some(&timeless), NOT_TOLD, Some(&one)), "nobody has time for it");
        assert!(!explains(None, NOT_TOLD, Some(&one)));
    }
}
