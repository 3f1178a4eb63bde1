//! Each message names shipments that may lack a proof.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use std::sync::{Arc, Mutex, PoisonError};
use tallyman_app::{
    directory::Directory,
    ports::Hint,
    proof::{Draw, UploadProof},
    step::{At, Outbox, StepError},
};
use tallyman_aws::{DynamoOrderStore, S3Vault, SqsHintQueue};
use tallyman_domain::ProofFacts;
use tallyman_proof::{ProofError, Renderer};
use tallyman_runtime::{
    SystemClock,
    batch::{Record, each, each_shipment},
    event::work_until,
};

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) vault: S3Vault,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) pen: Pen,
    pub(crate) dry_run: bool,
}

/// The renderer, made once: it keeps the shaped fonts.
pub(crate) struct Pen(Mutex<Renderer>);

impl Pen {
    pub(crate) fn new() -> Result<Self, ProofError> {
        Renderer::new().map(|renderer| Self(Mutex::new(renderer)))
    }
}

impl Draw for Pen {
    fn draw(&self, facts: &ProofFacts) -> Result<Vec<u8>, String> {
        // A panic in an earlier page leaves caches, nothing else: the renderer can go on.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).render(facts).map_err(|error| error.to_string())
    }
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        self.directory.pace.ends_at(work_until(event.context.deadline));
        // Drawing is CPU; a few at once overlap one's drawing with the others' uploads.
        Ok(each(event.payload, 4, |record| self.record(record)).await)
    }

    async fn record(&self, record: Record) -> Result<(), StepError> {
        let Hint::Proof { shipments } = record.hint else {
            return Err(StepError::Unusable {
                address: "proof queue".into(),
                what: format!("a hint for {:?} came here", record.hint.lane()),
            });
        };
        let outbox = Outbox::default();
        let prove = UploadProof {
            orders: &self.orders,
            vault: &self.vault,
            queue: &outbox,
            clock: &*self.clock,
            draw: &self.pen,
            dry_run: self.dry_run,
        };
        let prove = &prove;
        let done = each_shipment(&shipments, async |reference, shipment| {
            let connection = self.directory.connection(&reference.connection).await?;
            if connection.paused {
                return Ok(()); // it stays pending; `reconcile` wakes it when the connection goes on
            }
            let marketplace = self.directory.marketplace(&connection).await?;
            prove.prove(&connection, &*marketplace, reference, shipment).await
        })
        .await;
        outbox.flush(&self.queue).await.at("the next step's queue")?;
        done
    }
}
