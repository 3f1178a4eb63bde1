//! One run looks at every connection's unfinished orders.

use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tallyman_app::{
    connection::Connection,
    directory::Idle,
    ports::{AuthorisationStore, Clock, ConfigStore},
    reconcile::{self, Reach, Woken},
};
use tallyman_aws::{CachedConfig, DynamoOrderStore, SqsHintQueue};
use tallyman_domain::ConnectionId;
use tallyman_runtime::{SystemClock, telemetry::chain};

pub(crate) struct Handler {
    pub(crate) config: CachedConfig,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) queue: SqsHintQueue,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) stuck_after: SignedDuration,
}

/// What a schedule or a person asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    #[serde(rename = "job")]
    _job: JobKind,
    #[serde(default)]
    connection: Option<ConnectionId>,
    /// Wake what is older than this; the function's own setting when absent.
    #[serde(default)]
    older_than_s: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JobKind {
    Reconcile,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Job>) -> Result<Value, Error> {
        let job = event.payload;
        let older_than = job.older_than_s.map_or(self.stuck_after, |s| SignedDuration::from_secs(i64::from(s)));
        let (mut done, mut failure) = (Vec::new(), None);
        let (connections, known) = (self.config.connections().await?, self.config.authorisations().await?);
        let asked = |c: &&Connection| job.connection.as_ref().is_none_or(|only| *only == c.id);
        for connection in connections.iter().filter(asked) {
            let authorisation = known.iter().find(|a| a.connection == connection.id);
            let reach = match Idle::of(connection, authorisation, self.clock.now()) {
                Some(Idle::Removed) => continue,
                Some(_) => Reach::WarehouseOnly,
                None => Reach::Everybody,
            };
            // One connection's trouble keeps no other from being looked at.
            match reconcile::run_within(reach, &self.orders, &self.queue, &*self.clock, connection, older_than).await {
                Ok(woken) => {
                    report(connection.id.as_str(), woken);
                    done.push(json!({ "connection": connection.id, "looked_at": woken.looked_at, "woken": woken.woken, "to_read": woken.to_read }));
                }
                Err(error) => {
                    tracing::error!(connection = %connection.id, error = chain(&error), "the connection can't be reconciled");
                    failure = Some(error);
                }
            }
        }
        failure.map_or_else(|| Ok(json!({ "connections": done })), |error| Err(error.into()))
    }
}

/// What had to be healed is itself a signal: the usual way had missed it.
fn report(connection: &str, woken: Woken) {
    if woken.woken + woken.to_read > 0 {
        tracing::warn!(
            connection,
            looked_at = woken.looked_at,
            woken = woken.woken,
            to_read = woken.to_read,
            "stuck orders were woken"
        );
    } else {
        tracing::info!(connection, looked_at = woken.looked_at, "nothing is stuck");
    }
}
