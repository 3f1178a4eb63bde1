//! One run looks at every connection's unfinished orders, compares both sides, and tells people.

use crate::metrics;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tallyman_app::{
    browse::{
        self, Browse,
        pulse::{note_point, point},
    },
    connection::{Account, Connection},
    directory::{Directory, Idle},
    ports::{Clock, OrderStore, StoreError},
    reconcile::{
        Known, Looked, Reach,
        compare::{Compare, Depth, Outcome},
        cursors::WatchCursors,
        healed::{note_healed, note_rows},
        in_turn, look,
        report::Report,
        share,
        tell::Tell,
    },
    step::{At, StepError},
};
use tallyman_aws::{
    DynamoBudgetStore, DynamoCursorStore, DynamoNotes, DynamoOrderStore, DynamoShelves, S3Vault, SnsAnnouncer,
    SqsHintQueue,
};
use tallyman_domain::{ConnectionId, Exception};
use tallyman_runtime::{SystemClock, event::work_until, telemetry::chain};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) shelves: DynamoShelves,
    pub(crate) cursors: DynamoCursorStore,
    pub(crate) notes: DynamoNotes,
    pub(crate) budgets: DynamoBudgetStore,
    pub(crate) vault: S3Vault,
    pub(crate) queue: SqsHintQueue,
    /// None where the function knows no topic: then nobody is told.
    pub(crate) announcer: Option<SnsAnnouncer>,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) stuck_after: SignedDuration,
    pub(crate) alert_bars_h: Vec<u32>,
    pub(crate) stack: String,
    pub(crate) dry_run: bool,
}

/// What a schedule or a person asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    job: JobKind,
    /// Only wake what is stuck of this one; nothing is compared then.
    #[serde(default)]
    connection: Option<ConnectionId>,
    /// Wake what is older than this; the function's own setting when absent.
    #[serde(default)]
    older_than_s: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JobKind {
    /// Every hour.
    Reconcile,
    /// Once a day.
    ReconcileDeep,
    /// Once a day: people are told how things stand.
    Digest,
}

/// What all steps of a run share.
struct Run {
    connections: Vec<Connection>,
    usable: BTreeSet<ConnectionId>,
    /// Since when each connection is authorised.
    since: BTreeMap<ConnectionId, Timestamp>,
    report: Report,
    failure: Option<Error>,
    until: Timestamp,
}

