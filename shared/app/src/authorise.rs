//! Connecting: what the console and the command line do with connections and accounts.
//!
//! Every write here is ordered so that whoever dies between two of them leaves something that the next attempt, or
//! `refresh-tokens`, puts right: the secret first, then the authorisation, then the connection. Removing goes the
//! other way: the connection first, so that nobody uses it any more; the authorisation last, because as long as
//! it is there `refresh-tokens` knows that the secret may still have to go.

mod accounts;
mod error;
mod view;

pub use accounts::NewAccount;
pub use error::AuthoriseError;
pub use view::{AccountView, ConnectionState, ConnectionView, Overview};

use crate::{
    connection::Connection,
    directory::Directory,
    keys::{Keys, sha256},
    pace::app_budget,
    ports::{AppKey, Authoriser, BudgetStore, CursorStore, Secret, StoreError, authorisation::Tokens},
};
use std::time::Duration;
use tallyman_domain::{
    AccountId, Authorisation, ConnectionId, Length, MarketplaceKind, Phase, SellerId, Settings, WhyReauth,
    authorisation::{self, Event},
};

/// Makes the authorisation server's client for a connection and its app's key.
pub type ConnectAuthoriser = Box<dyn Fn(&Connection, &AppKey) -> Box<dyn Authoriser> + Send + Sync>;

/// While a renewal is under way, a person who comes back waits so often for it.
const LOOKS_MAX: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// A code is spent: its tokens are stored against some resistance.
const STORE_TRIES_MAX: u32 = 4;
const CONFLICTS_MAX: u32 = 6;

/// A connection that a person wants.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its name.
    pub id: ConnectionId,
    /// Where it sells.
    pub marketplace: MarketplaceKind,
    /// Where it ships.
    pub account: AccountId,
    /// The app that the seller will authorise.
    pub app: AppKey,
    /// Choices.
    pub settings: Settings,
    /// Not used before it is resumed.
    pub paused: bool,
}

/// The use cases of connecting.
pub struct Authorise<'a> {
    /// Who is who; with stores that read afresh, not cached ones.
    pub directory: &'a Directory,
    /// How to reach the authorisation servers.
    pub authorisers: &'a ConnectAuthoriser,
    /// Cursors: the last contact is read off them.
    pub cursors: &'a dyn CursorStore,
    /// Budgets: checking an account's key is a call too.
    pub budgets: &'a dyn BudgetStore,
}

type Done<T> = Result<T, AuthoriseError>;

