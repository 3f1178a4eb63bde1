//! Hints through SQS.

use crate::failure::{AwsFailure, failed};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};
use tallyman_app::ports::{Hint, HintQueue, Lane, StoreError};

const BATCH_ENTRIES_MAX: usize = 10;
const BATCH_BYTES_MAX: usize = 256 * 1024;
/// A hint that is longer is sent as two: room is left for what a redrive or a trace header adds.
const BODY_BYTES_MAX: usize = 200 * 1024;
const DELAY_S_MAX: u64 = 900;
const TRIES_MAX: u32 = 2;

/// One SQS queue a lane.
#[derive(Clone)]
pub struct SqsHintQueue {
    client: Client,
    urls: HashMap<Lane, String>,
}

impl SqsHintQueue {
    /// With the URLs of the lanes that this function may send to.
    #[must_use]
    pub fn new(config: &SdkConfig, urls: HashMap<Lane, String>) -> Self {
        Self { client: Client::new(config), urls }
    }

    async fn send_batch(&self, lane: Lane, url: &str, bodies: Vec<String>, delay_s: i32) -> Result<(), StoreError> {
        let failure = |why| StoreError::Failed { what: "send", key: format!("{lane:?}"), source: Box::new(why) };
        let mut left: Vec<(String, String)> = bodies.into_iter().enumerate().map(|(i, b)| (i.to_string(), b)).collect();
        let mut why = String::new();
        for _ in 0..TRIES_MAX {
            let entry = |(id, body): &(String, String)| {
                SendMessageBatchRequestEntry::builder().id(id).message_body(body).delay_seconds(delay_s).build()
            };
            let entries = left.iter().map(entry).collect::<Result<Vec<_>, _>>();
            let entries = entries.map_err(|e| failure(AwsFailure::ours("not sent", e.to_string())))?;
            let call = self.client.send_message_batch().queue_url(url).set_entries(Some(entries));
            let answer = call.send().await.map_err(failed("send", format!("{lane:?}")))?;
            // Only what is named as accepted is accepted.
            let accepted: HashSet<&str> = answer.successful().iter().map(|e| e.id()).collect();
            left.retain(|(id, _)| !accepted.contains(id.as_str()));
            if left.is_empty() {
                return Ok(());
            }
            why = answer.failed().first().map_or_else(|| "no reason given".to_owned(), |e| e.code().to_owned());
        }
        Err(failure(AwsFailure::ours("not accepted", format!("{} messages of a batch: {why}", left.len()))))
    }
}

#[async_trait]
impl HintQueue for SqsHintQueue {
    async fn send(&self, hints: &[Hint], delay: Duration) -> Result<(), StoreError> {
        // Rounded up: never before its time.
        let delay_s = (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).min(DELAY_S_MAX);
        let delay_s = i32::try_from(delay_s).unwrap_or(0);
        let mut lanes: BTreeMap<u8, (Lane, Vec<String>)> = BTreeMap::new();
        for hint in hints {
            lanes.entry(hint.lane() as u8).or_insert_with(|| (hint.lane(), Vec::new())).1.extend(bodies(hint)?);
        }
        for (lane, bodies) in lanes.into_values() {
            let url = self.urls.get(&lane).ok_or_else(|| StoreError::Failed {
                what: "send",
                key: format!("{lane:?}"),
                source: Box::new(AwsFailure::ours("not sent", "this function was given no queue for it")),
            })?;
            for batch in batches(bodies) {
                self.send_batch(lane, url, batch, delay_s).await?;
            }
        }
        Ok(())
    }
}

/// The hint as one message, or as several when it is too long for one.
fn bodies(hint: &Hint) -> Result<Vec<String>, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { key: format!("{:?}", hint.lane()), what };
    let body = serde_json::to_string(hint).map_err(|e| corrupt(e.to_string()))?;
    if body.len() <= BODY_BYTES_MAX {
        return Ok(vec![body]);
    }
    if let Some(halves) = halves(hint) {
        return Ok([bodies(&halves.0)?, bodies(&halves.1)?].concat());
    }
    if body.len() <= BATCH_BYTES_MAX {
        return Ok(vec![body]);
    }
    Err(corrupt(format!("a hint of {} bytes is longer than a message may be", body.len())))
}

fn halves(hint: &Hint) -> Option<(Hint, Hint)> {
    fn half<T: Clone>(all: &[T]) -> Option<(Vec<T>, Vec<T>)> {
        (all.len() > 1).then(|| all.split_at(all.len() / 2)).map(|(a, b)| (a.to_vec(), b.to_vec()))
    }
    match hint {
        Hint::Read { orders } => half(orders).map(|(a, b)| (Hint::Read { orders: a }, Hint::Read { orders: b })),
        Hint::Export { orders } => half(orders).map(|(a, b)| (Hint::Export { orders: a }, Hint::Export { orders: b })),
        Hint::Proof { shipments } => {
            half(shipments).map(|(a, b)| (Hint::Proof { shipments: a }, Hint::Proof { shipments: b }))
        }
        Hint::Notify { shipments } => {
            half(shipments).map(|(a, b)| (Hint::Notify { shipments: a }, Hint::Notify { shipments: b }))
        }
        Hint::Poll { .. } | Hint::Sweep { .. } | Hint::Follow { .. } | Hint::Subscriptions { .. } => None,
    }
}

/// As few requests as the two limits of a batch allow, in the given order.
fn batches(bodies: Vec<String>) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for body in bodies {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_ENTRIES_MAX && bytes + body.len() <= BATCH_BYTES_MAX => {
                bytes += body.len();
                batch.push(body);
            }
            _ => {
                bytes = body.len();
                batches.push(vec![body]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_batch_has_at_most_ten_messages_and_256_kb() {
        let small = batches(vec!["x".to_owned(); 25]);
        assert_eq!(small.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
        let large = batches(vec!["x".repeat(100 * 1024); 5]);
        assert_eq!(large.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert!(batches(vec![]).is_empty());
    }

    #[test]
    fn a_hint_too_long_for_a_message_is_split_and_loses_no_order() {
        let orders: Vec<_> = (0..10_000).map(|i| samples::numbered(8_000_000_000_000_000 + i)).collect();
        let parts = bodies(&Hint::Export { orders: orders.clone() }).unwrap();
        assert!(parts.len() > 1 && parts.iter().all(|p| p.len() <= BODY_BYTES_MAX));
        let read = |part: &String| match serde_json::from_str(part).unwrap() {
            Hint::Export { orders } => orders,
            other => panic!("{other:?}"),
        };
        assert_eq!(parts.iter().flat_map(read).collect::<Vec<_>>(), orders);
    }

    #[test]
    fn a_hint_of_ordinary_length_stays_one_message() {
        let shipments = vec![(samples::reference(), samples::shipment("s1").id); 100];
        assert_eq!(bodies(&Hint::Notify { shipments }).unwrap().len(), 1);
    }

    #[test]
    fn a_hint_that_no_message_can_carry_is_an_error() {
        let resource_url = "x".repeat(300 * 1024);
        let account = samples::state(1).account;
        assert!(bodies(&Hint::Follow { account, resource_url, page: 0 }).is_err());
    }
}
