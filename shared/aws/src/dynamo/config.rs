//! Connections, accounts and authorisations: one partition, one query.

use super::{
    Item, Table,
    authorisations::{AUTHORISATION, DynamoAuthorisations, of_item},
    item, keys, store_on_table,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, PoisonError};
use tallyman_app::{
    connection::{Account, Connection},
    ports::{Clock, ConfigStore, StoreError},
};
use tallyman_domain::Authorisation;

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

    async fn everything(&self) -> Result<All, StoreError> {
        let items = self.0.partition("config", keys::CONFIG, None).await?;
        let authorisations = having(&items, AUTHORISATION).map(of_item).collect::<Result<_, _>>()?;
        Ok(All { connections: of_kind(&items, CONNECTION)?, accounts: of_kind(&items, ACCOUNT)?, authorisations })
    }
}

fn having<'i>(items: &'i [Item], prefix: &'static str) -> impl Iterator<Item = &'i Item> {
    items.iter().filter(move |i| item::text(i, "sk").is_ok_and(|sk| sk.starts_with(prefix)))
}

fn of_kind<T: DeserializeOwned>(items: &[Item], prefix: &'static str) -> Result<Vec<T>, StoreError> {
    having(items, prefix).map(|i| item::json(i, "s")).collect()
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
pub(super) struct All {
    connections: Vec<Connection>,
    accounts: Vec<Account>,
    pub(super) authorisations: Vec<Authorisation>,
}

/// Connections, accounts and authorisations, read together and believed for a minute: a warm function asks at every message.
pub struct CachedConfig {
    store: DynamoConfigStore,
    pub(super) authorisations: DynamoAuthorisations,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(Timestamp, All)>>,
}

impl CachedConfig {
    /// Over a table.
    #[must_use]
    pub fn on(table: &Table, clock: Arc<dyn Clock>) -> Self {
        let (store, authorisations) = (DynamoConfigStore::on(table), DynamoAuthorisations::on(table));
        Self { store, authorisations, clock, kept: Mutex::new(None) }
    }

    pub(super) fn keep(&self, kept: Option<(Timestamp, All)>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    pub(super) async fn all(&self) -> Result<All, StoreError> {
        let now = self.clock.now();
        if let Some((at, all)) = &*self.kept.lock().unwrap_or_else(PoisonError::into_inner)
            && now.duration_since(*at).abs() < KEPT_FOR
        {
            return Ok(all.clone());
        }
        let all = self.store.everything().await?;
        self.keep(Some((now, all.clone())));
        Ok(all)
    }
}

#[async_trait]
impl ConfigStore for CachedConfig {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        Ok(self.all().await?.connections)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        Ok(self.all().await?.accounts)
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
