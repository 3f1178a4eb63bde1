//! What ShipStation offers to be packed, against what has to be packed.

use super::{
    super::healed::Remedied, Compare, Known, List, Noted, Outcome, PAGES_MAX, Place, Stop, Waiting, seen::Seen,
};
use crate::{
    exceptions::{clear_stray, raise_stray},
    ports::{Hint, Page, warehouse::WarehouseEntry},
    step::{At, StepError, wake},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{
    Compared, Exception, ExceptionKind, Finding, OrderRef, OrderState, ShipmentId,
    exception::deadline,
    reconcile::{Remedy, offered},
};

/// Orders that are remembered as asked for.
const ASKED_MAX: usize = 200;
/// Kinds that this comparison opens, and so has to clear.
pub(super) const KINDS: [ExceptionKind; 2] = [ExceptionKind::StillShippable, ExceptionKind::MissingInWarehouse];

impl Compare<'_> {
    /// Who is in none of the lists can be said when one run read them whole, or several that noted what they saw.
    pub(super) async fn waiting(
        &self,
        place: &mut Place,
        noted: &mut Noted,
        (known, waiting): (&Known, &[&Waiting]),
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let begins = place.list == List::Waiting && place.page == 0;
        let whole = begins || noted.seen.is_some();
        let mut seen = noted.seen.take().filter(|_| !begins).unwrap_or_default();
        let done = self.look_through(place, noted, (&mut seen, whole), (known, waiting), outcome).await;
        noted.seen = Some(seen).filter(|_| whole && done.is_err());
        done
    }

    async fn look_through(
        &self,
        place: &mut Place,
        noted: &mut Noted,
        (seen, whole): (&mut Seen, bool),
        (known, waiting): (&Known, &[&Waiting]),
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        if place.list == List::Waiting {
            if !self.list(place, seen, outcome).await? {
                return Ok(());
            }
            self.unknown(seen, whole, noted, outcome).await?;
            (place.list, place.page) = (List::Held, 0);
        }
        if !whole {
            return Ok(());
        }
        if self.connections.iter().any(|c| c.account == self.account.id && known.unseen.contains(&c.id)) {
            // What its orders were merged into isn't known: the next run says who is missing.
            return Err(Stop::Later);
        }
        if place.list == List::Held {
            self.held(place, seen, (known, waiting), outcome).await?;
            (place.list, place.page) = (List::Absent, 0);
        }
        self.absent(place, seen, (known, waiting), outcome).await
    }

    /// False when there are more than a run compares.
    async fn list(&self, place: &mut Place, seen: &mut Seen, outcome: &mut Outcome) -> Result<bool, Stop> {
        loop {
            self.spend(outcome).await?;
            let page = self.heard(self.warehouse.waiting(place.page).await).await?;
            let more = page.more;
            self.page(page, seen, outcome).await?;
            place.page += 1;
            if !more {
                return Ok(true);
            }
            if place.page >= PAGES_MAX {
                tracing::warn!(account = %self.account.id, "more orders wait in ShipStation than a run compares");
                return Ok(false);
            }
        }
    }

    async fn page(&self, page: Page<WarehouseEntry>, seen: &mut Seen, outcome: &mut Outcome) -> Result<(), StepError> {
        outcome.compared += page.items.len();
        for what in &page.unreadable {
            tracing::warn!(account = %self.account.id, what, "a waiting order can't be read and isn't compared");
        }
        let order = |entry: &WarehouseEntry| entry.key.as_deref().and_then(OrderRef::from_order_key);
        let ours: BTreeMap<OrderRef, i64> = page
            .items
            .iter()
            .filter_map(|entry| Some((order(entry).filter(|o| self.connection(o).is_some())?, entry.id)))
            .collect();
        for entry in page.items {
            seen.ids.insert(entry.id);
            seen.merged.extend(entry.merged_ids);
        }
        let states = self.states(&ours.keys().cloned().collect()).await?;
        for (order, id) in ours {
            let state = states.get(&order);
            match (offered(state), state) {
                (Remedy::ReadAgain, _) | (_, None) => {
                    seen.unknown.insert(order, id);
                }
                (remedy, Some(state)) => self.judge(&order, state, remedy, outcome).await?,
            }
        }
        Ok(())
    }

    pub(super) async fn judge(
        &self,
        order: &OrderRef,
        state: &OrderState,
        remedy: Remedy,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        match remedy {
            Remedy::GiveAgain => {
                let given = self.settle(order, state, Compared::GiveAgain).await?;
                outcome.given_again += usize::from(given);
                outcome.rows.extend(given.then(|| (order.to_string(), Remedied::GivenAgain)));
            }
            Remedy::Open(kind, what) => {
                let found = Compared::Found { kind, shipment: None, what: &what };
                outcome.opened += usize::from(self.settle(order, state, found).await?);
            }
            Remedy::Agree => {
                let had = |kind: &_| state.exceptions.iter().any(|e| e.kind == *kind) || state.is_resolved(*kind, None);
                for kind in KINDS.into_iter().filter(had) {
                    let gone = Compared::Gone { kind, shipment: None };
                    outcome.cleared += usize::from(self.settle(order, state, gone).await?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Orders with our key that nobody knows: the marketplace is asked, and who isn't known to the next run either is a
    /// person's matter.
    async fn unknown(
        &self,
        seen: &Seen,
        whole: bool,
        noted: &mut Noted,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let (again, fresh): (Vec<_>, Vec<_>) =
            seen.unknown.iter().partition(|(order, _)| noted.asked.contains_key(&order.to_string()));
        let kind = ExceptionKind::UnknownInWarehouse;
        for (order, id) in again {
            let what = Finding::OfferedUnknown { order: order.to_string(), id: id.to_string() };
            let found = Exception::found(kind, None, what, deadline(kind, None, now), now);
            let raised = raise_stray(self.orders, &self.account.id, &stray_id(*id)?, &found).await;
            outcome.opened += usize::from(raised.at(order)?);
        }
        let usable = |order: &OrderRef| self.usable.contains(&order.connection);
        let ask: Vec<(OrderRef, i64)> =
            fresh.into_iter().filter(|(o, _)| usable(o)).take(ASKED_MAX).map(|(o, id)| (o.clone(), *id)).collect();
        let mut by_connection: BTreeMap<_, Vec<OrderRef>> = BTreeMap::new();
        for (order, _) in &ask {
            by_connection.entry(&order.connection).or_default().push(order.clone());
        }
        let hints: Vec<Hint> = by_connection
            .values()
            .flat_map(|orders| orders.chunks(50).map(|orders| Hint::Read { orders: orders.to_vec() }))
            .collect();
        wake(self.queue, &hints, Duration::ZERO).await.at(&self.account.id)?;
        outcome.read_again += ask.len();
        outcome.rows.extend(ask.iter().map(|(order, _)| (order.to_string(), Remedied::ReadAgain)));
        if whole {
            let known: BTreeSet<String> = seen.unknown.keys().map(ToString::to_string).collect();
            let (asked, gone) = std::mem::take(&mut noted.asked).into_iter().partition(|(o, _)| known.contains(o));
            noted.asked = asked;
            self.known_now(seen, gone, outcome).await?;
        }
        let room = ASKED_MAX.saturating_sub(noted.asked.len());
        noted.asked.extend(ask.iter().take(room).map(|(order, id)| (order.to_string(), *id)));
        Ok(())
    }

    /// Unknown orders that are known now, or gone: also those that a person resolved. The next one is a new matter.
    async fn known_now(
        &self,
        seen: &Seen,
        gone: BTreeMap<String, i64>,
        outcome: &mut Outcome,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let unknown: BTreeSet<String> = seen.unknown.values().map(|id| format!("{}/o{id}", self.account.id)).collect();
        let mine = format!("{}/", self.account.id);
        for (subject, exception) in self.open {
            let over = exception.kind == ExceptionKind::UnknownInWarehouse && !unknown.contains(subject);
            if let Some(Ok(id)) = subject.strip_prefix(&mine).filter(|_| over).map(ShipmentId::parse) {
                clear_stray(self.orders, &self.account.id, &id, now).await.at(subject)?;
                outcome.cleared += 1;
            }
        }
        for (order, id) in gone {
            clear_stray(self.orders, &self.account.id, &stray_id(id)?, now).await.at(order)?;
        }
        Ok(())
    }
}

fn stray_id(id: i64) -> Result<ShipmentId, StepError> {
    let unusable = |bad: tallyman_domain::BadId| StepError::Unusable { address: id.to_string(), what: bad.to_string() };
    ShipmentId::parse(format!("o{id}")).map_err(unusable)
}
