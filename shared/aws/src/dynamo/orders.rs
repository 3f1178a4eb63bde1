//! Orders.

use super::{Conditional as _, Item, batch::Key, item, keys, shelves, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use tallyman_app::ports::{OrderRecord, OrderStore, Shelf, StoreError};
use tallyman_domain::{AccountId, ConnectionId, Exception, Order, OrderRef, OrderState, Shipment, ShipmentId, words};

const RAW_BYTES_MAX: usize = 64 * 1024;
const RAW_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A reader that is overtaken by a commit looks once more.
const LOADS_MAX: u32 = 2;
/// So many shelves of unfinished orders are looked at once; most are empty, or nearly.
const SHELVES_AT_ONCE: usize = 8;

store_on_table! {
    /// Orders in DynamoDB.
    DynamoOrderStore
}

fn record(pk: &str, items: &[Item]) -> Result<Option<OrderRecord>, StoreError> {
    let by_key: HashMap<&str, &Item> =
        items.iter().filter_map(|i| Some((i.get("sk")?.as_s().ok()?.as_str(), i))).collect();
    let Some(state) = by_key.get(keys::STATE) else { return Ok(None) };
    let state = item::state(state)?;
    let fact = |sk: String| {
        let missing = || StoreError::Corrupt {
            key: format!("{pk} {sk}"),
            what: "the state refers to it, but it isn't there".into(),
        };
        by_key.get(sk.as_str()).copied().ok_or_else(missing)
    };
    let order = match &state.facts {
        Some(digest) => Some(item::unpack(fact(keys::facts(digest))?, "b")?),
        None => None,
    };
    let shipments = state.shipments.iter().map(|s| item::unpack(fact(keys::shipment(&s.id, &s.facts))?, "b"));
    let shipments = shipments.collect::<Result<Vec<Shipment>, _>>()?;
    Ok(Some(OrderRecord { state, order, shipments }))
}

/// The first `bytes_max` bytes at most, cut between characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[async_trait]
impl OrderStore for DynamoOrderStore {
    async fn load(&self, order: &OrderRef) -> Result<Option<OrderRecord>, StoreError> {
        let pk = keys::order(order);
        let mut tries = 1;
        loop {
            let items = self.0.partition("load", &pk, None).await?;
            match record(&pk, &items) {
                // A Query is no snapshot: facts may have come after it passed their place and before it read the state.
                Err(StoreError::Corrupt { .. }) if tries < LOADS_MAX => tries += 1,
                result => return result,
            }
        }
    }

    async fn states(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderState>, StoreError> {
        let keys = orders.iter().map(|o| (keys::order(o), keys::STATE.to_owned())).collect();
        let items = self.0.get_all("states", keys).await?;
        items.iter().map(|i| Ok((keys::order_of(item::text(i, "pk")?)?, item::state(i)?))).collect()
    }

    async fn with_facts(&self, orders: &[OrderRef]) -> Result<HashMap<OrderRef, OrderRecord>, StoreError> {
        let states = self.states(orders).await?;
        let facts_key = |(order, state): (&OrderRef, &OrderState)| -> Option<Key> {
            Some((keys::order(order), keys::facts(state.facts.as_ref()?)))
        };
        let facts = self.0.get_all("with_facts", states.iter().filter_map(facts_key).collect()).await?;
        let facts: HashMap<&str, &Item> =
            facts.iter().map(|i| Ok((item::text(i, "pk")?, i))).collect::<Result<_, StoreError>>()?;
        let record = |(order, state): (OrderRef, OrderState)| {
            let order_facts = match &state.facts {
                Some(_) => readable(facts.get(keys::order(&order).as_str()).copied(), &order),
                None => None,
            };
            (order, OrderRecord { state, order: order_facts, shipments: Vec::new() })
        };
        Ok(states.into_iter().map(record).collect())
    }

    async fn put_facts(&self, facts: &[(OrderRef, Order)]) -> Result<(), StoreError> {
        let items = facts.iter().map(|(reference, order)| {
            let (pk, sk) = (keys::order(reference), keys::facts(&order.facts_digest().short()));
            let packed = item::pack(&pk, order)?;
            Ok(item::item(&pk, &sk, [("b", packed)]))
        });
        let mut items = items.collect::<Result<Vec<_>, StoreError>>()?;
        for (order, facts) in facts {
            items.extend(words::of_order(facts).into_iter().map(|word| shelves::word(order, word)));
        }
        self.0.put_all("put_facts", items).await
    }

    async fn put_shipment(&self, order: &OrderRef, shipment: &Shipment) -> Result<(), StoreError> {
        let (pk, sk) = (keys::order(order), keys::shipment(&shipment.id, &shipment.digest().short()));
        let packed = item::pack(&pk, shipment)?;
        let word = words::of_shipment(shipment).map(|word| shelves::word(order, word));
        let items = [item::item(&pk, &sk, [("b", packed)])].into_iter().chain(word).collect();
        self.0.put_all("put_shipment", items).await
    }

    async fn put_raw(&self, order: &OrderRef, raw: &str, now: Timestamp) -> Result<(), StoreError> {
        let ttl = now.as_second() + RAW_KEPT.as_secs();
        let others = [("t", item::s(cut(raw, RAW_BYTES_MAX))), (keys::TTL_ATTRIBUTE, item::n(ttl))];
        self.0.put("put_raw", item::item(&keys::order(order), keys::RAW, others)).await
    }

    async fn raw(&self, order: &OrderRef) -> Result<Option<String>, StoreError> {
        let kept = self.0.get("raw", &keys::order(order), keys::RAW, false).await?;
        kept.map(|item| item::text(&item, "t").map(str::to_owned)).transpose()
    }

    async fn commit(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError> {
        let conflict = || StoreError::Conflict { key: order.to_string() };
        self.0.note_shelves(order, state).await?;
        let mark = item::commit_mark();
        let put = self.0.client.put_item().table_name(&*self.0.name);
        let put = put.set_item(Some(item::of_state(order, state, &mark)?));
        let put = match state.version {
            0 => return Err(conflict()),
            1 => put.condition_expression("attribute_not_exists(pk)"),
            version => {
                put.condition_expression("v = :expected").expression_attribute_values(":expected", item::n(version - 1))
            }
        };
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(()) };
        match error.in_the_way() {
            // The first try took effect, its answer got lost, and what the SDK met the second time was our own write.
            Some(Some(stored)) if item::text(stored, "c").is_ok_and(|c| c == mark) => Ok(()),
            Some(_) => Err(conflict()),
            None => Err(failed("commit", order.to_string())(error)),
        }
    }

    async fn open(
        &self,
        connection: &ConnectionId,
        after: Option<String>,
        limit: u32,
    ) -> Result<(Vec<OrderRef>, Option<String>), StoreError> {
        let from = after.map(|place| open_start(connection, &place)).transpose()?;
        let catalogue = self.0.catalogue(Some(connection)).await?;
        let others = catalogue.get(connection).map(|shelved| shelved.others.keys().copied());
        let mut shelves: Vec<Shelf> =
            others.into_iter().flatten().chain(from.as_ref().map(|(shelf, _)| *shelf)).collect();
        let first = from.as_ref().and_then(|(shelf, _)| keys::open_order(*shelf));
        shelves.retain(|shelf| keys::open_order(*shelf).is_some_and(|order| first.is_none_or(|first| order >= first)));
        shelves.sort_unstable_by_key(|shelf| keys::open_order(*shelf));
        shelves.dedup();
        let most = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let (mut orders, mut start, mut at_once) = (Vec::new(), from.map(|(_, start)| start), 1);
        while !shelves.is_empty() {
            let later = shelves.split_off(at_once.min(shelves.len()));
            let left = most - orders.len();
            // Where the page before ended; only the first shelf goes on from there.
            let parts = shelves.into_iter().map(|shelf| self.0.open_on(connection, shelf, start.take(), left));
            let parts = futures::future::try_join_all(parts.collect::<Vec<_>>()).await?;
            orders.extend(parts.into_iter().flatten());
            if orders.len() >= most {
                orders.truncate(most);
                let next = orders.last().map(|(place, _): &(String, OrderRef)| place.clone());
                return Ok((orders.into_iter().map(|(_, order)| order).collect(), next));
            }
            (shelves, at_once) = (later, SHELVES_AT_ONCE);
        }
        Ok((orders.into_iter().map(|(_, order)| order).collect(), None))
    }

    async fn put_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        shipment: Option<&Shipment>,
        exception: &Exception,
    ) -> Result<(), StoreError> {
        let (pk, sk) = (keys::strays(account), id.as_str());
        let mut stray = item::of_stray(&pk, sk, exception)?;
        if let Some(shipment) = shipment {
            stray.insert("b".to_owned(), item::pack(&pk, shipment)?);
        }
        let put = self.0.client.put_item().table_name(&*self.0.name);
        let put = put.set_item(Some(stray)).condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Err(error) if error.in_the_way().is_none() => Err(failed("put_stray", format!("{account}/{sk}"))(error)),
            _ => Ok(()),
        }
    }

    async fn stray(&self, account: &AccountId, id: &ShipmentId) -> Result<Option<Exception>, StoreError> {
        let found = self.0.get("stray", &keys::strays(account), id.as_str(), true).await?;
        found.map(|item| item::json(&item, "x")).transpose()
    }

    async fn swap_stray(
        &self,
        account: &AccountId,
        id: &ShipmentId,
        before: &Exception,
        after: &Exception,
    ) -> Result<(), StoreError> {
        let (pk, sk) = (keys::strays(account), id.as_str());
        let update = self.0.client.update_item().table_name(&*self.0.name).set_key(Some(item::item(&pk, sk, [])));
        let update = update
            .condition_expression("x = :before")
            .expression_attribute_values(":before", item::s(item::to_json(&pk, before)?))
            .expression_attribute_values(":after", item::s(item::to_json(&pk, after)?));
        let update = if after.end.is_some() {
            update.update_expression("SET x = :after REMOVE xk, xs")
        } else {
            update
                .update_expression("SET x = :after, xk = :xk, xs = :xs")
                .expression_attribute_values(":xk", item::s(keys::EXCEPTIONS))
                .expression_attribute_values(":xs", item::s(keys::exception_by(after.deadline, sk)))
        };
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.in_the_way().is_some() => Err(StoreError::Conflict { key: format!("{account}/{sk}") }),
            Err(error) => Err(failed("swap_stray", format!("{account}/{sk}"))(error)),
        }
    }

    async fn exceptions(&self) -> Result<Vec<(String, Exception)>, StoreError> {
        let keys = self.0.with_exceptions("exceptions").await?;
        let items = self.0.get_all("exceptions", keys).await?;
        let mut all = Vec::new();
        for item in &items {
            match exceptions_of(item) {
                Ok((address, exceptions)) => all.extend(exceptions.into_iter().map(|e| (address.clone(), e))),
                // People look here to see what is wrong: one bad item must not hide all the others.
                Err(error) => tracing::error!(%error, "an item with exceptions can't be read"),
            }
        }
        all.sort_by(|a, b| (a.1.since, &a.0).cmp(&(b.1.since, &b.0)));
        Ok(all)
    }
}

