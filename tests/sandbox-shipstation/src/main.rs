//! Runs the ShipStation sandbox on 127.0.0.1 until it is stopped.

use clap::Parser;
use sandbox_shipstation::{Config, Credential, spawn};

/// A sandbox ShipStation V1 with a warehouse that ships.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port on 127.0.0.1 (0 takes a free one, which is logged).
    #[arg(long)]
    port: u16,
    /// Calls per key in a 60-second window.
    #[arg(long, default_value_t = 40)]
    rate_limit: u32,
    /// Where webhooks to `*.on.aws` are really sent, for instance http://127.0.0.1:4566.
    #[arg(long)]
    lambda_gateway: Option<String>,
    /// Origin written into the `resource_url` of webhooks (default: the address listened on).
    #[arg(long)]
    public_url: Option<String>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// `key:secret` that may call; repeat for more (default: sandbox-key:sandbox-secret).
    #[arg(long)]
    credential: Vec<Credential>,
}

impl From<Arguments> for Config {
    fn from(given: Arguments) -> Self {
        let mut config = Config {
            port: given.port,
            rate_limit: given.rate_limit,
            lambda_gateway: given.lambda_gateway,
            public_url: given.public_url,
            seed: given.seed,
            ..Config::default()
        };
        if !given.credential.is_empty() {
            config.credentials = given.credential;
        }
        config
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let handle = spawn(Arguments::parse().into()).await?;
    tracing::info!(url = handle.url, "sandbox ShipStation is listening");
    handle.stopped().await;
    Ok(())
}
