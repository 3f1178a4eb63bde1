//! What can be set when the sandbox starts.

use std::str::FromStr;
use std::time::Duration;

/// A key and its secret, as in `Authorization: Basic base64(key:secret)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The API key: the rate limit is counted per key.
    pub key: String,
    /// The API secret.
    pub secret: String,
}

impl FromStr for Credential {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, secret) = text.split_once(':').ok_or("a credential is written key:secret")?;
        Ok(Self { key: key.to_owned(), secret: secret.to_owned() })
    }
}

/// Everything that can be set. The defaults are ShipStation's own limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Calls per key and window.
    pub rate_limit: u32,
    /// Length of a window, which starts at its first call.
    pub rate_window: Duration,
    /// Where webhooks to `*.on.aws` are really sent: the local Lambda emulator.
    pub lambda_gateway: Option<String>,
    /// Origin used in the `resource_url` of webhooks; by default the address it listens on.
    pub public_url: Option<String>,
    /// Seed of everything random, so that a run can be repeated.
    pub seed: u64,
    /// Who may call.
    pub credentials: Vec<Credential>,
    /// How long a webhook's receiver may take.
    pub webhook_timeout: Duration,
    /// How long after a failed delivery it is tried again.
    pub webhook_retry_after: Duration,
    /// How long after its parent a split-off child order is labelled.
    pub split_gap: Duration,
    /// How long the fault `hang_after_effect` keeps a caller waiting.
    pub hang: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            rate_limit: 40,
            rate_window: Duration::from_secs(60),
            lambda_gateway: None,
            public_url: None,
            seed: 1,
            credentials: vec![Credential { key: "sandbox-key".to_owned(), secret: "sandbox-secret".to_owned() }],
            webhook_timeout: Duration::from_secs(10),
            webhook_retry_after: Duration::from_secs(10),
            split_gap: Duration::from_secs(6),
            hang: Duration::from_secs(120),
        }
    }
}
