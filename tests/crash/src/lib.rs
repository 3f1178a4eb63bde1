//! The crash matrix.
//!
//! Every function is a real process, started from the built binary with the environment that `template.yaml` gives it.
//! The harness is its Lambda ([`runtime_api`]) and stands between it and everything it calls ([`relay`]): AWS (an
//! emulator), the marketplaces and ShipStation (the sandboxes, inside the harness). Each outbound call has a number and
//! a name.
//!
//! A way of an order ([`scenario`]) is walked once to learn its calls ([`walk`]). Then, for every call and every
//! [`fault`], a world of its own is made as it was before that step ([`world`]), the fault strikes, and the harness does
//! what SQS, Scheduler and ShipStation do: it hands over again what was not done ([`drive`]) until nothing is left. Then
//! the sandboxes' own books are balanced ([`judge`]).

pub mod answers;
pub mod bite;
pub mod call;
pub mod drive;
pub mod emulator;
pub mod fault;
pub mod house;
pub mod judge;
pub mod lab;
pub mod matrix;
pub mod orders;
pub mod outside;
pub mod people;
pub mod process;
pub mod redrive;
pub mod relay;
pub mod report;
pub mod runtime_api;
pub mod scenario;
pub mod todo;
pub mod walk;
pub mod world;
