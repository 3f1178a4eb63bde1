//! A right client gets what it asks for; a wrong one is refused, rule by rule.

#![expect(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod alibaba_orders;
mod alibaba_shipping;
mod aliexpress_lines;
mod aliexpress_orders;
mod aliexpress_receiver;
mod aliexpress_shipping;
mod client;
mod corrections;
mod faults;
mod gateway;
mod oauth;
mod oauth_consent;
mod oauth_faults;
mod oauth_tokens;
mod push;
mod witness;
