#![doc = include_str!("../README.md")]

pub mod connection;
pub mod directory;
pub mod export;
pub mod hook;
pub mod notify;
pub mod pace;
pub mod poll;
pub mod ports;
pub mod proof;
pub mod reconcile;
pub mod shipments;
pub mod step;
pub mod subscriptions;
