//! The authorisation server of a gateway: the consent page, a code for tokens, tokens for new ones.
//!
//! `/auth/token/create` and `/auth/token/refresh` (API facts 1.4 and 2.1) are signed without an access token. `uuid` is never sent: with it every code is invalid.

use crate::{
    gateway::{Answer, Credentials, Gateway},
    read,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::Value;
use std::{fmt, sync::Arc};
use tallyman_app::ports::{AppKey, CallError, CallGate, Clock, Secret, Tokens};
use tallyman_domain::SellerId;

/// No answer of these services promises more; a longer life is a misread number.
const LIFE_S_MAX: i64 = 20 * 366 * 86_400;
const NAME_CHARS_MAX: usize = 80;

/// One marketplace's authorisation server, for one app.
#[derive(Clone)]
pub struct OAuth {
    gateway: Gateway,
    consent_base_url: String,
    force_auth: bool,
    app_key: String,
    app_secret: Secret,
    service: &'static str,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// Where an authorisation server is, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The marketplace's name, for messages.
    pub service: &'static str,
    /// The gateway that the token calls go to, below `/rest`.
    pub base_url: String,
    /// Where `/oauth/authorize` is.
    pub consent_base_url: String,
    /// AliExpress's `force_auth=true`: the seller is asked even when an authorisation is there.
    pub force_auth: bool,
}

impl OAuth {
    /// The HTTP client brings the time-outs and must not follow redirects: a renewal that is redirected would be sent
    /// twice.
    #[must_use]
    pub fn new(http: reqwest::Client, place: &Place, app: &AppKey, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials {
            app_key: app.key.clone(),
            app_secret: app.secret.expose().to_owned(),
            access_token: String::new(),
        };
        Self {
            gateway: Gateway::new(place.service, http, &place.base_url, credentials, Arc::clone(&clock)),
            consent_base_url: place.consent_base_url.trim_end_matches('/').to_owned(),
            force_auth: place.force_auth,
            app_key: app.key.clone(),
            app_secret: app.secret.clone(),
            service: place.service,
            clock,
        }
    }

    /// Asks the gate before each call.
    #[must_use]
    pub fn gated(self, gate: Arc<dyn CallGate>) -> Self {
        Self { gateway: self.gateway.gated(gate), ..self }
    }

    /// Where the seller gives consent. Empty when the base URL is none: nothing can be made of it.
    #[must_use]
    pub fn consent_url(&self, redirect_uri: &str, state: &str) -> String {
        let Ok(mut url) = Url::parse(&format!("{}/oauth/authorize", self.consent_base_url)) else {
            return String::new();
        };
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("response_type", "code");
            if self.force_auth {
                query.append_pair("force_auth", "true");
            }
            query.append_pair("redirect_uri", redirect_uri);
            query.append_pair("client_id", &self.app_key);
            query.append_pair("state", state);
        }
        url.into()
    }

    /// Turns a code into tokens.
    ///
    /// # Errors
    /// As [`tallyman_app::ports::Authoriser::exchange`].
    pub async fn exchange(&self, code: &Secret) -> Result<Tokens, CallError> {
        self.call("/auth/token/create", "code", code).await
    }

    /// Renews.
    ///
    /// # Errors
    /// As [`tallyman_app::ports::Authoriser::refresh`].
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, CallError> {
        self.call("/auth/token/refresh", "refresh_token", refresh_token).await.map_err(|error| match error {
            CallError::Refused { code, .. } if code.contains("RefreshToken") => {
                CallError::Unauthorised { service: self.service, code }
            }
            other => other,
        })
    }

    async fn call(&self, path: &str, name: &'static str, secret: &Secret) -> Result<Tokens, CallError> {
        let answer = self.gateway.rest_call(path, &[(name, secret.expose().to_owned())], None).await;
        let answer = answer.map_err(|error| self.scrub(error, secret))?;
        tokens(&answer, self.clock.now())
    }

    /// A refusal may quote what was sent.
    fn scrub(&self, error: CallError, sent: &Secret) -> CallError {
        match error {
            CallError::Refused { service, call, code, message } => {
                let hide = |text: String, secret: &Secret| match secret.expose() {
                    "" => text,
                    secret => text.replace(secret, "[secret]"),
                };
                let message = hide(hide(message, sent), &self.app_secret);
                CallError::Refused { service, call, code, message }
            }
            other => other,
        }
    }
}

/// Reads a pair. Without an access token nobody knows what happened: the old pair may be gone.
fn tokens(answer: &Answer, now: Timestamp) -> Result<Tokens, CallError> {
    let body = &answer.body;
    let token = |name| read::text(body, name).filter(|t| !t.trim().is_empty()).map(Secret::new);
    let access_token = token("access_token").ok_or_else(|| answer.call.unclear("no access token in it"))?;
    let refresh_life_s = number(body, "refresh_expires_in");
    Ok(Tokens {
        access_token,
        refresh_token: token("refresh_token"),
        access_ends_at: end(number(body, "expires_in"), number(body, "expire_time"), now),
        refresh_ends_at: end(refresh_life_s, number(body, "refresh_token_valid_time"), now),
        never_again: refresh_life_s == Some(0),
        seller: sellers(body).next(),
        also: sellers(body).skip(1).collect(),
        seller_name: seller_name(body),
    })
}

fn number(body: &Value, name: &str) -> Option<i64> {
    read::text(body, name)?.trim().parse().ok()
}

/// From seconds left, which need no common clock, else from epoch milliseconds.
fn end(life_s: Option<i64>, end_ms: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    match (life_s, end_ms) {
        (Some(life_s), _) if (1..=LIFE_S_MAX).contains(&life_s) => Some(now + SignedDuration::from_secs(life_s)),
        (None, Some(end_ms)) => Timestamp::from_millisecond(end_ms).ok(),
        _ => None,
    }
}

/// What the answers of both marketplaces have for the seller; the first counts.
fn sellers(body: &Value) -> impl Iterator<Item = SellerId> + '_ {
    let user = &body["user_info"];
    let found = [(body, "seller_id"), (user, "seller_id"), (body, "user_id"), (user, "user_id"), (body, "account_id")];
    found.into_iter().filter_map(|(at, name)| read::text(at, name)).filter_map(|id| SellerId::parse(id.trim()).ok())
}

/// The shop's name. `account` is a mail address, which is nobody's business here.
fn seller_name(body: &Value) -> Option<String> {
    let found = read::text(body, "user_nick").or_else(|| read::text(&body["user_info"], "loginId"))?;
    let name: String = found.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    (!name.trim().is_empty() && !name.contains('@')).then_some(name)
}
