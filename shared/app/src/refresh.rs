//! refresh-tokens: renews authorisations, once, however many race.
//!
//! A refresh token works once: two that use it at the same time invalidate each other's result. So whoever wants to
//! renew first commits that it will, with a lease; only one commit succeeds, and only its owner calls. The new pair goes
//! into the secret store under the next generation, then the authorisation is committed. Whoever loses the commit
//! waits, and uses the winner's result.
//!
//! Whoever finds a lease that is over looks first: a secret of a newer generation was stored by somebody who died
//! before the commit, and is taken over. Otherwise nobody knows whether the call took effect, and the old access token
//! is tried: where it still works the renewal didn't happen and is made again; where it doesn't, the new pair is lost, and
//! a person has to authorise anew.

mod round;
mod watch;

pub use round::{Job, JobKind, Outcome, Round};
pub use watch::{Told, tell};

use crate::{
    authorise::ConnectAuthoriser,
    connection::Connection,
    directory::Directory,
    keys::Keys,
    ports::{Authoriser, CallError, Secret, StoreError, Tokens},
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tallyman_domain::{
    Authorisation, Grant, Phase, WhyReauth,
    authorisation::{self, Event},
};

/// Longer than a call may take: nobody calls with less than this left of the lease.
const CALL_TIME_MAX: SignedDuration = SignedDuration::from_secs(30);
/// Whoever lost waits this long for the winner's result.
const PATIENCE: SignedDuration = SignedDuration::from_secs(25);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// A new pair that can't be stored is lost: it is tried against some resistance.
const STORE_TRIES_MAX: u32 = 5;
/// Steps from one commit to the next; more mean that something is wrong.
const STEPS_MAX: u32 = 200;

/// What became of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It isn't due, or there is nothing to renew.
    NotDue,
    /// We renewed it.
    Renewed,
    /// Somebody else did, or had died before committing it.
    ByAnother,
    /// It failed or is in doubt; the cached token goes on as long as it works, and this is tried again then.
    Later(Timestamp),
    /// A person has to authorise it.
    NeedsReauth(WhyReauth),
}

/// A renewal couldn't be carried through; the next run looks again.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The state is out of reach.
    #[error("connection {connection}: the state is out of reach; the next run tries again")]
    Store {
        /// Which.
        connection: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// What is stored can't be used.
    #[error("connection {connection}: {what}")]
    Unusable {
        /// Which.
        connection: String,
        /// What is wrong and what to do.
        what: String,
    },
}

/// The use case.
pub struct Refresh<'a> {
    /// Who is who; with stores that read afresh, not cached ones.
    pub directory: &'a Directory,
    /// How to reach the authorisation servers.
    pub authorisers: &'a ConnectAuthoriser,
    /// How long nobody else may call after somebody began.
    pub lease: SignedDuration,
}

type Done<T> = Result<T, RefreshError>;

