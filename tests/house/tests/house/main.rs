//! What holds for the house as a whole.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

mod alarms;
mod connections;
mod dependency_law;
mod environment;
mod functions;
mod layout;
mod mutants;
mod permissions;
mod queues;
mod schedules;
mod settings;
mod storage;
