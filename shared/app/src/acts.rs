//! What people do to an order: read it again, hold it, let it go, have it tried again, attach a parcel, answer the buyer.
//! Each is written down with who did it before it is done.

use crate::{
    cancellation::Cancellation,
    connection::Connection,
    not_possible::NotPossible,
    ports::{CancelAnswer, Clock, Deed, Deeds, Hint, HintQueue, Marketplace, OrderRecord, OrderStore},
    step::{At, StepError, hints, settle, wake},
};
use jiff::civil::Date;
use std::time::Duration;
use tallyman_domain::{Digest, Event, OrderRef, OrderState, OrderStatus, Shipment, ShipmentId};

/// A reason or a note, in characters.
pub const NOTE_CHARS_MAX: usize = 300;
pub(crate) const NAME_CHARS_MAX: usize = 60;
const NUMBER_CHARS: std::ops::RangeInclusive<usize> = 4..=60;

/// The use case.
pub struct Acts<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// What people did.
    pub deeds: &'a dyn Deeds,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Nothing is said to a marketplace.
    pub dry_run: bool,
}

/// Which order, and who acts.
#[derive(Clone, Copy)]
pub struct Actor<'a> {
    /// The order's connection.
    pub connection: &'a Connection,
    /// Which order.
    pub order: &'a OrderRef,
    /// Who: a name or an address of the people's own, never a buyer's.
    pub by: &'a str,
}

/// A parcel that ShipStation knows nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its number.
    pub tracking_number: String,
    /// Carrier, as ShipStation would name it.
    pub carrier: String,
    /// Service, as ShipStation would name it.
    pub service: Option<String>,
    /// When it left.
    pub ship_date: Date,
}

pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars_max).collect()
}

