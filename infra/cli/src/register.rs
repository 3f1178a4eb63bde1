//! Registers what a connections file says. Secrets first: a connection without its keys would only fail.

use crate::{Failure, file::File, stack::Stack};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tallyman_app::{
    connection::{Account, Connection},
    ports::{ConfigStore, SecretStore},
};
use tallyman_domain::{AccountId, Digest};

pub(crate) async fn register(stack: &Stack, file: File) -> Result<Value, Failure> {
    let mut accounts: Vec<AccountId> = stack.config.accounts().await?.into_iter().map(|a| a.id).collect();
    accounts.extend(file.accounts.iter().map(|a| a.id.clone()));
    if let Some(orphan) = file.connections.iter().find(|c| !accounts.contains(&c.account)) {
        return Err(format!(
            "connection {} ships with account {}, which is neither in the file nor registered",
            orphan.id, orphan.account
        )
        .into());
    }
    let (mut done_accounts, mut done_connections) = (Vec::new(), Vec::new());
    for entry in file.accounts {
        let mut account =
            Account { id: entry.id, calls_per_minute: entry.calls_per_minute, webhook_secret_sha256: String::new() };
        let name = account.secret_name();
        // A webhook secret that is in use stays: ShipStation holds URLs with it.
        let known = stack.secrets.secret(&name).await?;
        let kept = known.as_ref().and_then(|s| s["webhook_secret"].as_str()).map(str::to_owned);
        let webhook_secret = kept.map_or_else(random_secret, Ok)?;
        account.webhook_secret_sha256 = Digest::of_bytes(webhook_secret.as_bytes()).hex();
        let secret =
            json!({ "api_key": entry.api_key, "api_secret": entry.api_secret, "webhook_secret": webhook_secret });
        stack.secrets.put_secret(&name, &secret).await?;
        stack.config.put_account(&account).await?;
        done_accounts.push(account.id);
    }
    for entry in file.connections {
        let connection = Connection {
            id: entry.id,
            marketplace: entry.marketplace,
            account: entry.account,
            paused: entry.paused,
            settings: entry.settings,
        };
        let secret = json!({
            "app_key": entry.app_key, "app_secret": entry.app_secret,
            "access_token": entry.access_token, "refresh_token": entry.refresh_token,
        });
        stack.secrets.put_secret(&connection.secret_name(), &secret).await?;
        stack.config.put_connection(&connection).await?;
        done_connections.push(connection.id);
    }
    Ok(json!({ "accounts": done_accounts, "connections": done_connections }))
}

/// 32 random bytes, hexadecimal.
fn random_secret() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system gives no randomness")?;
    Ok(Digest::of_bytes(&bytes).hex())
}
