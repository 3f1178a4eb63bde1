//! notify-shipment: tells the marketplace, once, and reads back that it knows.
//!
//! The call isn't idempotent, so it is bracketed: commit *attempting*, call, commit *settled*. Whoever finds an
//! attempt past its lease doesn't know whether it took effect, and reads back before anything else.

mod confirm;
mod plan;

use crate::{
    connection::Connection,
    ports::{CallError, Carriers, Clock, Hint, HintQueue, Marketplace, OrderRecord, OrderStore, ReadBack},
    step::{At, StepError, failure, hints, later, note_failure, settle, wake},
};
use jiff::{SignedDuration, Timestamp};
use plan::Unplanned;
use std::time::Duration;
use tallyman_domain::{
    Effect, Event, ExceptionKind, Finding, Notice, OrderRef, OrderState, OrderStatus, ShipmentId,
    decide::Setting,
    failures::{Call, Failed},
    limit::CallClass,
    pending,
    state::NoticeState,
    status,
};

/// After so many ambiguous tries a person looks.
const TRIES_MAX: u32 = 5;

/// The use case.
pub struct Notify<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Live lists.
    pub carriers: &'a dyn Carriers,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// How long an attempt keeps others away; longer than any call may take.
    pub lease: SignedDuration,
    /// How long after a notice it is read back.
    pub confirm_after: SignedDuration,
    /// Send nothing, say what would be sent.
    pub dry_run: bool,
}

/// What to do with the shipment now.
enum Step {
    Send,
    ReadBackAttempt { code: String, tries: u32 },
    ReadBackSent { at: Timestamp, code: String },
    Later(SignedDuration),
    Nothing,
}

