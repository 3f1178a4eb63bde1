//! The only place that reads the clock.

use jiff::{SignedDuration, Timestamp};

/// Now, from the machine's clock.
#[expect(clippy::disallowed_methods, reason = "a sandbox server is a process of its own: this is its one clock")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// So many seconds later; beyond all time is the end of time.
#[must_use]
pub fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
