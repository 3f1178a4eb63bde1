//! What all pages share: settings, stores, the use cases.

use crate::{
    headers,
    oidc::{Oidc, Registration},
    problem::Problem,
    seal::Seal,
    session::Role,
    texts::cannot::Cannot,
};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tallyman_app::{
    authorise::{Authorise, AuthoriseError, ConnectAuthoriser},
    browse::{Browse, Counts},
    directory::Directory,
    pace::MarketLimits,
    ports::{
        BudgetStore, CallError, Carriers, Catalogue, Clock, ConsentStore, CursorStore, Deeds, HintQueue, NoteStore,
        OrderStore, ProofVault, SecretStore, Shelves, StoreError,
    },
};
use tallyman_domain::ConnectionId;
use tallyman_runtime::{ConsoleSettings, telemetry::chain};

/// When the tabs were counted, of which connections, and what came out.
pub(crate) type Counted = Mutex<Option<(Timestamp, Vec<ConnectionId>, Counts)>>;

/// So long a count of the tabs is shown.
const COUNTED_FOR: SignedDuration = SignedDuration::from_secs(10);
/// Where the cookie key is, and what we are called at the issuer.
const SECRET: &str = "console";

pub(crate) struct Console {
    pub(crate) settings: ConsoleSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) oidc: Oidc,
    pub(crate) consents: Arc<dyn ConsentStore>,
    pub(crate) directory: Directory,
    pub(crate) authorisers: ConnectAuthoriser,
    /// The marketplaces' live lists of services.
    pub(crate) carriers: Arc<dyn Carriers>,
    pub(crate) cursors: Arc<dyn CursorStore>,
    pub(crate) budgets: Arc<dyn BudgetStore>,
    pub(crate) market_limits: MarketLimits,
    pub(crate) policy: HeaderValue,
    pub(crate) orders: Arc<dyn OrderStore>,
    pub(crate) shelves: Arc<dyn Shelves>,
    /// The counts of the tabs, for a moment.
    pub(crate) counted: Counted,
    pub(crate) deeds: Arc<dyn Deeds>,
    pub(crate) notes: Arc<dyn NoteStore>,
    pub(crate) vault: Arc<dyn ProofVault>,
    pub(crate) queue: Arc<dyn HintQueue>,
}

/// The content security policy as a header.
pub(crate) fn policy(consent_urls: &[String]) -> HeaderValue {
    // Origins are ASCII; a setting that isn't one was left out.
    HeaderValue::from_str(&headers::policy(consent_urls)).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

impl Console {
    /// The use cases.
    pub(crate) fn authorise(&self) -> Authorise<'_> {
        Authorise {
            directory: &self.directory,
            authorisers: &self.authorisers,
            cursors: &*self.cursors,
            budgets: &*self.budgets,
        }
    }

    /// How many orders there are on each pile of these connections; a few seconds old at most.
    pub(crate) async fn counts(
        &self,
        catalogue: &Catalogue,
        connections: &[ConnectionId],
    ) -> Result<Counts, StoreError> {
        let now = self.clock.now();
        let known = self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = |at: Timestamp| now.duration_since(at) < COUNTED_FOR;
        if let Some((_, _, counts)) = known.filter(|(at, of, _)| of == connections && fresh(*at)) {
            return Ok(counts);
        }
        let counts = self.browse().counts_in(catalogue, connections).await?;
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((now, connections.to_vec(), counts.clone()));
        Ok(counts)
    }

    /// Somebody changed something: the next page counts anew.
    pub(crate) fn count_anew(&self) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Looking through orders.
    pub(crate) fn browse(&self) -> Browse<'_> {
        Browse { shelves: &*self.shelves, orders: &*self.orders, notes: &*self.notes }
    }

    async fn secret(&self) -> Result<Value, Problem> {
        let found = self.secrets.secret(SECRET).await.map_err(store)?;
        found.ok_or(Problem::NotSetUp("secret <stack>/console"))
    }

    /// The key of our cookies.
    pub(crate) async fn seal(&self) -> Result<Seal, Problem> {
        let secret = self.secret().await?;
        let key = secret["cookie_key"].as_str().and_then(Seal::from_secret);
        key.ok_or(Problem::NotSetUp("cookie_key (32+), secret <stack>/console"))
    }

    /// What the issuer knows us by.
    pub(crate) async fn registration(&self) -> Result<Registration, Problem> {
        if self.settings.oidc_issuer.is_empty() {
            return Err(Problem::NotSetUp("OidcIssuer"));
        }
        let secret = self.secret().await?;
        let text = |name: &str| secret[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let set = Some(self.settings.oidc_client_id.clone()).filter(|id| !id.is_empty());
        let client_id = set.or_else(|| text("oidc_client_id")).ok_or(Problem::NotSetUp("OidcClientId"))?;
        Ok(Registration { client_id, client_secret: text("oidc_client_secret") })
    }

    /// What somebody's groups allow; an operator's group counts more than a viewer's.
    pub(crate) fn role(&self, groups: &[String]) -> Option<Role> {
        let is_in = |group: &String| !group.is_empty() && groups.contains(group);
        if is_in(&self.settings.operator_group) {
            Some(Role::Operator)
        } else {
            is_in(&self.settings.viewer_group).then_some(Role::Viewer)
        }
    }
}

