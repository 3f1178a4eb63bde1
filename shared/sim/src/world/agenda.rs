//! What people do to the world: buyers buy, change their minds and their addresses; packers label, void, split, merge.

use super::{
    World,
    books::{Label, Phase, Sale},
    depot::{Parcel, shipment},
    functions::Tick,
    run::{Scenario, Webhooks},
};
use crate::{lock, samples, trace::About};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use tallyman_app::ports::WarehouseChange;
use tallyman_domain::{MarketplaceOrderId, OrderRef, ShippedItem};

/// Packers look again after this long when an order isn't open yet.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(10);
const LOOKS_MAX: u8 = 20;
/// A carrier that no map knows and for which no marketplace here has an "other".
pub(crate) const UNMAPPED: &str = "acme";

/// One thing that is going to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    Place { address: bool },
    Pay { under_review: bool },
    Release,
    GiveAddress,
    Move,
    ChangeGoods,
    AskToCancel,
    Withdraw,
    Cancel,
    Receive,
    Pack { parcel: Parcel, looks: u8, carrier: &'static str },
    Mark { looks: u8 },
    Split { looks: u8 },
    Merge { looks: u8, other: u32 },
    VoidLast,
    Stranger,
    LookAlike,
    Tick(Tick, u32),
    StormEnds,
    Redrive,
    Judge,
}

/// What happens when, and to which order.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    acts: BTreeMap<(Timestamp, u32), (u32, Act)>,
    next: u32,
}

fn minutes(rng: &mut Rng, from: i64, to: i64) -> SignedDuration {
    SignedDuration::from_secs(rng.i64(from * 60..to * 60))
}

impl Agenda {
    pub(crate) fn add(&mut self, at: Timestamp, order: u32, act: Act) {
        self.next += 1;
        self.acts.insert((at, self.next), (order, act));
    }
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.acts.keys().next().map(|key| key.0)
    }
    /// Has somebody still something to do, schedules and judges left out?
    pub(crate) fn people_go_on(&self) -> bool {
        self.acts.values().any(|(order, act)| *order != 0 || matches!(act, Act::Tick(Tick::Hook(_), _)))
    }
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<(u32, Act)> {
        self.acts.first_entry().filter(|first| first.key().0 <= now).map(|first| first.remove())
    }

    /// The life of one order, unless functions fail it.
    pub(crate) fn life(&mut self, rng: &mut Rng, order: u32, others: u32, scenario: &Scenario) {
        let likely = |rng: &mut Rng, percent: u8| scenario.people_are_odd && rng.u8(..100) < percent;
        let placed = scenario.start + SignedDuration::from_secs(rng.i64(0..scenario.placing.as_secs()));
        let address = !likely(rng, 10);
        self.add(placed, order, Act::Place { address });
        if !address {
            self.add(placed + minutes(rng, 5, 90), order, Act::GiveAddress);
        }
        if likely(rng, 8) {
            self.add(placed + minutes(rng, 30, 90), order, Act::Cancel); // never paid
            return;
        }
        let paid = placed + SignedDuration::from_secs(rng.i64(0..600));
        let under_review = likely(rng, 10);
        self.add(paid, order, Act::Pay { under_review });
        if under_review {
            self.add(paid + minutes(rng, 10, 60), order, Act::Release);
        }
        if likely(rng, 20) {
            self.add(paid + minutes(rng, 1, 120), order, Act::Move);
        }
        // With dice of its own, so that it moves nothing else in a seed.
        let mut dice = Rng::with_seed(scenario.seed ^ (u64::from(order) << 32) ^ 0x600d5);
        if likely(&mut dice, 10) {
            self.add(paid + minutes(&mut dice, 1, 120), order, Act::ChangeGoods);
        }
        if likely(rng, 14) {
            let asked = paid + minutes(rng, 2, 120);
            self.add(asked, order, Act::AskToCancel);
            let act = if rng.bool() { Act::Withdraw } else { Act::Cancel };
            self.add(asked + minutes(rng, 5, 60), order, act);
        } else if likely(rng, 8) {
            self.add(paid + minutes(rng, 0, 150), order, Act::Cancel);
        }
        let packed = paid + minutes(rng, 10, 90);
        self.shipping(rng, order, others, packed, scenario);
    }

    fn shipping(&mut self, rng: &mut Rng, order: u32, others: u32, at: Timestamp, scenario: &Scenario) {
        let looks = 0;
        let carrier = if scenario.people_are_odd && rng.u8(..100) < 4 { UNMAPPED } else { "stamps_com" };
        let pack = |parcel| Act::Pack { parcel, looks, carrier };
        let style = rng.u8(..100);
        match style {
            60..85 => {
                self.add(at, order, pack(Parcel::OneUnit));
                self.add(at + minutes(rng, 1, 40), order, pack(Parcel::Rest));
            }
            85..90 => self.add(at, order, Act::Mark { looks }),
            90..95 => {
                self.add(at, order, Act::Split { looks });
                self.add(at + minutes(rng, 1, 30), order, pack(Parcel::Rest));
            }
            95.. if scenario.people_are_odd && others > 1 => {
                let other = order / 1000 * 1000 + rng.u32(1..=others);
                self.add(at, order, Act::Merge { looks, other });
                self.add(at + minutes(rng, 1, 30), order, pack(Parcel::Rest));
            }
            _ => self.add(at, order, pack(Parcel::Rest)),
        }
        if scenario.people_are_odd && rng.u8(..100) < 20 {
            let void = at + minutes(rng, 0, 45);
            self.add(void, order, Act::VoidLast);
            if rng.u8(..100) < 70 {
                self.add(void + minutes(rng, 0, 40), order, pack(Parcel::Rest));
            }
        }
        if rng.u8(..100) < 15 {
            self.add(at + minutes(rng, 60, 120), order, Act::Receive);
        }
    }
}

