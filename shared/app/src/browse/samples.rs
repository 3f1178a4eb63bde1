//! The orders behind the lags: what was measured, for whoever asks what is behind a number.

use crate::ports::{NoteStore, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tallyman_domain::OrderRef;

const NOTE: &str = "lags";
/// The slowest of each; some 40 bytes each, written once a run.
pub const ROWS_MAX: usize = 200;

/// How long it took with one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// `connection:order`.
    #[serde(rename = "o")]
    pub order: String,
    /// How long (s).
    #[serde(rename = "s")]
    pub took_s: i64,
}

/// What a lag was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rows {
    /// The slowest first.
    #[serde(rename = "r")]
    pub rows: Vec<Sample>,
    /// How many quicker ones aren't listed.
    #[serde(rename = "m")]
    pub unlisted: usize,
}

impl Rows {
    /// Of these orders and times (s).
    #[must_use]
    pub fn of(times_s: &[(OrderRef, i64)]) -> Self {
        let row = |(order, took_s): &(OrderRef, i64)| Sample { order: order.to_string(), took_s: *took_s };
        let mut rows: Vec<Sample> = times_s.iter().map(row).collect();
        rows.sort_unstable_by(|a, b| (b.took_s, &a.order).cmp(&(a.took_s, &b.order)));
        let unlisted = rows.len().saturating_sub(ROWS_MAX);
        rows.truncate(ROWS_MAX);
        Self { rows, unlisted }
    }
}

/// The samples of the last look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// When.
    pub at: Timestamp,
    /// From purchase to ShipStation.
    pub to_warehouse: Rows,
    /// From the label to the confirmed notice; an order with two parcels has two rows.
    pub to_confirmed: Rows,
}

/// Writes them in the place of those before.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn note(notes: &dyn NoteStore, samples: &Samples) -> Result<(), StoreError> {
    let version = notes.note(NOTE).await?.map_or(0, |(version, _)| version);
    let corrupt = |e: serde_json::Error| StoreError::Corrupt { key: NOTE.to_owned(), what: e.to_string() };
    let text = serde_json::to_string(samples).map_err(corrupt)?;
    match notes.put_note(NOTE, version, &text).await {
        // Another run looked meanwhile: its samples are as good.
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The samples of the last look; none before the first.
///
/// # Errors
/// [`StoreError`].
pub async fn samples(notes: &dyn NoteStore) -> Result<Option<Samples>, StoreError> {
    // Those of another version of ours are as none: the next run writes them anew.
    Ok(notes.note(NOTE).await?.and_then(|(_, text)| serde_json::from_str(&text).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_are_listed_and_the_others_counted() {
        let order = |n: i64| OrderRef::from_order_key(&format!("ae:{n}")).unwrap();
        let times: Vec<_> = (0..250).map(|n| (order(n), n)).collect();
        let rows = Rows::of(&times);
        assert_eq!((rows.rows.len(), rows.unlisted), (ROWS_MAX, 50));
        assert_eq!((rows.rows[0].order.as_str(), rows.rows[ROWS_MAX - 1].took_s), ("ae:249", 50));
        assert!(serde_json::to_string(&rows).unwrap().len() < 20_000);
    }
}
