//! A label was voided after the marketplace had been told of it: which new label takes its place.

use crate::{
    Extent, LineId, OrderState, Shipment, ShipmentId,
    state::{NoticeState, ShipmentState, Told},
};

/// The notice that the notice of shipment `id` corrects; none when it is a notice of its own.
///
/// Voided labels and new ones are paired one to one: first those with the very same goods, in the order they were
/// seen, then those that share goods. Goods of one line are all alike, so among equal parcels any pairing is right. A
/// label without goods is one that was bought before the old one was voided (ShipStation then knows of none).
#[must_use]
pub fn replaced(state: &OrderState, shipments: &[Shipment], id: &ShipmentId) -> Option<Told> {
    let known = state.shipment(id)?;
    if known.replaces.is_some() {
        return known.replaces.clone();
    }
    let facts = |s: &ShipmentState| shipments.iter().find(|f| f.id == s.id);
    let mut dead: Vec<(&Shipment, Told)> = Vec::new();
    for (old, told) in
        state.shipments.iter().filter_map(|s| Some((facts(s)?, shown_though_voided(state, s, facts(s)?)?)))
    {
        if !dead.iter().any(|(_, known)| known.number == told.number) {
            dead.push((old, told));
        }
    }
    let waits = |s: &&ShipmentState| !s.voided && s.replaces.is_none() && s.notice == NoticeState::Wanted;
    let mut fresh: Vec<&Shipment> = state.shipments.iter().filter(waits).filter_map(facts).collect();
    for fits in [same_goods, shares_goods] {
        let mut unpaired = Vec::new();
        for new in fresh {
            match dead.iter().position(|(old, _)| fits(old, new)) {
                Some(place) => {
                    let (_, told) = dead.remove(place);
                    if new.id == *id {
                        return Some(told);
                    }
                }
                None => unpaired.push(new),
            }
        }
        fresh = unpaired;
    }
    None
}

/// What the marketplace still shows of a label that was voided, unless another label has taken its place.
#[must_use]
pub fn shown_though_voided(state: &OrderState, shipment: &ShipmentState, facts: &Shipment) -> Option<Told> {
    if !shipment.voided {
        return None;
    }
    let told = match shipment.notice.told() {
        Some((extent, code)) => Told {
            shipment: shipment.id.clone(),
            number: facts.tracking_number.trim().to_owned(),
            code: code.to_owned(),
            extent,
        },
        // Voided before it could take the place of an earlier one, which therefore still stands there.
        None => shipment.replaces.clone()?,
    };
    let by = |s: &&ShipmentState| !s.voided || s.notice.told().is_some();
    let taken = state.shipments.iter().filter(by).any(|s| s.replaces.as_ref().is_some_and(|r| r.number == told.number));
    (!taken).then_some(told)
}

/// What a correction says of the order: what closed it goes on doing so, since the marketplaces take nothing back.
#[must_use]
pub fn extent(told: &Told, by_what_is_left: Extent) -> Extent {
    if told.extent == Extent::All { Extent::All } else { by_what_is_left }
}

fn goods(shipment: &Shipment) -> Vec<(Option<&LineId>, rust_decimal::Decimal)> {
    let mut goods: Vec<_> = shipment.items.iter().map(|i| (i.line.as_ref(), i.quantity.normalize())).collect();
    goods.sort();
    goods
}

fn same_goods(old: &Shipment, new: &Shipment) -> bool {
    old.whole_order == new.whole_order && goods(old) == goods(new)
}

fn shares_goods(old: &Shipment, new: &Shipment) -> bool {
    let lines = |s: &Shipment| s.items.iter().filter_map(|i| i.line.clone()).collect::<Vec<_>>();
    let (old, new) = (lines(old), lines(new));
    old.is_empty() || new.is_empty() || old.iter().any(|line| new.contains(line))
}
