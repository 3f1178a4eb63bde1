//! The warehouse: ShipStation. Every call here is spent from the account's budget by the caller.

use super::{CallError, Window};
use async_trait::async_trait;
use tallyman_domain::{OrderRef, Shipment, WarehouseOrder, limit::Rate};

/// What became of one order of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportResult {
    /// The `orderKey` it was sent with.
    pub key: String,
    /// ShipStation's order id, or its reason for refusing.
    pub outcome: Result<i64, String>,
}

/// A shipment with what is known of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseChange {
    /// The shipment.
    pub shipment: Shipment,
    /// The order it belongs to, when its `orderKey` is ours.
    pub order: Option<OrderRef>,
    /// `orderNumber`: a candidate that must be checked against the order's own ShipStation id.
    pub order_number: String,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The readable records.
    pub items: Vec<T>,
    /// The unreadable ones: id where readable, path and reason.
    pub unreadable: Vec<String>,
    /// Is there another page?
    pub more: bool,
}

/// One order of the warehouse, as far as attributing shipments needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseEntry {
    /// ShipStation's id.
    pub id: i64,
    /// `orderKey`.
    pub key: Option<String>,
    /// `orderNumber`.
    pub number: String,
    /// `orderStatus`.
    pub status: String,
    /// Split off from this order.
    pub parent_id: Option<i64>,
    /// These were merged into it.
    pub merged_ids: Vec<i64>,
    /// What is in it: (`lineItemKey`, SKU, name, quantity).
    pub items: Vec<tallyman_domain::ShippedItem>,
}

/// A webhook subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// ShipStation's id.
    pub id: i64,
    /// `SHIP_NOTIFY` and so on.
    pub event: String,
    /// Where it posts.
    pub target_url: String,
    /// Is it on?
    pub active: bool,
}

/// ShipStation, for one account.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// Upserts up to 100 orders by key. Idempotent.
    ///
    /// # Errors
    /// A [`CallError`] for the call as a whole; one refused order is an [`ExportResult`].
    async fn create_orders(&self, orders: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError>;

    /// Labels created or voided in the window, with items; `page` counts from 0.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn shipments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError>;

    /// Orders marked as shipped in the window; `page` counts from 0.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn fulfillments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError>;

    /// Labels voided in the window; `page` counts from 0.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn voided(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError>;

    /// Follows a webhook's `resource_url`, which the caller has checked against the allow-list. Items are always
    /// asked for. An order resource gives no shipments.
    ///
    /// # Errors
    /// [`CallError::Refused`] when the URL is none of the resources we read.
    async fn follow(&self, resource_url: &str, page: u32) -> Result<Page<WarehouseChange>, CallError>;

    /// The orders that wait to be packed, oldest first; `page` counts from 0. While it is read, orders leave it.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn waiting(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError>;

    /// The orders that are on hold, oldest first; `page` counts from 0.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn held(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError>;

    /// One order by ShipStation's id. `None` when it is gone (merged into another).
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn entry(&self, id: i64) -> Result<Option<WarehouseEntry>, CallError>;

    /// The webhook subscriptions.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError>;

    /// Subscribes; returns ShipStation's id.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn subscribe(&self, event: &str, target_url: &str) -> Result<i64, CallError>;

    /// What the service said of the account's limit with its last answer. Other programs may use the same key, so it
    /// is believed over our own count.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn unsubscribe(&self, id: i64) -> Result<(), CallError>;
}
