//! Registers what a connections file says, over the same use cases as the console.

use crate::{
    Failure,
    file::{AccountEntry, ConnectionEntry, File},
    stack::Stack,
};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tallyman_app::{
    authorise::{Authorise, NewAccount, NewConnection},
    ports::{AppKey, Secret},
};
use tallyman_domain::{AccountId, Digest};

pub(crate) async fn register(stack: &Stack, file: File) -> Result<Value, Failure> {
    let mut accounts: Vec<AccountId> = stack.directory.config.accounts().await?.into_iter().map(|a| a.id).collect();
    accounts.extend(file.accounts.iter().map(|a| a.id.clone()));
    if let Some(orphan) = file.connections.iter().find(|c| !accounts.contains(&c.account)) {
        return Err(format!(
            "connection {} ships with account {}, which is neither in the file nor registered",
            orphan.id, orphan.account
        )
        .into());
    }
    let authorise = stack.authorise();
    let (mut done_accounts, mut done_connections) = (Vec::new(), Vec::new());
    for entry in file.accounts {
        done_accounts.push(authorise.put_account(&account(entry)?).await?.id);
    }
    for entry in file.connections {
        done_connections.push(entry.id.clone());
        add(&authorise, entry).await?;
    }
    Ok(json!({ "accounts": done_accounts, "connections": done_connections }))
}

/// One connection: with tokens it is in use at once, without it waits for somebody to authorise it.
pub(crate) async fn add(authorise: &Authorise<'_>, entry: ConnectionEntry) -> Result<(), Failure> {
    let new = NewConnection {
        id: entry.id,
        marketplace: entry.marketplace,
        account: entry.account,
        app: AppKey { key: entry.app_key, secret: Secret::new(entry.app_secret) },
        settings: entry.settings,
        paused: entry.paused,
    };
    match entry.access_token {
        Some(token) => {
            let refresh_token = entry.refresh_token.filter(|t| !t.trim().is_empty()).map(Secret::new);
            authorise.register(new, Secret::new(token), refresh_token, entry.length_months).await?;
        }
        None => authorise.prepare(new).await?,
    }
    Ok(())
}

fn account(entry: AccountEntry) -> Result<NewAccount, Failure> {
    Ok(NewAccount {
        id: entry.id,
        api_key: Secret::new(entry.api_key),
        api_secret: Secret::new(entry.api_secret),
        calls_per_minute: entry.calls_per_minute,
        webhook_secret: Secret::new(random_secret()?),
    })
}

/// 32 random bytes, hexadecimal.
fn random_secret() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system gives no randomness")?;
    Ok(Digest::of_bytes(&bytes).hex())
}
