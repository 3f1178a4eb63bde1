//! Signed webhooks, signed here with keys that exist only for these tests.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper may fail the test")]

mod cache;
mod keys;
mod signed;
