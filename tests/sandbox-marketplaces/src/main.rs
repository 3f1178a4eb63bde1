//! The sandbox marketplaces as a process of their own.

use std::time::Duration;

use clap::Parser;
use sandbox_marketplaces::limits::Allowance;
use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS};
use sandbox_marketplaces::{Config, spawn};

/// Sandbox AliExpress (/sync) and Alibaba.com (/rest) on 127.0.0.1, with books under /_sandbox/.
#[derive(Debug, Parser)]
#[command(after_help = after_help())]
struct Arguments {
    /// Port of AliExpress; 0 for any.
    #[arg(long)]
    aliexpress_port: u16,
    /// Port of Alibaba.com; 0 for any.
    #[arg(long)]
    alibaba_port: u16,
    /// The same seed makes the same orders.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds during which a new order is missing from lists.
    #[arg(long, default_value_t = 5)]
    list_delay_s: i64,
    /// Calls of one API in any second.
    #[arg(long, default_value_t = 30)]
    calls_per_second: usize,
    /// Calls of an app in a day (Beijing).
    #[arg(long, default_value_t = 100_000)]
    calls_per_day: u64,
    /// Alibaba.com takes a shipment without a proof.
    #[arg(long)]
    attachment_optional: bool,
    /// Seconds a call that hangs hangs.
    #[arg(long, default_value_t = 60)]
    hang_s: u64,
    /// A callback URL of the apps, to the letter; may be given more than once.
    #[arg(long)]
    redirect_uri: Vec<String>,
}

fn after_help() -> String {
    format!(
        "Credentials (made up):\n  \
         AliExpress   app key {}  secret {}  access token {}  refresh token {}\n  \
         Alibaba.com  app key {}  secret {}  access token {}  refresh token {}",
        ALIEXPRESS.app_key,
        ALIEXPRESS.app_secret,
        ALIEXPRESS.access_token,
        ALIEXPRESS.refresh_token,
        ALIBABA.app_key,
        ALIBABA.app_secret,
        ALIBABA.access_token,
        ALIBABA.refresh_token
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let handle = spawn(Config {
        aliexpress_port: arguments.aliexpress_port,
        alibaba_port: arguments.alibaba_port,
        seed: arguments.seed,
        list_delay_s: arguments.list_delay_s,
        allowance: Allowance { per_second: arguments.calls_per_second, per_day: arguments.calls_per_day },
        attachment_required: !arguments.attachment_optional,
        hang: Duration::from_secs(arguments.hang_s),
        redirect_uris: arguments.redirect_uri,
    })
    .await?;
    tracing::info!(aliexpress = handle.aliexpress_url, alibaba = handle.alibaba_url, "sandbox.listening");
    handle.run().await;
    Ok(())
}
