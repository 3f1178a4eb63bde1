//! ShipStation V2 webhooks: RSASSA-PKCS1-v1_5 with SHA-256 over `{timestamp}.{raw body}`.

use crate::{hook::BODY_BYTES_MAX, jwks::Key};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

/// How far the sender's clock may be from ours, either way.
///
/// Within it a webhook can be replayed, so whoever drops duplicates by time must remember for at least twice as long.
/// We drop them by business key, for ever.
pub const TOLERANCE_S: i64 = 300;

/// Header with the key's id.
pub const KEY_ID_HEADER: &str = "x-shipengine-rsa-sha256-key-id";
/// Header with the signature, base64.
pub const SIGNATURE_HEADER: &str = "x-shipengine-rsa-sha256-signature";
/// Header with the time of sending, ISO 8601.
pub const TIMESTAMP_HEADER: &str = "x-shipengine-timestamp";

/// Of an 8192-bit key, in base64.
const HEADER_BYTES_MAX: usize = 1368;

/// Why a signed webhook isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// This header is missing, empty or too long.
    #[error("the webhook has no usable {0} header")]
    Header(&'static str),
    /// The time stamp is no instant.
    #[error("the webhook's time stamp is not ISO 8601 with an offset")]
    Timestamp,
    /// More than five minutes old.
    #[error("the webhook is older than five minutes")]
    TooOld,
    /// More than five minutes in the future.
    #[error("the webhook is more than five minutes ahead of our clock")]
    FromTheFuture,
    /// Not the key that the webhook names.
    #[error("the webhook names another key")]
    OtherKey,
    /// More than 1 MiB.
    #[error("the webhook's body is too large")]
    TooLarge,
    /// The signature is no base64.
    #[error("the webhook's signature is not base64")]
    Encoding,
    /// Signed with another key, or changed on the way.
    #[error("the webhook's signature is wrong")]
    Mismatch,
}

/// The three headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders<'a> {
    /// Which key signed.
    pub key_id: &'a str,
    /// The signature.
    pub signature: &'a str,
    /// When it was sent.
    pub timestamp: &'a str,
}

impl<'a> SignedHeaders<'a> {
    /// Finds them; `get` is asked for names in small letters.
    ///
    /// # Errors
    /// [`BadSignature::Header`].
    pub fn read(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, BadSignature> {
        let header = |name: &'static str| {
            let usable = |text: &&str| !text.is_empty() && text.len() <= HEADER_BYTES_MAX;
            get(name).filter(usable).ok_or(BadSignature::Header(name))
        };
        Ok(Self {
            key_id: header(KEY_ID_HEADER)?,
            signature: header(SIGNATURE_HEADER)?,
            timestamp: header(TIMESTAMP_HEADER)?,
        })
    }

    /// Is it fresh? Cheap, so ask before a key is fetched for it.
    ///
    /// # Errors
    /// [`BadSignature::Timestamp`], [`BadSignature::TooOld`] or [`BadSignature::FromTheFuture`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), BadSignature> {
        let sent: Timestamp = self.timestamp.parse().map_err(|_| BadSignature::Timestamp)?;
        let age = now.duration_since(sent);
        let tolerance = SignedDuration::from_secs(TOLERANCE_S);
        if age > tolerance {
            return Err(BadSignature::TooOld);
        }
        if age < -tolerance {
            return Err(BadSignature::FromTheFuture);
        }
        Ok(())
    }
}

/// Checks time stamp, key and signature over the raw body.
///
/// # Errors
/// One [`BadSignature`] per reason.
pub fn verify_v2(headers: &SignedHeaders<'_>, body: &[u8], key: &Key, now: Timestamp) -> Result<(), BadSignature> {
    headers.check_time(now)?;
    if headers.key_id != key.id() {
        return Err(BadSignature::OtherKey);
    }
    if body.len() > BODY_BYTES_MAX {
        return Err(BadSignature::TooLarge);
    }
    let signature = STANDARD.decode(headers.signature).map_err(|_| BadSignature::Encoding)?;
    let message = [headers.timestamp.as_bytes(), b".", body].concat();
    if key.verifies(&message, &signature) { Ok(()) } else { Err(BadSignature::Mismatch) }
}