impl Run {
    /// One part's trouble keeps no other from its turn; the run ends with an error, which is an alarm.
    fn failed(&mut self, address: &str, error: impl std::error::Error + Send + Sync + 'static) {
        tracing::error!(address, error = chain(&error), "a part of the run failed");
        self.failure = Some(error.into());
    }
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Job>) -> Result<Value, Error> {
        let job = event.payload;
        let connections = self.directory.connections().await?;
        let until = work_until(event.context.deadline);
        let (report, failure) = (Report::default(), None);
        let (usable, since) = (BTreeSet::new(), BTreeMap::new());
        let mut run = Run { connections, usable, since, report, failure, until };
        let (done, known) = self.look(&job, &mut run).await?;
        let mut answer = json!({ "connections": done });
        // Where nothing is sent, both sides can't agree: there is nothing to compare.
        if job.connection.is_none() && !self.dry_run {
            answer["accounts"] = self.compare(job.job, &known, &mut run).await?;
            answer["report"] = serde_json::to_value(&run.report)?;
            metrics::write(&run.report, &self.stack, self.clock.now());
        }
        run.failure.map_or(Ok(answer), Err)
    }

    async fn look(&self, job: &Job, run: &mut Run) -> Result<(Vec<Value>, Known), Error> {
        let older_than = job.older_than_s.map_or(self.stuck_after, |s| SignedDuration::from_secs(i64::from(s)));
        let authorisations = self.directory.authorisations.authorisations().await?;
        let (mut done, mut known) = (Vec::new(), Known::default());
        // Half of the time is the comparison's.
        let until = share(self.clock.now(), run.until, 2);
        let asked = |c: &&Connection| job.connection.as_ref().is_none_or(|only| *only == c.id);
        for connection in &in_turn(run.connections.clone(), self.clock.now()) {
            let authorisation = authorisations.iter().find(|a| a.connection == connection.id);
            let reach = match Idle::of(connection, authorisation, self.clock.now()) {
                Some(Idle::Removed) => continue,
                Some(_) => Reach::WarehouseOnly,
                None => Reach::Everybody,
            };
            if reach == Reach::Everybody {
                run.usable.insert(connection.id.clone());
                run.since.extend(authorisation.map(|known| (connection.id.clone(), known.granted_at)));
            }
            if !asked(&connection) {
                continue;
            }
            if self.clock.now() >= until {
                tracing::warn!(connection = %connection.id, "no time was left to look at its orders; the next run begins with another connection");
                known.unseen.insert(connection.id.clone());
                done.push(json!({ "connection": connection.id, "skipped": "no time was left" }));
                continue;
            }
            match look(reach, &self.orders, &self.queue, &*self.clock, connection, older_than).await {
                Ok(looked) => {
                    log(connection.id.as_str(), &looked);
                    let woken = looked.woken;
                    done.push(json!({ "connection": connection.id, "looked_at": woken.looked_at, "woken": woken.woken, "to_read": woken.to_read }));
                    run.report.looked(&looked);
                    known.looked(looked);
                }
                Err(error) => {
                    known.unseen.insert(connection.id.clone());
                    run.failed(connection.id.as_str(), error);
                }
            }
        }
        Ok((done, known))
    }

    async fn compare(&self, job: JobKind, known: &Known, run: &mut Run) -> Result<Value, Error> {
        let open = self.orders.exceptions().await?;
        let accounts = self.directory.accounts().await?;
        let mut done = Vec::new();
        let depth = match job {
            JobKind::Reconcile => Some(Depth::Light),
            JobKind::ReconcileDeep => Some(Depth::Deep),
            JobKind::Digest => None,
        };
        let whole = run.until;
        let turns = in_turn(accounts.iter().filter(|_| depth.is_some()).collect(), self.clock.now());
        for (turn, account) in turns.iter().enumerate() {
            run.until = share(self.clock.now(), whole, turns.len() - turn);
            match self.account(account, depth.unwrap_or(Depth::Light), known, &open, run).await {
                Ok(outcome) => {
                    tracing::info!(account = %account.id, compared = outcome.compared, calls = outcome.calls, healed = outcome.healed(), opened = outcome.opened, cleared = outcome.cleared, complete = outcome.complete, "both sides were compared");
                    run.report.compared(&outcome);
                    done.push(json!({ "account": account.id, "outcome": outcome }));
                }
                Err(error) => run.failed(account.id.as_str(), error),
            }
        }
        let clock: &dyn Clock = &*self.clock;
        let (orders, cursors, queue, since) = (&self.orders, &self.cursors, &self.queue, &run.since);
        let watch = WatchCursors { orders, cursors, queue, clock, since, open: &open };
        match watch.run(&run.connections, &run.usable, &accounts).await {
            Ok(cursors) => run.report.cursors(&cursors),
            Err(error) => run.failed("cursors", error),
        }
        match note_healed(&self.notes, run.report.healed, self.clock.now()).await {
            Ok(healed) => run.report.healed_day = healed,
            Err(error) => run.failed("what was healed", error),
        }
        if let Err(error) = note_rows(&self.notes, &run.report.rows, run.report.healed, self.clock.now()).await {
            run.failed("the rows of what was healed", error);
        }
        if let Err(error) = self.take_pulse(job, run).await {
            run.failed("counting", error);
        }
        self.tell(job, run).await?;
        Ok(Value::Array(done))
    }

    async fn account(
        &self,
        account: &Account,
        depth: Depth,
        known: &Known,
        open: &[(String, Exception)],
        run: &Run,
    ) -> Result<Outcome, StepError> {
        let warehouse = self.directory.warehouse(account).await?;
        let compare = Compare {
            orders: &self.orders,
            notes: &self.notes,
            budgets: &self.budgets,
            vault: &self.vault,
            shelves: &self.shelves,
            queue: &self.queue,
            clock: &*self.clock,
            account,
            connections: &run.connections,
            usable: &run.usable,
            warehouse: &*warehouse,
            open,
            until: run.until,
        };
        compare.run(depth, known).await
    }

    /// Counts, for the console: how many orders there are on each pile, and how long things take.
    async fn take_pulse(&self, job: JobKind, run: &Run) -> Result<(), StoreError> {
        let depth = match job {
            JobKind::Reconcile => browse::Depth::Newest,
            JobKind::ReconcileDeep => browse::Depth::All,
            JobKind::Digest => return Ok(()),
        };
        let browse = Browse { shelves: &self.shelves, orders: &self.orders, notes: &self.notes };
        let connections: Vec<ConnectionId> = run.connections.iter().map(|c| c.id.clone()).collect();
        let tally = browse.count_all(&connections, depth, self.clock.now()).await?;
        let open = self.orders.exceptions().await?.len();
        let lags = browse.lags(&connections, tally.at).await?;
        note_point(&self.notes, &point(&tally, open, run.report.healed, lags)).await
    }

    /// What this run opened is told by this run.
    async fn tell(&self, job: JobKind, run: &mut Run) -> Result<(), Error> {
        let open = self.orders.exceptions().await.at("exceptions")?;
        let lowest = self.alert_bars_h.iter().copied().min().unwrap_or_default();
        run.report.exceptions(&open, &run.connections, lowest, self.clock.now());
        let Some(announcer) = &self.announcer else {
            tracing::warn!("TALLYMAN_ALARM_TOPIC is not set: nobody is told of deadlines");
            return Ok(());
        };
        let connections = run.connections.clone();
        let tell = Tell {
            notes: &self.notes,
            announcer,
            clock: &*self.clock,
            connections: &connections,
            bars_h: &self.alert_bars_h,
        };
        if let Err(error) = tell.alerts(&open).await {
            run.failed("alerts", error);
        }
        if job == JobKind::Digest
            && let Err(error) = tell.digest(&run.report).await
        {
            run.failed("digest", error);
        }
        Ok(())
    }
}

/// What had to be healed is itself a signal: the usual way had missed it.
fn log(connection: &str, looked: &Looked) {
    let woken = looked.woken;
    if woken.woken + woken.to_read > 0 {
        tracing::warn!(
            connection,
            looked_at = woken.looked_at,
            woken = woken.woken,
            to_read = woken.to_read,
            stuck = looked.stuck,
            "stuck orders were woken"
        );
    } else {
        tracing::info!(connection, looked_at = woken.looked_at, "nothing is stuck");
    }
}
