//! What the console is told by its environment.

use crate::environment::{url, variable};

/// Where the console is and who may enter it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// Its address as people type it; empty: the function URL that the request came by.
    pub base_url: String,
    /// The OpenID Connect issuer.
    pub oidc_issuer: String,
    /// Our name there; empty: `oidc_client_id` of the secret `console`.
    pub oidc_client_id: String,
    /// The claim of the ID token that lists a person's groups.
    pub groups_claim: String,
    /// Its members read.
    pub viewer_group: String,
    /// Its members read and act.
    pub operator_group: String,
    /// Nothing is said to a marketplace.
    pub dry_run: bool,
    /// Answers are streamed, as a function URL with `InvokeMode: RESPONSE_STREAM` takes them. Whoever else invokes it (an
    /// HTTP API, an emulator) takes whole ones only.
    pub streams: bool,
}

impl ConsoleSettings {
    pub(crate) fn read() -> Self {
        let text = |name, default: &str| variable(name).unwrap_or_else(|| default.to_owned()).trim().to_owned();
        Self {
            base_url: url("TALLYMAN_CONSOLE_BASE_URL", ""),
            // Not shortened: an issuer is compared character by character, a slash at its end included.
            oidc_issuer: text("TALLYMAN_OIDC_ISSUER", ""),
            oidc_client_id: text("TALLYMAN_OIDC_CLIENT_ID", ""),
            groups_claim: text("TALLYMAN_OIDC_GROUPS_CLAIM", "cognito:groups"),
            viewer_group: text("TALLYMAN_VIEWER_GROUP", "viewer"),
            operator_group: text("TALLYMAN_OPERATOR_GROUP", "operator"),
            dry_run: variable("TALLYMAN_DRY_RUN").is_some_and(|v| v.trim() == "1"),
            streams: text("TALLYMAN_CONSOLE_INVOKE_MODE", "BUFFERED") == "RESPONSE_STREAM",
        }
    }
}
