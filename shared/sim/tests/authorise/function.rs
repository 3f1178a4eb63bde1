//! A function whose marketplace accepts only what the authorisation server still accepts.

use crate::lab::{Process, World};
use async_trait::async_trait;
use std::sync::Arc;
use tallyman_app::ports::{CallError, Listed, Listing, Marketplace, ReadBack, Window};
use tallyman_domain::{LiveService, MarketplaceKind, MarketplaceOrderId, Notice, Order, ShipmentId, Standing};
use tallyman_sim::{FakeAuthoriser, FakeMarketplace, samples};

/// Accepts what the authorisation server does.
struct Guarded {
    inner: Arc<FakeMarketplace>,
    server: FakeAuthoriser,
    token: String,
}

impl Guarded {
    fn check(&self) -> Result<(), CallError> {
        let refused = CallError::Unauthorised { service: "FakeMarketplace", code: "IllegalAccessToken".into() };
        if self.server.accepts(&self.token) { Ok(()) } else { Err(refused) }
    }
}

#[async_trait]
impl Marketplace for Guarded {
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        self.check()?;
        self.inner.list(listing, window, page).await
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        self.check()?;
        self.inner.order(id).await
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        self.check()?;
        self.inner.standing(id).await
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        self.check()?;
        self.inner.services().await
    }
    async fn upload_proof(&self, name: &str, png: Vec<u8>) -> Result<Option<String>, CallError> {
        self.check()?;
        self.inner.upload_proof(name, png).await
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        self.check()?;
        self.inner.notify(notice).await
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        self.check()?;
        self.inner.read_back(order, shipment, tracking_number, service).await
    }
}

/// A function with a memory of its own.
pub fn function(world: &World) -> Process {
    let inner = FakeMarketplace::new(3, false);
    inner.put(samples::order(MarketplaceKind::AliExpress, 1));
    function_at(world, &Arc::new(inner))
}

pub fn function_at(world: &World, market: &Arc<FakeMarketplace>) -> Process {
    let (server, market) = (world.server.clone(), market.clone());
    let connect = move |_: &_, secret: &serde_json::Value, _| {
        let token = secret["access_token"].as_str().unwrap_or_default().to_owned();
        Ok(Box::new(Guarded { inner: market.clone(), server: server.clone(), token }) as Box<dyn Marketplace>)
    };
    Process::calling(&world.registry, &world.server, world.clock.clone(), Arc::new(connect))
}
