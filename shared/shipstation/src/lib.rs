#![doc = include_str!("../README.md")]

mod connect;
mod entry;
mod http;
mod orders;
mod read;
#[cfg(test)]
mod recorded_tests;
mod resource;
mod results;
mod shipments;
mod webhooks;

pub use connect::connect;
pub use resource::allowed_resource;

use async_trait::async_trait;
use http::{Wire, refused};
use resource::{Kind, Target};
use shipments::PAGE_RECORDS;
use std::fmt;
use tallyman_app::ports::{
    CallError, ExportResult, Page, Subscription, Warehouse, WarehouseChange, Window, warehouse::WarehouseEntry,
};
use tallyman_domain::{WarehouseOrder, limit::Rate, pacific};

/// ShipStation takes no more orders in one call.
pub const ORDERS_PER_CALL_MAX: usize = 100;

/// A base URL that can't be used: no absolute `http` or `https` URL, or one with a user name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ShipStation base URL must be an absolute http or https URL without a user name")]
pub struct BadBaseUrl;

/// One ShipStation account.
pub struct ShipStation {
    wire: Wire,
}

impl fmt::Debug for ShipStation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShipStation")
            .field("base_url", &self.wire.base().as_str())
            .field("api_key", &"…")
            .field("api_secret", &"…")
            .finish()
    }
}

impl ShipStation {
    /// A client for one account.
    ///
    /// `http` must be built with `redirect::Policy::none()`: a redirect would carry the credentials to a host that
    /// nobody checked. It must also have a time-out, as there is none here. With such a client a 3xx answer is
    /// [`CallError::Unclear`].
    ///
    /// # Errors
    /// [`BadBaseUrl`].
    pub fn new(
        http: reqwest::Client,
        base_url: &str,
        api_key: impl Into<String>,
        api_secret: impl Into<String>,
    ) -> Result<Self, BadBaseUrl> {
        let base = resource::base(base_url).ok_or(BadBaseUrl)?;
        Ok(Self { wire: Wire::new(http, base, api_key.into(), api_secret.into()) })
    }

    async fn list(
        &self,
        kind: Kind,
        filter: &str,
        window: Window,
        page: u32,
    ) -> Result<Page<WarehouseChange>, CallError> {
        let (from, to) = pacific::window(window.from, window.to);
        let mut url = self.wire.url(kind.path());
        url.query_pairs_mut()
            .append_pair(&format!("{filter}Start"), &from)
            .append_pair(&format!("{filter}End"), &to)
            .append_pair("sortBy", "CreateDate");
        resource::ask_for_page(&mut url, kind, page);
        self.read_page(kind, url, page).await
    }

    /// Orders of one status, oldest first.
    async fn orders_with(&self, status: &str, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        const CALL: &str = "GET /orders";
        let mut url = self.wire.url("/orders");
        url.query_pairs_mut()
            .append_pair("orderStatus", status)
            .append_pair("sortBy", "CreateDate")
            .append_pair("page", &page.saturating_add(1).to_string())
            .append_pair("pageSize", &PAGE_RECORDS.to_string());
        let body = self.wire.get(CALL, url).await?;
        entry::page(&body, page).map_err(|broken| broken.of(CALL))
    }

    async fn read_page(&self, kind: Kind, url: reqwest::Url, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        let call = kind.call();
        let body = self.wire.get(call, url).await?;
        shipments::page(&body, kind, page).map_err(|broken| broken.of(call))
    }
}

#[async_trait]
impl Warehouse for ShipStation {
    async fn create_orders(&self, orders: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError> {
        const CALL: &str = "POST /orders/createorders";
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        if orders.len() > ORDERS_PER_CALL_MAX {
            return Err(refused(CALL, "batch", format!("{} orders in one call; 100 are the most", orders.len())));
        }
        let body = orders::to_json(orders).map_err(|_| refused(CALL, "json", "the orders can't be written".into()))?;
        let hide = |words: String| results::impersonal(&words, orders);
        let body = self.wire.post(CALL, "/orders/createorders", body, hide).await?;
        results::results(&body, orders).map_err(|broken| broken.of(CALL))
    }

    async fn shipments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.list(Kind::Shipments, "createDate", window, page).await
    }

    async fn fulfillments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.list(Kind::Fulfillments, "createDate", window, page).await
    }

    async fn voided(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.list(Kind::Shipments, "voidDate", window, page).await
    }

    async fn follow(&self, resource_url: &str, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        match resource::target(resource_url, self.wire.base(), page) {
            Ok(Target::List(kind, url)) => self.read_page(kind, url, page).await,
            // Orders are ours to send, not to read: what the hint may have meant, the sweep finds.
            Ok(Target::Orders) => Ok(Page { items: Vec::new(), unreadable: Vec::new(), more: false }),
            Err(why) => Err(refused("GET resource_url", "resource_url", why.to_owned())),
        }
    }

    async fn waiting(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        self.orders_with("awaiting_shipment", page).await
    }

    async fn held(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        self.orders_with("on_hold", page).await
    }

    async fn entry(&self, id: i64) -> Result<Option<WarehouseEntry>, CallError> {
        const CALL: &str = "GET /orders/{id}";
        let url = self.wire.url(&format!("/orders/{id}"));
        let Some(body) = self.wire.get_if_there(CALL, url).await? else { return Ok(None) };
        entry::read(&body).map(Some).map_err(|broken| broken.of(CALL))
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        const CALL: &str = "GET /webhooks";
        let body = self.wire.get(CALL, self.wire.url("/webhooks")).await?;
        webhooks::list(&body).map_err(|broken| broken.of(CALL))
    }

    async fn subscribe(&self, event: &str, target_url: &str) -> Result<i64, CallError> {
        const CALL: &str = "POST /webhooks/subscribe";
        let body = webhooks::subscription(event, target_url);
        // The target holds the secret that the webhook is known by.
        let hide = |words: String| words.replace(target_url, "…");
        let body = self.wire.post(CALL, "/webhooks/subscribe", body, hide).await?;
        webhooks::new_id(&body).map_err(|broken| broken.of(CALL))
    }

    fn rate(&self) -> Option<Rate> {
        self.wire.last_rate()
    }

    async fn unsubscribe(&self, id: i64) -> Result<(), CallError> {
        self.wire.delete_if_there("DELETE /webhooks/{id}", self.wire.url(&format!("/webhooks/{id}"))).await
    }
}

// What one page asks for is also what `more` is judged by.
const _: () = assert!(PAGE_RECORDS <= 500, "ShipStation refuses larger pages");
