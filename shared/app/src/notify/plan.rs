//! What the marketplace would be told: extent, items, service.

use super::Notify;
use crate::{
    connection::Connection,
    ports::{Marketplace, OrderRecord},
    step::{At, StepError},
};
use jiff::SignedDuration;
use tallyman_domain::{
    ExceptionKind, Finding, LiveService, Notice, OrderRef, Shipment, ShipmentId,
    carrier::{self, NoService},
    correction, notice,
};

/// A live list is believed for a day, and for ten minutes when something isn't on it.
const LIST_FRESH: SignedDuration = SignedDuration::from_hours(24);
const LIST_FRESH_ON_MISS: SignedDuration = SignedDuration::from_mins(10);

/// Why there is no notice to send.
pub(super) enum Unplanned {
    /// A person has to extend the map or correct the number.
    Blocked(ExceptionKind, Finding),
    /// Try again.
    Failed(StepError),
}

impl Notify<'_> {
    pub(super) async fn plan(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        record: &OrderRecord,
        id: &ShipmentId,
    ) -> Result<Notice, Unplanned> {
        let missing = |what: &str| {
            let what = format!("{what} is missing; ask for the order to be read again");
            Unplanned::Failed(StepError::Unusable {
                address: crate::ports::store::shipment_address(reference, id),
                what,
            })
        };
        let order = record.order.as_ref().ok_or_else(|| missing("the order"))?;
        let this = record.shipments.iter().find(|s| s.id == *id).ok_or_else(|| missing("the shipment"))?;
        let state = record.state.shipment(id).ok_or_else(|| missing("the shipment"))?;
        let told = |s: &&Shipment| {
            s.id != *id && !s.voided && record.state.shipment(&s.id).is_some_and(|t| t.notice.may_have_been_told())
        };
        let in_force = record.state.in_force(&record.shipments);
        let told: Vec<&Shipment> = in_force.iter().filter(told).collect();
        let replaces = correction::replaced(&record.state, &in_force, id);
        let extent = notice::extent(order, &told, this);
        let service = self.choose(connection, marketplace, order, this).await?;
        let phone = order.ship_to.as_ref().and_then(|a| a.phone.clone()).or_else(|| order.buyer.phone.clone());
        let digits: Vec<char> = phone.iter().flat_map(|p| p.chars()).filter(char::is_ascii_digit).collect();
        Ok(Notice {
            order: reference.clone(),
            shipment: id.clone(),
            extent: replaces.as_ref().map_or(extent, |told| correction::extent(told, extent)),
            tracking_number: this.tracking_number.trim().to_owned(),
            service,
            carrier_fee: this.fee,
            note_to_buyer: connection.settings.note_to_buyer.clone(),
            items: notice::items(order, &told, this),
            contact_mobile: (digits.len() >= 4).then(|| digits[digits.len() - 4..].iter().collect()),
            proof: state
                .proof
                .as_ref()
                .and_then(|p| p.reference.clone())
                .map(|path| (crate::proof::file_name(reference, id, state.revision), path)),
            replaces,
            consolidated: !state.merged.is_empty(),
        })
    }

    async fn choose(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        order: &tallyman_domain::Order,
        shipment: &Shipment,
    ) -> Result<carrier::ServiceChoice, Unplanned> {
        // "Domestic" as the marketplace's OTHER services mean it: inside the country the warehouse ships from.
        let domestic = match (&shipment.ship_to, &connection.settings.customs.country_of_origin) {
            (Some(to), Some(from)) => to.country == *from,
            _ => false,
        };
        let pick = |live: &[LiveService]| {
            carrier::choose(order.marketplace, shipment, domestic, &connection.settings.carriers, live)
        };
        let live = self.live(connection, marketplace, LIST_FRESH).await?;
        let chosen = match pick(&live) {
            Err(NoService::Unmapped { .. } | NoService::NumberRefused { .. }) => {
                pick(&self.live(connection, marketplace, LIST_FRESH_ON_MISS).await?)
            }
            chosen => chosen,
        };
        chosen.map_err(|no| {
            let kind = if matches!(no, NoService::Unmapped { .. }) {
                ExceptionKind::CarrierUnmapped
            } else {
                ExceptionKind::TrackingRefused
            };
            Unplanned::Blocked(kind, Finding::from(&no))
        })
    }

    async fn live(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        fresh: SignedDuration,
    ) -> Result<Vec<LiveService>, Unplanned> {
        let now = self.clock.now();
        let kept = self.carriers.services(&connection.id).await.at(&connection.id).map_err(Unplanned::Failed)?;
        if let Some((services, at)) = &kept
            && now.duration_since(*at) < fresh
        {
            return Ok(services.clone());
        }
        match (marketplace.services().await, kept) {
            (Ok(services), _) => {
                self.carriers
                    .put_services(&connection.id, &services, now)
                    .await
                    .at(&connection.id)
                    .map_err(Unplanned::Failed)?;
                Ok(services)
            }
            // An old list is better than none: notices still flow.
            (Err(_), Some((services, _))) => Ok(services),
            (Err(error), None) => {
                Err(Unplanned::Failed(StepError::Call { address: connection.id.to_string(), source: error }))
            }
        }
    }
}
