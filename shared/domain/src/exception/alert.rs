//! When people are told of a deadline that comes near: once for each cause and bar, and never to and fro.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The same bar of the same cause is told again only after this long.
const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A bar that was crossed can be crossed again only after this long, and only when the time left had grown well above it.
const ARMED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(6);
/// Longer than telling takes. Whoever needed longer has died.
const TELLING_TIME_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How much above the bar that is, in percent of it.
const WELL_ABOVE_PERCENT: i32 = 125;

/// What people were told of a cause: the kind of an exception at one connection or account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which bar, in hours.
    #[serde(rename = "b")]
    pub bar_h: u32,
    /// When.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// Somebody is telling it just now, or died while it did.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub telling: Option<Telling>,
}

/// Somebody is telling people.
///
/// That is noted before, so that of two runs one tells; and that they were told is noted afterwards, so that a run that
/// dies in between is made up for by the next one: told twice, rather than never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// Until when nobody else tells.
    #[serde(rename = "u")]
    pub until: Timestamp,
    /// What they knew before.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Told>>,
}

impl Told {
    /// That people are being told now; `before` is what they know.
    #[must_use]
    pub fn begun(bar_h: u32, before: Option<&Self>, now: Timestamp) -> Self {
        let telling = Telling { until: now + TELLING_TIME_MAX, before: before.cloned().map(Box::new) };
        Self { bar_h, at: now, telling: Some(telling) }
    }

    /// The message has left.
    #[must_use]
    pub fn done(&self) -> Self {
        Self { telling: None, ..self.clone() }
    }

    /// Is somebody else telling this?
    #[must_use]
    pub fn is_being_told(&self, now: Timestamp) -> bool {
        self.telling.as_ref().is_some_and(|telling| now < telling.until)
    }

    /// What people know for sure: whoever was telling it may have died.
    #[must_use]
    pub fn known(&self) -> Option<&Self> {
        match &self.telling {
            None => Some(self),
            Some(telling) => telling.before.as_deref(),
        }
    }
}

/// What is open of a cause: since when, and by when somebody must have acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When it was first opened.
    pub opened_at: Timestamp,
    /// By when somebody must have acted.
    pub deadline: Timestamp,
}

impl Due {
    /// Is it below the lowest bar, and was it in no message since it came below the highest? Each message names the whole
    /// cause, so the last one is enough to know; and so many that come one by one are told together.
    fn is_unheard(&self, told: &Told, bars_h: &[u32], now: Timestamp) -> bool {
        let hours = |h: Option<&u32>| SignedDuration::from_hours(i64::from(h.copied().unwrap_or_default()));
        let near = self.deadline.duration_since(now) <= hours(bars_h.iter().min());
        near && told.at < self.opened_at.max(self.deadline - hours(bars_h.iter().max()))
    }
}

/// The lowest bar that so little time is left of; the bars are in hours.
fn bar(bars_h: &[u32], left: SignedDuration) -> Option<u32> {
    bars_h.iter().copied().filter(|h| left <= SignedDuration::from_hours(i64::from(*h))).min()
}

