//! Disagreements that need a person.

pub mod alert;
mod finding;
pub mod life;

use crate::ShipmentId;
pub use finding::Finding;
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::second};
use life::{End, Entry};
use serde::{Deserialize, Serialize};

/// Long enough to say what happened, short enough for the state item.
const DETAIL_BYTES_MAX: usize = 200;
/// So many of one order are kept open: the state item stays below 100 KB even when people write on each of them
/// (DynamoDB takes 400). More are counted, see [`Exception::unlisted`].
pub const OPEN_MAX: usize = 50;

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// People who pack and label.
    Warehouse,
    /// People who talk to buyers and marketplaces.
    CustomerService,
    /// People who look after the money: no kind is theirs unless a connection says so (`owners`).
    Finance,
    /// People who look after the connection and the settings.
    Technical,
}

/// What kind of disagreement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The marketplace uses a status that no map knows.
    UnknownStatus,
    /// No usable address.
    NoShipTo,
    /// The order's data couldn't be read.
    Undecodable,
    /// ShipStation refused the order.
    ExportRefused,
    /// Changed or cancelled at the marketplace after the warehouse shipped it.
    ChangedAfterShipment,
    /// No service of the marketplace fits the carrier.
    CarrierUnmapped,
    /// The marketplace's own pattern refuses the tracking number.
    TrackingRefused,
    /// The marketplace refused the notice.
    NoticeRefused,
    /// The marketplace refused the proof.
    ProofRefused,
    /// A call may or may not have taken effect, and reading back didn't tell.
    NoticeAmbiguous,
    /// Sent, but the marketplace doesn't show it.
    NotConfirmed,
    /// A shipment can't be matched with an order.
    ShipmentUnattributed,
    /// More was shipped than ordered.
    Overshipped,
    /// A shipment was changed after the marketplace had been told, and what it shows isn't known.
    ChangedAfterNotice,
    /// A label was voided after the marketplace had been told of it, and there is no new one.
    VoidedAfterNotice,
    /// Cancelled at the marketplace though there is a label.
    CancelledAfterLabel,
    /// Address or goods were changed after the label was made.
    ChangedAfterLabel,
    /// The buyer asks to cancel and waits for an answer.
    CancelRequested,
    /// Cancelled at the marketplace, held in ShipStation: there it is people who cancel.
    CancelledElsewhere,
    /// The marketplace calls it shipped, and there is no label: there it is people who close it.
    ShippedElsewhere,
    /// A second shipment of an order that is to be told in one.
    SecondShipment,
    /// One parcel for several orders, and the marketplace takes a tracking number for one.
    SharedNumber,
    /// ShipStation took the order, and no longer has it to ship.
    MissingInWarehouse,
    /// ShipStation has an order with a key of ours that the marketplace doesn't give us.
    UnknownInWarehouse,
    /// Cancelled, held or not paid, and ShipStation goes on offering it to be shipped.
    StillShippable,
    /// The proof isn't where it was stored, or is another one.
    ProofLost,
    /// A poll or sweep no longer gets on.
    CursorStands,
    /// Something has been pending for so long that waking it doesn't help.
    Stuck,
}

impl ExceptionKind {
    /// Every kind there is, in the order in which they are declared.
    pub const ALL: [Self; 28] = [
        Self::UnknownStatus,
        Self::NoShipTo,
        Self::Undecodable,
        Self::ExportRefused,
        Self::ChangedAfterShipment,
        Self::CarrierUnmapped,
        Self::TrackingRefused,
        Self::NoticeRefused,
        Self::ProofRefused,
        Self::NoticeAmbiguous,
        Self::NotConfirmed,
        Self::ShipmentUnattributed,
        Self::Overshipped,
        Self::ChangedAfterNotice,
        Self::VoidedAfterNotice,
        Self::CancelledAfterLabel,
        Self::ChangedAfterLabel,
        Self::CancelRequested,
        Self::CancelledElsewhere,
        Self::ShippedElsewhere,
        Self::SecondShipment,
        Self::SharedNumber,
        Self::MissingInWarehouse,
        Self::UnknownInWarehouse,
        Self::StillShippable,
        Self::ProofLost,
        Self::CursorStands,
        Self::Stuck,
    ];

