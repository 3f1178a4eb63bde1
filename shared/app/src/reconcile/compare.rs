//! Both sides, compared without trusting events: what ShipStation offers and shipped, against what we know.
//!
//! A run is bounded by time and by the account's budget. Where it stops is noted, and the next one goes on there.

mod absent;
mod labels;
mod proofs;
mod seen;
mod waiting;

use super::healed::Remedied;
use super::{Known, Waiting};
use crate::{
    budget::{Spend, believe, hear, spend},
    connection::{Account, Connection},
    ports::{
        BudgetStore, CallError, Clock, Hint, HintQueue, NoteStore, OrderStore, ProofVault, Shelves, StoreError,
        Warehouse, Window,
    },
    step::{At, StepError, hints, settle, wake},
};
use jiff::{SignedDuration, Timestamp};
use proofs::Turn;
use seen::Seen;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};
use tallyman_domain::{Compared, ConnectionId, Event, Exception, OrderRef, OrderState, limit::CallClass};

/// 100 pages of 500 of any list.
const PAGES_MAX: u32 = 100;
/// How far back a light run compares shipments, and a deep one.
const LIGHT: SignedDuration = SignedDuration::from_hours(6);
const DEEP: SignedDuration = SignedDuration::from_hours(72);
/// A run that was stopped is gone on with for so long.
const STALE: SignedDuration = SignedDuration::from_hours(26);
/// A page that was read is not given back for the want of a call.
const READ_FOR_IT: usize = 100;

/// How deep a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// What waits, and the labels of the last hours.
    Light,
    /// Also voided labels, what was marked as shipped, and the stored proofs, of the last three days.
    Deep,
}

/// A list of ShipStation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Labels,
    Voided,
    Marked,
    // After those: what was shipped a moment ago need not wait.
    Waiting,
    /// What people hold; only read when somebody is missing.
    Held,
    /// No list: whoever is missing is asked for one by one.
    Absent,
}

/// Where a run stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    depth: Depth,
    list: List,
    page: u32,
    window: Window,
}

/// What is noted for the next run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    /// Orders that nobody knew, and that the marketplace was asked for, with ShipStation's ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    asked: BTreeMap<String, i64>,
    /// What the lists had shown when the run stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
    /// Which older proofs are looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proofs: Option<Turn>,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Records of ShipStation that were compared.
    pub compared: usize,
    /// Calls to ShipStation.
    pub calls: usize,
    /// Orders that the marketplace was asked for.
    pub read_again: usize,
    /// Orders that ShipStation gets again.
    pub given_again: usize,
    /// Labels that the sweeps had missed.
    pub swept_again: usize,
    /// Notices that are read back again.
    pub read_back: usize,
    /// Proofs that were looked at though they are no longer new.
    pub proofs: usize,
    /// Proofs that are drawn again.
    pub drawn_again: usize,
    /// Exceptions opened.
    pub opened: usize,
    /// Exceptions that turned out to be over.
    pub cleared: usize,
    /// Did it come to its end? Otherwise the next run goes on.
    pub complete: bool,
    /// What was healed, and how.
    #[serde(skip)]
    pub rows: Vec<(String, Remedied)>,
}

impl Outcome {
    /// How much had to be healed.
    #[must_use]
    pub fn healed(&self) -> usize {
        self.read_again + self.given_again + self.swept_again + self.read_back + self.drawn_again
    }
}

/// The use case, for one account.
pub struct Compare<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Where runs stopped.
    pub notes: &'a dyn NoteStore,
    /// Budgets.
    pub budgets: &'a dyn BudgetStore,
    /// Proofs,
    pub vault: &'a dyn ProofVault,
    /// and the weeks of the orders that they are of.
    pub shelves: &'a dyn Shelves,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// The account.
    pub account: &'a Account,
    /// Its connections, and of those the ones whose marketplace can be asked.
    pub connections: &'a [Connection],
    /// Which of them can be asked.
    pub usable: &'a BTreeSet<ConnectionId>,
    /// ShipStation.
    pub warehouse: &'a dyn Warehouse,
    /// The open exceptions.
    pub open: &'a [(String, Exception)],
    /// No call begins after this.
    pub until: Timestamp,
}

/// Why a run stopped.
enum Stop {
    /// No time or no call left.
    Later,
    Failed(StepError),
}
impl From<StepError> for Stop {
    fn from(error: StepError) -> Self {
        Self::Failed(error)
    }
}

