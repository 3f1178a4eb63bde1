//! Connections and accounts.

use super::{Item, Table, item, keys, store_on_table};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, PoisonError};
use tallyman_app::{
    connection::{Account, Connection},
    ports::{Clock, ConfigStore, StoreError},
};

const CONNECTION: &str = "connection#";
const ACCOUNT: &str = "account#";
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(60);

store_on_table! {
    /// Connections and accounts in DynamoDB, read at every call; [`CachedConfig`] is for functions.
    DynamoConfigStore
}

impl DynamoConfigStore {
    async fn all<T: DeserializeOwned>(&self, what: &'static str, prefix: &str) -> Result<Vec<T>, StoreError> {
        let items = self.0.partition(what, keys::CONFIG, Some(prefix)).await?;
        items.iter().map(|i| item::json(i, "s")).collect()
    }

    async fn put(&self, what: &'static str, sk: String, value: &impl Serialize) -> Result<(), StoreError> {
        let json = item::to_json(keys::CONFIG, value)?;
        self.0.put(what, item::item(keys::CONFIG, &sk, [("s", item::s(json))])).await
    }

    async fn both(&self) -> Result<Both, StoreError> {
        let items = self.0.partition("config", keys::CONFIG, None).await?;
        Ok(Both { connections: of_kind(&items, CONNECTION)?, accounts: of_kind(&items, ACCOUNT)? })
    }
}

fn of_kind<T: DeserializeOwned>(items: &[Item], prefix: &str) -> Result<Vec<T>, StoreError> {
    let of_kind = items.iter().filter(|i| item::text(i, "sk").is_ok_and(|sk| sk.starts_with(prefix)));
    of_kind.map(|i| item::json(i, "s")).collect()
}

#[async_trait]
impl ConfigStore for DynamoConfigStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.all("connections", CONNECTION).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.all("accounts", ACCOUNT).await
    }

    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        self.put("put_connection", format!("{CONNECTION}{}", connection.id), connection).await
    }

    async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        self.put("put_account", format!("{ACCOUNT}{}", account.id), account).await
    }
}

#[derive(Clone)]
struct Both {
    connections: Vec<Connection>,
    accounts: Vec<Account>,
}

/// Connections and accounts, read together and believed for a minute: a warm function asks at every message.
pub struct CachedConfig {
    store: DynamoConfigStore,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(Timestamp, Both)>>,
}

impl CachedConfig {
    /// Over a table.
    #[must_use]
    pub fn on(table: &Table, clock: Arc<dyn Clock>) -> Self {
        Self { store: DynamoConfigStore::on(table), clock, kept: Mutex::new(None) }
    }

    fn keep(&self, kept: Option<(Timestamp, Both)>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    async fn both(&self) -> Result<Both, StoreError> {
        let now = self.clock.now();
        if let Some((at, both)) = &*self.kept.lock().unwrap_or_else(PoisonError::into_inner)
            && now.duration_since(*at).abs() < KEPT_FOR
        {
            return Ok(both.clone());
        }
        let both = self.store.both().await?;
        self.keep(Some((now, both.clone())));
        Ok(both)
    }
}

#[async_trait]
impl ConfigStore for CachedConfig {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        Ok(self.both().await?.connections)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        Ok(self.both().await?.accounts)
    }

    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        self.store.put_connection(connection).await?;
        self.keep(None);
        Ok(())
    }

    async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        self.store.put_account(account).await?;
        self.keep(None);
        Ok(())
    }
}
