//! How long a connection may be used, when its tokens are renewed, and what follows from what.
//!
//! An authorisation holds no token: tokens are in the secret store, numbered by a *generation*. Whoever stores a new
//! pair stores it under the next generation, with its [`Grant`] beside it, before the authorisation is committed. So a
//! secret whose generation is newer than the authorisation's means that somebody died between the two, and nothing
//! else: it only has to be taken over.
//!
//! The service's own ends always win when they are shorter (`expires_in`, `refresh_expires_in`, API facts 1.4 and 2.1).
//! AliExpress: 30 days and 60 days (1 and 2 for an app in test), and renewing does not move the refresh token's end.

mod decide;

pub use decide::{Event, backoff, decide};

use crate::{ConnectionId, SellerId};
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Days before an end at which a person is warned, once each.
pub const WARNING_DAYS: [u32; 4] = [14, 7, 3, 1];
/// Attempts whose outcome nobody knows, one after the other, before no more are made. With [`backoff`] they take two days.
pub const TRIES_MAX: u32 = 12;

/// An access token that ended while so many renewals failed needs a person to look, though they go on being tried.
pub const FAILURES_MAX: u32 = 3;

/// How often a token is renewed whose end the service never tells.
const UNTOLD_LIFE: SignedDuration = SignedDuration::from_hours(8);

/// How long a person wants a connection to last, counted in calendar months (UTC) from the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Length {
    /// One month.
    One,
    /// Three months.
    Three,
    /// Six months.
    Six,
}

/// A number of months that nobody can choose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an authorisation lasts 1, 3 or 6 months, not {0}")]
pub struct BadLength(u8);

impl TryFrom<u8> for Length {
    type Error = BadLength;
    fn try_from(months: u8) -> Result<Self, BadLength> {
        [Self::One, Self::Three, Self::Six].into_iter().find(|l| l.months() == months).ok_or(BadLength(months))
    }
}
impl From<Length> for u8 {
    fn from(length: Length) -> u8 {
        length.months()
    }
}

impl Length {
    /// 1, 3 or 6.
    #[must_use]
    pub fn months(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Six => 6,
        }
    }
    /// The end of an authorisation that was granted then: the same day of a later month, or that month's last day.
    #[must_use]
    pub fn end(self, granted_at: Timestamp) -> Timestamp {
        let later = granted_at.to_zoned(TimeZone::UTC).checked_add(Span::new().months(self.months()));
        later.map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

/// What is known of a pair of tokens beside the tokens. Kept in the secret with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Counts the pairs of a connection.
    pub generation: u64,
    /// Who authorised, if the service said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerId>,
    /// The seller's name, for people; at most 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_name: Option<String>,
    /// When the person authorised (or registered) it.
    pub granted_at: Timestamp,
    /// How long the person wants it to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Length>,
    /// When this pair was obtained.
    pub obtained_at: Timestamp,
    /// When the access token ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_ends_at: Option<Timestamp>,
    /// When the refresh token ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_ends_at: Option<Timestamp>,
    /// Is there a refresh token that the service will take?
    pub refreshable: bool,
}

impl Grant {
    /// Of tokens whose ends nobody knows. If there is a refresh token they are renewed at once, to learn them.
    #[must_use]
    pub fn bare(refreshable: bool, now: Timestamp) -> Self {
        Self {
            generation: 0,
            seller: None,
            seller_name: None,
            granted_at: now,
            length: None,
            obtained_at: now,
            access_ends_at: None,
            refresh_ends_at: None,
            refreshable,
        }
    }
}

/// What a service's answer says of the ends of the tokens in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// Whose tokens they are.
    pub seller: Option<SellerId>,
    /// The seller's name.
    pub seller_name: Option<String>,
    /// When the access token ends.
    pub access_ends_at: Option<Timestamp>,
    /// When the refresh token ends, if the answer says so.
    pub refresh_ends_at: Option<Timestamp>,
    /// Is there a refresh token in it?
    pub refresh_token: bool,
    /// `refresh_expires_in = 0`: it can't be renewed, the seller has to authorise again.
    pub never_again: bool,
}