impl Refresh<'_> {
    /// Renews one connection's tokens if that is due, or, when a person asks, whether it is due or not. When it returns,
    /// the secret store's next read gives the tokens in force.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn renew(&self, connection: &Connection, asked: bool) -> Done<Renewal> {
        let begun = self.now();
        let mut first_seen = None;
        for _ in 0..STEPS_MAX {
            // In this order: a pair is stored before it is committed, so the secret is never older than what we know.
            let known = self.known(connection).await?;
            let Some(keys) = self.keys(connection).await? else { return Ok(Renewal::NotDue) };
            let now = self.now();
            // Registered by an older version, or stored by somebody who died before the commit.
            let stored = keys.known_grant(now);
            let unfinished = known.as_ref().is_none_or(|k| stored.generation > k.generation);
            if unfinished && keys.access_token.is_some() {
                first_seen.get_or_insert(known.map_or(0, |k| k.generation));
                self.commit(connection, &Event::Stored(&stored)).await?;
                continue;
            }
            let Some(known) = known else { return Ok(Renewal::NotDue) };
            let first_seen = *first_seen.get_or_insert(known.generation);
            if known.generation > first_seen && known.phase == Phase::Live && !known.may_begin(now, false) {
                return Ok(Renewal::ByAnother);
            }
            if let Some(after) = authorisation::decide(Some(&known), &connection.id, &Event::TimePassed, now) {
                self.try_commit(connection, &after).await?;
                continue;
            }
            if !known.may_begin(now, asked) {
                if let Phase::Refreshing { lease_until, .. } = known.phase {
                    if now.duration_since(begun) > PATIENCE {
                        return Ok(Renewal::Later(lease_until));
                    }
                    self.directory.clock.sleep(BETWEEN_LOOKS).await;
                    continue;
                }
                return Ok(resting(&known, now));
            }
            let event = Event::RefreshBegun { lease_until: now + self.lease.max(CALL_TIME_MAX * 2), asked };
            let Some(claimed) = authorisation::decide(Some(&known), &connection.id, &event, now) else { continue };
            if self.try_commit(connection, &claimed).await? {
                return self.attempt(connection, &claimed, &keys).await;
            }
        }
        Err(self.unusable(connection, "its authorisation changes all the time; look who else works on this stack"))
    }

    /// Ours is the lease.
    async fn attempt(&self, connection: &Connection, claimed: &Authorisation, keys: &Keys) -> Done<Renewal> {
        let authoriser = (self.authorisers)(connection, &keys.app);
        if claimed.doubts() > 0
            && let Some(event) = self.probe(connection, claimed, keys, &*authoriser).await
        {
            return self.settle(connection, claimed, &event).await;
        }
        let Some(refresh_token) = &keys.refresh_token else {
            return self.settle(connection, claimed, &Event::RefreshRefused).await;
        };
        let lease_left = if let Phase::Refreshing { lease_until, .. } = claimed.phase {
            lease_until.duration_since(self.now())
        } else {
            SignedDuration::ZERO
        };
        if lease_left < CALL_TIME_MAX {
            // Somebody else may begin before our call ends: it doesn't leave.
            return self.settle(connection, claimed, &Event::RefreshFailed).await;
        }
        let event = match authoriser.refresh(refresh_token).await {
            Ok(tokens) => return self.keep(connection, claimed, keys, &tokens).await,
            Err(error) => {
                tracing::warn!(connection = %connection.id, error = %error, "the tokens could not be renewed");
                after_failure(&error, self.now())
            }
        };
        self.settle(connection, claimed, &event).await
    }

    /// Does the old access token still work? `None` when the way is free.
    async fn probe(
        &self,
        connection: &Connection,
        claimed: &Authorisation,
        keys: &Keys,
        authoriser: &dyn Authoriser,
    ) -> Option<Event<'static>> {
        let token: &Secret = keys.access_token.as_ref()?;
        // A token past its end is refused either way: that tells nothing, and there is nothing left to lose.
        if claimed.access_ends_at.is_some_and(|end| self.now() >= end) {
            return None;
        }
        match authoriser.probe(token).await {
            Ok(()) => None,
            Err(CallError::Unauthorised { code, .. }) => {
                tracing::error!(connection = %connection.id, code, "the old token is refused after a renewal in doubt");
                Some(Event::ProbeRefused)
            }
            Err(error) => {
                tracing::warn!(connection = %connection.id, error = %error, "a renewal stays in doubt");
                Some(match error {
                    CallError::Throttled { after, .. } => Event::RefreshWaits { until: waits_until(after, self.now()) },
                    _ => Event::ProbeFailed,
                })
            }
        }
    }

    /// Stores a new pair, then commits it.
    async fn keep(
        &self,
        connection: &Connection,
        claimed: &Authorisation,
        keys: &Keys,
        tokens: &Tokens,
    ) -> Done<Renewal> {
        let now = self.now();
        let answer = tokens.answered();
        if !self.is_its_sellers(connection, claimed, tokens).await {
            tracing::error!(connection = %connection.id, "a renewal gave tokens of another seller, or of one who is connected already; they are not used");
            return self.settle(connection, claimed, &Event::AnotherSeller).await;
        }
        let grant: Grant = claimed.renewed(&answer, now);
        // Whoever was stopped for longer than its lease must not replace what a person authorised meanwhile, nor bring
        // back the secret of a connection that was removed.
        match self.known(connection).await {
            Ok(None) => return Ok(Renewal::NotDue),
            Ok(Some(newest)) if newest.generation > claimed.generation => return Ok(Renewal::ByAnother),
            // What can't be read now may be: the pair has to be kept.
            Ok(Some(_)) | Err(_) => {}
        }
        let renewed = keys.renewed(tokens, grant.clone()).write();
        let name = connection.secret_name();
        let mut put = self.directory.secrets.put_secret(&name, &renewed).await;
        for _ in 1..STORE_TRIES_MAX {
            let Err(error) = &put else { break };
            tracing::error!(connection = %connection.id, error = %error, "renewed tokens can't be stored yet");
            self.directory.clock.sleep(Duration::from_secs(2)).await;
            put = self.directory.secrets.put_secret(&name, &renewed).await;
        }
        // Not stored, as far as we know: the lease ends, and whoever comes then finds out.
        put.map_err(|e| self.store(connection, e))?;
        self.commit(connection, &Event::Stored(&grant)).await?;
        tracing::info!(connection = %connection.id, generation = grant.generation, access_ends_at = ?grant.access_ends_at, "the tokens were renewed");
        Ok(Renewal::Renewed)
    }

    /// The same seller as before; or, where nobody knew whose the tokens were, one who isn't connected under another name.
    /// Where that can't be read now, it is taken to be so: the pair has to be kept, or it is lost.
    async fn is_its_sellers(&self, connection: &Connection, claimed: &Authorisation, tokens: &Tokens) -> bool {
        match (&claimed.seller, &tokens.seller) {
            (Some(ours), Some(_)) => tokens.is_of(ours),
            (None, Some(theirs)) => match self.directory.connection_of(connection, theirs).await {
                Ok(other) => other.is_none(),
                Err(error) => {
                    tracing::error!(connection = %connection.id, error = %error, "whether the seller is connected already can't be read");
                    true
                }
            },
            (_, None) => true,
        }
    }

    /// Commits how an attempt without a new pair ended, unless somebody slow has stored one after all.
    async fn settle(&self, connection: &Connection, claimed: &Authorisation, event: &Event<'_>) -> Done<Renewal> {
        let stored = self.keys(connection).await?.and_then(|keys| keys.grant);
        if let Some(grant) = stored.filter(|g| g.generation > claimed.generation) {
            self.commit(connection, &Event::Stored(&grant)).await?;
            return Ok(Renewal::ByAnother);
        }
        let now = self.now();
        if let Some(after) = authorisation::decide(Some(claimed), &connection.id, event, now) {
            self.try_commit(connection, &after).await?;
        }
        let known = self.known(connection).await?;
        Ok(known.map_or(Renewal::NotDue, |k| resting(&k, now)))
    }

    /// Commits an event on the newest state.
    async fn commit(&self, connection: &Connection, event: &Event<'_>) -> Done<()> {
        for _ in 0..STEPS_MAX {
            let known = self.known(connection).await?;
            let after = authorisation::decide(known.as_ref(), &connection.id, event, self.now());
            let Some(after) = after else { return Ok(()) };
            if self.try_commit(connection, &after).await? {
                return Ok(());
            }
        }
        Err(self.unusable(connection, "its authorisation changes all the time; look who else works on this stack"))
    }

    async fn try_commit(&self, connection: &Connection, after: &Authorisation) -> Done<bool> {
        match self.directory.authorisations.commit(after).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(self.store(connection, error)),
        }
    }

    async fn known(&self, connection: &Connection) -> Done<Option<Authorisation>> {
        let known = self.directory.authorisations.authorisation(&connection.id).await;
        known.map_err(|e| self.store(connection, e))
    }

    /// The secret, freshly read.
    async fn keys(&self, connection: &Connection) -> Done<Option<Keys>> {
        let name = connection.secret_name();
        self.directory.secrets.forget(&name);
        let secret = self.directory.secrets.secret(&name).await.map_err(|e| self.store(connection, e))?;
        let keys = secret.map(|secret| Keys::read(&secret)).transpose();
        keys.map_err(|error| self.unusable(connection, &error.to_string()))
    }

    fn now(&self) -> Timestamp {
        self.directory.clock.now()
    }

    fn store(&self, connection: &Connection, source: StoreError) -> RefreshError {
        RefreshError::Store { connection: connection.id.to_string(), source }
    }

    fn unusable(&self, connection: &Connection, what: &str) -> RefreshError {
        RefreshError::Unusable { connection: connection.id.to_string(), what: what.to_owned() }
    }
}

