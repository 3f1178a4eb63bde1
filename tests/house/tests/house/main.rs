//! What holds for the house as a whole.

mod alarms;
mod dependency_law;
mod environment;
mod functions;
mod layout;
mod queues;
mod schedules;
mod storage;
