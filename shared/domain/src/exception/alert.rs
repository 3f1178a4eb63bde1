//! When people are told of a deadline that comes near: once for each cause and bar, and never to and fro.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The same bar of the same cause is told again only after this long.
const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A bar that was crossed can be crossed again only after this long, and only when the time left had grown well above it.
const ARMED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(6);
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
}

/// The lowest bar that so little time is left of; the bars are in hours.
fn bar(bars_h: &[u32], left: SignedDuration) -> Option<u32> {
    bars_h.iter().copied().filter(|h| left <= SignedDuration::from_hours(i64::from(*h))).min()
}

/// What is known after looking at a cause, and the bar that people are to be told of now. `left` is the time left of its
/// nearest deadline, negative when that has passed; none when nothing of it is open.
#[must_use]
pub fn look(
    told: Option<&Told>,
    left: Option<SignedDuration>,
    bars_h: &[u32],
    now: Timestamp,
) -> (Option<Told>, Option<u32>) {
    let crossed = left.and_then(|left| bar(bars_h, left));
    let Some(told) = told else {
        return (crossed.map(|bar_h| Told { bar_h, at: now }), crossed);
    };
    let age = now.duration_since(told.at);
    let above =
        left.is_none_or(|left| left > SignedDuration::from_hours(i64::from(told.bar_h)) * WELL_ABOVE_PERCENT / 100);
    match crossed {
        // Nearer than anybody was told.
        Some(bar_h) if bar_h < told.bar_h => (Some(Told { bar_h, at: now }), Some(bar_h)),
        Some(bar_h) if bar_h == told.bar_h && age >= TOLD_AGAIN_AFTER => (Some(Told { bar_h, at: now }), Some(bar_h)),
        // Less urgent than it was: the lower bar is armed again, and nobody is told of the higher one twice.
        Some(bar_h) if bar_h > told.bar_h && above && age >= ARMED_AGAIN_AFTER => {
            (Some(Told { bar_h, at: told.at }), None)
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
            let now = at("2026-11-21T00:00:00Z") + SignedDuration::from_hours(hour as i64);
            let left = left.map(SignedDuration::from_hours);
            let (after, bar) = look(known.as_ref(), left, &BARS, now);
            known = after;
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
}
