//! What becomes of an authorisation.

use super::{Authorisation, Grant, Phase, WhyReauth};
use crate::ConnectionId;
use jiff::{SignedDuration, Timestamp};

/// What happened to an authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A connection was prepared; a person is on the way to the marketplace's consent page.
    ConsentAwaited,
    /// A new pair of tokens is in the secret store: granted, registered, renewed, or found there after a crash.
    Stored(&'a Grant),
    /// Somebody wants to renew: whoever commits this may call, until the lease ends.
    RefreshBegun {
        /// Until when.
        lease_until: Timestamp,
        /// By hand: whether it is due or not.
        asked: bool,
    },
    /// The service doesn't take the refresh token any more.
    RefreshRefused,
    /// A renewal surely didn't take effect (not reached, throttled, refused for a passing reason).
    RefreshFailed,
    /// A call to renew or to try the old token had to wait for its turn, and wasn't made: nothing has failed.
    RefreshWaits {
        /// When it may be made.
        until: Timestamp,
    },
    /// Nobody knows whether a renewal took effect.
    RefreshUnclear,
    /// After a renewal in doubt the old token couldn't be tried; no call to renew was made.
    ProbeFailed,
    /// After a renewal in doubt the old token wasn't accepted any more.
    ProbeRefused,
    /// A renewal named another seller than the connection's.
    AnotherSeller,
    /// The marketplace didn't accept the access token of this generation, freshly read.
    AccessRefused {
        /// Which pair.
        generation: u64,
    },
    /// Time passed: ends may have come.
    TimePassed,
    /// Somebody is about to tell the operator: nobody else does until then.
    TellingBegun {
        /// Until when.
        lease_until: Timestamp,
    },
    /// It couldn't be told.
    TellingFailed,
    /// The operator was warned, so many days before the end.
    Warned {
        /// How many.
        days: u32,
    },
    /// The operator was told that a person is needed.
    ReauthTold,
}

/// How long to wait after so many failures in a row: 1, 4, 16, 64 minutes, then 6 hours at most.
#[must_use]
pub fn backoff(failures: u32) -> SignedDuration {
    let minutes = 4_i64.saturating_pow(failures.min(8)).min(6 * 60);
    SignedDuration::from_mins(minutes)
}

impl Authorisation {
    fn of(connection: &ConnectionId, now: Timestamp) -> Self {
        let phase = Phase::NeedsReauth { since: now, why: WhyReauth::NotYet };
        Self {
            version: 0,
            connection: connection.clone(),
            seller: None,
            seller_name: None,
            granted_at: now,
            length: None,
            chosen_end: None,
            access_ends_at: None,
            refresh_ends_at: None,
            refreshable: false,
            refreshed_at: None,
            generation: 0,
            phase,
            failures: 0,
            retry_at: None,
            warned_days: None,
            // Whoever is connecting it knows.
            reauth_told: true,
            telling_until: None,
        }
    }

    fn store(&mut self, grant: &Grant, now: Timestamp) {
        let before = self.ends_at(now);
        self.seller = grant.seller.clone();
        self.seller_name = grant.seller_name.clone();
        self.granted_at = grant.granted_at;
        self.length = grant.length;
        self.chosen_end = grant.length.map(|length| length.end(grant.granted_at));
        self.access_ends_at = grant.access_ends_at;
        self.refresh_ends_at = grant.refresh_ends_at;
        self.refreshable = grant.refreshable;
        self.refreshed_at = (grant.obtained_at != grant.granted_at).then_some(grant.obtained_at);
        self.generation = grant.generation;
        self.phase = Phase::Live;
        (self.failures, self.retry_at) = (0, None);
        (self.reauth_told, self.telling_until) = (false, None);
        // A later end is a new one to warn of. Services say how many seconds are left, and how long their answer took is in
        // that: the same end is never named twice to the second.
        let later =
            |before: Timestamp| self.ends_at(now).is_none_or(|end| end.duration_since(before) > SAME_END_WITHIN);
        if before.is_none_or(later) {
            self.warned_days = None;
        }
    }

    /// Is nobody else telling the operator?
    fn may_tell(&self, now: Timestamp) -> bool {
        self.telling_until.is_none_or(|until| until <= now)
    }

    fn reauth(&mut self, why: WhyReauth, now: Timestamp) {
        let end = match why {
            WhyReauth::ChosenEnd => self.chosen_end,
            WhyReauth::Ended => self.access_ends_at,
            WhyReauth::NotYet | WhyReauth::Refused | WhyReauth::Lost | WhyReauth::AnotherSeller => None,
        };
        self.phase = Phase::NeedsReauth { since: end.unwrap_or(now).min(now), why };
    }

