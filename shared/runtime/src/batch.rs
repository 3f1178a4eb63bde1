//! A batch of messages, record by record: what fails, fails alone.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, StreamExt, stream};
use std::{future::Future, panic::AssertUnwindSafe};
use tallyman_app::{ports::Hint, step::StepError};
use tallyman_domain::{OrderRef, ShipmentId};

use crate::telemetry::chain;

/// After this many receives a record is on its last useful try (the queue gives five).
const LAST_TRY: u32 = 3;

/// One message.
#[derive(Debug, Clone)]
pub struct Record {
    /// SQS's id, by which a failure is reported.
    pub id: String,
    /// What it says.
    pub hint: Hint,
    /// It was received before, and whoever received it didn't come to its end.
    pub came_back: bool,
    /// It came several times already.
    pub last_try: bool,
}

/// The readable records, and the failures so far. A body that doesn't decode fails its own record only; it ends in
/// the dead-letter queue, where a person finds it.
#[must_use]
pub fn read(event: SqsEvent) -> (Vec<Record>, Vec<String>) {
    let (mut records, mut failed) = (Vec::new(), Vec::new());
    for message in event.records {
        let receives = receive_count(&message);
        // A record without an id can't be reported alone: an unknown id would fail the whole batch.
        let Some(id) = message.message_id.filter(|id| !id.is_empty()) else {
            tracing::error!("a message without an id can't be reported and is left out");
            continue;
        };
        match serde_json::from_str::<Hint>(message.body.as_deref().unwrap_or_default()) {
            Ok(hint) => records.push(Record { id, hint, came_back: receives > 1, last_try: receives >= LAST_TRY }),
            Err(error) => {
                tracing::error!(message = id, error = %error.classify_text(), "the message is no hint of ours");
                failed.push(id);
            }
        }
    }
    (records, failed)
}

trait ClassifyText {
    fn classify_text(&self) -> String;
}
impl ClassifyText for serde_json::Error {
    /// Where and which class, without the body's own words.
    fn classify_text(&self) -> String {
        format!("{:?} error at line {} column {}", self.classify(), self.line(), self.column())
    }
}

fn receive_count(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Works on the records, some at once; a failure or a panic fails the record it happened in.
pub async fn each<F, W>(event: SqsEvent, at_once: usize, work: W) -> SqsBatchResponse
where
    W: Fn(Record) -> F,
    F: Future<Output = Result<(), StepError>>,
{
    let (records, mut failed) = read(event);
    let work = &work;
    let outcomes: Vec<Option<String>> = stream::iter(records)
        .map(|record| async move {
            let id = record.id.clone();
            (!settled(&id, work(record)).await).then_some(id)
        })
        .buffer_unordered(at_once.max(1))
        .collect()
        .await;
    failed.extend(outcomes.into_iter().flatten());
    answer(failed)
}

/// Works on the shipments of one message. One that fails lets the others go on; the message comes back for it.
///
/// # Errors
/// The last failure.
pub async fn each_shipment(
    shipments: &[(OrderRef, ShipmentId)],
    work: impl AsyncFn(&OrderRef, &ShipmentId) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let mut failed = None;
    for (reference, shipment) in shipments {
        if let Err(error) = work(reference, shipment).await {
            tracing::warn!(order = %reference, shipment = %shipment, error = chain(&error), "the shipment failed");
            // A connection that waits for a person doesn't hide what has to come back.
            let parked = matches!(error, StepError::NeedsReauth { .. });
            failed = if parked { failed.or(Some(error)) } else { Some(error) };
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Did it succeed? Otherwise it is logged, once, here.
pub async fn settled(id: &str, work: impl Future<Output = Result<(), StepError>>) -> bool {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(())) => true,
        // What is pending stays so in the state, and is woken when a person has acted.
        Ok(Err(error @ StepError::NeedsReauth { .. })) => {
            tracing::warn!(
                message = id,
                error = chain(&error),
                "the connection can't be used; the message is done with"
            );
            true
        }
        Ok(Err(error)) => {
            tracing::error!(message = id, error = chain(&error), "the message failed and will come back");
            false
        }
        Err(_) => {
            tracing::error!(message = id, "the message panicked and will come back");
            false
        }
    }
}

/// What SQS is told.
#[must_use]
pub fn answer(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(bodies: &[&str]) -> SqsEvent {
        let records: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(i, body)| serde_json::json!({"messageId": format!("m{i}"), "body": body}))
            .collect();
        serde_json::from_value(serde_json::json!({ "Records": records })).unwrap()
    }

    fn failures(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect()
    }

    #[tokio::test]
    async fn of_every_subset_of_bad_records_exactly_the_bad_ones_fail() {
        let good = r#"{"hint":"export","orders":[]}"#;
        let kinds = [
            good,
            "not json",
            r#"{"hint":"poll","connection":"panics","listing":"modified"}"#,
            r#"{"hint":"sweep","account":"fails"}"#,
        ];
        for a in 0..kinds.len() {
            for b in 0..kinds.len() {
                for c in 0..kinds.len() {
                    let bodies = [kinds[a], kinds[b], kinds[c]];
                    let response = each(event(&bodies), 2, |record| async move {
                        match record.hint {
                            Hint::Poll { .. } => panic!("poison"),
                            Hint::Sweep { .. } => Err(StepError::Unusable { address: "x".into(), what: "y".into() }),
                            _ => Ok(()),
                        }
                    })
                    .await;
                    let expected: Vec<String> =
                        (0..3).filter(|i| bodies[*i] != good).map(|i| format!("m{i}")).collect();
                    let mut got = failures(&response);
                    got.sort_unstable();
                    assert_eq!(got, expected, "{bodies:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_message_of_a_connection_that_needs_a_person_is_acknowledged() {
        let body = r#"{"hint":"export","orders":[]}"#;
        let parked = || StepError::NeedsReauth { address: "x".into(), why: tallyman_app::directory::Idle::Paused };
        assert!(failures(&each(event(&[body, body]), 2, |_| async { Err(parked()) }).await).is_empty());
    }

    #[tokio::test]
    async fn an_empty_or_missing_id_is_never_reported() {
        let event =
            serde_json::from_value(serde_json::json!({"Records": [{"messageId": "", "body": "x"}, {"body": "x"}]}))
                .unwrap();
        assert!(failures(&each(event, 1, |_| async { Ok(()) }).await).is_empty());
    }
}