/// What is known after looking at a cause, and the bar that people are to be told of now. `open` is what is open of it.
///
/// The nearest deadline decides which bar is crossed. What stands behind it, overdue or not, is told too before its own.
#[must_use]
pub fn look(told: Option<&Told>, open: &[Due], bars_h: &[u32], now: Timestamp) -> (Option<Told>, Option<u32>) {
    let left = open.iter().map(|due| due.deadline.duration_since(now)).min();
    let crossed = left.and_then(|left| bar(bars_h, left));
    if let Some(told) = told.filter(|told| told.is_being_told(now)) {
        return (Some(told.clone()), None);
    }
    let told = told.and_then(Told::known);
    let tell = |bar_h| (Some(Told::begun(bar_h, told, now)), Some(bar_h));
    let Some(told) = told else {
        return crossed.map_or((None, None), tell);
    };
    let age = now.duration_since(told.at);
    let above =
        left.is_none_or(|left| left > SignedDuration::from_hours(i64::from(told.bar_h)) * WELL_ABOVE_PERCENT / 100);
    match crossed {
        // Nearer than anybody was told.
        Some(bar_h) if bar_h < told.bar_h => tell(bar_h),
        Some(bar_h) if bar_h == told.bar_h && age >= TOLD_AGAIN_AFTER => tell(bar_h),
        Some(bar_h) if open.iter().any(|due| due.is_unheard(told, bars_h, now)) => tell(bar_h),
        // Less urgent than it was: the lower bar is armed again, and nobody is told of the higher one twice.
        Some(bar_h) if bar_h > told.bar_h && above && age >= ARMED_AGAIN_AFTER => {
            (Some(Told { bar_h, ..told.clone() }), None)
        }
        None if above && age >= ARMED_AGAIN_AFTER => (None, None),
        _ => (Some(told.clone()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;

    const BARS: [u32; 2] = [24, 4];

    /// Looks once an hour from midnight on at the hours left, and gives the hours at which people were told, with the bar.
    fn told(hours_left: &[Option<i64>]) -> Vec<(usize, u32)> {
        let (mut known, mut told) = (None, Vec::new());
        for (hour, left) in hours_left.iter().enumerate() {
            let opened_at = at("2026-11-21T00:00:00Z");
            let now = opened_at + SignedDuration::from_hours(hour as i64);
            let due = left.map(|left| Due { opened_at, deadline: now + SignedDuration::from_hours(left) });
            let (after, bar) = look(known.as_ref(), due.as_slice(), &BARS, now);
            known = after.map(|told| told.done());
            told.extend(bar.map(|bar| (hour, bar)));
        }
        told
    }

    #[test]
    fn each_bar_is_told_once_as_time_goes_by() {
        let hours: Vec<_> = (0..=30).rev().map(Some).collect();
        assert_eq!(told(&hours), [(6, 24), (26, 4)]);
    }

    #[test]
    fn a_cause_that_is_found_late_is_told_at_its_lowest_bar_only() {
        assert_eq!(told(&[Some(2), Some(1), Some(0), Some(-1)]), [(0, 4)]);
    }

    #[test]
    fn what_comes_and_goes_is_not_told_each_time() {
        let flapping: Vec<_> = (0..12).map(|hour| (hour % 2 == 0).then_some(3)).collect();
        assert_eq!(told(&flapping).first(), Some(&(0, 4)));
        assert!(told(&flapping).len() <= 2, "{:?}", told(&flapping));
        let around: Vec<_> = (0..20).map(|hour| Some(if hour % 2 == 0 { 4 } else { 5 })).collect();
        assert_eq!(told(&around), [(0, 4)], "5 hours is not well above 4");
    }

    #[test]
    fn who_is_telling_keeps_others_silent_and_is_made_up_for_when_it_died() {
        let opened_at = at("2026-11-21T00:00:00Z");
        let due = [Due { opened_at, deadline: opened_at + SignedDuration::from_hours(3) }];
        let see = |told: &Option<Told>, minutes| {
            look(told.as_ref(), &due, &BARS, opened_at + SignedDuration::from_mins(minutes))
        };
        let (first, bar) = see(&None, 0);
        assert_eq!(bar, Some(4));
        assert_eq!(see(&first, 4), (first.clone(), None));
        assert_eq!(see(&first, 5).1, Some(4), "it died");
        let done = first.map(|told| told.done());
        assert_eq!(see(&done, 5), (done.clone(), None));
        // One who dies while it tells the lower bar leaves what was known of the higher one.
        let higher = Some(Told { bar_h: 24, at: opened_at, telling: None });
        let (lower, bar) = see(&higher, 1);
        assert_eq!((bar, lower.as_ref().unwrap().known()), (Some(4), higher.as_ref()));
        assert_eq!(see(&lower, 6).1, Some(4));
    }

    #[test]
    fn what_stays_is_told_again_once_a_day() {
        assert_eq!(told(&[Some(-1); 50]), [(0, 4), (24, 4), (48, 4)]);
    }

    #[test]
    fn after_a_quiet_time_the_next_one_is_told() {
        let mut hours = vec![Some(3)];
        hours.extend([None; 8]);
        hours.push(Some(20));
        assert_eq!(told(&hours), [(0, 4), (9, 24)]);
    }

    /// Looks once an hour at ones that are opened at an hour with a deadline at another, and gives the hours of the messages.
    fn heard(all: &[(i64, i64)], hours: i64) -> Vec<i64> {
        let hour = |h: i64| at("2026-11-21T00:00:00Z") + SignedDuration::from_hours(h);
        let (mut known, mut told) = (None, Vec::new());
        for now in 0..hours {
            let open = all.iter().filter(|(opened, _)| *opened <= now);
            let open: Vec<Due> = open.map(|(o, d)| Due { opened_at: hour(*o), deadline: hour(*d) }).collect();
            let (after, bar) = look(known.as_ref(), &open, &BARS, hour(now));
            known = after.map(|told| told.done());
            told.extend(bar.map(|_| now));
        }
        told
    }

    #[test]
    fn a_newer_one_is_told_before_its_deadline_though_an_older_one_is_overdue() {
        assert_eq!(heard(&[(0, 1), (2, 10)], 20), [0, 6]);
        assert_eq!(heard(&[(0, 1), (5, 7)], 20), [0, 5], "also one that had no more time from the beginning");
    }

    #[test]
    fn what_was_in_a_message_below_the_highest_bar_is_not_told_for_itself() {
        assert_eq!(heard(&[(0, 1), (0, 20)], 24), [0]);
    }

    #[test]
    fn many_that_come_one_by_one_are_told_together() {
        let many: Vec<_> = (0..48).map(|h| (h, h + 24)).collect();
        let told = heard(&many, 48);
        assert!(told.len() <= 4, "{told:?}");
        for (opened, deadline) in many.iter().filter(|(_, d)| *d < 48) {
            assert!(told.iter().any(|t| t >= opened && t < deadline), "{opened} to {deadline} is in none of {told:?}");
        }
    }
}
