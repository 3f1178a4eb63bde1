//! The port, each method in a module of its own.

use crate::{cancellation, list, notice, order, services};
use async_trait::async_trait;
use std::sync::Arc;
use tallyman_app::ports::{CallError, CallGate, CancelAnswer, Clock, Listed, Listing, Marketplace, ReadBack, Window};
use tallyman_domain::{LiveService, MarketplaceOrderId, Notice, Order, ShipmentId, Standing, limit::CallClass};
use tallyman_iop::{Credentials, Gateway};

/// AliExpress, for one seller.
#[derive(Debug, Clone)]
pub struct AliExpress {
    gateway: Gateway,
}

impl AliExpress {
    /// A seller's AliExpress at `base_url` (`https://api-sg.aliexpress.com`). The HTTP client brings the time-outs and
    /// must not follow redirects.
    #[must_use]
    pub fn new(http: reqwest::Client, base_url: &str, credentials: Credentials, clock: Arc<dyn Clock>) -> Self {
        Self { gateway: Gateway::new("AliExpress", http, base_url, credentials, clock) }
    }

    /// With a gate that every request has to pass.
    #[must_use]
    pub fn gated(self, gate: Arc<dyn CallGate>) -> Self {
        Self { gateway: self.gateway.gated(gate) }
    }
}

#[async_trait]
impl Marketplace for AliExpress {
    fn expect(&self, class: CallClass) {
        self.gateway.expect(class);
    }
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        list::list(&self.gateway, listing, window, page).await
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        order::read(&self.gateway, id).await
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        order::standing(&self.gateway, id).await
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        services::services(&self.gateway).await
    }
    /// AliExpress has no place for a proof.
    async fn upload_proof(&self, _file_name: &str, _png: Vec<u8>) -> Result<Option<String>, CallError> {
        Ok(None)
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        notice::send(&self.gateway, notice).await
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        _shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        notice::read_back(&self.gateway, order, tracking_number, service).await
    }

    async fn answer_cancellation(
        &self,
        order: &MarketplaceOrderId,
        buyer: &str,
        answer: &CancelAnswer,
    ) -> Result<(), CallError> {
        cancellation::answer(&self.gateway, order, buyer, answer).await
    }

    async fn raw(&self, id: &MarketplaceOrderId) -> Result<Option<String>, CallError> {
        order::data(&self.gateway, id, None).await.map(|(_, data)| Some(data.to_string()))
    }
}
