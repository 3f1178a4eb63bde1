//! Registers what a connections file says, over the same use cases as the console.

use crate::{
    Failure,
    file::{AccountEntry, ConnectionEntry, File},
    stack::Stack,
};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tallyman_app::{
    authorise::{AuthoriseError, NewAccount, NewConnection},
    ports::{AppKey, Secret},
    settings::{Codes, Wanted},
};
use tallyman_domain::{AccountId, ConnectionId, Digest, MarketplaceKind, Settings};

pub(crate) async fn register(stack: &Stack, file: File, by: &str) -> Result<Value, Failure> {
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
        add(stack, entry, by).await?;
    }
    Ok(json!({ "accounts": done_accounts, "connections": done_connections }))
}

/// One connection: with tokens it is in use at once, without it waits for somebody to authorise it. One that is
/// authorised already and stands in the file without tokens keeps them. Settings are as the file says, in every case.
pub(crate) async fn add(stack: &Stack, entry: ConnectionEntry, by: &str) -> Result<(), Failure> {
    let (authorise, id, settings) = (stack.authorise(), entry.id.clone(), entry.settings.clone());
    let (marketplace, account) = (entry.marketplace, entry.account.clone());
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
        None => match authorise.prepare(new).await {
            // It is authorised: its settings are what there is to change.
            Err(AuthoriseError::Taken { .. }) if is_the_same(stack, &id, marketplace, &account).await? => {}
            done => done?,
        },
    }
    choose(stack, &id, settings, by).await
}

async fn is_the_same(
    stack: &Stack,
    id: &ConnectionId,
    marketplace: MarketplaceKind,
    account: &AccountId,
) -> Result<bool, Failure> {
    let known = stack.choices().connection(id).await?;
    Ok(known.marketplace == marketplace && known.account == *account)
}

/// The file's settings become the connection's, with a line in their history when that changes anything.
async fn choose(stack: &Stack, id: &ConnectionId, settings: Settings, by: &str) -> Result<(), Failure> {
    let choices = stack.choices();
    let live = choices.live(id, None).await?;
    // Before the first notice nobody has asked the marketplace for its list.
    let codes = live.as_deref().map_or(Codes::AsGiven, Codes::Listed);
    choices.change(Wanted { connection: id, seen: None, by }, settings, codes).await?;
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
