//! ShipStation's V2 webhook keys, fetched when needed and kept.

use jiff::Timestamp;
use reqwest::{StatusCode, header::RETRY_AFTER};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tallyman_app::{
    budget::{Spend, believe_v2, spend_v2},
    connection::Account,
    ports::{BudgetStore, Clock, StoreError},
};
use tallyman_runtime::telemetry::chain;
use tallyman_webhook::{BadJwks, Jwks, JwksCache, Key, Lookup};

/// A key set has a few keys; a larger answer is none.
const JWKS_BYTES_MAX: usize = 64 * 1024;
/// The sender waits for our answer: the key server gets less time than usual.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3);
/// What a 429 is taken to mean that names no time, and the longest that one is believed.
const THROTTLED: Duration = Duration::from_secs(60);
const THROTTLED_S_MAX: u64 = 3_600;

pub(crate) struct Keys {
    http: reqwest::Client,
    url: String,
    clock: Arc<dyn Clock>,
    budgets: Box<dyn BudgetStore>,
    cache: Mutex<JwksCache>,
}

/// The key may exist: the key server, its budget or our store can't be asked now. The sender comes again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NobodyCanTell;

/// Why there is no new key set.
#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error("the account's budget at ShipStation V2 has no call left for {}s", .0.as_secs())]
    NoCallLeft(Duration),
    #[error("the account's budget at ShipStation V2 can't be read")]
    Store(#[from] StoreError),
    #[error("the key server asks to wait for {}s", .0.as_secs())]
    Throttled(Duration),
    #[error("the key server answered {0}")]
    Status(StatusCode),
    #[error("the key server can't be reached or stopped answering")]
    Transport(#[source] reqwest::Error),
    #[error("the key server's answer is of no use")]
    Bad(#[from] BadJwks),
}

impl Keys {
    pub(crate) fn new(
        http: reqwest::Client,
        url: String,
        clock: Arc<dyn Clock>,
        budgets: Box<dyn BudgetStore>,
    ) -> Self {
        Self { http, url, clock, budgets, cache: Mutex::new(JwksCache::default()) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The key a webhook of this account names; none when ShipStation has no such key.
    pub(crate) async fn find(&self, account: &Account, kid: &str) -> Result<Option<Key>, NobodyCanTell> {
        if let Some(known) = self.known(kid) {
            return known;
        }
        match self.fetch(account).await {
            Ok(keys) => self.cache().store(keys, self.now()),
            Err(error) => {
                tracing::warn!(account = %account.id, error = chain(&error), "ShipStation's webhook keys can't be fetched; known ones go on");
                self.cache().fetch_failed(self.now());
            }
        }
        self.known(kid).unwrap_or(Err(NobodyCanTell))
    }

    fn cache(&self) -> MutexGuard<'_, JwksCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: fetch.
    fn known(&self, kid: &str) -> Option<Result<Option<Key>, NobodyCanTell>> {
        match self.cache().key(kid, self.now()) {
            Lookup::Found(key) => Some(Ok(Some(key.clone()))),
            Lookup::Unknown => Some(Ok(None)),
            Lookup::Unsure => Some(Err(NobodyCanTell)),
            Lookup::Fetch => None,
        }
    }

    /// A call like any other: from the account's shared budget, and the service's word about it is kept there.
    async fn fetch(&self, account: &Account) -> Result<Jwks, NotFetched> {
        if let Spend::Wait(wait) = spend_v2(&*self.budgets, &*self.clock, account).await? {
            return Err(NotFetched::NoCallLeft(wait));
        }
        let fetched = self.get().await;
        if let Err(NotFetched::Throttled(after)) = fetched {
            believe_v2(&*self.budgets, &*self.clock, account, after).await?;
        }
        fetched
    }

    async fn get(&self) -> Result<Jwks, NotFetched> {
        let lost = |error: reqwest::Error| NotFetched::Transport(error.without_url());
        let mut answer = self.http.get(&self.url).timeout(FETCH_TIME_MAX).send().await.map_err(lost)?;
        match answer.status() {
            status if status.is_success() => {}
            StatusCode::TOO_MANY_REQUESTS => return Err(NotFetched::Throttled(retry_after(&answer))),
            status => return Err(NotFetched::Status(status)),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > JWKS_BYTES_MAX {
                return Err(BadJwks::TooLarge.into());
            }
        }
        Ok(Jwks::parse(&body)?)
    }
}

fn retry_after(answer: &reqwest::Response) -> Duration {
    let said = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    said.map_or(THROTTLED, |s: u64| Duration::from_secs(s.clamp(1, THROTTLED_S_MAX)))
}