pub(crate) fn store(error: StoreError) -> Problem {
    tracing::error!(error = chain(&error), "the console can't reach its state");
    match error {
        StoreError::Conflict { .. } => Problem::Changed,
        _ => Problem::StoreDown,
    }
}

/// The page for a service that has to be left alone for so long.
pub(crate) fn no_call_left(after: Duration) -> Problem {
    Problem::NoCallLeft { minutes: after.as_secs().div_ceil(60).max(1) }
}

/// The page for what became of a use case.
pub(crate) fn problem(error: AuthoriseError) -> Problem {
    tracing::warn!(error = chain(&error), "what a person asked for was not done");
    match error {
        AuthoriseError::Unknown { .. } => Problem::NotFound,
        AuthoriseError::WrongSeller { expected, .. } => Problem::WrongSeller { expected: expected.to_string() },
        AuthoriseError::InvalidCode { .. } => Problem::CodeExpired,
        AuthoriseError::IpNotAllowed { .. } => Problem::IpNotAllowed,
        AuthoriseError::PermissionRefused { .. } => Problem::NoPermission,
        AuthoriseError::AppKeyRefused { code, .. } => Problem::AppRefused { code },
        AuthoriseError::Busy { .. } => Problem::Changed,
        AuthoriseError::Store { source, .. } => store(source),
        AuthoriseError::Unusable { address, .. } => Problem::Cannot(Cannot::Unusable { address }),
        AuthoriseError::Taken { connection } => Problem::Cannot(Cannot::Taken { name: connection.to_string() }),
        AuthoriseError::UnknownAccount { account } => {
            Problem::Cannot(Cannot::UnknownAccount { name: account.to_string() })
        }
        AuthoriseError::AccountRefused => Problem::Cannot(Cannot::AccountRefused),
        AuthoriseError::KeyInUse { account } => Problem::Cannot(Cannot::KeyInUse { name: account.to_string() }),
        AuthoriseError::SellerInUse { connection, seller } => {
            Problem::Cannot(Cannot::SellerInUse { name: connection.to_string(), seller: seller.to_string() })
        }
        AuthoriseError::NoBudget => Problem::Cannot(Cannot::NoBudget),
        AuthoriseError::Call { source, .. } => match source {
            CallError::Unclear { .. } | CallError::Undecodable { .. } => Problem::CodeInDoubt,
            CallError::Refused { code, .. } | CallError::Unauthorised { code, .. } => Problem::AppRefused { code },
            CallError::NeedsReauth { .. } => Problem::CodeExpired,
            CallError::Throttled { after, .. } => no_call_left(after),
            CallError::Unreachable { .. } => Problem::MarketplaceDown,
        },
    }
}
