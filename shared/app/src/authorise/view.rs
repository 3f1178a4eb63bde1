//! What people see of connections and accounts.

use super::{Authorise, AuthoriseError};
use crate::{
    connection::{Account, Connection},
    directory::Idle,
};
use futures::{future::try_join_all, try_join};
use jiff::Timestamp;
use serde::Serialize;
use tallyman_domain::{
    AccountId, Authorisation, ConnectionId, Length, MarketplaceKind, SellerId, WhyReauth, authorisation::WARNING_DAYS,
};

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// In use.
    Live,
    /// A person paused it.
    Paused,
    /// Its access token ended; it is about to be renewed. Nobody has to act yet.
    Renewing,
    /// A person has to authorise it again.
    NeedsReauth,
    /// Nobody has authorised it yet.
    NotYet,
    /// A person removed it.
    Removed,
}

/// A connection, without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionView {
    /// Its name.
    pub connection: ConnectionId,
    /// Where it sells.
    pub marketplace: MarketplaceKind,
    /// Where it ships.
    pub account: AccountId,
    /// Where it stands.
    pub state: ConnectionState,
    /// Did a person pause it? It may need a person as well.
    pub paused: bool,
    /// Why a person is needed.
    pub why: Option<WhyReauth>,
    /// The same in words, with what to do.
    pub what: Option<&'static str>,
    /// Who authorised it.
    pub seller: Option<SellerId>,
    /// The seller's name.
    pub seller_name: Option<String>,
    /// When a person authorised it.
    pub granted_at: Option<Timestamp>,
    /// The length that the person chose.
    pub length: Option<Length>,
    /// The earliest moment at which a person is needed.
    pub ends_at: Option<Timestamp>,
    /// The nearest of the thresholds 14, 7, 3, 1 days before the end that is reached.
    pub ends_within_days: Option<u32>,
    /// When the access token ends.
    pub access_ends_at: Option<Timestamp>,
    /// When the tokens were last renewed.
    pub refreshed_at: Option<Timestamp>,
    /// Up to when its orders were read: the last contact that brought all there was.
    pub last_contact_at: Option<Timestamp>,
}

/// A ShipStation account, without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// Its name.
    pub account: AccountId,
    /// Calls a minute that its key allows.
    pub calls_per_minute: u32,
    /// Up to when its shipments were read.
    pub last_contact_at: Option<Timestamp>,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// ShipStation accounts.
    pub accounts: Vec<AccountView>,
    /// Connections, removed ones too.
    pub connections: Vec<ConnectionView>,
}

impl ConnectionView {
    /// Puts it together.
    #[must_use]
    pub fn of(
        c: &Connection,
        known: Option<&Authorisation>,
        last_contact_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let why = known.filter(|_| !c.removed).and_then(|a| a.needs_reauth(now));
        let state = match (Idle::of(c, known, now), why) {
            (Some(Idle::Removed), _) => ConnectionState::Removed,
            (_, Some(WhyReauth::NotYet)) => ConnectionState::NotYet,
            (_, Some(_)) | (Some(Idle::NeedsReauth(_)), None) => ConnectionState::NeedsReauth,
            (Some(_), None) if c.paused => ConnectionState::Paused,
            (Some(Idle::Renewing | Idle::Paused), None) => ConnectionState::Renewing,
            (None, None) => ConnectionState::Live,
        };
        let ends_at = known.and_then(|a| a.ends_at(now));
        let reached = |days: &u32| {
            let threshold = jiff::SignedDuration::from_hours(24 * i64::from(*days));
            ends_at.is_some_and(|end| end > now && end.duration_since(now) <= threshold)
        };
        Self {
            connection: c.id.clone(),
            marketplace: c.marketplace,
            account: c.account.clone(),
            state,
            paused: c.paused,
            why,
            what: why.map(WhyReauth::words),
            seller: known.and_then(|a| a.seller.clone()),
            seller_name: known.and_then(|a| a.seller_name.clone()),
            granted_at: known.filter(|_| why != Some(WhyReauth::NotYet)).map(|a| a.granted_at),
            length: known.and_then(|a| a.length),
            ends_at,
            ends_within_days: WARNING_DAYS.into_iter().filter(reached).min(),
            access_ends_at: known.and_then(|a| a.access_ends_at),
            refreshed_at: known.and_then(|a| a.refreshed_at),
            last_contact_at,
        }
    }
}

impl Authorise<'_> {
    /// All connections and accounts as they stand.
    ///
    /// # Errors
    /// [`AuthoriseError::Store`].
    pub async fn list(&self) -> Result<Overview, AuthoriseError> {
        let d = self.directory;
        let store = |e| AuthoriseError::store("connections", e);
        let (configured, known, paired) =
            try_join!(d.config.connections(), d.authorisations.authorisations(), d.config.accounts()).map_err(store)?;
        let cursor = async |name: String| self.cursors.cursor(&name).await;
        let polled = try_join_all(configured.iter().map(|c| cursor(format!("poll/{}", c.id))));
        let swept = try_join_all(paired.iter().map(|a| cursor(format!("sweep/{}", a.id))));
        let (polled, swept) = try_join!(polled, swept).map_err(store)?;
        let now = d.clock.now();
        let view = |(c, contact): (&Connection, Option<Timestamp>)| {
            ConnectionView::of(c, known.iter().find(|a| a.connection == c.id), contact, now)
        };
        let connections = configured.iter().zip(polled).map(view).collect();
        let account = |(a, last_contact_at): (Account, Option<Timestamp>)| AccountView {
            account: a.id,
            calls_per_minute: a.calls_per_minute,
            last_contact_at,
        };
        Ok(Overview { accounts: paired.into_iter().zip(swept).map(account).collect(), connections })
    }
}
