//! One run over all connections.

use super::{Refresh, Renewal, Told, tell};
use crate::{authorise::finish_removal, connection::Connection, ports::Announcer};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tallyman_domain::ConnectionId;

/// A renewal in doubt is looked at again within the same run when that isn't long from now.
const WAIT_MAX: SignedDuration = SignedDuration::from_secs(70);

/// What a schedule or a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Which.
    pub job: JobKind,
    /// One connection only, whose tokens are then renewed whether that is due or not; all that are due when absent.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
}

/// The jobs of refresh-tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Renew what is due, warn of what ends, finish what died.
    Refresh,
}

/// What became of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Which.
    pub connection: ConnectionId,
    /// `not_due`, `renewed`, `by_another`, `later`, `needs_reauth`, `removed`, `failed`, `no_time`.
    pub outcome: &'static str,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Days before the end that the operator was warned of in this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warned_days: Option<u32>,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Each connection.
    pub connections: Vec<Outcome>,
    /// How many couldn't be looked at: the run as a whole failed, and the next one tries again.
    pub failed: usize,
}

impl Refresh<'_> {
    /// Looks at all connections, or the one that is asked for. One connection's trouble keeps no other from being looked at.
    /// After `until` no renewal begins: one whose process is stopped before it has stored the new pair has lost it.
    ///
    /// # Errors
    /// [`crate::step::StepError`] when the connections can't be read, or the one asked for isn't there.
    pub async fn round(
        &self,
        job: &Job,
        announcer: &dyn Announcer,
        until: Timestamp,
    ) -> Result<Round, crate::step::StepError> {
        let connections = match &job.connection {
            Some(id) => vec![self.directory.connection(id).await?],
            None => self.directory.connections().await?,
        };
        let asked = job.connection.is_some();
        let mut outcomes = Vec::new();
        for connection in &connections {
            outcomes.push(self.one(connection, asked, announcer, until).await);
        }
        // A doubt lasts as long as nobody looks; tokens that may be dead make every function of the connection wait.
        let soon = |at: Timestamp| at.duration_since(self.now()) <= WAIT_MAX && at < until;
        let again: Vec<usize> =
            (0..outcomes.len()).filter(|place| outcomes[*place].not_before.is_some_and(soon)).collect();
        if let Some(last) = again.iter().filter_map(|place| outcomes[*place].not_before).max() {
            self.directory.clock.sleep(Duration::try_from(last.duration_since(self.now())).unwrap_or_default()).await;
        }
        for place in again {
            if self.now() >= until {
                break;
            }
            let warned_days = outcomes[place].warned_days;
            let outcome = self.one(&connections[place], asked, announcer, until).await;
            outcomes[place] = Outcome { warned_days: outcome.warned_days.or(warned_days), ..outcome };
        }
        let failed = outcomes.iter().filter(|o| matches!(o.outcome, "failed" | "no_time")).count();
        Ok(Round { connections: outcomes, failed })
    }

    async fn one(&self, connection: &Connection, asked: bool, announcer: &dyn Announcer, until: Timestamp) -> Outcome {
        let id = connection.id.clone();
        let outcome = |outcome| Outcome { connection: id.clone(), outcome, not_before: None, warned_days: None };
        let failed = |error: &dyn std::error::Error| {
            tracing::error!(connection = %id, error = %chain(error), "the authorisation can't be looked after");
            outcome("failed")
        };
        if connection.removed {
            return match self.clear(connection).await {
                Ok(()) => outcome("removed"),
                Err(error) => failed(&error),
            };
        }
        if self.now() >= until {
            return outcome("no_time");
        }
        let renewal = match self.renew(connection, asked).await {
            Ok(renewal) => renewal,
            Err(error) => return failed(&error),
        };
        let told = match tell(self, connection, announcer).await {
            Ok(told) => told,
            Err(error) => return failed(&error),
        };
        let (word, not_before) = match renewal {
            Renewal::NotDue => ("not_due", None),
            Renewal::Renewed => ("renewed", None),
            Renewal::ByAnother => ("by_another", None),
            Renewal::Later(at) => ("later", Some(at)),
            Renewal::NeedsReauth(_) => ("needs_reauth", None),
        };
        let warned_days = if let Told::Warned(days) = told { Some(days) } else { None };
        Outcome { not_before, warned_days, ..outcome(word) }
    }

    /// A removal that died on its way leaves its authorisation as a mark.
    async fn clear(&self, connection: &Connection) -> super::Done<()> {
        if self.known(connection).await?.is_none() {
            return Ok(());
        }
        finish_removal(self.directory, connection).await.map_err(|e| self.store(connection, e))
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
