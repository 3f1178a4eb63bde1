//! Authorisations: where they are kept, how a marketplace gives and renews tokens, how the operator is told.

use super::{CallError, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt;
use tallyman_domain::{Authorisation, ConnectionId, SellerId, authorisation::Answered};

/// A text that must never be printed: a token, a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The key and secret of the app that a seller authorises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppKey {
    /// `app_key`, which is public: it stands in the consent page's address.
    pub key: String,
    /// `app_secret`.
    pub secret: Secret,
}

/// What a marketplace answers to a code or a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// For calls.
    pub access_token: Secret,
    /// For renewing. `None` when the answer has none: the old one stays.
    pub refresh_token: Option<Secret>,
    /// When the access token ends.
    pub access_ends_at: Option<Timestamp>,
    /// When the refresh token ends, if the answer says so.
    pub refresh_ends_at: Option<Timestamp>,
    /// `refresh_expires_in = 0`: these tokens can't be renewed.
    pub never_again: bool,
    /// Who authorised.
    pub seller: Option<SellerId>,
    /// Other ids that the answer gives: which of them is the seller's isn't documented for every answer.
    pub also: Vec<SellerId>,
    /// The seller's name, for people; at most 80 characters.
    pub seller_name: Option<String>,
}

impl Tokens {
    /// Does the answer name this seller?
    #[must_use]
    pub fn is_of(&self, seller: &SellerId) -> bool {
        self.seller.iter().chain(&self.also).any(|named| named == seller)
    }

    /// Everything but the tokens.
    #[must_use]
    pub fn answered(&self) -> Answered {
        Answered {
            seller: self.seller.clone(),
            seller_name: self.seller_name.clone(),
            access_ends_at: self.access_ends_at,
            refresh_ends_at: self.refresh_ends_at,
            refresh_token: self.refresh_token.is_some(),
            never_again: self.never_again,
        }
    }
}

/// Authorisations, one a connection.
#[async_trait]
pub trait AuthorisationStore: Send + Sync {
    /// One, read consistently and never from a cache.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn authorisation(&self, connection: &ConnectionId) -> Result<Option<Authorisation>, StoreError>;

    /// All. May be as old as a minute where the store caches.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn authorisations(&self) -> Result<Vec<Authorisation>, StoreError>;

    /// Commits one whose `version` is one above the stored one (1 for a new one).
    ///
    /// # Errors
    /// MUST return [`StoreError::Conflict`] and change nothing when the stored version is another one.
    async fn commit(&self, authorisation: &Authorisation) -> Result<(), StoreError>;

    /// Removes one. Removing none is fine.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remove(&self, connection: &ConnectionId) -> Result<(), StoreError>;
}

/// A marketplace's authorisation server, for one app key.
#[async_trait]
pub trait Authoriser: Send + Sync {
    /// Where the seller gives consent. `redirect_uri` is exactly what is registered with the app; `state` comes back
    /// with the code.
    fn consent_url(&self, redirect_uri: &str, state: &str) -> String;

    /// Turns a code into tokens. A code works once: never call it twice with the same one.
    ///
    /// # Errors
    /// [`CallError::Refused`] with the service's code (`InvalidCode`, `AppWhiteIpLimit`, ...);
    /// [`CallError::Unclear`] when the code may be spent.
    async fn exchange(&self, code: &Secret) -> Result<Tokens, CallError>;

    /// Renews. The old pair stops working when it takes effect.
    ///
    /// # Errors
    /// [`CallError::Unauthorised`] when the refresh token isn't accepted; MUST be [`CallError::Unclear`] whenever it may
    /// have taken effect.
    async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, CallError>;

    /// A harmless signed read with an access token: does the marketplace still accept it?
    ///
    /// # Errors
    /// [`CallError::Unauthorised`] when it surely doesn't; any other means that it isn't known.
    async fn probe(&self, access_token: &Secret) -> Result<(), CallError>;
}

/// Tells the operator something that a person has to know: mail, chat, whatever is subscribed.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Sends one message. `subject` is at most 100 ASCII characters, `text` at most 4 KB; neither holds a secret.
    ///
    /// # Errors
    /// [`StoreError`] when it wasn't accepted.
    async fn announce(&self, subject: &str, text: &str) -> Result<(), StoreError>;
}