    /// Who acts on it.
    #[must_use]
    pub fn owner(self) -> Owner {
        match self {
            Self::UnknownStatus
            | Self::Undecodable
            | Self::ExportRefused
            | Self::CarrierUnmapped
            | Self::UnknownInWarehouse
            | Self::ProofLost
            | Self::CursorStands
            | Self::Stuck => Owner::Technical,
            Self::ShipmentUnattributed
            | Self::Overshipped
            | Self::TrackingRefused
            | Self::VoidedAfterNotice
            | Self::CancelledAfterLabel
            | Self::CancelledElsewhere
            | Self::ShippedElsewhere
            | Self::MissingInWarehouse
            | Self::StillShippable
            | Self::ChangedAfterLabel => Owner::Warehouse,
            Self::NoShipTo
            | Self::ChangedAfterShipment
            | Self::NoticeRefused
            | Self::ProofRefused
            | Self::NoticeAmbiguous
            | Self::NotConfirmed
            | Self::CancelRequested
            | Self::SecondShipment
            | Self::SharedNumber
            | Self::ChangedAfterNotice => Owner::CustomerService,
        }
    }

    /// What to do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::UnknownStatus => {
                "Look the order up at the marketplace; add the status to the connection's status_map."
            }
            Self::NoShipTo => "Ask the buyer for an address; the order is exported as soon as the marketplace has one.",
            Self::Undecodable => {
                "The answer was kept; report it with the order's number. The order is retried at each poll."
            }
            Self::ExportRefused => {
                "Read ShipStation's reason, correct the order or the settings; it is retried when either changes."
            }
            Self::ChangedAfterShipment => "Compare both sides; recall the parcel or tell the buyer.",
            Self::CarrierUnmapped => {
                "Add a row for this carrier and service to the connection's carriers; the notice is kept and then sent."
            }
            Self::TrackingRefused => {
                "Check the tracking number in ShipStation, or map the carrier to another service; the notice is kept."
            }
            Self::NoticeRefused => {
                "Read the marketplace's reason; correct it there and mark the order as shipped by hand if need be."
            }
            Self::ProofRefused => "Read the marketplace's reason; the proof is kept and can be uploaded by hand.",
            Self::NoticeAmbiguous => {
                "Look at the marketplace whether the order shows this tracking number; send it by hand if not."
            }
            Self::NotConfirmed => "Look at the marketplace whether the order shows this tracking number.",
            Self::ShipmentUnattributed => "Find out which order this shipment belongs to and close it by hand.",
            Self::Overshipped => {
                "Count the parcels: more units left than were ordered. The notice is held; it goes when a label is voided."
            }
            Self::ChangedAfterNotice => "Correct the tracking number at the marketplace.",
            Self::VoidedAfterNotice => {
                "Buy the new label in ShipStation: the marketplace is then corrected by itself. If nothing will ship, cancel the order there."
            }
            Self::CancelRequested => {
                "Accept or refuse it at the marketplace; the order is held meanwhile. With a label, void that first."
            }
            Self::CancelledElsewhere => "Cancel the order in ShipStation, or go on with it; it is held there.",
            Self::ShippedElsewhere => {
                "Mark the order as shipped in ShipStation if it left otherwise; if it didn't, ship it."
            }
            Self::SecondShipment => {
                "Tell the marketplace by hand of the second parcel, or let the connection tell in batches (`batches`)."
            }
            Self::SharedNumber => "Close this order at the marketplace by hand, with the number of the shared parcel.",
            Self::ChangedAfterLabel => {
                "Compare label and order. If it goes to the wrong place, void the label before the deadline; ShipStation then gets the order anew."
            }
            Self::CancelledAfterLabel => {
                "Void the label in ShipStation before the deadline, or recall the parcel; the buyer is refunded."
            }
            Self::MissingInWarehouse => {
                "Look for the order in ShipStation, also among those on hold and inside merged ones: restore it if it was deleted or cancelled by mistake. If another order's parcel carries it, resolve this and tell the marketplace by hand."
            }
            Self::UnknownInWarehouse => {
                "Find out who made the order in ShipStation; nothing that ships for it reaches a marketplace. Delete it there if it is nobody's."
            }
            Self::StillShippable => "Cancel or hold the order in ShipStation, as it is here, before somebody packs it.",
            Self::ProofLost => {
                "Restore the stored version of the proof in the bucket; who could delete or replace it has to be found out."
            }
            Self::CursorStands => {
                "Look at the function's log and at the connection's authorisation; see the runbook reconcile.md."
            }
            Self::Stuck => "Look for the order's number in the logs; what keeps the step from being done is there.",
        }
    }

    /// Does it keep the order from being shipped, or the marketplace from knowing? Of what comes after that, or of what
    /// won't ship, a time to ship that is past says nothing.
    #[must_use]
    pub fn delays_shipping(self) -> bool {
        !matches!(
            self,
            Self::ChangedAfterShipment
                | Self::ChangedAfterNotice
                | Self::VoidedAfterNotice
                | Self::CancelledAfterLabel
                | Self::CancelledElsewhere
                | Self::ShippedElsewhere
                | Self::SecondShipment
                | Self::StillShippable
                | Self::UnknownInWarehouse
                | Self::ProofLost
                | Self::CursorStands
        )
    }

    /// How long a person has when the marketplace sets no time.
    #[must_use]
    pub fn time_to_act(self) -> SignedDuration {
        match self {
            Self::UnknownStatus | Self::Undecodable | Self::NoShipTo => SignedDuration::from_hours(48),
            _ => SignedDuration::from_hours(24),
        }
    }
}

