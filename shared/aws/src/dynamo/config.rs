//! Connections, accounts and authorisations: one partition, one query.

use super::{
    Conditional as _, Item, Table,
    authorisations::{AUTHORISATION, DynamoAuthorisations, of_item},
    item, keys, store_on_table,
};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, PoisonError};
use tallyman_app::{
    connection::{Account, Connection},
    ports::{Clock, ConfigStore, StoreError},
    settings::SettingsChange,
};
use tallyman_domain::{Authorisation, ConnectionId};

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

    /// The text under which this very connection is stored. An older version may have written it otherwise than this one
    /// would, so what is read is compared, and its own text is the condition.
    async fn stored_text(&self, connection: &Connection) -> Result<String, StoreError> {
        let sk = format!("{CONNECTION}{}", connection.id);
        let stored = self.0.get("connection", keys::CONFIG, &sk, true).await?;
        let stored = stored.filter(|item| item::json::<Connection>(item, "s").is_ok_and(|c| c == *connection));
        let text = stored.as_ref().map(|item| item::text(item, "s").map(str::to_owned)).transpose()?;
        text.ok_or_else(|| conflict(&connection.id))
    }

    /// Both or neither. The SDK repeats a transaction with the token of its first try, so that a lost answer isn't
    /// taken for somebody else's write.
    async fn put_both(&self, connection: Put, change: Put, id: &ConnectionId) -> Result<(), StoreError> {
        let both = [connection, change].map(|put| TransactWriteItem::builder().put(put).build());
        let call = self.0.client.transact_write_items().set_transact_items(Some(both.to_vec()));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if lost_the_race(&error) => Err(conflict(id)),
            Err(error) => Err(failed("swap_connection", id.as_str())(error)),
        }
    }

    async fn everything(&self) -> Result<All, StoreError> {
        let items = self.0.partition("config", keys::CONFIG, None).await?;
        let authorisations = having(&items, AUTHORISATION).map(of_item).collect::<Result<_, _>>()?;
        Ok(All { connections: of_kind(&items, CONNECTION)?, accounts: of_kind(&items, ACCOUNT)?, authorisations })
    }
}

fn conflict(id: &ConnectionId) -> StoreError {
    StoreError::Conflict { key: format!("{CONNECTION}{id}") }
}

fn lost_the_race<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return false;
    };
    let reasons = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    reasons.into_iter().any(|code| ["ConditionalCheckFailed", "TransactionConflict"].contains(&code))
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

    async fn swap_connection(
        &self,
        before: &Connection,
        after: &Connection,
        change: Option<&SettingsChange>,
    ) -> Result<(), StoreError> {
        let (id, text) = (&before.id, self.stored_text(before).await?);
        let built =
            |error| StoreError::Failed { what: "swap_connection", key: id.to_string(), source: Box::new(error) };
        let json = item::to_json(keys::CONFIG, after)?;
        let connection = item::item(keys::CONFIG, &format!("{CONNECTION}{id}"), [("s", item::s(json))]);
        let Some(change) = change else {
            let put = self.0.client.put_item().table_name(&*self.0.name).set_item(Some(connection));
            let put = put.condition_expression("s = :before").expression_attribute_values(":before", item::s(text));
            return match put.send().await {
                Ok(_) => Ok(()),
                Err(error) if error.in_the_way().is_some() => Err(conflict(id)),
                Err(error) => Err(failed("swap_connection", id.as_str())(error)),
            };
        };
        let put = Put::builder().table_name(&*self.0.name).set_item(Some(connection));
        let put = put.condition_expression("s = :before").expression_attribute_values(":before", item::s(text));
        let (pk, sk) = (keys::settings(id), keys::change(change.number));
        let kept = item::item(&pk, &sk, [("b", item::pack(&pk, change)?)]);
        let new = Put::builder().table_name(&*self.0.name).set_item(Some(kept));
        let new = new.condition_expression("attribute_not_exists(pk)");
        self.put_both(put.build().map_err(built)?, new.build().map_err(built)?, id).await
    }

    async fn settings_changes(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<SettingsChange>, StoreError> {
        let pk = keys::settings(connection);
        let query = self.0.client.query().table_name(&*self.0.name).consistent_read(true).scan_index_forward(false);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", item::s(&pk));
        let page = query.limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX)).send().await;
        page.map_err(failed("settings_changes", &pk))?.items().iter().map(|i| item::unpack(i, "b")).collect()
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

    async fn swap_connection(
        &self,
        before: &Connection,
        after: &Connection,
        change: Option<&SettingsChange>,
    ) -> Result<(), StoreError> {
        let done = self.store.swap_connection(before, after, change).await;
        self.keep(None);
        done
    }

    async fn settings_changes(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<SettingsChange>, StoreError> {
        self.store.settings_changes(connection, limit).await
    }

    async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        self.store.put_account(account).await?;
        self.keep(None);
        Ok(())
    }
}
