//! State. One state item an order is the only commit point; facts are written before it and referred to by digest.

use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;
use tallyman_domain::{
    AccountId, ConnectionId, Exception, LiveService, Order, OrderRef, OrderState, Shipment, ShipmentId, limit::Book,
};

use crate::{
    connection::{Account, Connection},
    settings::SettingsChange,
};

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else committed first: load again and decide again.
    #[error("{key} was changed by somebody else meanwhile")]
    Conflict {
        /// Which item.
        key: String,
    },
    /// The service behind the store failed. The call may have taken effect; every write here can be repeated.
    #[error("{what} failed for {key}")]
    Failed {
        /// Which operation.
        what: &'static str,
        /// On what.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is stored can't be read back.
    #[error("{key} can't be read: {what}")]
    Corrupt {
        /// Which item.
        key: String,
        /// What is wrong.
        what: String,
    },
}

/// An order with everything it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRecord {
    /// The state.
    pub state: OrderState,
    /// The order as last read, if it could be read.
    pub order: Option<Order>,
    /// The shipments the state refers to, in the state's order.
    pub shipments: Vec<Shipment>,
}

/// Orders.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// One order with its facts and shipments, read consistently.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the state refers to facts that aren't there.
    async fn load(&self, order: &OrderRef) -> Result<Option<OrderRecord>, StoreError>;

    /// The states of many orders; unknown ones are absent from the result.
    ///
    /// # Errors
    /// [`StoreError::Failed`] unless all were read.
    async fn states(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderState>, StoreError>;

    /// States and order facts of many orders, without shipments (`shipments` is empty).
    ///
    /// # Errors
    /// [`StoreError::Failed`] unless all were read.
    async fn with_facts(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderRecord>, StoreError>;

    /// Writes order facts under their digest. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn put_facts(&self, facts: &[(OrderRef, Order)]) -> Result<(), StoreError>;

    /// Writes shipment facts under id and digest. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn put_shipment(&self, order: &OrderRef, shipment: &Shipment) -> Result<(), StoreError>;

    /// Keeps what couldn't be read, for people (at most 64 KB), and lets it go after 90 days.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn put_raw(&self, order: &OrderRef, raw: &str, now: Timestamp) -> Result<(), StoreError>;

    /// What [`OrderStore::put_raw`] kept last, as long as it is there.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn raw(&self, order: &OrderRef) -> Result<Option<String>, StoreError>;

    /// Commits a state whose `version` is one above the stored one (1 for a new order).
    ///
    /// # Errors
    /// MUST return [`StoreError::Conflict`] and change nothing when the stored version is another one.
    async fn commit(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError>;

    /// Orders that are not finished, tab by tab and oldest first in each, at most `limit`, after `after`. An order that
    /// moves meanwhile may be seen twice.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn open(
        &self,
        connection: &ConnectionId,
        after: Option<String>,
        limit: u32,
    ) -> Result<(Vec<OrderRef>, Option<String>), StoreError>;

    /// Keeps an exception about a shipment that belongs to no known order or can't be read, with the shipment where it
    /// can be. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn put_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        shipment: Option<&Shipment>,
        exception: &Exception,
    ) -> Result<(), StoreError>;

    /// The exception of a shipment that belongs to no order, or of something else that isn't an order; ended ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn stray(&self, account: &AccountId, id: &ShipmentId) -> Result<Option<Exception>, StoreError>;

    /// Writes it in the place of `before`. One that ended is kept, but no longer listed.
    ///
    /// # Errors
    /// MUST return [`StoreError::Conflict`] and change nothing when another one than `before` is stored.
    async fn swap_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        before: &Exception,
        after: &Exception,
    ) -> Result<(), StoreError>;

    /// Open exceptions: the order (or `account/shipment` for strays) and the exception.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn exceptions(&self) -> Result<Vec<(String, Exception)>, StoreError>;
}

/// How far a poll or sweep has come, in the source's own time.
#[async_trait]
pub trait CursorStore: Send + Sync {
    /// Reads it.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn cursor(&self, name: &str) -> Result<Option<Timestamp>, StoreError>;

    /// Moves it forward; a move backward changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    async fn advance(&self, name: &str, to: Timestamp) -> Result<(), StoreError>;
}

/// Connections and accounts.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// All connections.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn connections(&self) -> Result<Vec<Connection>, StoreError>;
    /// All ShipStation accounts.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// Adds or replaces a connection, whatever is there.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError>;
    /// Writes `after` in the place of `before`, and the change of its settings beside it where it is one: both or neither.
    ///
    /// # Errors
    /// MUST return [`StoreError::Conflict`] and change nothing when another connection than `before` is stored, or a
    /// change with this number.
    async fn swap_connection(
        &self,
        before: &Connection,
        after: &Connection,
        change: Option<&SettingsChange>,
    ) -> Result<(), StoreError>;
    /// The changes of a connection's settings, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settings_changes(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<SettingsChange>, StoreError>;
    /// Adds or replaces an account.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_account(&self, account: &Account) -> Result<(), StoreError>;
}

/// The marketplaces' live lists of services, kept for a day.
#[async_trait]
pub trait Carriers: Send + Sync {
    /// The list and when it was fetched.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn services(&self, connection: &ConnectionId) -> Result<Option<(Vec<LiveService>, Timestamp)>, StoreError>;
    /// Keeps a list.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_services(
        &self,
        connection: &ConnectionId,
        services: &[LiveService],
        at: Timestamp,
    ) -> Result<(), StoreError>;
}

/// The books of the budgets, one per upstream account, shared by all functions. What is written in them is
/// [`tallyman_domain::limit`]'s; here they are only kept.
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// The newest book; an empty one when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn book(&self, budget: &str) -> Result<Book, StoreError>;

    /// Writes a book in the place of the one with its `version`. Returns the newest one, and changes nothing, when
    /// another one is there; of any number that write at once in the place of the same book, exactly one does.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when nobody knows; repeating it is safe.
    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError>;
}

/// Small notes that one run leaves for the next: where it stopped, what people were told. None is ever the only truth.
#[async_trait]
pub trait NoteStore: Send + Sync {
    /// A note and its version; none when there never was one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn note(&self, name: &str) -> Result<Option<(u64, String)>, StoreError>;

    /// Writes a note in the place of that `version` (0: there is none). At most 300 KB.
    ///
    /// # Errors
    /// MUST return [`StoreError::Conflict`] and change nothing when another version is there.
    async fn put_note(&self, name: &str, version: u64, text: &str) -> Result<(), StoreError>;
}

/// Names a shipment in a message to people.
#[must_use]
pub fn shipment_address(order: &OrderRef, shipment: &ShipmentId) -> String {
    format!("{order} shipment {shipment}")
}
