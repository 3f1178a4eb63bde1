//! The book of one account: taking calls, and standing in line for them.

use super::{
    CallClass, MINUTE_MS, Pacing,
    quota::{Day, Quota, beijing_day, midnight_in_beijing},
    rate::{Said, Slow},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A worker sleeps no longer than this for a call (ms); whoever would have to goes back to the queue.
///
/// A trip through the queue costs 2.4 millionths of a dollar, which is 1.4 seconds of a 128 MB function. Three are asked
/// to come back for each free call, so that none passes unused: who goes away makes three trips, 4.2 seconds' worth.
/// Sleeping for less than that is the cheaper way to wait (ADR 8 has the sum).
pub const NAP_MS_MAX: i64 = 3_000;
/// What was read of an order would have to be read again (ms of sleep that cost the same).
const NAP_MS_AN_ORDER: i64 = 190;
/// A function has a time limit, and work to do in it.
const NAP_MS_EVER: i64 = 12_000;
/// A slot that is this late (ms) has passed: used later, it would come too near to the next one.
pub const LATE_MS_MAX: i64 = 300;
/// A call that leaves up to this late (ms) doesn't move the ones after it.
const GRID_MS: i64 = 100;
/// Who sleeps until a slot is awake soon after it (ms); until then the slot is left to it.
const AWAKE_MS: i64 = 120;
/// The lighter classes wake up a little later (ms), so that they find the slot taken and don't race for it.
const LATER_MS: i64 = 20;
/// And of one class some later than others (ms), by the moment they asked: a race costs each loser a write.
const SPREAD_MS: i64 = 40;
/// Who called so recently (ms) may want the next slot too.
const ABOUT_MS: i64 = 15_000;
/// SQS delays no message for longer.
const AWAY_MS_MAX: i64 = 900_000;
/// How many are asked to come back for each slot.
const INVITED: i64 = 3;
/// As many APIs can be banned at once as one account has in use.
const BANS_MAX: usize = 16;

/// What is known of one account's calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Book {
    /// Grows with each change; the store keeps it, and compares it.
    #[serde(skip)]
    pub version: u64,
    /// When the next call may leave.
    #[serde(rename = "n")]
    pub(super) next_ms: i64,
    /// When each class last called.
    #[serde(rename = "c")]
    pub(super) called_ms: [i64; 3],
    /// Until when somebody of each class is here for the next slot.
    #[serde(rename = "h")]
    pub(super) here_ms: [i64; 3],
    /// Since when each class has been asking in vain; 0 when it isn't.
    #[serde(rename = "w")]
    pub(super) waits_since_ms: [i64; 3],
    /// When the last of each class that was sent away comes back.
    #[serde(rename = "b")]
    pub(super) back_ms: [i64; 3],
    /// Which minute is being counted.
    #[serde(rename = "p")]
    pub(super) period: i64,
    /// Calls in it.
    #[serde(rename = "u")]
    pub(super) used: u32,
    /// The limit that the service named.
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<Said>,
    /// Somebody else uses the account too.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub(super) slow: Option<Slow>,
    /// Which APIs may not be called until when.
    #[serde(rename = "x", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) bans: BTreeMap<String, i64>,
    /// Calls of the day, where there is a quota.
    #[serde(rename = "q", skip_serializing_if = "Option::is_none")]
    pub(super) day: Option<Day>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// For what.
    pub class: CallClass,
    /// How many calls wait here. They get slots together, at most [`Pacing::block_max`].
    pub calls: u32,
    /// How many of them have been counted for the day already.
    pub counted: u32,
    /// Until when whoever asks would rather sleep than go away.
    pub until_ms: i64,
}

/// How long one may sleep who has read so many orders for the call (ms).
#[must_use]
pub fn nap_ms_max(orders_read: usize) -> i64 {
    let read = i64::try_from(orders_read).unwrap_or(i64::MAX).saturating_mul(NAP_MS_AN_ORDER);
    NAP_MS_MAX.saturating_add(read).min(NAP_MS_EVER)
}

impl Ask {
    /// One call.
    #[must_use]
    pub fn one(class: CallClass, until_ms: i64) -> Self {
        Self { class, calls: 1, counted: 0, until_ms }
    }
}

