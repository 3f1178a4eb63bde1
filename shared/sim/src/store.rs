//! All state ports in memory.

use crate::{MemoryBudgets, lock};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
    time::Duration,
};
use tallyman_app::ports::{
    BudgetStore, Carriers, CursorStore, Deed, Hint, HintQueue, Kept, NoteStore, OrderRecord, OrderStore, ProofVault,
    Shelf, StoreError,
};
use tallyman_domain::{
    AccountId, ConnectionId, Digest, Exception, LiveService, Order, OrderRef, OrderState, Shipment, ShipmentId,
    limit::Book,
};

/// Everything that is kept.
#[derive(Debug, Default)]
pub struct Memory {
    states: Mutex<BTreeMap<OrderRef, OrderState>>,
    facts: Mutex<HashMap<(OrderRef, String), Order>>,
    shipments: Mutex<HashMap<(OrderRef, String), Shipment>>,
    strays: Mutex<Vec<(String, Exception)>>,
    cursors: Mutex<HashMap<String, Timestamp>>,
    budgets: MemoryBudgets,
    services: Mutex<HashMap<ConnectionId, (Vec<LiveService>, Timestamp)>>,
    proofs: Mutex<BTreeMap<String, Vec<u8>>>,
    notes: Mutex<BTreeMap<String, (u64, String)>>,
    raws: Mutex<BTreeMap<OrderRef, Vec<String>>>,
    sent: Mutex<Vec<(Hint, Duration)>>,
    send_failures: Mutex<u32>,
    unshippable: Mutex<Option<OrderRef>>,
    pub(crate) shelves_fail: Mutex<bool>,
    /// Shelves that were taken out of the catalogue.
    pub(crate) forgotten: Mutex<BTreeSet<(ConnectionId, Shelf)>>,
    pub(crate) deeds: Mutex<BTreeMap<OrderRef, Vec<Deed>>>,
}

impl Memory {
    pub(crate) fn open_strays(&self) -> Vec<(String, Exception)> {
        lock(&self.strays).iter().filter(|(_, e)| e.end.is_none()).cloned().collect()
    }
    /// An order's state.
    #[must_use]
    pub fn state(&self, order: &OrderRef) -> Option<OrderState> {
        lock(&self.states).get(order).cloned()
    }
    /// Takes the hints that were sent so far, with their delays.
    #[must_use]
    pub fn take_hints(&self) -> Vec<(Hint, Duration)> {
        std::mem::take(&mut lock(&self.sent))
    }
    /// Makes the next sends fail: whoever sends dies there, as far as the state can tell.
    pub fn fail_sends(&self, count: u32) {
        *lock(&self.send_failures) = count;
    }
    /// Makes looking along shelves fail, until told otherwise.
    pub fn fail_shelves(&self, fail: bool) {
        *lock(&self.shelves_fail) = fail;
    }
    /// Makes the commits fail that record a shipment at this order, until told otherwise.
    pub fn fail_shipments_of(&self, order: Option<OrderRef>) {
        *lock(&self.unshippable) = order;
    }
    /// One proof.
    #[must_use]
    pub fn proof(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.proofs).get(key).cloned()
    }
    /// Is there a proof?
    #[must_use]
    pub fn has_proof(&self, key: &str) -> bool {
        lock(&self.proofs).contains_key(key)
    }
    /// The shipments that belong to no order and wait for a person, as `account/shipment`.
    #[must_use]
    pub fn strays(&self) -> Vec<String> {
        lock(&self.strays).iter().filter(|(_, e)| e.end.is_none()).map(|(subject, _)| subject.clone()).collect()
    }
    /// What was kept of an order that couldn't be read.
    #[must_use]
    pub fn raws(&self, order: &OrderRef) -> Vec<String> {
        lock(&self.raws).get(order).cloned().unwrap_or_default()
    }
    /// Somebody takes a proof away, or puts another one in its place.
    pub fn replace_proof(&self, key: &str, png: Option<&[u8]>) {
        let mut proofs = lock(&self.proofs);
        match png {
            Some(png) => proofs.insert(key.to_owned(), png.to_vec()),
            None => proofs.remove(key),
        };
    }
    /// Somebody sets a cursor, back or forth.
    pub fn set_cursor(&self, name: &str, at: Timestamp) {
        lock(&self.cursors).insert(name.to_owned(), at);
    }
    /// All states: to compare what a run changed.
    #[must_use]
    pub fn states_now(&self) -> BTreeMap<OrderRef, OrderState> {
        lock(&self.states).clone()
    }
    /// What is kept in the vault.
    #[must_use]
    pub fn proofs(&self) -> BTreeMap<String, Vec<u8>> {
        lock(&self.proofs).clone()
    }
    /// All shipment facts that were ever written, with their orders.
    pub(crate) fn all_shipments(&self) -> Vec<(OrderRef, Shipment)> {
        lock(&self.shipments).iter().map(|((order, _), shipment)| (order.clone(), shipment.clone())).collect()
    }
    /// All order facts that were ever written.
    pub(crate) fn all_facts(&self) -> Vec<(OrderRef, Order)> {
        lock(&self.facts).iter().map(|((order, _), facts)| (order.clone(), facts.clone())).collect()
    }
    fn record(&self, order: &OrderRef, state: &OrderState) -> Result<OrderRecord, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt { key: order.to_string(), what: what.to_owned() };
        let facts = lock(&self.facts);
        let found = state
            .facts
            .as_ref()
            .map(|f| facts.get(&(order.clone(), f.clone())).cloned().ok_or_else(|| corrupt("no facts")));
        let shipments = lock(&self.shipments);
        let all = state
            .shipments
            .iter()
            .map(|s| shipments.get(&(order.clone(), s.facts.clone())).cloned().ok_or_else(|| corrupt("no shipment")));
        Ok(OrderRecord { state: state.clone(), order: found.transpose()?, shipments: all.collect::<Result<_, _>>()? })
    }
}

