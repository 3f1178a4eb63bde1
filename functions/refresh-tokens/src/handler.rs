//! One run looks after every connection's authorisation.

use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use tallyman_app::{
    authorise::ConnectAuthoriser,
    directory::Directory,
    ports::Announcer,
    refresh::{Job, Refresh},
};
use tallyman_aws::SnsAnnouncer;
use tallyman_runtime::event::work_until;

pub(crate) struct Handler {
    pub(crate) directory: Directory,
    pub(crate) authorisers: ConnectAuthoriser,
    pub(crate) announcer: SnsAnnouncer,
    pub(crate) lease: SignedDuration,
    pub(crate) dry_run: bool,
}

impl Handler {
    pub(crate) async fn handle(&self, event: LambdaEvent<Job>) -> Result<Value, Error> {
        if self.dry_run {
            // Renewing ends the old tokens: that is a change at the marketplace.
            tracing::info!("dry run: nothing is renewed and nobody is told");
            return Ok(json!({ "connections": [], "failed": 0, "dry_run": true }));
        }
        let refresh = Refresh { directory: &self.directory, authorisers: &self.authorisers, lease: self.lease };
        let announcer: &dyn Announcer = &self.announcer;
        let until = work_until(event.context.deadline);
        self.directory.pace.ends_at(until);
        let round = refresh.round(&event.payload, announcer, until).await?;
        tracing::info!(
            connections = round.connections.len(),
            failed = round.failed,
            "the authorisations were looked after"
        );
        if round.failed > 0 {
            // Whatever could be done is done; the alarm and the scheduler's next try are for the rest.
            return Err(
                format!("{} connections couldn't be looked after; the log says which and why", round.failed).into()
            );
        }
        Ok(serde_json::to_value(round)?)
    }
}