/// The order's facts; none when they are missing or unreadable, which must not fail the order's neighbours.
fn readable(item: Option<&Item>, order: &OrderRef) -> Option<Order> {
    match item.map(|i| item::unpack(i, "b")) {
        Some(Ok(facts)) => Some(facts),
        Some(Err(error)) => {
            tracing::error!(%order, %error, "the facts of an order can't be read");
            None
        }
        None => {
            tracing::error!(%order, "the state refers to facts that aren't there");
            None
        }
    }
}

/// A place among the unfinished orders tells its shelf; the keys of its item follow from both.
fn open_start(connection: &ConnectionId, place: &str) -> Result<(Shelf, Item), StoreError> {
    let (shelf, place, order) = keys::open_at(connection, place).ok_or_else(|| StoreError::Corrupt {
        key: connection.to_string(),
        what: "the place to go on from isn't one of ours".into(),
    })?;
    let ((_, hash, range), of) = keys::shelf(connection, shelf);
    Ok((shelf, item::item(&keys::order(&order), keys::STATE, [(hash, item::s(of)), (range, item::s(place))])))
}

impl super::Table {
    /// At most `most` orders of a shelf of unfinished ones, oldest first, each with its place among all of them.
    async fn open_on(
        &self,
        connection: &ConnectionId,
        shelf: Shelf,
        mut start: Option<Item>,
        most: usize,
    ) -> Result<Vec<(String, OrderRef)>, StoreError> {
        let ((index, hash, range), of) = keys::shelf(connection, shelf);
        let mut orders = Vec::new();
        loop {
            let left = u32::try_from(most - orders.len()).unwrap_or(u32::MAX);
            let query = self.query(Some(index)).limit(shelves::limit(left)).set_exclusive_start_key(start);
            let query = query
                .key_condition_expression(format!("{hash} = :hash"))
                .expression_attribute_values(":hash", item::s(&of));
            let page = query.send().await.map_err(failed("open", connection.as_str()))?;
            for item in page.items() {
                let place = keys::open_place(shelf, item::text(item, range)?);
                orders.extend(
                    place
                        .map(|place| Ok::<_, StoreError>((place, keys::order_of(item::text(item, "pk")?)?)))
                        .transpose()?,
                );
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || orders.len() >= most {
                return Ok(orders);
            }
        }
    }
}

pub(super) fn exceptions_of(item: &Item) -> Result<(String, Vec<Exception>), StoreError> {
    let (pk, sk) = (item::text(item, "pk")?, item::text(item, "sk")?);
    match pk.strip_prefix("S#") {
        Some(account) => Ok((format!("{account}/{sk}"), vec![item::json(item, "x")?])),
        None => Ok((keys::order_of(pk)?.to_string(), item::state(item)?.exceptions)),
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