#[async_trait]
impl OrderStore for Memory {
    async fn load(&self, order: &OrderRef) -> Result<Option<OrderRecord>, StoreError> {
        self.state(order).map(|state| self.record(order, &state)).transpose()
    }
    async fn states(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderState>, StoreError> {
        Ok(orders.iter().filter_map(|o| Some((o.clone(), self.state(o)?))).collect())
    }
    async fn with_facts(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderRecord>, StoreError> {
        let mut found = HashMap::new();
        for order in orders {
            if let Some(record) = self.load(order).await? {
                found.insert(order.clone(), OrderRecord { shipments: Vec::new(), ..record });
            }
        }
        Ok(found)
    }
    async fn put_facts(&self, facts: &[(OrderRef, Order)]) -> Result<(), StoreError> {
        lock(&self.facts).extend(facts.iter().map(|(r, o)| ((r.clone(), o.facts_digest().short()), o.clone())));
        Ok(())
    }
    async fn put_shipment(&self, order: &OrderRef, shipment: &Shipment) -> Result<(), StoreError> {
        lock(&self.shipments).insert((order.clone(), shipment.digest().short()), shipment.clone());
        Ok(())
    }
    async fn put_raw(&self, order: &OrderRef, raw: &str, _: Timestamp) -> Result<(), StoreError> {
        lock(&self.raws).entry(order.clone()).or_default().push(raw.to_owned());
        Ok(())
    }
    async fn raw(&self, order: &OrderRef) -> Result<Option<String>, StoreError> {
        Ok(self.raws(order).pop())
    }
    async fn commit(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError> {
        let mut states = lock(&self.states);
        if states.get(order).map_or(0, |s| s.version) + 1 != state.version {
            return Err(StoreError::Conflict { key: order.to_string() });
        }
        if !state.shipments.is_empty() && lock(&self.unshippable).as_ref() == Some(order) {
            return Err(StoreError::Failed { what: "commit", key: order.to_string(), source: "made to fail".into() });
        }
        states.insert(order.clone(), state.clone());
        Ok(())
    }
    async fn open(
        &self,
        connection: &ConnectionId,
        _: Option<String>,
        _: u32,
    ) -> Result<(Vec<OrderRef>, Option<String>), StoreError> {
        let states = lock(&self.states);
        Ok((
            states
                .iter()
                .filter(|(r, s)| r.connection == *connection && !s.is_finished())
                .map(|(r, _)| r.clone())
                .collect(),
            None,
        ))
    }
    async fn put_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        _: Option<&Shipment>,
        exception: &Exception,
    ) -> Result<(), StoreError> {
        let subject = format!("{account}/{id}");
        let mut strays = lock(&self.strays);
        if !strays.iter().any(|(known, _)| *known == subject) {
            strays.push((subject, exception.clone()));
        }
        Ok(())
    }
    async fn stray(&self, account: &AccountId, id: &ShipmentId) -> Result<Option<Exception>, StoreError> {
        let subject = format!("{account}/{id}");
        Ok(lock(&self.strays).iter().find(|(known, _)| *known == subject).map(|(_, e)| e.clone()))
    }
    async fn swap_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        before: &Exception,
        after: &Exception,
    ) -> Result<(), StoreError> {
        let subject = format!("{account}/{id}");
        let mut strays = lock(&self.strays);
        match strays.iter_mut().find(|(known, stored)| *known == subject && stored == before) {
            Some((_, stored)) => stored.clone_from(after),
            None => return Err(StoreError::Conflict { key: subject }),
        }
        Ok(())
    }
    async fn exceptions(&self) -> Result<Vec<(String, Exception)>, StoreError> {
        let of_orders = lock(&self.states);
        let of_orders =
            of_orders.iter().flat_map(|(r, s)| s.exceptions.iter().map(move |e| (r.to_string(), e.clone())));
        let strays = lock(&self.strays);
        Ok(of_orders.chain(strays.iter().filter(|(_, e)| e.end.is_none()).cloned()).collect())
    }
}

#[async_trait]
impl CursorStore for Memory {
    async fn cursor(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(lock(&self.cursors).get(name).copied())
    }
    async fn advance(&self, name: &str, to: Timestamp) -> Result<(), StoreError> {
        let mut cursors = lock(&self.cursors);
        let at = cursors.entry(name.to_owned()).or_insert(to);
        *at = to.max(*at);
        Ok(())
    }
}

#[async_trait]
impl BudgetStore for Memory {
    async fn book(&self, budget: &str) -> Result<Book, StoreError> {
        self.budgets.book(budget).await
    }
    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError> {
        self.budgets.swap(budget, book).await
    }
}

#[async_trait]
impl Carriers for Memory {
    async fn services(&self, connection: &ConnectionId) -> Result<Option<(Vec<LiveService>, Timestamp)>, StoreError> {
        Ok(lock(&self.services).get(connection).cloned())
    }
    async fn put_services(
        &self,
        connection: &ConnectionId,
        services: &[LiveService],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        lock(&self.services).insert(connection.clone(), (services.to_vec(), at));
        Ok(())
    }
}

#[async_trait]
impl ProofVault for Memory {
    async fn keep(&self, key: &str, png: &[u8], _: Digest) -> Result<Kept, StoreError> {
        let mut proofs = lock(&self.proofs);
        if proofs.contains_key(key) {
            return Ok(Kept::Already);
        }
        proofs.insert(key.to_owned(), png.to_vec());
        Ok(Kept::New)
    }
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(lock(&self.proofs).get(key).cloned())
    }
    async fn digest(&self, key: &str) -> Result<Option<Digest>, StoreError> {
        Ok(lock(&self.proofs).get(key).map(|png| Digest::of_bytes(png)))
    }
}

#[async_trait]
impl NoteStore for Memory {
    async fn note(&self, name: &str) -> Result<Option<(u64, String)>, StoreError> {
        Ok(lock(&self.notes).get(name).cloned())
    }
    async fn put_note(&self, name: &str, version: u64, text: &str) -> Result<(), StoreError> {
        let mut notes = lock(&self.notes);
        if notes.get(name).map_or(0, |(version, _)| *version) != version {
            return Err(StoreError::Conflict { key: name.to_owned() });
        }
        notes.insert(name.to_owned(), (version + 1, text.to_owned()));
        Ok(())
    }
}

#[async_trait]
impl HintQueue for Memory {
    async fn send(&self, hints: &[Hint], delay: Duration) -> Result<(), StoreError> {
        let mut failures = lock(&self.send_failures);
        if *failures > 0 {
            *failures -= 1;
            return Err(StoreError::Failed { what: "send", key: "queue".to_owned(), source: "died here".into() });
        }
        lock(&self.sent).extend(hints.iter().map(|hint| (hint.clone(), delay)));
        Ok(())
    }
}
