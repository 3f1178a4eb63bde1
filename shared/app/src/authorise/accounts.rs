//! ShipStation accounts: a key is tried before it is kept.

use super::{Authorise, AuthoriseError};
use crate::{
    budget::{Spend, believe, hear, spend},
    connection::Account,
    ports::{CallError, Secret},
};
use serde_json::json;
use tallyman_domain::{AccountId, Digest, limit::CallClass};

/// An account that a person wants.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its name.
    pub id: AccountId,
    /// ShipStation's API key.
    pub api_key: Secret,
    /// ShipStation's API secret.
    pub api_secret: Secret,
    /// Calls a minute that the key allows, all programs together.
    pub calls_per_minute: u32,
    /// For the path of its webhooks, freshly drawn, at least 32 hexadecimal digits. One in use already stays.
    pub webhook_secret: Secret,
}

impl Authorise<'_> {
    /// Tries a key and secret with one real call that changes nothing (`GET /webhooks`).
    ///
    /// # Errors
    /// [`AuthoriseError::AccountRefused`]; [`AuthoriseError::NoBudget`] when the account is known and busy.
    pub async fn check_account(&self, new: &NewAccount) -> Result<(), AuthoriseError> {
        let address = || format!("account {}", new.id);
        let store = |e| AuthoriseError::store(address(), e);
        let account = account(new, new.webhook_secret.expose());
        let clock = &*self.directory.clock;
        let spent = spend(self.budgets, clock, &account, CallClass::Notice, 0).await.map_err(store)?;
        if spent != Spend::Go {
            return Err(AuthoriseError::NoBudget);
        }
        let secret = json!({ "api_key": new.api_key.expose(), "api_secret": new.api_secret.expose() });
        let warehouse = (self.directory.connect_warehouse)(&account, &secret)
            .map_err(|what| AuthoriseError::Unusable { address: address(), what })?;
        let answer = warehouse.subscriptions().await;
        hear(self.budgets, clock, &account, warehouse.rate()).await.map_err(store)?;
        match answer {
            Ok(_) => Ok(()),
            Err(CallError::Unauthorised { .. }) => Err(AuthoriseError::AccountRefused),
            Err(CallError::Throttled { after, .. }) => {
                believe(self.budgets, clock, &account, after).await.map_err(store)?;
                Err(AuthoriseError::NoBudget)
            }
            Err(source) => Err(AuthoriseError::Call { address: address(), source }),
        }
    }

    /// One key has one limit at ShipStation, so it has one account, and one budget, here.
    async fn check_key_is_free(&self, new: &NewAccount) -> Result<(), AuthoriseError> {
        let store = |e| AuthoriseError::store(format!("account {}", new.id), e);
        let known = self.directory.config.accounts().await.map_err(store)?;
        for other in known.into_iter().filter(|other| other.id != new.id) {
            // Its key may have been changed a moment ago, in another process.
            self.directory.secrets.forget(&other.secret_name());
            let secret = self.directory.secrets.secret(&other.secret_name()).await.map_err(store)?;
            if secret.is_some_and(|secret| secret["api_key"] == new.api_key.expose()) {
                return Err(AuthoriseError::KeyInUse { account: other.id });
            }
        }
        Ok(())
    }

    /// Keeps an account, with or without having tried its key: the secret first, then the account.
    ///
    /// # Errors
    /// [`AuthoriseError::KeyInUse`], [`AuthoriseError::Store`].
    pub async fn put_account(&self, new: &NewAccount) -> Result<Account, AuthoriseError> {
        let store = |e| AuthoriseError::store(format!("account {}", new.id), e);
        self.check_key_is_free(new).await?;
        let name = account(new, "").secret_name();
        self.directory.secrets.forget(&name);
        // A webhook secret that is in use stays: ShipStation holds URLs with it.
        let known = self.directory.secrets.secret(&name).await.map_err(store)?;
        let kept = known.as_ref().and_then(|s| s["webhook_secret"].as_str());
        let webhook_secret = kept.unwrap_or(new.webhook_secret.expose()).to_owned();
        let secret = json!({
            "api_key": new.api_key.expose(), "api_secret": new.api_secret.expose(), "webhook_secret": webhook_secret,
        });
        self.directory.secrets.put_secret(&name, &secret).await.map_err(store)?;
        let account = account(new, &webhook_secret);
        self.directory.config.put_account(&account).await.map_err(store)?;
        Ok(account)
    }

    /// Tries a key and secret, and keeps the account when ShipStation accepts them.
    ///
    /// # Errors
    /// As [`Authorise::check_account`] and [`Authorise::put_account`].
    pub async fn connect_account(&self, new: &NewAccount) -> Result<Account, AuthoriseError> {
        self.check_key_is_free(new).await?;
        self.check_account(new).await?;
        self.put_account(new).await
    }
}

fn account(new: &NewAccount, webhook_secret: &str) -> Account {
    Account {
        id: new.id.clone(),
        calls_per_minute: new.calls_per_minute,
        webhook_secret_sha256: Digest::of_bytes(webhook_secret.as_bytes()).hex(),
    }
}
