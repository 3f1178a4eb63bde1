//! The client over a real connection: calls, ends of calls, recorded answers, documented names.

mod calls;
mod ends;
mod openapi;
mod recorded;
mod server;
