//! ShipStation: what it answers, and what people in the warehouse do to an order.

use super::{
    World,
    books::{DepotBooks, Label, Row},
};
use crate::{lock, trace::About};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{collections::BTreeMap, time::Duration};
use tallyman_app::ports::{
    CallError, ExportResult, Page, Subscription, Warehouse, WarehouseChange, Window, warehouse::WarehouseEntry,
};
use tallyman_domain::{LineId, OrderRef, OrderStatus, Shipment, ShipmentId, ShippedItem, WarehouseOrder};

const PAGE_SIZE: usize = 4;

/// What people pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parcel {
    /// All that is left.
    Rest,
    /// One unit.
    OneUnit,
}

/// Units by line.
pub(crate) fn left_of(order: &WarehouseOrder) -> BTreeMap<LineId, u32> {
    order.lines.iter().filter_map(|line| Some((line.key.clone()?, line.quantity))).collect()
}

impl DepotBooks {
    /// `createorders`, one order of it.
    fn upsert(&mut self, order: &WarehouseOrder, now: Timestamp) -> Result<i64, String> {
        let next = 5_000 + i64::try_from(self.rows.len()).unwrap_or_default();
        let packed = |row: &Row| row.left != left_of(&row.content);
        if let Some(row) = self.rows.iter_mut().find(|row| row.key.as_deref() == Some(order.key.as_str())) {
            if row.shipped || row.content.status == OrderStatus::Cancelled {
                return Err("the order is shipped or cancelled, and locked".to_owned());
            }
            if !packed(row) && row.merged_into.is_none() {
                row.left = left_of(order);
            }
            row.content = order.clone();
            return Ok(row.id);
        }
        self.rows.push(Row {
            id: next,
            key: Some(order.key.clone()),
            number: order.number.clone(),
            content: order.clone(),
            left: left_of(order),
            shipped: false,
            parent: None,
            merged_into: None,
            arrived_at: now,
        });
        Ok(next)
    }

    /// May people pack this order now?
    pub(crate) fn is_open(row: &Row) -> bool {
        !row.shipped && row.merged_into.is_none() && row.content.status == OrderStatus::AwaitingShipment
    }

    /// A label is bought. Returns its place.
    pub(crate) fn pack(&mut self, id: i64, parcel: Parcel, carrier: &str, now: Timestamp) -> Option<usize> {
        let number = self.labels.len() + 1;
        let row = self.row_mut(id).filter(|row| Self::is_open(row))?;
        let mut items = Vec::new();
        for (line, left) in row.left.iter_mut().filter(|(_, left)| **left > 0) {
            let units = if parcel == Parcel::Rest { *left } else { 1 };
            *left -= units;
            items.push(item(line, units));
            if parcel == Parcel::OneUnit {
                break;
            }
        }
        if items.is_empty() {
            return None;
        }
        row.shipped = row.left.values().all(|left| *left == 0);
        let shipment = shipment(number, 's', row.id, carrier, items, now);
        let order = row.key.as_deref().and_then(OrderRef::from_order_key);
        let change = WarehouseChange { shipment, order, order_number: row.number.clone() };
        self.labels.push(Label { change, row: id, created_at: now, voided_at: None, marked: false, foreign: false });
        Some(number - 1)
    }

    /// Somebody marks an order as shipped.
    pub(crate) fn mark(&mut self, id: i64, now: Timestamp) -> Option<usize> {
        let number = self.labels.len() + 1;
        let row = self.row_mut(id).filter(|row| Self::is_open(row))?;
        row.shipped = true;
        row.left.values_mut().for_each(|left| *left = 0);
        let shipment = Shipment { whole_order: true, ..shipment(number, 'f', row.id, "stamps_com", Vec::new(), now) };
        let change = WarehouseChange { shipment, order: None, order_number: row.number.clone() };
        self.labels.push(Label { change, row: id, created_at: now, voided_at: None, marked: true, foreign: false });
        Some(number - 1)
    }

