//! The client over a real connection: calls, ends of calls, recorded answers, documented names.

#![expect(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod calls;
mod ends;
mod openapi;
mod recorded;
mod server;
