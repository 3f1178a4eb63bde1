//! Domain values as items, and back.

use super::{Item, keys};
use crate::failure::bad_json;
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    hash::{BuildHasher as _, RandomState},
    io::{Read as _, Write as _},
};
use tallyman_app::ports::{Day, Shelf, StoreError};
use tallyman_domain::{Exception, OrderRef, OrderState};

/// No item is longer than 400 KB; what unpacks to more than this isn't ours.
const UNPACKED_BYTES_MAX: u64 = 16 * 1024 * 1024;

pub(crate) fn s(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn item<const N: usize>(pk: &str, sk: &str, others: [(&str, AttributeValue); N]) -> Item {
    let own = [("pk", s(pk)), ("sk", s(sk))];
    own.into_iter().chain(others).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The key alone of an item, for messages: words that people are found by stay out of them.
pub(crate) fn name(item: &Item) -> String {
    let (pk, sk) = key(item);
    if pk.starts_with("W#") { pk.splitn(4, '#').take(3).collect::<Vec<_>>().join("#") } else { format!("{pk} {sk}") }
}

/// The key of an item.
pub(crate) fn key(item: &Item) -> (&str, &str) {
    let part = |name| item.get(name).and_then(|v| v.as_s().ok()).map_or("?", String::as_str);
    (part("pk"), part("sk"))
}

fn corrupt(item: &Item, what: impl Into<String>) -> StoreError {
    StoreError::Corrupt { key: name(item), what: what.into() }
}

pub(crate) fn text<'a>(item: &'a Item, attribute: &str) -> Result<&'a str, StoreError> {
    let value = item.get(attribute).and_then(|v| v.as_s().ok());
    value.map(String::as_str).ok_or_else(|| corrupt(item, format!("{attribute} is missing or no text")))
}

pub(crate) fn number<T: std::str::FromStr>(item: &Item, attribute: &str) -> Result<T, StoreError> {
    let value = item.get(attribute).and_then(|v| v.as_n().ok()).and_then(|v| v.parse().ok());
    value.ok_or_else(|| corrupt(item, format!("{attribute} is missing or no number")))
}

pub(crate) fn time(item: &Item, attribute: &str) -> Result<jiff::Timestamp, StoreError> {
    text(item, attribute)?.parse().map_err(|_| corrupt(item, format!("{attribute} is no time")))
}

pub(crate) fn json<T: DeserializeOwned>(item: &Item, attribute: &str) -> Result<T, StoreError> {
    serde_json::from_str(text(item, attribute)?).map_err(|e| bad_json(name(item), &e))
}

pub(crate) fn to_json(key: &str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| bad_json(key, &e))
}

/// Facts are read as often as written and charged by the KB both ways; deflate makes a third of them.
pub(crate) fn pack(key: &str, value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    let json = serde_json::to_vec(value).map_err(|e| bad_json(key, &e))?;
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(json.len() / 2), Compression::best());
    let packed = encoder.write_all(&json).and_then(|()| encoder.finish());
    // Writing to memory doesn't fail; the type only doesn't know.
    let packed = packed.map_err(|e| StoreError::Corrupt { key: key.to_owned(), what: e.to_string() })?;
    Ok(AttributeValue::B(Blob::new(packed)))
}

pub(crate) fn unpack<T: DeserializeOwned>(item: &Item, attribute: &str) -> Result<T, StoreError> {
    let packed = item.get(attribute).and_then(|v| v.as_b().ok());
    let packed = packed.ok_or_else(|| corrupt(item, format!("{attribute} is missing or not binary")))?;
    let mut json = Vec::with_capacity(packed.as_ref().len() * 4);
    let mut decoder = DeflateDecoder::new(packed.as_ref()).take(UNPACKED_BYTES_MAX);
    decoder.read_to_end(&mut json).map_err(|_| corrupt(item, format!("{attribute} is not deflated")))?;
    serde_json::from_slice(&json).map_err(|e| bad_json(name(item), &e))
}

/// A number that no other commit has. The SDK repeats a request whose answer got lost; by this a commit that finds
/// its own version stored tells itself from somebody else's, even one that wrote the same state.
pub(crate) fn commit_mark() -> String {
    format!("{:016x}", RandomState::new().hash_one(0_u8))
}

pub(crate) fn of_state(order: &OrderRef, state: &OrderState, mark: &str) -> Result<Item, StoreError> {
    let pk = keys::order(order);
    let json = to_json(&pk, state)?;
    let mut item = item(&pk, keys::STATE, [("v", n(state.version)), ("c", s(mark)), ("s", s(json))]);
    for shelf in Shelf::of(state).into_iter().chain([Shelf::Day(Day::of(state.placed_at))]) {
        let ((_, hash, range), shelf) = keys::shelf(&order.connection, shelf);
        item.insert(hash.into(), s(shelf));
        item.insert(range.into(), s(keys::place(order, state)));
    }
    if let Some(deadline) = state.exceptions.iter().map(|e| e.deadline).min() {
        item.insert("xk".into(), s(keys::EXCEPTIONS));
        item.insert("xs".into(), s(keys::exception_by(deadline, order.order.as_str())));
    }
    Ok(item)
}

/// An open exception that belongs to no order.
pub(crate) fn of_stray(pk: &str, sk: &str, exception: &Exception) -> Result<Item, StoreError> {
    let others = [
        ("x", s(to_json(pk, exception)?)),
        ("xk", s(keys::EXCEPTIONS)),
        ("xs", s(keys::exception_by(exception.deadline, sk))),
    ];
    Ok(item(pk, sk, others))
}

pub(crate) fn state(item: &Item) -> Result<OrderState, StoreError> {
    let mut state: OrderState = json(item, "s")?;
    state.version = number(item, "v")?;
    Ok(state)
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
