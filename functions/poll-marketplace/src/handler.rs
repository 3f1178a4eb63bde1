//! A tick fans out; a message reads one page.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tallyman_app::{
    directory::Directory,
    poll::{Job, PageAsked, Poll, fan_out},
    ports::{Clock, Hint},
    step::{StepError, wake},
};
use tallyman_aws::{DynamoCursorStore, DynamoOrderStore, SqsHintQueue};
use tallyman_runtime::{
    Incoming, SystemClock,
    batch::{Record, each},
    event::work_until,
};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) cursors: DynamoCursorStore,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) margin: jiff::SignedDuration,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        self.directory.pace.ends_at(work_until(event.context.deadline));
        match Incoming::<Job>::read(event.payload)? {
            Incoming::Job(job) => {
                // Paused, removed or unauthorised ones are left out; they go on from their cursor.
                let connections = self.directory.usable_connections().await?;
                let hints = fan_out(&job, &connections, self.clock.now());
                wake(&self.queue, &hints, Duration::ZERO).await?;
                tracing::info!(job = ?job.job, messages = hints.len(), "the tick was fanned out");
                Ok(serde_json::json!({ "messages": hints.len() }))
            }
            // Pages of one connection follow each other; two at once serve two connections.
            Incoming::Batch(batch) => Ok(serde_json::to_value(each(batch, 2, |record| self.record(record)).await)?),
        }
    }

    async fn record(&self, record: Record) -> Result<(), StepError> {
        let poll = Poll {
            orders: &self.orders,
            cursors: &self.cursors,
            queue: &self.queue,
            clock: &*self.clock,
            margin: self.margin,
        };
        match record.hint {
            Hint::Poll { connection, listing, window, page, down } => {
                let connection = self.directory.connection(&connection).await?;
                if let Some(idle) = self.directory.idle(&connection).await? {
                    tracing::info!(connection = %connection.id, why = idle.words(), "not polled");
                    return Ok(());
                }
                let marketplace = self.directory.marketplace(&connection).await?;
                let asked = PageAsked { listing, window, page, down, last_try: record.last_try };
                let changed = poll.page(&connection, &*marketplace, asked).await?;
                tracing::info!(connection = %connection.id, ?listing, page, changed, "a page was recorded");
                Ok(())
            }
            Hint::Read { orders } => {
                let Some(first) = orders.first() else { return Ok(()) };
                let connection = self.directory.connection(&first.connection).await?;
                let marketplace = self.directory.marketplace(&connection).await?;
                poll.read_again(&connection, &*marketplace, &orders, record.last_try).await.map(|_| ())
            }
            other => Err(StepError::Unusable {
                address: "poll queue".into(),
                what: format!("a hint for {:?} came here", other.lane()),
            }),
        }
    }
}
