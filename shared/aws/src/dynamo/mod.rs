//! State in one DynamoDB table; `keys` has its layout.

mod authorisations;
mod batch;
mod budgets;
mod carriers;
mod catalogue;
mod config;
mod consents;
mod cursors;
mod item;
mod keys;
mod notes;
mod orders;
mod shelves;

pub use authorisations::DynamoAuthorisations;
pub use budgets::DynamoBudgetStore;
pub use carriers::DynamoCarriers;
pub use config::{CachedConfig, DynamoConfigStore};
pub use consents::DynamoConsents;
pub use cursors::DynamoCursorStore;
pub use keys::{GSI_DAYS, GSI_EXCEPTIONS, GSI_OPEN, TTL_ATTRIBUTE};
pub use notes::DynamoNotes;
pub use orders::DynamoOrderStore;
pub use shelves::DynamoShelves;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::AttributeValue,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tallyman_app::ports::Shelf;
use tallyman_domain::ConnectionId;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The table, with a client for it. Cheap to clone: build it once a process and hand it to the stores' `on`.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
    /// The shelves that this process has noted, and when.
    noted: Arc<Mutex<HashMap<(ConnectionId, Shelf), SystemTime>>>,
}

impl Table {
    /// A table by its name.
    #[must_use]
    pub fn new(config: &SdkConfig, name: &str) -> Self {
        Self { client: Client::new(config), name: name.into(), noted: Arc::default() }
    }
}

/// A store that is nothing but the table, seen through one port.
macro_rules! store_on_table {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name($crate::dynamo::Table);

        impl $name {
            /// With a client of its own.
            #[must_use]
            pub fn new(config: &aws_config::SdkConfig, table: &str) -> Self {
                Self($crate::dynamo::Table::new(config, table))
            }

            /// With the table's client.
            #[must_use]
            pub fn on(table: &$crate::dynamo::Table) -> Self {
                Self(table.clone())
            }
        }
    };
}
pub(crate) use store_on_table;

/// A write whose condition can fail, and the item that was in its way.
pub(crate) trait Conditional {
    /// `None` when something else went wrong; else the stored item, if there is one.
    fn in_the_way(&self) -> Option<Option<&Item>>;
}

impl<R> Conditional for SdkError<PutItemError, R> {
    fn in_the_way(&self) -> Option<Option<&Item>> {
        match self.as_service_error()? {
            PutItemError::ConditionalCheckFailedException(e) => Some(e.item()),
            _ => None,
        }
    }
}

impl<R> Conditional for SdkError<UpdateItemError, R> {
    fn in_the_way(&self) -> Option<Option<&Item>> {
        match self.as_service_error()? {
            UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item()),
            _ => None,
        }
    }
}