/// What an authorisation that nobody renews just now is to the caller.
fn resting(known: &Authorisation, now: Timestamp) -> Renewal {
    match (known.needs_reauth(now), &known.phase) {
        (Some(why), _) => Renewal::NeedsReauth(why),
        (None, Phase::InDoubt { not_before, .. }) => Renewal::Later(*not_before),
        (None, _) => known.retry_at.filter(|at| *at > now).map_or(Renewal::NotDue, Renewal::Later),
    }
}

fn after_failure(error: &CallError, now: Timestamp) -> Event<'static> {
    match error {
        // Our own line, or the service's: it says until when, and nothing is wrong with the authorisation.
        CallError::Throttled { after, .. } => Event::RefreshWaits { until: waits_until(*after, now) },
        CallError::Unauthorised { .. } => Event::RefreshRefused,
        // A refusal for another reason (address, app key) may pass, and changed nothing.
        CallError::Refused { .. } | CallError::Unreachable { .. } | CallError::NeedsReauth { .. } => {
            Event::RefreshFailed
        }
        CallError::Unclear { .. } | CallError::Undecodable { .. } => Event::RefreshUnclear,
    }
}

fn waits_until(after: Duration, now: Timestamp) -> Timestamp {
    now.saturating_add(after).unwrap_or(now)
}
