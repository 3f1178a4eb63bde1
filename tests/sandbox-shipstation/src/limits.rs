//! The rate limit: per key, a fixed window that starts at its first call.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What the limiter says to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub admitted: bool,
    pub limit: u32,
    pub remaining: u32,
    pub reset_s: u64,
}

#[derive(Debug)]
struct Window {
    opened: Instant,
    /// Where its count stands in the history.
    entry: usize,
}

/// All windows, open and past.
#[derive(Debug)]
pub struct Limits {
    limit: u32,
    length: Duration,
    open: HashMap<String, Window>,
    history: Vec<u32>,
}

impl Limits {
    pub fn new(limit: u32, length: Duration) -> Self {
        Self { limit, length, open: HashMap::new(), history: Vec::new() }
    }

    /// Counts one call of `key`, or refuses it. A refused call is not counted in the window.
    pub fn admit(&mut self, key: &str, now: Instant) -> Verdict {
        if self.current(key, now).is_none() {
            self.history.push(0);
            self.open.insert(key.to_owned(), Window { opened: now, entry: self.history.len() - 1 });
        }
        let (limit, entry) = (self.limit, self.open.get(key).map_or(0, |window| window.entry));
        let admitted = match self.history.get_mut(entry) {
            Some(used) if *used < limit => {
                *used += 1;
                true
            }
            _ => false,
        };
        Verdict { admitted, ..self.look(key, now) }
    }

    /// What the headers say without counting anything.
    pub fn look(&self, key: &str, now: Instant) -> Verdict {
        let (used, left) = self.current(key, now).map_or((0, self.length), |window| {
            let used = self.history.get(window.entry).copied().unwrap_or(0);
            (used, self.length.saturating_sub(now.saturating_duration_since(window.opened)))
        });
        // Rounded up: whoever waits for the seconds named must find the window open.
        let reset_s = left.as_millis().div_ceil(1000) as u64;
        Verdict { admitted: true, limit: self.limit, remaining: self.limit.saturating_sub(used), reset_s }
    }

    /// Admitted calls of each window, in the order the windows opened.
    pub fn history(&self) -> &[u32] {
        &self.history
    }

    fn current(&self, key: &str, now: Instant) -> Option<&Window> {
        self.open.get(key).filter(|window| now.saturating_duration_since(window.opened) < self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_call_after_the_last_allowed_one_is_refused_until_the_window_ends() {
        let mut limits = Limits::new(2, MINUTE);
        let start = Instant::now();
        assert_eq!(limits.admit("a", start).remaining, 1);
        assert_eq!(limits.admit("a", start).remaining, 0);
        let refused = limits.admit("a", start + Duration::from_millis(500));
        assert!(!refused.admitted);
        assert_eq!(refused.reset_s, 60, "59.5 seconds are rounded up");
        assert!(limits.admit("a", start + MINUTE).admitted);
        assert_eq!(limits.history(), [2, 1]);
    }

    #[test]
    fn the_window_starts_at_the_first_call_and_each_key_has_its_own() {
        let mut limits = Limits::new(1, MINUTE);
        let start = Instant::now();
        assert!(limits.admit("a", start).admitted);
        assert!(limits.admit("b", start + Duration::from_secs(30)).admitted);
        assert!(limits.admit("a", start + MINUTE).admitted);
        assert!(!limits.admit("b", start + MINUTE).admitted);
    }
}
