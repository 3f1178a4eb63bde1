//! Notices that wait for a row of the carrier map: whoever saves one wakes them.

use super::Choices;
use crate::{
    ports::StoreError,
    step::{pack, wake},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_domain::{ConnectionId, OrderRef, carrier::waits_for_a_row};

/// Of the orders with exceptions so many are looked at, the oldest exceptions first; the others `reconcile` wakes within
/// the hour.
const PAGE: u32 = 100;
const PAGES_MAX: u32 = 10;
/// Functions believe a connection's settings for a minute: who is woken sooner would still see the old rows.
const SETTINGS_HOLD_AFTER: Duration = Duration::from_secs(75);

impl Choices<'_> {
    /// Wakes the connection's notices that wait for a row. What is woken in vain finds nothing to do.
    pub(super) async fn wake_waiting(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let (mut after, mut waiting) = (None, Vec::new());
        for _ in 0..PAGES_MAX {
            let (page, next) = self.shelves.with_exceptions(after.as_deref(), PAGE).await?;
            let mine = page.into_iter().map(|(_, order)| order).filter(|order| order.connection == *connection);
            let mine: Vec<OrderRef> = mine.collect::<BTreeSet<_>>().into_iter().collect();
            let states: BTreeMap<_, _> = self.orders.states(&mine).await?.into_iter().collect();
            for (order, state) in states {
                waiting.extend(waits_for_a_row(&state).into_iter().map(|notice| (order.clone(), notice)));
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        wake(self.queue, &pack(waiting), SETTINGS_HOLD_AFTER).await
    }
}
