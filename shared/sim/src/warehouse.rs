//! A warehouse with books and faults.

use crate::{lock, marketplace::Fault};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Duration,
};
use tallyman_app::ports::{
    CallError, ExportResult, Page, Subscription, Warehouse, WarehouseChange, Window, warehouse::WarehouseEntry,
};
use tallyman_domain::{OrderStatus, WarehouseOrder};

/// The warehouse.
#[derive(Debug, Default)]
pub struct FakeWarehouse {
    orders: Mutex<BTreeMap<String, (i64, WarehouseOrder)>>,
    /// Order numbers that are refused.
    refused: Mutex<Vec<String>>,
    /// Order numbers that spoil a whole call.
    poison: Mutex<Vec<String>>,
    labels: Mutex<Vec<WarehouseChange>>,
    marked: Mutex<Vec<WarehouseChange>>,
    entries: Mutex<BTreeMap<i64, WarehouseEntry>>,
    entries_broken: Mutex<bool>,
    /// Orders without a page of their own show what they were given.
    entries_by_orders: Mutex<bool>,
    subscriptions: Mutex<Vec<Subscription>>,
    faults: Mutex<VecDeque<Fault>>,
    calls: Mutex<Vec<String>>,
}

const NAME: &str = "FakeWarehouse";
/// Small, so that there are pages.
const WAITING_PAGE: usize = 3;

fn entry_of(id: i64, order: &WarehouseOrder, known: &BTreeMap<i64, WarehouseEntry>) -> WarehouseEntry {
    let status = serde_json::to_value(order.status).ok().and_then(|v| v.as_str().map(str::to_owned));
    known.get(&id).cloned().unwrap_or_else(|| WarehouseEntry {
        id,
        key: Some(order.key.clone()),
        number: order.number.clone(),
        status: status.unwrap_or_default(),
        parent_id: None,
        merged_ids: Vec::new(),
        items: Vec::new(),
    })
}

impl FakeWarehouse {
    /// The orders that arrived, by key.
    #[must_use]
    pub fn orders(&self) -> BTreeMap<String, (i64, WarehouseOrder)> {
        lock(&self.orders).clone()
    }
    /// The calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        lock(&self.calls).clone()
    }
    /// Refuses an order by its number.
    pub fn refuse(&self, number: &str) {
        lock(&self.refused).push(number.to_owned());
    }
    /// Lets an order spoil every call it is in.
    pub fn poison(&self, number: &str) {
        lock(&self.poison).push(number.to_owned());
    }
    /// Makes the next calls fail.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.faults).extend(faults);
    }
    /// Ships with a label.
    pub fn label(&self, change: WarehouseChange) {
        let mut labels = lock(&self.labels);
        labels.retain(|known| known.shipment.id != change.shipment.id);
        labels.push(change);
    }
    /// Marks as shipped.
    pub fn mark(&self, change: WarehouseChange) {
        lock(&self.marked).push(change);
    }
    /// Makes the orders' own pages unreadable.
    pub fn break_entries(&self) {
        *lock(&self.entries_broken) = true;
    }
    /// Lets every order show itself; otherwise only those do that were put.
    pub fn show_orders(&self) {
        *lock(&self.entries_by_orders) = true;
    }
    /// People take an order away.
    pub fn delete(&self, key: &str) {
        lock(&self.orders).remove(key);
    }
    /// People change an order's status.
    pub fn set_status(&self, key: &str, status: OrderStatus) {
        if let Some((_, order)) = lock(&self.orders).get_mut(key) {
            order.status = status;
        }
    }
    /// An order that somebody else put in.
    pub fn put_order(&self, order: WarehouseOrder) {
        let mut kept = lock(&self.orders);
        let id = 1000 + kept.len() as i64;
        kept.insert(order.key.clone(), (id, order));
    }
    /// An order as its own page shows it.
    pub fn put_entry(&self, entry: WarehouseEntry) {
        lock(&self.entries).insert(entry.id, entry);
    }

    fn is_shipped(&self, id: i64) -> bool {
        let live = |c: &WarehouseChange| c.shipment.warehouse_order == id && !c.shipment.voided;
        lock(&self.labels).iter().any(live) || lock(&self.marked).iter().any(live)
    }

    fn listed(&self, status: OrderStatus, page: u32) -> Page<WarehouseEntry> {
        let kept = lock(&self.orders);
        let merged: Vec<i64> = lock(&self.entries).values().flat_map(|e| e.merged_ids.clone()).collect();
        let there = |(id, order): &&(i64, WarehouseOrder)| {
            order.status == status && !self.is_shipped(*id) && !merged.contains(id)
        };
        let mut all: Vec<WarehouseEntry> =
            kept.values().filter(there).map(|(id, order)| entry_of(*id, order, &lock(&self.entries))).collect();
        all.sort_by_key(|entry| entry.id);
        let start = page as usize * WAITING_PAGE;
        let items = all.iter().skip(start).take(WAITING_PAGE).cloned().collect();
        Page { items, unreadable: Vec::new(), more: start + WAITING_PAGE < all.len() }
    }

    /// What the orders' own pages show of a cancelled one.
    fn cancelled_entry(&self, id: i64) -> Option<WarehouseEntry> {
        let orders = lock(&self.orders);
        let (_, order) = orders.values().find(|(known, o)| *known == id && o.status == OrderStatus::Cancelled)?;
        Some(WarehouseEntry {
            id,
            key: Some(order.key.clone()),
            number: order.number.clone(),
            status: "cancelled".into(),
            parent_id: None,
            merged_ids: Vec::new(),
            items: Vec::new(),
        })
    }

    fn called(&self, call: &str) -> Result<Option<Fault>, CallError> {
        lock(&self.calls).push(call.to_owned());
        match lock(&self.faults).pop_front() {
            Some(Fault::Throttle) => {
                Err(CallError::Throttled { service: NAME, call: call.into(), after: Duration::from_secs(30) })
            }
            Some(Fault::Refuse | Fault::Garble) => {
                Err(CallError::Refused { service: NAME, call: call.into(), code: "400".into(), message: "no".into() })
            }
            Some(Fault::LoseRequest) => {
                Err(CallError::Unclear { service: NAME, call: call.into(), what: "time-out".into() })
            }
            other => Ok(other),
        }
    }
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, unreadable: Vec::new(), more: false }
}

