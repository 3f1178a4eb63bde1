//! The state of an order: small, and the only commit point. What is to be done next is read off it.

use crate::{
    AccountId, CountryCode, Digest, Exception, ExceptionKind, MarketplaceKind, Order, OrderRef, Settings, Shipment,
    ShipmentId, Trail,
    exception::is_open,
    failures::Failures,
    notice::Extent,
    order::Line,
    proof::{ProofFacts, ProofItem},
    status::OrderStatus,
    warehouse::WarehouseOrder,
};
use jiff::{Timestamp, fmt::serde::timestamp::second};
use serde::{Deserialize, Serialize};

/// How far an order was carried. Field names are short because the item is written at every step and DynamoDB
/// charges by the KB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Counts the commits; a commit is conditional on it.
    #[serde(skip)]
    pub version: u64,
    /// Which marketplace.
    #[serde(rename = "m")]
    pub marketplace: MarketplaceKind,
    /// Which ShipStation account.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// What the marketplace's status means.
    #[serde(rename = "s")]
    pub status: OrderStatus,
    /// The marketplace's own word for it.
    #[serde(rename = "w")]
    pub word: String,
    /// The order facts in force, by the first digits of their digest; none while the order can't be read.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// When the marketplace last changed it.
    #[serde(rename = "mt")]
    pub modified_at: Timestamp,
    /// When it was placed.
    #[serde(rename = "pt")]
    pub placed_at: Timestamp,
    /// When it was paid.
    #[serde(rename = "yt", default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// By when it must ship.
    #[serde(rename = "bt", default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Timestamp>,
    /// When we first saw it.
    #[serde(rename = "ft")]
    pub first_seen_at: Timestamp,
    /// The last change that left something to do: what `reconcile` measures age by.
    #[serde(rename = "ct")]
    pub changed_at: Timestamp,
    /// How far its way into ShipStation has come.
    #[serde(rename = "e")]
    pub export: Export,
    /// Its shipments, in the order they were seen.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub shipments: Vec<ShipmentState>,
    /// Its open exceptions.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// Exceptions that ended and may open again: the newest cleared ones, and those that people resolved.
    #[serde(rename = "y", default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Exception>,
    /// Where it goes; none while that isn't known.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    /// A person holds it, whatever the marketplace says.
    #[serde(rename = "i", default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// What happened and when, for people.
    #[serde(rename = "l", default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
    /// Calls that failed and changed nothing else, for people.
    #[serde(rename = "c", default, skip_serializing_if = "Failures::is_empty")]
    pub failures: Failures,
}

/// The way into ShipStation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Export {
    /// What ShipStation is to have; none when it is to have nothing.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
    /// What it was last given.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What it refused; not offered again until it changes.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// ShipStation's order id.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub warehouse_order: Option<i64>,
    /// When it first arrived there.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// Address and goods as last wanted, or as they were when the first label was made, by the first digits of their digest.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
    /// Before the first label, other goods or another address were wanted once: what ShipStation was given, and shows who
    /// packs, may be those.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub repacked: bool,
    /// The orders of ours that ShipStation merged into it: they vanish there, and once they are finished no index knows
    /// them by ShipStation's ids.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<OrderRef>,
    /// What is wanted there is on hold.
    #[serde(rename = "o", default, skip_serializing_if = "std::ops::Not::not")]
    pub on_hold: bool,
    /// The labels that there are took only a part of it: the rest is still to be packed there.
    #[serde(rename = "p", default, skip_serializing_if = "std::ops::Not::not")]
    pub rest: bool,
    /// How often `reconcile` had it given again because ShipStation showed something else.
    #[serde(rename = "h", default, skip_serializing_if = "is_zero")]
    pub given_again: u32,
}

/// One shipment of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentState {
    /// Which.
    #[serde(rename = "i")]
    pub id: ShipmentId,
    /// The shipment facts in force, by the first digits of their digest.
    #[serde(rename = "f")]
    pub facts: String,
    /// Voided.
    #[serde(rename = "v", default, skip_serializing_if = "std::ops::Not::not")]
    pub voided: bool,
    /// Its proof.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Its notice.
    #[serde(rename = "n")]
    pub notice: NoticeState,
    /// What the marketplace shows in this shipment's place: its notice is a correction of that.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Told>,
    /// How often the shipment itself changed after its proof was stored; each revision has a proof of its own.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// The other orders that the parcel is for: ShipStation merged them.
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<OrderRef>,
    /// When its label was made, to the second: from then on it can be voided for a while. None in states of before it was
    /// kept.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none", with = "second::optional")]
    pub made_at: Option<Timestamp>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a marketplace was told and now shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The shipment it was told of.
    #[serde(rename = "s")]
    pub shipment: ShipmentId,
    /// Tracking number.
    #[serde(rename = "n")]
    pub number: String,
    /// Service code.
    #[serde(rename = "c")]
    pub code: String,
    /// Whether it closed the order.
    #[serde(rename = "e")]
    pub extent: Extent,
}

