//! Signed webhooks, signed here with keys that exist only for these tests.

mod cache;
mod keys;
mod signed;
