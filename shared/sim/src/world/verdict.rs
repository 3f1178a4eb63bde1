//! The promises, judged at the end by the books of the marketplaces and of the warehouse.

use super::{
    World,
    agenda::{UNMAPPED, number},
    books::{DepotBooks, Label, MarketBooks, Phase, Row, Sale, Told},
    depot::left_of,
    excuse::{self, explains, waits_behind},
    run::Scenario,
};
use crate::lock;
use std::collections::BTreeMap;
use tallyman_domain::{
    Digest, Effect, ExceptionKind, Extent, Line, LineId, OrderRef, OrderState, OrderStatus, ProofFacts, ShipmentId,
    pending,
    state::{NoticeState, ShipmentState},
};

/// What is wrong, if anything: about which order, and what.
pub(crate) fn judge(world: &World, scenario: &Scenario) -> Vec<(u32, String)> {
    let mut findings = Vec::new();
    let depot = lock(&world.depot);
    let strays = world.memory.strays();
    for (index, books) in world.markets.iter().enumerate() {
        let books = lock(books);
        for sale in books.sales.values() {
            let reference = OrderRef::new(world.connections[index].id.clone(), sale.order.id.clone());
            let state = world.memory.state(&reference);
            let order = number(&sale.order.id);
            let odd = lock(&world.odd).contains(&order);
            let case = Case {
                reference: &reference,
                sale,
                books: &books,
                depot: &depot,
                state: state.as_ref(),
                parent: parent_of(world, &reference, &depot),
                strays: &strays,
            };
            let mut broke = |what: String| findings.push((order, what));
            case.is_in_the_warehouse_once(&mut broke);
            case.every_shipment_is_told_once(&mut broke);
            case.is_told_of_its_own_parcels_only(&mut broke);
            if !odd {
                case.all_is_said_exactly_when_nothing_remains(&mut broke);
                case.has_no_needless_exception(!scenario.mischief, &mut broke);
            }
            case.nothing_is_pending(&mut broke);
            case.proofs_are_what_they_were(world, &mut broke);
        }
    }
    if depot.refused_429 > 0 {
        findings.push((0, format!("{} calls to the warehouse were refused as too many", depot.refused_429)));
    }
    let (_, dead) = lock(&world.queues).counts();
    if dead > 0 {
        findings.push((0, format!("{dead} messages are dead though nothing fails any more")));
    }
    findings
}

struct Case<'a> {
    reference: &'a OrderRef,
    sale: &'a Sale,
    books: &'a MarketBooks,
    depot: &'a DepotBooks,
    state: Option<&'a OrderState>,
    /// The order that it was merged into, as we know it.
    parent: Option<OrderState>,
    strays: &'a [String],
}

/// What we know of the order that the warehouse merged this one into.
fn parent_of(world: &World, reference: &OrderRef, depot: &DepotBooks) -> Option<OrderState> {
    let into = depot.keyed(&reference.order_key())?.merged_into?;
    let parent = depot.row(into)?.key.as_deref().and_then(OrderRef::from_order_key)?;
    world.memory.state(&parent)
}

