//! Sandbox OpenID Connect issuer: as strict as a real one, and wrong on order.
//!
//! Authorization code with PKCE (S256 only), exact redirect addresses, nonce, codes that are good once and for a
//! minute, `id_token`s signed with RS256 that carry `cognito:groups` as Amazon Cognito's do. It shares no code, and no
//! JWT library, with the console that it puts to the test.
//!
//! # Endpoints
//! `/.well-known/openid-configuration`, `/.well-known/jwks.json`, `/authorize`, `/token`, `/logout`; [`control`] under
//! `/_sandbox/`.
//!
//! # The sign-in page
//! Works without JavaScript: a select `user` ([`users::ALL`]: `operator`, `viewer`, and `stranger`, who is in no
//! group) and the buttons `sign-in` and `cancel`. Each has its name for an id too. There are no passwords, and nobody
//! stays signed in.
//!
//! # What it refuses
//! An unknown client or redirect address: a page, never a redirect. Anything else about the request: a redirect with
//! an OAuth error. At `/token`: JSON errors of RFC 6749; a code that was presented wrongly is used up as well.

pub mod authorize;
pub mod clock;
pub mod codes;
pub mod control;
pub mod discovery;
pub mod keys;
pub mod logout;
pub mod mint;
pub mod page;
pub mod request;
pub mod server;
pub mod state;
pub mod token;
pub mod users;

pub use server::{Config, Handle, spawn};
