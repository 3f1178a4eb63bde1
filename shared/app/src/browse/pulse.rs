//! How things went, hour by hour: what the overview draws. Taken by `reconcile`, which comes by anyway.

use super::{
    Browse, Tally,
    samples::{Rows, Samples, note},
};
use crate::ports::{Day, NoteStore, Part, Shelf, Spot, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tallyman_domain::{ConnectionId, Effect, OrderRef, OrderState, OrderStatus, Tab, pending, state::NoticeState};

const NOTE: &str = "pulse";
/// A week of hours.
const POINTS_MAX: usize = 168;
/// Runs by hand come more often; two points so near each other say the same.
const APART: SignedDuration = SignedDuration::from_mins(4);
/// The ages of orders (days) that a sample is taken at, so many each: parcels leave days after their order came.
const AGES_D: [i32; 7] = [0, 1, 2, 3, 5, 7, 10];
const SAMPLE: u32 = 100;
/// So many parcels are read for their labels' times.
const PARCELS_MAX: usize = 60;
const CONFLICTS_MAX: usize = 4;

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// Half took no longer (s).
    pub p50_s: i64,
    /// 99 of 100 took no longer (s).
    pub p99_s: i64,
    /// Of so many.
    pub of: usize,
}

impl Lag {
    /// Of these times (s); none of none.
    #[must_use]
    pub fn of(mut times_s: Vec<i64>) -> Option<Self> {
        times_s.sort_unstable();
        let last = times_s.len().checked_sub(1)?;
        let at = |percent: usize| times_s[(last * percent).div_ceil(100).min(last)];
        Some(Self { p50_s: at(50), p99_s: at(99), of: times_s.len() })
    }
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// Orders on each pile but `shipped`, which only grows.
    pub tabs: BTreeMap<Tab, u64>,
    /// Open exceptions.
    pub exceptions: usize,
    /// From purchase to ShipStation, of a sample of the last day's orders.
    #[serde(default)]
    pub to_warehouse: Option<Lag>,
    /// From the label to the confirmed notice, of a sample of the last day's notices.
    #[serde(default)]
    pub to_confirmed: Option<Lag>,
    /// What this run healed.
    pub healed: usize,
}

impl Browse<'_> {
    /// Takes a sample: how long orders took to ShipStation, and labels to a confirmed notice, in the last 24 hours. What was
    /// sampled is noted, for whoever asks what is behind the numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lags(
        &self,
        connections: &[ConnectionId],
        now: Timestamp,
    ) -> Result<(Option<Lag>, Option<Lag>), StoreError> {
        let mut sample: BTreeSet<OrderRef> = BTreeSet::new();
        for connection in connections {
            for days in AGES_D {
                let at = now - SignedDuration::from_hours(24) * days;
                let mut left = SAMPLE;
                // Early in a day that is few, and then the day before is asked too.
                for day in [Day::of(at), Day::of(at).before(1)] {
                    let part = Part { before: Some(Spot::place(at, "")), from: None, limit: left };
                    let spots = self.shelves.part(connection, Shelf::Day(day), &part).await?;
                    left = left.saturating_sub(u32::try_from(spots.len()).unwrap_or(u32::MAX));
                    sample.extend(spots.into_iter().map(|spot| spot.order));
                    if left == 0 {
                        break;
                    }
                }
            }
        }
        let orders: Vec<OrderRef> = sample.into_iter().collect();
        let states = self.orders.states(&orders).await?;
        let day = now - SignedDuration::from_hours(24);
        let to_warehouse: Vec<(OrderRef, i64)> =
            states.iter().filter_map(|(order, state)| Some((order.clone(), taken(state, day, now)?))).collect();
        let told: Vec<&OrderRef> =
            states.iter().filter(|(_, state)| confirmed(state, day).next().is_some()).map(|(order, _)| order).collect();
        let mut to_confirmed = Vec::new();
        for order in told.into_iter().take(PARCELS_MAX) {
            let record = match self.orders.load(order).await {
                Ok(Some(record)) => record,
                Ok(None) => continue,
                // One that can't be read is no reason to measure nothing.
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%order, %error, "an order can't be read and is left out of the sample");
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (index, at) in confirmed(&record.state, day) {
                let label = record.shipments.get(index).map(|shipment| shipment.created_at);
                to_confirmed.extend(label.map(|label| (order.clone(), at.duration_since(label).as_secs().max(0))));
            }
        }
        let samples = Samples { at: now, to_warehouse: Rows::of(&to_warehouse), to_confirmed: Rows::of(&to_confirmed) };
        note(self.notes, &samples).await?;
        let lag = |times: Vec<(OrderRef, i64)>| Lag::of(times.into_iter().map(|(_, took_s)| took_s).collect());
        Ok((lag(to_warehouse), lag(to_confirmed)))
    }
}