impl Case<'_> {
    fn excused(&self, kinds: &[ExceptionKind], shipment: Option<&ShipmentId>) -> bool {
        explains(self.state, kinds, shipment)
    }

    fn rows(&self) -> Vec<&Row> {
        self.depot.rows.iter().filter(|r| r.parent.is_none() && r.number == self.sale.order.id.as_str()).collect()
    }

    /// What left the warehouse for this order.
    fn labels(&self) -> Vec<&Label> {
        let id = self.sale.order.id.as_str();
        let carries = |label: &Label| {
            let items = &label.change.shipment.items;
            let by_line =
                items.iter().filter_map(|i| i.line.as_ref()).any(|l| l.as_str().split('-').next() == Some(id));
            by_line || (label.marked && label.change.order_number == id)
        };
        self.depot.labels.iter().filter(|label| !label.foreign && carries(label)).collect()
    }

    fn told(&self) -> Vec<&Told> {
        self.books.told.iter().filter(|told| told.order == self.sale.order.id).collect()
    }

    fn is_in_the_warehouse_once(&self, broke: &mut impl FnMut(String)) {
        let rows = self.rows();
        let paid = matches!(self.sale.phase, Phase::Paid | Phase::Part | Phase::Shipped | Phase::Done);
        if rows.len() > 1 {
            broke(format!("is in the warehouse {} times", rows.len()));
        }
        let Some(row) = rows.first() else {
            if paid && !self.excused(excuse::NOT_THERE, None) {
                broke("is paid and not in the warehouse".to_owned());
            }
            return;
        };
        if row.key.as_deref() != Some(self.reference.order_key().as_str()) {
            broke(format!("has the wrong key {:?}", row.key));
        }
        if row.merged_into.is_some() {
            return;
        }
        // What is cancelled there is locked, and goes nowhere.
        let goes_nowhere = row.content.status == OrderStatus::Cancelled && self.sale.phase == Phase::Cancelled;
        let newest = self.sale.order.ship_to.as_ref().unwrap_or(&row.content.ship_to);
        if row.content.ship_to != *newest && !goes_nowhere && !self.excused(excuse::OLD_THERE, None) {
            broke("has an old address in the warehouse".to_owned());
        }
        let units = |line: &Line| (line.id.clone(), u32::try_from(line.quantity).unwrap_or_default());
        let bought: BTreeMap<LineId, u32> = self.sale.order.lines.iter().map(units).collect();
        if left_of(&row.content) != bought && !goes_nowhere && !self.excused(excuse::OLD_THERE, None) {
            broke("has old goods in the warehouse".to_owned());
        }
        if row.shipped || self.labels().iter().any(|label| label.voided_at.is_none()) {
            let stopped = matches!(self.sale.phase, Phase::Cancelled | Phase::CancelAsked | Phase::Risk);
            if stopped && !self.excused(excuse::LEFT, None) {
                broke(format!("left the warehouse though the marketplace says {:?}", self.sale.phase));
            }
            let released = matches!(self.sale.phase, Phase::Paid | Phase::Part);
            let rest_is_held = !row.shipped && row.content.status == OrderStatus::OnHold;
            // Given again, an order that people split or merged would have all its goods once more: they let it go by hand.
            let by_hand = |r: &Row| r.parent == Some(row.id) || r.merged_into == Some(row.id);
            let by_people = self.depot.rows.iter().any(by_hand);
            if released && rest_is_held && !by_people && !self.excused(excuse::OLD_THERE, None) {
                broke(format!("has a rest on hold in the warehouse, and is {:?} at the marketplace", self.sale.phase));
            }
            return;
        }
        let expected = match self.sale.phase {
            Phase::Unpaid => OrderStatus::AwaitingPayment,
            Phase::Risk | Phase::CancelAsked => OrderStatus::OnHold,
            Phase::Paid | Phase::Part => OrderStatus::AwaitingShipment,
            Phase::Cancelled => OrderStatus::Cancelled,
            Phase::Shipped | Phase::Done => return,
        };
        // Whoever has to buy a voided label anew sees there whether the order is held.
        let void = |s: &ShipmentState| s.voided && self.excused(excuse::TOLD_AND_VOID, Some(&s.id));
        let to_buy_anew = self.state.is_some_and(|s| s.shipments.iter().any(void));
        if row.content.status != expected && !to_buy_anew && !self.excused(excuse::STATUS_THERE, None) {
            broke(format!(
                "is {:?} in the warehouse, and {:?} at the marketplace",
                row.content.status, self.sale.phase
            ));
        }
    }

    fn every_shipment_is_told_once(&self, broke: &mut impl FnMut(String)) {
        for label in self.labels() {
            let shipment = &label.change.shipment;
            let told = self.told().iter().filter(|t| t.tracking == shipment.tracking_number && !t.corrected).count();
            let known = self.state.and_then(|s| s.shipment(&shipment.id));
            let stray = self.strays.iter().any(|stray| stray.ends_with(&format!("/{}", shipment.id)));
            let excused = |kinds: &[ExceptionKind]| self.excused(kinds, Some(&shipment.id));
            if stray && known.is_some() {
                broke(format!("shipment {} was attributed, but its exception stays", shipment.id));
            }
            match (told, label.voided_at.is_some()) {
                (0, false) if !stray && !self.may_be_untold(&shipment.id) => {
                    broke(format!("shipment {} was never told", shipment.id));
                }
                (1, true) if !excused(excuse::TOLD_AND_VOID) => {
                    broke(format!("shipment {} was told and voided, and nobody knows", shipment.id));
                }
                (1, false)
                    if !known.is_some_and(|k| matches!(k.notice, NoticeState::Confirmed { .. }))
                        && !excused(excuse::NOT_CONFIRMED) =>
                {
                    broke(format!("shipment {} was told, but isn't confirmed", shipment.id));
                }
                _ => {}
            }
        }
    }

    /// An exception says why the marketplace wasn't told of it: one about this shipment or the whole order, or about an
    /// earlier one that it waits for. Of a merged order, it may be at the order that the parcel belongs to.
    fn may_be_untold(&self, shipment: &ShipmentId) -> bool {
        self.excused(excuse::NOT_TOLD, Some(shipment))
            || waits_behind(self.state, shipment)
            || explains(self.parent.as_ref(), excuse::MERGED_NOT_TOLD, Some(shipment))
    }

    /// Attribution and carrier are never guessed.
    fn is_told_of_its_own_parcels_only(&self, broke: &mut impl FnMut(String)) {
        let labels = self.labels();
        for told in self.told() {
            match labels.iter().find(|l| l.change.shipment.tracking_number == told.tracking) {
                None => broke(format!("was told of shipment {}, which isn't its own", told.shipment)),
                Some(label) if label.change.shipment.carrier == UNMAPPED => {
                    broke(format!("shipment {} was told though nobody has mapped its carrier", told.shipment));
                }
                Some(_) => {}
            }
        }
    }

    fn all_is_said_exactly_when_nothing_remains(&self, broke: &mut impl FnMut(String)) {
        let mut left: BTreeMap<LineId, u32> = BTreeMap::new();
        for line in &self.sale.order.lines {
            left.insert(line.id.clone(), u32::try_from(line.quantity).unwrap_or_default());
        }
        for told in self.told() {
            let label = self.depot.labels.iter().find(|l| l.change.shipment.tracking_number == told.tracking);
            let Some(label) = label else {
                broke(format!("was told a number that no label has: {}", told.tracking));
                continue;
            };
            if label.marked {
                left.values_mut().for_each(|units| *units = 0);
            }
            for item in &label.change.shipment.items {
                if let Some(units) = item.line.as_ref().and_then(|line| left.get_mut(line)) {
                    *units = units.saturating_sub(u32::try_from(item.quantity).unwrap_or_default());
                }
            }
            let nothing_left = left.values().all(|units| *units == 0);
            if (told.extent == Extent::All) != nothing_left {
                broke(format!("was told {:?} with shipment {} while {left:?} remained", told.extent, told.shipment));
            }
        }
    }

    fn has_no_needless_exception(&self, calm: bool, broke: &mut impl FnMut(String)) {
        // Where answers get lost, two kinds may ask a person though nothing is wrong: a notice that got no answer time
        // and again, and an export whose answer was lost before the warehouse shipped and locked the order. A refused
        // cancellation is looked at.
        let honest = [ExceptionKind::NoticeAmbiguous, ExceptionKind::ExportRefused];
        let cancelled = self.state.is_some_and(|s| s.status == OrderStatus::Cancelled && s.shipments.is_empty());
        let needless = |kind| calm || !honest.contains(&kind) || (cancelled && kind == ExceptionKind::ExportRefused);
        for exception in self.state.iter().flat_map(|s| &s.exceptions).filter(|e| needless(e.kind)) {
            broke(format!("has a needless exception {:?}: {}", exception.kind, exception.detail));
        }
    }

    fn nothing_is_pending(&self, broke: &mut impl FnMut(String)) {
        let Some(state) = self.state else { return broke("was never seen".to_owned()) };
        for effect in pending(state) {
            let waits = match &effect {
                Effect::Notify(id) => self.may_be_untold(id),
                Effect::Confirm(id) => self.excused(excuse::NOT_CONFIRMED, Some(id)),
                Effect::Export | Effect::Proof(_) => false,
            };
            if !waits {
                broke(format!("has something pending for ever: {effect:?}"));
            }
        }
        for shipment in state.shipments.iter().filter(|s| !s.voided) {
            let waits = matches!(shipment.notice, NoticeState::Wanted | NoticeState::Attempting { .. });
            if waits && !self.may_be_untold(&shipment.id) {
                broke(format!("shipment {} waits for ever: {:?}", shipment.id, shipment.notice));
            }
        }
    }

    fn proofs_are_what_they_were(&self, world: &World, broke: &mut impl FnMut(String)) {
        for shipment in self.state.iter().flat_map(|s| &s.shipments) {
            let Some(proof) = &shipment.proof else { continue };
            let kept = world.memory.proof(&ProofFacts::key(self.reference, &shipment.id));
            if kept.map(|png| Digest::of_bytes(&png)) != Some(proof.digest) {
                broke(format!("the proof of shipment {} is not the one that was settled", shipment.id));
            }
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
