//! What is a disagreement between marketplace, Tallyman and warehouse, and what may be healed without a person.
//!
//! Healed is what can be done once more without harm: waking, reading, giving ShipStation the same order again. Whatever
//! could undo what a person did on purpose is an exception.

use crate::{
    Digest, Effect, ExceptionKind, Finding, OrderState, OrderStatus, ShipmentId,
    notice::Extent,
    pending,
    state::{NoticeState, ShipmentState},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Labels younger than this are the sweeps' own business.
pub const LABEL_SETTLES_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// A marketplace that calls an order unshipped for so long after its notice was confirmed doesn't mean it.
pub const STATUS_FOLLOWS_WITHIN: SignedDuration = SignedDuration::from_hours(6);
/// Whatever is pending for so long isn't helped by waking it once more.
pub const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(8);
/// A cursor that is so old is asked to move; the schedules say every five minutes.
pub const CURSOR_OLD: SignedDuration = SignedDuration::from_mins(90);
/// One that is so old needs a person.
pub const CURSOR_STANDS: SignedDuration = SignedDuration::from_hours(3);
/// ShipStation is given the same order so often again before a person is asked.
pub const GIVEN_AGAIN_MAX: u32 = 2;

/// A proof is looked at by the daily run after its label was made; the next one comes within so long.
pub const PROOF_IS_NEW_FOR: SignedDuration = SignedDuration::from_hours(26);
/// For so long older proofs are looked at in turn; the bucket keeps them at least a day longer.
pub const PROOFS_IN_TURN_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Where an unfinished order stands, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A person has to look.
    NeedsPerson,
    /// On its way into ShipStation.
    ToExport,
    /// Not paid, or held by the marketplace.
    Held,
    /// In ShipStation, to be packed.
    ToShip,
    /// Shipped; its proof is to be drawn or uploaded.
    ToProve,
    /// The marketplace is to be told.
    ToNotify,
    /// Told; to be read back.
    ToConfirm,
    /// A part of it left.
    PartlyShipped,
}

impl Stage {
    /// All, in the order of the way.
    pub const ALL: [Self; 8] = [
        Self::NeedsPerson,
        Self::Held,
        Self::ToExport,
        Self::ToShip,
        Self::ToProve,
        Self::ToNotify,
        Self::ToConfirm,
        Self::PartlyShipped,
    ];

    /// Of an unfinished order.
    #[must_use]
    pub fn of(state: &OrderState) -> Self {
        if !state.exceptions.is_empty() {
            return Self::NeedsPerson;
        }
        match pending(state).first() {
            Some(Effect::Export) => Self::ToExport,
            Some(Effect::Proof(_)) => Self::ToProve,
            Some(Effect::Notify(_)) => Self::ToNotify,
            Some(Effect::Confirm(_)) => Self::ToConfirm,
            None if state.shipments.iter().any(|s| !s.voided) => Self::PartlyShipped,
            None if state.status == OrderStatus::AwaitingShipment => Self::ToShip,
            None => Self::Held,
        }
    }

    /// As it is written in metrics and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NeedsPerson => "needs_person",
            Self::ToExport => "to_export",
            Self::Held => "held",
            Self::ToShip => "to_ship",
            Self::ToProve => "to_prove",
            Self::ToNotify => "to_notify",
            Self::ToConfirm => "to_confirm",
            Self::PartlyShipped => "partly_shipped",
        }
    }
}

/// What is to be done about what was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Both sides agree: an exception that said otherwise is over.
    Agree,
    /// Nothing can be said yet.
    Wait,
    /// Ask the marketplace for the order.
    ReadAgain,
    /// Give ShipStation the order as it is wanted there.
    GiveAgain,
    /// Read the shipments of that time again.
    SweepAgain,
    /// Read the notice back again.
    ReadBack,
    /// Draw the proof again.
    DrawAgain,
    /// A person has to look.
    Open(ExceptionKind, Finding),
}

/// Does this order wait in ShipStation, as far as we know? Then ShipStation must offer it to be packed.
#[must_use]
pub fn waits_there(state: &OrderState) -> bool {
    let given = state.export.sent.is_some() && state.export.sent == state.export.wanted;
    given
        && state.status == OrderStatus::AwaitingShipment
        && state.export.warehouse_order.is_some()
        && !state.shipments.iter().any(|s| !s.voided)
}

/// ShipStation offers this order to be packed. One that is cancelled, held or not paid must not be: by its marketplace, or
/// because a person holds it.
#[must_use]
pub fn offered(state: Option<&OrderState>) -> Remedy {
    let Some(state) = state else { return Remedy::ReadAgain };
    let cancelled = match state.status {
        OrderStatus::AwaitingShipment | OrderStatus::Shipped => return Remedy::Agree,
        OrderStatus::Cancelled => true,
        OrderStatus::OnHold | OrderStatus::AwaitingPayment => false,
    };
    let labelled = state.shipments.iter().any(|s| !s.voided);
    if labelled || pending(state).contains(&Effect::Export) {
        return Remedy::Wait;
    }
    let open = |what| Remedy::Open(ExceptionKind::StillShippable, what);
    // What was never given can't be taken back, and what ShipStation refused has an exception already.
    if state.export.sent.is_none() || state.export.refused == state.export.wanted {
        return open(if cancelled { Finding::StillOffered } else { Finding::OfferedThoughHeld });
    }
    if state.export.given_again < GIVEN_AGAIN_MAX {
        return Remedy::GiveAgain;
    }
    open(if cancelled { Finding::StillOfferedThoughTold } else { Finding::OfferedThoughHeldAndTold })
}

