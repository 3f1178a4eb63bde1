//! What people do about exceptions: list, take, comment, resolve. For the command line and the console.

use crate::{
    acts::{NAME_CHARS_MAX, NOTE_CHARS_MAX, cut},
    connection::Connection,
    ports::{Clock, ConfigStore, Deed, Deeds, OrderStore, Shelves, StoreError},
    reconcile::report::{named, owner_of},
    step::settle,
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use tallyman_domain::{
    AccountId, Event, Exception, ExceptionKind, Finding, OrderRef, Owner, Shipment, ShipmentId,
    exception::life::{Act, ByHand, End, Entry},
};

/// Two people on one order are rare; more conflicts in a row mean that something is wrong.
const CONFLICTS_MAX: usize = 6;

/// Where an exception is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At an order.
    Order(OrderRef),
    /// At an account: a shipment that belongs to no order, or something that isn't an order at all.
    Stray(AccountId, ShipmentId),
}

impl Place {
    /// Reads `connection:order` or `account/shipment`, as the list prints them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(order) = OrderRef::from_order_key(text) {
            return Some(Self::Order(order));
        }
        let (account, id) = text.split_once('/')?;
        Some(Self::Stray(AccountId::parse(account).ok()?, ShipmentId::parse(id).ok()?))
    }
}

/// An open exception, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// `connection:order`, or `account/shipment`.
    pub order: String,
    /// Kind.
    pub kind: ExceptionKind,
    /// About which shipment of the order.
    pub shipment: Option<ShipmentId>,
    /// Open since.
    pub since: Timestamp,
    /// When it was found last.
    pub last_seen: Timestamp,
    /// By when somebody must have acted.
    pub deadline: Timestamp,
    /// Whose it is, by rule and by the connection's `owners`.
    pub owner: Owner,
    /// The person who looks after it.
    pub assignee: Option<String>,
    /// How often it was found.
    pub count: u32,
    /// What happened.
    pub what: String,
    /// The same with its values apart, for other languages.
    #[serde(skip)]
    pub finding: Finding,
    /// How many more were found at the order that found no place.
    #[serde(skip)]
    pub unlisted: u32,
    /// What to do.
    pub to_do: &'static str,
    /// What became of it, the newest last.
    pub history: Vec<Entry>,
    /// How many older entries of it are no longer kept.
    pub history_dropped: u32,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionError {
    /// Nothing like that is open.
    #[error("{place}: no {kind} is open there; `tallyman exceptions list` prints what is")]
    NotOpen {
        /// Where it was looked for.
        place: String,
        /// Which kind.
        kind: String,
    },
    /// Several shipments of the order have one.
    #[error("{place}: {kind} is open for several shipments ({shipments}); say which with --shipment")]
    WhichShipment {
        /// Where.
        place: String,
        /// Which kind.
        kind: String,
        /// Their ids.
        shipments: String,
    },
    /// A reason or name is missing.
    #[error("{place}: {what}")]
    Missing {
        /// Where.
        place: String,
        /// What has to be given.
        what: &'static str,
    },
    /// The state is out of reach.
    #[error("{place}: the state is out of reach; nothing is known to have changed, so do it again")]
    Store {
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: StoreError,
    },
}

/// The use case.
pub struct Exceptions<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// What people did: an order's state remembers little of what was said of exceptions that are over.
    pub deeds: &'a dyn Deeds,
    /// Connections, for their owners.
    pub config: &'a dyn ConfigStore,
    /// Clock.
    pub clock: &'a dyn Clock,
}

/// Which exception, and who acts on it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub place: &'a Place,
    /// Kind.
    pub kind: ExceptionKind,
    /// Which shipment; not needed when one has it.
    pub shipment: Option<&'a ShipmentId>,
    /// Who acts: a name or an address of the people's own, never a buyer's.
    pub by: &'a str,
}