impl World {
    fn id(&self, order: u32) -> (usize, OrderRef) {
        let index = (order / 1000).saturating_sub(1) as usize % self.connections.len();
        let mut reference = samples::reference(order);
        reference.connection = self.connections[index].id.clone();
        (index, reference)
    }

    fn sale(&self, order: u32, change: impl FnOnce(&mut Sale, Timestamp)) {
        let (index, reference) = self.id(order);
        let now = self.time.now();
        let lag = SignedDuration::from_secs(i64::from(lock(&self.weather).u8(0..100)));
        let omitted = self.is_stormy() && self.mischief && lock(&self.weather).u8(..) < 8;
        lock(&self.markets[index]).change(&reference.order, now, lag, |sale| {
            change(sale, now);
        });
        if omitted && let Some(sale) = lock(&self.markets[index]).sales.get_mut(&reference.order) {
            sale.omitted = true;
            self.note(0, "the list of changes LEAVES OUT", About { order, shipment: 0 }, "", 0);
        }
    }

    fn odd(&self, order: u32) {
        lock(&self.odd).insert(order);
    }

    /// Something happens. What follows from it goes on the agenda.
    pub(crate) fn act(&self, order: u32, act: Act, agenda: &mut Agenda) {
        let now = self.time.now();
        let about = About { order, shipment: 0 };
        let say = |what| self.note(0, what, about, "", 0);
        match act {
            Act::Place { address } => {
                let (index, reference) = self.id(order);
                let kind = self.connections[index].marketplace;
                let mut bought = samples::order(kind, order);
                (bought.placed_at, bought.modified_at, bought.paid_at) = (now, now, None);
                if !address {
                    bought.ship_to = None;
                    self.odd(order);
                }
                let sale = Sale {
                    order: bought,
                    phase: Phase::Unpaid,
                    listed_from: now,
                    omitted: false,
                    cancelled_at: None,
                    paid_at: None,
                };
                lock(&self.markets[index]).sales.insert(reference.order, sale);
                self.sale(order, |_, _| {});
                say("a buyer places");
            }
            Act::Pay { under_review } => {
                self.sale(order, |sale, now| {
                    if sale.phase == Phase::Unpaid {
                        sale.phase = if under_review { Phase::Risk } else { Phase::Paid };
                        sale.paid_at = Some(now);
                    }
                });
                say("the buyer pays");
            }
            Act::Release => self.phase(order, &[Phase::Risk], Phase::Paid, "the review is over for"),
            Act::GiveAddress | Act::Move => self.new_address(order, &act),
            Act::ChangeGoods => self.other_goods(order),
            Act::AskToCancel => {
                self.odd(order);
                self.phase(order, &[Phase::Paid], Phase::CancelAsked, "the buyer asks to cancel");
            }
            Act::Withdraw => {
                self.phase(order, &[Phase::CancelAsked], Phase::Paid, "the buyer withdraws the request to cancel");
            }
            Act::Cancel => {
                self.odd(order);
                let open = [Phase::Unpaid, Phase::Risk, Phase::Paid, Phase::CancelAsked];
                self.phase(order, &open, Phase::Cancelled, "the marketplace cancels");
            }
            Act::Receive => self.phase(order, &[Phase::Shipped], Phase::Done, "the buyer confirms"),
            Act::Pack { .. } | Act::Mark { .. } | Act::Split { .. } | Act::Merge { .. } => {
                self.pack(order, act, agenda);
            }
            Act::VoidLast => self.void_last(order),
            Act::Stranger => self.stray_label(777_777, 99, true),
            Act::LookAlike => {
                self.odd(order);
                self.stray_label(order, 99, false);
            }
            Act::Tick(..) | Act::StormEnds | Act::Redrive | Act::Judge => {}
        }
    }

