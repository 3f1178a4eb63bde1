//! One order as both services show it now, for somebody who wants to see for themselves. What they say is
//! compared by [`tallyman_domain::side_by_side`].

use crate::{
    budget::{Spend, believe, hear, spend},
    connection::Account,
    ports::{
        BudgetStore, CallError, Clock, Marketplace, OrderRecord, ReadBack, StoreError, Warehouse,
        warehouse::WarehouseEntry,
    },
};
use tallyman_domain::{Order, OrderRef, limit::CallClass};

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
