//! Connections, accounts, authorisations and secrets in memory, for many at once, with a death at any write.

use crate::lock;
use async_trait::async_trait;
use futures::future::BoxFuture;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use tallyman_app::{
    connection::{Account, Connection},
    ports::{AuthorisationStore, ConfigStore, SecretStore, StoreError},
    settings::SettingsChange,
};
use tallyman_domain::{Authorisation, ConnectionId};

/// Lets others go on: wherever a real store would wait for the network.
pub type Pause = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Nobody waits.
#[must_use]
pub fn no_pause() -> Pause {
    Arc::new(|| Box::pin(std::future::ready(())))
}

/// Where the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At which write, counted from 0.
    pub at_write: u32,
    /// Did that write take effect?
    pub after_effect: bool,
}

#[derive(Debug, Default)]
struct Life {
    writes: u32,
    death: Option<Death>,
    dead: bool,
}

/// The registry.
pub struct Registry {
    connections: Mutex<BTreeMap<String, Connection>>,
    changes: Mutex<Vec<(ConnectionId, SettingsChange)>>,
    accounts: Mutex<BTreeMap<String, Account>>,
    authorisations: Mutex<BTreeMap<String, Authorisation>>,
    secrets: Mutex<BTreeMap<String, Value>>,
    life: Mutex<Life>,
    pause: Pause,
    /// Off: commits replace whatever is there. Only to show that tests notice.
    conditional: AtomicBool,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::with(no_pause())
    }
}

impl Registry {
    /// With a pause before and after each operation.
    #[must_use]
    pub fn with(pause: Pause) -> Self {
        Self {
            connections: Mutex::default(),
            changes: Mutex::default(),
            accounts: Mutex::default(),
            authorisations: Mutex::default(),
            secrets: Mutex::default(),
            life: Mutex::default(),
            pause,
            conditional: AtomicBool::new(true),
        }
    }
    /// Breaks the condition of commits.
    pub fn forget_conditions(&self) {
        self.conditional.store(false, SeqCst);
    }
    /// Lets the process die at a write: from then on nothing works, until it is revived. Writes count from now.
    pub fn die(&self, death: Death) {
        *lock(&self.life) = Life { writes: 0, death: Some(death), dead: false };
    }
    /// Another process: everything works.
    pub fn revive(&self) {
        *lock(&self.life) = Life::default();
    }
    /// Did it die?
    #[must_use]
    pub fn is_dead(&self) -> bool {
        lock(&self.life).dead
    }
    /// A connection as it is stored.
    #[must_use]
    pub fn connection(&self, id: &ConnectionId) -> Option<Connection> {
        lock(&self.connections).get(id.as_str()).cloned()
    }
    /// An authorisation as it is stored.
    #[must_use]
    pub fn authorised(&self, id: &ConnectionId) -> Option<Authorisation> {
        lock(&self.authorisations).get(id.as_str()).cloned()
    }
    /// A secret as it is stored.
    #[must_use]
    pub fn stored_secret(&self, name: &str) -> Option<Value> {
        lock(&self.secrets).get(name).cloned()
    }

    async fn read<T>(&self, what: impl FnOnce() -> T) -> Result<T, StoreError> {
        (self.pause)().await;
        if self.is_dead() {
            return Err(died());
        }
        let read = what();
        (self.pause)().await;
        Ok(read)
    }

    async fn write<T>(&self, what: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        (self.pause)().await;
        let dies = {
            let mut life = lock(&self.life);
            let dies = life.death.filter(|d| d.at_write == life.writes);
            life.writes += 1;
            if life.dead || dies.is_some_and(|d| !d.after_effect) {
                life.dead = true;
                return Err(died());
            }
            dies
        };
        let written = what();
        if dies.is_some() {
            lock(&self.life).dead = true;
            return Err(died());
        }
        (self.pause)().await;
        written
    }
}

fn died() -> StoreError {
    StoreError::Failed { what: "any call", key: "registry".to_owned(), source: "died here".into() }
}

