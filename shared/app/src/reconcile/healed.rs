//! How much the runs of the last day healed, for the digest: the digest's own look comes right after a run and heals nothing.

use crate::ports::{NoteStore, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const NOTE: &str = "healed";
/// What the digest speaks of.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Runs that are noted one by one; with more than that in a day the oldest are added up.
const RUNS_MAX: usize = 50;
/// Two runs at once are rare; more conflicts in a row mean that something is wrong.
const CONFLICTS_MAX: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    #[serde(rename = "t")]
    at: Timestamp,
    #[serde(rename = "n")]
    healed: usize,
}

/// Notes what a run healed, and returns what those of the last 24 hours did together. A run that healed nothing writes
/// nothing.
///
/// # Errors
/// [`StoreError`] when the note can't be read or written.
pub async fn note_healed(notes: &dyn NoteStore, healed: usize, now: Timestamp) -> Result<usize, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::Corrupt { key: NOTE.to_owned(), what: error.to_string() };
    for _ in 0..CONFLICTS_MAX {
        let (version, mut runs): (u64, Vec<Run>) = match notes.note(NOTE).await? {
            Some((version, text)) => (version, serde_json::from_str(&text).map_err(corrupt)?),
            None => (0, Vec::new()),
        };
        runs.retain(|run| now.duration_since(run.at) < DAY);
        if healed == 0 {
            return Ok(sum(&runs));
        }
        runs.push(Run { at: now, healed });
        if runs.len() > RUNS_MAX {
            let oldest = runs.remove(0);
            if let Some(next) = runs.first_mut() {
                next.healed += oldest.healed;
            }
        }
        let text = serde_json::to_string(&runs).map_err(corrupt)?;
        match notes.put_note(NOTE, version, &text).await {
            Ok(()) => return Ok(sum(&runs)),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict { key: NOTE.to_owned() })
}

fn sum(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.healed).sum()
}
