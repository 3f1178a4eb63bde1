//! A marketplace's client that takes over renewed tokens by itself.
//!
//! Functions keep a secret for minutes, and `refresh-tokens` may renew it meanwhile: then the marketplace refuses the
//! old token. A refused token took no effect, whatever the call was, so the call is made again with the new one. Only
//! when the newest token is refused, and nobody is renewing it just now, does the connection need a person.

use crate::{
    connection::Connection,
    keys::Keys,
    ports::{
        AuthorisationStore, CallError, CancelAnswer, Clock, Listed, Listing, Marketplace, ReadBack, SecretStore,
        StoreError, Window,
    },
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tallyman_domain::{
    Authorisation, LiveService, MarketplaceOrderId, Notice, Order, Phase, ShipmentId, Standing,
    authorisation::{self, Event},
    limit::CallClass,
};

/// A renewal takes a second or two; whoever meets one waits for it so often.
const LOOKS_MAX: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long a step goes back to the queue when the tokens are in doubt.
const DOUBT_MIN: Duration = Duration::from_secs(5);
/// A secret that was replaced may be read as it was for some time; longer than that it isn't.
const STALE_READS: SignedDuration = SignedDuration::from_mins(10);
const DOUBT_MAX: Duration = Duration::from_secs(15 * 60);
/// How often a call is made with a newer token.
const TOKENS_MAX: u32 = 3;
const CONFLICTS_MAX: u32 = 6;
/// Where nothing is called any more.
const NOBODY: &str = "its marketplace";

type Connect = Box<dyn Fn(&Value) -> Result<Box<dyn Marketplace>, String> + Send + Sync>;

#[derive(Clone)]
struct Client {
    marketplace: Arc<dyn Marketplace>,
    keys: Arc<Keys>,
}

/// The client of one connection.
pub struct Authorised {
    connection: Connection,
    connect: Connect,
    secrets: Arc<dyn SecretStore>,
    authorisations: Arc<dyn AuthorisationStore>,
    clock: Arc<dyn Clock>,
    client: Mutex<Client>,
    expected: Mutex<Option<CallClass>>,
    /// A person is needed: nothing is called any more.
    dead: AtomicBool,
}

fn client(connect: &Connect, secret: &Value) -> Result<Client, String> {
    let keys = Keys::read(secret).map_err(|error| error.to_string())?;
    Ok(Client { marketplace: connect(secret)?.into(), keys: Arc::new(keys) })
}

impl Authorised {
    /// Of a connection and its secret as it is known now.
    ///
    /// # Errors
    /// What is missing in the secret, for people.
    pub fn new(
        connection: &Connection,
        secret: &Value,
        connect: Connect,
        secrets: Arc<dyn SecretStore>,
        authorisations: Arc<dyn AuthorisationStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let client = Mutex::new(client(&connect, secret)?);
        let (connection, expected) = (connection.clone(), Mutex::default());
        let dead = AtomicBool::new(false);
        Ok(Self { connection, connect, secrets, authorisations, clock, client, expected, dead })
    }

    fn client(&self) -> Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A token was refused: finds a newer one, or says what to do instead.
    async fn newer(&self, service: &'static str, code: &str, refused: &Client) -> Result<Client, CallError> {
        for look in 0..LOOKS_MAX {
            if let Some(newer) = self.newest(service, refused).await? {
                return Ok(newer);
            }
            let wait = match self.judge(service, refused).await? {
                Verdict::Renewing(wait) => wait,
                Verdict::Dead => {
                    self.dead.store(true, Relaxed);
                    tracing::warn!(connection = %self.connection.id, service, code, "the authorisation is no longer accepted");
                    return Err(self.gone(service));
                }
            };
            if look + 1 == LOOKS_MAX {
                return Err(later(service, wait));
            }
            self.clock.sleep(BETWEEN_LOOKS).await;
        }
        Err(later(service, DOUBT_MIN))
    }

    async fn newest(&self, service: &'static str, refused: &Client) -> Result<Option<Client>, CallError> {
        let name = self.connection.secret_name();
        self.secrets.forget(&name);
        let gone = || self.gone(service);
        let secret = self.secrets.secret(&name).await.map_err(|error| self.unknown(service, &error))?;
        let found = client(&self.connect, &secret.ok_or_else(gone)?).map_err(|_| gone())?;
        if found.keys.access_token == refused.keys.access_token {
            return Ok(None);
        }
        if let Some(class) = *self.expected.lock().unwrap_or_else(PoisonError::into_inner) {
            found.marketplace.expect(class);
        }
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = found.clone();
        Ok(Some(found))
    }

    /// The newest token is refused. Is it about to be replaced, or is a person needed? Then that is recorded.
    async fn judge(&self, service: &'static str, refused: &Client) -> Result<Verdict, CallError> {
        let id = &self.connection.id;
        for _ in 0..CONFLICTS_MAX {
            let known = self.authorisations.authorisation(id).await.map_err(|e| self.unknown(service, &e))?;
            let (now, generation) = (self.clock.now(), refused.keys.generation());
            match known.as_ref().map(|a| (&a.phase, a.generation)) {
                Some((Phase::Refreshing { lease_until: until, .. } | Phase::InDoubt { not_before: until, .. }, _)) => {
                    return Ok(Verdict::Renewing(left(now, *until)));
                }
                Some((_, newer)) if newer > generation && is_fresh(known.as_ref(), now) => {
                    return Ok(Verdict::Renewing(DOUBT_MIN));
                }
                _ => {}
            }
            // Registered by an older version: what is known of it is written down first.
            let bare = refused.keys.known_grant(now);
            // Where the secret is older than what is known of it, the newer pair is lost.
            let generation = known.as_ref().map_or(generation, |known| known.generation.max(generation));
            let event = if known.is_some() { Event::AccessRefused { generation } } else { Event::Stored(&bare) };
            let Some(after) = authorisation::decide(known.as_ref(), id, &event, now) else { return Ok(Verdict::Dead) };
            match self.authorisations.commit(&after).await {
                Ok(()) if known.is_none() => {}
                Ok(()) => return Ok(Verdict::Dead),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(self.unknown(service, &error)),
            }
        }
        Ok(Verdict::Renewing(DOUBT_MIN))
    }

    fn gone(&self, service: &'static str) -> CallError {
        CallError::NeedsReauth { service, connection: self.connection.id.to_string() }
    }

    /// The state is out of reach: nothing took effect, so the step simply waits.
    fn unknown(&self, service: &'static str, error: &StoreError) -> CallError {
        tracing::warn!(connection = %self.connection.id, error = %error, "a token was refused, and the state can't be read");
        later(service, Duration::from_secs(60))
    }
}

enum Verdict {
    Renewing(Duration),
    Dead,
}

/// Were its tokens stored so lately that a reader of secrets may not see them yet?
fn is_fresh(known: Option<&Authorisation>, now: Timestamp) -> bool {
    known.is_some_and(|a| now.duration_since(a.refreshed_at.unwrap_or(a.granted_at)) < STALE_READS)
}

fn left(now: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default().clamp(DOUBT_MIN, DOUBT_MAX)
}

fn later(service: &'static str, after: Duration) -> CallError {
    CallError::Throttled { service, call: "any call while its tokens are renewed".to_owned(), after }
}

/// Makes a call, again with newer tokens as long as there are some.
macro_rules! with_newest {
    ($self:ident, $marketplace:ident => $call:expr) => {{
        if $self.dead.load(Relaxed) {
            return Err($self.gone(NOBODY));
        }
        let mut client = $self.client();
        for _ in 1..TOKENS_MAX {
            let $marketplace = &client.marketplace;
            match $call {
                Err(CallError::Unauthorised { service, code }) => {
                    client = $self.newer(service, &code, &client).await?;
                }
                answer => return answer,
            }
        }
        let $marketplace = &client.marketplace;
        match $call {
            Err(CallError::Unauthorised { service, .. }) => Err(later(service, DOUBT_MIN)),
            answer => answer,
        }
    }};
}

#[async_trait]
impl Marketplace for Authorised {
    fn expect(&self, class: CallClass) {
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = Some(class);
        self.client().marketplace.expect(class);
    }
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        with_newest!(self, m => m.list(listing, window, page).await)
    }
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        with_newest!(self, m => m.order(id).await)
    }
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        with_newest!(self, m => m.standing(id).await)
    }
    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        with_newest!(self, m => m.services().await)
    }
    async fn upload_proof(&self, file_name: &str, png: Vec<u8>) -> Result<Option<String>, CallError> {
        with_newest!(self, m => m.upload_proof(file_name, png.clone()).await)
    }
    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        with_newest!(self, m => m.notify(notice).await)
    }
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError> {
        with_newest!(self, m => m.read_back(order, shipment, tracking_number, service).await)
    }
    async fn answer_cancellation(
        &self,
        order: &MarketplaceOrderId,
        buyer: &str,
        answer: &CancelAnswer,
    ) -> Result<(), CallError> {
        with_newest!(self, m => m.answer_cancellation(order, buyer, answer).await)
    }
    async fn raw(&self, id: &MarketplaceOrderId) -> Result<Option<String>, CallError> {
        with_newest!(self, m => m.raw(id).await)
    }
}