/// One open disagreement of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Kind.
    #[serde(rename = "k")]
    pub kind: ExceptionKind,
    /// About which shipment, if about one.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// Open since.
    #[serde(rename = "t")]
    pub since: Timestamp,
    /// By when somebody must have acted.
    #[serde(rename = "d")]
    pub deadline: Timestamp,
    /// What happened, in English, with the service's own words; no personal data.
    #[serde(rename = "w")]
    pub detail: String,
    /// The same with its values apart, for other languages. None of somebody else's words, and of what was stored before
    /// there were findings: there the sentence is all there is.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none", deserialize_with = "finding::known")]
    found: Option<Finding>,
    /// How often it was found.
    #[serde(rename = "n")]
    pub count: u32,
    /// When it was found again, to the second; none as long as it was found once.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none", with = "second::optional")]
    pub last_seen: Option<Timestamp>,
    /// The person who looks after it.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// What became of it since it was opened, the newest last; see [`life::HISTORY_MAX`].
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Entry>,
    /// How much of its history is no longer kept.
    #[serde(rename = "hd", default, skip_serializing_if = "is_zero")]
    pub dropped: u32,
    /// How often one more was found at this order than are kept: this one stands for those too, and doesn't clear by itself.
    #[serde(rename = "u", default, skip_serializing_if = "is_zero")]
    pub unlisted: u32,
    /// How it ended; none while it is open.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

