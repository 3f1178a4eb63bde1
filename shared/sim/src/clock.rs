//! Time that moves when it is told to.

use crate::lock;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{sync::Mutex, time::Duration};
use tallyman_app::ports::Clock;

/// A clock for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Starts at an instant.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }
    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        *lock(&self.0) += by;
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
    async fn sleep(&self, wait: Duration) {
        self.advance(SignedDuration::try_from(wait).unwrap_or_default());
    }
}
