//! Calls that failed and left everything as it was: kept in the order's state, for people. Nothing is decided by them.
//!
//! The usual way of an order has none and isn't a byte longer. A failure costs one write, and the same one not again
//! within [`QUIET`]: an hour without an answer is four lines' worth of writes, however often it was tried.

use crate::{ShipmentId, trail::base36};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// At most so many different ones are kept; the one that was seen longest ago goes first.
pub const KEPT_MAX: usize = 12;
/// The same failure is written down at most so often.
pub const QUIET: SignedDuration = SignedDuration::from_mins(15);

macro_rules! letters {
    ($(#[$set_doc:meta])* $set:ident { $($(#[$doc:meta])* $name:ident = $letter:literal),* $(,)? }) => {
        $(#[$set_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $set { $($(#[$doc])* $name),* }

        impl $set {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            fn letter(self) -> char {
                match self { $(Self::$name => $letter),* }
            }
            fn of_letter(letter: char) -> Option<Self> {
                match letter { $($letter => Some(Self::$name),)* _ => None }
            }
        }
    };
}

letters! {
    /// What was called for.
    Call {
        /// The marketplace, for the order as it is.
        Read = 'r',
        /// ShipStation, to take the order.
        Export = 'e',
        /// The marketplace, to take the proof.
        Proof = 'p',
        /// The marketplace, to take the notice.
        Notice = 'n',
        /// The marketplace, for whether it shows the notice.
        ReadBack = 'b',
        /// The marketplace, to take the answer to a buyer who asks to cancel.
        Answer = 'a',
    }
}

letters! {
    /// How it failed.
    How {
        /// Too many calls.
        Throttled = 't',
        /// Nobody was there.
        Unreachable = 'u',
        /// No usable answer: it may have taken effect.
        Unclear = 'q',
        /// A clear no.
        Refused = 'r',
        /// The key or token isn't accepted.
        Unauthorised = 'k',
        /// The answer can't be read.
        Unreadable = 'd',
    }
}

/// A call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed<'a> {
    /// What was called for.
    pub call: Call,
    /// How it failed.
    pub how: How,
    /// For which shipment, if for one.
    pub shipment: Option<&'a ShipmentId>,
    /// How long it took (ms).
    pub took_ms: Option<u32>,
}

/// One failure, once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What was called for.
    pub call: Call,
    /// How it failed.
    pub how: How,
    /// For which shipment: its place in the state's list.
    pub shipment: Option<usize>,
    /// When for the first time, to the second.
    pub first: Timestamp,
    /// When it was written down last.
    pub last: Timestamp,
    /// How often it was written down.
    pub count: u32,
    /// How long the last call took (ms).
    pub took_ms: Option<u32>,
}

/// The failures of an order, by the time they were first seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Failures(Vec<Failure>);

impl Failures {
    /// All that are kept.
    #[must_use]
    pub fn all(&self) -> &[Failure] {
        &self.0
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes one down; `shipment` is the place of the shipment in the state's list. What was written down a moment ago
    /// is no news.
    pub(crate) fn note(&mut self, failed: Failed<'_>, shipment: Option<usize>, now: Timestamp) {
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let Failed { call, how, took_ms, .. } = failed;
        if let Some(known) = self.0.iter_mut().find(|f| (f.call, f.how, f.shipment) == (call, how, shipment)) {
            // A clock that was set back is no reason to write at every try.
            if now.duration_since(known.last).abs() >= QUIET {
                (known.last, known.count, known.took_ms) =
                    (now.max(known.last), known.count.saturating_add(1), took_ms);
            }
            return;
        }
        if self.0.len() >= KEPT_MAX
            && let Some(oldest) = (0..self.0.len()).min_by_key(|place| self.0[*place].last)
        {
            self.0.remove(oldest);
        }
        self.0.push(Failure { call, how, shipment, first: now, last: now, count: 1, took_ms });
    }
}

/// `<call><how><first>[+<seconds to the last>*<count, decimal>][:<shipment>][.<ms>]`, numbers in base 36, apart by commas.
impl From<Failures> for String {
    fn from(failures: Failures) -> Self {
        let mut text = Self::new();
        for failure in &failures.0 {
            if !text.is_empty() {
                text.push(',');
            }
            text.extend([failure.call.letter(), failure.how.letter()]);
            base36(&mut text, failure.first.as_second().unsigned_abs());
            if failure.count > 1 {
                text.push('+');
                base36(&mut text, failure.last.duration_since(failure.first).as_secs().unsigned_abs());
                let _ = write!(text, "*{}", failure.count);
            }
            if let Some(shipment) = failure.shipment {
                let _ = write!(text, ":{shipment}");
            }
            if let Some(took_ms) = failure.took_ms {
                text.push('.');
                base36(&mut text, took_ms.into());
            }
        }
        text
    }
}

/// What can't be read is left out.
impl From<String> for Failures {
    fn from(text: String) -> Self {
        Self(text.split(',').filter_map(read).take(KEPT_MAX).collect())
    }
}

fn read(text: &str) -> Option<Failure> {
    let mut letters = text.chars();
    let (call, how) = (Call::of_letter(letters.next()?)?, How::of_letter(letters.next()?)?);
    let (rest, took) = split(letters.as_str(), '.');
    let (rest, shipment) = split(rest, ':');
    let (first, again) = split(rest, '+');
    let first = Timestamp::from_second(i64::from_str_radix(first, 36).ok()?).ok()?;
    let (last, count) = match again {
        Some(again) => {
            let (seconds, count) = again.split_once('*')?;
            let seconds = SignedDuration::from_secs(i64::from_str_radix(seconds, 36).ok()?);
            (first.checked_add(seconds).ok()?, count.parse().ok()?)
        }
        None => (first, 1),
    };
    let (shipment, took_ms) =
        (shipment.and_then(|n| n.parse().ok()), took.and_then(|ms| u32::from_str_radix(ms, 36).ok()));
    Some(Failure { call, how, shipment, first, last, count, took_ms })
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

#[cfg(test)]
#[path = "failures_tests.rs"]
mod tests;
