//! A sandbox ShipStation V1: as strict as the real one, with books of its own and a warehouse that ships.
//!
//! It shares no code with the product it is used to test, so that a wrong idea about ShipStation can't hide in
//! both. What it refuses, it refuses on purpose: a sandbox that accepts everything proves nothing.
//! `/_sandbox/…` is the control side (see [`control`]): no credentials, not counted against the rate limit.

mod answer;
mod app;
mod books;
mod carriers;
mod config;
mod control;
mod countries;
mod delivery;
mod faults;
mod gate;
mod limits;
mod orders;
mod packing;
mod query;
mod reference;
mod rng;
mod server;
mod shipments;
mod time;
mod validation;
mod warehouse;
mod webhooks;

pub use config::{Config, Credential};
pub use reference::{ALIBABA_STORE, ALIEXPRESS_STORE, MANUAL_STORE};
pub use server::{Handle, spawn};
