//! A queue and the functions behind it, as SQS and Lambda are: delays of whole seconds, a batching window, so many
//! environments at once.

use crate::time::DayClock;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tallyman_app::ports::Clock;
use tallyman_domain::limit::CallClass;

/// SQS delays no message for longer.
const DELAY_S_MAX: u64 = 900;

/// Work for one call (ShipStation) or one page (marketplace).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    pub class: CallClass,
    pub since_ms: i64,
}

#[derive(Default)]
struct Waiting {
    heap: BinaryHeap<Reverse<(i64, u64, Work)>>,
    sent: u64,
}

/// The queue.
pub struct Queue {
    clock: Arc<DayClock>,
    waiting: Mutex<Waiting>,
    news: tokio::sync::Notify,
}

/// How a function is woken.
#[derive(Clone, Copy)]
pub struct Wakes {
    pub window: Duration,
    pub batch: usize,
}

impl Queue {
    pub fn new(clock: &Arc<DayClock>) -> Arc<Self> {
        Arc::new(Self { clock: Arc::clone(clock), waiting: Mutex::default(), news: tokio::sync::Notify::new() })
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delay is never shorter than asked for, and always in whole seconds.
    pub fn send(&self, work: Work, delay: Duration) {
        let delay_s = (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).min(DELAY_S_MAX);
        let on_its_way = self.clock.roll(20, 200);
        let visible_ms = self.clock.ms() + i64::try_from(delay_s * 1_000).unwrap() + on_its_way.as_millis() as i64;
        let mut waiting = self.waiting();
        waiting.sent += 1;
        let number = waiting.sent;
        waiting.heap.push(Reverse((visible_ms, number, work)));
        self.news.notify_waiters();
    }

    /// Messages sent so far.
    pub fn sent(&self) -> u64 {
        self.waiting().sent
    }

    /// The next batch, as a poller would bring it.
    pub async fn receive(&self, wakes: Wakes) -> Vec<Work> {
        loop {
            let news = self.news.notified();
            let next_ms = self.waiting().heap.peek().map(|Reverse((visible_ms, ..))| *visible_ms);
            match next_ms.map(|ms| ms - self.clock.ms()) {
                Some(wait_ms) if wait_ms <= 0 => break,
                Some(wait_ms) => {
                    let wait = Duration::from_millis(wait_ms.unsigned_abs());
                    let _ = tokio::time::timeout(wait, news).await;
                }
                None => news.await,
            }
        }
        if self.visible() < wakes.batch {
            self.clock.sleep(wakes.window).await;
        }
        self.clock.sleep(self.clock.roll(5, 40)).await;
        let now_ms = self.clock.ms();
        let mut waiting = self.waiting();
        let mut batch = Vec::new();
        while batch.len() < wakes.batch && waiting.heap.peek().is_some_and(|Reverse((at, ..))| *at <= now_ms) {
            batch.extend(waiting.heap.pop().map(|Reverse((_, _, work))| work));
        }
        batch
    }

    fn visible(&self) -> usize {
        let now_ms = self.clock.ms();
        self.waiting().heap.iter().filter(|Reverse((at, ..))| *at <= now_ms).take(100).count()
    }
}
