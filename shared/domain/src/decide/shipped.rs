//! What a shipment and its proof change.

use super::Setting;
use crate::{
    Digest, ExceptionKind, MarketplaceKind, Order, OrderRef, OrderState, Shipment, ShipmentId,
    exception::{Finding, clear, is_open, raise},
    shipment::{overshipped, remaining, strange_lines},
    state::{NoticeState, Proof, ShipmentState, Told},
    status::OrderStatus,
};
use jiff::Timestamp;

/// A shipment as it was seen, with what is known beside it.
pub(super) struct Seen<'a> {
    pub(super) shipment: &'a Shipment,
    pub(super) before: Option<&'a Shipment>,
    pub(super) order: Option<&'a Order>,
    pub(super) others: &'a [Shipment],
    pub(super) merged: &'a [OrderRef],
}

/// What no longer matters once a label is void.
const MOOT_WHEN_VOIDED: &[ExceptionKind] = &[
    ExceptionKind::CarrierUnmapped,
    ExceptionKind::TrackingRefused,
    ExceptionKind::NoticeRefused,
    ExceptionKind::ProofRefused,
    ExceptionKind::NotConfirmed,
    ExceptionKind::ShipmentUnattributed,
    ExceptionKind::Overshipped,
    ExceptionKind::SecondShipment,
    ExceptionKind::SharedNumber,
    ExceptionKind::ChangedAfterNotice,
];

/// What a changed label may have put right. A hold is about goods or orders, and a doubt about what was told before.
const MOOT_WHEN_CHANGED: &[ExceptionKind] = &[
    ExceptionKind::CarrierUnmapped,
    ExceptionKind::TrackingRefused,
    ExceptionKind::NoticeRefused,
    ExceptionKind::ProofRefused,
    ExceptionKind::NotConfirmed,
    ExceptionKind::ChangedAfterNotice,
];

pub(super) fn ship(state: &mut OrderState, seen: Seen<'_>, with: Setting<'_>, now: Timestamp) {
    let facts = seen.shipment.digest().short();
    let place = state.shipments.iter().position(|s| s.id == seen.shipment.id);
    match place {
        None => arrive(state, &seen, facts, with, now),
        Some(index) if state.shipments[index].facts == facts => return,
        Some(index) if seen.shipment.voided => void(state, index, facts, now),
        Some(index) => revise(state, index, &seen, facts, now),
    }
    if let Some(order) = seen.order {
        let all = || seen.others.iter().chain([seen.shipment]);
        state.export.rest = leaves_a_rest(state, &seen, order);
        if place.is_some() && seen.shipment.voided {
            super::observed::want_again(state, order, with, now);
        }
        release(state, order, all(), with);
    }
}

/// Did labels take a part of the very order that we gave ShipStation? What people split or merged there is packed by other
/// orders of it: giving ours again would put back what those took.
fn leaves_a_rest(state: &OrderState, seen: &Seen<'_>, order: &Order) -> bool {
    let mut live = seen.others.iter().chain([seen.shipment]).filter(|s| !s.voided).peekable();
    let as_given = seen.merged.is_empty() && state.export.merged.is_empty();
    let ours = |shipment: &Shipment| state.export.warehouse_order == Some(shipment.warehouse_order);
    as_given
        && live.peek().is_some()
        && live.all(ours)
        && remaining(order, seen.others.iter().chain([seen.shipment])).values().any(|left| !left.is_zero())
}

