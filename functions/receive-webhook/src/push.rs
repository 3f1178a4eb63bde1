//! Push messages of AliExpress and Alibaba.com: `/hooks/aliexpress/<connection>`, `/hooks/alibaba/<connection>`.
//!
//! The sender gives us 500 ms, and stops pushing when half of its messages fail. So the answer leaves within
//! [`ANSWER_TIME_MAX`], whatever hangs; and a message that is rightly signed and of no use to us is accepted.

use crate::handler::{Answer, Handler, Request, header, raw_body};
use std::time::Duration;
use tallyman_app::{
    connection::Connection,
    hook::{Candidate, Pushed, pushed},
    keys::Keys,
    pace::app_budget,
    ports::Hint,
    step::wake,
};
use tallyman_domain::MarketplaceKind;
use tallyman_runtime::telemetry::chain;
use tallyman_webhook::{PushKind, PushMessage, read_push, verify_push};

/// Less than the 500 ms of API-FACTS 2.5: the way there and back takes some too. The sender comes again after a 503.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_millis(400);
/// Nobody connects more sellers through one app than this; more would only cost reads.
const CANDIDATES_MAX: usize = 20;

impl Handler {
    /// Takes one message.
    pub(crate) async fn push(&self, marketplace: MarketplaceKind, id: &str, request: &Request) -> Answer {
        let answered = tokio::time::timeout(ANSWER_TIME_MAX, self.in_time(marketplace, id, request)).await;
        answered.unwrap_or_else(|_| {
            tracing::error!(marketplace = marketplace.title(), "a push message took too long; the sender comes again");
            Answer::ComeAgain
        })
    }

    async fn in_time(&self, marketplace: MarketplaceKind, id: &str, request: &Request) -> Answer {
        self.verified(marketplace, id, request).await.unwrap_or_else(|answer| answer)
    }

    /// Nothing is said to who can't sign: an unknown connection and a wrong signature get the same answer.
    async fn verified(&self, marketplace: MarketplaceKind, id: &str, request: &Request) -> Result<Answer, Answer> {
        let body = raw_body(request)?;
        let all = self.config.connections().await.map_err(|error| unreachable("the configuration", &error))?;
        let named = all.iter().find(|c| c.id.as_str() == id && c.marketplace == marketplace);
        let connection = named.ok_or(Answer::NotFound)?;
        if connection.removed {
            // Its keys are gone. The marketplace goes on sending until its owner tells it not to.
            return Ok(Answer::Accepted);
        }
        let keys = self.app_keys(connection).await?.ok_or(Answer::NotFound)?;
        let signature = header(request, "authorization").unwrap_or_default();
        verify_push(keys.app.secret.expose(), &keys.app.key, &body, signature).map_err(|error| {
            tracing::warn!(connection = %connection.id, error = %error, "a push message is not believed");
            Answer::NotFound
        })?;
        match read_push(&body) {
            Ok(message) => self.heard(connection, &keys, &all, message).await,
            Err(error) => {
                tracing::warn!(connection = %connection.id, error = %error, "a signed push message can't be read");
                Ok(Answer::Accepted)
            }
        }
    }

    async fn heard(
        &self,
        connection: &Connection,
        keys: &Keys,
        all: &[Connection],
        message: PushMessage,
    ) -> Result<Answer, Answer> {
        let order = match message.kind {
            PushKind::Order(order) => order,
            PushKind::AuthorisationEnds => {
                tracing::warn!(connection = %connection.id, "the marketplace says that a seller's authorisation is about to end");
                return Ok(Answer::Accepted);
            }
            PushKind::Test => {
                tracing::info!(connection = %connection.id, "the marketplace's test message came");
                return Ok(Answer::Accepted);
            }
            PushKind::Other(kind) => {
                tracing::info!(connection = %connection.id, kind, "a push message of a type that nothing is done about");
                return Ok(Answer::Accepted);
            }
        };
        let seller = message.seller_id.as_deref();
        let siblings = match (seller, seller_of(keys)) {
            (Some(named), Some(known)) if named != known.as_str() => self.siblings(connection, keys, all).await?,
            _ => Vec::new(),
        };
        let candidate = |(connection, keys)| Candidate { connection, seller: seller_of(keys) };
        let others: Vec<_> = siblings.iter().map(|(connection, keys)| candidate((*connection, keys))).collect();
        match pushed(candidate((connection, keys)), &others, seller, &order) {
            Pushed::Wake(hint) => self.send(connection, hint).await,
            nothing => {
                tracing::info!(connection = %connection.id, order, ?nothing, "a push message wakes nobody");
                Ok(Answer::Accepted)
            }
        }
    }

    async fn send(&self, connection: &Connection, hint: Hint) -> Result<Answer, Answer> {
        match wake(&*self.queue, &[hint], Duration::ZERO).await {
            Ok(()) => Ok(Answer::Accepted),
            Err(error) => {
                tracing::error!(connection = %connection.id, error = chain(&error), "the hint can't be queued; the sender is asked to come again");
                Err(Answer::ComeAgain)
            }
        }
    }

    /// The other connections of the same app. Their keys are cached like this one's.
    async fn siblings<'a>(
        &self,
        of: &Connection,
        keys: &Keys,
        all: &'a [Connection],
    ) -> Result<Vec<(&'a Connection, Keys)>, Answer> {
        let mut found = Vec::new();
        // Whose app it is says the connection; those that were made before that was kept have to be looked at.
        let app = app_budget(of.marketplace, &keys.app.key);
        let others = all.iter().filter(|c| {
            let may_be = c.app_budget.as_ref().is_none_or(|its| *its == app);
            c.marketplace == of.marketplace && c.id != of.id && !c.removed && may_be
        });
        for connection in others.take(CANDIDATES_MAX) {
            if let Some(theirs) = self.app_keys(connection).await?.filter(|theirs| theirs.app.key == keys.app.key) {
                found.push((connection, theirs));
            }
        }
        Ok(found)
    }

    async fn app_keys(&self, connection: &Connection) -> Result<Option<Keys>, Answer> {
        let name = connection.secret_name();
        let secret = self.secrets.secret(&name).await.map_err(|error| unreachable(connection.id.as_str(), &error))?;
        secret
            .map(|secret| Keys::read(&secret))
            .transpose()
            .map_err(|error| unreachable(connection.id.as_str(), &error))
    }
}

fn seller_of(keys: &Keys) -> Option<&tallyman_domain::SellerId> {
    keys.grant.as_ref()?.seller.as_ref()
}

fn unreachable(address: &str, error: &(dyn std::error::Error + 'static)) -> Answer {
    tracing::error!(address, error = chain(error), "what a push message is checked with can't be read");
    Answer::ComeAgain
}
