//! Sandbox AliExpress and Alibaba.com: as strict as the real ones, with books of their own.
//!
//! An independent implementation of both gateways, sharing no code with the client it puts to the test. It keeps
//! its own books, so that what a client claims can be held against what arrived.
//!
//! # Layout
//! - [`gateway`]: from a request to an answer; [`call`] reads it, [`state`] checks it, [`signing`] and [`limits`] help
//! - [`platform`]: what differs between the two marketplaces; [`aliexpress`] and [`alibaba`] are their APIs
//! - [`oauth`]: the consent page, codes and tokens
//! - [`push`]: messages to a callback URL when an order changes
//! - [`model`], [`seed`]: orders and where they come from
//! - [`books`], [`faults`], [`witness`], [`control`]: what a test asks and orders, under `/_sandbox/`
//!
//! Credentials are the constants [`platform::ALIEXPRESS`] and [`platform::ALIBABA`].

pub mod alibaba;
pub mod aliexpress;
pub mod books;
pub mod call;
pub mod clock;
pub mod control;
pub mod faults;
pub mod gateway;
pub mod limits;
pub mod model;
pub mod oauth;
pub mod platform;
pub mod push;
pub mod refusal;
pub mod seed;
pub mod server;
pub mod signing;
pub mod state;
pub mod witness;

pub use server::{Config, Handle, spawn};
