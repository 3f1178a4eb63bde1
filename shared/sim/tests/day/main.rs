//! Busy days: many workers, one budget, a clock that runs as fast as the machine can.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::while_immutable_condition,
    reason = "a test and its tools; its endless loops end with the day that polls them"
)]

mod aliexpress;
mod lambda;
mod marketplace_days;
mod shipstation;
mod shipstation_days;
mod time;
mod waits;
#[path = "../way/world.rs"]
#[allow(dead_code, reason = "shared with another test")]
mod world;
