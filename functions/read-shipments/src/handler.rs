//! A tick fans out to the accounts; a message sweeps one, or follows one webhook.

use crate::recent::Recent;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tallyman_app::{
    connection::Account,
    directory::Directory,
    ports::{Clock, Hint, SweepStep, Warehouse, Window},
    shipments::{ReadShipments, Sweep},
    step::{StepError, wake},
};
use tallyman_aws::{DynamoBudgetStore, DynamoCursorStore, DynamoOrderStore, SqsHintQueue};
use tallyman_domain::{AccountId, limit::CallClass};
use tallyman_runtime::{
    Incoming, SystemClock,
    batch::{Record, each},
    event::work_until,
};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) cursors: DynamoCursorStore,
    pub(crate) budgets: DynamoBudgetStore,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) recent: Recent,
    pub(crate) webhook_base_url: String,
    pub(crate) dry_run: bool,
}

/// What a schedule or a person asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    job: JobKind,
    #[serde(default)]
    account: Option<AccountId>,
    #[serde(default)]
    from: Option<Timestamp>,
    #[serde(default)]
    to: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JobKind {
    Sweep,
    Subscriptions,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        match Incoming::<Job>::read(event.payload)? {
            Incoming::Job(job) => self.job(&job).await,
            // One at a time: they share one account's budget anyway.
            Incoming::Batch(batch) => {
                let until = work_until(event.context.deadline);
                Ok(serde_json::to_value(each(batch, 1, |record| self.record(record, until)).await)?)
            }
        }
    }

    async fn job(&self, job: &Job) -> Result<Value, Error> {
        let accounts = self.directory.accounts().await?;
        let asked: Vec<&Account> =
            accounts.iter().filter(|a| job.account.as_ref().is_none_or(|only| *only == a.id)).collect();
        let now = self.clock.now();
        let window = job.from.map(|from| Window { from, to: job.to.unwrap_or(now) });
        let hint = |account: &&Account| match job.job {
            JobKind::Subscriptions => Hint::Subscriptions { account: account.id.clone() },
            JobKind::Sweep => Hint::Sweep {
                account: account.id.clone(),
                window,
                from: SweepStep::default(),
                page: 0,
                unless_recent: false,
            },
        };
        let hints: Vec<Hint> = asked.iter().map(hint).collect();
        wake(&self.queue, &hints, Duration::ZERO).await?;
        Ok(serde_json::json!({ "messages": hints.len() }))
    }

    async fn subscribe(
        &self,
        check: &ReadShipments<'_>,
        account: &Account,
        warehouse: &dyn Warehouse,
    ) -> Result<(), StepError> {
        if self.webhook_base_url.is_empty() || self.dry_run {
            tracing::info!(dry_run = self.dry_run, "no webhooks are subscribed; the sweeps find every shipment");
            return Ok(());
        }
        let secret = self.directory.account_secret(account, "webhook_secret").await?;
        let mended = check.subscribe(account, warehouse, &self.webhook_base_url, &secret).await?;
        if mended > 0 {
            tracing::info!(account = %account.id, mended, "webhook subscriptions were put right");
        }
        Ok(())
    }

    async fn record(&self, record: Record, until: Timestamp) -> Result<(), StepError> {
        let read = ReadShipments {
            orders: &self.orders,
            cursors: &self.cursors,
            budgets: &self.budgets,
            queue: &self.queue,
            clock: &*self.clock,
            // Without webhooks nobody finds out quickly what there is to tell; a sweep's share would in a busy hour never
            // be enough to subscribe them.
            class: match record.hint {
                Hint::Follow { .. } | Hint::Subscriptions { .. } => CallClass::Notice,
                _ => CallClass::Sweep,
            },
            until,
        };
        let (Hint::Sweep { account, .. } | Hint::Follow { account, .. } | Hint::Subscriptions { account }) =
            &record.hint
        else {
            return Err(StepError::Unusable {
                address: "shipments queue".into(),
                what: format!("a hint for {:?} came here", record.hint.lane()),
            });
        };
        let account = self.directory.account(account).await?;
        let connections = self.directory.connections().await?;
        let warehouse = self.directory.warehouse(&account).await?;
        match record.hint {
            Hint::Sweep { window, from, page, unless_recent, .. } => {
                read.sweep(&account, &connections, &*warehouse, Sweep { window, from, page, unless_recent }).await
            }
            Hint::Follow { resource_url, page, .. } => {
                if self.recent.has(&resource_url, page, self.clock.now()) {
                    return Ok(());
                }
                if read.follow(&account, &connections, &*warehouse, &resource_url, page).await? {
                    self.recent.add(&resource_url, page, self.clock.now());
                }
                Ok(())
            }
            Hint::Subscriptions { .. } => self.subscribe(&read, &account, &*warehouse).await,
            _ => Ok(()),
        }
    }
}
