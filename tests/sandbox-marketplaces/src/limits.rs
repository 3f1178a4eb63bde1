//! Pace: calls per second for each API, calls per day for the whole app.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use crate::clock;

/// What an app may do.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Calls of one API in any second.
    pub per_second: usize,
    /// Calls of all APIs in a day that ends at midnight in Beijing.
    pub per_day: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { per_second: 30, per_day: 100_000 }
    }
}

/// Counts calls and hands out bans.
#[derive(Debug, Default)]
pub struct Limits {
    allowance: Allowance,
    recent: HashMap<String, VecDeque<Timestamp>>,
    banned_until: HashMap<String, Timestamp>,
    today: u64,
    day_ends: Option<Timestamp>,
}

impl Limits {
    /// Fresh counters.
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, ..Self::default() }
    }

    /// Changes the allowance and forgets bans.
    pub fn allow(&mut self, allowance: Allowance) {
        *self = Self::new(allowance);
    }

    /// Counts a call.
    ///
    /// # Errors
    /// The seconds the ban lasts: 1 for an API called too fast, to midnight in Beijing for a spent day.
    pub fn count(&mut self, method: &str, now: Timestamp) -> Result<(), i64> {
        if self.day_ends.is_none_or(|end| now >= end) {
            self.day_ends = Some(clock::next_beijing_midnight(now));
            self.today = 0;
        }
        if self.today >= self.allowance.per_day {
            let end = self.day_ends.unwrap_or(now);
            return Err(end.duration_since(now).as_secs().max(1));
        }
        if self.banned_until.get(method).is_some_and(|until| now < *until) {
            return Err(1);
        }
        let recent = self.recent.entry(method.to_owned()).or_default();
        while recent.front().is_some_and(|at| now.duration_since(*at) >= clock::seconds(1)) {
            recent.pop_front();
        }
        if recent.len() >= self.allowance.per_second {
            self.banned_until.insert(method.to_owned(), now + clock::seconds(1));
            return Err(1);
        }
        recent.push_back(now);
        self.today += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(ms: i64) -> Timestamp {
        "2025-03-01T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_millis(ms)
    }

    #[test]
    fn an_api_called_too_fast_is_banned_for_a_second_and_others_are_not() {
        let mut limits = Limits::new(Allowance { per_second: 2, per_day: 100 });
        assert_eq!(limits.count("a", at(0)), Ok(()));
        assert_eq!(limits.count("a", at(100)), Ok(()));
        assert_eq!(limits.count("a", at(900)), Err(1));
        assert_eq!(limits.count("a", at(1500)), Err(1), "the window is free again, the ban is not over");
        assert_eq!(limits.count("b", at(1500)), Ok(()));
        assert_eq!(limits.count("a", at(1900)), Ok(()));
    }

    #[test]
    fn a_spent_day_bans_the_app_until_midnight_in_beijing() {
        let mut limits = Limits::new(Allowance { per_second: 30, per_day: 2 });
        assert_eq!(limits.count("a", at(0)), Ok(()));
        assert_eq!(limits.count("b", at(0)), Ok(()));
        assert_eq!(limits.count("c", at(0)), Err(6 * 3600));
        assert_eq!(limits.count("c", at(6 * 3_600_000)), Ok(()));
    }
}
