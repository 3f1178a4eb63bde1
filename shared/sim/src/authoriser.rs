//! An authorisation server with one seller and rotating pairs: after a renewal the old pair is refused.

use crate::{lock, registry::Pause};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};
use tallyman_app::ports::{Announcer, Authoriser, CallError, Clock, Secret, StoreError, Tokens};
use tallyman_domain::SellerId;

const NAME: &str = "FakeMarketplace";

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// It never arrives, and the caller can't tell.
    LoseRequest,
    /// It takes effect, its answer is lost.
    LoseAnswer,
    /// It never arrives, and the caller knows.
    Down,
    /// The answer has no refresh token; the old one goes on working.
    NoRefreshToken,
    /// A refusal that isn't about the token.
    Refuse(&'static str),
}

#[derive(Debug, Clone)]
struct Server {
    seller: String,
    /// The pair in force, by its number.
    access: u32,
    refresh: u32,
    issued: u32,
    revoked: bool,
    codes: Vec<String>,
    access_life: SignedDuration,
    refresh_ends_at: Option<Timestamp>,
    faults: VecDeque<TokenFault>,
    calls: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub struct FakeAuthoriser {
    server: Arc<Mutex<Server>>,
    clock: Arc<dyn Clock>,
    pause: Pause,
}

impl fmt::Debug for FakeAuthoriser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeAuthoriser").finish_non_exhaustive()
    }
}

impl FakeAuthoriser {
    /// With pair 0 (`access-0`, `refresh-0`) in force, access tokens for 30 days, the refresh token for 60.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, pause: Pause) -> Self {
        let server = Server {
            seller: "2671514005".into(),
            access: 0,
            refresh: 0,
            issued: 0,
            revoked: false,
            codes: Vec::new(),
            access_life: SignedDuration::from_hours(30 * 24),
            refresh_ends_at: Some(clock.now() + SignedDuration::from_hours(60 * 24)),
            faults: VecDeque::new(),
            calls: Vec::new(),
        };
        Self { server: Arc::new(Mutex::new(server)), clock, pause }
    }
    /// The next calls meet these.
    pub fn fail(&self, faults: impl IntoIterator<Item = TokenFault>) {
        lock(&self.server).faults.extend(faults);
    }
    /// The calls so far: `exchange`, `refresh`, `probe`.
    #[must_use]
    pub fn calls(&self, of: &str) -> usize {
        lock(&self.server).calls.iter().filter(|c| *c == of).count()
    }
    /// A code that works once.
    #[must_use]
    pub fn code(&self) -> Secret {
        let mut server = lock(&self.server);
        let code = format!("3_code-{}", server.codes.len());
        server.codes.push(code.clone());
        Secret::new(code)
    }
    /// Who is signed in at the marketplace.
    pub fn sign_in(&self, seller: &str) {
        lock(&self.server).seller = seller.to_owned();
    }
    /// The seller takes the authorisation back.
    pub fn revoke(&self) {
        lock(&self.server).revoked = true;
    }
    /// The access token in force is no longer accepted; the refresh token is.
    pub fn drop_access(&self) {
        lock(&self.server).access = u32::MAX;
    }
    /// Is this access token accepted?
    #[must_use]
    pub fn accepts(&self, access_token: &str) -> bool {
        let server = lock(&self.server);
        !server.revoked && access_token == format!("access-{}", server.access)
    }

    async fn called(&self, call: &str) -> Result<Option<TokenFault>, CallError> {
        (self.pause)().await;
        let mut server = lock(&self.server);
        server.calls.push(call.to_owned());
        let call = call.to_owned();
        match server.faults.pop_front() {
            Some(TokenFault::LoseRequest) => {
                Err(CallError::Unclear { service: NAME, call, what: "no answer in time".into() })
            }
            Some(TokenFault::Down) => Err(CallError::Unreachable { service: NAME, call, source: "down".into() }),
            Some(TokenFault::Refuse(code)) => {
                Err(CallError::Refused { service: NAME, call, code: code.into(), message: "no".into() })
            }
            other => Ok(other),
        }
    }

    fn issue(&self, fault: Option<TokenFault>) -> Result<Tokens, CallError> {
        let mut server = lock(&self.server);
        server.issued += 1;
        server.access = server.issued;
        let refresh_token = (fault != Some(TokenFault::NoRefreshToken)).then(|| {
            server.refresh = server.issued;
            Secret::new(format!("refresh-{}", server.refresh))
        });
        if fault == Some(TokenFault::LoseAnswer) {
            return Err(CallError::Unclear { service: NAME, call: "token".into(), what: "cut".into() });
        }
        Ok(Tokens {
            access_token: Secret::new(format!("access-{}", server.access)),
            refresh_token,
            access_ends_at: Some(self.clock.now() + server.access_life),
            refresh_ends_at: server.refresh_ends_at,
            never_again: false,
            seller: SellerId::parse(server.seller.clone()).ok(),
            also: Vec::new(),
            seller_name: Some("Lamps & Co".into()),
        })
    }
}

fn refused(code: &str) -> CallError {
    CallError::Unauthorised { service: NAME, code: code.to_owned() }
}

#[async_trait]
impl Authoriser for FakeAuthoriser {
    fn consent_url(&self, redirect_uri: &str, state: &str) -> String {
        format!("https://marketplace.example/oauth/authorize?redirect_uri={redirect_uri}&state={state}")
    }
    async fn exchange(&self, code: &Secret) -> Result<Tokens, CallError> {
        let fault = self.called("exchange").await?;
        {
            let mut server = lock(&self.server);
            let Some(at) = server.codes.iter().position(|c| c == code.expose()) else {
                let (code, message) = ("InvalidCode".into(), "Invalid authorization code".into());
                return Err(CallError::Refused { service: NAME, call: "exchange".into(), code, message });
            };
            server.codes.swap_remove(at);
            server.revoked = false;
        }
        let issued = self.issue(fault);
        (self.pause)().await;
        issued
    }
    async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, CallError> {
        let fault = self.called("refresh").await?;
        {
            let server = lock(&self.server);
            if server.revoked || refresh_token.expose() != format!("refresh-{}", server.refresh) {
                return Err(refused("IllegalRefreshToken"));
            }
        }
        let issued = self.issue(fault);
        (self.pause)().await;
        issued
    }
    async fn probe(&self, access_token: &Secret) -> Result<(), CallError> {
        self.called("probe").await?;
        if self.accepts(access_token.expose()) { Ok(()) } else { Err(refused("IllegalAccessToken")) }
    }
}

/// Keeps what it is to announce.
#[derive(Debug, Default)]
pub struct FakeAnnouncer {
    told: Mutex<Vec<(String, String)>>,
    failures: Mutex<u32>,
}

impl FakeAnnouncer {
    /// Subject and text of each message.
    #[must_use]
    pub fn told(&self) -> Vec<(String, String)> {
        lock(&self.told).clone()
    }
    /// The next ones aren't accepted.
    pub fn fail(&self, count: u32) {
        *lock(&self.failures) = count;
    }
}

#[async_trait]
impl Announcer for FakeAnnouncer {
    async fn announce(&self, subject: &str, text: &str) -> Result<(), StoreError> {
        let mut failures = lock(&self.failures);
        if *failures > 0 {
            *failures -= 1;
            return Err(StoreError::Failed { what: "announce", key: "topic".into(), source: "down".into() });
        }
        lock(&self.told).push((subject.to_owned(), text.to_owned()));
        Ok(())
    }
}
