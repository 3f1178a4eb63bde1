//! The sandbox's own books: what it holds, and what was done to it.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Config;
use crate::delivery::Delivery;
use crate::faults::Faults;
use crate::limits::Limits;
use crate::orders::model::{Order, Status};
use crate::rng::Rng;
use crate::shipments::{Fulfillment, Shipment};
use crate::time;
use crate::warehouse::Automatic;
use crate::webhooks::Subscription;

/// Where ids come from: each kind counts in a range of its own, so that no two can be mistaken.
#[derive(Debug, Default)]
pub struct Ids {
    orders: i64,
    items: i64,
    shipments: i64,
    fulfillments: i64,
    batches: i64,
    webhooks: i64,
}

fn count(counter: &mut i64, base: i64) -> i64 {
    *counter += 1;
    base + *counter
}

impl Ids {
    pub fn order(&mut self) -> i64 {
        count(&mut self.orders, 500_000_000)
    }

    pub fn item(&mut self) -> i64 {
        count(&mut self.items, 900_000_000)
    }

    pub fn shipment(&mut self) -> i64 {
        count(&mut self.shipments, 700_000_000)
    }

    pub fn fulfillment(&mut self) -> i64 {
        count(&mut self.fulfillments, 80_000_000)
    }

    pub fn batch(&mut self) -> i64 {
        count(&mut self.batches, 190_000_000)
    }

    pub fn webhook(&mut self) -> i64 {
        count(&mut self.webhooks, 123_000)
    }
}

/// Everything the sandbox knows, behind one lock.
#[derive(Debug)]
pub struct Books {
    pub rng: Rng,
    pub ids: Ids,
    pub limits: Limits,
    pub faults: Faults,
    pub orders: Vec<Order>,
    by_id: HashMap<i64, usize>,
    by_key: HashMap<String, usize>,
    pub shipments: Vec<Shipment>,
    pub fulfillments: Vec<Fulfillment>,
    pub subscriptions: Vec<Subscription>,
    pub deliveries: Vec<Delivery>,
    /// Whether webhooks are sent at all.
    pub delivering: bool,
    pub warehouse: Option<Automatic>,
    calls: BTreeMap<String, u64>,
    http_429: u64,
    rejected: Vec<Value>,
    started: Instant,
}

impl Books {
    pub fn new(config: &Config) -> Self {
        Self {
            rng: Rng::new(config.seed),
            ids: Ids::default(),
            limits: Limits::new(config.rate_limit, config.rate_window),
            faults: Faults::default(),
            orders: Vec::new(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            shipments: Vec::new(),
            fulfillments: Vec::new(),
            subscriptions: Vec::new(),
            deliveries: Vec::new(),
            delivering: true,
            warehouse: None,
            calls: BTreeMap::new(),
            http_429: 0,
            rejected: Vec::new(),
            started: Instant::now(),
        }
    }

    pub fn order(&self, id: i64) -> Option<&Order> {
        self.by_id.get(&id).and_then(|place| self.orders.get(*place))
    }

    pub fn order_mut(&mut self, id: i64) -> Option<&mut Order> {
        self.by_id.get(&id).and_then(|place| self.orders.get_mut(*place))
    }

    /// An order that was merged into another is not found by its key any more.
    pub fn order_with_key(&self, key: &str) -> Option<&Order> {
        self.by_key.get(key).and_then(|place| self.orders.get(*place)).filter(|order| !order.is_gone())
    }

    pub fn add_order(&mut self, order: Order) -> i64 {
        let id = order.id;
        self.by_id.insert(id, self.orders.len());
        self.by_key.insert(order.key.clone(), self.orders.len());
        self.orders.push(order);
        id
    }

    /// An order held until a date is awaiting shipment again from then on.
    pub fn release_due_holds(&mut self, now: Timestamp) {
        let here = time::pacific(now);
        let due =
            |order: &&mut Order| order.status == Status::OnHold && order.hold_until.is_some_and(|until| until <= here);
        for order in self.orders.iter_mut().filter(due) {
            order.status = Status::AwaitingShipment;
            order.hold_until = None;
            order.modified = now;
        }
    }

    pub fn count_call(&mut self, route: &str) {
        *self.calls.entry(route.to_owned()).or_default() += 1;
    }

    pub fn count_429(&mut self) {
        self.http_429 += 1;
    }

    pub fn reject(&mut self, route: &str, message: &str) {
        self.rejected.push(json!({ "route": route, "message": message }));
    }

    /// All of it, for the one who checks.
    pub fn show(&self) -> Value {
        json!({
            "orders": self.orders.iter().map(order_entry).collect::<Vec<_>>(),
            "shipments": self.shipments.iter().map(Shipment::entry).collect::<Vec<_>>(),
            "fulfillments": self.fulfillments.iter().map(Fulfillment::entry).collect::<Vec<_>>(),
            "webhook_deliveries": self.deliveries,
            "subscriptions": self.subscriptions.iter().map(Subscription::entry).collect::<Vec<_>>(),
            "calls": self.calls,
            "http_429": self.http_429,
            "rejected": self.rejected,
            "calls_per_window": self.limits.history(),
            "faults_fired": self.faults.fired(),
            "uptime_ms": self.started.elapsed().as_millis() as u64,
        })
    }
}

fn order_entry(order: &Order) -> Value {
    json!({
        "orderId": order.id,
        "orderKey": order.key,
        "orderNumber": order.number,
        "orderStatus": order.status.name(),
        "storeId": order.store_id,
        "createdAt": order.created.to_string(),
        "modifiedAt": order.modified.to_string(),
        "updates": order.updates,
        "parentId": order.parent_id,
        "mergedInto": order.merged_into,
        "street1": order.street(),
    })
}
