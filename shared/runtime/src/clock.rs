//! The system's clock.

use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;
use tallyman_app::ports::Clock;

/// The one place where real time is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
