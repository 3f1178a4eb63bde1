//! The state ports: what `Memory` keeps, each call through the gate.

use super::World;
use crate::{lock, trace::About};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{collections::HashMap, time::Duration};
use tallyman_app::ports::{
    BudgetStore, Carriers, Clock, CursorStore, Kept, NoteStore, OrderRecord, OrderStore, ProofVault, StoreError,
};
use tallyman_domain::{
    AccountId, ConnectionId, Digest, Exception, LiveService, Order, OrderRef, OrderState, Shipment, ShipmentId,
    limit::Book,
};

const NOBODY: About = About { order: 0, shipment: 0 };

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        self.time.now()
    }
    async fn sleep(&self, wait: Duration) {
        self.time.sleep(wait).await;
    }
}

impl World {
    /// From now on nobody can say that they didn't know.
    fn learn_voids(&self, about: About, state: &OrderState) {
        for shipment in state.shipments.iter().filter(|s| s.voided) {
            let about = about.shipment(&shipment.id);
            lock(&self.voids_known).entry((about.order, about.shipment)).or_insert(self.time.now());
        }
    }
}

#[async_trait]
impl OrderStore for World {
    async fn load(&self, order: &OrderRef) -> Result<Option<OrderRecord>, StoreError> {
        self.call("load", About::order(order), self.memory.load(order)).await
    }
    async fn states(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderState>, StoreError> {
        if orders.is_empty() {
            return Ok(HashMap::new());
        }
        self.call("states", NOBODY, self.memory.states(orders)).await
    }
    async fn with_facts(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderRecord>, StoreError> {
        self.call("with_facts", NOBODY, self.memory.with_facts(orders)).await
    }
    async fn put_facts(&self, facts: &[(OrderRef, Order)]) -> Result<(), StoreError> {
        if facts.is_empty() {
            return Ok(());
        }
        self.call("put_facts", NOBODY, self.memory.put_facts(facts)).await
    }
    async fn put_shipment(&self, order: &OrderRef, shipment: &Shipment) -> Result<(), StoreError> {
        let about = About::order(order).shipment(&shipment.id);
        self.call("put_shipment", about, self.memory.put_shipment(order, shipment)).await
    }
    async fn put_raw(&self, order: &OrderRef, raw: &str, now: Timestamp) -> Result<(), StoreError> {
        self.call("put_raw", About::order(order), self.memory.put_raw(order, raw, now)).await
    }
    async fn raw(&self, order: &OrderRef) -> Result<Option<String>, StoreError> {
        self.call("raw", About::order(order), self.memory.raw(order)).await
    }
    async fn commit(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError> {
        let about = About::order(order);
        let effect = async {
            let done = self.memory.commit(order, state).await;
            let version = i64::try_from(state.version).unwrap_or_default();
            if done.is_ok() {
                self.learn_voids(about, state);
            }
            self.note(0, "commit of version", about, if done.is_ok() { "" } else { "conflict" }, version);
            done
        };
        self.call("commit", about, effect).await
    }
    async fn open(
        &self,
        connection: &ConnectionId,
        after: Option<String>,
        limit: u32,
    ) -> Result<(Vec<OrderRef>, Option<String>), StoreError> {
        self.call("open", NOBODY, self.memory.open(connection, after, limit)).await
    }
    async fn put_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        shipment: Option<&Shipment>,
        exception: &Exception,
    ) -> Result<(), StoreError> {
        self.call("put_stray", NOBODY.shipment(id), self.memory.put_stray(account, id, shipment, exception)).await
    }
    async fn stray(&self, account: &AccountId, id: &ShipmentId) -> Result<Option<Exception>, StoreError> {
        self.call("read a stray", NOBODY.shipment(id), self.memory.stray(account, id)).await
    }
    async fn swap_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        before: &Exception,
        after: &Exception,
    ) -> Result<(), StoreError> {
        self.call("change a stray", NOBODY.shipment(id), self.memory.swap_stray(account, id, before, after)).await
    }
    async fn exceptions(&self) -> Result<Vec<(String, Exception)>, StoreError> {
        self.call("exceptions", NOBODY, self.memory.exceptions()).await
    }
}

#[async_trait]
impl CursorStore for World {
    async fn cursor(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.call("cursor", NOBODY, self.memory.cursor(name)).await
    }
    async fn advance(&self, name: &str, to: Timestamp) -> Result<(), StoreError> {
        self.call("advance the cursor", NOBODY, self.memory.advance(name, to)).await
    }
}

#[async_trait]
impl BudgetStore for World {
    async fn book(&self, budget: &str) -> Result<Book, StoreError> {
        self.call("book of the budget", NOBODY, self.memory.book(budget)).await
    }
    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError> {
        self.call("write the budget's book", NOBODY, self.memory.swap(budget, book)).await
    }
}

#[async_trait]
impl Carriers for World {
    async fn services(&self, connection: &ConnectionId) -> Result<Option<(Vec<LiveService>, Timestamp)>, StoreError> {
        self.call("kept services", NOBODY, Carriers::services(&self.memory, connection)).await
    }
    async fn put_services(
        &self,
        connection: &ConnectionId,
        services: &[LiveService],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.call("keep services", NOBODY, self.memory.put_services(connection, services, at)).await
    }
}

#[async_trait]
impl ProofVault for World {
    async fn keep(&self, key: &str, png: &[u8], digest: Digest) -> Result<Kept, StoreError> {
        self.call("keep the proof", NOBODY, self.memory.keep(key, png, digest)).await
    }
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.call("read the proof", NOBODY, self.memory.read(key)).await
    }
    async fn digest(&self, key: &str) -> Result<Option<Digest>, StoreError> {
        self.call("digest of the proof", NOBODY, self.memory.digest(key)).await
    }
}

#[async_trait]
impl NoteStore for World {
    async fn note(&self, name: &str) -> Result<Option<(u64, String)>, StoreError> {
        self.call("read a note", NOBODY, self.memory.note(name)).await
    }
    async fn put_note(&self, name: &str, version: u64, text: &str) -> Result<(), StoreError> {
        self.call("write a note", NOBODY, self.memory.put_note(name, version, text)).await
    }
}
