//! A sandbox ShipStation V1: as strict as the real one, with books of its own and a warehouse that ships.
//!
//! It shares no code with the product it is used to test, so that a wrong idea about ShipStation can't hide in
//! both. What it refuses, it refuses on purpose: a sandbox that accepts everything proves nothing.
//!
//! The control side needs no credentials and is not counted against the rate limit:
//!
//! | call | what it does |
//! |---|---|
//! | `GET /_sandbox/books` | orders, shipments, fulfilments, deliveries, calls, 429s, rejections |
//! | `POST /_sandbox/warehouse` | `{"auto","every_s","batch","mark_share","split_share","carriers","leave"}` |
//! | `POST /_sandbox/ship` | label one order, wholly or in part |
//! | `POST /_sandbox/void`, `/merge`, `/split` | what people do to labels and orders |
//! | `POST /_sandbox/webhooks/deliver` | `{"on": false}` drops webhooks |
//! | `POST /_sandbox/fault` | `{"route","count","kind"}`: the next calls of a route go wrong |

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
