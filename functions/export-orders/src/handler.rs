//! The orders of all messages of a batch go out together, a hundred to a call: ShipStation's limit is on calls.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use std::{collections::BTreeSet, sync::Arc};
use tallyman_app::{
    connection::{Account, Connection},
    directory::Directory,
    export::{Export, ORDERS_A_CALL_MAX},
    ports::Hint,
    step::StepError,
};
use tallyman_aws::{DynamoBudgetStore, DynamoOrderStore, SqsHintQueue};
use tallyman_domain::OrderRef;
use tallyman_runtime::{
    SystemClock,
    batch::{self, answer, settled},
    event::work_until,
};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) budgets: DynamoBudgetStore,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) dry_run: bool,
}

/// Which messages asked for an order.
struct Asked {
    message: String,
    orders: Vec<OrderRef>,
    came_back: bool,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let (records, mut failed) = batch::read(event.payload);
        let mut asked = Vec::new();
        for record in records {
            match record.hint {
                Hint::Export { orders } => {
                    asked.push(Asked { message: record.id, orders, came_back: record.came_back })
                }
                other => {
                    tracing::error!(message = record.id, lane = ?other.lane(), "a hint for another queue came here");
                    failed.push(record.id);
                }
            }
        }
        let missed = match self.directory().await {
            Ok((accounts, connections)) => {
                let until = work_until(event.context.deadline);
                self.export(&accounts, &connections, &asked, until).await
            }
            Err(error) => {
                tracing::error!(error = tallyman_runtime::telemetry::chain(&error), "the configuration can't be read");
                asked.iter().flat_map(|a| a.orders.iter().cloned()).collect()
            }
        };
        failed.extend(asked.into_iter().filter(|a| a.orders.iter().any(|o| missed.contains(o))).map(|a| a.message));
        Ok(answer(failed))
    }

    async fn directory(&self) -> Result<(Vec<Account>, Vec<Connection>), StepError> {
        let mut connections = self.directory.connections().await?;
        connections.retain(|c| !c.removed);
        Ok((self.directory.accounts().await?, connections))
    }

    /// Returns the orders whose messages have to come back.
    async fn export(
        &self,
        accounts: &[Account],
        connections: &[Connection],
        asked: &[Asked],
        until: Timestamp,
    ) -> BTreeSet<OrderRef> {
        let all: BTreeSet<OrderRef> = asked.iter().flat_map(|a| a.orders.iter().cloned()).collect();
        let again: BTreeSet<&OrderRef> = asked.iter().filter(|a| a.came_back).flat_map(|a| &a.orders).collect();
        let mut missed = BTreeSet::new();
        for account in accounts {
            let of_account =
                |o: &&OrderRef| connections.iter().any(|c| c.id == o.connection && c.account == account.id);
            let mine: Vec<OrderRef> = all.iter().filter(of_account).cloned().collect();
            for chunk in mine.chunks(ORDERS_A_CALL_MAX) {
                // A failure, or a panic, fails the messages of this call and no others.
                let doubted = chunk.iter().filter(|o| again.contains(o)).cloned().collect();
                if !settled(account.id.as_str(), self.chunk(account, connections, chunk, doubted, until)).await {
                    missed.extend(chunk.iter().cloned());
                }
            }
        }
        missed
    }

    async fn chunk(
        &self,
        account: &Account,
        connections: &[Connection],
        orders: &[OrderRef],
        doubted: Vec<OrderRef>,
        until: Timestamp,
    ) -> Result<(), StepError> {
        let export = Export {
            orders: &self.orders,
            budgets: &self.budgets,
            queue: &self.queue,
            clock: &*self.clock,
            until,
            dry_run: self.dry_run,
        };
        if !doubted.is_empty() {
            export.doubt(connections, &doubted).await?;
        }
        if !export.has_room(account, orders).await? {
            return Ok(());
        }
        let ready = export.ready(account, connections, orders).await?;
        if ready.is_empty() {
            return Ok(());
        }
        let warehouse = self.directory.warehouse(account).await?;
        let sent = ready.len();
        let taken = export.send(account, &*warehouse, ready).await?;
        tracing::info!(account = %account.id, sent, taken, "orders went to ShipStation");
        Ok(())
    }
}
