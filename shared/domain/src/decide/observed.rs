//! What a reading of the order changes.

use super::{Setting, byhand};
use crate::{
    ExceptionKind, Order, OrderState, Standing,
    exception::{Exception, Finding, clear, deadline, is_open, raise, raise_until},
    pacific,
    state::ShipmentState,
    status::{self, OrderStatus},
    warehouse::{NotShippable, WarehouseOrder},
};
use jiff::Timestamp;

pub(super) fn observe(state: &mut OrderState, order: &Order, with: Setting<'_>, now: Timestamp) {
    // An older reading that arrives late. In the hour that happens twice a time says nothing about which is older.
    if state.facts.is_some() && order.modified_at < state.modified_at && !pacific::is_doubled(order.modified_at) {
        return;
    }
    let reading = status::read(with.marketplace, &order.standing, &with.settings.status_map);
    // A tombstone: what was cancelled isn't raised by a reading that isn't newer, whatever the hour.
    let cancelled = state.status == OrderStatus::Cancelled && reading.status != OrderStatus::Cancelled;
    if state.facts.is_some() && cancelled && order.modified_at <= state.modified_at {
        return;
    }
    state.status = byhand::under(state.held, reading.status);
    state.country = order.ship_to.as_ref().map(|to| to.country).or(state.country);
    state.word.clone_from(&order.standing.status);
    let facts = Some(order.facts_digest().short());
    let changed = state.facts.is_some() && state.facts != facts;
    state.facts = facts;
    state.modified_at = order.modified_at;
    state.placed_at = order.placed_at;
    state.paid_at = order.paid_at;
    state.ship_by = order.ship_by;
    clear(&mut state.exceptions, &[ExceptionKind::Undecodable], None);
    hasten(state, now);
    let mut holds = |wanted: bool, kind, finding: Finding| {
        if !wanted {
            clear(&mut state.exceptions, &[kind], None);
        } else if !state.exceptions.iter().any(|e| e.kind == kind && e.shipment.is_none()) {
            raise(&mut state.exceptions, kind, None, finding, order.ship_by, now);
        }
    };
    holds(!reading.known, ExceptionKind::UnknownStatus, Finding::Status { word: order.standing.status.clone() });
    let built = WarehouseOrder::of(order, with.reference, state.status, with.settings);
    // What once was offered to ShipStation is kept up there: a cancellation has to reach it whatever is taken.
    let offered = state.export.wanted.is_some() || state.export.sent.is_some();
    // One that was cancelled before it could be offered is nothing to pack.
    let alive = reading.status != OrderStatus::Cancelled;
    let taken = offered || (alive && with.settings.takes(reading.status, order.placed_at));
    let ended = matches!(reading.status, OrderStatus::Shipped | OrderStatus::Cancelled);
    let no_address = matches!(built, Err(NotShippable::NoShipTo)) && taken && (!ended || offered);
    let problem = order.ship_to_problem.clone().map_or(Finding::NoAddress, |why| Finding::BadAddress { why });
    holds(no_address, ExceptionKind::NoShipTo, problem);
    want_export(state, built.ok().filter(|_| taken).as_ref(), changed, with, now);
    weigh(state, &order.standing, with, now);
}

/// The standing alone, read at the gate. What ShipStation is to have waits for the whole order.
pub(super) fn stand(state: &mut OrderState, standing: &Standing, with: Setting<'_>, now: Timestamp) {
    let reading = status::read(with.marketplace, standing, &with.settings.status_map);
    state.status = byhand::under(state.held, reading.status);
    state.word.clone_from(&standing.status);
    weigh(state, standing, with, now);
}

/// What ShipStation is to have. It locks shipped orders, so what changes after a shipment is a person's matter;
/// that the marketplace now calls the order shipped is no change at all. A rest that is still to be packed is held and let
/// go as the whole order would be.
fn want_export(
    state: &mut OrderState,
    built: Option<&WarehouseOrder>,
    changed: bool,
    with: Setting<'_>,
    now: Timestamp,
) {
    let Some(order) = built else {
        // An order that already is in ShipStation and is no longer taken stays as it is there.
        if state.export.sent.is_none() {
            state.export.wanted = None;
        }
        return;
    };
    if !state.shipments.iter().any(|s| !s.voided) {
        // "Shipped" would lock an order whose only label was voided, before there is a new one.
        if state.shipments.is_empty() || state.status != OrderStatus::Shipped {
            state.export.want(order);
            state.export.packs(order.parcel_digest().short());
            clear(&mut state.exceptions, &[ExceptionKind::ChangedAfterLabel], None);
        } else if changed {
            // It can't be given, and the next label will show what was before: no parcel is the right one.
            state.export.parcel = Some(String::new());
            changed_after_label(state, Finding::ChangedAfterFirstLabel, with, now);
        }
        return;
    }
    let parcel = order.parcel_digest().short();
    let packed = state.export.parcel.get_or_insert_with(|| parcel.clone()) == &parcel;
    if packed {
        if !is_packing_in_doubt(state) {
            clear(&mut state.exceptions, &[ExceptionKind::ChangedAfterLabel], None);
        }
        if state.rest_is_held_otherwise() {
            state.export.want(order);
        }
    } else {
        changed_after_label(state, Finding::ChangedAfterLabel, with, now);
    }
}

/// The first label: what it was made for is kept, so that a later change of it is seen.
pub(super) fn label(state: &mut OrderState, order: &Order, with: Setting<'_>, now: Timestamp) {
    let Ok(built) = WarehouseOrder::of(order, with.reference, state.status, with.settings) else { return };
    let export = &mut state.export;
    export.parcel.get_or_insert_with(|| built.parcel_digest().short());
    if export.repacked && export.sent.is_some() && export.wanted.is_some() && export.wanted != export.sent {
        changed_after_label(state, Finding::ChangedWhileLabelled, with, now);
    }
}