/// What is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// These slots and nobody else's: the first at `first_ms`, the others `interval_ms` apart.
    Go {
        /// When the first call may leave.
        first_ms: i64,
        /// How many slots.
        slots: u32,
        /// Their distance.
        interval_ms: i64,
        /// How many calls more were counted for the day.
        calls: u32,
    },
    /// Nothing yet: sleep until then and ask again.
    Nap {
        /// When.
        until_ms: i64,
    },
    /// Nothing: the work goes back to the queue, until then.
    Wait {
        /// When.
        until_ms: i64,
    },
}

impl Book {
    /// The distance of calls now: the service's own word wins over the configured one.
    #[must_use]
    pub fn interval_ms(&self, pacing: Pacing, now_ms: i64) -> i64 {
        let said = self.said.filter(|said| now_ms < said.until_ms);
        let usual = said.map_or(pacing, |said| Pacing::per_minute(said.calls)).interval_ms;
        self.slow.filter(|slow| now_ms < slow.until_ms).map_or(usual, |slow| usual.max(slow.interval_ms))
    }

    /// Asks for calls.
    ///
    /// A slot is given when its time has come, to the first who asks of the heaviest class that is here. Whoever sleeps
    /// until then has said so, and lighter classes leave the slot to it for a moment. Whoever is sent away is told when to
    /// come back by its place in line: all get different times, so nobody races and nothing is left to chance.
    #[must_use]
    pub fn ask(&self, pacing: Pacing, quota: Option<&Quota>, ask: Ask, now_ms: i64) -> (Self, Answer) {
        let mut after = self.clone();
        let interval_ms = self.interval_ms(pacing, now_ms);
        let first_ms = if now_ms - self.next_ms <= GRID_MS { self.next_ms } else { now_ms };
        let day = beijing_day(first_ms);
        let left = quota.map_or(u32::MAX, |quota| self.left_on(quota, ask.class, day));
        if left == 0 && ask.counted == 0 {
            return (after, Answer::Wait { until_ms: midnight_in_beijing(now_ms) });
        }
        if let Some(until_ms) = self.not_yet(ask.class, interval_ms, now_ms) {
            let answer = after.stand(ask, until_ms, interval_ms, now_ms);
            return (after, answer);
        }
        let slots = ask.calls.clamp(1, Pacing { interval_ms }.block_max()).min(left.saturating_add(ask.counted));
        let calls = slots.saturating_sub(ask.counted);
        after.next_ms = first_ms + i64::from(slots) * interval_ms;
        after.waits_since_ms[ask.class.index()] = 0;
        after.called_ms[ask.class.index()] = now_ms;
        after.count(first_ms.div_euclid(MINUTE_MS), calls);
        if quota.is_some() && calls > 0 {
            after.count_for_the_day(day, calls);
        }
        (after, Answer::Go { first_ms, slots, interval_ms, calls })
    }

    /// Until when the next slot isn't this class's: it is too far in the future, or somebody heavier is here.
    fn not_yet(&self, class: CallClass, interval_ms: i64, now_ms: i64) -> Option<i64> {
        let like = if self.is_overdue(class, now_ms) { CallClass::Notice } else { class };
        let from_ms = self.next_ms - Pacing { interval_ms }.ahead_ms(like);
        if from_ms > now_ms {
            let later_ms = LATER_MS * i64::try_from(class.index()).unwrap_or(0) + now_ms.rem_euclid(SPREAD_MS);
            return Some(from_ms + later_ms);
        }
        let rank = |c: CallClass| (!self.is_overdue(c, now_ms), c);
        let heavier = CallClass::ALL.into_iter().filter(|c| rank(*c) < rank(class));
        heavier.map(|c| self.here_ms[c.index()]).filter(|until_ms| *until_ms > now_ms).max()
    }

    /// None starves: a class that waited too long goes before all others, for one call.
    fn is_overdue(&self, class: CallClass, now_ms: i64) -> bool {
        let since_ms = self.waits_since_ms[class.index()];
        class != CallClass::Notice && since_ms != 0 && now_ms - since_ms > class.wait_ms_max()
    }