/// How long an order of the last day took to ShipStation (s): from its payment, where it was paid later than placed. One
/// that still is to go there has taken as long as that until now: what is stuck must not make the others look well.
fn taken(state: &OrderState, day: Timestamp, now: Timestamp) -> Option<i64> {
    let bought = state.paid_at.unwrap_or(state.placed_at);
    let waits = || state.status == OrderStatus::AwaitingShipment && pending(state).contains(&Effect::Export);
    let until = match state.export.arrived_at {
        Some(arrived) => (bought >= day).then_some(arrived)?,
        None => waits().then_some(now)?,
    };
    Some(until.duration_since(bought).as_secs().max(0))
}

/// The notices that were confirmed in the last day: the shipment's place, and when.
fn confirmed(state: &OrderState, day: Timestamp) -> impl Iterator<Item = (usize, Timestamp)> {
    state.shipments.iter().enumerate().filter_map(move |(index, shipment)| match shipment.notice {
        NoticeState::Confirmed { at, .. } if at >= day && !shipment.voided => Some((index, at)),
        _ => None,
    })
}

/// A point of what was counted.
#[must_use]
pub fn point(tally: &Tally, exceptions: usize, healed: usize, lags: (Option<Lag>, Option<Lag>)) -> Point {
    let mut tabs: BTreeMap<Tab, u64> = BTreeMap::new();
    for (tab, count) in tally.connections.values().flat_map(|of| &of.tabs) {
        *tabs.entry(*tab).or_default() += count;
    }
    // Shipped ones have no shelf of their own: they are what is left of all.
    let all: u64 = tally.connections.values().flat_map(|of| of.months.values().chain(of.days.values())).sum();
    let others: u64 = tabs.values().sum();
    tabs.insert(Tab::Shipped, all.saturating_sub(others));
    Point { at: tally.at, tabs, exceptions, to_warehouse: lags.0, to_confirmed: lags.1, healed }
}

/// Adds a point to those of the last week.
///
/// # Errors
/// [`StoreError`].
pub async fn note_point(notes: &dyn NoteStore, point: &Point) -> Result<(), StoreError> {
    for _ in 0..CONFLICTS_MAX {
        let (version, mut points) = read(notes).await?;
        if points.last().is_some_and(|last| point.at.duration_since(last.at) < APART) {
            return Ok(());
        }
        points.push(point.clone());
        let surplus = points.len().saturating_sub(POINTS_MAX);
        points.drain(..surplus);
        let corrupt = |e: serde_json::Error| StoreError::Corrupt { key: NOTE.to_owned(), what: e.to_string() };
        let text = serde_json::to_string(&points).map_err(corrupt)?;
        match notes.put_note(NOTE, version, &text).await {
            Err(StoreError::Conflict { .. }) => {}
            done => return done,
        }
    }
    Err(StoreError::Conflict { key: NOTE.to_owned() })
}

async fn read(notes: &dyn NoteStore) -> Result<(u64, Vec<Point>), StoreError> {
    let note = notes.note(NOTE).await?;
    // Points of another version of ours are begun anew: nothing depends on them.
    Ok(note.map_or((0, Vec::new()), |(version, text)| (version, serde_json::from_str(&text).unwrap_or_default())))
}

/// The points of the last week, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn points(notes: &dyn NoteStore) -> Result<Vec<Point>, StoreError> {
    Ok(read(notes).await?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_that_of_the_middle_one_and_of_the_slowest_hundredth() {
        assert_eq!(Lag::of(vec![]), None);
        assert_eq!(Lag::of(vec![7]), Some(Lag { p50_s: 7, p99_s: 7, of: 1 }));
        let lag = Lag::of((1..=101).rev().collect()).unwrap();
        assert_eq!((lag.p50_s, lag.p99_s, lag.of), (51, 100, 101));
        assert_eq!(Lag::of(vec![1, 100]).unwrap().p99_s, 100, "a few are judged by their slowest");
    }
}
