//! Which shelves there are, so that nobody looks for orders where there never were any.
//!
//! Whoever puts an order on a shelf notes that shelf first. A process remembers what it noted for half an hour, so this is no
//! write an order. Every note has another mark; a shelf is taken out by its mark, after it was empty for longer than anybody
//! remembers (`Browse::count_all`).

use super::{Conditional as _, Item, Table, item, keys};
use crate::failure::failed;
use std::{sync::PoisonError, time::SystemTime};
use tallyman_app::ports::{Catalogue, Day, NOTED_FOR, Shelf, StoreError};
use tallyman_domain::{ConnectionId, OrderRef, OrderState};

/// The day's time, not the process's: what is frozen between two invocations must find its notes old when it wakes up.
#[expect(clippy::disallowed_methods, reason = "how old a note is, is nobody's business but this file's")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// More shelves than that in one process, and it begins to remember anew.
const NOTED_MAX: usize = 2_000;

impl Table {
    /// Notes the shelves that an order is put on. They have to be in the catalogue before it is there.
    pub(crate) async fn note_shelves(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError> {
        let (connection, day) = (&order.connection, Day::of(state.placed_at));
        let other = Shelf::of(state);
        let shelves: Vec<Shelf> = other.into_iter().chain([Shelf::Day(day)]).collect();
        let now = now();
        if shelves.iter().all(|shelf| self.has_noted(connection, *shelf, now)) {
            return Ok(());
        }
        let sk = keys::shelves(connection, day.month().year());
        let update =
            self.client.update_item().table_name(&*self.name).set_key(Some(item::item(keys::SHELVES, &sk, [])));
        let days = aws_sdk_dynamodb::types::AttributeValue::Ns(vec![keys::day_number(day)]);
        let update = update.expression_attribute_names("#days", keys::DAYS).expression_attribute_values(":days", days);
        let update = match other.and_then(keys::mark) {
            Some(mark) => update
                .update_expression("ADD #days :days SET #mark = :mark")
                .expression_attribute_names("#mark", mark)
                .expression_attribute_values(":mark", item::s(item::commit_mark())),
            None => update.update_expression("ADD #days :days"),
        };
        update.send().await.map_err(failed("note_shelves", connection.as_str()))?;
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= NOTED_MAX {
            noted.clear();
        }
        noted.extend(shelves.into_iter().map(|shelf| ((connection.clone(), shelf), now)));
        Ok(())
    }

    fn has_noted(&self, connection: &ConnectionId, shelf: Shelf, now: SystemTime) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let at = noted.get(&(connection.clone(), shelf));
        // Days are for ever.
        // A clock that was put back says nothing.
        let is_recent = |at: &SystemTime| now.duration_since(*at).is_ok_and(|age| age < NOTED_FOR);
        at.is_some_and(|at| matches!(shelf, Shelf::Day(_)) || is_recent(at))
    }

    pub(crate) async fn catalogue(&self, only: Option<&ConnectionId>) -> Result<Catalogue, StoreError> {
        let prefix = only.map(|connection| format!("{connection}#"));
        let items = self.partition("catalogue", keys::SHELVES, prefix.as_deref()).await?;
        let mut catalogue = Catalogue::new();
        for item in &items {
            let (connection, year) = keys::shelves_of(item::text(item, "sk")?).ok_or_else(|| StoreError::Corrupt {
                key: item::name(item),
                what: "it isn't of a connection and a year".into(),
            })?;
            let shelved = catalogue.entry(connection).or_default();
            shelved.days.extend(numbers(item).iter().filter_map(|number| keys::day_of(year, number)));
            let marks =
                item.iter().filter_map(|(name, mark)| Some((keys::marked(year, name)?, mark.as_s().ok()?.clone())));
            shelved.others.extend(marks);
        }
        Ok(catalogue)
    }

    pub(crate) async fn forget(&self, connection: &ConnectionId, shelf: Shelf, mark: &str) -> Result<(), StoreError> {
        let Some(attribute) = keys::mark(shelf) else { return Ok(()) };
        let sk = keys::shelves(connection, shelf.begins().month().year());
        let update =
            self.client.update_item().table_name(&*self.name).set_key(Some(item::item(keys::SHELVES, &sk, [])));
        let update = update
            .update_expression("REMOVE #mark")
            .condition_expression("#mark = :mark")
            .expression_attribute_names("#mark", attribute)
            .expression_attribute_values(":mark", item::s(mark));
        match update.send().await {
            Err(error) if error.in_the_way().is_none() => Err(failed("forget", connection.as_str())(error)),
            _ => Ok(()),
        }
    }
}

fn numbers(item: &Item) -> &[String] {
    item.get(keys::DAYS).and_then(|days| days.as_ns().ok()).map_or(&[], Vec::as_slice)
}