/// ShipStation was asked for this one order: `status` is what it says, none when it has no such order.
#[must_use]
pub fn shown(state: &OrderState, status: Option<&str>) -> Remedy {
    match status {
        Some("awaiting_shipment") => offered(Some(state)),
        _ if !waits_there(state) => Remedy::Agree,
        None => Remedy::Open(ExceptionKind::MissingInWarehouse, Finding::GoneThere),
        Some("cancelled") => Remedy::Open(ExceptionKind::MissingInWarehouse, Finding::CancelledInWarehouse),
        // Most likely a moment ago; the lists of labels and marks show what was missed.
        Some("shipped") => Remedy::Wait,
        // Held or moved by people, who may do that.
        Some(_) => Remedy::Agree,
    }
}

/// ShipStation lists this label of an order of ours.
#[must_use]
pub fn labelled(state: &OrderState, id: &ShipmentId, voided: bool, made_at: Timestamp, now: Timestamp) -> Remedy {
    let Some(known) = state.shipment(id) else {
        return if now.duration_since(made_at) < LABEL_SETTLES_WITHIN { Remedy::Wait } else { Remedy::SweepAgain };
    };
    if voided != known.voided {
        // While a notice is on its way a change waits for its outcome.
        let waits = matches!(known.notice, NoticeState::Attempting { .. });
        return if waits || !voided { Remedy::Wait } else { Remedy::SweepAgain };
    }
    let told = match &known.notice {
        NoticeState::Confirmed { at, extent: Extent::All, .. } if !voided => Some(*at),
        _ => None,
    };
    let late = told.is_some_and(|at| now.duration_since(at) > STATUS_FOLLOWS_WITHIN);
    let asked = state.is_resolved(ExceptionKind::NotConfirmed, Some(id));
    if late && !asked && state.status == OrderStatus::AwaitingShipment { Remedy::ReadBack } else { Remedy::Agree }
}

/// A shipment that was nobody's: does one of the orders that it may belong to have it by now? Then nobody need look any more.
#[must_use]
pub fn found_its_order<'s>(id: &ShipmentId, candidates: impl IntoIterator<Item = &'s OrderState>) -> bool {
    candidates.into_iter().any(|state| state.shipment(id).is_some())
}

/// The digest that a shipment's proof is stored with; none when it isn't there.
#[must_use]
pub fn proved(state: &OrderState, id: &ShipmentId, stored: Option<Digest>) -> Remedy {
    let Some(known) = state.shipment(id) else { return Remedy::Wait };
    match (&known.proof, stored) {
        (None, _) => Remedy::Wait,
        (Some(proof), Some(stored)) if proof.digest == stored => Remedy::Agree,
        // Nobody has seen it: another one takes nothing back.
        (Some(_), None) if !known.notice.may_have_been_told() => Remedy::DrawAgain,
        (Some(_), None) => Remedy::Open(ExceptionKind::ProofLost, Finding::ProofGone),
        (Some(_), Some(_)) => Remedy::Open(ExceptionKind::ProofLost, Finding::ProofOther),
    }
}

/// The proofs of an order that are no longer new, and young enough to be looked at in turn: of which shipments, and which
/// revisions.
#[must_use]
pub fn proofs_in_turn(state: &OrderState, now: Timestamp) -> Vec<(ShipmentId, u32)> {
    let in_turn = |s: &&ShipmentState| {
        let age = s.proof.as_ref().filter(|_| !s.voided).map(|proof| now.duration_since(proof.stored_at));
        age.is_some_and(|age| (PROOF_IS_NEW_FOR..PROOFS_IN_TURN_FOR).contains(&age))
    };
    state.shipments.iter().filter(in_turn).map(|s| (s.id.clone(), s.revision)).collect()
}

/// Has something been pending for too long? `None` when nothing is to be said of it.
#[must_use]
pub fn stuck(state: &OrderState, now: Timestamp) -> Remedy {
    let waits_for_people = state.exceptions.iter().any(|e| e.kind != ExceptionKind::Stuck);
    let old = now.duration_since(state.changed_at) > STUCK_AFTER;
    match (pending(state).is_empty(), old && !waits_for_people) {
        (false, true) => Remedy::Open(ExceptionKind::Stuck, Finding::StepHangs),
        _ => Remedy::Agree,
    }
}

/// How far a poll or sweep has come: `cursor`, or `since` when it never came to its end. `name` is the cursor's.
#[must_use]
pub fn moved(name: &str, cursor: Option<Timestamp>, since: Timestamp, now: Timestamp) -> Remedy {
    let (age, name) = (now.duration_since(cursor.unwrap_or(since)), name.to_owned());
    if age > CURSOR_STANDS {
        let what = match cursor {
            Some(_) => Finding::ReadsNothing { cursor: name },
            None => Finding::NeverFinished { cursor: name },
        };
        Remedy::Open(ExceptionKind::CursorStands, what)
    } else if age > CURSOR_OLD {
        Remedy::ReadAgain
    } else {
        Remedy::Agree
    }
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