    fn phase(&self, order: u32, from: &[Phase], to: Phase, what: &'static str) {
        let (index, reference) = self.id(order);
        let moves = lock(&self.markets[index]).sales.get(&reference.order).is_some_and(|s| from.contains(&s.phase));
        if !moves {
            return;
        }
        self.sale(order, |sale, now| {
            sale.phase = to;
            sale.cancelled_at = (to == Phase::Cancelled).then_some(now);
        });
        self.note(0, what, About { order, shipment: 0 }, "", 0);
    }

    fn new_address(&self, order: u32, act: &Act) {
        self.odd(order);
        self.sale(order, |sale, now| {
            let shippable = matches!(sale.phase, Phase::Unpaid | Phase::Risk | Phase::Paid | Phase::CancelAsked);
            if sale.order.ship_to.is_none() || (shippable && *act == Act::Move) {
                let mut address = samples::order(sale.order.marketplace, order).ship_to;
                if let Some(address) = &mut address {
                    address.street = vec![format!("Street {}", now.as_second())];
                }
                sale.order.ship_to = address;
            }
        });
        self.note(0, "a new address for", About { order, shipment: 0 }, "", 0);
    }

    /// One more of the first line.
    fn other_goods(&self, order: u32) {
        let (index, reference) = self.id(order);
        let may_change = |sale: &Sale| matches!(sale.phase, Phase::Unpaid | Phase::Risk | Phase::Paid);
        if !lock(&self.markets[index]).sales.get(&reference.order).is_some_and(may_change) {
            return;
        }
        self.odd(order);
        self.sale(order, |sale, _| {
            if let Some(line) = sale.order.lines.first_mut() {
                line.quantity = (u32::try_from(line.quantity).unwrap_or_default() + 1).into();
            }
        });
        self.note(0, "other goods for", About { order, shipment: 0 }, "", 0);
    }

