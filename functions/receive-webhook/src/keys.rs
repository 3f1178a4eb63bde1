//! ShipStation's V2 webhook keys, fetched when needed and kept.

use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tallyman_app::ports::Clock;
use tallyman_runtime::SystemClock;
use tallyman_webhook::{Jwks, JwksCache, Key, Lookup};

/// A key set has a few keys; a larger answer is none.
const JWKS_BYTES_MAX: usize = 64 * 1024;
/// The sender waits for our answer: the key server gets less time than usual.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3);

pub(crate) struct Keys {
    http: reqwest::Client,
    url: String,
    clock: Arc<SystemClock>,
    cache: Mutex<JwksCache>,
}

enum Known {
    Key(Key),
    Fetch,
    Unknown,
}

impl Keys {
    pub(crate) fn new(http: reqwest::Client, url: String, clock: Arc<SystemClock>) -> Self {
        Self { http, url, clock, cache: Mutex::new(JwksCache::default()) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The key a webhook names; none when nobody knows it.
    pub(crate) async fn find(&self, kid: &str) -> Option<Key> {
        match self.known(kid) {
            Known::Key(key) => return Some(key),
            Known::Unknown => return None,
            Known::Fetch => {}
        }
        let fetched = self.fetch().await;
        match fetched {
            Ok(keys) => self.cache().store(keys, self.now()),
            Err(error) => {
                tracing::warn!(error, "ShipStation's webhook keys can't be fetched; known ones go on");
                self.cache().fetch_failed(self.now());
            }
        }
        match self.known(kid) {
            Known::Key(key) => Some(key),
            Known::Fetch | Known::Unknown => None,
        }
    }

    fn cache(&self) -> MutexGuard<'_, JwksCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, kid: &str) -> Known {
        match self.cache().key(kid, self.now()) {
            Lookup::Found(key) => Known::Key(key.clone()),
            Lookup::Fetch => Known::Fetch,
            Lookup::Unknown => Known::Unknown,
        }
    }

    async fn fetch(&self) -> Result<Jwks, String> {
        let get = self.http.get(&self.url).timeout(FETCH_TIME_MAX).send();
        let mut answer =
            get.await.and_then(reqwest::Response::error_for_status).map_err(|e| e.without_url().to_string())?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| e.without_url().to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > JWKS_BYTES_MAX {
                return Err("the key set is too large".to_owned());
            }
        }
        Jwks::parse(&body).map_err(|e| e.to_string())
    }
}