impl Exceptions<'_> {
    /// All open ones, the nearest deadline first; of one owner where one is named.
    ///
    /// # Errors
    /// [`ExceptionError::Store`].
    pub async fn list(&self, owner: Option<Owner>) -> Result<Vec<Listed>, ExceptionError> {
        let failed = |source| ExceptionError::Store { place: "exceptions".to_owned(), source };
        let both = futures::try_join!(self.orders.exceptions(), self.config.connections());
        let (open, connections) = both.map_err(failed)?;
        let mut listed = listed(open, &connections);
        listed.retain(|l| owner.is_none_or(|only| l.owner == only));
        Ok(listed)
    }

    /// The most urgent of the open ones behind a place: of at most `places` orders and strays. Where to go on, if there may be
    /// more.
    ///
    /// # Errors
    /// [`ExceptionError::Store`].
    pub async fn most_urgent(
        &self,
        shelves: &dyn Shelves,
        after: Option<&str>,
        places: u32,
    ) -> Result<(Vec<Listed>, Option<String>), ExceptionError> {
        let failed = |source| ExceptionError::Store { place: "exceptions".to_owned(), source };
        let both = futures::try_join!(shelves.open_exceptions(after, places), self.config.connections());
        let ((open, next), connections) = both.map_err(failed)?;
        Ok((listed(open, &connections), next))
    }

    /// What is open at these places, the nearest deadline first.
    ///
    /// # Errors
    /// [`ExceptionError::Store`].
    pub async fn at(&self, places: &[&Place]) -> Result<Vec<Listed>, ExceptionError> {
        let failed = |source| ExceptionError::Store { place: "exceptions".to_owned(), source };
        let (mut orders, mut strays) = (Vec::new(), BTreeSet::new());
        for place in places {
            match place {
                Place::Order(order) => orders.push(order.clone()),
                Place::Stray(account, id) => drop(strays.insert((account, id))),
            }
        }
        let strays = strays.into_iter().map(|(account, id)| async move {
            let stray = self.orders.stray(account, id).await?;
            Ok::<_, StoreError>(stray.map(|e| (format!("{account}/{id}"), e)))
        });
        let (states, strays, connections) =
            futures::try_join!(self.orders.states(&orders), try_join_all(strays), self.config.connections())
                .map_err(failed)?;
        let mut open: Vec<(String, Exception)> = strays.into_iter().flatten().collect();
        for (order, state) in states {
            open.extend(state.exceptions.into_iter().map(|e| (order.to_string(), e)));
        }
        open.retain(|(_, e)| e.end.is_none());
        Ok(listed(open, &connections))
    }

    /// One act of a person. Done twice, a resolution says that nothing is open any more.
    ///
    /// # Errors
    /// [`ExceptionError`].
    pub async fn act(&self, asked: Asked<'_>, act: Act<'_>) -> Result<Exception, ExceptionError> {
        let place = match asked.place {
            Place::Order(order) => order.to_string(),
            Place::Stray(account, id) => format!("{account}/{id}"),
        };
        let blank = match act {
            Act::Resolve { reason } => reason.trim().is_empty().then_some("a reason has to be given"),
            Act::Comment { text } => text.trim().is_empty().then_some("a comment has to say something"),
            Act::Assign { .. } => None,
        };
        let blank = blank.or(asked.by.trim().is_empty().then_some("it has to be known who does it"));
        match (blank, asked.place) {
            (Some(what), _) => Err(ExceptionError::Missing { place, what }),
            (None, Place::Order(order)) => self.at_order(place, order, asked, act).await,
            (None, Place::Stray(account, id)) => self.at_account(place, (account, id), asked, act).await,
        }
    }

    async fn at_order(
        &self,
        place: String,
        order: &OrderRef,
        asked: Asked<'_>,
        act: Act<'_>,
    ) -> Result<Exception, ExceptionError> {
        let store = |source| ExceptionError::Store { place: place.clone(), source };
        let not_open = || ExceptionError::NotOpen { place: place.clone(), kind: named(asked.kind) };
        let state = self.orders.states(std::slice::from_ref(order)).await.map_err(store)?.remove(order);
        let connections = self.config.connections().await.map_err(store)?;
        let connection = connections.iter().find(|c| c.id == order.connection).ok_or_else(not_open)?;
        let state = state.ok_or_else(not_open)?;
        let of_kind: Vec<&Exception> = state
            .exceptions
            .iter()
            .filter(|e| e.kind == asked.kind && asked.shipment.is_none_or(|s| e.shipment.as_ref() == Some(s)))
            .collect();
        let subject = match of_kind[..] {
            [] => return Err(not_open()),
            [one] => one.shipment.clone(),
            _ => {
                let shipments: Vec<&str> =
                    of_kind.iter().map(|e| e.shipment.as_ref().map_or("the order", ShipmentId::as_str)).collect();
                let shipments = shipments.join(", ");
                return Err(ExceptionError::WhichShipment { place, kind: named(asked.kind), shipments });
            }
        };
        let hand = ByHand { kind: asked.kind, shipment: subject.as_ref(), by: asked.by, act };
        let (with, now) = (connection.setting(order), self.clock.now());
        let after = settle(self.orders, Some(state), &Event::ByHand(hand), with, now).await.map_err(store)?;
        let done = {
            let mut all = after.iter().flat_map(|s| s.exceptions.iter().chain(&s.closed));
            all.find(|e| e.is(asked.kind, subject.as_ref())).cloned().ok_or_else(not_open)?
        };
        let deed = deed(asked, act, now);
        if let Err(error) = self.deeds.put_deed(order, &deed).await {
            // It is done, and the order's state says so; only its words are kept shorter.
            tracing::warn!(%order, %error, "what a person did to an exception was not written down");
        }
        Ok(done)
    }

    async fn at_account(
        &self,
        place: String,
        (account, id): (&AccountId, &ShipmentId),
        asked: Asked<'_>,
        act: Act<'_>,
    ) -> Result<Exception, ExceptionError> {
        for _ in 0..CONFLICTS_MAX {
            let store = |source| ExceptionError::Store { place: place.clone(), source };
            let before = self.orders.stray(account, id).await.map_err(store)?;
            let before = before.filter(|e| e.kind == asked.kind && e.end.is_none());
            let not_open = || ExceptionError::NotOpen { place: place.clone(), kind: named(asked.kind) };
            let before = before.ok_or_else(not_open)?;
            let mut after = before.clone();
            after.act(asked.by, act, Exception::own_fact, self.clock.now());
            match self.orders.swap_stray(account, id, &before, &after).await {
                Ok(()) => return Ok(after),
                Err(StoreError::Conflict { .. }) => {}
                Err(source) => return Err(ExceptionError::Store { place, source }),
            }
        }
        let source = StoreError::Conflict { key: place.clone() };
        Err(ExceptionError::Store { place, source })
    }
}

