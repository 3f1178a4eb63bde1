//! A parcel for several orders: ShipStation merged them, the children vanished, and only the parent ships.

use super::{Halt, ReadShipments, Recorded};
use crate::{
    connection::{Account, Connection},
    ports::{Hint, Warehouse},
    step::{At, settle},
};
use tallyman_domain::{Event, OrderRef, OrderState, Shipment};

/// One page of the index of unfinished orders, and how many of them at most: 100 000 orders a connection.
const PAGE: u32 = 400;
const PAGES_MAX: u32 = 250;

impl ReadShipments<'_> {
    /// Records the parcel at each of its orders, children first, so that whoever dies in between finds the parent
    /// unrecorded and begins again. Which orders they are, ShipStation's `mergedIds` say; nothing is guessed by lines
    /// or address, and unless each of them is one of ours a person has to look.
    pub(super) async fn merged(
        &self,
        account: &Account,
        mine: &[&Connection],
        warehouse: &dyn Warehouse,
        parent: &OrderRef,
        (shipment, known): (&Shipment, Vec<OrderRef>),
    ) -> Result<Vec<Hint>, Halt> {
        let mut children = known;
        if children.is_empty() {
            self.spend(account, super::READ_FOR_IT).await?;
            let entry = self.heard(account, warehouse, warehouse.entry(shipment.warehouse_order).await).await?;
            let ids = entry.map(|entry| entry.merged_ids).unwrap_or_default();
            let found = if ids.is_empty() { Vec::new() } else { self.exported_as(mine, parent, &ids).await? };
            // Also when they aren't all ours: then the parcel is nobody's, but ShipStation no longer has them either way.
            if !found.is_empty() {
                self.remember(mine, parent, &found).await?;
            }
            if found.len() == ids.len() {
                children = found;
            }
        }
        let mut hints = Vec::new();
        for child in &children {
            let others: Vec<OrderRef> =
                [parent].into_iter().chain(&children).filter(|o| *o != child).cloned().collect();
            hints.extend(self.record(mine, child, shipment, Some(&others)).await?.hints());
        }
        hints.extend(self.record(mine, parent, shipment, Some(&children)).await?.hints());
        Ok(hints)
    }

    /// Before the parcel is recorded at any of them: a child that was told of it is finished, and whoever dies before the
    /// parent is recorded, too, would find it no more.
    async fn remember(&self, mine: &[&Connection], parent: &OrderRef, found: &[OrderRef]) -> Result<(), Halt> {
        let Some(connection) = mine.iter().find(|c| c.id == parent.connection) else { return Ok(()) };
        let known = self.orders.states(std::slice::from_ref(parent)).await.at(parent)?.remove(parent);
        let event = Event::OrdersMerged { with: found };
        settle(self.orders, known, &event, connection.setting(parent), self.clock.now()).await.at(parent)?;
        Ok(())
    }

    /// Our orders that ShipStation knows by these ids: those that the parent remembers, and unfinished ones. No index is
    /// kept for it: merging is rare, and an index would cost a write for every order.
    async fn exported_as(&self, mine: &[&Connection], parent: &OrderRef, ids: &[i64]) -> Result<Vec<OrderRef>, Halt> {
        let named = |state: &OrderState| state.export.warehouse_order.is_some_and(|id| ids.contains(&id));
        let known = self.orders.states(std::slice::from_ref(parent)).await.at(parent)?.remove(parent);
        let remembered = known.map(|state| state.export.merged).unwrap_or_default();
        let states = self.orders.states(&remembered).await.at(parent)?;
        let mut found: Vec<OrderRef> = states.into_iter().filter(|(_, s)| named(s)).map(|(order, _)| order).collect();
        for connection in mine {
            let mut after = None;
            for _ in 0..PAGES_MAX {
                if found.len() == ids.len() {
                    break;
                }
                let (page, next) = self.orders.open(&connection.id, after, PAGE).await.at(&connection.id)?;
                let states = self.orders.states(&page).await.at(&connection.id)?;
                let new = states.into_iter().filter(|(order, s)| named(s) && !found.contains(order));
                let new: Vec<OrderRef> = new.map(|(order, _)| order).collect();
                found.extend(new);
                match next {
                    Some(next) if found.len() < ids.len() => after = Some(next),
                    _ => break,
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

impl Recorded {
    fn hints(self) -> Vec<Hint> {
        match self {
            Self::Done(hints) => hints,
            Self::Strange(_) => Vec::new(),
        }
    }
}
