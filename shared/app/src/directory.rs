//! Who is who: connections and accounts by name, with their keys, as clients to call.

use crate::{
    authorised::Authorised,
    connection::{Account, Connection},
    pace::Pace,
    ports::{AuthorisationStore, CallGate, Clock, ConfigStore, Marketplace, SecretStore, StoreError, Warehouse},
    step::{At, StepError},
};
use serde_json::Value;
use std::sync::Arc;
use tallyman_domain::{AccountId, Authorisation, ConnectionId, SellerId, WhyReauth};

/// Makes a marketplace's client of a connection and its secret.
pub type ConnectMarketplace =
    Arc<dyn Fn(&Connection, &Value, Arc<dyn CallGate>) -> Result<Box<dyn Marketplace>, String> + Send + Sync>;
/// Makes ShipStation's client of an account and its secret.
pub type ConnectWarehouse = Box<dyn Fn(&Account, &Value) -> Result<Box<dyn Warehouse>, String> + Send + Sync>;

/// The directory. Configuration and secrets are cached by their stores, clients are cheap to make anew.
pub struct Directory {
    /// Connections and accounts.
    pub config: Arc<dyn ConfigStore>,
    /// How their authorisations stand.
    pub authorisations: Arc<dyn AuthorisationStore>,
    /// Their keys.
    pub secrets: Arc<dyn SecretStore>,
    /// How to make a marketplace's client.
    pub connect_marketplace: ConnectMarketplace,
    /// How fast marketplaces are called.
    pub pace: Arc<Pace>,
    /// How to make ShipStation's client.
    pub connect_warehouse: ConnectWarehouse,
    /// Clock.
    pub clock: Arc<dyn Clock>,
}

/// Why a connection isn't used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// A person paused it.
    Paused,
    /// A person removed it.
    Removed,
    /// A person has to authorise it (again).
    NeedsReauth(WhyReauth),
    /// Its access token ended and is about to be renewed.
    Renewing,
}

impl Idle {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Paused => "it is paused; resume it to go on",
            Self::Removed => "it was removed",
            Self::NeedsReauth(why) => why.words(),
            Self::Renewing => "its access token ended and waits to be renewed",
        }
    }

    /// Reads it off a connection and its authorisation.
    #[must_use]
    pub fn of(connection: &Connection, known: Option<&Authorisation>, now: jiff::Timestamp) -> Option<Self> {
        if connection.removed {
            return Some(Self::Removed);
        }
        let unusable = known.filter(|a| !a.usable(now));
        let waits = unusable.map(|a| a.needs_reauth(now).map_or(Self::Renewing, Self::NeedsReauth));
        waits.or(connection.paused.then_some(Self::Paused))
    }
}

fn unusable(address: &str, what: impl Into<String>) -> StepError {
    StepError::Unusable { address: address.to_owned(), what: what.into() }
}

impl Directory {
    /// All connections, removed ones too.
    ///
    /// # Errors
    /// [`StepError::Store`].
    pub async fn connections(&self) -> Result<Vec<Connection>, StepError> {
        self.config.connections().await.at("connections")
    }

    /// The connections that may be used now: not paused, not removed, authorised.
    ///
    /// # Errors
    /// [`StepError::Store`].
    pub async fn usable_connections(&self) -> Result<Vec<Connection>, StepError> {
        let known = self.authorisations.authorisations().await.at("authorisations")?;
        let now = self.clock.now();
        let mut all = self.connections().await?;
        all.retain(|c| Idle::of(c, known.iter().find(|a| a.connection == c.id), now).is_none());
        Ok(all)
    }

    /// Why a connection isn't used now; `None` when it is.
    ///
    /// # Errors
    /// [`StepError::Store`].
    pub async fn idle(&self, connection: &Connection) -> Result<Option<Idle>, StepError> {
        let known = self.authorisations.authorisations().await.at(&connection.id)?;
        Ok(Idle::of(connection, known.iter().find(|a| a.connection == connection.id), self.clock.now()))
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

    /// Another connection of the same marketplace that belongs to this seller; removed ones don't count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connection_of(&self, of: &Connection, seller: &SellerId) -> Result<Option<ConnectionId>, StoreError> {
        let all = self.config.connections().await?;
        for other in all.into_iter().filter(|c| c.id != of.id && c.marketplace == of.marketplace && !c.removed) {
            let known = self.authorisations.authorisation(&other.id).await?;
            if known.is_some_and(|known| known.seller.as_ref() == Some(seller)) {
                return Ok(Some(other.id));
            }
        }
        Ok(None)
    }

    /// One account.
    ///
    /// # Errors
    /// [`StepError::Unusable`] when nobody registered it.
    pub async fn account(&self, id: &AccountId) -> Result<Account, StepError> {
        let found = self.accounts().await?.into_iter().find(|a| a.id == *id);
        found.ok_or_else(|| unusable(id.as_str(), "no such ShipStation account; register it with `tallyman register`"))
    }

    /// A connection's marketplace. Its client takes over renewed tokens by itself, and marks the connection when the
    /// marketplace no longer accepts them.
    ///
    /// # Errors
    /// [`StepError::NeedsReauth`] when the connection can't be used until a person acts, or was removed;
    /// [`StepError::Unusable`] when its keys are missing. A paused connection has one: what is under way may end.
    pub async fn marketplace(&self, connection: &Connection) -> Result<Box<dyn Marketplace>, StepError> {
        match self.idle(connection).await? {
            None | Some(Idle::Paused) => {}
            Some(why) => return Err(StepError::NeedsReauth { address: connection.id.to_string(), why }),
        }
        let secret = self.secret(&connection.secret_name(), connection.id.as_str()).await?;
        Ok(Box::new(self.authorised(connection, &secret).map_err(|what| unusable(connection.id.as_str(), what))?))
    }

    fn authorised(&self, connection: &Connection, secret: &Value) -> Result<Authorised, String> {
        let (connect, pace) = (Arc::clone(&self.connect_marketplace), Arc::clone(&self.pace));
        let of = connection.clone();
        let paced = move |secret: &Value| -> Result<Box<dyn Marketplace>, String> {
            let app_key = secret.get("app_key").and_then(Value::as_str).unwrap_or_default();
            connect(&of, secret, pace.gate(&of, app_key))
        };
        Authorised::new(
            connection,
            secret,
            Box::new(paced),
            Arc::clone(&self.secrets),
            Arc::clone(&self.authorisations),
            Arc::clone(&self.clock),
        )
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
