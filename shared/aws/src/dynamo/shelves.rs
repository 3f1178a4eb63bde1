//! Where people look orders up.

use super::{Item, Table, item, keys, orders::exceptions_of, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};
use tallyman_app::ports::{Catalogue, Counted, DEEDS_MAX, Deed, Deeds, Part, Shelf, Shelves, Spot, StoreError};
use tallyman_domain::{ConnectionId, Exception, MarketplaceOrderId, OrderRef, WordKind};

store_on_table! {
    /// Shelves in DynamoDB.
    DynamoShelves
}

/// A word of an order, as an item.
pub(crate) fn word(order: &OrderRef, (kind, word): (WordKind, String)) -> Item {
    item::item(&keys::words(&order.connection, kind, &word), &format!("{word}#{}", order.order), [])
}

impl Table {
    /// The orders of the keys of a word's partition that begin like this, the last key first: of one word, orders with
    /// higher numbers are newer.
    async fn word(
        &self,
        connection: &ConnectionId,
        kind: WordKind,
        word: &str,
        begins: &str,
        most: u32,
    ) -> Result<Vec<OrderRef>, StoreError> {
        let query = self.query(None).limit(limit(most)).scan_index_forward(false);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", item::s(keys::words(connection, kind, word)))
            .expression_attribute_values(":prefix", item::s(begins));
        // What somebody is looked for by stays out of messages.
        let items = self.keys_of("find", connection.as_str(), query).await?;
        let order = |item: &Item| -> Option<OrderRef> {
            let (_, order) = item::text(item, "sk").ok()?.rsplit_once('#')?;
            Some(OrderRef::new(connection.clone(), MarketplaceOrderId::parse(order.to_owned()).ok()?))
        };
        Ok(items.iter().filter_map(order).collect())
    }

    pub(crate) fn query(&self, index: Option<&str>) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&*self.name);
        match index {
            Some(index) => query.index_name(index),
            None => query,
        }
    }

    /// The keys of what has exceptions, the nearest deadline first, and where to go on.
    async fn waiting(
        &self,
        what: &'static str,
        after: Option<&str>,
        most: u32,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let from = after.map(|place| keys::exception_at(place).ok_or_else(|| bad_place(place))).transpose()?;
        let from =
            from.map(|(xs, pk, sk)| item::item(&pk, &sk, [("xk", item::s(keys::EXCEPTIONS)), ("xs", item::s(xs))]));
        let query = self.query(Some(keys::GSI_EXCEPTIONS)).limit(limit(most)).set_exclusive_start_key(from);
        let query =
            query.key_condition_expression("xk = :xk").expression_attribute_values(":xk", item::s(keys::EXCEPTIONS));
        let page = query.send().await.map_err(failed(what, keys::GSI_EXCEPTIONS))?;
        let next = page.last_evaluated_key.filter(|key| !key.is_empty());
        Ok((page.items.unwrap_or_default(), next.as_ref().map(place).transpose()?))
    }

    /// One page of keys.
    async fn keys_of(&self, what: &'static str, of: &str, query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
        Ok(query.send().await.map_err(failed(what, of))?.items.unwrap_or_default())
    }
}

fn bad_place(place: &str) -> StoreError {
    StoreError::Corrupt { key: place.to_owned(), what: "the place to go on from isn't one of ours".into() }
}

fn spot(item: &Item, range: &str) -> Result<Spot, StoreError> {
    let order = keys::order_of(item::text(item, "pk")?)?;
    let (place, country) = item::text(item, range)?.rsplit_once('#').ok_or_else(|| StoreError::Corrupt {
        key: item::name(item),
        what: format!("{range} is no place on a shelf"),
    })?;
    Ok(Spot { place: place.to_owned(), order, country: country.to_owned() })
}

pub(crate) fn limit(limit: u32) -> i32 {
    i32::try_from(limit.max(1)).unwrap_or(i32::MAX)
}

/// What of a shelf: a condition as short as it can be, as emulators hold every key of a partition against it.
fn within(query: QueryFluentBuilder, hash: &str, range: &str, part: &Part) -> QueryFluentBuilder {
    // What stands at a place has the country behind it, and so sorts after the bare place: that stays out.
    match (part.from.map(|from| format!("{from:.0}")), &part.before) {
        (None, None) => query.key_condition_expression(format!("{hash} = :hash")),
        (Some(from), None) => query
            .key_condition_expression(format!("{hash} = :hash AND {range} >= :from"))
            .expression_attribute_values(":from", item::s(from)),
        (None, Some(before)) => query
            .key_condition_expression(format!("{hash} = :hash AND {range} < :before"))
            .expression_attribute_values(":before", item::s(before)),
        (Some(from), Some(before)) => query
            .key_condition_expression(format!("{hash} = :hash AND {range} BETWEEN :from AND :before"))
            .expression_attribute_values(":from", item::s(from))
            .expression_attribute_values(":before", item::s(before)),
    }
}

