//! A console over stores in memory. Building a second one over the same stores is what a restart is.

use crate::{
    console::{Console, policy},
    oidc::Oidc,
    routes,
};
use async_trait::async_trait;
use axum::Router;
use jiff::Timestamp;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tallyman_app::{
    connection::Account,
    directory::Directory,
    pace::{MarketLimits, Pace},
    ports::{Clock as _, ConfigStore as _, Consent, ConsentStore, SecretStore as _, StoreError},
};
use tallyman_domain::AccountId;
use tallyman_runtime::ConsoleSettings;
use tallyman_sim::{FakeAuthoriser, FakeWarehouse, ManualClock, Memory, MemoryBudgets, Registry, registry::no_pause};

pub(crate) const BASE: &str = "https://console.example";
pub(crate) const COOKIE_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

#[derive(Default)]
pub(crate) struct MemoryConsents(Mutex<HashMap<String, Consent>>);

#[async_trait]
impl ConsentStore for MemoryConsents {
    async fn put_consent(&self, state: &str, consent: &Consent) -> Result<(), StoreError> {
        self.0.lock().unwrap().insert(state.to_owned(), consent.clone());
        Ok(())
    }
    async fn take_consent(&self, state: &str, session: &str, now: Timestamp) -> Result<Option<Consent>, StoreError> {
        let mut all = self.0.lock().unwrap();
        let good = all.get(state).is_some_and(|c| c.session == session && now < c.ends_at());
        Ok(if good { all.remove(state) } else { None })
    }
}

/// Everything that outlives a process of the console.
pub(crate) struct World {
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) marketplace: FakeAuthoriser,
    budgets: Arc<MemoryBudgets>,
    consents: Arc<MemoryConsents>,
    pub(crate) memory: Arc<Memory>,
    issuer: String,
}

impl World {
    pub(crate) async fn at(now: Timestamp, issuer: &str) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        let registry = Arc::new(Registry::default());
        let secret = json!({"cookie_key": COOKIE_KEY, "oidc_client_id": "sandbox-console"});
        registry.put_secret("console", &secret).await.unwrap();
        let id = AccountId::parse("main").unwrap();
        let account = Account { id, calls_per_minute: 40, webhook_secret_sha256: "00".repeat(32) };
        registry.put_account(&account).await.unwrap();
        Self {
            marketplace: FakeAuthoriser::new(clock.clone(), no_pause()),
            registry,
            clock,
            budgets: Arc::default(),
            consents: Arc::default(),
            memory: Arc::default(),
            issuer: issuer.to_owned(),
        }
    }

    pub(crate) async fn new() -> Self {
        Self::at("2026-11-20T08:00:00Z".parse().unwrap(), "https://issuer.example").await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A process of the console, freshly started.
    pub(crate) fn start(&self) -> Router {
        let http = tallyman_runtime::http::client().unwrap();
        let market_limits =
            MarketLimits { interval_ms: 50, aliexpress_daily: 5_000, alibaba_daily: 0, reserve_percent: 10 };
        let (marketplace, clock) = (self.marketplace.clone(), self.clock.clone());
        let settings = ConsoleSettings {
            base_url: BASE.to_owned(),
            oidc_issuer: self.issuer.clone(),
            oidc_client_id: String::new(),
            groups_claim: "cognito:groups".to_owned(),
            viewer_group: "viewer".to_owned(),
            operator_group: "operator".to_owned(),
            dry_run: false,
            streams: true,
        };
        let console = Console {
            oidc: Oidc::new(http, self.issuer.clone(), settings.groups_claim.clone(), clock.clone()),
            settings,
            directory: Directory {
                config: self.registry.clone(),
                authorisations: self.registry.clone(),
                secrets: self.registry.clone(),
                connect_marketplace: Arc::new(|_, _, _| Err("not here".to_owned())),
                pace: Arc::new(Pace::new(self.budgets.clone(), clock.clone(), market_limits)),
                connect_warehouse: Box::new(|_, _| Ok(Box::new(FakeWarehouse::default()))),
                clock: clock.clone(),
            },
            authorisers: Box::new(move |_, _| Box::new(marketplace.clone())),
            consents: self.consents.clone(),
            carriers: self.memory.clone(),
            cursors: self.memory.clone(),
            market_limits,
            policy: policy(&["https://marketplace.example/".to_owned()]),
            secrets: self.registry.clone(),
            budgets: self.budgets.clone(),
            clock,
            orders: self.memory.clone(),
            counted: Default::default(),
            shelves: self.memory.clone(),
            deeds: self.memory.clone(),
            notes: self.memory.clone(),
            vault: self.memory.clone(),
            queue: self.memory.clone(),
        };
        routes::router(Arc::new(console))
    }
}
