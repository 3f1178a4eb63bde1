//! The quota of a day, of an app and everybody it acts for.

use super::{Book, CallClass};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// China has had no summer time since 1991.
const BEIJING_AHEAD_MS: i64 = 8 * 3_600_000;
/// At 100 % AliExpress bans the app, for all its sellers, until midnight.
const STOP_PERCENT: u32 = 80;

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

/// Calls of one day in Beijing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    #[serde(rename = "d")]
    day: i64,
    #[serde(rename = "c")]
    calls: u32,
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
    /// Calls counted on a day in Beijing.
    #[must_use]
    pub fn used_on(&self, day: i64) -> u32 {
        self.day.filter(|known| known.day == day).map_or(0, |known| known.calls)
    }

    /// What is left of a day for a class.
    pub(super) fn left_on(&self, quota: &Quota, class: CallClass, day: i64) -> u32 {
        quota.ceiling(class).saturating_sub(self.used_on(day))
    }

    pub(super) fn count_for_the_day(&mut self, day: i64, calls: u32) {
        self.day = Some(Day { day, calls: self.used_on(day).saturating_add(calls) });
    }
}