/// Which of two parcels the label was made for: no reading of the order tells, only a person or a void.
fn is_packing_in_doubt(state: &OrderState) -> bool {
    let asks =
        |e: &Exception| e.kind == ExceptionKind::ChangedAfterLabel && e.finding() == Finding::ChangedWhileLabelled;
    state.exceptions.iter().any(asks)
}

fn changed_after_label(state: &mut OrderState, what: Finding, with: Setting<'_>, now: Timestamp) {
    let kind = ExceptionKind::ChangedAfterLabel;
    if !is_open(&state.exceptions, kind, None) {
        let deadline = void_deadline(state, with, now);
        raise_until(&mut state.exceptions, kind, None, what, deadline, now);
    }
}

/// What is left to people, by the connection's choices or because only they can answer.
fn ask_people(state: &mut OrderState, asks_to_cancel: bool, with: Setting<'_>, now: Timestamp) {
    let labelled = state.shipments.iter().any(|s| !s.voided);
    let there = state.export.sent.is_some() && !labelled;
    let left = |status| there && state.status == status && with.settings.status_there(status) != status;
    let cases = [
        (ExceptionKind::CancelRequested, asks_to_cancel, Finding::AsksToCancel),
        (ExceptionKind::CancelledElsewhere, left(OrderStatus::Cancelled), Finding::CancelledThere),
        (ExceptionKind::ShippedElsewhere, left(OrderStatus::Shipped), Finding::ShippedThere),
    ];
    for (kind, wanted, what) in cases {
        if !wanted {
            clear(&mut state.exceptions, &[kind], None);
        } else if !is_open(&state.exceptions, kind, None) {
            if labelled {
                let deadline = void_deadline(state, with, now);
                raise_until(&mut state.exceptions, kind, None, what, deadline, now);
            } else {
                raise(&mut state.exceptions, kind, None, what, state.ship_by, now);
            }
        }
    }
}

/// The marketplace's own time became known, or nearer, after they had been found: no deadline is later than that, but for
/// those that are the void window.
fn hasten(state: &mut OrderState, now: Timestamp) {
    if state.ship_by.is_none() {
        return;
    }
    let labelled = state.shipments.iter().any(|s| !s.voided);
    let until_voided = |kind| match kind {
        ExceptionKind::CancelledAfterLabel | ExceptionKind::ChangedAfterLabel => true,
        ExceptionKind::CancelRequested => labelled,
        _ => false,
    };
    for known in state.exceptions.iter_mut().filter(|e| !until_voided(e.kind)) {
        known.deadline = known.deadline.min(deadline(known.kind, state.ship_by, now));
    }
}

/// Until when the newest label can be taken back: so long after it was made. When that is past, it is due now.
///
/// States of before that time was kept have the proof's, which follows within minutes.
fn void_deadline(state: &OrderState, with: Setting<'_>, now: Timestamp) -> Timestamp {
    let made = |s: &ShipmentState| s.made_at.or_else(|| s.proof.as_ref().map(|p| p.stored_at));
    let newest = state.shipments.iter().filter(|s| !s.voided).filter_map(made).max();
    (newest.unwrap_or(now) + with.settings.void_window()).max(now)
}

/// A label was voided: ShipStation is to have the order again as the marketplace has it.
pub(super) fn want_again(state: &mut OrderState, order: &Order, with: Setting<'_>, now: Timestamp) {
    // The facts are kept without what moves with the status; the state has the newest.
    let order = Order { ship_by: state.ship_by, ..order.clone() };
    if let Ok(built) = WarehouseOrder::of(&order, with.reference, state.status, with.settings)
        && state.export.wanted.is_some()
    {
        want_export(state, Some(&built), false, with, now);
    }
}

/// What the marketplace's standing says about labels that there are already.
fn weigh(state: &mut OrderState, standing: &Standing, with: Setting<'_>, now: Timestamp) {
    let asks = status::asks_to_cancel(with.marketplace, standing);
    ask_people(state, asks, with, now);
    let (cancelled, held) = (ExceptionKind::CancelledAfterLabel, ExceptionKind::ChangedAfterShipment);
    let labelled = state.shipments.iter().any(|s| !s.voided);
    if state.status == OrderStatus::Cancelled {
        // Nothing is left to correct.
        state.exceptions.retain(|e| e.kind != ExceptionKind::VoidedAfterNotice);
    }
    if labelled && state.status == OrderStatus::Cancelled {
        clear(&mut state.exceptions, &[held], None);
        cancelled_after_label(state, with, now);
    } else {
        clear(&mut state.exceptions, &[cancelled], None);
    }
    if labelled && state.status == OrderStatus::OnHold && !asks {
        if !is_open(&state.exceptions, held, None) {
            let what = if state.held {
                Finding::LabelledWhileHeld
            } else {
                Finding::SaidAfterShipment { word: state.word.clone() }
            };
            raise(&mut state.exceptions, held, None, what, state.ship_by, now);
        }
    } else {
        clear(&mut state.exceptions, &[held], None);
    }
}

/// The deadline is the void window: until then the label can still be taken back.
pub(super) fn cancelled_after_label(state: &mut OrderState, with: Setting<'_>, now: Timestamp) {
    let kind = ExceptionKind::CancelledAfterLabel;
    if is_open(&state.exceptions, kind, None) {
        return;
    }
    let deadline = void_deadline(state, with, now);
    let what = Finding::CancelledWithLabel { word: state.word.clone() };
    raise_until(&mut state.exceptions, kind, None, what, deadline, now);
}
