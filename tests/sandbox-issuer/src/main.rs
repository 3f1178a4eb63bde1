//! The sandbox issuer as a process of its own.

use clap::Parser;
use sandbox_issuer::{Config, spawn};

/// A sandbox OpenID Connect issuer on 127.0.0.1, with books under /_sandbox/. Users: operator, viewer, stranger.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port; 0 for any.
    #[arg(long, default_value_t = 4574)]
    port: u16,
    /// What the tokens say of who issued them (default: the address listened on).
    #[arg(long)]
    issuer: Option<String>,
    /// Id of the one client.
    #[arg(long, default_value = "sandbox-console")]
    client_id: String,
    /// Its secret; without one it is a public client.
    #[arg(long)]
    client_secret: Option<String>,
    /// Where codes may be sent, to the letter; may be given more than once.
    #[arg(long)]
    redirect_uri: Vec<String>,
    /// Where to go after signing out, to the letter; may be given more than once.
    #[arg(long)]
    logout_uri: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let given = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let handle = spawn(Config {
        port: given.port,
        issuer: given.issuer,
        client_id: given.client_id,
        client_secret: given.client_secret,
        redirect_uris: given.redirect_uri,
        logout_uris: given.logout_uri,
    })
    .await?;
    tracing::info!(url = handle.url, "issuer.listening");
    handle.stopped().await;
    Ok(())
}