fn deed(asked: Asked<'_>, act: Act<'_>, at: Timestamp) -> Deed {
    let (what, note) = match act {
        Act::Resolve { reason } => ("resolve", reason),
        Act::Assign { to } => ("assign", to.unwrap_or_default()),
        Act::Comment { text } => ("comment", text),
    };
    let (by, note) = (cut(asked.by, NAME_CHARS_MAX), cut(note, NOTE_CHARS_MAX));
    Deed { at, by, what: what.to_owned(), note, about: Some(asked.kind) }
}

/// Open exceptions as lists show them, the nearest deadline first.
#[must_use]
pub fn listed(open: Vec<(String, Exception)>, connections: &[Connection]) -> Vec<Listed> {
    let mut listed: Vec<Listed> = open.into_iter().map(|(subject, e)| view(subject, e, connections)).collect();
    listed.sort_by(|a, b| (a.deadline, &a.order, a.kind).cmp(&(b.deadline, &b.order, b.kind)));
    listed
}

/// An open exception as lists show it; `subject` is `connection:order` or `account/shipment`.
#[must_use]
pub fn view(subject: String, e: Exception, connections: &[Connection]) -> Listed {
    let (owner, what, finding) = (owner_of(&subject, &e, connections), said(&e), e.finding());
    Listed {
        order: subject,
        kind: e.kind,
        shipment: e.shipment,
        since: e.since,
        last_seen: e.last_seen.unwrap_or(e.since),
        deadline: e.deadline,
        owner,
        assignee: e.assignee,
        count: e.count,
        what,
        finding,
        unlisted: e.unlisted,
        to_do: e.kind.advice(),
        history: e.history,
        history_dropped: e.dropped,
    }
}

/// What happened, and what is to be known of what isn't shown.
fn said(e: &Exception) -> String {
    let mut said = e.detail.clone();
    if e.unlisted > 0 {
        let more = e.unlisted;
        said.push_str(&format!(" (and {more} more at this order that found no place: look at all of its shipments)"));
    }
    said
}

/// Opens an exception that belongs to no order, or counts it on when it was over. True when it is newly open.
///
/// # Errors
/// [`StoreError`].
pub async fn raise_stray(
    orders: &dyn OrderStore,
    account: &AccountId,
    id: &ShipmentId,
    found: &Exception,
) -> Result<bool, StoreError> {
    raise_stray_shipment(orders, account, id, None, found).await
}

/// As [`raise_stray`], with the shipment that it is about, where that can be read.
pub(crate) async fn raise_stray_shipment(
    orders: &dyn OrderStore,
    account: &AccountId,
    id: &ShipmentId,
    shipment: Option<&Shipment>,
    found: &Exception,
) -> Result<bool, StoreError> {
    for _ in 0..CONFLICTS_MAX {
        let Some(past) = orders.stray(account, id).await? else {
            orders.put_stray(account, id, shipment, found).await?;
            return Ok(true);
        };
        let Some(after) = found.clone().found_after(past.clone()) else { return Ok(false) };
        match orders.swap_stray(account, id, &past, &after).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict { key: format!("{account}/{id}") })
}

/// Ends one that belongs to no order: what it was about is gone.
///
/// # Errors
/// [`StoreError`].
pub async fn clear_stray(
    orders: &dyn OrderStore,
    account: &AccountId,
    id: &ShipmentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..CONFLICTS_MAX {
        let Some(before) = orders.stray(account, id).await? else { return Ok(()) };
        let Some(after) = before.clone().gone(now) else { return Ok(()) };
        match orders.swap_stray(account, id, &before, &after).await {
            Err(StoreError::Conflict { .. }) => {}
            done => return done,
        }
    }
    Err(StoreError::Conflict { key: format!("{account}/{id}") })
}

/// How it ended, in a word; none while it is open.
#[must_use]
pub fn end_word(exception: &Exception) -> Option<&'static str> {
    exception.end.as_ref().map(|end| match end {
        End::Cleared(_) => "cleared",
        End::Resolved(_) => "resolved",
    })
}
