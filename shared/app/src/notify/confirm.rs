//! Reading a notice back.

use super::Notify;
use crate::{
    connection::Connection,
    ports::{CallError, Marketplace, OrderRecord, ReadBack},
    step::{At, StepError, failure, note_failure},
};
use jiff::{SignedDuration, Timestamp};
use tallyman_domain::{Event, Notice, OrderRef, Shipment, ShipmentId, failures::Call};

/// A notice that isn't shown for so long is an exception.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_hours(6);

impl Notify<'_> {
    /// Has ShipStation told the marketplace of its own accord? Its word is checked.
    pub(super) async fn told_by_others(
        &self,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        record: &OrderRecord,
        planned: &Notice,
    ) -> Result<bool, CallError> {
        let says_so = |s: &&Shipment| s.id == planned.shipment && s.marketplace_notified == Some(true);
        if planned.replaces.is_some() || !record.shipments.iter().any(|s| says_so(&s)) {
            return Ok(false);
        }
        let (number, code) = (&planned.tracking_number, &planned.service.code);
        let there = marketplace.read_back(&reference.order, &planned.shipment, number, code).await?;
        Ok(there == ReadBack::Present)
    }

    pub(super) async fn read_back(
        &self,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        record: &OrderRecord,
        id: &ShipmentId,
        code: &str,
    ) -> Result<ReadBack, StepError> {
        let Some(shipment) = record.shipments.iter().find(|s| s.id == *id) else { return Ok(ReadBack::Unknowable) };
        marketplace
            .read_back(&reference.order, id, shipment.tracking_number.trim(), code)
            .await
            .at(crate::ports::store::shipment_address(reference, id))
    }

    pub(super) async fn confirm(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        record: OrderRecord,
        id: &ShipmentId,
        sent: (Timestamp, &str),
    ) -> Result<(), StepError> {
        let began = self.clock.now();
        let there = self.read_back(marketplace, reference, &record, id, sent.1).await;
        let with = match &there {
            Err(StepError::Call { source, .. }) => {
                let failed = failure(Call::ReadBack, source, Some(id), (began, self.clock.now()));
                connection.setting(reference).with_failed(failed)
            }
            _ => connection.setting(reference),
        };
        let event = match there {
            Ok(ReadBack::Present) => Event::NoticeConfirmed { shipment: id },
            Ok(_) | Err(StepError::Call { .. }) if self.clock.now() > sent.0 + SHOWN_WITHIN => {
                Event::NoticeNotShown { shipment: id }
            }
            // `reconcile` asks again, every hour.
            Ok(_) => return self.again(reference, id, SignedDuration::from_mins(14)).await,
            Err(StepError::Call { source: CallError::Throttled { after, .. }, .. }) => {
                note_failure(self.orders, &record.state, with, self.clock.now()).await;
                return self.again(reference, id, SignedDuration::try_from(after).unwrap_or_default()).await;
            }
            Err(error) => {
                if with.failed.is_some() {
                    note_failure(self.orders, &record.state, with, self.clock.now()).await;
                }
                return Err(error);
            }
        };
        self.settle_and_wait(with, record.state, &event).await
    }
}
