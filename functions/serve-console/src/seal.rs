//! What we hand out and must be able to trust when it comes back: encrypted and authenticated (AES-256-GCM), bound to
//! what it is for. The key lives in the secret store; whoever changes it signs everybody out.

use cookie::{Cookie, CookieJar, Key};
use serde::{Serialize, de::DeserializeOwned};

/// A key derived from less than this is no key.
const SECRET_BYTES_MIN: usize = 32;

/// Seals values. Has no `Debug`, so that the key gets into no log.
#[derive(Clone)]
pub(crate) struct Seal(Key);

impl Seal {
    /// `None` when the secret is too short to be one.
    pub(crate) fn from_secret(secret: &str) -> Option<Self> {
        (secret.len() >= SECRET_BYTES_MIN).then(|| Self(Key::derive_from(secret.as_bytes())))
    }

    /// A text that only [`Seal::open`] with the same purpose reads.
    pub(crate) fn close(&self, purpose: &str, value: &impl Serialize) -> String {
        // Our own values are plain structs: they always serialise, and an empty text opens to nothing.
        let json = serde_json::to_string(value).unwrap_or_default();
        let mut jar = CookieJar::new();
        jar.private_mut(&self.0).add(Cookie::new(purpose.to_owned(), json));
        jar.get(purpose).map(|sealed| sealed.value().to_owned()).unwrap_or_default()
    }

    /// What was sealed for this purpose; `None` for everything else.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, sealed: &str) -> Option<T> {
        let sealed = Cookie::new(purpose.to_owned(), sealed.to_owned());
        let opened = CookieJar::new().private(&self.0).decrypt(sealed)?;
        serde_json::from_str(opened.value()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(with: &str) -> Seal {
        Seal::from_secret(&with.repeat(32)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_purpose_and_key_only() {
        let sealed = seal("a").close("session", &"operator");
        assert!(!sealed.contains("operator"));
        assert_eq!(seal("a").open::<String>("session", &sealed).as_deref(), Some("operator"));
        assert_eq!(seal("a").open::<String>("sign-in", &sealed), None);
        assert_eq!(seal("b").open::<String>("session", &sealed), None);
    }

    #[test]
    fn a_changed_character_anywhere_opens_nothing() {
        let sealed = seal("a").close("session", &"viewer");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed == sealed || seal("a").open::<String>("session", &changed).is_none(), "{at}");
        }
        assert_eq!(seal("a").open::<String>("session", ""), None);
    }

    #[test]
    fn a_short_secret_is_no_key() {
        assert!(Seal::from_secret("too short").is_none());
    }
}
