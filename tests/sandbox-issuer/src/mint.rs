//! The `id_token`: right, or wrong in one way on order.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::codes::Code;
use crate::keys::Key;

/// Life of a token (s), as Cognito's default.
pub const LIFE_S: i64 = 3600;

/// What is wrong with a token that is made on order. Each must be refused by whoever verifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trick {
    /// It ended an hour ago.
    ExpiredToken,
    /// Another nonce than was asked for.
    WrongNonce,
    /// No nonce.
    NoNonce,
    /// For another client.
    WrongAudience,
    /// From another issuer.
    WrongIssuer,
    /// Rightly signed with a key that is not published.
    UnknownKey,
    /// Names the published key, signed with another.
    WrongKey,
    /// `alg` is `none` and there is no signature.
    AlgorithmNone,
    /// HS256 with the public key for a secret.
    HmacWithPublicKey,
    /// A claim was changed after signing.
    Tampered,
}

/// What a token is made with.
#[derive(Debug)]
pub struct Press<'a> {
    /// Claim `iss`.
    pub issuer: &'a str,
    /// Claim `aud`.
    pub client_id: &'a str,
    /// The published key.
    pub key: &'a Key,
    /// Another key.
    pub hidden: &'a Key,
}

impl Press<'_> {
    /// Makes the token for a sign-in.
    ///
    /// # Errors
    /// What the signing library says.
    pub fn token(
        &self,
        code: &Code,
        now: Timestamp,
        trick: Option<Trick>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = self.claims(code, now, trick);
        let (kid, key) = match trick {
            Some(Trick::UnknownKey) => (&self.hidden.kid, self.hidden),
            Some(Trick::WrongKey) => (&self.key.kid, self.hidden),
            _ => (&self.key.kid, self.key),
        };
        let header = |algorithm| Header { kid: Some(kid.clone()), ..Header::new(algorithm) };
        match trick {
            Some(Trick::AlgorithmNone) => Ok(unsigned(kid, &claims)),
            Some(Trick::HmacWithPublicKey) => {
                jsonwebtoken::encode(&header(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.key.modulus))
            }
            Some(Trick::Tampered) => {
                jsonwebtoken::encode(&header(Algorithm::RS256), &claims, &key.signing).map(|token| tampered(&token))
            }
            _ => jsonwebtoken::encode(&header(Algorithm::RS256), &claims, &key.signing),
        }
    }

    fn claims(&self, code: &Code, now: Timestamp, trick: Option<Trick>) -> Value {
        let wrong = |this| trick == Some(this);
        let issued_at = now.as_second() - if wrong(Trick::ExpiredToken) { 2 * LIFE_S } else { 0 };
        let issuer = if wrong(Trick::WrongIssuer) { "https://issuer.example.com" } else { self.issuer };
        let audience = if wrong(Trick::WrongAudience) { "another-client" } else { self.client_id };
        let mut claims = json!({
            "iss": issuer, "aud": audience, "sub": code.user.subject, "email": code.user.email, "email_verified": true,
            "cognito:username": code.user.id, "token_use": "id",
            "iat": issued_at, "auth_time": issued_at, "exp": issued_at + LIFE_S,
        });
        if !code.user.groups.is_empty() {
            claims["cognito:groups"] = json!(code.user.groups);
        }
        if let Some(nonce) = code.nonce.as_deref().filter(|_| !wrong(Trick::NoNonce)) {
            claims["nonce"] = json!(if wrong(Trick::WrongNonce) { "another-nonce" } else { nonce });
        }
        claims
    }
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn unsigned(kid: &str, claims: &Value) -> String {
    format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT", "kid": kid})), part(claims))
}

/// The person becomes an operator, the signature stays.
fn tampered(token: &str) -> String {
    let mut parts = token.split('.');
    let (header, body, signature) = (parts.next(), parts.next(), parts.next());
    let body = body.and_then(|body| BASE64_URL_SAFE_NO_PAD.decode(body).ok()).unwrap_or_default();
    let mut claims: Value = serde_json::from_slice(&body).unwrap_or_default();
    claims["cognito:groups"] = json!(["operator", "tampered"]);
    format!("{}.{}.{}", header.unwrap_or_default(), part(&claims), signature.unwrap_or_default())
}