/// Where a connection's authorisation stands. At most some 600 bytes; no token, no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// Counts the commits; a commit is conditional on it.
    #[serde(skip)]
    pub version: u64,
    /// Whose it is.
    pub connection: ConnectionId,
    /// Who authorised, once that is known. The same one has to come back at a reconnection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerId>,
    /// The seller's name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_name: Option<String>,
    /// When a person authorised (or registered) it.
    pub granted_at: Timestamp,
    /// How long the person wants it to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Length>,
    /// From then on it isn't used, even where the token would work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_end: Option<Timestamp>,
    /// When the access token ends; unknown when it was registered bare and not renewed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_ends_at: Option<Timestamp>,
    /// When the refresh token ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_ends_at: Option<Timestamp>,
    /// Is there a refresh token that the service will take?
    #[serde(default)]
    pub refreshable: bool,
    /// When the tokens were last renewed; none when they are those of the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refreshed_at: Option<Timestamp>,
    /// Which pair of tokens is in force.
    pub generation: u64,
    /// What is going on.
    pub phase: Phase,
    /// Renewals that failed in a row.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// No renewal before this, after one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// The last warning: so many days before the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_days: Option<u32>,
    /// Was the operator told that a person is needed?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reauth_told: bool,
    /// Somebody is telling the operator; past this it is told again, for whoever did may have died before telling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling_until: Option<Timestamp>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What is going on with an authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Phase {
    /// In order.
    Live,
    /// Somebody is renewing it, or died doing so.
    Refreshing {
        /// Nobody else may call before this.
        lease_until: Timestamp,
        /// Calls so far whose outcome nobody knows, this one not counted.
        tries: u32,
    },
    /// A renewal was sent and nobody knows whether it took effect: the old token is tried first.
    InDoubt {
        /// Not before this: the call may still be under way.
        not_before: Timestamp,
        /// Calls so far whose outcome nobody knows.
        tries: u32,
    },
    /// A person has to authorise it (again). Nothing is called until then.
    NeedsReauth {
        /// Since when.
        since: Timestamp,
        /// What for.
        why: WhyReauth,
    },
}

/// Why a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyReauth {
    /// Nobody has authorised it yet.
    NotYet,
    /// The marketplace no longer accepts the access token.
    Refused,
    /// The access token ended and can't be renewed.
    Ended,
    /// The length that the person chose is over.
    ChosenEnd,
    /// A renewal took effect, but its answer never arrived: the new tokens are lost.
    Lost,
    /// Its tokens are another seller's, or a seller's who is connected under another name.
    AnotherSeller,
}

impl WhyReauth {
    /// What happened and what to do, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotYet => "nobody has authorised it yet; connect it",
            Self::Refused => "the marketplace no longer accepts the authorisation; connect it again",
            Self::Ended => "the authorisation ended or was revoked, and can't be renewed; connect it again",
            Self::ChosenEnd => "the chosen length is over; connect it again and choose a new one",
            Self::Lost => {
                "a renewal took effect but its answer never arrived, so the new tokens are lost; connect it again"
            }
            Self::AnotherSeller => {
                "its tokens are another seller's, or of one who is connected already, and aren't used; connect it as the right seller, or remove it"
            }
        }
    }
}

impl Authorisation {
    /// May the connection's access token be used now?
    #[must_use]
    pub fn usable(&self, now: Timestamp) -> bool {
        let over = |end: Option<Timestamp>| end.is_some_and(|end| now >= end);
        !matches!(self.phase, Phase::NeedsReauth { .. }) && !over(self.chosen_end) && !over(self.access_ends_at)
    }

    /// Why a person is needed now, if one is: what is recorded, or what time alone has brought since.
    #[must_use]
    pub fn needs_reauth(&self, now: Timestamp) -> Option<WhyReauth> {
        if let Phase::NeedsReauth { why, .. } = self.phase {
            return Some(why);
        }
        if self.chosen_end.is_some_and(|end| now >= end) {
            return Some(WhyReauth::ChosenEnd);
        }
        let ended = self.access_ends_at.is_some_and(|end| now >= end);
        let hopeless = !self.can_refresh(now) || self.failures >= FAILURES_MAX || self.doubts() >= TRIES_MAX;
        (ended && hopeless).then_some(WhyReauth::Ended)
    }

    /// Is there a refresh token that still works, as far as is known?
    #[must_use]
    pub fn can_refresh(&self, now: Timestamp) -> bool {
        self.refreshable && self.refresh_ends_at.is_none_or(|end| now < end)
    }