#[async_trait]
impl Warehouse for FakeWarehouse {
    async fn create_orders(&self, orders: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError> {
        let fault = self.called("create_orders")?;
        if orders.iter().any(|o| lock(&self.poison).contains(&o.number)) {
            return Err(CallError::Refused {
                service: NAME,
                call: "create_orders".into(),
                code: "400".into(),
                message: "bad".into(),
            });
        }
        let mut kept = lock(&self.orders);
        let mut results = Vec::new();
        for order in orders {
            let outcome = if lock(&self.refused).contains(&order.number) {
                Err("refused".to_owned())
            } else if kept.get(&order.key).is_some_and(|(_, known)| known.status == OrderStatus::Cancelled) {
                // As ShipStation does.
                Err("it is cancelled and locked".to_owned())
            } else {
                let id = kept.get(&order.key).map_or(1000 + kept.len() as i64, |(id, _)| *id);
                kept.insert(order.key.clone(), (id, order.clone()));
                Ok(id)
            };
            results.push(ExportResult { key: order.key.clone(), outcome });
        }
        match fault {
            Some(_) => Err(CallError::Unclear { service: NAME, call: "create_orders".into(), what: "cut".into() }),
            None => Ok(results),
        }
    }
    async fn shipments(&self, _: Window, _: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.called("shipments")?;
        Ok(page(lock(&self.labels).clone()))
    }
    async fn fulfillments(&self, _: Window, _: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.called("fulfillments")?;
        Ok(page(lock(&self.marked).clone()))
    }
    async fn voided(&self, _: Window, _: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.called("voided")?;
        Ok(page(lock(&self.labels).iter().filter(|c| c.shipment.voided).cloned().collect()))
    }
    async fn follow(&self, _: &str, _: u32) -> Result<Page<WarehouseChange>, CallError> {
        self.called("follow")?;
        Ok(page(lock(&self.labels).clone()))
    }
    async fn waiting(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        self.called("waiting")?;
        Ok(self.listed(OrderStatus::AwaitingShipment, page))
    }
    async fn held(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        self.called("held")?;
        Ok(self.listed(OrderStatus::OnHold, page))
    }
    async fn entry(&self, id: i64) -> Result<Option<WarehouseEntry>, CallError> {
        self.called("entry")?;
        if *lock(&self.entries_broken) {
            let (call, what) = ("entry".into(), "expected a number".into());
            return Err(CallError::Undecodable { service: NAME, call, path: "items[0].quantity".into(), what });
        }
        if let Some(entry) = lock(&self.entries).get(&id) {
            return Ok(Some(entry.clone()));
        }
        if !*lock(&self.entries_by_orders) {
            return Ok(self.cancelled_entry(id));
        }
        let kept = lock(&self.orders);
        let found = kept.values().find(|(known, _)| *known == id);
        Ok(found.map(|(id, order)| {
            let entry = entry_of(*id, order, &BTreeMap::new());
            if self.is_shipped(*id) { WarehouseEntry { status: "shipped".into(), ..entry } } else { entry }
        }))
    }
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        self.called("subscriptions")?;
        Ok(lock(&self.subscriptions).clone())
    }
    async fn subscribe(&self, event: &str, target_url: &str) -> Result<i64, CallError> {
        self.called(&format!("subscribe {event}"))?;
        let mut present = lock(&self.subscriptions);
        let id = present.iter().map(|s| s.id).max().unwrap_or_default() + 1;
        present.push(Subscription { id, event: event.to_owned(), target_url: target_url.to_owned(), active: true });
        Ok(id)
    }
    async fn unsubscribe(&self, id: i64) -> Result<(), CallError> {
        self.called("unsubscribe")?;
        lock(&self.subscriptions).retain(|s| s.id != id);
        Ok(())
    }
}
