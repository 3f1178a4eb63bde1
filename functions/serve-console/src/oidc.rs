//! Signing in at any OpenID Connect issuer: authorisation code with PKCE (S256), state and nonce; the ID token is
//! verified in full. The issuer's documents are fetched when first needed and kept.

use crate::{
    fetch::{Fetch, FetchError},
    random::{NoRandomness, token},
};
use chrono::DateTime;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
        CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tallyman_app::ports::Clock;
use tallyman_runtime::telemetry::chain;
use url::Url;

/// Issuers change their keys seldom, and a key that we don't know makes us look at once.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);
/// An issuer that can't be reached is believed to be as it was for this long.
const KEPT_AT_MOST: SignedDuration = SignedDuration::from_hours(24);
/// A stranger's key asks for a fetch no more often than this.
const FETCH_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// From our sign-in link to the issuer's answer.
pub(crate) const SIGN_IN_TIME_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Every claim that the standard doesn't name, the groups among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OtherClaims(HashMap<String, serde_json::Value>);
impl openidconnect::AdditionalClaims for OtherClaims {}

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Client<Auth, Token, UserInfo> = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    Auth,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    Token,
    UserInfo,
>;
type Ready = Client<openidconnect::EndpointSet, openidconnect::EndpointMaybeSet, openidconnect::EndpointMaybeSet>;

/// Who we are at the issuer.
pub(crate) struct Registration {
    pub(crate) client_id: String,
    /// Public clients have none: PKCE protects the code.
    pub(crate) client_secret: Option<String>,
}

/// What has to come back unchanged; sealed in a cookie meanwhile.
#[derive(Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) state: String,
    nonce: String,
    verifier: String,
    /// Where the person wanted to go.
    pub(crate) next: String,
    pub(crate) since: Timestamp,
}

/// Whom the issuer vouches for.
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