    /// A label is voided: what was in it waits for another.
    pub(crate) fn void(&mut self, place: usize, now: Timestamp) -> bool {
        let Some(label) = self.labels.get_mut(place).filter(|l| l.voided_at.is_none() && !l.marked) else {
            return false;
        };
        label.voided_at = Some(now);
        label.change.shipment.voided = true;
        let (id, items) = (label.row, label.change.shipment.items.clone());
        if let Some(row) = self.row_mut(id) {
            row.shipped = false;
            for item in items {
                let units = u32::try_from(item.quantity).unwrap_or_default();
                if let Some(left) = item.line.and_then(|line| row.left.get_mut(&line)) {
                    *left += units;
                }
            }
        }
        true
    }

    /// One unit goes into an order of its own, without our key.
    pub(crate) fn split(&mut self, id: i64) -> Option<i64> {
        let next = 5_000 + i64::try_from(self.rows.len()).unwrap_or_default();
        let row = self.row_mut(id).filter(|row| Self::is_open(row) && row.left.values().sum::<u32>() > 1)?;
        let (line, left) = row.left.iter_mut().find(|(_, left)| **left > 0)?;
        *left -= 1;
        let child = Row {
            id: next,
            key: None,
            number: format!("{}-1", row.number),
            left: BTreeMap::from([(line.clone(), 1)]),
            parent: Some(row.id),
            ..row.clone()
        };
        self.rows.push(child);
        Some(next)
    }

    /// Two orders are packed together: one vanishes.
    pub(crate) fn merge(&mut self, into: i64, gone: i64) -> bool {
        let whole = |row: &&mut Row| Self::is_open(row) && row.key.is_some() && row.left == left_of(&row.content);
        if into == gone || self.row_mut(into).filter(whole).is_none() {
            return false;
        }
        let Some(row) = self.row_mut(gone).filter(whole) else { return false };
        row.merged_into = Some(into);
        let left = std::mem::take(&mut row.left);
        if let Some(row) = self.row_mut(into) {
            row.left.extend(left);
        }
        true
    }

    /// An order as ShipStation shows it.
    fn entry_of(&self, row: &Row) -> WarehouseEntry {
        let status = match row.content.status {
            _ if row.shipped => "shipped",
            OrderStatus::AwaitingPayment => "awaiting_payment",
            OrderStatus::OnHold => "on_hold",
            OrderStatus::Cancelled => "cancelled",
            OrderStatus::Shipped => "shipped",
            OrderStatus::AwaitingShipment => "awaiting_shipment",
        };
        WarehouseEntry {
            id: row.id,
            key: row.key.clone(),
            number: row.number.clone(),
            status: status.to_owned(),
            parent_id: row.parent,
            merged_ids: self.rows.iter().filter(|r| r.merged_into == Some(row.id)).map(|r| r.id).collect(),
            items: left_of(&row.content).iter().map(|(line, units)| item(line, *units)).collect(),
        }
    }

    fn listed(&self, page: u32, which: impl Fn(&Row) -> bool) -> Page<WarehouseEntry> {
        let all: Vec<WarehouseEntry> =
            self.rows.iter().filter(|row| which(row)).map(|row| self.entry_of(row)).collect();
        let start = page as usize * PAGE_SIZE;
        let items = all.iter().skip(start).take(PAGE_SIZE).cloned().collect();
        Page { items, unreadable: Vec::new(), more: start + PAGE_SIZE < all.len() }
    }

    fn is_too_often(&mut self, now: Timestamp) -> bool {
        let minute = now - SignedDuration::from_mins(1);
        let lately = self.calls.iter().rev().take_while(|at| **at > minute).count();
        self.calls.push(now);
        let too_often = lately >= self.calls_per_minute as usize;
        self.refused_429 += u32::from(too_often);
        too_often
    }

    fn page<'b>(&'b self, page: u32, shown: impl Fn(&Label) -> bool + 'b) -> Page<WarehouseChange> {
        let all: Vec<&Label> = self.labels.iter().filter(|label| shown(label)).collect();
        let start = page as usize * PAGE_SIZE;
        let items = all.iter().skip(start).take(PAGE_SIZE).map(|label| label.change.clone()).collect();
        Page { items, unreadable: Vec::new(), more: start + PAGE_SIZE < all.len() }
    }
}

fn item(line: &LineId, units: u32) -> ShippedItem {
    ShippedItem { line: Some(line.clone()), sku: None, name: "Lamp".into(), quantity: units.into() }
}

