#![doc = include_str!("../README.md")]

pub mod clock;
pub mod marketplace;
pub mod samples;
pub mod store;
pub mod warehouse;

pub use clock::ManualClock;
pub use marketplace::{FakeMarketplace, Fault};
pub use store::Memory;
pub use warehouse::FakeWarehouse;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a test that panicked elsewhere is no reason to stop here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
