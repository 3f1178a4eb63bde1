//! What a service says of its limit, believed over our own count.

use super::{Book, MINUTE_MS, Pacing};
use serde::{Deserialize, Serialize};

/// A ban of at least this long is the day's: AliExpress bans an API for seconds, an app until midnight.
const OF_THE_DAY_MS: u64 = 600_000;
/// How long a limit that was named is believed.
const SAID_MS: i64 = 3_600_000;
/// No account of ShipStation V1 is known to have more.
const SAID_CALLS_MAX: u32 = 600;
/// Differences that come of rounded seconds and of calls on their way.
const SHORT_MAX: i64 = 3;

/// The headers of an answer: `X-Rate-Limit-Limit`, `-Remaining`, `-Reset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls a window, where the service names it.
    pub limit: Option<u32>,
    /// Calls left in this window.
    pub remaining: u32,
    /// Seconds until the next window begins.
    pub reset_s: u32,
}

/// A limit that the service named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    #[serde(rename = "c")]
    pub(super) calls: u32,
    #[serde(rename = "u")]
    pub(super) until_ms: i64,
}

/// A wider distance, for as long as somebody else uses the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slow {
    #[serde(rename = "i")]
    pub(super) interval_ms: i64,
    #[serde(rename = "u")]
    pub(super) until_ms: i64,
}

/// Does a ban of this length close the app's day, and not one API for a moment?
#[must_use]
pub fn is_of_the_day(after: std::time::Duration) -> bool {
    u64::try_from(after.as_millis()).unwrap_or(u64::MAX) >= OF_THE_DAY_MS
}

impl Rate {
    /// Is this what an account looks like that nobody else uses? Then no book needs to be read.
    #[must_use]
    pub fn is_usual(&self, configured_calls: u32) -> bool {
        let slots = i64::from(self.reset_s) * 1_000 / Pacing::per_minute(configured_calls).interval_ms;
        let left = i64::from(self.remaining);
        self.limit.is_none_or(|limit| limit == configured_calls) && left + SHORT_MAX >= slots && left > SHORT_MAX
    }

    /// Do the three headers agree with each other? Only then a limit above the configured one is believed.
    fn is_consistent(&self) -> bool {
        let of_a_minute = i64::from(self.reset_s) * 1_000 <= MINUTE_MS;
        of_a_minute && self.limit.is_some_and(|limit| self.remaining < limit && limit <= SAID_CALLS_MAX)
    }
}

impl Book {
    /// Compares what the service says with what is written here. `None` when there is nothing to change, which is
    /// nearly always: only a change costs a write.
    #[must_use]
    pub fn heard(&self, rate: &Rate, configured_calls: u32, now_ms: i64) -> Option<Self> {
        let mut after = self.clone();
        if let Some(limit) = rate.limit.filter(|limit| *limit > 0) {
            after.hear_limit(limit, rate, configured_calls, now_ms);
        }
        let pacing = Pacing::per_minute(configured_calls);
        after.hear_remaining(rate, pacing, now_ms);
        (after != *self).then_some(after)
    }

    fn hear_limit(&mut self, limit: u32, rate: &Rate, configured_calls: u32, now_ms: i64) {
        let said = self.said.filter(|said| said.until_ms > now_ms);
        if limit == configured_calls {
            self.said = None;
        } else if (limit < configured_calls || rate.is_consistent())
            && said.is_none_or(|said| said.calls != limit || said.until_ms - now_ms < SAID_MS / 2)
        {
            self.said = Some(Said { calls: limit, until_ms: now_ms + SAID_MS });
        }
    }

    /// Others may use the account: then fewer calls remain than this window still has slots.
    fn hear_remaining(&mut self, rate: &Rate, pacing: Pacing, now_ms: i64) {
        let reset_ms = i64::from(rate.reset_s).saturating_mul(1_000).min(MINUTE_MS);
        let interval_ms = self.interval_ms(pacing, now_ms);
        let taken_ms = (self.next_ms - now_ms).max(0);
        // Slots that are given away already will be used.
        let given = (taken_ms - 1).max(0) / interval_ms;
        let left = i64::from(rate.remaining) - given;
        let free_ms = reset_ms - taken_ms;
        if free_ms <= interval_ms {
            return; // nothing more leaves in this window
        }
        if left <= 0 {
            self.next_ms = self.next_ms.max(now_ms + reset_ms);
        } else if left + SHORT_MAX < free_ms / interval_ms {
            let interval_ms = free_ms / left;
            let slow = Slow { interval_ms, until_ms: now_ms + reset_ms };
            let same = |known: Slow| known.until_ms > now_ms && known.interval_ms * 5 >= interval_ms * 4;
            if !self.slow.is_some_and(same) {
                self.slow = Some(slow);
            }
        }
    }
}