    /// The earliest moment at which a person is needed: the chosen end; the refresh token's end, or the access token's where
    /// that is later, as it works on; or the access token's alone where it can't be renewed, or renewing keeps failing.
    #[must_use]
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let last = |refresh: Timestamp| self.access_ends_at.map_or(refresh, |access| access.max(refresh));
        let renewing = self.can_refresh(now).then_some(self.refresh_ends_at).flatten().map(last);
        let stuck = !self.can_refresh(now) || self.failures >= FAILURES_MAX;
        let access = stuck.then_some(self.access_ends_at).flatten();
        self.chosen_end.into_iter().chain(renewing).chain(access).min()
    }

    /// When the tokens are to be renewed: at two thirds of the access token's life, at once when its end isn't known,
    /// and never when it lasts to the chosen end anyway. `None` when there is nothing to renew.
    #[must_use]
    pub fn refresh_due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let over = self.chosen_end.is_some_and(|end| now >= end);
        let why = if let Phase::NeedsReauth { why, .. } = self.phase { Some(why) } else { None };
        // A refused or ended access token may have a refresh token that still works.
        let hopeful = why.is_none_or(|why| matches!(why, WhyReauth::Refused | WhyReauth::Ended));
        if over || !self.can_refresh(now) || !hopeful {
            return None;
        }
        let obtained = self.refreshed_at.unwrap_or(self.granted_at);
        let due = match self.access_ends_at {
            _ if why.is_some() => obtained,
            // Renewed, and the service doesn't say for how long: now and then, since nobody knows better.
            None if self.refreshed_at.is_some() => obtained + UNTOLD_LIFE,
            None => obtained,
            Some(end) if self.chosen_end.is_some_and(|chosen| chosen <= end) => return None,
            Some(end) => obtained + end.duration_since(obtained).max(SignedDuration::ZERO) / 3 * 2,
        };
        if self.chosen_end.is_some_and(|chosen| due >= chosen) {
            return None;
        }
        Some(self.retry_at.map_or(due, |retry| retry.max(due)))
    }

    /// May somebody begin to renew it now? Not while another's lease lasts, nor before a doubt has settled.
    #[must_use]
    pub fn may_begin(&self, now: Timestamp, asked: bool) -> bool {
        match &self.phase {
            Phase::Refreshing { lease_until, .. } => now >= *lease_until,
            Phase::InDoubt { not_before, tries } => now >= *not_before && *tries < TRIES_MAX,
            Phase::Live | Phase::NeedsReauth { .. } => {
                let due = self.refresh_due_at(now);
                due.is_some_and(|at| now >= at) || (asked && due.is_some())
            }
        }
    }

    /// Calls whose outcome nobody knows: more than none means that the old token is tried before anything else.
    #[must_use]
    pub fn doubts(&self) -> u32 {
        match self.phase {
            Phase::Refreshing { tries, .. } | Phase::InDoubt { tries, .. } => tries,
            Phase::Live | Phase::NeedsReauth { .. } => 0,
        }
    }

    /// The warning that is due: the nearest threshold, even when several passed unseen.
    #[must_use]
    pub fn warning_due(&self, now: Timestamp) -> Option<u32> {
        let left = self.ends_at(now)?.duration_since(now);
        if left <= SignedDuration::ZERO || self.needs_reauth(now).is_some() {
            return None;
        }
        let reached = |days: &u32| left <= SignedDuration::from_hours(24 * i64::from(*days));
        let nearest = WARNING_DAYS.into_iter().filter(reached).min()?;
        self.warned_days.is_none_or(|before| nearest < before).then_some(nearest)
    }

    /// The grant that a renewal's answer makes of this one. An answer without a refresh token keeps the old one and its
    /// end, and the refresh token's end moves only when the service says so.
    #[must_use]
    pub fn renewed(&self, answer: &Answered, now: Timestamp) -> Grant {
        Grant {
            generation: self.generation + 1,
            seller: self.seller.clone().or_else(|| answer.seller.clone()),
            seller_name: answer.seller_name.clone().or_else(|| self.seller_name.clone()),
            granted_at: self.granted_at,
            length: self.length,
            obtained_at: now,
            access_ends_at: answer.access_ends_at,
            refresh_ends_at: answer.refresh_ends_at.or(self.refresh_ends_at),
            refreshable: !answer.never_again && (answer.refresh_token || self.refreshable),
        }
    }

    /// The grant that a fresh authorisation makes, of this connection or of a new one.
    #[must_use]
    pub fn granted(before: Option<&Self>, answer: &Answered, length: Option<Length>, now: Timestamp) -> Grant {
        Grant {
            generation: before.map_or(0, |b| b.generation) + 1,
            // Whoever stores it has seen that it is the same one.
            seller: before.and_then(|b| b.seller.clone()).or_else(|| answer.seller.clone()),
            seller_name: answer.seller_name.clone(),
            granted_at: now,
            length,
            obtained_at: now,
            access_ends_at: answer.access_ends_at,
            refresh_ends_at: answer.refresh_ends_at,
            refreshable: answer.refresh_token && !answer.never_again,
        }
    }
}

#[cfg(test)]
#[path = "authorisation_tests.rs"]
mod tests;
