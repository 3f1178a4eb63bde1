//! A registry, an authorisation server and the use cases over both.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{sync::Arc, time::Duration};
use tallyman_app::{
    authorise::{Authorise, ConnectAuthoriser, NewConnection},
    connection::Connection,
    directory::{ConnectMarketplace, Directory},
    keys::Keys,
    pace::{MarketLimits, Pace},
    ports::{AppKey, Clock, Secret},
    refresh::{Refresh, Renewal},
};
use tallyman_domain::{Authorisation, ConnectionId, Length, MarketplaceKind, Settings};
use tallyman_sim::{
    FakeAnnouncer, FakeAuthoriser, FakeWarehouse, ManualClock, Memory, Registry, RememberedSecrets, registry::Pause,
    samples,
};

pub const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// Time stands still while somebody waits: everybody else goes on first.
pub struct Standing {
    pub at: Timestamp,
    pub pause: Pause,
}

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.at
    }
    async fn sleep(&self, _: Duration) {
        (self.pause)().await;
    }
}

pub fn shop() -> ConnectionId {
    ConnectionId::parse("shop").unwrap()
}

pub fn start() -> Timestamp {
    samples::at("2026-01-01T00:00:00Z")
}

pub fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

pub fn new_connection() -> NewConnection {
    NewConnection {
        id: shop(),
        marketplace: MarketplaceKind::AliExpress,
        account: samples::account().id,
        app: AppKey { key: "501".into(), secret: Secret::new("app-secret") },
        settings: Settings::default(),
        paused: false,
    }
}

/// One process.
pub struct Process {
    pub directory: Directory,
    pub authorisers: ConnectAuthoriser,
    pub memory: Memory,
    pub announcer: FakeAnnouncer,
}

impl Process {
    pub fn new(registry: &Arc<Registry>, server: &FakeAuthoriser, clock: Arc<dyn Clock>) -> Self {
        Self::calling(registry, server, clock, Arc::new(|_, _, _| Err("no marketplace here".into())))
    }

    pub fn calling(
        registry: &Arc<Registry>,
        server: &FakeAuthoriser,
        clock: Arc<dyn Clock>,
        connect_marketplace: ConnectMarketplace,
    ) -> Self {
        let limits = MarketLimits { interval_ms: 1, aliexpress_daily: 0, alibaba_daily: 0, reserve_percent: 0 };
        let directory = Directory {
            config: registry.clone(),
            authorisations: registry.clone(),
            secrets: Arc::new(RememberedSecrets::of(registry.clone())),
            connect_marketplace,
            pace: Arc::new(Pace::new(Arc::new(Memory::default()), clock.clone(), limits)),
            connect_warehouse: Box::new(|_, secret| match secret["api_key"].as_str() {
                Some("good") => Ok(Box::new(FakeWarehouse::default())),
                _ => Err("no such key".into()),
            }),
            clock,
        };
        let server = server.clone();
        let authorisers: ConnectAuthoriser = Box::new(move |_, _| Box::new(server.clone()));
        Self { directory, authorisers, memory: Memory::default(), announcer: FakeAnnouncer::default() }
    }

    pub fn refresh(&self) -> Refresh<'_> {
        Refresh { directory: &self.directory, authorisers: &self.authorisers, lease: LEASE }
    }

    pub fn authorise(&self) -> Authorise<'_> {
        Authorise {
            directory: &self.directory,
            authorisers: &self.authorisers,
            cursors: &self.memory,
            budgets: &self.memory,
        }
    }

    pub async fn renew(&self) -> Renewal {
        self.refresh().renew(&connection(), false).await.unwrap()
    }

    /// The access token as this process would use it now.
    pub async fn token(&self) -> String {
        let secret = self.directory.secrets.secret(&connection().secret_name()).await.unwrap().unwrap();
        secret["access_token"].as_str().unwrap().to_owned()
    }
}

pub fn connection() -> Connection {
    samples::connection(MarketplaceKind::AliExpress)
}

/// A world of one process whose connection was authorised on day 0, for pair 1 of the server.
pub struct World {
    pub registry: Arc<Registry>,
    pub server: FakeAuthoriser,
    pub clock: Arc<ManualClock>,
    pub process: Process,
}

impl World {
    pub async fn empty() -> Self {
        let clock = Arc::new(ManualClock::at(start()));
        let registry = Arc::new(Registry::default());
        let server = FakeAuthoriser::new(clock.clone(), tallyman_sim::registry::no_pause());
        let process = Process::new(&registry, &server, clock.clone());
        process.directory.config.put_account(&samples::account()).await.unwrap();
        Self { registry, server, clock, process }
    }

    pub async fn authorised(length: Option<Length>) -> Self {
        let world = Self::empty().await;
        world.process.authorise().prepare(new_connection()).await.unwrap();
        world.process.authorise().finish(&shop(), &world.server.code(), length).await.unwrap();
        world
    }

    /// As after a crash: nothing is remembered.
    pub fn another_process(&self) -> Process {
        self.registry.revive();
        Process::new(&self.registry, &self.server, self.clock.clone())
    }

    pub fn at_day(&self, day: i64) {
        let now = self.clock.now();
        self.clock.advance((start() + days(day)).duration_since(now));
    }

    pub fn known(&self) -> Authorisation {
        self.registry.authorised(&shop()).unwrap()
    }

    pub fn keys(&self) -> Keys {
        Keys::read(&self.registry.stored_secret("connection/shop").unwrap()).unwrap()
    }

    /// Is what is stored what the server accepts, and does everything say so?
    pub fn is_sound(&self) -> bool {
        let keys = self.keys();
        let accepted = self.server.accepts(keys.access_token.as_ref().unwrap().expose());
        accepted && self.known().usable(self.clock.now()) && keys.generation() == self.known().generation
    }
}
