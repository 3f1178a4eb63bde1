//! ShipStation's limit, stricter than it is known to be: no 60 seconds of any alignment hold more calls than allowed.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use tallyman_domain::limit::Rate;

const MINUTE_MS: i64 = 60_000;

#[derive(Default)]
struct Counts {
    /// Of the last 60 seconds.
    recent_ms: VecDeque<i64>,
    opened_ms: i64,
    in_window: u32,
    ours: u64,
    refused: u64,
}

pub struct Service {
    limit: u32,
    /// Any 60 seconds, or windows that begin with their first call (as documented).
    sliding: bool,
    counts: Mutex<Counts>,
}

/// The headers, and whether the call was let in.
pub struct Said {
    pub rate: Rate,
    pub let_in: bool,
}

impl Service {
    pub fn new(limit: u32, sliding: bool) -> Self {
        Self { limit, sliding, counts: Mutex::default() }
    }

    pub fn call(&self, now_ms: i64, ours: bool) -> Said {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        while counts.recent_ms.front().is_some_and(|at| now_ms - at >= MINUTE_MS) {
            counts.recent_ms.pop_front();
        }
        if now_ms - counts.opened_ms >= MINUTE_MS {
            (counts.opened_ms, counts.in_window) = (now_ms, 0);
        }
        let used = if self.sliding { counts.recent_ms.len() as u32 } else { counts.in_window };
        let let_in = used < self.limit;
        if let_in {
            counts.recent_ms.push_back(now_ms);
            counts.in_window += 1;
            counts.ours += u64::from(ours);
        } else {
            counts.refused += u64::from(ours);
        }
        let reset_s = (counts.opened_ms + MINUTE_MS - now_ms + 999) / 1_000;
        let remaining = self.limit.saturating_sub(counts.in_window);
        let rate = Rate { limit: Some(self.limit), remaining, reset_s: u32::try_from(reset_s).unwrap() };
        Said { rate, let_in }
    }

    /// Our calls that were let in, and those that were not.
    pub fn ours(&self) -> (u64, u64) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        (counts.ours, counts.refused)
    }
}
