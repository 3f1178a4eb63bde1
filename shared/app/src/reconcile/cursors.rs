//! Cursors that stand still: pushed once, then a person's matter.

use super::healed::Remedied;
use crate::{
    connection::{Account, Connection},
    exceptions::{clear_stray, raise_stray},
    ports::{Clock, CursorStore, Hint, HintQueue, Listing, OrderStore, StoreError, SweepStep},
    step::{At, StepError, wake},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{
    ConnectionId, Digest, Exception, ExceptionKind, ShipmentId,
    exception::deadline,
    reconcile::{Remedy, moved},
};

/// What was seen of the cursors.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cursors {
    /// Asked to move.
    pub pushed: usize,
    /// Exceptions opened.
    pub opened: usize,
    /// The oldest one's age.
    pub age_max_s: i64,
    /// Which were asked to move.
    #[serde(skip)]
    pub rows: Vec<(String, Remedied)>,
}

/// The use case.
pub struct WatchCursors<'a> {
    /// Orders, for exceptions.
    pub orders: &'a dyn OrderStore,
    /// Cursors.
    pub cursors: &'a dyn CursorStore,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Since when each connection is authorised: a poll or sweep that never finished is watched from then on.
    pub since: &'a BTreeMap<ConnectionId, Timestamp>,
    /// The open exceptions.
    pub open: &'a [(String, Exception)],
}

/// Polls and sweeps.
const EVERY_FEW_MINUTES: SignedDuration = SignedDuration::ZERO;
/// Ended orders: one tick may be missed.
const TWICE_A_DAY: SignedDuration = SignedDuration::from_hours(25);

impl WatchCursors<'_> {
    /// Looks at the polls of the connections that can be used, and at the sweeps of their accounts.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn run(
        &self,
        connections: &[Connection],
        usable: &BTreeSet<ConnectionId>,
        accounts: &[Account],
    ) -> Result<Cursors, StepError> {
        let mut seen = Cursors::default();
        for connection in connections.iter().filter(|c| usable.contains(&c.id)) {
            let Some(account) = accounts.iter().find(|a| a.id == connection.account) else { continue };
            let since = self.since.get(&connection.id).copied();
            let lists =
                [("poll", Listing::Modified, EVERY_FEW_MINUTES), ("ended", Listing::ModifiedEnded, TWICE_A_DAY)];
            for (list, listing, apart) in lists {
                let poll =
                    Hint::Poll { connection: connection.id.clone(), listing, window: None, page: 0, down: false };
                self.one((&format!("{list}/{}", connection.id), since, apart), account, poll, &mut seen).await?;
            }
        }
        for account in accounts {
            let used = || connections.iter().filter(|c| c.account == account.id && usable.contains(&c.id));
            if used().next().is_none() {
                continue;
            }
            let since = used().filter_map(|c| self.since.get(&c.id)).min().copied();
            let (id, from) = (account.id.clone(), SweepStep::default());
            let sweep = Hint::Sweep { account: id, window: None, from, page: 0, unless_recent: false };
            let name = format!("sweep/{}", account.id);
            self.one((&name, since, EVERY_FEW_MINUTES), account, sweep, &mut seen).await?;
        }
        Ok(seen)
    }

    async fn one(
        &self,
        (name, since, apart): (&str, Option<Timestamp>, SignedDuration),
        account: &Account,
        push: Hint,
        seen: &mut Cursors,
    ) -> Result<(), StepError> {
        // Between its ticks a cursor stands by rights.
        let cursor = self.cursors.cursor(name).await.at(name)?.map(|at| at + apart);
        let Some(from) = cursor.or(since.map(|at| at + apart)) else { return Ok(()) };
        let now = self.clock.now();
        seen.age_max_s = seen.age_max_s.max(now.duration_since(from).as_secs());
        let remedy = moved(name, cursor, from, now);
        let (kind, id) = (ExceptionKind::CursorStands, stray_id(name).at(name)?);
        if let Remedy::Open(_, what) = &remedy {
            let found = Exception::found(kind, None, what.clone(), deadline(kind, None, now), now);
            seen.opened += usize::from(raise_stray(self.orders, &account.id, &id, &found).await.at(name)?);
        }
        if remedy == Remedy::Agree {
            // Also one that was resolved by hand: what stands the next time is a new matter.
            clear_stray(self.orders, &account.id, &id, now).await.at(name)?;
            return Ok(());
        }
        seen.pushed += 1;
        seen.rows.push((name.to_owned(), Remedied::Moved));
        wake(self.queue, &[push], Duration::ZERO).await.at(name)
    }
}

/// An exception has to have an id of letters and digits, whatever the cursor's name is.
fn stray_id(name: &str) -> Result<ShipmentId, StoreError> {
    let corrupt = |bad: tallyman_domain::BadId| StoreError::Corrupt { key: name.to_owned(), what: bad.to_string() };
    ShipmentId::parse(format!("c{}", Digest::of_bytes(name.as_bytes()).short())).map_err(corrupt)
}
