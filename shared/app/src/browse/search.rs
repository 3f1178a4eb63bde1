//! Finding orders by what people have in their hands: a number, a name, a SKU, a parcel.

use super::Browse;
use crate::ports::{OrderRecord, StoreError};
use futures::future::try_join_all;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tallyman_domain::{ConnectionId, MarketplaceOrderId, OrderRef, OrderState, WordKind, words};

/// At most so many are shown; whoever finds more types more.
const HITS_MAX: usize = 50;
/// Shorter words find everything.
const CHARS_MIN: usize = 3;

/// By what an order was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    /// Its number.
    Number,
    /// A word.
    Word(WordKind),
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// What somebody typed.
    pub text: &'a str,
    /// Where.
    pub connections: &'a [ConnectionId],
    /// By which kinds of words. Who may not see buyers may not look for them either.
    pub kinds: &'a [WordKind],
    /// Placed at or after this,
    pub from: Option<Timestamp>,
    /// placed before this,
    pub to: Option<Timestamp>,
    /// going to this country, two capital letters.
    pub country: Option<&'a str>,
}

impl Search<'_> {
    fn takes(&self, state: &OrderState) -> bool {
        let placed = |is: fn(&Timestamp, &Timestamp) -> bool, limit: Option<Timestamp>| {
            limit.is_none_or(|limit| is(&state.placed_at, &limit))
        };
        let country = self.country.is_none_or(|only| state.country.is_some_and(|country| country.as_str() == only));
        country && placed(Timestamp::ge, self.from) && placed(Timestamp::lt, self.to)
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Searched {
    /// By what, and the order; newest first.
    pub rows: Vec<(Hit, OrderRef, OrderRecord)>,
    /// There are more.
    pub more: bool,
    /// Less was typed than is looked for.
    pub too_short: bool,
}

impl Browse<'_> {
    /// Finds orders by their whole number, or by words that begin with what was typed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn search(&self, search: &Search<'_>) -> Result<Searched, StoreError> {
        let text = search.text.trim();
        let mut hits: BTreeMap<OrderRef, Hit> = BTreeMap::new();
        if let Some(order) = OrderRef::from_order_key(text) {
            hits.insert(order, Hit::Number);
        }
        if let Ok(number) = MarketplaceOrderId::parse(text) {
            hits.extend(search.connections.iter().map(|c| (OrderRef::new(c.clone(), number.clone()), Hit::Number)));
        }
        hits.retain(|order, _| search.connections.contains(&order.connection));
        let normal = words::normal(text);
        let too_short = normal.chars().count() < CHARS_MIN;
        let mut more = false;
        if !too_short {
            let limit = u32::try_from(HITS_MAX + 1).unwrap_or(u32::MAX);
            let prefix = |kind| if kind == WordKind::Tracking { normal.replace(' ', "") } else { normal.clone() };
            let looked = search.connections.iter().flat_map(|c| search.kinds.iter().map(move |kind| (c, *kind)));
            let found = looked.map(|(connection, kind)| async move {
                let orders = self.shelves.find(connection, kind, &prefix(kind), limit).await?;
                Ok::<_, StoreError>((kind, orders))
            });
            for (kind, orders) in try_join_all(found).await? {
                more |= orders.len() > HITS_MAX;
                for order in orders {
                    hits.entry(order).or_insert(Hit::Word(kind));
                }
            }
        }
        let orders: Vec<OrderRef> = hits.keys().cloned().collect();
        let mut rows: Vec<(Hit, OrderRef, OrderRecord)> = self
            .rows(orders)
            .await?
            .into_iter()
            .filter_map(|(order, record)| Some((*hits.get(&order)?, order, record)))
            .filter(|(hit, _, record)| still_says(*hit, record, &normal) && search.takes(&record.state))
            .collect();
        rows.sort_by(|a, b| (b.2.state.placed_at, &b.1).cmp(&(a.2.state.placed_at, &a.1)));
        more |= rows.len() > HITS_MAX;
        rows.truncate(HITS_MAX);
        Ok(Searched { rows, more, too_short })
    }
}

/// Words stay findable when an order no longer says them: it is looked at as it is now. A parcel's number stays, though its
/// label may be void: that is what somebody has in their hands.
fn still_says(hit: Hit, record: &OrderRecord, prefix: &str) -> bool {
    match (hit, &record.order) {
        (Hit::Word(kind @ (WordKind::Buyer | WordKind::Sku)), Some(order)) => {
            words::of_order(order).iter().any(|(is, word)| *is == kind && word.starts_with(prefix))
        }
        _ => true,
    }
}
