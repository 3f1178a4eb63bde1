//! What a whole run saw, as numbers: for metrics, for the digest, for whoever asked. No order's number, no person's data.

use super::{
    Looked,
    compare::Outcome,
    cursors::Cursors,
    healed::{ROWS_MAX, Remedied},
};
use crate::connection::Connection;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use tallyman_domain::{Exception, Owner, reconcile::Stage};

/// The exceptions of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfOwner {
    /// How many are open.
    pub open: usize,
    /// The oldest one's age.
    pub oldest_s: i64,
    /// Which that is, for the digest; not in metrics.
    pub oldest: String,
}

/// The numbers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Unfinished orders by stage.
    pub stages: BTreeMap<Stage, usize>,
    /// Open exceptions by owner.
    pub owners: BTreeMap<Owner, OfOwner>,
    /// Exceptions with less time left than the lowest bar.
    pub near_deadline: usize,
    /// Those whose deadline has passed.
    pub overdue: usize,
    /// How much had to be healed.
    pub healed: usize,
    /// What that was; of very many not all.
    #[serde(skip)]
    pub rows: Vec<(String, Remedied)>,
    /// How much the runs of the last 24 hours had to heal, this one among them.
    pub healed_day: usize,
    /// Exceptions that comparing opened.
    pub opened: usize,
    /// The oldest cursor's age.
    pub cursor_age_s: i64,
    /// Calls to ShipStation.
    pub calls: usize,
}

impl Report {
    fn list(&mut self, rows: &[(String, Remedied)]) {
        let room = ROWS_MAX.saturating_sub(self.rows.len());
        self.rows.extend(rows.iter().take(room).cloned());
    }

    /// What was seen of one connection.
    pub fn looked(&mut self, looked: &Looked) {
        for (stage, count) in &looked.stages {
            *self.stages.entry(*stage).or_default() += count;
        }
        self.healed += looked.healed;
        self.list(&looked.rows);
        self.opened += looked.stuck;
    }

    /// What was compared of one account.
    pub fn compared(&mut self, outcome: &Outcome) {
        self.healed += outcome.healed();
        self.list(&outcome.rows);
        self.opened += outcome.opened;
        self.calls += outcome.calls;
    }

    /// What was seen of the cursors.
    pub fn cursors(&mut self, cursors: &Cursors) {
        self.healed += cursors.pushed;
        self.list(&cursors.rows);
        self.opened += cursors.opened;
        self.cursor_age_s = cursors.age_max_s;
    }

    /// The open exceptions.
    pub fn exceptions(
        &mut self,
        open: &[(String, Exception)],
        connections: &[Connection],
        lowest_bar_h: u32,
        now: Timestamp,
    ) {
        for (subject, exception) in open {
            let owner = owner_of(subject, exception, connections);
            let age_s = now.duration_since(exception.since).as_secs();
            let of = self.owners.entry(owner).or_insert(OfOwner { open: 0, oldest_s: -1, oldest: String::new() });
            of.open += 1;
            if age_s > of.oldest_s {
                (of.oldest_s, of.oldest) = (age_s, format!("{subject} {}", word(exception)));
            }
            let left = exception.deadline.duration_since(now);
            self.near_deadline += usize::from(left <= SignedDuration::from_hours(i64::from(lowest_bar_h)));
            self.overdue += usize::from(left <= SignedDuration::ZERO);
        }
    }
}

/// Whose it is, by rule or by the connection's choice.
#[must_use]
pub fn owner_of(subject: &str, exception: &Exception, connections: &[Connection]) -> Owner {
    let connection = subject.split_once(':').and_then(|(id, _)| connections.iter().find(|c| c.id.as_str() == id));
    connection.map_or_else(|| exception.kind.owner(), |c| c.settings.owner(exception.kind))
}

/// A kind as it is written everywhere.
#[must_use]
pub fn word(exception: &Exception) -> String {
    named(exception.kind)
}

/// A name of the domain as JSON has it.
#[must_use]
pub fn named(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
