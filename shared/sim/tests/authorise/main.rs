//! Connecting, and staying connected: who may call when many race, and what is left when somebody dies on the way.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod connect;
mod function;
mod lab;
mod race;
mod renew;
mod using;