fn arrive(state: &mut OrderState, seen: &Seen<'_>, facts: String, with: Setting<'_>, now: Timestamp) {
    let Seen { shipment, order, others, .. } = *seen;
    let subject = Some(&shipment.id);
    let wanted = with.settings.notify_marketplace && !shipment.voided;
    let mut recorded = ShipmentState {
        id: shipment.id.clone(),
        facts,
        voided: shipment.voided,
        proof: None,
        notice: if wanted { NoticeState::Wanted } else { NoticeState::NotWanted },
        replaces: None,
        revision: 0,
        merged: seen.merged.to_vec(),
        made_at: Some(shipment.created_at),
    };
    let another = state.shipments.iter().any(counts_as_told);
    if shipment.voided {
        state.shipments.push(recorded);
        return;
    }
    let mut holds = |kind, what: Finding| {
        raise(&mut state.exceptions, kind, subject, what, state.ship_by, now);
        if recorded.notice == NoticeState::Wanted {
            recorded.notice = NoticeState::Parked;
        }
    };
    if let Some(what) = order.filter(|_| seen.merged.is_empty()).and_then(|o| strangers(o, shipment)) {
        // Merged with another order, most likely: which tracking number closes which order is not guessed.
        holds(ExceptionKind::ShipmentUnattributed, what);
    }
    if let Some(what) = order.and_then(|o| too_much(o, others.iter().chain([shipment]))) {
        // Most often a label that was bought before the old one was voided: then it is released.
        holds(ExceptionKind::Overshipped, what);
    }
    if another && tells_once(with) {
        holds(ExceptionKind::SecondShipment, Finding::Another);
    }
    let is_parent = state.export.warehouse_order == Some(shipment.warehouse_order);
    if !seen.merged.is_empty() && !is_parent && !with.marketplace.takes_one_number_for_several_orders() {
        holds(ExceptionKind::SharedNumber, Finding::Shared { number: shipment.tracking_number.clone() });
    }
    state.shipments.push(recorded);
    if let Some(order) = order {
        super::observed::label(state, order, with, now);
    }
    if state.status == OrderStatus::Cancelled {
        super::observed::cancelled_after_label(state, with, now);
    } else if state.held && !is_open(&state.exceptions, ExceptionKind::ChangedAfterShipment, None) {
        // It was packed all the same: its notice waits, which needs a deadline.
        let (kind, what) = (ExceptionKind::ChangedAfterShipment, Finding::LabelledWhileHeld);
        raise(&mut state.exceptions, kind, None, what, state.ship_by, now);
    }
}

fn void(state: &mut OrderState, index: usize, facts: String, now: Timestamp) {
    let known = &mut state.shipments[index];
    // The number on it is the same: what the marketplace shows can still be told from these facts.
    (known.voided, known.facts) = (true, facts);
    let subject = Some(known.id.clone());
    clear(&mut state.exceptions, MOOT_WHEN_VOIDED, subject.as_ref());
    if known.notice.may_have_been_told() && state.status != OrderStatus::Cancelled {
        let what = Finding::VoidedAfterTold;
        raise(&mut state.exceptions, ExceptionKind::VoidedAfterNotice, subject.as_ref(), what, state.ship_by, now);
    }
    if !state.shipments.iter().any(|s| !s.voided) {
        let moot = [ExceptionKind::ChangedAfterShipment, ExceptionKind::CancelledAfterLabel];
        clear(&mut state.exceptions, &moot, None);
        let changed = ExceptionKind::ChangedAfterLabel;
        if state.status != OrderStatus::Shipped {
            clear(&mut state.exceptions, &[changed], None);
        } else if is_open(&state.exceptions, changed, None) {
            // What the marketplace calls shipped isn't given again: the next label will show what was before, too.
            state.export.parcel = Some(String::new());
        }
    }
}

