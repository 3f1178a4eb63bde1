//! Authorisation as both marketplaces do it (API-FACTS 1.4 and 2.1): a consent page, codes, and pairs of tokens.
//!
//! - `/oauth/authorize` ([`consent`]): a page without JavaScript. The form has a select `seller`
//!   ([`sellers::of`]: the seller whose orders are here, another one, a buyer's account), at Alibaba.com a select
//!   `months`, and two buttons, `grant` and `refuse`; each has its name for an id too. A request that is wrong gets an
//!   error page and never a redirect. No address is registered at first: `--redirect-uri`, or
//!   `POST /_sandbox/oauth/app {"redirect_uris": [...]}`. Alibaba.com's authorisation server is this same server.
//! - `/rest/auth/token/create` and `/rest/auth/token/refresh` ([`api`]): signed like any `/rest` call.
//! - `/_sandbox/oauth...` ([`control`]): what a test orders and asks.
//!
//! The tokens of [`crate::platform::Credentials`] are the first generation of the first seller and good until they are
//! renewed. Time here is the machine's and what [`control`] puts on top, so that a test needs not wait for an end.
//!
//! What no document says was decided here: a second authorisation by the same seller leaves earlier tokens alive
//! (`reauthorising_ends_old` changes that), and refusing leads back with `error=access_denied` as RFC 6749 has it.

pub mod api;
pub mod authority;
pub mod consent;
pub mod control;
pub mod page;
pub mod sellers;
pub mod settings;
pub mod wire;

pub use authority::Authority;
