//! Connections and accounts, as configured.

use serde::{Deserialize, Serialize};
use tallyman_domain::{AccountId, ConnectionId, MarketplaceKind, Settings};

/// One authorised marketplace account, paired with one ShipStation account. Its keys are in the secret store under
/// [`Connection::secret_name`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// Where it sells.
    pub marketplace: MarketplaceKind,
    /// Where it ships.
    pub account: AccountId,
    /// The name of the budget that it shares with all connections of its app ([`crate::pace::app_budget`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_budget: Option<String>,
    /// Not polled, not notified while paused.
    #[serde(default)]
    pub paused: bool,
    /// Taken away by a person. The name stays, so that messages still under way are no errors; its keys are gone.
    #[serde(default)]
    pub removed: bool,
    /// Choices.
    #[serde(default)]
    pub settings: Settings,
}

impl Connection {
    /// Where its keys are, below the stack's own prefix.
    #[must_use]
    pub fn secret_name(&self) -> String {
        format!("connection/{}", self.id)
    }
}

/// One ShipStation account. Its keys are in the secret store under [`Account::secret_name`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// Calls a minute that the account allows; 40 for ShipStation V1.
    #[serde(default = "calls_per_minute")]
    pub calls_per_minute: u32,
    /// SHA-256 (hex) of the secret in the webhook's path, so that the function that checks it needs no secret.
    pub webhook_secret_sha256: String,
}

fn calls_per_minute() -> u32 {
    40
}

impl Account {
    /// Where its keys are, below the stack's own prefix.
    #[must_use]
    pub fn secret_name(&self) -> String {
        format!("account/{}", self.id)
    }
    /// The name of its budget.
    #[must_use]
    pub fn budget(&self) -> String {
        format!("shipstation/{}", self.id)
    }
    /// The name of its budget at ShipStation V2, which counts for itself.
    #[must_use]
    pub fn budget_v2(&self) -> String {
        format!("shipstation-v2/{}", self.id)
    }
}
