//! The authorisation server of a connection's marketplace.

use crate::Endpoints;
use async_trait::async_trait;
use jiff::SignedDuration;
use std::sync::Arc;
use tallyman_alibaba::Alibaba;
use tallyman_aliexpress::AliExpress;
use tallyman_app::{
    connection::Connection,
    ports::{AppKey, Authoriser, CallError, CallGate, Clock, Listing, Marketplace, Secret, Tokens, Window},
};
use tallyman_domain::{MarketplaceKind, limit::CallClass};
use tallyman_iop::{Credentials, OAuth, Place};

/// Where the marketplaces and their consent pages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthEndpoints {
    /// Where calls go.
    pub calls: Endpoints,
    /// `ALIBABA_AUTH_BASE_URL`; AliExpress has its consent page at its gateway.
    pub alibaba_auth_base_url: String,
}

impl Default for AuthEndpoints {
    fn default() -> Self {
        Self { calls: Endpoints::default(), alibaba_auth_base_url: "https://openapi-auth.alibaba.com".to_owned() }
    }
}

/// The authorisation server of a connection, for its app.
///
/// `http` brings the time-outs and must not follow redirects. Every request has to pass the gate: a token's call is a call of
/// the app's day like any other.
#[must_use]
pub fn authoriser(
    connection: &Connection,
    app: &AppKey,
    endpoints: &AuthEndpoints,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    gate: Arc<dyn CallGate>,
) -> Box<dyn Authoriser> {
    let calls = &endpoints.calls;
    let place = match connection.marketplace {
        MarketplaceKind::AliExpress => Place {
            service: "AliExpress",
            base_url: calls.aliexpress_base_url.clone(),
            consent_base_url: calls.aliexpress_base_url.clone(),
            force_auth: true,
        },
        MarketplaceKind::Alibaba => Place {
            service: "Alibaba.com",
            base_url: calls.alibaba_base_url.clone(),
            consent_base_url: endpoints.alibaba_auth_base_url.clone(),
            force_auth: false,
        },
    };
    let oauth = OAuth::new(http.clone(), &place, app, Arc::clone(&clock)).gated(Arc::clone(&gate));
    Box::new(Server { kind: connection.marketplace, app: app.clone(), place, oauth, http, clock, gate })
}

struct Server {
    kind: MarketplaceKind,
    app: AppKey,
    place: Place,
    oauth: OAuth,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    gate: Arc<dyn CallGate>,
}

#[async_trait]
impl Authoriser for Server {
    fn consent_url(&self, redirect_uri: &str, state: &str) -> String {
        self.oauth.consent_url(redirect_uri, state)
    }
    async fn exchange(&self, code: &Secret) -> Result<Tokens, CallError> {
        self.gate.expect(CallClass::Notice);
        self.oauth.exchange(code).await
    }
    async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, CallError> {
        // Without its tokens a connection announces nothing: they come before everything else too.
        self.gate.expect(CallClass::Notice);
        self.oauth.refresh(refresh_token).await
    }
    /// The list of a minute's orders: what polling does anyway.
    async fn probe(&self, access_token: &Secret) -> Result<(), CallError> {
        let credentials = Credentials {
            app_key: self.app.key.clone(),
            app_secret: self.app.secret.expose().to_owned(),
            access_token: access_token.expose().to_owned(),
        };
        let (http, clock, gate) = (self.http.clone(), Arc::clone(&self.clock), Arc::clone(&self.gate));
        // Whether the tokens are alive decides about all other calls.
        gate.expect(CallClass::Notice);
        let marketplace: Box<dyn Marketplace> = match self.kind {
            MarketplaceKind::AliExpress => {
                Box::new(AliExpress::new(http, &self.place.base_url, credentials, clock).gated(gate))
            }
            MarketplaceKind::Alibaba => {
                Box::new(Alibaba::new(http, &self.place.base_url, credentials, clock).gated(gate))
            }
        };
        let to = self.clock.now();
        let window = Window { from: to - SignedDuration::from_mins(1), to };
        match marketplace.list(Listing::Modified, window, 0).await {
            // Whatever else is wrong with the list, the token was accepted.
            Ok(_) | Err(CallError::Undecodable { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tallyman_domain::{AccountId, ConnectionId, Settings};
    use tallyman_iop::testing;

    /// The app's day is spent.
    struct Closed;

    #[async_trait]
    impl CallGate for Closed {
        fn expect(&self, _: CallClass) {}
        async fn pass(&self, service: &'static str, api: &str) -> Result<(), CallError> {
            Err(CallError::Throttled { service, call: api.to_owned(), after: Duration::from_secs(3_600) })
        }
        async fn banned(&self, _: &str, _: Duration) {}
    }

    #[tokio::test]
    async fn no_token_is_asked_for_and_none_tried_while_the_apps_day_is_spent() {
        let market = testing::Marketplace::answering(&[]);
        let calls =
            Endpoints { aliexpress_base_url: market.base_url.clone(), alibaba_base_url: market.base_url.clone() };
        let endpoints = AuthEndpoints { calls, alibaba_auth_base_url: market.base_url.clone() };
        let app = AppKey { key: "1".into(), secret: Secret::new("s") };
        for marketplace in [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba] {
            let connection = Connection {
                id: ConnectionId::parse("ae-main").unwrap(),
                marketplace,
                account: AccountId::parse("warehouse").unwrap(),
                app_budget: None,
                paused: false,
                removed: false,
                settings: Settings::default(),
            };
            let gate = Arc::new(Closed);
            let server = authoriser(&connection, &app, &endpoints, testing::http(), testing::clock(), gate);
            let token = Secret::new("t");
            let refused = [
                server.exchange(&token).await.err(),
                server.refresh(&token).await.err(),
                server.probe(&token).await.err(),
            ];
            for error in refused {
                assert!(matches!(error, Some(CallError::Throttled { .. })), "{error:?}");
            }
        }
        assert!(market.calls().is_empty());
    }
}
