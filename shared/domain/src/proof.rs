//! What a proof of shipment says. How it looks is the `proof` crate's business.

use crate::{Address, Digest, Money, OrderRef, ShipmentId};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One item on the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofItem {
    /// Stock keeping unit; may be missing at the marketplace.
    pub sku: Option<String>,
    /// Product name.
    pub name: String,
    /// How many left in this shipment.
    pub quantity: Decimal,
    /// Colour, size and the like, as name and value.
    pub options: Vec<(String, String)>,
}

/// Everything a proof of shipment shows. The same facts give the same image, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofFacts {
    /// `AliExpress` or `Alibaba.com`.
    pub marketplace: String,
    /// Which order.
    pub order: OrderRef,
    /// The seller's name, from the connection's settings.
    pub seller: String,
    /// Where it goes.
    pub ship_to: Address,
    /// The day it left the warehouse, there.
    pub ship_date: Date,
    /// Carrier, as people name it.
    pub carrier: String,
    /// Service, as people name it.
    pub service: Option<String>,
    /// Tracking number; also drawn as a Code 128 barcode.
    pub tracking_number: String,
    /// What is in it.
    pub items: Vec<ProofItem>,
    /// Weight in grams, where ShipStation knows it.
    pub weight_g: Option<Decimal>,
    /// What the carrier charges, where ShipStation knows it. Not drawn: it is the seller's business.
    pub carrier_fee: Option<Money>,
    /// ShipStation's own id of the shipment.
    pub shipment: ShipmentId,
    /// When ShipStation recorded the shipment.
    pub recorded_at: Timestamp,
}

impl ProofFacts {
    /// The SHA-256 that is printed on the proof and kept with the order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// Where the proof of a shipment that never changed is kept.
    #[must_use]
    pub fn key(order: &OrderRef, shipment: &ShipmentId) -> String {
        Self::key_of(order, shipment, 0)
    }

    /// Where the proof is kept: a function of the shipment and its revision alone, so that a second proof of the same
    /// one meets the first one's key and is refused by the store.
    #[must_use]
    pub fn key_of(order: &OrderRef, shipment: &ShipmentId, revision: u32) -> String {
        format!("proofs/{}/{}/{}.png", order.connection, order.order, Self::stem(shipment, revision))
    }

    /// What a proof's file is called, without its ending: the shipment, and from its first revision on which one.
    #[must_use]
    pub fn stem(shipment: &ShipmentId, revision: u32) -> String {
        if revision == 0 { shipment.to_string() } else { format!("{shipment}-r{revision}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_proof_is_kept_under_its_order_shipment_and_revision() {
        // Kept for years under this name: another key for the same shipment would be a second proof.
        let (order, shipment) = (samples::reference(), ShipmentId::parse("s12").unwrap());
        let cases = [
            (0, "s12", "proofs/ae-main/8123456789012345/s12.png"),
            (1, "s12-r1", "proofs/ae-main/8123456789012345/s12-r1.png"),
            (12, "s12-r12", "proofs/ae-main/8123456789012345/s12-r12.png"),
        ];
        for (revision, stem, key) in cases {
            assert_eq!(ProofFacts::stem(&shipment, revision), stem);
            assert_eq!(ProofFacts::key_of(&order, &shipment, revision), key);
        }
        assert_eq!(ProofFacts::key(&order, &shipment), cases[0].2);
    }
}
