//! Which kind of event woke the function.

use aws_lambda_events::sqs::SqsEvent;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A batch of messages, or a job that a schedule or a person asks for.
#[derive(Debug)]
pub enum Incoming<J> {
    /// From a queue.
    Batch(SqsEvent),
    /// From a schedule or by hand.
    Job(J),
}

/// An event that this function doesn't take.
#[derive(Debug, thiserror::Error)]
#[error("this event is neither a batch of messages nor a job: {what}")]
pub struct NotForMe {
    what: String,
}

impl<J: DeserializeOwned> Incoming<J> {
    /// Tells them apart by their shape.
    ///
    /// # Errors
    /// [`NotForMe`] with the reason; the event's values aren't repeated.
    pub fn read(event: Value) -> Result<Self, NotForMe> {
        let not = |error: serde_json::Error| NotForMe { what: format!("{error}") };
        if event.get("Records").is_some() {
            serde_json::from_value(event).map(Self::Batch).map_err(not)
        } else {
            serde_json::from_value(event).map(Self::Job).map_err(not)
        }
    }
}

/// A call may take this long, and what follows it a little longer.
const LAST_CALL: SignedDuration = SignedDuration::from_secs(25);

/// After this no call is begun; `deadline_ms` is the invocation's own, since 1970.
///
/// What is left goes back to the queue: a function that is stopped in the middle has failed, and after a few of those its messages are dead letters.
#[must_use]
pub fn work_until(deadline_ms: u64) -> Timestamp {
    let deadline = i64::try_from(deadline_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    deadline.map_or(Timestamp::MAX, |deadline| deadline - LAST_CALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Job {
        job: String,
    }

    #[test]
    fn a_batch_and_a_job_are_told_apart_and_anything_else_is_refused() {
        let batch = serde_json::json!({"Records": [{"messageId": "1", "body": "{}"}]});
        assert!(matches!(Incoming::<Job>::read(batch), Ok(Incoming::Batch(_))));
        match Incoming::<Job>::read(serde_json::json!({"job": "import"})) {
            Ok(Incoming::Job(job)) => assert_eq!(job.job, "import"),
            other => panic!("{other:?}"),
        }
        assert!(Incoming::<Job>::read(serde_json::json!({"jobb": "import"})).is_err());
    }
}