/// A proof that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// SHA-256 of the image.
    #[serde(rename = "d")]
    pub digest: Digest,
    /// When it was stored.
    #[serde(rename = "t")]
    pub stored_at: Timestamp,
    /// The marketplace's path to it, where it takes proofs.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// How far a notice has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum NoticeState {
    /// To be sent.
    #[serde(rename = "w")]
    Wanted,
    /// Somebody is sending it, or died doing so. Past the lease, the marketplace is read back first.
    #[serde(rename = "a")]
    Attempting {
        /// Nobody else may act before this.
        #[serde(rename = "l")]
        lease_until: Timestamp,
        /// What was, or was about to be, said.
        #[serde(rename = "e")]
        extent: Extent,
        /// With which service code: reading back asks for it.
        #[serde(rename = "c")]
        code: String,
        /// How often it was tried.
        #[serde(rename = "n")]
        tries: u32,
    },
    /// The marketplace accepted it.
    #[serde(rename = "s")]
    Sent {
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
        /// What was said.
        #[serde(rename = "e")]
        extent: Extent,
        /// With which service code.
        #[serde(rename = "c")]
        code: String,
    },
    /// The marketplace shows it.
    #[serde(rename = "c")]
    Confirmed {
        /// Since when we know.
        #[serde(rename = "t")]
        at: Timestamp,
        /// What was said.
        #[serde(rename = "e")]
        extent: Extent,
        /// With which service code; a correction names it. Empty in states of before it was kept.
        #[serde(rename = "c", default, skip_serializing_if = "String::is_empty")]
        code: String,
    },
    /// A person has to act; an exception says how.
    #[serde(rename = "p")]
    Parked,
    /// Not to be sent: the user's setting, or the shipment was voided before.
    #[serde(rename = "x")]
    NotWanted,
}

impl NoticeState {
    /// Has the marketplace been told, or might it have been?
    #[must_use]
    pub fn may_have_been_told(&self) -> bool {
        matches!(self, Self::Attempting { .. } | Self::Sent { .. } | Self::Confirmed { .. })
    }

    /// What the marketplace surely was told: extent and service code.
    #[must_use]
    pub fn told(&self) -> Option<(Extent, &str)> {
        match self {
            Self::Sent { extent, code, .. } | Self::Confirmed { extent, code, .. } => Some((*extent, code)),
            _ => None,
        }
    }
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Put the order into ShipStation.
    Export,
    /// Render, store and where taken upload the proof of a shipment.
    Proof(ShipmentId),
    /// Send the notice of a shipment.
    Notify(ShipmentId),
    /// Read the notice of a shipment back.
    Confirm(ShipmentId),
}

/// What is to be done next. A duplicate, late or reordered message asks this and finds nothing.
///
/// Notices of one order go out one at a time, in the order the shipments were seen: whether one closes the order
/// depends on all before it.
#[must_use]
pub fn pending(state: &OrderState) -> Vec<Effect> {
    let mut effects = Vec::new();
    let export = &state.export;
    if export.wanted.is_some() && export.wanted != export.sent && export.wanted != export.refused {
        effects.push(Effect::Export);
    }
    let mut notice_under_way = false;
    for shipment in &state.shipments {
        if shipment.voided {
            // Whether the marketplace was told has to be known before a new label may take its place.
            if matches!(shipment.notice, NoticeState::Attempting { .. }) {
                notice_under_way = true;
                effects.push(Effect::Notify(shipment.id.clone()));
            }
            continue;
        }
        if !proof_is_complete(state, shipment) && !proof_was_refused(state, shipment) {
            effects.push(Effect::Proof(shipment.id.clone()));
        }
        match &shipment.notice {
            NoticeState::Wanted | NoticeState::Attempting { .. } if !notice_under_way => {
                notice_under_way = true;
                if proof_is_complete(state, shipment) && state.may_notify(shipment) {
                    effects.push(Effect::Notify(shipment.id.clone()));
                }
            }
            NoticeState::Sent { .. } if !state.is_resolved(ExceptionKind::NotConfirmed, Some(&shipment.id)) => {
                effects.push(Effect::Confirm(shipment.id.clone()));
            }
            _ => {}
        }
    }
    effects
}

/// Proof first: stored, and where the marketplace takes one, accepted.
#[must_use]
pub fn proof_is_complete(state: &OrderState, shipment: &ShipmentState) -> bool {
    shipment.proof.as_ref().is_some_and(|p| p.reference.is_some() || !state.marketplace.takes_proof())
}

fn proof_was_refused(state: &OrderState, shipment: &ShipmentState) -> bool {
    let (kind, subject) = (ExceptionKind::ProofRefused, Some(&shipment.id));
    is_open(&state.exceptions, kind, subject) || state.is_resolved(kind, subject)
}

impl Export {
    /// Nothing is labelled: these goods are to go to this address.
    pub(crate) fn packs(&mut self, parcel: String) {
        self.repacked |= self.parcel.as_ref().is_some_and(|before| *before != parcel);
        self.parcel = Some(parcel);
    }

