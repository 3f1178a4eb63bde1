#![doc = include_str!("../README.md")]

pub mod authoriser;
pub mod budget_contract;
pub mod budgets;
pub mod clock;
pub mod fault;
pub mod marketplace;
pub mod registry;
pub mod samples;
pub mod shelves;
pub mod store;
pub mod trace;
pub mod warehouse;
pub mod world;

pub use authoriser::{FakeAnnouncer, FakeAuthoriser, TokenFault};
pub use budgets::MemoryBudgets;
pub use clock::ManualClock;
pub use marketplace::{FakeMarketplace, Fault};
pub use registry::{Death, Registry, RememberedSecrets};
pub use store::Memory;
pub use warehouse::FakeWarehouse;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a test that panicked elsewhere is no reason to stop here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
