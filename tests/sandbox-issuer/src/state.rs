//! What the issuer knows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;

use crate::codes::Codes;
use crate::keys::Key;
use crate::mint::Trick;
use crate::server::Config;

/// The issuer: its state behind a lock that is never held across an await.
#[derive(Debug)]
pub struct Shared {
    /// Claim `iss`, and the origin of all endpoints.
    pub issuer: String,
    /// The one client, and what it may do.
    pub config: Config,
    state: Mutex<State>,
}

/// Everything that changes.
#[derive(Debug)]
pub struct State {
    /// Codes not yet presented.
    pub codes: Codes,
    /// Published, the one that signs last.
    pub published: Vec<Key>,
    /// Not published.
    pub hidden: Key,
    /// What is wrong with the next tokens, and with how many of them.
    pub trick: Option<(Trick, u32)>,
    /// `/token` answers 503.
    pub down: bool,
    /// Life of a code (s).
    pub code_life_s: i64,
    /// Addresses that codes may be sent to, each to the letter.
    pub redirect_uris: Vec<String>,
    /// Addresses that may be gone to after signing out, each to the letter.
    pub logout_uris: Vec<String>,
    /// What was seen.
    pub books: Books,
}

/// The record of one day.
#[derive(Debug, Default, Serialize)]
pub struct Books {
    /// Who signed in, in order.
    pub sign_ins: Vec<SignIn>,
    /// Calls of `/token`, in order.
    pub exchanges: Vec<Exchange>,
}

/// A sign-in.
#[derive(Debug, Serialize)]
pub struct SignIn {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user: &'static str,
}

/// A call of `/token`.
#[derive(Debug, Serialize)]
pub struct Exchange {
    /// When.
    pub at: Timestamp,
    /// Whose code it was, if that came out.
    pub user: Option<&'static str>,
    /// `ok`, or why it was refused.
    pub answer: String,
    /// What was wrong with the token, on order.
    pub trick: Option<Trick>,
}

impl Shared {
    /// An issuer that has just opened.
    ///
    /// # Errors
    /// Keys that can't be made.
    pub fn new(issuer: String, config: Config) -> std::io::Result<Self> {
        let (published, hidden) = Key::first_pair()?;
        let state = State {
            codes: Codes::default(),
            published: vec![published],
            hidden,
            trick: None,
            down: false,
            code_life_s: 60,
            redirect_uris: config.redirect_uris.clone(),
            logout_uris: config.logout_uris.clone(),
            books: Books::default(),
        };
        Ok(Self { issuer, config, state: Mutex::new(state) })
    }

    /// The state. A panic elsewhere does not make the books unreadable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 32 random bytes, base64url; none if the system gives no randomness.
#[must_use]
pub fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
