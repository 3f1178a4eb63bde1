//! Limits of the services, and who goes first when there are fewer calls than work.
//!
//! A [`Book`] is what is written down of one upstream account: when its next call may leave, who waits, what the
//! service itself said. Taking calls is a pure step from one book to the next ([`Book::ask`]); the store only sees to
//! it that two workers never take the same step. Calls keep a minimum distance, so no window of any alignment ever
//! holds more than the limit. All times here are milliseconds of the Unix epoch.

mod book;
mod quota;
mod rate;

pub use book::{Answer, Ask, Book, LATE_MS_MAX, NAP_MS_MAX, nap_ms_max};
pub use quota::{Quota, beijing_day, midnight_in_beijing};
pub use rate::{Rate, is_of_the_day};

use serde::{Deserialize, Serialize};

/// What a call is for. The order is the order of precedence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallClass {
    /// Telling a marketplace what was shipped, and finding out what there is to tell.
    Notice,
    /// Orders on their way into the warehouse.
    #[default]
    Import,
    /// What finds whatever the other two have missed.
    Sweep,
}

impl CallClass {
    /// All, the first first.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Import, Self::Sweep];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Notice => 0,
            Self::Import => 1,
            Self::Sweep => 2,
        }
    }

    /// How long a class may go without any call (ms). After that it goes before all others, for one call.
    pub(crate) fn wait_ms_max(self) -> i64 {
        match self {
            Self::Notice => 0,
            Self::Import => 30_000,
            Self::Sweep => 60_000,
        }
    }
}

/// Nobody takes a slot that is further away (ms).
const AHEAD_MS_MAX: i64 = 1_000;

/// How fast one account may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// The least distance of two calls, in milliseconds.
    pub interval_ms: i64,
}

/// What a minute is made longer by, in milliseconds: calls leave at their distance, but one may travel faster than
/// another, and clocks differ.
const JITTER_MS: i64 = 800;
const MINUTE_MS: i64 = 60_000;
/// ShipStation V2 allows so many calls a minute and account, and says `Retry-After` to who makes more (API
/// documentation, "Rate limits").
pub const V2_CALLS_PER_MINUTE: u32 = 200;

impl Pacing {
    /// So many calls in any minute. ShipStation V1 allows 40 a key (its documentation, "API Rate Limits"), and an
    /// account that was given more says so in its headers.
    #[must_use]
    pub fn per_minute(calls: u32) -> Self {
        let calls = i64::from(calls.max(1));
        Self { interval_ms: (MINUTE_MS + JITTER_MS + calls - 1) / calls }
    }

    /// ShipStation V2, of one account.
    #[must_use]
    pub fn of_v2() -> Self {
        Self::per_minute(V2_CALLS_PER_MINUTE)
    }

    /// At this distance. The marketplaces publish no rate for a seller's calls; they ban an API for a second when it
    /// is called too often.
    #[must_use]
    pub fn every_ms(interval_ms: i64) -> Self {
        Self { interval_ms: interval_ms.max(1) }
    }

    /// How far ahead of its time a slot is given (ms).
    ///
    /// Where slots are a second apart, not at all: who goes first is asked again for each. Where they are near to each
    /// other that would cost more writes than there are calls, so they are given ahead, and the lighter a class, the less:
    /// a long line is open to notices alone.
    #[must_use]
    pub fn ahead_ms(self, class: CallClass) -> i64 {
        if self.block_max() > 1 { AHEAD_MS_MAX >> class.index() } else { 0 }
    }

    /// How many calls a worker may take together: a second's worth, so that a notice never stands behind more.
    #[must_use]
    pub fn block_max(self) -> u32 {
        u32::try_from(1_000 / self.interval_ms).unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests;
