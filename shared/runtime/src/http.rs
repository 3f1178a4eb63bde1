//! The HTTP client for marketplaces and ShipStation: limits on everything, no redirects.

use std::{sync::Once, time::Duration};

/// Longer than any healthy answer, shorter than a function's time limit and than an attempt's lease.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(20);

/// Installs the one TLS provider of the process.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only when one is installed already, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Builds the client. Redirects are never followed: they could carry credentials to another host.
///
/// # Errors
/// When the platform's certificates can't be loaded.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    install_tls();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(CALL_TIME_MAX)
        .pool_idle_timeout(Duration::from_secs(50))
        .user_agent(concat!("tallyman/", env!("CARGO_PKG_VERSION")))
        .build()
}
