//! Each message names shipments that may lack a notice or its confirmation.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use std::sync::Arc;
use tallyman_app::{
    directory::Directory,
    notify::Notify,
    ports::Hint,
    step::{At, Outbox, StepError},
};
use tallyman_aws::{DynamoCarriers, DynamoOrderStore, SqsHintQueue};
use tallyman_runtime::{
    SystemClock,
    batch::{Record, each, each_shipment},
    event::work_until,
};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) carriers: DynamoCarriers,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) lease: SignedDuration,
    pub(crate) confirm_after: SignedDuration,
    pub(crate) dry_run: bool,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        self.directory.pace.ends_at(work_until(event.context.deadline));
        Ok(each(event.payload, 4, |record| self.record(record)).await)
    }

    async fn record(&self, record: Record) -> Result<(), StepError> {
        let Hint::Notify { shipments } = record.hint else {
            return Err(StepError::Unusable {
                address: "notify queue".into(),
                what: format!("a hint for {:?} came here", record.hint.lane()),
            });
        };
        let outbox = Outbox::default();
        let notify = Notify {
            orders: &self.orders,
            carriers: &self.carriers,
            queue: &outbox,
            clock: &*self.clock,
            lease: self.lease,
            confirm_after: self.confirm_after,
            dry_run: self.dry_run,
        };
        let notify = &notify;
        let done = each_shipment(&shipments, async |reference, shipment| {
            let connection = self.directory.connection(&reference.connection).await?;
            if connection.paused {
                return Ok(()); // it stays pending; `reconcile` wakes it when the connection goes on
            }
            let marketplace = self.directory.marketplace(&connection).await?;
            notify.notify(&connection, &*marketplace, reference, shipment).await
        })
        .await;
        outbox.flush(&self.queue).await.at("the next step's queue")?;
        done
    }
}
