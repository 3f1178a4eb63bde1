//! Shipments of nobody: a person has to find out whose they are, unless a later look does.

use super::ReadShipments;
use crate::{
    connection::Account,
    exceptions::{clear_stray, raise_stray_shipment},
    ports::{StoreError, WarehouseChange},
};
use tallyman_domain::{Exception, ExceptionKind, Finding, Shipment, ShipmentId, exception::deadline};

impl ReadShipments<'_> {
    /// Nobody's, as far as it was found out.
    pub(super) async fn stray(
        &self,
        account: &Account,
        id: &ShipmentId,
        shipment: Option<&Shipment>,
        (kind, what): (ExceptionKind, Finding),
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let found = Exception::found(kind, Some(id), what, deadline(kind, None, now), now);
        raise_stray_shipment(self.orders, &account.id, id, shipment, &found).await.map(|_| ())
    }

    /// It is recorded at its order. One that the ids of ShipStation's orders attributed may have been nobody's before: they
    /// say nothing until the order's export is settled. That one bears our key is known at the first look, so the usual
    /// way pays no read for this; what else was nobody's, and what a worker leaves who dies right here, `reconcile` clears.
    pub(super) async fn is_no_stray(&self, account: &Account, change: &WarehouseChange) -> Result<(), StoreError> {
        if change.order.is_some() {
            return Ok(());
        }
        clear_stray(self.orders, &account.id, &change.shipment.id, self.clock.now()).await
    }
}
