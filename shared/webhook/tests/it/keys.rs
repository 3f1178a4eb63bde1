//! Two RSA keys, made by `openssl genpkey` for these tests and used nowhere else.

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{rand::SystemRandom, rsa::PublicKeyComponents, signature};
use serde_json::{Value, json};
use tallyman_webhook::{Jwks, JwksCache, Key, Lookup};

const ONE: &str = include_str!("../keys/test_only_1.pk8.b64");
const TWO: &str = include_str!("../keys/test_only_2.pk8.b64");

/// Made by `openssl dgst -sha256 -sign`, over [`super::signed::TIMESTAMP`], a dot and [`super::signed::BODY`].
pub const OPENSSL_SIGNATURE: &str = include_str!("../keys/openssl_signature.b64");
/// Printed by `openssl rsa -modulus`.
pub const OPENSSL_MODULUS: &str = include_str!("../keys/test_only_1.n.b64url");

pub struct Pair(signature::RsaKeyPair);

pub fn one() -> Pair {
    pair(ONE)
}

pub fn two() -> Pair {
    pair(TWO)
}

fn pair(pkcs8: &str) -> Pair {
    let der = STANDARD.decode(pkcs8.split_whitespace().collect::<String>()).unwrap();
    Pair(signature::RsaKeyPair::from_pkcs8(&der).unwrap())
}

impl Pair {
    pub fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        let message = [timestamp.as_bytes(), b".", body].concat();
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
        STANDARD.encode(signature)
    }

    pub fn jwk(&self, kid: &str) -> Value {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.0.public());
        json!({ "kid": kid, "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) })
    }
}

pub fn jwks(keys: &[Value]) -> Jwks {
    Jwks::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// One key out of a set.
pub fn public(jwk: Value) -> Key {
    let kid = jwk["kid"].as_str().unwrap().to_owned();
    let (mut cache, now) = (JwksCache::default(), "2026-07-01T12:00:00Z".parse().unwrap());
    cache.store(jwks(&[jwk]), now);
    match cache.key(&kid, now) {
        Lookup::Found(key) => key.clone(),
        other => panic!("{other:?}"),
    }
}
