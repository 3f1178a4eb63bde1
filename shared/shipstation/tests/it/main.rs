//! The client over a real connection: calls, ends of calls, recorded answers, documented names.

#![expect(clippy::unwrap_used, reason = "a test's helper may fail the test")]

// The same account as for AliExpress's answers; adapters share no crate for tests.
mod account;
#[path = "../../../aliexpress/tests/common/accounting.rs"]
mod accounting;
mod calls;
mod ends;
mod openapi;
mod recorded;
mod server;