/// Why nobody signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    #[error("the settings of the sign-in can't be used: {0}")]
    Settings(String),
    #[error("the issuer's documents can't be fetched")]
    Discovery(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the issuer didn't take the code")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the issuer's ID token can't be believed")]
    Token(#[source] ClaimsVerificationError),
    #[error("the issuer's ID token can't be believed: {0}")]
    BadToken(&'static str),
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The issuer, as far as it is known.
pub(crate) struct Oidc {
    fetch: Fetch,
    issuer: String,
    groups_claim: String,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<(Timestamp, Arc<CoreProviderMetadata>)>>,
}

impl Oidc {
    pub(crate) fn new(http: reqwest::Client, issuer: String, groups_claim: String, clock: Arc<dyn Clock>) -> Self {
        Self { fetch: Fetch(http), issuer, groups_claim, clock, known: Mutex::default() }
    }

    /// Where to send the person, and what must come back.
    pub(crate) async fn start(
        &self,
        as_: &Registration,
        redirect: &str,
        next: String,
    ) -> Result<(Url, SignIn), SignInError> {
        let client = client(&*self.metadata().await?, as_, redirect)?;
        let sign_in = SignIn { state: token()?, nonce: token()?, verifier: token()?, next, since: self.clock.now() };
        let (state, nonce) = (CsrfToken::new(sign_in.state.clone()), Nonce::new(sign_in.nonce.clone()));
        let verifier = PkceCodeVerifier::new(sign_in.verifier.clone());
        let (to, _, _) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scopes(["email", "profile"].map(|name| Scope::new(name.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((to, sign_in))
    }

    /// Exchanges the code, once, and believes the ID token only after every check.
    pub(crate) async fn finish(
        &self,
        as_: &Registration,
        redirect: &str,
        code: String,
        sign_in: &SignIn,
    ) -> Result<Person, SignInError> {
        let client = client(&*self.metadata().await?, as_, redirect)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| SignInError::Settings(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(sign_in.verifier.clone()))
            .request_async(&self.fetch)
            .await
            .map_err(|error| SignInError::Exchange(Box::new(error)))?;
        match self.person(&client, &tokens, &sign_in.nonce) {
            Err(SignInError::Token(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ))) => {
                let metadata = self.fetched_again().await?;
                self.person(&self::client(&metadata, as_, redirect)?, &tokens, &sign_in.nonce)
            }
            person => person,
        }
    }

    fn person(&self, client: &Ready, tokens: &Tokens, nonce: &str) -> Result<Person, SignInError> {
        let now = self.clock.now();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::EdDsa,
            ])
            .set_time_fn(move || DateTime::from_timestamp_nanos(now.as_nanosecond().try_into().unwrap_or(i64::MAX)));
        let id_token = tokens.id_token().ok_or(SignInError::BadToken("there is none"))?;
        let claims = id_token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(SignInError::Token)?;
        if let Some(expected) = claims.access_token_hash() {
            let unchecked = SignInError::BadToken("its access token's hash can't be checked");
            let (Ok(algorithm), Ok(key)) = (id_token.signing_alg(), id_token.signing_key(&verifier)) else {
                return Err(unchecked);
            };
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|_| unchecked)?;
            if actual != *expected {
                return Err(SignInError::BadToken("it belongs to another access token"));
            }
        }
        let subject = claims.subject().as_str().to_owned();
        let name = claims.email().map(|email| email.as_str().to_owned());
        let name = name.or_else(|| claims.preferred_username().map(|name| name.as_str().to_owned()));
        let name = name.unwrap_or_else(|| subject.clone()).chars().take(80).collect();
        Ok(Person { subject, name, groups: groups(claims.additional_claims().0.get(&self.groups_claim)) })
    }

    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, SignInError> {
        let now = self.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((at, metadata)) if now.duration_since(at).abs() < KEPT_FOR => Ok(metadata),
            Some((at, metadata)) if now.duration_since(at).abs() < KEPT_AT_MOST => {
                self.discovered().await.or_else(|error| {
                    tracing::warn!(
                        error = chain(&error),
                        "the issuer's documents can't be fetched; the known ones go on"
                    );
                    Ok(metadata)
                })
            }
            _ => self.discovered().await,
        }
    }

    /// For a key that isn't among the known ones: the issuer may have changed them.
    async fn fetched_again(&self) -> Result<Arc<CoreProviderMetadata>, SignInError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((at, metadata)) if self.clock.now().duration_since(at).abs() < FETCH_AGAIN_AFTER => Ok(metadata),
            _ => self.discovered().await,
        }
    }

    async fn discovered(&self) -> Result<Arc<CoreProviderMetadata>, SignInError> {
        let settings = |error: url::ParseError| SignInError::Settings(format!("the issuer is no URL: {error}"));
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(settings)?;
        if !is_private_way(issuer.url()) {
            return Err(SignInError::Settings("the issuer's URL has to begin with https://".to_owned()));
        }
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.fetch)
            .await
            .map_err(|error| SignInError::Discovery(Box::new(error)))?;
        let token_url = metadata.token_endpoint().map(|endpoint| endpoint.url());
        if !is_private_way(metadata.authorization_endpoint().url()) || !token_url.is_some_and(is_private_way) {
            return Err(SignInError::Settings("the issuer names endpoints without TLS, or none".to_owned()));
        }
        let metadata = Arc::new(metadata);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.clock.now(), Arc::clone(&metadata)));
        Ok(metadata)
    }
}

fn client(metadata: &CoreProviderMetadata, as_: &Registration, redirect: &str) -> Result<Ready, SignInError> {
    let redirect = RedirectUrl::new(redirect.to_owned())
        .map_err(|error| SignInError::Settings(format!("the console's address is no URL: {error}")))?;
    let secret = as_.client_secret.clone().map(ClientSecret::new);
    let methods = metadata.token_endpoint_auth_methods_supported();
    let basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    let client =
        openidconnect::Client::from_provider_metadata(metadata.clone(), ClientId::new(as_.client_id.clone()), secret);
    let auth = if basic { AuthType::BasicAuth } else { AuthType::RequestBody };
    Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
}

/// TLS, or nothing leaves this machine.
pub(crate) fn is_private_way(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    }
}

fn groups(claim: Option<&serde_json::Value>) -> Vec<String> {
    use serde_json::Value;
    match claim {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

impl From<FetchError> for SignInError {
    fn from(error: FetchError) -> Self {
        Self::Discovery(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn groups_come_as_a_list_or_as_one_name_and_as_nothing_else() {
        assert_eq!(groups(Some(&json!(["operator", 7, "viewer"]))), ["operator", "viewer"]);
        assert_eq!(groups(Some(&json!("viewer"))), ["viewer"]);
        assert!(groups(Some(&json!({"operator": true}))).is_empty());
        assert!(groups(None).is_empty());
    }

    #[test]
    fn only_tls_or_this_machine_itself_is_a_way_for_codes_and_tokens() {
        for (url, private) in [
            ("https://issuer.example", true),
            ("http://127.0.0.1:4574", true),
            ("http://localhost:4574", true),
            ("http://issuer.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_private_way(&url.parse().unwrap()), private, "{url}");
        }
    }
}