impl Authorise<'_> {
    /// Prepares a connection: its app's key is stored, and it waits for a seller's consent. May be repeated until
    /// somebody has authorised it; the name of a removed connection may be used again at the same marketplace.
    ///
    /// # Errors
    /// [`AuthoriseError::Taken`] when the name is in use; [`AuthoriseError::UnknownAccount`].
    pub async fn prepare(&self, new: NewConnection) -> Done<()> {
        let id = new.id.clone();
        self.check_account_exists(&new.account).await?;
        let before = self.find(&id).await?;
        let authorisation = self.known(&id).await?;
        let connected = authorisation.as_ref().is_none_or(|a| !never_authorised(a));
        if let Some(before) = &before
            && (before.marketplace != new.marketplace || (connected && !before.removed))
        {
            return Err(AuthoriseError::Taken { connection: id });
        }
        // What a removal that died left behind must not come back to life.
        if before.as_ref().is_some_and(|b| b.removed) {
            self.directory.authorisations.remove(&id).await.map_err(|e| AuthoriseError::store(&id, e))?;
        }
        let connection = connection(&new);
        self.put_secret(&connection, &Keys::of_app(new.app)).await?;
        self.commit(&id, &Event::ConsentAwaited).await?;
        self.put_again(&id, before.filter(|b| !b.removed).is_some(), connection).await
    }

    /// Where the seller gives consent.
    ///
    /// # Errors
    /// [`AuthoriseError::Unknown`].
    pub async fn consent_url(&self, id: &ConnectionId, redirect_uri: &str, state: &str) -> Done<String> {
        let connection = self.present(id).await?;
        let keys = self.keys(&connection).await?;
        Ok((self.authorisers)(&connection, &keys.app).consent_url(redirect_uri, state))
    }

    /// Finishes a connection or a reconnection: exchanges the code, exactly once, and stores what it gave. When another
    /// seller than before authorised, nothing is changed.
    ///
    /// # Errors
    /// Any [`AuthoriseError`]; after each, a new consent (and so a new code) is needed to try again.
    pub async fn finish(&self, id: &ConnectionId, code: &Secret, length: Option<Length>) -> Done<Authorisation> {
        let connection = self.present(id).await?;
        let keys = self.keys(&connection).await?;
        self.settled(id).await?;
        let authoriser = (self.authorisers)(&connection, &keys.app);
        let tokens = authoriser.exchange(code).await.map_err(|e| AuthoriseError::exchange(id, e))?;
        let granted = self.store(&connection, &tokens, length).await?;
        let app = Some(app_budget(connection.marketplace, &keys.app.key));
        if connection.app_budget != app {
            // It was made before budgets were an app's.
            self.swap(id, |connection| Connection { app_budget: app.clone(), ..connection }).await?;
        }
        Ok(granted)
    }

    /// Stores granted tokens: the secret, then the authorisation.
    async fn store(&self, connection: &Connection, tokens: &Tokens, length: Option<Length>) -> Done<Authorisation> {
        let id = &connection.id;
        for _ in 0..CONFLICTS_MAX {
            let before = self.settled(id).await?;
            let answer = tokens.answered();
            if let Some(expected) = before.as_ref().and_then(|b| b.seller.clone())
                && !tokens.is_of(&expected)
            {
                return Err(AuthoriseError::WrongSeller { connection: id.clone(), expected, got: answer.seller });
            }
            if let Some(seller) = answer.seller.as_ref().filter(|_| before.as_ref().is_none_or(|b| b.seller.is_none()))
            {
                self.check_seller_is_free(connection, seller).await?;
            }
            let now = self.directory.clock.now();
            let keys = self.keys(connection).await?;
            let mut grant = Authorisation::granted(before.as_ref(), &answer, length, now);
            // A pair that was stored and never committed has used up its number.
            grant.generation = grant.generation.max(keys.generation() + 1);
            self.put_secret_patiently(connection, &keys.granted(tokens, grant.clone())).await?;
            let after = authorisation::decide(before.as_ref(), id, &Event::Stored(&grant), now);
            let Some(after) = after else { continue };
            match self.directory.authorisations.commit(&after).await {
                Ok(()) => return Ok(after),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(AuthoriseError::store(id, error)),
            }
        }
        Err(AuthoriseError::Busy { connection: id.clone() })
    }

    /// Under two names, each of a seller's orders would be two orders.
    async fn check_seller_is_free(&self, connection: &Connection, seller: &SellerId) -> Done<()> {
        let other = self.directory.connection_of(connection, seller).await;
        match other.map_err(|e| AuthoriseError::store(&connection.id, e))? {
            Some(other) => Err(AuthoriseError::SellerInUse { connection: other, seller: seller.clone() }),
            None => Ok(()),
        }
    }

    /// Registers a connection with tokens that a person already has. Tokens that were registered before and renewed
    /// since are not brought back, and the settings of a connection that is there stay: those are changed by
    /// [`crate::settings::Choices`], which keeps their history. The seller of a connection that is there stays, too:
    /// where the first renewal names another one, its tokens aren't used.
    ///
    /// # Errors
    /// [`AuthoriseError::Taken`] by a connection of another marketplace, [`AuthoriseError::UnknownAccount`],
    /// [`AuthoriseError::Store`].
    pub async fn register(
        &self,
        new: NewConnection,
        access_token: Secret,
        refresh_token: Option<Secret>,
        length: Option<Length>,
    ) -> Done<()> {
        self.check_account_exists(&new.account).await?;
        let (id, connection) = (new.id.clone(), connection(&new));
        let found = self.find(&id).await?;
        if found.as_ref().is_some_and(|found| found.marketplace != connection.marketplace) {
            return Err(AuthoriseError::Taken { connection: id });
        }
        let (was_removed, is_there) = (found.as_ref().is_some_and(|c| c.removed), found.is_some_and(|c| !c.removed));
        if was_removed {
            self.directory.authorisations.remove(&id).await.map_err(|e| AuthoriseError::store(&id, e))?;
        }
        let before = self.settled(&id).await?;
        self.directory.secrets.forget(&connection.secret_name());
        let stored = self.directory.secrets.secret(&connection.secret_name()).await;
        let known = stored.map_err(|e| AuthoriseError::store(&id, e))?.and_then(|secret| Keys::read(&secret).ok());
        let now = self.directory.clock.now();
        if let Some(known) = known.as_ref().filter(|k| k.was_registered_with(&access_token) && !was_removed) {
            // Whoever renews just now has stored a newer pair, which mustn't be lost: nothing is written in vain.
            if known.app != new.app {
                self.put_secret(&connection, &Keys { app: new.app, ..known.clone() }).await?;
            }
        } else {
            let used = known.as_ref().map_or(0, Keys::generation).max(before.as_ref().map_or(0, |b| b.generation));
            let mut grant = tallyman_domain::Grant::bare(refresh_token.is_some(), now);
            (grant.generation, grant.length) = (used + 1, length);
            if let Some(before) = before {
                (grant.seller, grant.seller_name) = (before.seller, before.seller_name);
            }
            let registered_sha256 = Some(sha256(&access_token));
            let (access_token, grant) = (Some(access_token), Some(grant));
            let keys = Keys { app: new.app, access_token, refresh_token, grant, registered_sha256 };
            self.put_secret(&connection, &keys).await?;
        }
        let grant = self.keys(&connection).await?.known_grant(now);
        self.commit(&id, &Event::Stored(&grant)).await?;
        self.put_again(&id, is_there, connection).await
    }

    /// Stops using a connection for a while. What arrives meanwhile is kept.
    ///
    /// # Errors
    /// [`AuthoriseError::Unknown`], [`AuthoriseError::Store`].
    pub async fn pause(&self, id: &ConnectionId) -> Done<()> {
        self.present(id).await?;
        self.swap(id, |connection| Connection { paused: true, ..connection }).await
    }

    /// Uses it again; polling goes on where it was.
    ///
    /// # Errors
    /// [`AuthoriseError::Unknown`], [`AuthoriseError::Store`].
    pub async fn resume(&self, id: &ConnectionId) -> Done<()> {
        self.present(id).await?;
        self.swap(id, |connection| Connection { paused: false, ..connection }).await
    }

    /// Takes a connection away. Its orders and proofs stay, and its name, so that messages still under way are no
    /// errors; its keys are deleted for good. May be repeated, and finishes what died on the way.
    ///
    /// # Errors
    /// [`AuthoriseError::Unknown`], [`AuthoriseError::Store`].
    pub async fn remove(&self, id: &ConnectionId) -> Done<()> {
        let found = self.find(id).await?;
        let connection = found.ok_or_else(|| AuthoriseError::Unknown { connection: id.clone() })?;
        // The mark of a removal that isn't finished.
        self.commit(id, &Event::ConsentAwaited).await?;
        self.swap(id, |connection| Connection { removed: true, ..connection }).await?;
        finish_removal(self.directory, &connection).await.map_err(|e| AuthoriseError::store(id, e))
    }

    async fn find(&self, id: &ConnectionId) -> Done<Option<Connection>> {
        let all = self.directory.config.connections().await.map_err(|e| AuthoriseError::store(id, e))?;
        Ok(all.into_iter().find(|c| c.id == *id))
    }

    async fn present(&self, id: &ConnectionId) -> Done<Connection> {
        let found = self.find(id).await?.filter(|c| !c.removed);
        found.ok_or_else(|| AuthoriseError::Unknown { connection: id.clone() })
    }

    async fn check_account_exists(&self, id: &AccountId) -> Done<()> {
        let accounts = self.directory.config.accounts().await;
        let accounts = accounts.map_err(|e| AuthoriseError::store(id, e))?;
        let there = accounts.iter().any(|a| a.id == *id);
        if there { Ok(()) } else { Err(AuthoriseError::UnknownAccount { account: id.clone() }) }
    }

    async fn known(&self, id: &ConnectionId) -> Done<Option<Authorisation>> {
        self.directory.authorisations.authorisation(id).await.map_err(|e| AuthoriseError::store(id, e))
    }

    /// The authorisation, once nobody is renewing it.
    async fn settled(&self, id: &ConnectionId) -> Done<Option<Authorisation>> {
        for _ in 0..LOOKS_MAX {
            let known = self.known(id).await?;
            let now = self.directory.clock.now();
            match known.as_ref().map(|a| &a.phase) {
                Some(Phase::Refreshing { lease_until, .. }) if now < *lease_until => {
                    self.directory.clock.sleep(BETWEEN_LOOKS).await;
                }
                _ => return Ok(known),
            }
        }
        Err(AuthoriseError::Busy { connection: id.clone() })
    }

    async fn keys(&self, connection: &Connection) -> Done<Keys> {
        let name = connection.secret_name();
        self.directory.secrets.forget(&name);
        let secret =
            self.directory.secrets.secret(&name).await.map_err(|e| AuthoriseError::store(&connection.id, e))?;
        let unusable = |what: String| AuthoriseError::Unusable { address: connection.id.to_string(), what };
        let secret = secret.ok_or_else(|| unusable("its keys are missing; connect it anew".to_owned()))?;
        Keys::read(&secret).map_err(|error| unusable(error.to_string()))
    }

    async fn put_secret(&self, connection: &Connection, keys: &Keys) -> Done<()> {
        let put = self.directory.secrets.put_secret(&connection.secret_name(), &keys.write()).await;
        put.map_err(|e| AuthoriseError::store(&connection.id, e))
    }

    async fn put_secret_patiently(&self, connection: &Connection, keys: &Keys) -> Done<()> {
        let mut outcome = self.put_secret(connection, keys).await;
        for _ in 1..STORE_TRIES_MAX {
            if outcome.is_ok() {
                break;
            }
            self.directory.clock.sleep(BETWEEN_LOOKS).await;
            outcome = self.put_secret(connection, keys).await;
        }
        outcome
    }

    /// A new connection, or one that is there, whose settings stay.
    async fn put_again(&self, id: &ConnectionId, is_there: bool, connection: Connection) -> Done<()> {
        if is_there {
            return self.swap(id, |before| Connection { settings: before.settings, ..connection.clone() }).await;
        }
        let put = self.directory.config.put_connection(&connection).await;
        put.map_err(|e| AuthoriseError::store(id, e))
    }

    /// Changes a connection without losing what somebody else changes at the same moment.
    async fn swap(&self, id: &ConnectionId, change: impl Fn(Connection) -> Connection) -> Done<()> {
        for _ in 0..CONFLICTS_MAX {
            let before = self.find(id).await?.ok_or_else(|| AuthoriseError::Unknown { connection: id.clone() })?;
            match self.directory.config.swap_connection(&before, &change(before.clone()), None).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(AuthoriseError::store(id, error)),
            }
        }
        Err(AuthoriseError::Busy { connection: id.clone() })
    }

    async fn commit(&self, id: &ConnectionId, event: &Event<'_>) -> Done<()> {
        for _ in 0..CONFLICTS_MAX {
            let before = self.known(id).await?;
            let now = self.directory.clock.now();
            let Some(after) = authorisation::decide(before.as_ref(), id, event, now) else { return Ok(()) };
            match self.directory.authorisations.commit(&after).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(AuthoriseError::store(id, error)),
            }
        }
        Err(AuthoriseError::Busy { connection: id.clone() })
    }
}

/// The second half of a removal: the keys, then the mark that there is something to do.
///
/// # Errors
/// [`StoreError`]; `refresh-tokens` does it again.
pub async fn finish_removal(directory: &Directory, connection: &Connection) -> Result<(), StoreError> {
    directory.secrets.remove_secret(&connection.secret_name()).await?;
    directory.authorisations.remove(&connection.id).await
}

fn connection(new: &NewConnection) -> Connection {
    Connection {
        id: new.id.clone(),
        marketplace: new.marketplace,
        account: new.account.clone(),
        app_budget: Some(app_budget(new.marketplace, &new.app.key)),
        paused: new.paused,
        removed: false,
        settings: new.settings.clone(),
    }
}

fn never_authorised(authorisation: &Authorisation) -> bool {
    matches!(authorisation.phase, Phase::NeedsReauth { why: WhyReauth::NotYet, .. })
}
