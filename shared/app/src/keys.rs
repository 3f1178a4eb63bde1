//! What is in a connection's secret: the app's key, the tokens, and what is known of them.

use crate::ports::{AppKey, Secret, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallyman_domain::{Digest, Grant};

/// A connection's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Of the app.
    pub app: AppKey,
    /// For calls; none before the first authorisation.
    pub access_token: Option<Secret>,
    /// For renewing.
    pub refresh_token: Option<Secret>,
    /// What is known of the tokens; none when they were registered bare by an older version.
    pub grant: Option<Grant>,
    /// SHA-256 (hex) of the access token that a connections file gave: a file that is registered again must not bring
    /// back tokens that were renewed since.
    pub registered_sha256: Option<String>,
}

/// As it is stored. Unknown fields are let through: a newer version may write some.
#[derive(Serialize, Deserialize)]
struct Stored {
    app_key: String,
    app_secret: String,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Grant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registered_sha256: Option<String>,
}

/// A secret that can't be used. No value is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its secret can't be read ({0}); register it again")]
pub struct BadKeys(String);

impl Keys {
    /// Of an app that nobody has authorised yet.
    #[must_use]
    pub fn of_app(app: AppKey) -> Self {
        Self { app, access_token: None, refresh_token: None, grant: None, registered_sha256: None }
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// [`BadKeys`].
    pub fn read(secret: &Value) -> Result<Self, BadKeys> {
        // serde's own message may quote a value.
        let stored: Stored = serde_json::from_value(secret.clone())
            .map_err(|error| BadKeys(format!("{:?} error, or a field is missing", error.classify())))?;
        let token = |text: Option<String>| text.filter(|t| !t.trim().is_empty()).map(Secret::new);
        Ok(Self {
            app: AppKey { key: stored.app_key, secret: Secret::new(stored.app_secret) },
            access_token: token(stored.access_token),
            refresh_token: token(stored.refresh_token),
            grant: stored.grant,
            registered_sha256: stored.registered_sha256,
        })
    }

    /// The secret, for the secret store alone.
    #[must_use]
    pub fn write(&self) -> Value {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
        let stored = Stored {
            app_key: self.app.key.clone(),
            app_secret: self.app.secret.expose().to_owned(),
            access_token: text(&self.access_token),
            refresh_token: text(&self.refresh_token),
            grant: self.grant.clone(),
            registered_sha256: self.registered_sha256.clone(),
        };
        // Strings and numbers only: this doesn't fail.
        serde_json::to_value(stored).unwrap_or(Value::Null)
    }

    /// Which pair of tokens it holds; 0 when that was never counted.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.grant.as_ref().map_or(0, |g| g.generation)
    }

    /// What is known of its tokens; where that was never written down, as little as there is.
    #[must_use]
    pub fn known_grant(&self, now: Timestamp) -> Grant {
        self.grant.clone().unwrap_or_else(|| Grant::bare(self.refresh_token.is_some(), now))
    }

    /// With a new pair in place of the old one. Without a new refresh token the old one stays.
    #[must_use]
    pub fn renewed(&self, tokens: &Tokens, grant: Grant) -> Self {
        Self {
            access_token: Some(tokens.access_token.clone()),
            refresh_token: tokens.refresh_token.clone().or_else(|| self.refresh_token.clone()),
            grant: Some(grant),
            ..self.clone()
        }
    }

    /// With tokens of a fresh authorisation: nothing of the old pair stays.
    #[must_use]
    pub fn granted(&self, tokens: &Tokens, grant: Grant) -> Self {
        Self { refresh_token: None, ..self.clone() }.renewed(tokens, grant)
    }

    /// Was this access token the one that a file registered?
    #[must_use]
    pub fn was_registered_with(&self, access_token: &Secret) -> bool {
        self.registered_sha256.as_deref() == Some(sha256(access_token).as_str())
    }
}

pub(crate) fn sha256(secret: &Secret) -> String {
    Digest::of_bytes(secret.expose().as_bytes()).hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_reads_back_as_it_was_written_and_an_older_one_reads_too() {
        let old =
            json!({"app_key": "k", "app_secret": "s", "access_token": "a", "refresh_token": null, "new_field": 1});
        let keys = Keys::read(&old).unwrap();
        assert_eq!((keys.generation(), keys.refresh_token.clone()), (0, None));
        assert_eq!(Keys::read(&keys.write()).unwrap(), keys);
    }

    #[test]
    fn neither_debug_nor_an_error_shows_a_token() {
        let secret =
            json!({"app_key": "k", "app_secret": "hush-1", "access_token": "hush-2", "refresh_token": "hush-3"});
        assert!(!format!("{:?}", Keys::read(&secret).unwrap()).contains("hush"));
        let broken = json!({"app_key": "k", "app_secret": "hush-1", "access_token": ["hush-2"]});
        let error = Keys::read(&broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
}
