//! Changing what a user chose for a connection: checked, never over somebody else's change, kept with who and when, and
//! taken back by a change of its own. For the console and the command line.

mod waiting;

use crate::{
    connection::Connection,
    ports::{Carriers, Clock, ConfigStore, HintQueue, Marketplace, OrderStore, Shelves, StoreError},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tallyman_domain::{
    ConnectionId, Digest, LiveService, Settings,
    settings::{
        check::{Wrong, unchecked_codes, unknown_codes},
        difference::{Difference, differences},
    },
};

/// Who acts, in characters.
const BY_CHARS_MAX: usize = 60;
/// A live list is believed for this long before it is fetched again.
const LIST_IS_FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Changes that are shown.
pub const HISTORY_SHOWN_MAX: u32 = 20;

/// One change of a connection's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    /// Counts up from 1 for each connection.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a name or an address of the people's own.
    pub by: String,
    /// Which change this takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// What they were.
    pub before: Settings,
    /// What they are from then on.
    pub after: Settings,
}

impl SettingsChange {
    /// What it changed, field by field.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        differences(&self.before, &self.after)
    }
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such connection.
    #[error("there is no connection {connection}")]
    Unknown {
        /// Which.
        connection: ConnectionId,
    },
    /// The settings can't be chosen so.
    #[error("connection {connection}: {}", list(.wrong))]
    Wrong {
        /// Which connection.
        connection: ConnectionId,
        /// All that is wrong.
        wrong: Vec<Wrong>,
    },
    /// Somebody else changed them since they were read.
    #[error("the settings of connection {connection} were changed by somebody else meanwhile; look at them and repeat")]
    Changed {
        /// Which connection.
        connection: ConnectionId,
    },
    /// There is no such change to take back.
    #[error("connection {connection} has no change {number} of its settings that could be taken back")]
    NoSuchChange {
        /// Which connection.
        connection: ConnectionId,
        /// Which change.
        number: u64,
    },
    /// The state is out of reach.
    #[error("connection {connection}: the state is out of reach; look whether the change is there, and repeat")]
    Store {
        /// Which connection.
        connection: ConnectionId,
        /// Why.
        #[source]
        source: StoreError,
    },
}

fn list(wrong: &[Wrong]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A name for settings as they were read: whoever changes them says what was seen.
#[must_use]
pub fn seen(settings: &Settings) -> String {
    Digest::of_bytes(serde_json::to_string(settings).unwrap_or_default().as_bytes()).short()
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Whose settings.
    pub connection: &'a ConnectionId,
    /// What they were when the person looked ([`seen`]); none when nobody looked, as with a file.
    pub seen: Option<&'a str>,
    /// Who acts.
    pub by: &'a str,
}

/// What is known of the codes that the marketplace has.
#[derive(Debug, Clone, Copy)]
pub enum Codes<'a> {
    /// Its live list: what isn't on it is refused.
    Listed(&'a [LiveService]),
    /// Nobody could be asked: only codes that were there before are taken.
    NotKnown,
    /// Taken as given, and judged when a notice needs them: a file that is registered before anybody can be asked.
    AsGiven,
}

/// The use case.
pub struct Choices<'a> {
    /// Connections; a store that reads afresh.
    pub config: &'a dyn ConfigStore,
    /// The marketplaces' live lists.
    pub carriers: &'a dyn Carriers,
    /// Orders, for those that wait for a row of the carrier map,
    pub orders: &'a dyn OrderStore,
    /// and the index of those with exceptions.
    pub shelves: &'a dyn Shelves,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
}

