//! Codes: given out once, good once. No clock, no I/O.

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

use crate::users::User;

/// A verifier is 43 to 128 unreserved characters (RFC 7636 4.1).
const VERIFIER_BYTES: std::ops::RangeInclusive<usize> = 43..=128;

/// What a code stands for.
#[derive(Debug, Clone)]
pub struct Code {
    /// Who signed in.
    pub user: &'static User,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// For the `id_token`, as it came.
    pub nonce: Option<String>,
    /// SHA-256 of the verifier, base64url.
    pub challenge: String,
    /// Until when it is good.
    pub ends: Timestamp,
}

/// Codes given out and not yet presented.
#[derive(Debug, Default)]
pub struct Codes(HashMap<String, Code>);

impl Codes {
    /// Keeps one.
    pub fn put(&mut self, value: String, code: Code) {
        self.0.insert(value, code);
    }

    /// Takes one; it is gone whatever comes of it.
    ///
    /// # Errors
    /// Why it is not good, for the books; the client only learns `invalid_grant`.
    pub fn take(
        &mut self,
        value: &str,
        redirect_uri: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Code, &'static str> {
        let code = self.0.remove(value).ok_or("unknown or used code")?;
        if now >= code.ends {
            return Err("expired code");
        }
        if code.redirect_uri != redirect_uri {
            return Err("wrong redirect_uri");
        }
        if !VERIFIER_BYTES.contains(&verifier.len()) {
            return Err("malformed code_verifier");
        }
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        if bool::from(challenge.as_bytes().ct_eq(code.challenge.as_bytes())) {
            Ok(code)
        } else {
            Err("wrong code_verifier")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn at(s: i64) -> Timestamp {
        crate::clock::after("2025-03-01T10:00:00Z".parse().unwrap(), s)
    }

    fn codes() -> Codes {
        let mut codes = Codes::default();
        let user = &users::ALL[0];
        let (redirect_uri, challenge) = ("http://c/back".to_owned(), CHALLENGE.to_owned());
        codes.put("c".into(), Code { user, redirect_uri, nonce: None, challenge, ends: at(60) });
        codes
    }

    #[test]
    fn the_rfcs_own_verifier_is_taken_once() {
        let mut codes = codes();
        assert!(codes.take("c", "http://c/back", VERIFIER, at(59)).is_ok());
        assert_eq!(codes.take("c", "http://c/back", VERIFIER, at(59)).unwrap_err(), "unknown or used code");
    }

    #[test]
    fn a_wrong_presentation_is_refused_and_uses_the_code_up() {
        let wrong = VERIFIER.replace('d', "e");
        for (redirect_uri, verifier, now, why) in [
            ("http://c/back", VERIFIER, at(60), "expired code"),
            ("http://c/back/", VERIFIER, at(0), "wrong redirect_uri"),
            ("http://c/back", "short", at(0), "malformed code_verifier"),
            ("http://c/back", wrong.as_str(), at(0), "wrong code_verifier"),
        ] {
            let mut codes = codes();
            assert_eq!(codes.take("c", redirect_uri, verifier, now).unwrap_err(), why);
            assert!(codes.take("c", "http://c/back", VERIFIER, at(0)).is_err());
        }
    }
}