impl Notify<'_> {
    /// One shipment's notice, as far as it can go now. A duplicate message finds nothing to do.
    ///
    /// # Errors
    /// [`StepError`]: the message comes back and the state says how far it had come.
    pub async fn notify(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        id: &ShipmentId,
    ) -> Result<(), StepError> {
        marketplace.expect(CallClass::Notice);
        let done = self.step(connection, marketplace, reference, id).await;
        let again = || Hint::Notify { shipments: vec![(reference.clone(), id.clone())] };
        later(self.queue, done, again).await.map(|_| ())
    }

    async fn step(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        id: &ShipmentId,
    ) -> Result<(), StepError> {
        let Some(record) = self.orders.load(reference).await.at(reference)? else { return Ok(()) };
        match self.next(&record.state, id) {
            Step::Nothing => {
                wake(self.queue, &without(hints(reference, &record.state), id), Duration::ZERO).await.at(reference)
            }
            Step::Later(wait) => self.again(reference, id, wait).await,
            Step::Send => self.send(connection, marketplace, reference, record, id).await,
            Step::ReadBackAttempt { code, tries } => {
                let began = self.clock.now();
                let there = match self.read_back(marketplace, reference, &record, id, &code).await {
                    // Asking again gives the same: it can't be read back.
                    Err(StepError::Call {
                        source: CallError::Refused { .. } | CallError::Undecodable { .. }, ..
                    }) => ReadBack::Unknowable,
                    Err(error) => {
                        if let StepError::Call { source, .. } = &error {
                            let failed = failure(Call::ReadBack, source, Some(id), (began, self.clock.now()));
                            self.note(connection.setting(reference), &record.state, failed).await;
                        }
                        return Err(error);
                    }
                    Ok(there) => there,
                };
                // The label may have been voided, the order cancelled or held, or a person took it over, since the attempt.
                let state = &record.state;
                let wanted = state.shipment(id).is_some_and(|s| state.may_notify(s)) && !state.is_taken_over(id);
                let event = match there {
                    ReadBack::Present => Event::NoticeAccepted { shipment: id },
                    // It surely took no effect: the next attempt counts on from this one.
                    ReadBack::Absent if wanted && tries < TRIES_MAX => {
                        return self.send(connection, marketplace, reference, record, id).await;
                    }
                    ReadBack::Absent if !wanted => Event::NoticeVanished { shipment: id },
                    ReadBack::Absent | ReadBack::Unknowable => Event::NoticeParked {
                        shipment: id,
                        kind: ExceptionKind::NoticeAmbiguous,
                        reason: &Finding::NoAnswer,
                    },
                };
                self.settle_and_wake(connection.setting(reference), record.state, &event).await
            }
            Step::ReadBackSent { at, code } => {
                self.confirm(connection, marketplace, reference, record, id, (at, &code)).await
            }
        }
    }

    fn next(&self, state: &OrderState, id: &ShipmentId) -> Step {
        let now = self.clock.now();
        let effects = pending(state);
        let Some(shipment) = state.shipment(id) else { return Step::Nothing };
        match &shipment.notice {
            NoticeState::Wanted if effects.contains(&Effect::Notify(id.clone())) => Step::Send,
            // A dry run says what would follow the upload that it doesn't make.
            NoticeState::Wanted if self.dry_run && shipment.proof.is_some() && state.may_notify(shipment) => Step::Send,
            NoticeState::Attempting { lease_until, .. } if *lease_until > now => {
                Step::Later(lease_until.duration_since(now))
            }
            // Whatever the order's status has become: a call that may have taken effect has to be settled.
            NoticeState::Attempting { code, tries, .. } => Step::ReadBackAttempt { code: code.clone(), tries: *tries },
            NoticeState::Sent { at, .. } if now < *at + self.confirm_after => {
                Step::Later((*at + self.confirm_after).duration_since(now))
            }
            NoticeState::Sent { at, code, .. } => Step::ReadBackSent { at: *at, code: code.clone() },
            _ => Step::Nothing,
        }
    }

    async fn again(&self, reference: &OrderRef, id: &ShipmentId, wait: SignedDuration) -> Result<(), StepError> {
        let wait = Duration::try_from(wait).unwrap_or_default() + Duration::from_secs(1);
        let hint = Hint::Notify { shipments: vec![(reference.clone(), id.clone())] };
        wake(self.queue, &[hint], wait).await.at(reference)
    }

    async fn settle_and_wake(&self, with: Setting<'_>, state: OrderState, event: &Event<'_>) -> Result<(), StepError> {
        let reference = with.reference;
        let after = settle(self.orders, Some(state), event, with, self.clock.now()).await.at(reference)?;
        let Some(state) = after else { return Ok(()) };
        // A confirmation waits; the next shipment of the order doesn't.
        let (confirm, now): (Vec<_>, Vec<_>) =
            pending(&state).into_iter().partition(|e| matches!(e, Effect::Confirm(_)));
        let packed = |effects: Vec<Effect>| crate::step::pack(effects.into_iter().map(|e| (reference.clone(), e)));
        wake(self.queue, &packed(now), Duration::ZERO).await.at(reference)?;
        let delay = Duration::try_from(self.confirm_after).unwrap_or_default();
        wake(self.queue, &packed(confirm), delay).await.at(reference)
    }

    /// Settles without waking anybody: there is nothing to do until something changes.
    async fn settle_and_wait(&self, with: Setting<'_>, state: OrderState, event: &Event<'_>) -> Result<(), StepError> {
        settle(self.orders, Some(state), event, with, self.clock.now()).await.at(with.reference)?;
        Ok(())
    }

    /// Notes that a call failed and nothing else is known.
    async fn note(&self, with: Setting<'_>, state: &OrderState, failed: Failed<'_>) {
        note_failure(self.orders, state, with.with_failed(failed), self.clock.now()).await;
    }

    async fn send(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        record: OrderRecord,
        id: &ShipmentId,
    ) -> Result<(), StepError> {
        let address = || crate::ports::store::shipment_address(reference, id);
        // The gate: is it still wanted? ShipStation locks nothing when a buyer cancels.
        let (began, setting) = (self.clock.now(), connection.setting(reference));
        match marketplace.standing(&reference.order).await {
            Ok(standing) => {
                let reading = status::read(connection.marketplace, &standing, &connection.settings.status_map);
                if matches!(reading.status, OrderStatus::Cancelled | OrderStatus::OnHold) {
                    // A person's matter, or the marketplace's to release: the next poll reads it whole.
                    let event = Event::StandingObserved(&standing);
                    return self.settle_and_wake(connection.setting(reference), record.state, &event).await;
                }
            }
            Err(error @ CallError::Refused { .. }) => {
                // Asking again gives the same until somebody acts; `reconcile` asks every hour.
                let (kind, reason) = (ExceptionKind::NoticeRefused, error.finding());
                let event = Event::NoticeBlocked { shipment: id, kind, reason: &reason };
                let failed = failure(Call::Read, &error, Some(id), (began, self.clock.now()));
                return self.settle_and_wait(setting.with_failed(failed), record.state, &event).await;
            }
            Err(error) => {
                let failed = failure(Call::Read, &error, Some(id), (began, self.clock.now()));
                self.note(setting, &record.state, failed).await;
                if let CallError::Throttled { after, .. } = error {
                    return self.again(reference, id, SignedDuration::try_from(after).unwrap_or_default()).await;
                }
                return Err(error).at(address());
            }
        }
        let planned = match self.plan(connection, marketplace, reference, &record, id).await {
            Ok(planned) => planned,
            Err(Unplanned::Blocked(kind, reason)) => {
                let words = record.shipments.iter().find(|s| s.id == *id).and_then(|s| s.notify_error.as_deref());
                let reason = match words {
                    Some(words) => Finding::AndSaid { finding: Box::new(reason), words: words.to_owned() },
                    None => reason,
                };
                tracing::warn!(order = %reference, shipment = %id, %reason, "the notice waits for a person");
                let event = Event::NoticeBlocked { shipment: id, kind, reason: &reason };
                settle(self.orders, Some(record.state), &event, connection.setting(reference), self.clock.now())
                    .await
                    .at(address())?;
                return Ok(());
            }
            Err(Unplanned::Failed(error)) => return Err(error),
        };
        if self.dry_run {
            let items: Vec<String> =
                planned.items.iter().map(|i| format!("{} x {}", i.quantity, i.sku.as_deref().unwrap_or("?"))).collect();
            tracing::info!(order = %reference, shipment = %id, extent = ?planned.extent, tracking_number = planned.tracking_number,
                service = planned.service.code, ?items, fee = ?planned.carrier_fee, replaces = ?planned.replaces, "dry run: the marketplace would be told");
            return Ok(());
        }
        let began = self.clock.now();
        let told = self.told_by_others(marketplace, reference, &record, &planned).await;
        if let Err(error) = &told {
            let failed = failure(Call::ReadBack, error, Some(id), (began, self.clock.now()));
            self.note(setting, &record.state, failed).await;
        }
        if told.at(address())? {
            // ShipStation says that it told the marketplace itself, and it did: nothing is told twice.
            let lease_until = self.clock.now();
            let (extent, code) = (planned.extent, planned.service.code.as_str());
            let event = Event::NoticeAttempted { shipment: id, extent, code, replaces: None, lease_until };
            let with = connection.setting(reference);
            let Some(attempting) = tallyman_domain::decide(Some(&record.state), &event, with, lease_until) else {
                return Ok(());
            };
            self.orders.commit(reference, &attempting).await.at(address())?;
            let event = Event::NoticeConfirmed { shipment: id };
            return self.settle_and_wake(connection.setting(reference), attempting, &event).await;
        }
        // First the attempt, with the version the plan was made on: whoever else plans the same loses here.
        let lease_until = self.clock.now() + self.lease;
        let event = Event::NoticeAttempted {
            shipment: id,
            extent: planned.extent,
            code: &planned.service.code,
            replaces: planned.replaces.as_ref(),
            lease_until,
        };
        let Some(attempting) =
            tallyman_domain::decide(Some(&record.state), &event, connection.setting(reference), self.clock.now())
        else {
            return Ok(());
        };
        match self.orders.commit(reference, &attempting).await {
            Ok(()) => {}
            Err(crate::ports::StoreError::Conflict { .. }) => {
                return self.again(reference, id, SignedDuration::ZERO).await;
            }
            Err(error) => return Err(error).at(address()),
        }
        self.call(connection, marketplace, reference, attempting, &planned).await
    }

    async fn call(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        state: OrderState,
        planned: &Notice,
    ) -> Result<(), StepError> {
        let id = &planned.shipment;
        let began = self.clock.now();
        let answer = marketplace.notify(planned).await;
        let ended = self.clock.now();
        let plain = connection.setting(reference);
        let setting = match &answer {
            Ok(()) => plain.after_call(began, ended),
            Err(error) => plain.with_failed(failure(Call::Notice, error, Some(id), (began, ended))),
        };
        match answer {
            Ok(()) => self.accepted(setting, marketplace, state, planned).await,
            Err(error @ CallError::Refused { .. }) => {
                // "Already shipped" may be our own earlier attempt that nobody heard of.
                let there =
                    marketplace.read_back(&reference.order, id, &planned.tracking_number, &planned.service.code).await;
                let reason = error.finding();
                let event = match there {
                    Ok(ReadBack::Present) => Event::NoticeAccepted { shipment: id },
                    // The attempt stays; past its lease it is read back.
                    Err(CallError::Throttled { .. }) => {
                        note_failure(self.orders, &state, setting, self.clock.now()).await;
                        return self.again(reference, id, self.lease).await;
                    }
                    _ => Event::NoticeParked { shipment: id, kind: ExceptionKind::NoticeRefused, reason: &reason },
                };
                if matches!(event, Event::NoticeParked { .. }) {
                    tracing::warn!(order = %reference, shipment = %id, %reason, "the marketplace refused the notice");
                }
                self.settle_and_wake(setting, state, &event).await
            }
            Err(CallError::Throttled { after, .. }) => {
                self.vanish(setting, state, id).await?;
                self.again(reference, id, SignedDuration::try_from(after).unwrap_or_default()).await
            }
            Err(
                error
                @ (CallError::Unreachable { .. } | CallError::Unauthorised { .. } | CallError::NeedsReauth { .. }),
            ) => {
                self.vanish(setting, state, id).await?;
                Err(error).at(crate::ports::store::shipment_address(reference, id))
            }
            Err(error @ (CallError::Unclear { .. } | CallError::Undecodable { .. })) => {
                // It may have taken effect. The attempt stays; past its lease it is read back.
                tracing::warn!(order = %reference, shipment = %id, error = %error, "no usable answer; it will be read back");
                note_failure(self.orders, &state, setting, self.clock.now()).await;
                self.again(reference, id, self.lease).await
            }
        }
    }

    /// Accepted. Most marketplaces show it at once, which saves a commit and a message; otherwise it is read back later.
    async fn accepted(
        &self,
        with: Setting<'_>,
        marketplace: &dyn Marketplace,
        state: OrderState,
        planned: &Notice,
    ) -> Result<(), StepError> {
        let (id, order) = (&planned.shipment, &with.reference.order);
        let began = self.clock.now();
        let shown = marketplace.read_back(order, id, &planned.tracking_number, &planned.service.code).await;
        let with = match &shown {
            Ok(_) => with.after_read_back(began, self.clock.now()),
            Err(error) => with.with_failed(failure(Call::ReadBack, error, Some(id), (began, self.clock.now()))),
        };
        let event = match shown {
            Ok(ReadBack::Present) => Event::NoticeConfirmed { shipment: id },
            _ => Event::NoticeAccepted { shipment: id },
        };
        self.settle_and_wake(with, state, &event).await
    }

    async fn vanish(&self, with: Setting<'_>, state: OrderState, id: &ShipmentId) -> Result<(), StepError> {
        self.settle_and_wait(with, state, &Event::NoticeVanished { shipment: id }).await
    }
}

/// A message that finds nothing to do for its own shipment wakes the others, not itself.
fn without(hints: Vec<Hint>, id: &ShipmentId) -> Vec<Hint> {
    hints
        .into_iter()
        .filter_map(|hint| match hint {
            Hint::Notify { mut shipments } => {
                shipments.retain(|(_, s)| s != id);
                (!shipments.is_empty()).then_some(Hint::Notify { shipments })
            }
            other => Some(other),
        })
        .collect()
}
