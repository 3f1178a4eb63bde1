//! receive-webhook: verifies the raw bytes, puts a hint on the queue, answers. Nothing is believed, nothing fetched.

use crate::{
    connection::Account,
    ports::{Hint, HintQueue, SweepStep},
    step::{At, StepError, wake},
};
use std::time::Duration;

/// What a webhook says, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// These shipments: a resource on the allow-list.
    Resource(String),
    /// Something changed; which shipments it was, a sweep finds.
    Something,
}

/// Puts the hint on the queue.
///
/// # Errors
/// [`StepError`]: the sender must be told to come again.
pub async fn accept(queue: &dyn HintQueue, account: &Account, told: Told) -> Result<(), StepError> {
    let account_id = account.id.clone();
    let hint = match told {
        Told::Resource(resource_url) => Hint::Follow { account: account_id, resource_url, page: 0 },
        Told::Something => {
            Hint::Sweep { account: account_id, window: None, from: SweepStep::default(), unless_recent: true }
        }
    };
    wake(queue, &[hint], Duration::ZERO).await.at(&account.id)
}