impl Choices<'_> {
    /// The connection as it is.
    ///
    /// # Errors
    /// [`ChangeError::Unknown`], [`ChangeError::Store`].
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection, ChangeError> {
        let all = self.config.connections().await.map_err(store(id))?;
        let found = all.into_iter().find(|c| c.id == *id && !c.removed);
        found.ok_or_else(|| ChangeError::Unknown { connection: id.clone() })
    }

    /// The newest changes, the newest first.
    ///
    /// # Errors
    /// [`ChangeError::Store`].
    pub async fn history(&self, id: &ConnectionId) -> Result<Vec<SettingsChange>, ChangeError> {
        self.config.settings_changes(id, HISTORY_SHOWN_MAX).await.map_err(store(id))
    }

    /// The marketplace's live list of services: as it was stored, fetched where it is old and there is somebody to ask.
    /// None when nobody knows.
    ///
    /// # Errors
    /// [`ChangeError::Store`].
    pub async fn live(
        &self,
        id: &ConnectionId,
        marketplace: Option<&dyn Marketplace>,
    ) -> Result<Option<Vec<LiveService>>, ChangeError> {
        let (kept, now) = (self.carriers.services(id).await.map_err(store(id))?, self.clock.now());
        let is_fresh = kept.as_ref().is_some_and(|(_, at)| now.duration_since(*at) < LIST_IS_FRESH_FOR);
        if let Some(marketplace) = marketplace.filter(|_| !is_fresh)
            && let Ok(services) = marketplace.services().await
        {
            self.carriers.put_services(id, &services, now).await.map_err(store(id))?;
            return Ok(Some(services));
        }
        Ok(kept.map(|(services, _)| services))
    }

    /// Changes settings. None when they are as wanted already.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing was changed, but for [`ChangeError::Store`], after which nobody knows.
    pub async fn change(
        &self,
        wanted: Wanted<'_>,
        settings: Settings,
        codes: Codes<'_>,
    ) -> Result<Option<SettingsChange>, ChangeError> {
        let before = self.connection(wanted.connection).await?;
        check(&before, &settings, codes)?;
        self.write(wanted, before, settings, None).await
    }

    /// What taking a change back would change: the settings as they are, and as they were before it.
    ///
    /// # Errors
    /// [`ChangeError::NoSuchChange`], [`ChangeError::Unknown`], [`ChangeError::Store`].
    pub async fn before(&self, id: &ConnectionId, number: u64) -> Result<(Connection, SettingsChange), ChangeError> {
        let connection = self.connection(id).await?;
        let found = self.history(id).await?.into_iter().find(|change| change.number == number);
        let found = found.ok_or_else(|| ChangeError::NoSuchChange { connection: id.clone(), number })?;
        Ok((connection, found))
    }

    /// Takes a change back: the settings are again as they were before it. That is a change like any other, and checked
    /// like one: a code that the marketplace no longer has doesn't come back.
    ///
    /// # Errors
    /// As [`Choices::change`], and [`ChangeError::NoSuchChange`].
    pub async fn undo(
        &self,
        wanted: Wanted<'_>,
        number: u64,
        codes: Codes<'_>,
    ) -> Result<Option<SettingsChange>, ChangeError> {
        let (before, change) = self.before(wanted.connection, number).await?;
        check(&before, &change.before, codes)?;
        self.write(wanted, before, change.before, Some(number)).await
    }

    async fn write(
        &self,
        wanted: Wanted<'_>,
        before: Connection,
        settings: Settings,
        undoes: Option<u64>,
    ) -> Result<Option<SettingsChange>, ChangeError> {
        let id = wanted.connection;
        let changed = || ChangeError::Changed { connection: id.clone() };
        if wanted.seen.is_some_and(|known| known != seen(&before.settings)) {
            return Err(changed());
        }
        if settings == before.settings {
            return Ok(None);
        }
        let newest = self.config.settings_changes(id, 1).await.map_err(store(id))?;
        let by = wanted.by.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(BY_CHARS_MAX).collect();
        let change = SettingsChange {
            number: newest.first().map_or(0, |change| change.number) + 1,
            at: self.clock.now(),
            by,
            undoes,
            before: before.settings.clone(),
            after: settings.clone(),
        };
        let after = Connection { settings, ..before.clone() };
        match self.config.swap_connection(&before, &after, Some(&change)).await {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => return Err(changed()),
            Err(source) => return Err(store(id)(source)),
        }
        if change.before.carriers != change.after.carriers
            && let Err(error) = self.wake_waiting(id).await
        {
            // The change is there; it only takes longer.
            tracing::warn!(connection = %id, %error, "what waits for the carrier map was not woken; reconcile does it within the hour");
        }
        Ok(Some(change))
    }
}

fn check(before: &Connection, settings: &Settings, codes: Codes<'_>) -> Result<(), ChangeError> {
    let mut wrong = settings.wrong();
    wrong.extend(match codes {
        Codes::Listed(live) => unknown_codes(&settings.carriers, live),
        Codes::NotKnown => unchecked_codes(&settings.carriers, &before.settings.carriers),
        Codes::AsGiven => Vec::new(),
    });
    if wrong.is_empty() { Ok(()) } else { Err(ChangeError::Wrong { connection: before.id.clone(), wrong }) }
}

fn store(id: &ConnectionId) -> impl Fn(StoreError) -> ChangeError {
    move |source| ChangeError::Store { connection: id.clone(), source }
}
