//! The sender's public keys, and when to fetch them.
//!
//! The cache only decides; whoever owns it fetches. A lookup that says [`Lookup::Fetch`] is followed by
//! [`JwksCache::store`] or [`JwksCache::fetch_failed`] and then asked again, which for the next minute answers
//! without another fetch: a flood of made-up key ids costs one fetch a minute.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::value::Value;
use std::fmt;

/// After this time the keys are fetched again.
const FRESH_S: i64 = 24 * 60 * 60;
/// No fetch sooner than this after the last one.
const RETRY_S: i64 = 60;
const JSON_BYTES_MAX: usize = 64 * 1024;
const MODULUS_BYTES_MIN: usize = 256;
const MODULUS_BYTES_MAX: usize = 1024;

/// Why a key set isn't usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadJwks {
    /// More than 64 KiB.
    #[error("the key set is too large")]
    TooLarge,
    /// No JSON object with a list `keys`.
    #[error("the key set is not the JSON object it must be")]
    Malformed,
    /// No RSA signing key of 2048 to 8192 bits with an id.
    #[error("the key set has no usable key")]
    NoKey,
}

/// One public key.
#[derive(Clone)]
pub struct Key {
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Key {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let components = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        components.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("bits", &(self.modulus.len() * 8)).finish_non_exhaustive()
    }
}

/// A key set.
#[derive(Debug, Clone)]
pub struct Jwks {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct WireKey {
    kid: String,
    kty: String,
    n: String,
    e: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
}

impl Jwks {
    /// Reads a key set. Keys that can't verify our webhooks (of other types, for encryption, too short) are left out.
    ///
    /// # Errors
    /// One [`BadJwks`] per reason.
    pub fn parse(json: &[u8]) -> Result<Self, BadJwks> {
        if json.len() > JSON_BYTES_MAX {
            return Err(BadJwks::TooLarge);
        }
        let wire: Wire = serde_json::from_slice(json).map_err(|_| BadJwks::Malformed)?;
        let keys: Vec<Key> = wire.keys.into_iter().filter_map(key).collect();
        if keys.is_empty() { Err(BadJwks::NoKey) } else { Ok(Self { keys }) }
    }

    fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == kid)
    }
}

fn key(value: Value) -> Option<Key> {
    let wire: WireKey = serde_json::from_value(value).ok()?;
    let signs = wire.kty == "RSA"
        && wire.purpose.is_none_or(|purpose| purpose == "sig")
        && wire.alg.is_none_or(|alg| alg == "RS256");
    let (modulus, exponent) = (big_endian(&wire.n)?, big_endian(&wire.e)?);
    let sized = (MODULUS_BYTES_MIN..=MODULUS_BYTES_MAX).contains(&modulus.len()) && !exponent.is_empty();
    (signs && sized && !wire.kid.is_empty()).then_some(Key { id: wire.kid, modulus, exponent })
}

/// base64url to bytes. Some writers put a zero byte in front, which the verifier doesn't take.
fn big_endian(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// What to do with a webhook that names a key.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// Verify with this one.
    Found(&'a Key),
    /// Fetch the key set, tell the cache, ask again.
    Fetch,
    /// There is no such key: refuse.
    Unknown,
    /// It isn't known, and the last fetch failed: nobody can tell, the sender comes again.
    Unsure,
}

/// The keys as last fetched. They are used for a day; when they can't be fetched then, the old ones go on: keys are
/// rotated rarely, and losing the sender's key server must not lose webhooks.
#[derive(Debug, Clone, Default)]
pub struct JwksCache {
    keys: Option<Jwks>,
    stored_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl JwksCache {
    /// Looks a key up.
    #[must_use]
    pub fn key(&self, kid: &str, now: Timestamp) -> Lookup<'_> {
        let known = self.keys.as_ref().and_then(|keys| keys.find(kid));
        let fresh = is_within(self.stored_at, FRESH_S, now);
        let just_tried = is_within(self.tried_at, RETRY_S, now);
        match known {
            Some(key) if fresh || just_tried => Lookup::Found(key),
            None if just_tried && self.stored_at == self.tried_at => Lookup::Unknown,
            None if just_tried => Lookup::Unsure,
            _ => Lookup::Fetch,
        }
    }

    /// Takes what was fetched. Keys that are no longer in it are gone.
    pub fn store(&mut self, keys: Jwks, now: Timestamp) {
        self.keys = Some(keys);
        self.stored_at = Some(now);
        self.tried_at = Some(now);
    }

    /// Notes that the key set couldn't be fetched or read.
    pub fn fetch_failed(&mut self, now: Timestamp) {
        self.tried_at = Some(now);
    }
}

/// A stamp of the future is as good as none: a clock that was set back must not stop fetching.
fn is_within(since: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
    let span = SignedDuration::ZERO..SignedDuration::from_secs(seconds);
    since.is_some_and(|since| span.contains(&now.duration_since(since)))
}
