//! What a relay is told to do with a call, and what it saw.

use crate::{call::Called, fault::Fault};
use std::time::Duration;
use tokio::sync::watch;

/// A worker held for longer would run into its own client's patience (5 s an attempt at AWS).
const HELD_MAX: Duration = Duration::from_secs(4);
/// Progress of a worker that has finished.
pub const FINISHED: usize = usize::MAX;

/// Which call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// By its number, from 1.
    Nth(usize),
    /// The first whose name contains this.
    Named(String),
    /// The first notice to a marketplace.
    Notice,
    /// The first call after a notice.
    AfterNotice,
}

/// One fault at one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    /// Where.
    pub at: At,
    /// What.
    pub fault: Fault,
}

/// Holds a worker at one of its calls until another worker has come far enough.
#[derive(Debug)]
pub struct Gate {
    /// The call, from 1.
    pub at: usize,
    /// Where it tells how far it has come.
    pub mine: watch::Sender<usize>,
    /// How far the other one has come.
    pub other: watch::Receiver<usize>,
    /// How far the other one has to have come.
    pub until: usize,
}

impl Gate {
    /// Waits, if this is the call.
    pub async fn pass(&self, number: usize) {
        if number != self.at {
            return;
        }
        // It fails when the other one is gone, which is as good as finished.
        self.mine.send_if_modified(|progress| {
            let further = *progress < number;
            *progress = (*progress).max(number);
            further
        });
        let mut other = self.other.clone();
        let _ = tokio::time::timeout(HELD_MAX, other.wait_for(|progress| *progress >= self.until)).await;
    }
}

/// What a relay does on purpose wrong at every call: the matrix has to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Conditions of writes to the table are left out: everybody wins.
    NoConditions,
    /// A notice is forwarded twice.
    NoticeTwice,
    /// Messages are accepted and thrown away.
    NoMessages,
    /// Proofs are accepted and thrown away.
    NoProofs,
    /// Proofs are written over those that are there.
    NoWriteOnce,
    /// Orders lose their key on the way to ShipStation.
    NoOrderKey,
}

/// A call as a relay saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its number, from 1.
    pub number: usize,
    /// Its name.
    pub called: Called,
    /// The fault that struck it.
    pub fault: Option<Fault>,
    /// What the service answered, if it was asked.
    pub status: Option<u16>,
    /// What it was about, as far as that is worth telling: the key of an item or object.
    pub about: String,
}

impl Seen {
    /// Took it effect, as far as the service's answer tells?
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{} {}", self.number, self.called)?;
        if !self.about.is_empty() {
            write!(f, " [{}]", self.about)?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}")?,
            None => write!(f, " -> not forwarded")?,
        }
        self.fault.map_or(Ok(()), |fault| write!(f, "   <== {}", fault.name()))
    }
}
