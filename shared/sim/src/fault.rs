//! The words for what goes wrong. Three levels of tests use the same ones.
//!
//! | word | simulation (here) | real adapters | real processes |
//! |---|---|---|---|
//! | [`Fault::FailBefore`] | the effect is left out, an error is returned | the proxy refuses the connection or answers 500 and passes nothing on | as beside it |
//! | [`Fault::FailAfter`] | the effect takes place, an error is returned | the proxy passes the request on and answers 500 | as beside it |
//! | [`Fault::TimeoutAfter`] | the effect takes place, time passes, an error is returned | the proxy passes the request on and never answers | as beside it |
//! | [`Fault::Throttle`] | no effect; "too many calls" | 429, `ProvisionedThroughputExceeded`, `ApiCallLimit` | as beside it |
//! | [`Fault::Kill`] | the function's future is dropped there; its messages come back | the future is dropped there | SIGKILL; the messages come back |
//!
//! Every outbound call of a run has a number, counted from 1. A [`Plan`] maps numbers to faults; a seed makes a plan.

use fastrand::Rng;
use std::collections::BTreeMap;

/// On which side of the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// It hasn't taken place.
    Before,
    /// It has.
    After,
}

/// What goes wrong with one outbound call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing happened, and an error is returned.
    FailBefore,
    /// It took effect, and an error is returned all the same.
    FailAfter,
    /// It took effect, and no answer came within the time-out.
    TimeoutAfter,
    /// Too many calls; nothing happened.
    Throttle,
    /// The function dies right there. What it was working on is delivered again.
    Kill(When),
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FailBefore,
        Self::FailAfter,
        Self::TimeoutAfter,
        Self::Throttle,
        Self::Kill(When::Before),
        Self::Kill(When::After),
    ];

    /// Does the effect take place?
    #[must_use]
    pub fn takes_effect(self) -> bool {
        matches!(self, Self::FailAfter | Self::TimeoutAfter | Self::Kill(When::After))
    }

    /// In a story.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FailBefore => "FAILS, nothing happened",
            Self::FailAfter => "FAILS, but took effect",
            Self::TimeoutAfter => "TIMES OUT, but took effect",
            Self::Throttle => "IS THROTTLED",
            Self::Kill(When::Before) => "the function is KILLED before it",
            Self::Kill(When::After) => "the function is KILLED after it",
        }
    }
}

/// Which calls go wrong, and how.
#[derive(Debug, Clone, Default)]
pub struct Plan(BTreeMap<u32, Fault>);

/// No run makes more calls than this while things go wrong.
const CALLS_MAX: u32 = 6_000;

impl Plan {
    /// These calls, and no others.
    #[must_use]
    pub fn of(faults: impl IntoIterator<Item = (u32, Fault)>) -> Self {
        Self(faults.into_iter().collect())
    }

    /// Faults among `kinds`, on average one every `gap` calls.
    #[must_use]
    pub fn seeded(rng: &mut Rng, gap: u32, kinds: &[Fault]) -> Self {
        let mut faults = BTreeMap::new();
        let mut number = 0;
        while !kinds.is_empty() && number < CALLS_MAX {
            number += rng.u32(1..=2 * gap);
            faults.insert(number, kinds[rng.usize(..kinds.len())]);
        }
        Self(faults)
    }

    /// What happens to this call.
    #[must_use]
    pub fn at(&self, number: u32) -> Option<Fault> {
        self.0.get(&number).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan() {
        let plan = |seed| Plan::seeded(&mut Rng::with_seed(seed), 20, &Fault::ALL).0;
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
        assert!(plan(7).len() > 200);
    }
}
