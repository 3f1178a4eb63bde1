//! Logs: one JSON line an event, on stdout, which is where Lambda collects them. Identifiers, never bodies, tokens or
//! personal data.

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// What these print below a warning may hold requests, answers or headers.
const QUIET: &[&str] =
    &["aws_config", "aws_runtime", "aws_smithy_runtime", "h2", "hyper", "hyper_util", "reqwest", "rustls"];

/// Starts logging. `LOG_LEVEL` is a level or a filter (`info`, `debug`, `tallyman_app=debug`); whatever it says, the
/// HTTP and AWS libraries stay quiet, because they would print what must not be in a log.
pub fn start() {
    let asked = EnvFilter::try_from_env("LOG_LEVEL").unwrap_or_else(|_| EnvFilter::new("info"));
    let filter =
        QUIET.iter().filter_map(|library| format!("{library}=warn").parse().ok()).fold(asked, EnvFilter::add_directive);
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(false)
        .try_init();
}

/// The whole chain of an error in one line: what happened, and why, and why that.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}
