//! The warehouse that ships by itself: every few seconds it takes what is awaiting shipment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;

use crate::app::Sandbox;
use crate::books::Books;
use crate::carriers;
use crate::delivery::{Event, announce};
use crate::orders::model::Status;
use crate::packing::{self, Mark, Parcel};
use crate::time;

/// How the automatic warehouse works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    auto: bool,
    every_s: f64,
    batch: usize,
    mark_share: f64,
    split_share: f64,
    carriers: String,
    /// `orderKey`s that people ship themselves.
    leave: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auto: true,
            every_s: 4.0,
            batch: 20,
            mark_share: 0.1,
            split_share: 0.1,
            carriers: "mixed".to_owned(),
            leave: BTreeSet::new(),
        }
    }
}

/// A warehouse at work.
#[derive(Debug, Clone)]
pub struct Automatic {
    settings: Settings,
    every: Duration,
    next: Instant,
}

impl Settings {
    /// The warehouse these ask for; none when `auto` is off.
    pub fn check(self) -> Result<Option<Automatic>, String> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        if !share(self.mark_share) || !share(self.split_share) || !carriers::is_choice(&self.carriers) {
            return Err("Shares are 0 to 1, and 'carriers' is 'mixed' or the code of one carrier.".to_owned());
        }
        let every = Duration::try_from_secs_f64(self.every_s).map_err(|error| format!("'every_s': {error}"))?;
        Ok(self.auto.then(|| Automatic { next: Instant::now() + every, every, settings: self }))
    }
}

/// Works until it is aborted.
pub async fn run(sandbox: Arc<Sandbox>) {
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let round = round(&mut sandbox.books(), time::now());
        announce(&sandbox, round.event);
        for child in round.children {
            tokio::spawn(ship_child(Arc::clone(&sandbox), child, round.carriers.clone()));
        }
    }
}

/// What one round leaves to be done.
#[derive(Debug, Default)]
struct Round {
    event: Option<Event>,
    /// Split-off orders that get their label later.
    children: Vec<i64>,
    carriers: String,
}

fn round(books: &mut Books, now: Timestamp) -> Round {
    let Some(automatic) = books.warehouse.as_mut().filter(|automatic| automatic.next <= Instant::now()) else {
        return Round::default();
    };
    automatic.next = Instant::now() + automatic.every;
    let settings = automatic.settings.clone();
    books.release_due_holds(now);
    let waiting = books
        .orders
        .iter()
        .filter(|order| order.status == Status::AwaitingShipment && !order.is_gone() && !order.reserved)
        // Whoever packs an order by hand packs what was split off from it too.
        .filter(|order| !settings.leave.contains(&order.key))
        .filter(|order| {
            let parent = order.parent_id.and_then(|id| books.orders.iter().find(|parent| parent.id == id));
            parent.is_none_or(|parent| !settings.leave.contains(&parent.key))
        });
    let taken: Vec<(i64, i64)> = waiting.take(settings.batch).map(|order| (order.id, order.units())).collect();
    let (mut batch, mut stores, mut children) = (None, BTreeSet::new(), Vec::new());
    for (id, units) in taken {
        let drawn = books.rng.unit();
        let packed = books.order(id).is_some_and(|order| !order.packed.is_empty());
        if drawn < settings.mark_share {
            mark(books, id, &settings.carriers, now);
            continue;
        }
        if drawn < settings.mark_share + settings.split_share && units >= 2 && !packed {
            children.extend(split(books, id, now));
        }
        let batch_id = *batch.get_or_insert_with(|| books.ids.batch());
        stores.extend(label(books, id, batch_id, &settings.carriers, now));
    }
    let event = batch.map(|batch| Event::Labelled { batch, stores });
    Round { event, children, carriers: settings.carriers }
}

fn split(books: &mut Books, id: i64, now: Timestamp) -> Option<i64> {
    let child = logged(packing::split(books, id, None, now))?;
    if let Some(order) = books.order_mut(child) {
        order.reserved = true;
    }
    Some(child)
}

/// Labels everything left of an order; gives back its store.
fn label(books: &mut Books, id: i64, batch_id: i64, carriers: &str, now: Timestamp) -> Option<i64> {
    let (country, store) = books.order(id).map(|order| (order.country().to_owned(), order.store_id))?;
    let bought = carriers::buy(&mut books.rng, carriers, &country);
    let (carrier, service, tracking) = (bought.carrier, bought.service, bought.tracking);
    let parcel = Parcel { picks: None, carrier, service, tracking, batch_id };
    logged(packing::label(books, id, parcel, now)).map(|_| store)
}

fn mark(books: &mut Books, id: i64, carriers: &str, now: Timestamp) {
    let country = books.order(id).map(|order| order.country().to_owned()).unwrap_or_default();
    let bought = carriers::buy(&mut books.rng, carriers, &country);
    // Fulfilments are seen with the carrier's code and with its name.
    let carrier = if books.rng.below(2) == 0 { bought.carrier } else { bought.display };
    let marked = Mark { carrier, tracking: bought.tracking, ship_date: None, provider: None };
    logged(packing::mark(books, id, marked, now));
}

/// The second half of a split: its own label, in a batch of its own, a little later.
async fn ship_child(sandbox: Arc<Sandbox>, id: i64, carriers: String) {
    tokio::time::sleep(sandbox.config.split_gap).await;
    let event = {
        let mut books = sandbox.books();
        let batch = books.ids.batch();
        let store = label(&mut books, id, batch, &carriers, time::now());
        if let Some(order) = books.order_mut(id) {
            // Voided later, it is the automatic warehouse's like any other.
            order.reserved = false;
        }
        store.map(|store| Event::Labelled { batch, stores: BTreeSet::from([store]) })
    };
    announce(&sandbox, event);
}

fn logged<T>(done: Result<T, String>) -> Option<T> {
    done.inspect_err(|error| tracing::warn!(error, "the warehouse could not")).ok()
}
