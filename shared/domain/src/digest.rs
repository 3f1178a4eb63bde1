//! Digests of facts: how "has anything changed?" is asked.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of raw bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of a value, through its JSON: our types keep field order, so equal values have equal JSON.
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        // Our own plain types always serialise; a value that didn't would get the digest of nothing,
        // which only ever causes one needless call.
        Self::of_bytes(&serde_json::to_vec(value).unwrap_or_default())
    }

    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            use fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The first 16 digits: enough to tell versions of one order apart, and short in a key.
    #[must_use]
    pub fn short(&self) -> String {
        self.hex()[..16].to_owned()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(hex: String) -> Result<Self, String> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(format!("{hex:?} is no SHA-256"));
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).map_err(|e| e.to_string())?;
        }
        Ok(Self(bytes))
    }
}
impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.hex()
    }
}
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_from_its_text() {
        let digest = Digest::of_bytes(b"abc");
        assert!(digest.hex().starts_with("ba7816bf"));
        assert_eq!(Digest::try_from(digest.hex()), Ok(digest));
        assert!(Digest::try_from("ba".to_owned()).is_err());
    }

    #[test]
    fn a_digest_is_shown_and_stored_whole_and_short_when_debugging() {
        let digest = Digest::of_bytes(b"abc");
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((digest.to_string().as_str(), String::from(digest).as_str()), (hex, hex));
        assert_eq!(format!("{digest:?}"), hex[..16]);
    }
}