/// It was changed in place. What the marketplace was told, or a proof shows, is a revision of its own.
fn revise(state: &mut OrderState, index: usize, seen: &Seen<'_>, facts: String, now: Timestamp) {
    let taken_over = state.is_taken_over(&seen.shipment.id);
    let known = &mut state.shipments[index];
    if matches!(known.notice, NoticeState::Attempting { .. }) {
        return; // First it has to be known what the marketplace shows; the next sweep sees the change again.
    }
    (known.voided, known.facts) = (seen.shipment.voided, facts);
    known.made_at.get_or_insert(seen.shipment.created_at);
    let told = known.notice.told().map(|(extent, code)| (extent, code.to_owned()));
    if (known.proof.is_none() && told.is_none()) || seen.before.is_some_and(|b| !seen.shipment.tells_other_than(b)) {
        return;
    }
    let subject = Some(known.id.clone());
    match (told, seen.before) {
        (Some((extent, code)), Some(before)) => {
            let number = before.tracking_number.trim().to_owned();
            known.replaces = Some(Told { shipment: known.id.clone(), number, code, extent });
        }
        (Some(_), None) => {
            // What it said before is gone, so there is nothing that a correction could name.
            let what = Finding::ChangedAfterTold;
            let kind = ExceptionKind::ChangedAfterNotice;
            return raise(&mut state.exceptions, kind, subject.as_ref(), what, state.ship_by, now);
        }
        (None, _) => {}
    }
    (known.proof, known.revision) = (None, known.revision + 1);
    let in_doubt = is_open(&state.exceptions, ExceptionKind::NoticeAmbiguous, subject.as_ref());
    if known.notice == NoticeState::Parked && (taken_over || in_doubt) {
        // The old number may have been told, by hand or by us: what the new one needs isn't guessed.
        clear(&mut state.exceptions, &[ExceptionKind::ProofRefused], subject.as_ref());
        let what = Finding::ChangedAfterLeft;
        let kind = ExceptionKind::ChangedAfterNotice;
        return raise(&mut state.exceptions, kind, subject.as_ref(), what, state.ship_by, now);
    }
    clear(&mut state.exceptions, MOOT_WHEN_CHANGED, subject.as_ref());
    let held = state.exceptions.iter().any(|e| e.shipment == subject && e.kind.keeps_a_notice());
    if !held && known.notice != NoticeState::NotWanted {
        known.notice = NoticeState::Wanted;
    }
}

fn tells_once(with: Setting<'_>) -> bool {
    with.marketplace == MarketplaceKind::Alibaba && !with.settings.batches
}

fn counts_as_told(shipment: &ShipmentState) -> bool {
    !shipment.voided && !matches!(shipment.notice, NoticeState::NotWanted | NoticeState::Parked)
}

/// Holds end when what they were for is gone.
fn release<'s>(state: &mut OrderState, order: &Order, all: impl Iterator<Item = &'s Shipment>, with: Setting<'_>) {
    let (too_many, second) = (ExceptionKind::Overshipped, ExceptionKind::SecondShipment);
    let of_these = state.exceptions.iter().filter(|e| e.kind == too_many || e.kind == second);
    let were_held: Vec<ShipmentId> = of_these.filter_map(|e| e.shipment.clone()).collect();
    if too_much(order, all).is_none() {
        state.exceptions.retain(|e| e.kind != too_many);
    }
    if !state.shipments.iter().any(counts_as_told)
        && let Some(first) = state.exceptions.iter().position(|e| e.kind == second)
    {
        state.exceptions.remove(first);
    }
    let stays = |id: &ShipmentId| {
        state.exceptions.iter().any(|e| e.shipment.as_ref() == Some(id)) || state.notice_was_resolved(id)
    };
    let free: Vec<ShipmentId> = were_held.into_iter().filter(|id| !stays(id)).collect();
    for shipment in state.shipments.iter_mut().filter(|s| s.notice == NoticeState::Parked && !s.voided) {
        if free.contains(&shipment.id) && with.settings.notify_marketplace {
            shipment.notice = NoticeState::Wanted;
        }
    }
}

fn too_much<'s>(order: &Order, all: impl Iterator<Item = &'s Shipment>) -> Option<Finding> {
    let lines: Vec<_> = overshipped(order, all).iter().map(ToString::to_string).collect();
    (!lines.is_empty()).then(|| Finding::TooMuch { lines: lines.join(", ") })
}

/// Lines in the shipment that the order doesn't have.
fn strangers(order: &Order, shipment: &Shipment) -> Option<Finding> {
    let strange: Vec<String> = strange_lines(order, shipment).iter().map(ToString::to_string).collect();
    (!strange.is_empty()).then(|| Finding::OtherLines { lines: strange.join(", ") })
}

pub(super) fn prove(
    state: &mut OrderState,
    id: &ShipmentId,
    digest: Digest,
    reference: Option<String>,
    now: Timestamp,
) {
    let Some(shipment) = state.shipments.iter_mut().find(|s| s.id == *id) else { return };
    match &mut shipment.proof {
        // The first proof stays; only the marketplace's reference may come later.
        Some(proof) => proof.reference = proof.reference.take().or(reference),
        none => *none = Some(Proof { digest, stored_at: now, reference }),
    }
    clear(&mut state.exceptions, &[ExceptionKind::ProofRefused], Some(id));
}