    /// Has the class called of late, or does it wait to?
    fn is_about(&self, class: CallClass, now_ms: i64) -> bool {
        let waits = self.waits_since_ms[class.index()] != 0;
        now_ms - self.called_ms[class.index()] < ABOUT_MS || (waits && now_ms - self.back_ms[class.index()] < ABOUT_MS)
    }

    fn stand(&mut self, ask: Ask, until_ms: i64, interval_ms: i64, now_ms: i64) -> Answer {
        if until_ms > ask.until_ms {
            return Answer::Wait { until_ms: self.send_away(ask.class, interval_ms, now_ms) };
        }
        // To say that one is here costs a write: only where somebody else may want the slot too, and isn't held back by
        // how far ahead it may take one. Whoever is overdue says so in any case: the others then leave it the slot.
        let ahead = Pacing { interval_ms }.ahead_ms(ask.class) > 0;
        let others = CallClass::ALL.into_iter().filter(|c| *c != ask.class);
        let overdue = self.is_overdue(ask.class, now_ms);
        if (overdue || !ahead) && others.filter(|c| self.is_about(*c, now_ms)).any(|rival| overdue || rival > ask.class)
        {
            let here_ms = &mut self.here_ms[ask.class.index()];
            *here_ms = (*here_ms).max(until_ms + AWAKE_MS);
        }
        Answer::Nap { until_ms }
    }

    fn send_away(&mut self, class: CallClass, interval_ms: i64, now_ms: i64) -> i64 {
        let index = class.index();
        if self.waits_since_ms[index] == 0 || self.back_ms[index] < now_ms - AWAY_MS_MAX {
            self.waits_since_ms[index] = now_ms;
        }
        // A little before the slot: sleeping for the rest is cheaper than a slot that passes.
        let front_ms = (self.next_ms - NAP_MS_MAX / 2).max(now_ms + 1_000);
        let behind_ms = self.back_ms[index] + (interval_ms / INVITED).max(1);
        self.back_ms[index] = front_ms.max(behind_ms);
        self.back_ms[index].min(now_ms + AWAY_MS_MAX)
    }

    pub(super) fn count(&mut self, period: i64, calls: u32) {
        self.used = if self.period == period { self.used.saturating_add(calls) } else { calls };
        self.period = period;
    }

    /// Calls taken in the minute of `now_ms`.
    #[must_use]
    pub fn used_this_minute(&self, now_ms: i64) -> u32 {
        if self.period == now_ms.div_euclid(MINUTE_MS) { self.used } else { 0 }
    }

    /// Calls a minute: the service's own word, else the configured number.
    #[must_use]
    pub fn calls_per_minute(&self, configured: u32, now_ms: i64) -> u32 {
        self.said.filter(|said| now_ms < said.until_ms).map_or(configured, |said| said.calls)
    }

    /// When the next call may leave.
    #[must_use]
    pub fn next_ms(&self) -> i64 {
        self.next_ms
    }

    /// Nothing leaves before: the service said so. Never shortens what was said before.
    #[must_use]
    pub fn blocked_until(&self, until_ms: i64) -> Self {
        Self { next_ms: self.next_ms.max(until_ms), ..self.clone() }
    }

    /// One API may not be called until then; the others go on.
    #[must_use]
    pub fn banned(&self, api: &str, until_ms: i64, now_ms: i64) -> Self {
        let mut after = self.clone();
        after.bans.retain(|_, until| *until > now_ms);
        if after.bans.len() < BANS_MAX || after.bans.contains_key(api) {
            let until = after.bans.entry(api.to_owned()).or_insert(until_ms);
            *until = until_ms.max(*until);
        } else {
            // More than can be kept: the account rests as a whole.
            after.next_ms = after.next_ms.max(until_ms);
        }
        after
    }

    /// The APIs that may not be called now, and until when.
    pub fn bans(&self, now_ms: i64) -> impl Iterator<Item = (&str, i64)> {
        self.bans
            .iter()
            .filter(move |(_, until_ms)| **until_ms > now_ms)
            .map(|(api, until_ms)| (api.as_str(), *until_ms))
    }
}
