//! The quota of a day, of an app and everybody it acts for.

use super::{Book, CallClass};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// China has had no summer time since 1991.
const BEIJING_AHEAD_MS: i64 = 8 * 3_600_000;
/// At 100 % AliExpress bans the app, for all its sellers, until midnight.
const STOP_PERCENT: u32 = 80;
/// An account takes at most so many calls of the day at once: each time costs a write.
const DRAWN_MAX: u32 = 200;

/// Calls a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What the app may call a day. AliExpress's console names it; an app that isn't released has 5,000 ("Formal test
    /// environment" of its documentation).
    pub daily: u32,
    /// What imports leave to notices, in percent of `daily`, and sweeps to imports.
    pub reserve_percent: u32,
}

impl Quota {
    /// How far a class may go. Nobody goes beyond 80 %: the service counts more than we see (other programs with the
    /// same key, calls that got no answer).
    #[must_use]
    pub fn ceiling(&self, class: CallClass) -> u32 {
        let reserves = u32::try_from(class.index()).unwrap_or(2);
        let percent = STOP_PERCENT.saturating_sub(reserves.saturating_mul(self.reserve_percent));
        u32::try_from(u64::from(self.daily) * u64::from(percent) / 100).unwrap_or(u32::MAX)
    }
}

/// Calls of one day that an account has at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pool {
    #[serde(rename = "d")]
    day: i64,
    #[serde(rename = "c")]
    calls: u32,
    /// How far the app had come with the last of them.
    #[serde(rename = "m")]
    mark: u32,
}

/// What came of drawing from the app's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// So many calls, the last of which is the `mark`th of the day.
    Calls {
        /// Which day in Beijing.
        day: i64,
        /// How many.
        calls: u32,
        /// The count of the day after them.
        mark: u32,
    },
    /// None for this class until then.
    Closed {
        /// Midnight in Beijing, or what the service said.
        until_ms: i64,
    },
}

/// Which day it is in Beijing, counted from 1970.
#[must_use]
pub fn beijing_day(now_ms: i64) -> i64 {
    (now_ms + BEIJING_AHEAD_MS).div_euclid(DAY_MS)
}

/// The next midnight in Beijing.
#[must_use]
pub fn midnight_in_beijing(now_ms: i64) -> i64 {
    (beijing_day(now_ms) + 1) * DAY_MS - BEIJING_AHEAD_MS
}

impl Book {
    /// Draws calls from an app's day (this is the app's book). A little more than asked for, as each time costs a
    /// write, but never more than a fiftieth of what is left.
    #[must_use]
    pub fn draw(&self, quota: &Quota, class: CallClass, calls: u32, now_ms: i64) -> (Self, Drawn) {
        let day = beijing_day(now_ms);
        if self.next_ms > now_ms {
            return (self.clone(), Drawn::Closed { until_ms: self.next_ms });
        }
        let left = quota.ceiling(class).saturating_sub(self.used_on(day));
        if left == 0 {
            return (self.clone(), Drawn::Closed { until_ms: midnight_in_beijing(now_ms) });
        }
        let calls = calls.max((left / 50).min(DRAWN_MAX)).min(left);
        let mut after = self.clone();
        after.count(day, calls);
        let mark = after.used;
        (after, Drawn::Calls { day, calls, mark })
    }

    /// Calls counted on a day (this is the app's book).
    #[must_use]
    pub fn used_on(&self, day: i64) -> u32 {
        if self.period == day { self.used } else { 0 }
    }

    /// Puts calls that were drawn from an app's book at the account's hand.
    #[must_use]
    pub fn filled(&self, app: &str, day: i64, calls: u32, mark: u32) -> Self {
        let kept = self.pool.filter(|pool| pool.day == day);
        let pool = Pool {
            day,
            calls: kept.map_or(0, |pool| pool.calls).saturating_add(calls),
            mark: mark.max(kept.map_or(0, |pool| pool.mark)),
        };
        Self { pool: Some(pool), app: Some(app.to_owned()), ..self.clone() }
    }

    /// Calls of the day at hand.
    #[must_use]
    pub fn at_hand(&self, now_ms: i64) -> u32 {
        self.pool.filter(|pool| pool.day == beijing_day(now_ms)).map_or(0, |pool| pool.calls)
    }

    /// What is at hand was drawn up to its mark: beyond a class's ceiling it isn't that class's.
    pub(super) fn closed_until(&self, quota: &Quota, class: CallClass, now_ms: i64) -> Option<i64> {
        let pool = self.pool.filter(|pool| pool.day == beijing_day(now_ms))?;
        (pool.mark > quota.ceiling(class)).then(|| midnight_in_beijing(now_ms))
    }

    /// Takes up to `calls` of what is at hand.
    pub(super) fn take_from_pool(&mut self, calls: u32, now_ms: i64) -> u32 {
        let Some(pool) = self.pool.as_mut().filter(|pool| pool.day == beijing_day(now_ms)) else { return 0 };
        let taken = calls.min(pool.calls);
        pool.calls -= taken;
        taken
    }
}
