//! What runs healed: how much in the last day, for the digest (its own look comes right after a run and heals nothing); and
//! the rows of the last week, for whoever asks what was behind a number.

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

/// How something was healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedied {
    /// Its pending step was woken.
    Woken,
    /// The marketplace was asked for it.
    ReadAgain,
    /// ShipStation was given it again.
    GivenAgain,
    /// Its label was swept for again.
    SweptAgain,
    /// Its notice is read back again.
    ReadBack,
    /// Its proof is drawn again.
    DrawnAgain,
    /// A poll or sweep that stood was asked to move.
    Moved,
}

/// One thing that was healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healed {
    /// By the run of this time.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// `connection:order`, or the name of a poll or sweep.
    #[serde(rename = "s")]
    pub subject: String,
    /// How.
    #[serde(rename = "w")]
    pub how: Remedied,
}

/// What was healed in the last week.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rows {
    /// The newest last.
    #[serde(rename = "r")]
    pub rows: Vec<Healed>,
    /// How many of that week are no longer, or never were, among them.
    #[serde(rename = "m")]
    pub unlisted: usize,
}

const ROWS_NOTE: &str = "healed_rows";
/// As long as the overview's plot goes back.
const ROWS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Some 60 bytes each: a note that costs twenty write units, and only when something was healed.
pub(super) const ROWS_MAX: usize = 300;

impl Rows {
    /// With what a run healed, which were `healed` in all; without what is older than a week. Of too many the newest stay.
    fn and(mut self, new: &[(String, Remedied)], healed: usize, now: Timestamp) -> Self {
        self = self.of_the_week(now);
        self.unlisted += healed.saturating_sub(new.len());
        self.rows.extend(new.iter().map(|(subject, how)| Healed { at: now, subject: subject.clone(), how: *how }));
        let surplus = self.rows.len().saturating_sub(ROWS_MAX);
        self.rows.drain(..surplus);
        self.unlisted += surplus;
        self
    }

    fn of_the_week(mut self, now: Timestamp) -> Self {
        self.rows.retain(|row| now.duration_since(row.at) < ROWS_KEPT);
        // Nobody knows how old those are that aren't listed; without any row left they are over, too.
        if self.rows.is_empty() {
            self.unlisted = 0;
        }
        self
    }
}

/// Notes the rows of what a run healed. A run that healed nothing writes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn note_rows(
    notes: &dyn NoteStore,
    new: &[(String, Remedied)],
    healed: usize,
    now: Timestamp,
) -> Result<(), StoreError> {
    if healed == 0 {
        return Ok(());
    }
    for _ in 0..CONFLICTS_MAX {
        let (version, rows) = read_rows(notes).await?;
        let corrupt = |e: serde_json::Error| StoreError::Corrupt { key: ROWS_NOTE.to_owned(), what: e.to_string() };
        let text = serde_json::to_string(&rows.and(new, healed, now)).map_err(corrupt)?;
        match notes.put_note(ROWS_NOTE, version, &text).await {
            Err(StoreError::Conflict { .. }) => {}
            done => return done,
        }
    }
    Err(StoreError::Conflict { key: ROWS_NOTE.to_owned() })
}

/// What was healed in the last week.
///
/// # Errors
/// [`StoreError`].
pub async fn rows(notes: &dyn NoteStore, now: Timestamp) -> Result<Rows, StoreError> {
    Ok(read_rows(notes).await?.1.of_the_week(now))
}

async fn read_rows(notes: &dyn NoteStore) -> Result<(u64, Rows), StoreError> {
    let note = notes.note(ROWS_NOTE).await?;
    // Rows of another version of ours are begun anew: nothing depends on them.
    Ok(note.map_or((0, Rows::default()), |(version, text)| (version, serde_json::from_str(&text).unwrap_or_default())))
}

fn sum(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.healed).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn new(from: usize, count: usize) -> Vec<(String, Remedied)> {
        (from..from + count).map(|n| (format!("ae:{n}"), Remedied::Woken)).collect()
    }

    #[test]
    fn rows_are_kept_for_a_week_and_of_too_many_the_newest_with_how_many_are_missing() {
        let rows = Rows::default().and(&new(0, 2), 2, at(0)).and(&new(2, ROWS_MAX), ROWS_MAX + 5, at(1));
        assert_eq!((rows.rows.len(), rows.unlisted, rows.rows[0].subject.as_str()), (ROWS_MAX, 7, "ae:2"));
        let later = rows.clone().and(&new(900, 1), 1, at(7 * 24));
        assert_eq!((later.rows.len(), later.rows[ROWS_MAX - 1].subject.as_str()), (ROWS_MAX, "ae:900"));
        let over = rows.of_the_week(at(7 * 24 + 1));
        assert_eq!(over, Rows::default());
        let text = serde_json::to_string(&later).unwrap();
        assert!(text.len() < 30_000, "{} bytes", text.len());
    }
}
