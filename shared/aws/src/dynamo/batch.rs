//! Many items at once. DynamoDB may hand back any part of a batch undone; nothing here takes that for done.

use super::{Item, Table, item, keys};
use crate::failure::{AwsFailure, failed};
use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::SdkError,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};
use tallyman_app::ports::StoreError;

const GET_KEYS_MAX: usize = 100;
/// So many batches are under way at once: a person waits for them.
const GETS_AT_ONCE: usize = 4;
const PUT_ITEMS_MAX: usize = 25;
const TRIES_MAX: u32 = 8;
const PAUSE_MS: u64 = 25;
const PAUSE_MS_MAX: u64 = 1_000;

/// `pk` and `sk`.
pub(crate) type Key = (String, String);

/// 25, 50, 100 ... ms: 2.6 s in all, well inside any function's time.
fn pause(tries: u32) -> Duration {
    Duration::from_millis((PAUSE_MS << tries.min(10)).min(PAUSE_MS_MAX))
}

fn gave_up(what: &'static str, key: &str, left: usize) -> StoreError {
    let source = AwsFailure::ours("undone", format!("{left} items of a batch stayed undone after {TRIES_MAX} tries"));
    StoreError::Failed { what, key: key.to_owned(), source: Box::new(source) }
}

impl Table {
    /// Reads items consistently, in no order; those that aren't there are left out.
    pub(crate) async fn get_all(&self, what: &'static str, keys: BTreeSet<Key>) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<Key> = keys.into_iter().collect();
        let chunks: Vec<_> = keys.chunks(GET_KEYS_MAX).map(|chunk| self.get_chunk(what, chunk)).collect();
        let found: Vec<Vec<Item>> = stream::iter(chunks).buffered(GETS_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn get_chunk(&self, what: &'static str, chunk: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(chunk.len());
        let first = chunk.first().map_or("nothing", |key| &key.0);
        let mut left: Vec<Item> = chunk.iter().map(|(pk, sk)| item::item(pk, sk, [])).collect();
        for tries in 0..TRIES_MAX {
            let request = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let request = request.map_err(|e| StoreError::Failed { what, key: first.into(), source: Box::new(e) })?;
            let call = self.client.batch_get_item().request_items(&*self.name, request);
            let answer = call.send().await.map_err(failed(what, first))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            left = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|k| k.keys).collect();
            if left.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(pause(tries)).await;
        }
        Err(gave_up(what, first, left.len()))
    }

    /// Writes items; of two with the same key the last one counts (DynamoDB refuses a batch that has both).
    pub(crate) async fn put_all(&self, what: &'static str, items: Vec<Item>) -> Result<(), StoreError> {
        let key = |item: &Item| -> Key {
            let (pk, sk) = item::key(item);
            (pk.to_owned(), sk.to_owned())
        };
        let items: Vec<Item> =
            items.into_iter().map(|i| (key(&i), i)).collect::<BTreeMap<_, _>>().into_values().collect();
        for chunk in items.chunks(PUT_ITEMS_MAX) {
            self.put_chunk(what, chunk).await?;
        }
        Ok(())
    }

    async fn put_chunk(&self, what: &'static str, chunk: &[Item]) -> Result<(), StoreError> {
        let first = chunk.first().map_or_else(String::new, item::name);
        let put = |item: &Item| PutRequest::builder().set_item(Some(item.clone())).build();
        let puts = chunk.iter().map(|i| Ok(WriteRequest::builder().put_request(put(i)?).build()));
        let puts = puts.collect::<Result<Vec<_>, aws_sdk_dynamodb::error::BuildError>>();
        let puts = puts.map_err(|e| StoreError::Failed { what, key: first.clone(), source: Box::new(e) })?;
        let mut left = HashMap::from([(self.name.to_string(), puts)]);
        for tries in 0..TRIES_MAX {
            let call = self.client.batch_write_item().set_request_items(Some(left));
            let answer = call.send().await.map_err(failed(what, &first))?;
            left = answer.unprocessed_items.unwrap_or_default();
            if left.values().all(Vec::is_empty) {
                return Ok(());
            }
            tokio::time::sleep(pause(tries)).await;
        }
        Err(gave_up(what, &first, left.values().map(Vec::len).sum()))
    }

    /// Writes one item, whatever was there.
    pub(crate) async fn put(&self, what: &'static str, item: Item) -> Result<(), StoreError> {
        let key = item::name(&item);
        let call = self.client.put_item().table_name(&*self.name).set_item(Some(item));
        call.send().await.map(drop).map_err(failed(what, key))
    }

    /// Reads one item. Eventually consistent unless told: half the price.
    pub(crate) async fn get(
        &self,
        what: &'static str,
        pk: &str,
        sk: &str,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let call = self.client.get_item().table_name(&*self.name).set_key(Some(item::item(pk, sk, [])));
        let answer = call.consistent_read(consistent).send().await;
        Ok(answer.map_err(failed(what, format!("{pk} {sk}")))?.item)
    }

    /// All items of a partition, or those whose sort key begins with `prefix`, read consistently.
    pub(crate) async fn partition(
        &self,
        what: &'static str,
        pk: &str,
        prefix: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&*self.name).consistent_read(true);
        let query = query.expression_attribute_values(":pk", item::s(pk));
        let query = match prefix {
            None => query.key_condition_expression("pk = :pk"),
            Some(prefix) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", item::s(prefix)),
        };
        all_pages(query).await.map_err(failed(what, pk))
    }

    /// The keys of all items in the index of exceptions.
    pub(crate) async fn with_exceptions(&self, what: &'static str) -> Result<BTreeSet<Key>, StoreError> {
        let query = self.client.query().table_name(&*self.name).index_name(keys::GSI_EXCEPTIONS);
        let query = query
            .key_condition_expression("xk = :xk")
            .expression_attribute_values(":xk", item::s(keys::EXCEPTIONS))
            .projection_expression("pk, sk");
        let items = all_pages(query).await.map_err(failed(what, keys::GSI_EXCEPTIONS))?;
        items.iter().map(|i| Ok((item::text(i, "pk")?.to_owned(), item::text(i, "sk")?.to_owned()))).collect()
    }
}

type QueryError = SdkError<aws_sdk_dynamodb::operation::query::QueryError, HttpResponse>;

/// Follows `LastEvaluatedKey` to the end: a page ends at 1 MB, not where the answer does.
async fn all_pages(query: QueryFluentBuilder) -> Result<Vec<Item>, QueryError> {
    let mut items = Vec::new();
    let mut from: Option<HashMap<String, AttributeValue>> = None;
    loop {
        let page = query.clone().set_exclusive_start_key(from).send().await?;
        items.extend(page.items.unwrap_or_default());
        from = page.last_evaluated_key.filter(|key| !key.is_empty());
        if from.is_none() {
            return Ok(items);
        }
    }
}
