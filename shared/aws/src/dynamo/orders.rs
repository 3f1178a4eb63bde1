//! Orders.

use super::{Conditional as _, Item, batch::Key, item, keys, shelves, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use tallyman_app::ports::{OrderRecord, OrderStore, StoreError, Week};
use tallyman_domain::{AccountId, ConnectionId, Exception, Order, OrderRef, OrderState, Shipment, ShipmentId, words};

const RAW_BYTES_MAX: usize = 64 * 1024;
const RAW_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A reader that is overtaken by a commit looks once more.
const LOADS_MAX: u32 = 2;

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

    async fn commit(&self, order: &OrderRef, state: &OrderState) -> Result<(), StoreError> {
        let conflict = || StoreError::Conflict { key: order.to_string() };
        self.0.note_week(&order.connection, Week::of(state.placed_at)).await?;
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
        let from = after.map(|place| open_place(connection, &place)).transpose()?;
        let query = self.0.client.query().table_name(&*self.0.name).index_name(keys::GSI_OPEN);
        let query = query
            .key_condition_expression("ok = :ok")
            .expression_attribute_values(":ok", item::s(connection.as_str()))
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from);
        let page = query.send().await.map_err(failed("open", connection.as_str()))?;
        let orders = page.items().iter().map(|i| keys::order_of(item::text(i, "pk")?)).collect::<Result<_, _>>()?;
        let next = page.last_evaluated_key().filter(|key| !key.is_empty());
        Ok((orders, next.map(|key| item::text(key, "os").map(str::to_owned)).transpose()?))
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
                .expression_attribute_values(":xs", item::s(keys::exception_since(after.since, sk)))
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

/// The place in the index `open` is told by its range key alone (`keys`); the other keys follow from it.
fn open_place(connection: &ConnectionId, place: &str) -> Result<Item, StoreError> {
    let bad = || StoreError::Corrupt {
        key: connection.to_string(),
        what: "the place to go on from isn't one of ours".into(),
    };
    let order = place.split('#').nth(2).map(str::to_owned).ok_or_else(bad)?;
    let order = tallyman_domain::MarketplaceOrderId::parse(order).map_err(|_| bad())?;
    let pk = keys::order(&OrderRef::new(connection.clone(), order));
    Ok(item::item(&pk, keys::STATE, [("ok", item::s(connection.as_str())), ("os", item::s(place))]))
}

fn exceptions_of(item: &Item) -> Result<(String, Vec<Exception>), StoreError> {
    let (pk, sk) = (item::text(item, "pk")?, item::text(item, "sk")?);
    match pk.strip_prefix("S#") {
        Some(account) => Ok((format!("{account}/{sk}"), vec![item::json(item, "x")?])),
        None => Ok((keys::order_of(pk)?.to_string(), item::state(item)?.exceptions)),
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
