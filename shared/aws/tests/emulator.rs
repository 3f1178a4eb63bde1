//! The contracts of the ports, kept by the real adapters against an emulator of AWS.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test and its tools")]

#[path = "emulator/lab.rs"]
mod lab;
#[path = "emulator/lossy.rs"]
mod lossy;
#[path = "../src/samples.rs"]
mod samples;

#[path = "emulator/authorisations.rs"]
mod authorisations;
#[path = "emulator/budgets.rs"]
mod budgets;
#[path = "emulator/consents.rs"]
mod consents;
#[path = "emulator/orders.rs"]
mod orders;
#[path = "emulator/queue.rs"]
mod queue;
#[path = "emulator/sdk.rs"]
mod sdk;
#[path = "emulator/secrets.rs"]
mod secrets;
#[path = "emulator/settings.rs"]
mod settings;
#[path = "emulator/shelves.rs"]
mod shelves;
#[path = "emulator/vault.rs"]
mod vault;
