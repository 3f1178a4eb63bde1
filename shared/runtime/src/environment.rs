//! The environment, read once. Every variable that any function reads is listed here, and in the README's table.

use jiff::SignedDuration;
use tallyman_app::pace::MarketLimits;

/// A variable that the function can't do without.
#[derive(Debug, thiserror::Error)]
#[error("{name} is not set: it is an environment variable of the function in template.yaml")]
pub struct MissingVariable {
    name: &'static str,
}

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Environment {
    table: Option<String>,
    bucket: Option<String>,
    secrets_prefix: Option<String>,
    alarm_topic: Option<String>,
    queues: [Option<String>; 5],
    /// AliExpress's gateway.
    pub aliexpress_base_url: String,
    /// Alibaba.com's gateway.
    pub alibaba_base_url: String,
    /// Alibaba.com's consent page.
    pub alibaba_auth_base_url: String,
    /// ShipStation's V1 API.
    pub shipstation_base_url: String,
    /// Where ShipStation's V2 webhook keys are.
    pub jwks_url: String,
    /// Where ShipStation's webhooks are to be posted; empty when this function subscribes none.
    pub webhook_base_url: String,
    /// The console's own.
    pub console: crate::console::ConsoleSettings,
    /// Read everything, write nothing outside.
    pub dry_run: bool,
    /// How long after a notice it is read back.
    pub confirm_after: SignedDuration,
    /// How long an attempt keeps others away.
    pub lease: SignedDuration,
    /// Poll windows end this long ago.
    pub poll_margin: SignedDuration,
    /// How fast and how often marketplaces may be called.
    pub market_limits: MarketLimits,
    /// Pending effects older than this are woken.
    pub stuck_after: SignedDuration,
    /// At how many hours left before a deadline people are told.
    pub alert_bars_h: Vec<u32>,
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn number<T: std::str::FromStr>(name: &str, default: T) -> T {
    variable(name).and_then(|v| v.trim().parse().ok()).unwrap_or(default)
}

fn seconds(name: &str, default_s: i64) -> SignedDuration {
    SignedDuration::from_secs(number(name, default_s))
}

pub(crate) fn url(name: &str, default: &str) -> String {
    variable(name).unwrap_or_else(|| default.to_owned()).trim_end_matches('/').to_owned()
}

/// Hours, such as `24,4`. What can't be read is left out.
fn bars(text: &str) -> Vec<u32> {
    text.split(',').filter_map(|hours| hours.trim().parse().ok()).collect()
}

impl Environment {
    /// Reads it.
    #[must_use]
    pub fn read() -> Self {
        Self {
            table: variable("TALLYMAN_TABLE"),
            bucket: variable("TALLYMAN_PROOF_BUCKET"),
            secrets_prefix: variable("TALLYMAN_SECRETS_PREFIX"),
            alarm_topic: variable("TALLYMAN_ALARM_TOPIC"),
            queues: ["POLL", "EXPORT", "SHIPMENTS", "PROOF", "NOTIFY"]
                .map(|lane| variable(&format!("TALLYMAN_QUEUE_{lane}"))),
            aliexpress_base_url: url("ALIEXPRESS_BASE_URL", "https://api-sg.aliexpress.com"),
            alibaba_base_url: url("ALIBABA_BASE_URL", "https://openapi-api.alibaba.com"),
            alibaba_auth_base_url: url("ALIBABA_AUTH_BASE_URL", "https://openapi-auth.alibaba.com"),
            shipstation_base_url: url("SHIPSTATION_BASE_URL", "https://ssapi.shipstation.com"),
            jwks_url: url("SHIPENGINE_JWKS_URL", "https://api.shipengine.com/jwks"),
            webhook_base_url: url("TALLYMAN_WEBHOOK_BASE_URL", ""),
            console: crate::console::ConsoleSettings::read(),
            dry_run: variable("TALLYMAN_DRY_RUN").is_some_and(|v| v.trim() == "1"),
            confirm_after: seconds("TALLYMAN_CONFIRM_DELAY_S", 60),
            lease: seconds("TALLYMAN_LEASE_S", 90),
            poll_margin: seconds("TALLYMAN_POLL_MARGIN_S", 120),
            market_limits: MarketLimits {
                interval_ms: number("TALLYMAN_MARKETPLACE_INTERVAL_MS", 50),
                aliexpress_daily: number("TALLYMAN_ALIEXPRESS_DAILY_CALLS", 5_000),
                alibaba_daily: number("TALLYMAN_ALIBABA_DAILY_CALLS", 0),
                reserve_percent: number("TALLYMAN_QUOTA_RESERVE_PERCENT", 10),
            },
            stuck_after: seconds("TALLYMAN_STUCK_AFTER_S", 900),
            alert_bars_h: bars(variable("TALLYMAN_ALERT_HOURS").as_deref().unwrap_or("24,4")),
        }
    }

    /// The table's name.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn table(&self) -> Result<&str, MissingVariable> {
        self.table.as_deref().ok_or(MissingVariable { name: "TALLYMAN_TABLE" })
    }
    /// The proof bucket's name.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn bucket(&self) -> Result<&str, MissingVariable> {
        self.bucket.as_deref().ok_or(MissingVariable { name: "TALLYMAN_PROOF_BUCKET" })
    }
    /// The prefix of this stack's secrets.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn secrets_prefix(&self) -> Result<&str, MissingVariable> {
        self.secrets_prefix.as_deref().ok_or(MissingVariable { name: "TALLYMAN_SECRETS_PREFIX" })
    }
    /// The topic that tells the operator.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn alarm_topic(&self) -> Result<&str, MissingVariable> {
        self.alarm_topic.as_deref().ok_or(MissingVariable { name: "TALLYMAN_ALARM_TOPIC" })
    }
    /// The URL of a queue, when this function sends to it.
    #[must_use]
    pub fn queue(&self, lane: tallyman_app::ports::Lane) -> Option<&str> {
        use tallyman_app::ports::Lane;
        let index = match lane {
            Lane::Poll => 0,
            Lane::Export => 1,
            Lane::Shipments => 2,
            Lane::Proof => 3,
            Lane::Notify => 4,
        };
        self.queues[index].as_deref()
    }
}
