//! One order as both services show it now, for somebody who wants to see for themselves.

use crate::{
    budget::{Spend, believe, hear, spend},
    connection::Account,
    ports::{
        BudgetStore, CallError, Clock, Marketplace, OrderRecord, ReadBack, StoreError, Warehouse,
        warehouse::WarehouseEntry,
    },
};
use tallyman_domain::{Order, OrderRef, Settings, limit::CallClass, status};

/// Something that both sides say, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What it is about.
    pub about: About,
    /// What the marketplace says; none when it says nothing of it.
    pub marketplace: Option<String>,
    /// What ShipStation says.
    pub warehouse: Option<String>,
}

/// What a pair is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The status: what the marketplace's means for ShipStation, and what ShipStation's is.
    Status,
    /// How many of this: SKU, else name.
    Quantity(String),
}

impl Pair {
    /// Do both say the same?
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.marketplace == self.warehouse
    }
}

/// A parcel, and whether the marketplace shows it.
#[derive(Debug)]
pub struct Shown {
    /// Tracking number.
    pub tracking_number: String,
    /// What the marketplace says.
    pub there: Result<ReadBack, CallError>,
}

/// Both sides.
#[derive(Debug)]
pub struct Sides {
    /// The marketplace's order.
    pub marketplace: Result<Order, CallError>,
    /// ShipStation's; `None` when it has none.
    pub warehouse: Result<Option<WarehouseEntry>, CallError>,
    /// The parcels that the marketplace was told of.
    pub shown: Vec<Shown>,
}

/// The use case.
pub struct SideBySide<'a> {
    /// Budgets.
    pub budgets: &'a dyn BudgetStore,
    /// Clock.
    pub clock: &'a dyn Clock,
}

impl SideBySide<'_> {
    /// Reads both sides. What one of them can't say now keeps nobody from the other.
    ///
    /// # Errors
    /// [`StoreError`] when the budget is out of reach.
    pub async fn read(
        &self,
        reference: &OrderRef,
        record: &OrderRecord,
        marketplace: &dyn Marketplace,
        (account, warehouse): (&Account, &dyn Warehouse),
    ) -> Result<Sides, StoreError> {
        marketplace.expect(CallClass::Import);
        let order = marketplace.order(&reference.order).await;
        let mut shown = Vec::new();
        for shipment in &record.state.shipments {
            let facts = record.shipments.iter().find(|facts| facts.id == shipment.id);
            if let (Some((_, code)), Some(facts)) = (shipment.notice.told(), facts) {
                let number = facts.tracking_number.clone();
                let there = marketplace.read_back(&reference.order, &shipment.id, &number, code).await;
                shown.push(Shown { tracking_number: number, there });
            }
        }
        let warehouse = match record.state.export.warehouse_order {
            Some(id) => self.entry(account, warehouse, id).await?,
            None => Ok(None),
        };
        Ok(Sides { marketplace: order, warehouse, shown })
    }

    async fn entry(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        id: i64,
    ) -> Result<Result<Option<WarehouseEntry>, CallError>, StoreError> {
        if let Spend::Wait(after) = spend(self.budgets, self.clock, account, CallClass::Import, 1).await? {
            return Ok(Err(CallError::Throttled { service: "ShipStation", call: "orders".to_owned(), after }));
        }
        let entry = warehouse.entry(id).await;
        hear(self.budgets, self.clock, account, warehouse.rate()).await?;
        if let Err(CallError::Throttled { after, .. }) = &entry {
            believe(self.budgets, self.clock, account, *after).await?;
        }
        Ok(entry)
    }
}

/// What both say, one beside the other.
#[must_use]
pub fn pairs(order: &Order, entry: &WarehouseEntry, settings: &Settings) -> Vec<Pair> {
    let reading = status::read(order.marketplace, &order.standing, &settings.status_map);
    let there = settings.status_there(reading.status);
    let mut pairs = vec![Pair {
        about: About::Status,
        marketplace: Some(crate::reconcile::report::named(there)),
        warehouse: Some(entry.status.clone()),
    }];
    for line in &order.lines {
        let item = entry.items.iter().find(|item| item.line.as_ref() == Some(&line.id));
        pairs.push(Pair {
            about: About::Quantity(line.sku.clone().unwrap_or_else(|| line.name.clone())),
            // ShipStation counts in whole units: 2.5 metres are one.
            marketplace: Some(
                if line.quantity.fract().is_zero() { line.quantity } else { 1.into() }.normalize().to_string(),
            ),
            warehouse: item.map(|item| item.quantity.normalize().to_string()),
        });
    }
    let known =
        |item: &&tallyman_domain::ShippedItem| order.lines.iter().any(|line| item.line.as_ref() == Some(&line.id));
    // Discounts and surcharges are lines of price alone.
    let strangers = entry.items.iter().filter(|item| !known(item) && item.line.is_some());
    pairs.extend(strangers.map(|item| Pair {
        about: About::Quantity(item.sku.clone().unwrap_or_else(|| item.name.clone())),
        marketplace: None,
        warehouse: Some(item.quantity.normalize().to_string()),
    }));
    pairs
}