#[allow(clippy::unwrap_used, reason = "a letter and digits")]
pub(crate) fn shipment(
    number: usize,
    letter: char,
    warehouse_order: i64,
    carrier: &str,
    items: Vec<ShippedItem>,
    now: Timestamp,
) -> Shipment {
    Shipment {
        id: ShipmentId::parse(format!("{letter}{number}")).unwrap(),
        warehouse_order,
        tracking_number: format!("TRACK{number}"),
        carrier: carrier.to_owned(),
        service: None,
        ship_date: TimeZone::UTC.to_datetime(now).date(),
        created_at: now,
        fee: None,
        weight: None,
        items,
        whole_order: false,
        voided: false,
        ship_to: None,
        marketplace_notified: None,
        notify_error: None,
    }
}

impl World {
    async fn ask<T>(
        &self,
        what: &'static str,
        about: About,
        answer: impl FnOnce(&mut DepotBooks) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let effect = async {
            let mut books = lock(&self.depot);
            if books.is_too_often(self.time.now()) {
                let after = Duration::from_secs(60);
                return Err(CallError::Throttled { service: "Simulated", call: what.to_owned(), after });
            }
            answer(&mut books)
        };
        self.call(what, about, effect).await
    }
}

fn inside(at: Timestamp, window: Window) -> bool {
    window.from <= at && at < window.to
}

#[async_trait]
impl Warehouse for World {
    async fn create_orders(&self, orders: &[WarehouseOrder]) -> Result<Vec<ExportResult>, CallError> {
        let now = self.time.now();
        let take = |books: &mut DepotBooks| {
            let upsert = |order: &WarehouseOrder| {
                let outcome = books.upsert(order, now);
                let how = if outcome.is_ok() { "" } else { "refused, it is locked" };
                self.note(0, "the warehouse takes", About::number(&order.number), how, 0);
                ExportResult { key: order.key.clone(), outcome }
            };
            Ok(orders.iter().map(upsert).collect())
        };
        let about = if let [order] = orders { About::number(&order.number) } else { About::default() };
        self.ask("createorders", about, take).await
    }
    async fn shipments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        let shown = move |l: &Label| !l.marked && inside(l.created_at, window);
        self.ask("list shipments", About::default(), |books| Ok(books.page(page, shown))).await
    }
    async fn fulfillments(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        let shown = move |l: &Label| l.marked && inside(l.created_at, window);
        self.ask("list fulfillments", About::default(), |books| Ok(books.page(page, shown))).await
    }
    async fn voided(&self, window: Window, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        let shown = move |l: &Label| l.voided_at.is_some_and(|at| inside(at, window));
        self.ask("list voided labels", About::default(), |books| Ok(books.page(page, shown))).await
    }
    async fn follow(&self, resource_url: &str, page: u32) -> Result<Page<WarehouseChange>, CallError> {
        let number: usize = resource_url.rsplit('=').next().and_then(|n| n.parse().ok()).unwrap_or_default();
        let id = format!("s{number}");
        let shown = move |l: &Label| l.change.shipment.id.as_str() == id;
        self.ask("follow a webhook", About::default(), |books| Ok(books.page(page, shown))).await
    }
    async fn waiting(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        let list = |books: &mut DepotBooks| Ok(books.listed(page, DepotBooks::is_open));
        self.ask("list waiting orders", About::default(), list).await
    }
    async fn held(&self, page: u32) -> Result<Page<WarehouseEntry>, CallError> {
        let held = |row: &Row| !row.shipped && row.merged_into.is_none() && row.content.status == OrderStatus::OnHold;
        self.ask("list held orders", About::default(), |books| Ok(books.listed(page, held))).await
    }
    async fn entry(&self, id: i64) -> Result<Option<WarehouseEntry>, CallError> {
        let read = |books: &mut DepotBooks| {
            let row = books.row(id).filter(|row| row.merged_into.is_none());
            Ok(row.map(|row| books.entry_of(row)))
        };
        self.ask("read a warehouse order", About::default(), read).await
    }
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        self.ask("list subscriptions", About::default(), |_| Ok(Vec::new())).await
    }
    async fn subscribe(&self, _: &str, _: &str) -> Result<i64, CallError> {
        self.ask("subscribe", About::default(), |_| Ok(1)).await
    }
    async fn unsubscribe(&self, _: i64) -> Result<(), CallError> {
        self.ask("unsubscribe", About::default(), |_| Ok(())).await
    }
}