#[async_trait]
impl ConfigStore for Registry {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.read(|| lock(&self.connections).values().cloned().collect()).await
    }
    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(|| lock(&self.accounts).values().cloned().collect()).await
    }
    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        let put = || lock(&self.connections).insert(connection.id.to_string(), connection.clone());
        self.write(|| Ok(put())).await.map(drop)
    }
    async fn swap_connection(
        &self,
        before: &Connection,
        after: &Connection,
        change: Option<&SettingsChange>,
    ) -> Result<(), StoreError> {
        let swap = || {
            let (mut all, mut changes) = (lock(&self.connections), lock(&self.changes));
            let taken =
                change.is_some_and(|c| changes.iter().any(|(id, known)| *id == before.id && known.number == c.number));
            if (all.get(before.id.as_str()) != Some(before) || taken) && self.conditional.load(SeqCst) {
                return Err(StoreError::Conflict { key: before.id.to_string() });
            }
            all.insert(after.id.to_string(), after.clone());
            changes.extend(change.map(|change| (before.id.clone(), change.clone())));
            Ok(())
        };
        self.write(swap).await
    }
    async fn settings_changes(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<SettingsChange>, StoreError> {
        let newest = || {
            let changes = lock(&self.changes);
            let of = changes.iter().rev().filter(|(id, _)| id == connection).map(|(_, change)| change.clone());
            of.take(limit as usize).collect()
        };
        self.read(newest).await
    }
    async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let put = || lock(&self.accounts).insert(account.id.to_string(), account.clone());
        self.write(|| Ok(put())).await.map(drop)
    }
}

#[async_trait]
impl AuthorisationStore for Registry {
    async fn authorisation(&self, connection: &ConnectionId) -> Result<Option<Authorisation>, StoreError> {
        self.read(|| self.authorised(connection)).await
    }
    async fn authorisations(&self) -> Result<Vec<Authorisation>, StoreError> {
        self.read(|| lock(&self.authorisations).values().cloned().collect()).await
    }
    async fn commit(&self, authorisation: &Authorisation) -> Result<(), StoreError> {
        let key = authorisation.connection.to_string();
        let commit = || {
            let mut all = lock(&self.authorisations);
            let expected = all.get(&key).map_or(0, |a| a.version) + 1;
            if expected != authorisation.version && self.conditional.load(SeqCst) {
                return Err(StoreError::Conflict { key: key.clone() });
            }
            all.insert(key.clone(), authorisation.clone());
            Ok(())
        };
        self.write(commit).await
    }
    async fn remove(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let remove = || lock(&self.authorisations).remove(connection.as_str());
        self.write(|| Ok(remove())).await.map(drop)
    }
}

#[async_trait]
impl SecretStore for Registry {
    async fn secret(&self, name: &str) -> Result<Option<Value>, StoreError> {
        self.read(|| self.stored_secret(name)).await
    }
    async fn put_secret(&self, name: &str, value: &Value) -> Result<(), StoreError> {
        let put = || lock(&self.secrets).insert(name.to_owned(), value.clone());
        self.write(|| Ok(put())).await.map(drop)
    }
    fn forget(&self, _: &str) {}
    async fn remove_secret(&self, name: &str) -> Result<(), StoreError> {
        let remove = || lock(&self.secrets).remove(name);
        self.write(|| Ok(remove())).await.map(drop)
    }
}

/// The secrets as one process sees them: it believes what it read until it forgets it.
#[derive(Debug)]
pub struct RememberedSecrets {
    store: Arc<Registry>,
    kept: Mutex<BTreeMap<String, Value>>,
}

impl RememberedSecrets {
    /// Over a registry.
    #[must_use]
    pub fn of(store: Arc<Registry>) -> Self {
        Self { store, kept: Mutex::default() }
    }
}

#[async_trait]
impl SecretStore for RememberedSecrets {
    async fn secret(&self, name: &str) -> Result<Option<Value>, StoreError> {
        let kept = lock(&self.kept).get(name).cloned();
        if kept.is_some() {
            return Ok(kept);
        }
        let read = self.store.secret(name).await?;
        if let Some(value) = &read {
            lock(&self.kept).insert(name.to_owned(), value.clone());
        }
        Ok(read)
    }
    async fn put_secret(&self, name: &str, value: &Value) -> Result<(), StoreError> {
        self.forget(name);
        self.store.put_secret(name, value).await?;
        lock(&self.kept).insert(name.to_owned(), value.clone());
        Ok(())
    }
    fn forget(&self, name: &str) {
        lock(&self.kept).remove(name);
    }
    async fn remove_secret(&self, name: &str) -> Result<(), StoreError> {
        self.forget(name);
        self.store.remove_secret(name).await
    }
}
