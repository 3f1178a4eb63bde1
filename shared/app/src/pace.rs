//! A bearable pace: marketplaces ban an API for a second, for all its callers, when it is called too often.
//!
//! The pace is kept within a process; how many processes there are is bounded by the queue's maximum concurrency in
//! `template.yaml`, so that both together stay below what the marketplaces allow.

use crate::ports::{CallError, Clock, Listed, Listing, Marketplace, ReadBack, Window};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tallyman_domain::{ConnectionId, LiveService, MarketplaceOrderId, Notice, Order, ShipmentId, Standing};

/// When each connection's next call may leave.
pub struct Pace {
    interval: SignedDuration,
    clock: Arc<dyn Clock>,
    next: Mutex<HashMap<ConnectionId, Timestamp>>,
}

impl Pace {
    /// One call each `interval`.
    #[must_use]
    pub fn new(interval: SignedDuration, clock: Arc<dyn Clock>) -> Self {
        Self { interval, clock, next: Mutex::new(HashMap::new()) }
    }

    async fn wait(&self, connection: &ConnectionId) {
        let now = self.clock.now();
        let slot = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = next.get(connection).copied().unwrap_or(now).max(now);
            next.insert(connection.clone(), slot + self.interval);
            slot
        };
        let wait = Duration::try_from(slot.duration_since(now)).unwrap_or_default();
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

/// A marketplace that is called at a pace.
pub struct Paced {
    /// The marketplace.
    pub inner: Box<dyn Marketplace>,
    /// The pace, shared by all clients of the process.
    pub pace: Arc<Pace>,
    /// Whose calls they are.
    pub connection: ConnectionId,
    /// Does an upload of a proof call it?
    pub uploads: bool,
}

#[async_trait]
impl Marketplace for Paced {
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.list(listing, window, page).await
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.order(id).await
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.standing(id).await
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.services().await
    }
    async fn upload_proof(&self, file_name: &str, png: Vec<u8>) -> Result<Option<String>, CallError> {
        // Where nothing is uploaded, nothing is called.
        if self.uploads {
            self.pace.wait(&self.connection).await;
        }
        self.inner.upload_proof(file_name, png).await
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.notify(notice).await
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        self.pace.wait(&self.connection).await;
        self.inner.read_back(order, shipment, tracking_number, service).await
    }
}