    /// Out of a renewal without a new pair: on with the old one, as long as it works.
    fn go_on(&mut self, now: Timestamp) {
        self.phase = Phase::Live;
        if let Some(why) = self.needs_reauth(now) {
            self.reauth(why, now);
        }
    }

    fn failed(&mut self, now: Timestamp) {
        self.retry_at = Some(now + backoff(self.failures));
        self.failures = self.failures.saturating_add(1);
    }

    fn doubt(&mut self, tries: u32, now: Timestamp) {
        self.failed(now);
        let not_before = self.retry_at.unwrap_or(now);
        self.phase = Phase::InDoubt { not_before, tries };
    }
}

/// Ends that differ by less are the same one.
const SAME_END_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What becomes of an authorisation. `None` when nothing changes: the event is late, or somebody else's, or not allowed.
#[must_use]
pub fn decide(
    before: Option<&Authorisation>,
    connection: &ConnectionId,
    event: &Event<'_>,
    now: Timestamp,
) -> Option<Authorisation> {
    let mut after = before.cloned().unwrap_or_else(|| Authorisation::of(connection, now));
    match event {
        Event::ConsentAwaited if before.is_none() => {}
        Event::ConsentAwaited => return None,
        Event::Stored(grant) if before.is_none() || grant.generation > after.generation => after.store(grant, now),
        Event::Stored(_) => return None,
        _ => renewal(&mut after, before?, event, now)?,
    }
    after.version = before.map_or(0, |b| b.version) + 1;
    Some(after)
}

fn renewal(after: &mut Authorisation, before: &Authorisation, event: &Event<'_>, now: Timestamp) -> Option<()> {
    match (event, &before.phase) {
        (Event::RefreshBegun { lease_until, asked }, phase) if before.may_begin(now, *asked) => {
            // Past a lease nobody knows whether the call left.
            let died = u32::from(matches!(phase, Phase::Refreshing { .. }));
            after.phase = Phase::Refreshing { lease_until: *lease_until, tries: before.doubts() + died };
        }
        (Event::RefreshRefused, Phase::Refreshing { .. }) => {
            after.refreshable = false;
            after.go_on(now);
        }
        (Event::RefreshFailed, Phase::Refreshing { tries: 0, .. }) => {
            after.failed(now);
            after.go_on(now);
        }
        (Event::RefreshWaits { until }, Phase::Refreshing { tries: 0, .. }) => {
            after.retry_at = Some(*until);
            after.go_on(now);
        }
        (Event::RefreshWaits { until }, Phase::Refreshing { tries, .. }) => {
            after.phase = Phase::InDoubt { not_before: *until, tries: *tries };
        }
        (Event::RefreshFailed | Event::ProbeFailed, Phase::Refreshing { tries, .. }) => after.doubt(*tries, now),
        (Event::RefreshUnclear, Phase::Refreshing { tries, .. }) => after.doubt(tries + 1, now),
        (Event::ProbeRefused, Phase::Refreshing { .. }) => after.reauth(WhyReauth::Lost, now),
        (Event::AnotherSeller, Phase::Refreshing { .. }) => after.reauth(WhyReauth::AnotherSeller, now),
        // Only the pair in force counts, and not while it is being renewed: then the next pair is on its way.
        (Event::AccessRefused { generation }, Phase::Live) if *generation == before.generation => {
            // Whatever the service had promised, it ended now. A renewal may still bring a new one.
            after.access_ends_at = Some(before.access_ends_at.map_or(now, |end| end.min(now)));
            after.retry_at = None;
            after.reauth(WhyReauth::Refused, now);
        }
        (Event::TimePassed, Phase::Live | Phase::InDoubt { .. }) => {
            let why = before.needs_reauth(now)?;
            after.reauth(why, now);
        }
        (Event::TellingBegun { lease_until }, _) if before.may_tell(now) => after.telling_until = Some(*lease_until),
        (Event::TellingFailed, _) if before.telling_until.is_some() => after.telling_until = None,
        // Without a beginning it was about the authorisation before this one.
        (Event::Warned { days }, _)
            if before.telling_until.is_some() && before.warned_days.is_none_or(|b| *days < b) =>
        {
            (after.warned_days, after.telling_until) = (Some(*days), None);
        }
        (Event::ReauthTold, Phase::NeedsReauth { .. }) if before.telling_until.is_some() && !before.reauth_told => {
            (after.reauth_told, after.telling_until) = (true, None);
        }
        _ => return None,
    }
    Some(())
}
