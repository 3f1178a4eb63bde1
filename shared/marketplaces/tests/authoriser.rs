//! The authorisation servers of both marketplaces, as strict as the sandboxes are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::redirect::Policy;
use sandbox_marketplaces::{
    Config, Handle,
    platform::{ALIBABA, ALIEXPRESS},
    spawn,
};
use std::{sync::Arc, time::Duration};
use tallyman_app::{
    connection::Connection,
    ports::{AppKey, Authoriser, CallError, Clock, OpenGate, Secret},
};
use tallyman_domain::{AccountId, ConnectionId, MarketplaceKind, Settings};
use tallyman_marketplaces::{AuthEndpoints, Endpoints, authoriser};

const CALLBACK: &str = "http://127.0.0.1:9/connections/back?shop=1";

struct RealClock;
#[async_trait]
impl Clock for RealClock {
    #[allow(clippy::disallowed_methods, reason = "the sandboxes compare time stamps with the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, _: Duration) {}
}

struct Market {
    _handle: Handle,
    http: reqwest::Client,
    server: Box<dyn Authoriser>,
}

async fn market(kind: MarketplaceKind) -> Market {
    let config = Config { list_delay_s: 0, redirect_uris: vec![CALLBACK.to_owned()], ..Config::default() };
    let handle = spawn(config).await.unwrap();
    let known = if kind == MarketplaceKind::AliExpress { &ALIEXPRESS } else { &ALIBABA };
    let endpoints = AuthEndpoints {
        calls: Endpoints {
            aliexpress_base_url: handle.aliexpress_url.clone(),
            alibaba_base_url: handle.alibaba_url.clone(),
        },
        alibaba_auth_base_url: handle.alibaba_url.clone(),
    };
    let connection = Connection {
        id: ConnectionId::parse("shop").unwrap(),
        marketplace: kind,
        account: AccountId::parse("main").unwrap(),
        app_budget: None,
        paused: false,
        removed: false,
        settings: Settings::default(),
    };
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let app = AppKey { key: known.app_key.into(), secret: Secret::new(known.app_secret) };
    let server = authoriser(&connection, &app, &endpoints, http.clone(), Arc::new(RealClock), Arc::new(OpenGate));
    Market { _handle: handle, http, server }
}

impl Market {
    /// A seller opens the consent page by our address, and agrees.
    async fn code(&self, state: &str) -> Secret {
        let url: reqwest::Url = self.server.consent_url(CALLBACK, state).parse().unwrap();
        let page = self.http.get(url.clone()).send().await.unwrap();
        assert!(page.status().is_success(), "{}", page.text().await.unwrap());
        let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        form.extend([("seller", "seller-one"), ("grant", "1")].map(|(n, v)| (n.to_owned(), v.to_owned())));
        let mut action = url.clone();
        action.set_query(None);
        let answer = self.http.post(action).form(&form).send().await.unwrap();
        let back: reqwest::Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
        let field = |name: &str| back.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
        assert!(back.as_str().starts_with(CALLBACK));
        assert_eq!(field("state"), state);
        Secret::new(field("code"))
    }
}

#[tokio::test]
async fn a_seller_consents_and_the_tokens_work_are_renewed_and_the_old_ones_end() {
    for (kind, access_days, refresh_days) in [(MarketplaceKind::AliExpress, 30, 60), (MarketplaceKind::Alibaba, 10, 60)]
    {
        let market = market(kind).await;
        let code = market.code("state/1+2 &=").await;
        let first = market.server.exchange(&code).await.unwrap();
        market.server.probe(&first.access_token).await.unwrap();
        let near = |end: Option<Timestamp>, days: i64| {
            let off = end.unwrap().duration_since(RealClock.now() + SignedDuration::from_hours(24 * days));
            assert!(off.abs() < SignedDuration::from_mins(1), "{kind:?} {off:?}");
        };
        near(first.access_ends_at, access_days);
        near(first.refresh_ends_at, refresh_days);
        let again = market.server.exchange(&code).await.unwrap_err();
        assert!(matches!(&again, CallError::Refused { code, .. } if code == "InvalidCode"), "{again:?}");

        let old = first.refresh_token.unwrap();
        let second = market.server.refresh(&old).await.unwrap();
        assert_eq!(second.seller, first.seller);
        assert_ne!(second.access_token, first.access_token);
        market.server.probe(&second.access_token).await.unwrap();
        let dead = market.server.probe(&first.access_token).await.unwrap_err();
        assert!(matches!(dead, CallError::Unauthorised { .. }), "{dead:?}");
        let dead = market.server.refresh(&old).await.unwrap_err();
        assert!(matches!(dead, CallError::Unauthorised { .. }), "{dead:?}");
    }
}