#[async_trait]
impl Shelves for DynamoShelves {
    async fn part(&self, connection: &ConnectionId, shelf: Shelf, part: &Part) -> Result<Vec<Spot>, StoreError> {
        let ((index, hash, range), of) = keys::shelf(connection, shelf);
        if part.before.as_ref().is_some_and(|before| part.from.is_some_and(|from| format!("{from:.0}") > *before)) {
            return Ok(Vec::new());
        }
        let mut spots = Vec::new();
        let mut start = None;
        loop {
            let left = part.limit.saturating_sub(u32::try_from(spots.len()).unwrap_or(u32::MAX));
            let query = self.0.query(Some(index)).scan_index_forward(false).limit(limit(left));
            let query = within(query, hash, range, part).expression_attribute_values(":hash", item::s(&of));
            let page = query.set_exclusive_start_key(start).send().await.map_err(failed("part", &of))?;
            for item in page.items() {
                spots.push(spot(item, range)?);
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || spots.len() >= usize::try_from(part.limit).unwrap_or(usize::MAX) {
                return Ok(spots);
            }
        }
    }

    async fn count(&self, connection: &ConnectionId, shelf: Shelf, most: u32) -> Result<Counted, StoreError> {
        let ((index, hash, _), of) = keys::shelf(connection, shelf);
        let (mut count, mut start) = (0_u64, None);
        loop {
            let left = u64::from(most).saturating_sub(count).min(u64::from(u32::MAX));
            let query = self.0.query(Some(index)).select(Select::Count);
            let query = query
                .key_condition_expression(format!("{hash} = :hash"))
                .expression_attribute_values(":hash", item::s(&of))
                .limit(limit(u32::try_from(left).unwrap_or(u32::MAX)))
                .set_exclusive_start_key(start);
            let page = query.send().await.map_err(failed("count", &of))?;
            count += u64::try_from(page.count).unwrap_or(0);
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || count >= u64::from(most) {
                return Ok(Counted { count, is_all: start.is_none() });
            }
        }
    }

    async fn catalogue(&self, only: Option<&ConnectionId>) -> Result<Catalogue, StoreError> {
        self.0.catalogue(only).await
    }

    async fn forget(&self, connection: &ConnectionId, shelf: Shelf, mark: &str) -> Result<(), StoreError> {
        self.0.forget(connection, shelf, mark).await
    }

    async fn find(
        &self,
        connection: &ConnectionId,
        kind: WordKind,
        prefix: &str,
        most: u32,
    ) -> Result<Vec<OrderRef>, StoreError> {
        if prefix.is_empty() {
            return Ok(Vec::new());
        }
        // Of a longer word less than its head says nothing about where it is kept: only the word itself is found.
        let is_short = prefix.chars().count() < kind.head_chars();
        // SKUs begin alike: those that are just what was asked for come first.
        let whole = async {
            if !is_short && kind != WordKind::Sku {
                return Ok(Vec::new());
            }
            self.0.word(connection, kind, prefix, &format!("{prefix}#"), most).await
        };
        let longer =
            async { if is_short { Ok(Vec::new()) } else { self.0.word(connection, kind, prefix, prefix, most).await } };
        let (mut found, longer) = futures::try_join!(whole, longer)?;
        for order in longer {
            if !found.contains(&order) {
                found.push(order);
            }
        }
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn with_exceptions(
        &self,
        after: Option<&str>,
        most: u32,
    ) -> Result<(Vec<(String, OrderRef)>, Option<String>), StoreError> {
        let (items, next) = self.0.waiting("with_exceptions", after, most).await?;
        let mut orders = Vec::new();
        for item in &items {
            let pk = item::text(item, "pk")?;
            if pk.starts_with("O#") {
                orders.push((place(item)?, keys::order_of(pk)?));
            }
        }
        Ok((orders, next))
    }

    async fn open_exceptions(
        &self,
        after: Option<&str>,
        most: u32,
    ) -> Result<(Vec<(String, Exception)>, Option<String>), StoreError> {
        let (places, next) = self.0.waiting("open_exceptions", after, most).await?;
        let key = |item: &Item| -> Result<_, StoreError> {
            Ok((item::text(item, "pk")?.to_owned(), item::text(item, "sk")?.to_owned()))
        };
        let keys = places.iter().map(key).collect::<Result<_, _>>()?;
        let mut all = Vec::new();
        for item in self.0.get_all("open_exceptions", keys).await? {
            match exceptions_of(&item) {
                Ok((address, exceptions)) => {
                    let open = exceptions.into_iter().filter(|e| e.end.is_none());
                    all.extend(open.map(|e| (address.clone(), e)));
                }
                // People look here to see what is wrong: one bad item must not hide all the others.
                Err(error) => tracing::error!(%error, "an item with exceptions can't be read"),
            }
        }
        all.sort_by(|a, b| (a.1.deadline, &a.0).cmp(&(b.1.deadline, &b.0)));
        Ok((all, next))
    }
}

/// The place of an item among all that have exceptions.
fn place(item: &Item) -> Result<String, StoreError> {
    Ok(keys::exception_place(item::text(item, "xs")?, item::text(item, "pk")?))
}

#[async_trait]
impl Deeds for DynamoShelves {
    async fn put_deed(&self, order: &OrderRef, deed: &Deed) -> Result<(), StoreError> {
        let pk = keys::order(order);
        let sk = format!("{}{}", keys::DEED, keys::sortable(deed.at));
        let json = item::to_json(&pk, deed)?;
        self.0.put("put_deed", item::item(&pk, &sk, [("s", item::s(json))])).await
    }

    async fn deeds(&self, order: &OrderRef) -> Result<Vec<Deed>, StoreError> {
        let pk = keys::order(order);
        let query =
            self.0.query(None).limit(limit(u32::try_from(DEEDS_MAX).unwrap_or(u32::MAX))).scan_index_forward(false);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :deed)")
            .expression_attribute_values(":pk", item::s(&pk))
            .expression_attribute_values(":deed", item::s(keys::DEED));
        let items = self.0.keys_of("deeds", &pk, query).await?;
        items.iter().rev().map(|i| item::json(i, "s")).collect()
    }
}
