//! AliExpress's limits: an API that is called too often in a second is banned for a second, an app whose day is spent
//! until midnight in Beijing.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tallyman_domain::limit::{beijing_day, midnight_in_beijing};

#[derive(Default)]
struct Counts {
    recent_ms: HashMap<String, VecDeque<i64>>,
    banned_until_ms: HashMap<String, i64>,
    day: i64,
    today: u32,
    /// When each of our calls came, and whether it was let in.
    ours: Vec<(i64, bool)>,
}

pub struct Shop {
    per_second: usize,
    daily: u32,
    counts: Mutex<Counts>,
}

impl Shop {
    pub fn new(per_second: usize, daily: u32) -> Self {
        Self { per_second, daily, counts: Mutex::default() }
    }

    /// The ban, when there is one.
    pub fn call(&self, api: &str, now_ms: i64, ours: bool) -> Result<(), Duration> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = self.judge(&mut counts, api, now_ms);
        if ours {
            counts.ours.push((now_ms, verdict.is_ok()));
        }
        verdict
    }

    fn judge(&self, counts: &mut Counts, api: &str, now_ms: i64) -> Result<(), Duration> {
        if counts.day != beijing_day(now_ms) {
            (counts.day, counts.today) = (beijing_day(now_ms), 0);
        }
        if counts.today >= self.daily {
            return Err(Duration::from_millis((midnight_in_beijing(now_ms) - now_ms).unsigned_abs()));
        }
        if counts.banned_until_ms.get(api).is_some_and(|until_ms| now_ms < *until_ms) {
            return Err(Duration::from_secs(1));
        }
        let recent = counts.recent_ms.entry(api.to_owned()).or_default();
        while recent.front().is_some_and(|at| now_ms - at >= 1_000) {
            recent.pop_front();
        }
        if recent.len() >= self.per_second {
            counts.banned_until_ms.insert(api.to_owned(), now_ms + 1_000);
            return Err(Duration::from_secs(1));
        }
        recent.push_back(now_ms);
        counts.today += 1;
        Ok(())
    }

    /// Our calls between two times: those let in, those banned.
    pub fn ours(&self, from_ms: i64, to_ms: i64) -> (usize, usize) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = counts.ours.iter().filter(|(at, _)| (from_ms..to_ms).contains(at));
        let (let_in, banned): (Vec<&(i64, bool)>, Vec<_>) = inside.partition(|(_, let_in)| *let_in);
        (let_in.len(), banned.len())
    }
}
