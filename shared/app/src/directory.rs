//! Who is who: connections and accounts by name, with their keys, as clients to call.

use crate::{
    connection::{Account, Connection},
    pace::{Pace, Paced},
    ports::{ConfigStore, Marketplace, SecretStore, StoreError, Warehouse},
    step::{At, StepError},
};
use serde_json::Value;
use std::sync::Arc;
use tallyman_domain::{AccountId, ConnectionId};

/// Makes a marketplace's client of a connection and its secret.
pub type ConnectMarketplace = Box<dyn Fn(&Connection, &Value) -> Result<Box<dyn Marketplace>, String> + Send + Sync>;
/// Makes ShipStation's client of an account and its secret.
pub type ConnectWarehouse = Box<dyn Fn(&Account, &Value) -> Result<Box<dyn Warehouse>, String> + Send + Sync>;

/// The directory. Configuration and secrets are cached by their stores, clients are cheap to make anew.
pub struct Directory {
    /// Connections and accounts.
    pub config: Arc<dyn ConfigStore>,
    /// Their keys.
    pub secrets: Arc<dyn SecretStore>,
    /// How to make a marketplace's client.
    pub connect_marketplace: ConnectMarketplace,
    /// How fast marketplaces are called.
    pub pace: Arc<Pace>,
    /// How to make ShipStation's client.
    pub connect_warehouse: ConnectWarehouse,
}

fn unusable(address: &str, what: impl Into<String>) -> StepError {
    StepError::Unusable { address: address.to_owned(), what: what.into() }
}

impl Directory {
    /// All connections.
    ///
    /// # Errors
    /// [`StepError::Store`].
    pub async fn connections(&self) -> Result<Vec<Connection>, StepError> {
        self.config.connections().await.at("connections")
    }

    /// All ShipStation accounts.
    ///
    /// # Errors
    /// [`StepError::Store`].
    pub async fn accounts(&self) -> Result<Vec<Account>, StepError> {
        self.config.accounts().await.at("ShipStation accounts")
    }

    /// One connection.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when nobody registered it.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection, StepError> {
        let found = self.connections().await?.into_iter().find(|c| c.id == *id);
        found.ok_or_else(|| unusable(id.as_str(), "no such connection; register it with `tallyman register`"))
    }

    /// One account.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when nobody registered it.
    pub async fn account(&self, id: &AccountId) -> Result<Account, StepError> {
        let found = self.accounts().await?.into_iter().find(|a| a.id == *id);
        found.ok_or_else(|| unusable(id.as_str(), "no such ShipStation account; register it with `tallyman register`"))
    }

    /// A connection's marketplace.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when its keys are missing.
    pub async fn marketplace(&self, connection: &Connection) -> Result<Box<dyn Marketplace>, StepError> {
        let secret = self.secret(&connection.secret_name(), connection.id.as_str()).await?;
        let inner =
            (self.connect_marketplace)(connection, &secret).map_err(|what| unusable(connection.id.as_str(), what))?;
        Ok(Box::new(Paced {
            inner,
            pace: Arc::clone(&self.pace),
            connection: connection.id.clone(),
            uploads: connection.marketplace.takes_proof(),
        }))
    }

    /// An account's ShipStation.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when its keys are missing.
    pub async fn warehouse(&self, account: &Account) -> Result<Box<dyn Warehouse>, StepError> {
        let secret = self.secret(&account.secret_name(), account.id.as_str()).await?;
        (self.connect_warehouse)(account, &secret).map_err(|what| unusable(account.id.as_str(), what))
    }

    /// A field of an account's secret.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when it is missing.
    pub async fn account_secret(&self, account: &Account, field: &str) -> Result<String, StepError> {
        let secret = self.secret(&account.secret_name(), account.id.as_str()).await?;
        let value = secret.get(field).and_then(Value::as_str).map(str::to_owned);
        value.ok_or_else(|| unusable(account.id.as_str(), format!("its secret has no {field}; register it again")))
    }

    async fn secret(&self, name: &str, address: &str) -> Result<Value, StepError> {
        let found: Result<Option<Value>, StoreError> = self.secrets.secret(name).await;
        found
            .at(address)?
            .ok_or_else(|| unusable(address, "its keys are missing; register it again with `tallyman register`"))
    }
}
