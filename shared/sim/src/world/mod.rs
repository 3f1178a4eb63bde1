//! The whole of Tallyman in one small world: all functions, over ports in memory that count every call.

pub mod agenda;
pub mod books;
mod crew;
mod depot;
mod excuse;
mod functions;
mod gate;
mod market;
mod queue;
pub mod run;
mod state;
pub mod verdict;

pub use run::{Outcome, Scenario, Webhooks, run};

use crate::{
    Memory,
    fault::Plan,
    lock,
    trace::{About, Entry, Trace},
};
use books::{DepotBooks, MarketBooks};
use crew::Time;
use fastrand::Rng;
use jiff::Timestamp;
use queue::Queues;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};
use tallyman_app::connection::{Account, Connection};

/// Everything there is.
pub struct World {
    pub(crate) time: Time,
    /// What Tallyman keeps.
    pub memory: Memory,
    /// The marketplaces' own books, one a connection.
    pub markets: Vec<Mutex<MarketBooks>>,
    /// The warehouse's own books.
    pub depot: Mutex<DepotBooks>,
    pub(crate) queues: Mutex<Queues>,
    /// The connections.
    pub connections: Vec<Connection>,
    /// The ShipStation account of all of them.
    pub account: Account,
    /// What happened.
    pub trace: Mutex<Trace>,
    plan: Plan,
    calls: AtomicU32,
    stormy: AtomicBool,
    pub(crate) mischief: bool,
    outages: Vec<(Timestamp, Timestamp, bool)>,
    webhooks: Webhooks,
    replays: Vec<jiff::SignedDuration>,
    pub(crate) compares: bool,
    /// Orders that people did something unusual to.
    pub(crate) odd: Mutex<BTreeSet<u32>>,
    /// Since when Tallyman knows of a voided label.
    pub(crate) voids_known: Mutex<BTreeMap<(u32, u32), Timestamp>>,
    pub(crate) weather: Mutex<Rng>,
    /// Promises that were seen broken while it happened.
    pub broken: Mutex<Vec<(u32, String)>>,
}

impl World {
    pub(crate) fn is_stormy(&self) -> bool {
        self.stormy.load(Relaxed)
    }
    /// Faults stop; everything else goes on.
    pub(crate) fn calm_down(&self) {
        self.stormy.store(false, Relaxed);
    }
    /// Notes what happened.
    pub(crate) fn note(&self, call: u32, what: &'static str, about: About, how: &'static str, n: i64) {
        let who = self.time.current.load(Relaxed);
        lock(&self.trace).0.push(Entry { at: self.time.now(), who, call, what, about, how, n });
    }
    /// A promise was broken, about this order.
    pub(crate) fn broke(&self, order: u32, what: String) {
        lock(&self.broken).push((order, what));
    }
    /// How many outbound calls were made.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Relaxed)
    }
}