impl Compare<'_> {
    /// One run. `known` is what [`super::look`] saw.
    ///
    /// # Errors
    /// [`StepError`]: what was healed stays so, and the next run begins where this one noted that it was.
    pub async fn run(&self, depth: Depth, known: &Known) -> Result<Outcome, StepError> {
        let name = format!("compare/{}", self.account.id);
        let stored = self.notes.note(&name).await.at(&self.account.id)?;
        let version = stored.as_ref().map_or(0, |(version, _)| *version);
        let before: Noted = stored.and_then(|(_, text)| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut noted = before.clone();
        let now = self.clock.now();
        let left = noted.place.take().filter(|p| p.depth >= depth && now.duration_since(p.window.to) < STALE);
        let back = if depth == Depth::Deep { DEEP } else { LIGHT };
        let fresh = Place { depth, list: List::Labels, page: 0, window: Window { from: now - back, to: now } };
        if left.is_none() {
            noted.seen = None;
        }
        let mut place = left.unwrap_or(fresh);
        let mut outcome = Outcome::default();
        let mut done = self.lists(&mut place, &mut noted, known, &mut outcome).await;
        outcome.complete = done.is_ok();
        if done.is_err() {
            noted.place = Some(place);
        } else if place.depth == Depth::Deep {
            done = self.older_proofs(&mut noted.proofs, known, &mut outcome).await.map_err(Stop::from);
        }
        if noted != before {
            let mut text = serde_json::to_string(&noted).unwrap_or_default();
            if text.len() > seen::NOTED_BYTES_MAX {
                tracing::warn!(account = %self.account.id, "too much was seen to be noted: the next run can't say who is missing");
                noted.seen = None;
                text = serde_json::to_string(&noted).unwrap_or_default();
            }
            match self.notes.put_note(&name, version, &text).await {
                // Two ran at once: the other one's place is as good.
                Ok(()) | Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error).at(&self.account.id),
            }
        }
        match done {
            Ok(()) | Err(Stop::Later) => Ok(outcome),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn lists(
        &self,
        place: &mut Place,
        noted: &mut Noted,
        known: &Known,
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let lists: &[List] =
            if place.depth == Depth::Deep { &[List::Labels, List::Voided, List::Marked] } else { &[List::Labels] };
        let mut shipped = BTreeSet::new();
        for list in lists.iter().copied() {
            if list < place.list {
                continue;
            }
            if list > place.list {
                (place.list, place.page) = (list, 0);
            }
            self.labels(place, &mut shipped, outcome).await?;
        }
        if place.list < List::Waiting {
            (place.list, place.page) = (List::Waiting, 0);
        }
        let waiting: Vec<&Waiting> = known.waiting.iter().filter(|w| !shipped.contains(&w.id)).collect();
        self.waiting(place, noted, (known, &waiting), outcome).await
    }

    /// One call of the budget.
    async fn spend(&self, outcome: &mut Outcome) -> Result<(), Stop> {
        if self.clock.now() >= self.until {
            return Err(Stop::Later);
        }
        match spend(self.budgets, self.clock, self.account, CallClass::Sweep, READ_FOR_IT).await.at(&self.account.id)? {
            Spend::Go => {
                outcome.calls += 1;
                Ok(())
            }
            Spend::Wait(_) => Err(Stop::Later),
        }
    }

    async fn heard<T>(&self, answer: Result<T, CallError>) -> Result<T, Stop> {
        hear(self.budgets, self.clock, self.account, self.warehouse.rate()).await.at(&self.account.id)?;
        match answer {
            Ok(found) => Ok(found),
            Err(CallError::Throttled { after, .. }) => {
                believe(self.budgets, self.clock, self.account, after).await.at(&self.account.id)?;
                Err(Stop::Later)
            }
            Err(error) => {
                Err(Stop::Failed(StepError::Call { address: format!("account {}", self.account.id), source: error }))
            }
        }
    }

    fn connection(&self, order: &OrderRef) -> Option<&Connection> {
        let mine = |c: &&Connection| c.id == order.connection && c.account == self.account.id && !c.removed;
        self.connections.iter().find(mine)
    }

    async fn states(&self, orders: &BTreeSet<OrderRef>) -> Result<HashMap<OrderRef, OrderState>, StepError> {
        let orders: Vec<OrderRef> = orders.iter().cloned().collect();
        self.orders.states(&orders).await.at(&self.account.id)
    }

    /// Settles what was seen and wakes whoever comes next. True when it changed something.
    async fn settle(&self, order: &OrderRef, state: &OrderState, compared: Compared<'_>) -> Result<bool, StepError> {
        let Some(connection) = self.connection(order) else { return Ok(false) };
        let event = Event::Compared(compared);
        let (with, now) = (connection.setting(order), self.clock.now());
        let after = settle(self.orders, Some(state.clone()), &event, with, now).await.at(order)?;
        let Some(after) = after.filter(|after| after.version != state.version) else { return Ok(false) };
        if !matches!(compared, Compared::Found { .. } | Compared::Gone { .. }) {
            wake(self.queue, &hints(order, &after), Duration::ZERO).await.at(order)?;
        }
        Ok(true)
    }

    /// Reads a span of shipments again.
    async fn sweep(&self, from: Timestamp, to: Timestamp) -> Result<(), StepError> {
        let window = Some(Window { from, to: to + SignedDuration::from_secs(1) });
        let account = self.account.id.clone();
        let hint =
            Hint::Sweep { account, window, from: crate::ports::SweepStep::default(), page: 0, unless_recent: false };
        wake(self.queue, &[hint], Duration::ZERO).await.at(&self.account.id)
    }
}