impl Acts<'_> {
    /// Has the order read again at the marketplace, and whatever is pending done.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn read_again(&self, who: Actor<'_>) -> Result<(), StepError> {
        let record = self.record(who).await?;
        self.write_down(who, "read_again", "").await?;
        self.wake(who, &record.state, true).await
    }

    /// Holds the order, or lets it go. ShipStation follows as soon as the order was read again.
    ///
    /// # Errors
    /// [`StepError::NotPossible`] when it can't be held (any more).
    pub async fn hold(&self, who: Actor<'_>, hold: bool, reason: &str) -> Result<(), StepError> {
        let record = self.record(who).await?;
        if hold && !record.state.may_be_held() {
            return Err(not_possible(who, NotPossible::CantBeHeld));
        }
        if !hold && !record.state.held {
            return Err(not_possible(who, NotPossible::NotHeld));
        }
        if reason.trim().is_empty() {
            return Err(not_possible(who, NotPossible::NoReason));
        }
        self.write_down(who, if hold { "hold" } else { "release" }, reason).await?;
        let state = self.settle(who, record.state, &Event::HeldByHand { hold }).await?;
        self.wake(who, &state, true).await
    }

    /// Has a refused export, proof or notice tried again. What may have taken effect is never repeated.
    ///
    /// # Errors
    /// [`StepError::NotPossible`] when nothing was refused.
    pub async fn ask_again(&self, who: Actor<'_>, shipment: Option<&ShipmentId>) -> Result<(), StepError> {
        let record = self.record(who).await?;
        if !record.state.may_be_asked_again(shipment) {
            return Err(not_possible(who, NotPossible::NothingRefused));
        }
        self.write_down(who, "ask_again", shipment.map_or("", ShipmentId::as_str)).await?;
        let state = self.settle(who, record.state, &Event::AskedAgain { shipment }).await?;
        self.wake(who, &state, false).await
    }

    /// Attaches a parcel that left without ShipStation: it gets a proof and a notice as any other. In ShipStation the order
    /// stays as it is.
    ///
    /// # Errors
    /// [`StepError::NotPossible`] when the order can't be read, is cancelled, or has a parcel with this number.
    pub async fn attach(&self, who: Actor<'_>, parcel: &Parcel) -> Result<ShipmentId, StepError> {
        let record = self.record(who).await?;
        let shipment = self.shipment(who, &record, parcel)?;
        self.write_down(who, "attach", &format!("{} {}", parcel.carrier.trim(), shipment.tracking_number)).await?;
        self.orders.put_shipment(who.order, &shipment).await.at(who.order)?;
        let event = Event::ShipmentObserved {
            shipment: &shipment,
            before: None,
            order: record.order.as_ref(),
            others: &record.state.in_force(&record.shipments),
            merged: &[],
        };
        let state = self.settle(who, record.state.clone(), &event).await?;
        self.wake(who, &state, false).await?;
        Ok(shipment.id)
    }

    /// Answers a buyer who asks to cancel. What can't be answered isn't written down.
    ///
    /// # Errors
    /// As [`Cancellation::ready`] and [`Cancellation::give`].
    pub async fn answer(
        &self,
        who: Actor<'_>,
        marketplace: &dyn Marketplace,
        answer: CancelAnswer,
    ) -> Result<(), StepError> {
        let (what, reason) = match &answer {
            CancelAnswer::Accept => ("accept_cancellation", String::new()),
            CancelAnswer::Refuse { reason } => ("refuse_cancellation", reason.clone()),
        };
        let cancellation =
            Cancellation { orders: self.orders, queue: self.queue, clock: self.clock, dry_run: self.dry_run };
        let ready = cancellation.ready(who.connection, marketplace, who.order, answer).await?;
        if !self.dry_run {
            self.write_down(who, what, &reason).await?;
        }
        cancellation.give(who.connection, marketplace, who.order, ready).await
    }

    fn shipment(&self, who: Actor<'_>, record: &OrderRecord, parcel: &Parcel) -> Result<Shipment, StepError> {
        let number: String = parcel.tracking_number.chars().filter(|c| !c.is_whitespace()).collect();
        let carrier = cut(&parcel.carrier, NAME_CHARS_MAX);
        if !NUMBER_CHARS.contains(&number.chars().count()) || !number.chars().all(|c| c.is_ascii_graphic()) {
            return Err(not_possible(who, NotPossible::BadNumber));
        }
        if carrier.is_empty() {
            return Err(not_possible(who, NotPossible::NoCarrier));
        }
        if record.order.is_none() {
            return Err(not_possible(who, NotPossible::Unreadable));
        }
        if record.state.status == OrderStatus::Cancelled {
            return Err(not_possible(who, NotPossible::Cancelled));
        }
        if record.shipments.iter().any(|s| !s.voided && s.tracking_number.eq_ignore_ascii_case(&number)) {
            return Err(not_possible(who, NotPossible::NumberTaken));
        }
        // Made of the number: whoever sends the form twice attaches one parcel.
        let id = format!("x{}", Digest::of_bytes(number.to_ascii_lowercase().as_bytes()).short());
        Ok(Shipment {
            id: ShipmentId::parse(id).map_err(|_| not_possible(who, NotPossible::BadKey))?,
            warehouse_order: record.state.export.warehouse_order.unwrap_or_default(),
            tracking_number: number,
            carrier,
            service: parcel.service.as_deref().map(|s| cut(s, NAME_CHARS_MAX)).filter(|s| !s.is_empty()),
            ship_date: parcel.ship_date,
            created_at: self.clock.now(),
            fee: None,
            weight: None,
            items: Vec::new(),
            whole_order: true,
            voided: false,
            ship_to: None,
            marketplace_notified: None,
            notify_error: None,
        })
    }

    async fn record(&self, who: Actor<'_>) -> Result<OrderRecord, StepError> {
        let record = self.orders.load(who.order).await.at(who.order)?;
        record.ok_or_else(|| not_possible(who, NotPossible::NoSuchOrder))
    }

    async fn write_down(&self, who: Actor<'_>, what: &str, note: &str) -> Result<(), StepError> {
        let (at, by) = (self.clock.now(), cut(who.by, NAME_CHARS_MAX));
        if by.is_empty() {
            return Err(not_possible(who, NotPossible::Nameless));
        }
        let deed = Deed { at, by, what: what.to_owned(), note: cut(note, NOTE_CHARS_MAX), about: None };
        self.deeds.put_deed(who.order, &deed).await.at(who.order)
    }

    async fn settle(&self, who: Actor<'_>, state: OrderState, event: &Event<'_>) -> Result<OrderState, StepError> {
        let with = who.connection.setting(who.order);
        let after = settle(self.orders, Some(state), event, with, self.clock.now()).await.at(who.order)?;
        after.ok_or_else(|| not_possible(who, NotPossible::NoSuchOrder))
    }

    async fn wake(&self, who: Actor<'_>, state: &OrderState, read: bool) -> Result<(), StepError> {
        let mut all = hints(who.order, state);
        all.extend(read.then(|| Hint::Read { orders: vec![who.order.clone()] }));
        wake(self.queue, &all, Duration::ZERO).await.at(who.order)
    }
}

fn not_possible(who: Actor<'_>, why: NotPossible) -> StepError {
    StepError::NotPossible { address: who.order.to_string(), why }
}