    /// ShipStation is to have this from now on.
    ///
    /// What was wanted until now may be there already, given by somebody who died before he could say so. So when what
    /// is wanted turns back to what was given last, it is given again.
    pub(crate) fn want(&mut self, order: &WarehouseOrder) {
        self.on_hold = order.status == OrderStatus::OnHold;
        let before = self.wanted.replace(order.digest().short());
        if before != self.wanted && before.is_some() && self.sent.is_some() && self.sent == self.wanted {
            self.sent = before;
        }
    }
}

impl OrderState {
    /// What ShipStation has is no longer known, or isn't what it was given last. Given what is wanted once more, it has
    /// that; what is packed is locked there, and can't have been changed. True when it is to be given again.
    pub(crate) fn doubt_export(&mut self) -> bool {
        let (is_packed, export) = (self.is_packed(), &mut self.export);
        let doubted = export.sent.is_some() && export.sent == export.wanted && !is_packed;
        if doubted {
            // Nothing that could be wanted: the same is then given once more.
            export.sent = Some(String::new());
        }
        doubted
    }

    /// Is it beyond what we may change in ShipStation? Packed orders are locked there. Of one of which labels took a part
    /// the rest is held and let go with the order; whatever else becomes of that, people decide.
    fn is_packed(&self) -> bool {
        let is_held_or_let_go = matches!(self.status, OrderStatus::AwaitingShipment | OrderStatus::OnHold);
        self.shipments.iter().any(|s| !s.voided) && !(self.export.rest && is_held_or_let_go)
    }

    /// Labels took a part of it, and the rest is not as ShipStation is to have it: held, or let go.
    pub(crate) fn rest_is_held_otherwise(&self) -> bool {
        let on_hold = self.status == OrderStatus::OnHold;
        self.export.rest && !self.is_packed() && self.export.sent.is_some() && self.export.on_hold != on_hold
    }
}

impl OrderState {
    /// Is there nothing left that could still happen by itself?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        if !pending(self).is_empty() || !self.exceptions.is_empty() {
            return false;
        }
        let told_all = self.shipments.iter().any(|s| {
            !s.voided && matches!(s.notice, NoticeState::Confirmed { extent: Extent::All, .. } | NoticeState::NotWanted)
        });
        told_all || matches!(self.status, OrderStatus::Shipped | OrderStatus::Cancelled)
    }

    /// May the marketplace be told of this shipment, as far as the order goes?
    #[must_use]
    pub fn may_notify(&self, shipment: &ShipmentState) -> bool {
        !shipment.voided && !self.held && !matches!(self.status, OrderStatus::Cancelled | OrderStatus::OnHold)
    }

    /// The facts of its shipments as they are in force: what was voided counts as voided, whatever was told before.
    #[must_use]
    pub fn in_force(&self, shipments: &[Shipment]) -> Vec<Shipment> {
        let voided = |s: &Shipment| s.voided || self.shipment(&s.id).is_some_and(|known| known.voided);
        shipments.iter().map(|s| Shipment { voided: voided(s), ..s.clone() }).collect()
    }

    /// One of its shipments.
    #[must_use]
    pub fn shipment(&self, id: &ShipmentId) -> Option<&ShipmentState> {
        self.shipments.iter().find(|s| s.id == *id)
    }
}

/// What the proof of a shipment says.
#[must_use]
pub fn proof_facts(
    reference: &OrderRef,
    order: &Order,
    told: &[&Shipment],
    shipment: &Shipment,
    settings: &Settings,
) -> Option<ProofFacts> {
    let line = |id| order.lines.iter().find(|l: &&Line| l.id == id);
    let of_order = crate::notice::items(order, told, shipment);
    // What a merged parcel holds for other orders is not this order's business; what the warehouse added is.
    let strangers = shipment.items.iter().filter(|i| i.line.is_none());
    let items = of_order
        .into_iter()
        .filter_map(|item| {
            let line = line(item.line)?;
            Some(ProofItem {
                sku: line.sku.clone(),
                name: line.name.clone(),
                quantity: item.quantity,
                options: line.options.clone(),
            })
        })
        .chain(strangers.map(|i| ProofItem {
            sku: i.sku.clone(),
            name: i.name.clone(),
            quantity: i.quantity,
            options: Vec::new(),
        }))
        .collect();
    Some(ProofFacts {
        marketplace: order.marketplace.title().to_owned(),
        order: reference.clone(),
        seller: if settings.seller_name.is_empty() {
            reference.connection.to_string()
        } else {
            settings.seller_name.clone()
        },
        // Where it really went, which is what a reviewer compares with the order.
        ship_to: shipment.ship_to.clone().or_else(|| order.ship_to.clone())?,
        ship_date: shipment.ship_date,
        carrier: crate::carrier::carrier_name(&shipment.carrier),
        service: shipment.service.as_deref().map(|s| crate::carrier::service_name(s, &shipment.carrier)),
        tracking_number: shipment.tracking_number.clone(),
        items,
        weight_g: shipment.weight.or_else(|| order.weight()).map(|w| w.0),
        carrier_fee: None,
        shipment: shipment.id.clone(),
        recorded_at: shipment.created_at,
    })
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
