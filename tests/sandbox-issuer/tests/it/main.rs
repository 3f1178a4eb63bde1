//! A right client gets a token; a wrong one is refused, rule by rule; a verifier has something to refuse.

#![expect(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod authorize;
mod client;
mod token;
mod tricks;
