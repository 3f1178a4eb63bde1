//! What the use cases need from the outside, one capability a trait.

pub mod authorisation;
pub mod consent;
pub mod gate;
pub mod marketplace;
pub mod outcome;
pub mod queue;
pub mod shelves;
pub mod store;
pub mod vault;
pub mod warehouse;

pub use authorisation::{Announcer, AppKey, AuthorisationStore, Authoriser, Secret, Tokens};
pub use consent::{Consent, ConsentStore};
pub use gate::{CallGate, OpenGate};
pub use marketplace::{CancelAnswer, Listed, Listing, Marketplace, ReadBack, Seen};
pub use outcome::{CallError, Disposition};
pub use queue::{Hint, HintQueue, Lane, SweepStep};
pub use shelves::{
    Catalogue, Counted, DEEDS_MAX, Day, Deed, Deeds, FORGOTTEN_AFTER, Month, NOTED_FOR, Part, Shelf, Shelved, Shelves,
    Spot, Waiting,
};
pub use store::{BudgetStore, Carriers, ConfigStore, CursorStore, NoteStore, OrderRecord, OrderStore, StoreError};
pub use vault::{Kept, ProofVault, SecretStore};
pub use warehouse::{ExportResult, Page, Subscription, Warehouse, WarehouseChange};

use jiff::Timestamp;

/// The only way to learn the time, and to let some pass.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Waits. Only for moments: longer waits go back to the queue.
    async fn sleep(&self, wait: std::time::Duration);
}

/// A span of time, from inclusive, to exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
}

/// Nothing is read in shorter pieces, in seconds: a list that is too long even so is no list of a shop's.
const WINDOW_S_MIN: i64 = 60;

impl Window {
    /// The earlier and the later half, divided at a whole second; none when it is too short for that.
    #[must_use]
    pub fn halves(self) -> Option<[Self; 2]> {
        let (from_s, to_s) = (self.from.as_second(), self.to.as_second());
        if to_s - from_s < 2 * WINDOW_S_MIN {
            return None;
        }
        let middle = Timestamp::from_second(from_s + (to_s - from_s) / 2).ok()?;
        Some([Self { from: self.from, to: middle }, Self { from: middle, to: self.to }])
    }
}