impl Exception {
    /// One that is found now.
    #[must_use]
    pub fn found(
        kind: ExceptionKind,
        shipment: Option<&ShipmentId>,
        finding: impl Into<Finding>,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Self {
        let (shipment, (detail, found)) = (shipment.cloned(), kept(finding.into()));
        let (last_seen, assignee, history, end) = (None, None, Vec::new(), None);
        let (dropped, unlisted) = (0, 0);
        Self {
            kind,
            shipment,
            since: now,
            deadline,
            detail,
            found,
            count: 1,
            last_seen,
            assignee,
            history,
            dropped,
            unlisted,
            end,
        }
    }

    /// What was found.
    #[must_use]
    pub fn finding(&self) -> Finding {
        self.found.clone().unwrap_or_else(|| Finding::from(&*self.detail))
    }

    /// Is it of this kind, about this shipment or the order as a whole?
    #[must_use]
    pub fn is(&self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.kind == kind && self.shipment.as_ref() == shipment
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The sentence and the finding, as they are stored. In bytes, which is what the table is paid by.
fn kept(finding: Finding) -> (String, Option<Finding>) {
    let detail = cut(&finding.to_string(), DETAIL_BYTES_MAX);
    (detail, Some(finding.bounded()).filter(|finding| !matches!(finding, Finding::Words { .. })))
}

/// Never inside a character.
fn cut(text: &str, bytes_max: usize) -> String {
    text[..text.floor_char_boundary(bytes_max)].to_owned()
}

/// Opens an exception, or counts it once more when it is open already.
pub fn raise(
    open: &mut Vec<Exception>,
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    finding: impl Into<Finding>,
    ship_by: Option<Timestamp>,
    now: Timestamp,
) {
    raise_until(open, kind, shipment, finding, deadline(kind, ship_by, now), now);
}

/// By when somebody must have acted: the marketplace's own time to ship when that is nearer. When that is past, what
/// keeps the order from being shipped and told is due now.
#[must_use]
pub fn deadline(kind: ExceptionKind, ship_by: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let latest = now + kind.time_to_act();
    ship_by.filter(|by| *by > now || kind.delays_shipping()).map_or(latest, |by| by.clamp(now, latest))
}

/// Like [`raise`], with a deadline of its own. Found again, the nearer of both deadlines stands.
pub fn raise_until(
    open: &mut Vec<Exception>,
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    finding: impl Into<Finding>,
    deadline: Timestamp,
    now: Timestamp,
) {
    if let Some(known) = open.iter_mut().find(|e| e.is(kind, shipment)) {
        known.count = known.count.saturating_add(1);
        known.last_seen = Some(now);
        known.deadline = known.deadline.min(deadline);
        (known.detail, known.found) = kept(finding.into());
        return;
    }
    if open.len() >= OPEN_MAX {
        let of_kind = open.iter().rposition(|e| e.kind == kind).unwrap_or(open.len() - 1);
        open[of_kind].unlisted = open[of_kind].unlisted.saturating_add(1);
        return;
    }
    open.push(Exception::found(kind, shipment, finding, deadline, now));
}

/// Is one of this kind open about this shipment, or about the order as a whole?
#[must_use]
pub fn is_open(open: &[Exception], kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
    open.iter().any(|e| e.is(kind, shipment))
}

/// Closes what a later observation showed to be gone.
pub fn clear(open: &mut Vec<Exception>, kinds: &[ExceptionKind], shipment: Option<&ShipmentId>) {
    open.retain(|e| !(kinds.contains(&e.kind) && e.shipment.as_ref() == shipment));
}

#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;

    #[test]
    fn a_repeat_is_one_exception_with_a_count_and_its_first_time() {
        let mut open = Vec::new();
        let (first, later) = (at("2026-11-21T00:00:00Z"), at("2026-11-21T05:00:00Z"));
        raise(&mut open, ExceptionKind::NoShipTo, None, "no address", None, first);
        raise(&mut open, ExceptionKind::NoShipTo, None, "still none", None, later);
        assert_eq!((open.len(), open[0].count, open[0].since, open[0].last_seen), (1, 2, first, Some(later)));
        clear(&mut open, &[ExceptionKind::NoShipTo], None);
        assert!(open.is_empty());
    }

    #[test]
    fn the_list_of_all_kinds_has_each_one() {
        // Told that there is no such kind, serde names all that there are.
        let known = serde_json::from_str::<ExceptionKind>("\"none\"").unwrap_err().to_string();
        let named: Vec<&str> = known.split('`').skip(3).step_by(2).collect();
        let all: Vec<String> = ExceptionKind::ALL.iter().map(|k| serde_json::to_string(k).unwrap()).collect();
        assert_eq!(named, all.iter().map(|name| name.trim_matches('"')).collect::<Vec<_>>());
    }

    #[test]
    fn the_marketplaces_own_time_limit_is_the_deadline_when_it_is_nearer() {
        let mut open = Vec::new();
        let now = at("2026-11-21T00:00:00Z");
        raise(&mut open, ExceptionKind::NoShipTo, None, "", Some(at("2026-11-21T06:00:00Z")), now);
        raise(&mut open, ExceptionKind::UnknownStatus, None, "", Some(at("2026-12-21T06:00:00Z")), now);
        assert_eq!(open[0].deadline, at("2026-11-21T06:00:00Z"));
        assert_eq!(open[1].deadline, at("2026-11-23T00:00:00Z"));
    }

    #[test]
    fn a_time_to_ship_that_is_past_makes_due_what_keeps_the_order_from_being_shipped_and_nothing_that_comes_after() {
        let (past, now) = (Some(at("2026-11-20T06:00:00Z")), at("2026-11-21T00:00:00Z"));
        assert_eq!(deadline(ExceptionKind::NoShipTo, past, now), now);
        assert_eq!(deadline(ExceptionKind::CarrierUnmapped, past, now), now);
        assert_eq!(deadline(ExceptionKind::VoidedAfterNotice, past, now), at("2026-11-22T00:00:00Z"));
    }

    #[test]
    fn found_again_the_nearer_deadline_stands() {
        let (mut open, now) = (Vec::new(), at("2026-11-21T00:00:00Z"));
        for (ship_by, until) in [
            (None, "2026-11-23T00:00:00Z"),
            (Some(at("2026-11-21T06:00:00Z")), "2026-11-21T06:00:00Z"),
            (Some(at("2026-11-22T06:00:00Z")), "2026-11-21T06:00:00Z"),
        ] {
            raise(&mut open, ExceptionKind::NoShipTo, None, "", ship_by, now);
            assert_eq!((open.len(), open[0].deadline), (1, at(until)));
        }
    }
}