    /// Packers take an order as soon as the warehouse has it and may ship it.
    fn pack(&self, order: u32, act: Act, agenda: &mut Agenda) {
        let now = self.time.now();
        let mut depot = lock(&self.depot);
        let key = self.id(order).1.order_key();
        let number = order.to_string();
        let open = |parent: bool| {
            let ours = |r: &&super::books::Row| {
                if parent { r.key.as_ref() == Some(&key) } else { r.number.starts_with(&number) }
            };
            depot
                .rows
                .iter()
                .filter(|r| super::books::DepotBooks::is_open(r))
                .filter(ours)
                .map(|r| r.id)
                .collect::<Vec<i64>>()
        };
        let rows = open(!matches!(act, Act::Pack { .. }));
        let Some(&row) = rows.first() else {
            drop(depot);
            return look_again(agenda, now, order, act);
        };
        let mut made = Vec::new();
        let what = match act {
            Act::Pack { parcel: Parcel::Rest, carrier, .. } => {
                made.extend(rows.into_iter().filter_map(|row| depot.pack(row, Parcel::Rest, carrier, now)));
                if carrier == UNMAPPED {
                    self.odd(order);
                }
                "a label for all that is left of"
            }
            Act::Pack { parcel, carrier, .. } => {
                made.extend(depot.pack(row, parcel, carrier, now));
                "a label for a part of"
            }
            Act::Mark { .. } if depot.mark(row, now).is_some() => "somebody marks as shipped",
            Act::Split { .. } if depot.split(row).is_some() => "the warehouse splits",
            Act::Merge { other, .. } => {
                let other_row = depot.keyed(&self.id(other).1.order_key()).map(|r| r.id);
                if !other_row.is_some_and(|other| depot.merge(row, other)) {
                    return;
                }
                self.odd(order);
                self.odd(other);
                self.note(0, "was merged into another", About { order: other, shipment: 0 }, "", i64::from(order));
                "the warehouse merges another order into"
            }
            _ => return,
        };
        drop(depot);
        if made.is_empty() && matches!(act, Act::Pack { .. }) {
            return;
        }
        let shipment = made.first().map_or(0, |place| *place as u32 + 1);
        self.note(0, what, About { order, shipment }, "", 0);
        for place in made {
            self.announce(place, agenda);
        }
    }

    /// ShipStation announces each batch twice, repeats itself now and then, and sometimes doesn't get through.
    fn announce(&self, place: usize, agenda: &mut Agenda) {
        let (now, rng) = (self.time.now(), &mut *lock(&self.weather));
        let lost = match self.webhooks {
            Webhooks::AllLost => 255,
            Webhooks::SomeLost => 80,
            Webhooks::AllArrive => 0,
        };
        for after in [rng.i64(1..20), rng.i64(1..20), 300] {
            let repeated = after > 20;
            if rng.u8(..255) >= lost && (!repeated || rng.u8(..) < 30) {
                let tick = Act::Tick(Tick::Hook(place), 0);
                agenda.add(now + SignedDuration::from_secs(after), 0, tick);
            }
        }
        for after in &self.replays {
            agenda.add(now + *after, 0, Act::Tick(Tick::Hook(place), 0));
        }
    }

    fn void_last(&self, order: u32) {
        let now = self.time.now();
        let mut depot = lock(&self.depot);
        let number = order.to_string();
        let place = depot.labels.iter().rposition(|l| l.change.order_number == number && l.voided_at.is_none());
        if let Some(place) = place
            && depot.void(place, now)
        {
            self.odd(order);
            self.note(0, "a label is voided of", About { order, shipment: place as u32 + 1 }, "", 0);
        }
    }

    /// A label that isn't ours, though it may look like it.
    fn stray_label(&self, number: u32, row: i64, foreign: bool) {
        let now = self.time.now();
        let mut depot = lock(&self.depot);
        let place = depot.labels.len() + 1;
        let items: Vec<ShippedItem> = Vec::new();
        let shipment = shipment(place, 's', row, "stamps_com", items, now);
        let change = WarehouseChange { shipment, order: None, order_number: number.to_string() };
        depot.labels.push(Label { change, row, created_at: now, voided_at: None, marked: false, foreign });
        self.note(0, "somebody else's label that names", About { order: number, shipment: place as u32 }, "", 0);
    }
}

fn look_again(agenda: &mut Agenda, now: Timestamp, order: u32, act: Act) {
    let next = |looks: u8| (looks < LOOKS_MAX).then_some(looks + 1);
    let again = match act {
        Act::Pack { parcel, looks, carrier } => next(looks).map(|looks| Act::Pack { parcel, looks, carrier }),
        Act::Mark { looks } => next(looks).map(|looks| Act::Mark { looks }),
        Act::Split { looks } => next(looks).map(|looks| Act::Split { looks }),
        Act::Merge { looks, other } => next(looks).map(|looks| Act::Merge { looks, other }),
        _ => None,
    };
    if let Some(act) = again {
        agenda.add(now + LOOK_AGAIN, order, act);
    }
}

/// The number of an order at its marketplace.
pub(crate) fn number(id: &MarketplaceOrderId) -> u32 {
    About::number(id.as_str()).order
}
