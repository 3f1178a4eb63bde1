//! The whole console but for Lambda and AWS: its router over in-memory stores, and a browser that keeps cookies.

mod access;
mod browser;
mod connecting;
mod csv;
mod exceptions;
mod hostile;
mod looks;
mod orders;
mod overview;
mod reading;
mod settings;
mod signing_in;
mod world;
