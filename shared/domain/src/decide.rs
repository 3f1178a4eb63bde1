//! `decide`: an event and the state before it give the state after it. Nothing else changes a state.

use crate::{
    AccountId, Digest, ExceptionKind, LineId, MarketplaceKind, Order, OrderRef, OrderState, Settings, Shipment,
    ShipmentId, Standing,
    exception::{clear, raise},
    notice::Extent,
    pacific,
    shipment::overshipped,
    state::{Export, NoticeState, Proof, ShipmentState},
    status::{self, OrderStatus},
    warehouse::{NotShippable, WarehouseOrder},
};
use jiff::Timestamp;

/// Something that was observed or done.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The order was read whole.
    OrderObserved(&'a Order),
    /// The order is there but couldn't be read.
    OrderUnreadable {
        /// Its status, if the list told.
        standing: Standing,
        /// When it changed, if the list told.
        modified_at: Timestamp,
        /// Path and reason.
        what: &'a str,
    },
    /// ShipStation has it.
    Exported {
        /// What the state wanted when it was sent: the settings may have changed since, and then it is wanted anew.
        sent: &'a str,
        /// ShipStation's id.
        warehouse_order: i64,
    },
    /// ShipStation refused it.
    ExportRefused {
        /// What the state wanted when it was sent.
        sent: &'a str,
        /// ShipStation's reason.
        reason: &'a str,
    },
    /// A shipment was seen; `others` are the order's other shipments.
    ShipmentObserved {
        /// The shipment.
        shipment: &'a Shipment,
        /// The order, if it can be read.
        order: Option<&'a Order>,
        /// The order's other shipments.
        others: &'a [Shipment],
    },
    /// The proof is kept and, with a reference, accepted by the marketplace.
    ProofStored {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// SHA-256 of the image.
        digest: Digest,
        /// The marketplace's path.
        reference: Option<String>,
    },
    /// The marketplace refused the proof.
    ProofRefused {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// Its words.
        reason: &'a str,
    },
    /// A notice is about to be sent.
    NoticeAttempted {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// What it says.
        extent: Extent,
        /// With which service code.
        code: &'a str,
        /// Until when nobody else may act.
        lease_until: Timestamp,
    },
    /// It was accepted, or reading back after an ambiguous call showed that it had been.
    NoticeAccepted {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
    /// It surely took no effect: send again.
    NoticeVanished {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
    /// It was refused, or must not be sent.
    NoticeParked {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// Why.
        kind: ExceptionKind,
        /// In whose words.
        reason: &'a str,
    },
    /// It can't be sent until the settings change; it stays wanted.
    NoticeBlocked {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// Why.
        kind: ExceptionKind,
        /// In whose words.
        reason: &'a str,
    },
    /// The marketplace shows it.
    NoticeConfirmed {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
    /// The marketplace still doesn't show it.
    NoticeNotShown {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
}

/// What a decision is made with besides the event.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Which order.
    pub reference: &'a OrderRef,
    /// Which marketplace.
    pub marketplace: MarketplaceKind,
    /// Which ShipStation account.
    pub account: &'a AccountId,
    /// The connection's choices.
    pub settings: &'a Settings,
}

/// The state after an event; `None` when nothing changed and nothing need be written.
#[must_use]
pub fn decide(before: Option<&OrderState>, event: &Event<'_>, with: Setting<'_>, now: Timestamp) -> Option<OrderState> {
    let mut after = match (before, event) {
        (Some(state), _) => state.clone(),
        (None, Event::OrderObserved(order)) => first_seen(with, order.placed_at, order.modified_at, now),
        (None, Event::OrderUnreadable { modified_at, .. }) => first_seen(with, *modified_at, *modified_at, now),
        // Everything else is about an order we know.
        (None, _) => return None,
    };
    apply(&mut after, event, with, now);
    if before.is_some_and(|b| *b == after) {
        return None;
    }
    after.changed_at = now;
    after.version = before.map_or(1, |b| b.version + 1);
    Some(after)
}

fn first_seen(with: Setting<'_>, placed_at: Timestamp, modified_at: Timestamp, now: Timestamp) -> OrderState {
    OrderState {
        version: 0,
        marketplace: with.marketplace,
        account: with.account.clone(),
        status: OrderStatus::OnHold,
        word: String::new(),
        facts: None,
        modified_at,
        placed_at,
        paid_at: None,
        ship_by: None,
        first_seen_at: now,
        changed_at: now,
        export: Export::default(),
        shipments: Vec::new(),
        exceptions: Vec::new(),
    }
}

fn apply(state: &mut OrderState, event: &Event<'_>, with: Setting<'_>, now: Timestamp) {
    match event {
        Event::OrderObserved(order) => observe(state, order, with, now),
        Event::OrderUnreadable { standing, modified_at, what } => {
            if state.facts.is_none() {
                // Held, not dropped: what the list told is all there is.
                state.word.clone_from(&standing.status);
                state.modified_at = *modified_at;
            }
            if !state.exceptions.iter().any(|e| e.kind == ExceptionKind::Undecodable && e.detail == *what) {
                raise(&mut state.exceptions, ExceptionKind::Undecodable, None, what, state.ship_by, now);
            }
        }
        Event::Exported { sent, warehouse_order } => {
            state.export.sent = Some((*sent).to_owned());
            state.export.refused = None;
            state.export.warehouse_order = Some(*warehouse_order);
            state.export.arrived_at.get_or_insert(now);
            clear(&mut state.exceptions, &[ExceptionKind::ExportRefused], None);
        }
        Event::ExportRefused { sent, reason } => {
            state.export.refused = Some((*sent).to_owned());
            raise(&mut state.exceptions, ExceptionKind::ExportRefused, None, reason, state.ship_by, now);
        }
        Event::ShipmentObserved { shipment, order, others } => ship(state, shipment, *order, others, with, now),
        Event::ProofStored { shipment, digest, reference } => prove(state, shipment, *digest, reference.clone(), now),
        Event::ProofRefused { shipment, reason } => {
            raise(&mut state.exceptions, ExceptionKind::ProofRefused, Some(shipment), reason, state.ship_by, now);
        }
        _ => notice(state, event, now),
    }
}

fn observe(state: &mut OrderState, order: &Order, with: Setting<'_>, now: Timestamp) {
    // An older reading that arrives late. In the hour that happens twice a time says nothing about which is older.
    if state.facts.is_some() && order.modified_at < state.modified_at && !pacific::is_doubled(order.modified_at) {
        return;
    }
    let reading = status::read(with.marketplace, &order.standing, &with.settings.status_map);
    state.status = reading.status;
    state.word.clone_from(&order.standing.status);
    state.facts = Some(order.facts_digest().short());
    state.modified_at = order.modified_at;
    state.placed_at = order.placed_at;
    state.paid_at = order.paid_at;
    state.ship_by = order.ship_by;
    clear(&mut state.exceptions, &[ExceptionKind::Undecodable], None);
    let mut holds = |wanted: bool, kind, detail: &str| {
        if !wanted {
            clear(&mut state.exceptions, &[kind], None);
        } else if !state.exceptions.iter().any(|e| e.kind == kind && e.shipment.is_none()) {
            raise(&mut state.exceptions, kind, None, detail, order.ship_by, now);
        }
    };
    holds(!reading.known, ExceptionKind::UnknownStatus, &format!("status {:?}", order.standing.status));
    let built = WarehouseOrder::of(order, with.reference, reading.status, with.settings);
    // What once was offered to ShipStation is kept up there: a cancellation has to reach it whatever is taken.
    let offered = state.export.wanted.is_some() || state.export.sent.is_some();
    let taken = offered || with.settings.takes(reading.status, order.placed_at);
    let ended = matches!(reading.status, OrderStatus::Shipped | OrderStatus::Cancelled);
    let no_address = matches!(built, Err(NotShippable::NoShipTo)) && taken && (!ended || offered);
    holds(
        no_address,
        ExceptionKind::NoShipTo,
        order.ship_to_problem.as_deref().unwrap_or("the marketplace gives no address"),
    );
    want_export(state, built.ok().filter(|_| taken).as_ref(), now);
}

/// What ShipStation is to have. It locks shipped orders, so what changes after a shipment is a person's matter;
/// that the marketplace now calls the order shipped is no change at all.
fn want_export(state: &mut OrderState, built: Option<&WarehouseOrder>, now: Timestamp) {
    let Some(order) = built else {
        // An order that already is in ShipStation and is no longer taken stays as it is there.
        if state.export.sent.is_none() {
            state.export.wanted = None;
        }
        return;
    };
    let kind = ExceptionKind::ChangedAfterShipment;
    if !state.shipments.iter().any(|s| !s.voided) {
        // "Shipped" would lock an order whose only label was voided, before there is a new one.
        if state.shipments.is_empty() || state.status != OrderStatus::Shipped {
            state.export.wanted = Some(order.digest().short());
        }
        return;
    }
    let stopped = matches!(state.status, OrderStatus::Cancelled | OrderStatus::OnHold);
    if !stopped {
        clear(&mut state.exceptions, &[kind], None);
    } else if !state.exceptions.iter().any(|e| e.kind == kind && e.shipment.is_none()) {
        let what = format!("the marketplace says {:?} after it was shipped", state.word);
        raise(&mut state.exceptions, kind, None, &what, state.ship_by, now);
    }
}

fn ship(
    state: &mut OrderState,
    shipment: &Shipment,
    order: Option<&Order>,
    others: &[Shipment],
    with: Setting<'_>,
    now: Timestamp,
) {
    let facts = shipment.digest().short();
    let subject = Some(&shipment.id);
    let Some(index) = state.shipments.iter().position(|s| s.id == shipment.id) else {
        let wanted = with.settings.notify_marketplace && !shipment.voided;
        state.shipments.push(ShipmentState {
            id: shipment.id.clone(),
            facts,
            voided: shipment.voided,
            proof: None,
            notice: if wanted { NoticeState::Wanted } else { NoticeState::NotWanted },
        });
        if state.status == OrderStatus::Cancelled && !shipment.voided {
            let what = "shipped though the marketplace had cancelled the order";
            raise(&mut state.exceptions, ExceptionKind::ChangedAfterShipment, None, what, state.ship_by, now);
        }
        let all = others.iter().chain([shipment]);
        if let Some(what) = order.and_then(|o| strangers(o, shipment)) {
            // Merged with another order, most likely: which tracking number closes which order is not guessed.
            raise(&mut state.exceptions, ExceptionKind::ShipmentUnattributed, subject, &what, state.ship_by, now);
            if let Some(recorded) = state.shipments.last_mut().filter(|s| s.notice == NoticeState::Wanted) {
                recorded.notice = NoticeState::Parked;
            }
        }
        if let Some(lines) = order.map(|o| overshipped(o, all)).filter(|lines| !lines.is_empty()) {
            let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            let what = format!("more shipped than ordered of line {}", lines.join(", "));
            raise(&mut state.exceptions, ExceptionKind::Overshipped, subject, &what, state.ship_by, now);
        }
        return;
    };
    let known = &mut state.shipments[index];
    if known.facts == facts {
        return;
    }
    let told = known.notice.may_have_been_told();
    known.voided = shipment.voided;
    if told {
        let what = if shipment.voided {
            "voided after the marketplace was told"
        } else {
            "changed after the marketplace was told"
        };
        raise(&mut state.exceptions, ExceptionKind::ChangedAfterNotice, subject, what, state.ship_by, now);
    } else if known.proof.is_none() || shipment.voided {
        // Nobody has seen the old facts yet: the new ones simply take their place.
        known.facts = facts;
    } else {
        // The proof shows the old facts and can't be replaced: a person decides.
        known.notice = NoticeState::Parked;
        raise(
            &mut state.exceptions,
            ExceptionKind::ChangedAfterNotice,
            subject,
            "changed after its proof was stored",
            state.ship_by,
            now,
        );
    }
}

/// Lines in the shipment that the order doesn't have.
fn strangers(order: &Order, shipment: &Shipment) -> Option<String> {
    let known = |id: &LineId| order.lines.iter().any(|line| line.id == *id);
    let strange: Vec<String> = shipment
        .items
        .iter()
        .filter_map(|i| i.line.as_ref())
        .filter(|id| !known(id))
        .map(ToString::to_string)
        .collect();
    (!strange.is_empty()).then(|| format!("it also carries lines of another order: {}", strange.join(", ")))
}

fn prove(state: &mut OrderState, id: &ShipmentId, digest: Digest, reference: Option<String>, now: Timestamp) {
    let Some(shipment) = state.shipments.iter_mut().find(|s| s.id == *id) else { return };
    match &mut shipment.proof {
        // The first proof stays; only the marketplace's reference may come later.
        Some(proof) => proof.reference = proof.reference.take().or(reference),
        none => *none = Some(Proof { digest, stored_at: now, reference }),
    }
    clear(&mut state.exceptions, &[ExceptionKind::ProofRefused], Some(id));
}

const NOTICE_KINDS: &[ExceptionKind] = &[
    ExceptionKind::CarrierUnmapped,
    ExceptionKind::TrackingRefused,
    ExceptionKind::NoticeRefused,
    ExceptionKind::NoticeAmbiguous,
    ExceptionKind::NotConfirmed,
];

fn notice(state: &mut OrderState, event: &Event<'_>, now: Timestamp) {
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
    let ship_by = state.ship_by;
    let Some(shipment) = state.shipments.iter_mut().find(|s| s.id == **id) else { return };
    let open = &mut state.exceptions;
    match (event, &shipment.notice) {
        (
            Event::NoticeAttempted { extent, code, lease_until, .. },
            NoticeState::Wanted | NoticeState::Attempting { .. },
        ) => {
            let before = if let NoticeState::Attempting { tries, .. } = shipment.notice { tries } else { 0 };
            shipment.notice = NoticeState::Attempting {
                lease_until: *lease_until,
                extent: *extent,
                code: (*code).to_owned(),
                tries: before + 1,
            };
        }
        (Event::NoticeAccepted { .. }, NoticeState::Attempting { extent, code, .. }) => {
            shipment.notice = NoticeState::Sent { at: now, extent: *extent, code: code.clone() };
            clear(open, NOTICE_KINDS, Some(id));
        }
        (Event::NoticeVanished { .. }, NoticeState::Attempting { .. }) => shipment.notice = NoticeState::Wanted,
        (Event::NoticeParked { kind, reason, .. }, NoticeState::Wanted | NoticeState::Attempting { .. }) => {
            shipment.notice = NoticeState::Parked;
            raise(open, *kind, Some(id), reason, ship_by, now);
        }
        (Event::NoticeBlocked { kind, reason, .. }, NoticeState::Wanted | NoticeState::Attempting { .. })
            if !open.iter().any(|e| e.kind == *kind && e.shipment.as_ref() == Some(id)) =>
        {
            raise(open, *kind, Some(id), reason, ship_by, now);
        }
        (Event::NoticeConfirmed { .. }, NoticeState::Sent { extent, .. } | NoticeState::Attempting { extent, .. }) => {
            shipment.notice = NoticeState::Confirmed { at: now, extent: *extent };
            clear(open, NOTICE_KINDS, Some(id));
        }
        (Event::NoticeNotShown { .. }, NoticeState::Sent { .. })
            if !open.iter().any(|e| e.kind == ExceptionKind::NotConfirmed && e.shipment.as_ref() == Some(id)) =>
        {
            raise(open, ExceptionKind::NotConfirmed, Some(id), "accepted, but not shown when read back", ship_by, now);
        }
        // Anything else is late or repeated: it has been settled otherwise meanwhile.
        _ => {}
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
