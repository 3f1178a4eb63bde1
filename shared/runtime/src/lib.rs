#![doc = include_str!("../README.md")]

pub mod batch;
pub mod clock;
pub mod console;
pub mod environment;
pub mod event;
pub mod http;
pub mod metrics;
pub mod telemetry;

pub use clock::SystemClock;
pub use console::ConsoleSettings;
pub use environment::{Environment, MissingVariable};
pub use event::Incoming;
