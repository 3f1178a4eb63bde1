//! The issuer's keys, made at start: one that is published, and one that is not until keys are rotated.

use std::sync::{Mutex, PoisonError};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, rand_core::OsRng};
use serde_json::{Value, json};

const BITS: usize = 2048;

/// Keys take a second to make: the issuers of one process share their first two.
static FIRST: Mutex<Option<(Key, Key)>> = Mutex::new(None);

/// One RSA key.
#[derive(Clone)]
pub struct Key {
    /// Names it in tokens and in the key set.
    pub kid: String,
    /// Signs.
    pub signing: EncodingKey,
    /// Modulus, big-endian.
    pub modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Key {
    /// A fresh key.
    ///
    /// # Errors
    /// No randomness, or a key that can't be written down.
    pub fn generate(kid: &str) -> std::io::Result<Self> {
        let private = RsaPrivateKey::new(&mut OsRng, BITS).map_err(std::io::Error::other)?;
        let der = private.to_pkcs1_der().map_err(std::io::Error::other)?;
        Ok(Self {
            kid: kid.to_owned(),
            signing: EncodingKey::from_rsa_der(der.as_bytes()),
            modulus: private.n().to_bytes_be(),
            exponent: private.e().to_bytes_be(),
        })
    }

    /// The key that is published at first, and the one that isn't.
    ///
    /// # Errors
    /// As [`Key::generate`].
    pub fn first_pair() -> std::io::Result<(Self, Self)> {
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = &*first {
            return Ok(pair.clone());
        }
        let pair = (Self::generate("sandbox-1")?, Self::generate("sandbox-2")?);
        Ok(first.insert(pair).clone())
    }

    /// As the key set has it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (n, e) = (BASE64_URL_SAFE_NO_PAD.encode(&self.modulus), BASE64_URL_SAFE_NO_PAD.encode(&self.exponent));
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e})
    }
}
