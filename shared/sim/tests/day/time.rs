//! Time that jumps to the next thing that happens.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tallyman_app::{budget::to_ms, ports::Clock};

/// tokio's paused clock, begun at an instant.
pub struct DayClock {
    start: Timestamp,
    begun: tokio::time::Instant,
    dice: Mutex<fastrand::Rng>,
}

impl DayClock {
    pub fn at(start: &str, seed: u64) -> Self {
        let dice = Mutex::new(fastrand::Rng::with_seed(seed));
        Self { start: start.parse().unwrap(), begun: tokio::time::Instant::now(), dice }
    }

    pub fn ms(&self) -> i64 {
        to_ms(self.now())
    }

    pub fn roll(&self, from_ms: u64, to_ms: u64) -> Duration {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_millis(dice.u64(from_ms..=to_ms))
    }
}

#[async_trait]
impl Clock for DayClock {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.begun.elapsed()).unwrap()
    }
    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// A process that is stopped between two times (ms): whoever would wake then wakes at the end of it.
pub struct StalledClock {
    pub clock: std::sync::Arc<DayClock>,
    pub from_ms: i64,
    pub to_ms: i64,
}

#[async_trait]
impl Clock for StalledClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    async fn sleep(&self, wait: Duration) {
        self.clock.sleep(wait).await;
        if (self.from_ms..self.to_ms).contains(&self.clock.ms()) {
            self.clock.sleep(Duration::from_millis((self.to_ms - self.clock.ms()).unsigned_abs())).await;
        }
    }
}
