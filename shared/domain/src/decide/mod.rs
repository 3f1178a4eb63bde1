//! `decide`: an event and the state before it give the state after it. Nothing else changes a state.

mod byhand;
mod compared;
mod observed;
mod settled;
mod shipped;

use crate::{
    AccountId, Digest, Exception, ExceptionKind, MarketplaceKind, Order, OrderRef, OrderState, Settings, Shipment,
    ShipmentId, Standing, Trail,
    exception::{Finding, clear, is_open, life::ByHand, raise},
    failures::{Failed, Failures},
    notice::Extent,
    state::{Export, Told, pending},
    status::OrderStatus,
    warehouse::WarehouseOrder,
};
use jiff::Timestamp;

/// Something that was observed or done.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The order was read whole.
    OrderObserved(&'a Order),
    /// Only its standing was read, right before a side effect.
    StandingObserved(&'a Standing),
    /// The order is there but couldn't be read.
    OrderUnreadable {
        /// Its status, if the list told.
        standing: Standing,
        /// When it changed, if the list told.
        modified_at: Timestamp,
        /// Path and reason.
        what: &'a Finding,
    },
    /// About to be given, it is another one than was wanted: its standing was read, a person holds it, or the settings changed.
    WantedAnew {
        /// As it is given now.
        order: &'a WarehouseOrder,
        /// What was wanted.
        before: &'a str,
    },
    /// ShipStation has it.
    Exported {
        /// What the state wanted when it was sent.
        sent: &'a str,
        /// ShipStation's id.
        warehouse_order: i64,
    },
    /// Whoever was to give ShipStation the order didn't come to its end: it may have given it something older, after
    /// somebody else had given it what is wanted.
    ExportUnsettled,
    /// ShipStation refused it.
    ExportRefused {
        /// What the state wanted when it was sent.
        sent: &'a str,
        /// ShipStation's reason.
        reason: &'a str,
    },
    /// ShipStation merged these orders of ours into this one; known before their parcel is recorded anywhere.
    OrdersMerged {
        /// Which.
        with: &'a [OrderRef],
    },
    /// A shipment was seen; `others` are the order's other shipments.
    ShipmentObserved {
        /// The shipment.
        shipment: &'a Shipment,
        /// The same one as it was known before.
        before: Option<&'a Shipment>,
        /// The order, if it can be read.
        order: Option<&'a Order>,
        /// The order's other shipments.
        others: &'a [Shipment],
        /// The other orders of ours that ShipStation merged into this parcel.
        merged: &'a [OrderRef],
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
        /// Why.
        reason: &'a Finding,
    },
    /// A notice is about to be sent.
    NoticeAttempted {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// What it says.
        extent: Extent,
        /// With which service code.
        code: &'a str,
        /// What it takes the place of, if it is a correction.
        replaces: Option<&'a Told>,
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
        /// What was found.
        reason: &'a Finding,
    },
    /// It can't be sent until the settings change; it stays wanted.
    NoticeBlocked {
        /// Of which shipment.
        shipment: &'a ShipmentId,
        /// Why.
        kind: ExceptionKind,
        /// What was found.
        reason: &'a Finding,
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
    /// `reconcile` compared both sides.
    Compared(Compared<'a>),
    /// A person did something about an exception.
    ByHand(ByHand<'a>),
    /// A person holds the order, or lets it go. ShipStation follows when the order is read next.
    HeldByHand {
        /// Hold, or let go?
        hold: bool,
    },
    /// A call failed, and nothing else is known: see [`Setting::failed`].
    CallFailed,
    /// A person asks for what was refused to be tried again; see [`OrderState::may_be_asked_again`].
    AskedAgain {
        /// The notice or proof of which shipment; the export when none.
        shipment: Option<&'a ShipmentId>,
    },
}

/// What comparing both sides showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared<'a> {
    /// A disagreement that a person has to look at.
    Found {
        /// Kind.
        kind: ExceptionKind,
        /// About which shipment, if about one.
        shipment: Option<&'a ShipmentId>,
        /// What was seen.
        what: &'a Finding,
    },
    /// It is gone.
    Gone {
        /// Kind.
        kind: ExceptionKind,
        /// About which shipment, if about one.
        shipment: Option<&'a ShipmentId>,
    },
    /// ShipStation shows something else than it was given last: it is to be given again.
    GiveAgain,
    /// The proof isn't there, and nobody was told of it: it is to be drawn again.
    ProofGone {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
    /// The marketplace goes on calling the order unshipped: its notice is to be read back again.
    NoticeDoubted {
        /// Of which shipment.
        shipment: &'a ShipmentId,
    },
}

impl Event<'_> {
    /// Does it leave what is to be done, and so its age, as it was?
    fn is_a_remark(&self) -> bool {
        matches!(
            self,
            Self::ByHand(_) | Self::CallFailed | Self::Compared(Compared::Found { .. } | Compared::Gone { .. })
        )
    }
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
    /// How long the call took that the event settles, for the trail (ms).
    pub took_ms: Option<u32>,
    /// The same of the look at what it had led to, where the same event settles that too.
    pub read_back_ms: Option<u32>,
    /// A call that failed on the way, for people.
    pub failed: Option<Failed<'a>>,
}

impl<'a> Setting<'a> {
    /// With a call that failed.
    #[must_use]
    pub fn with_failed(self, failed: Failed<'a>) -> Self {
        Self { failed: Some(failed), ..self }
    }

    /// For an event that a call settled, which began then and ended now.
    #[must_use]
    pub fn after_call(self, began: Timestamp, ended: Timestamp) -> Self {
        let took_ms = u32::try_from(ended.duration_since(began).as_millis()).ok();
        Self { took_ms, ..self }
    }

    /// ... and that was looked at right afterwards.
    #[must_use]
    pub fn after_read_back(self, began: Timestamp, ended: Timestamp) -> Self {
        Self { read_back_ms: u32::try_from(ended.duration_since(began).as_millis()).ok(), ..self }
    }
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
    after.follow(before.map_or(&[], |b| &b.exceptions), &gone(before, event, with, now), now);
    let same = before.is_some_and(|b| *b == after);
    if let Some(failed) = with.failed {
        let place = after.shipments.iter().position(|s| Some(&s.id) == failed.shipment);
        after.failures.note(failed, place, now);
    }
    if before.is_some_and(|b| *b == after) {
        return None;
    }
    if !event.is_a_remark() && !same {
        after.changed_at = now;
    }
    after.version = before.map_or(1, |b| b.version + 1);
    after.leave_trail(before, (with.took_ms, with.read_back_ms), now);
    Some(after)
}

/// The resolved exceptions that this event would have cleared, had they been open: their cause is gone.
fn gone(before: Option<&OrderState>, event: &Event<'_>, with: Setting<'_>, now: Timestamp) -> Vec<Exception> {
    // What a person does says nothing about what is so.
    let before = before.filter(|_| !matches!(event, Event::ByHand(_)));
    let mut resolved = before.map(OrderState::resolved).unwrap_or_default();
    if let Some(before) = before.filter(|_| !resolved.is_empty()) {
        let mut again = before.clone();
        again.exceptions.extend(resolved.iter().cloned());
        apply(&mut again, event, with, now);
        // What hung has moved: no comparison comes by once the order is finished, and what hangs later is a new matter.
        let moved = pending(&again) != pending(before);
        let has_moved = |e: &Exception| moved && e.kind == ExceptionKind::Stuck;
        resolved.retain(|e| has_moved(e) || !is_open(&again.exceptions, e.kind, e.shipment.as_ref()));
    }
    resolved
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
        closed: Vec::new(),
        country: None,
        held: false,
        trail: Trail::default(),
        failures: Failures::default(),
    }
}

fn apply(state: &mut OrderState, event: &Event<'_>, with: Setting<'_>, now: Timestamp) {
    match event {
        Event::OrderObserved(order) => observed::observe(state, order, with, now),
        Event::StandingObserved(standing) => observed::stand(state, standing, with, now),
        Event::OrderUnreadable { standing, modified_at, what } => {
            if state.facts.is_none() {
                // Held, not dropped: what the list told is all there is.
                state.word.clone_from(&standing.status);
                state.modified_at = *modified_at;
            }
            let found = Exception::found(ExceptionKind::Undecodable, None, (*what).clone(), now, now);
            if !state.exceptions.iter().any(|e| e.is(found.kind, None) && e.detail == found.detail) {
                raise(&mut state.exceptions, ExceptionKind::Undecodable, None, (*what).clone(), state.ship_by, now);
            }
        }
        Event::Exported { sent, warehouse_order } => {
            state.export.sent = Some((*sent).to_owned());
            state.export.refused = None;
            state.export.warehouse_order = Some(*warehouse_order);
            state.export.arrived_at.get_or_insert(now);
            clear(&mut state.exceptions, &[ExceptionKind::ExportRefused], None);
        }
        // Unless the order was read again meanwhile: then that is what is wanted.
        Event::WantedAnew { order, before } if state.export.wanted.as_deref() == Some(*before) => {
            state.export.want(order);
        }
        Event::WantedAnew { .. } => {}
        Event::ExportUnsettled => drop(state.doubt_export()),
        // Something newer is wanted meanwhile: what was refused is no longer what ShipStation is to have.
        Event::ExportRefused { sent, .. } if state.export.wanted.as_deref() != Some(*sent) => {}
        // Another worker gave it the same, and meanwhile it was packed there: what is locked is what was wanted.
        Event::ExportRefused { sent, .. } if state.export.sent.as_deref() == Some(*sent) => {}
        Event::ExportRefused { sent, reason } => {
            state.export.refused = Some((*sent).to_owned());
            raise(&mut state.exceptions, ExceptionKind::ExportRefused, None, *reason, state.ship_by, now);
        }
        Event::OrdersMerged { with } => {
            let new = with.iter().filter(|order| !state.export.merged.contains(order));
            let new: Vec<OrderRef> = new.cloned().collect();
            state.export.merged.extend(new);
        }
        Event::ShipmentObserved { shipment, before, order, others, merged } => {
            let seen = shipped::Seen { shipment, before: *before, order: *order, others, merged };
            shipped::ship(state, seen, with, now);
        }
        Event::ProofStored { shipment, digest, reference } => {
            shipped::prove(state, shipment, *digest, reference.clone(), now)
        }
        Event::ProofRefused { shipment, reason } => {
            let kind = ExceptionKind::ProofRefused;
            raise(&mut state.exceptions, kind, Some(shipment), (*reason).clone(), state.ship_by, now);
        }
        Event::Compared(compared) => compared::compared(state, *compared, now),
        Event::ByHand(hand) => state.by_hand(*hand, now),
        Event::HeldByHand { hold } => byhand::hold(state, *hold),
        Event::AskedAgain { shipment } => byhand::ask_again(state, *shipment),
        Event::CallFailed => {}
        _ => settled::notice(state, event, now),
    }
}

#[cfg(test)]
mod corrected_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod taken_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world_tests;
