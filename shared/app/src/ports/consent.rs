//! People on their way to a marketplace's consent page and back.

use super::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tallyman_domain::{ConnectionId, Length};

/// From our form to the way back: time to find a password and a second factor. The code itself lasts three minutes.
pub const CONSENT_TIME_MAX: SignedDuration = SignedDuration::from_mins(15);

/// What a person began, and what has to come of it. It holds no key: those are in the connection's secret already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The browser session that began it: nobody else may finish it.
    pub session: String,
    /// Which connection.
    pub connection: ConnectionId,
    /// How long the person wants it to last.
    pub length: Length,
    /// When it began.
    pub begun_at: Timestamp,
}

impl Consent {
    /// Until when it can be finished.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.begun_at + CONSENT_TIME_MAX
    }
}

/// Where they are kept meanwhile, by the `state` that travels with the person.
#[async_trait]
pub trait ConsentStore: Send + Sync {
    /// Keeps one. `state` is random and never used before.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_consent(&self, state: &str, consent: &Consent) -> Result<(), StoreError>;

    /// Takes one, so that nobody can take it again. MUST give `None` and leave it where it is when another session began
    /// it, and `None` when it ended.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn take_consent(&self, state: &str, session: &str, now: Timestamp) -> Result<Option<Consent>, StoreError>;
}
