//! What a marketplace's status means for the warehouse. The maps are data; each row is tested.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The states an order can have in the warehouse, named as ShipStation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Not paid yet, or the payment isn't settled.
    AwaitingPayment,
    /// Paid and the seller's to ship.
    AwaitingShipment,
    /// Must not ship now: review, dispute, cancellation request, or a status nobody knows.
    OnHold,
    /// Shipped as far as the marketplace is concerned.
    Shipped,
    /// Will not ship.
    Cancelled,
}

impl OrderStatus {
    /// As ShipStation writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AwaitingPayment => "awaiting_payment",
            Self::AwaitingShipment => "awaiting_shipment",
            Self::OnHold => "on_hold",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Which marketplace a connection belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarketplaceKind {
    /// AliExpress, seller side.
    AliExpress,
    /// Alibaba.com, seller side.
    Alibaba,
}

impl MarketplaceKind {
    /// The name people know.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AliExpress => "AliExpress",
            Self::Alibaba => "Alibaba.com",
        }
    }
    /// Whether a proof of shipment can be, and therefore is, uploaded before the notice.
    #[must_use]
    pub fn takes_proof(self) -> bool {
        matches!(self, Self::Alibaba)
    }
    /// Whether one tracking number may close several orders. AliExpress takes such a parcel as consolidated
    /// (`package_type`); of Alibaba.com it isn't known, so it isn't tried.
    #[must_use]
    pub fn takes_one_number_for_several_orders(self) -> bool {
        matches!(self, Self::AliExpress)
    }
    fn map(self) -> &'static [(&'static str, Meaning)] {
        match self {
            Self::AliExpress => ALIEXPRESS,
            Self::Alibaba => ALIBABA,
        }
    }
}

/// What one row of a map says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Is(OrderStatus),
    /// Ended: completed or cancelled, `end_reason` decides.
    Ended,
}
use Meaning::{Ended, Is};
use OrderStatus::{AwaitingPayment, AwaitingShipment, Cancelled, OnHold, Shipped};

/// AliExpress order statuses (API-FACTS 1.5).
const ALIEXPRESS: &[(&str, Meaning)] = &[
    ("PLACE_ORDER_SUCCESS", Is(AwaitingPayment)),
    ("PAYMENT_PROCESSING", Is(AwaitingPayment)),
    ("WAIT_SELLER_EXAMINE_MONEY", Is(AwaitingPayment)),
    ("WAIT_GROUP", Is(AwaitingPayment)),
    ("RISK_CONTROL", Is(OnHold)),
    ("RISK_CONTROL_HOLD", Is(OnHold)),
    ("WAIT_COMPLETE_ADDRESS", Is(OnHold)),
    ("IN_CANCEL", Is(OnHold)),
    ("IN_ISSUE", Is(OnHold)),
    ("IN_FROZEN", Is(OnHold)),
    ("WAIT_SELLER_SEND_GOODS", Is(AwaitingShipment)),
    ("SELLER_PART_SEND_GOODS", Is(AwaitingShipment)),
    ("WAIT_BUYER_ACCEPT_GOODS", Is(Shipped)),
    ("FUND_PROCESSING", Ended),
    ("FINISH", Ended),
    ("ARCHIVE", Ended),
];

/// Alibaba.com trade statuses (API-FACTS 2.3).
const ALIBABA: &[(&str, Meaning)] = &[
    ("unpay", Is(AwaitingPayment)),
    ("paying", Is(AwaitingPayment)),
    ("paid", Is(AwaitingPayment)),
    ("captured", Is(AwaitingPayment)),
    ("undeliver", Is(AwaitingShipment)),
    ("delivering", Is(Shipped)),
    ("partial_delivering", Is(Shipped)),
    ("waiting_for_shipment", Is(Shipped)),
    ("waiting_for_delivery_confirmation", Is(Shipped)),
    ("wait_confirm_receipt", Is(Shipped)),
    ("trade_success", Is(Shipped)),
    ("charge_back", Is(Cancelled)),
    ("trade_close", Is(Cancelled)),
    ("frozen", Is(OnHold)),
];

/// What the marketplace says about an order's standing, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// `order_status` or `trade_status`.
    pub status: String,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// `logistics_status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logistics: Option<String>,
    /// Frozen by the marketplace.
    #[serde(default)]
    pub frozen: bool,
    /// In dispute.
    #[serde(default)]
    pub disputed: bool,
}

/// How a standing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What it means for the warehouse.
    pub status: OrderStatus,
    /// False when nothing known matched and the order is held for a person.
    pub known: bool,
}

/// Does the buyer ask to cancel, and wait for the seller's answer?
#[must_use]
pub fn asks_to_cancel(kind: MarketplaceKind, standing: &Standing) -> bool {
    kind == MarketplaceKind::AliExpress && standing.status == "IN_CANCEL"
}

/// A user's own map, by the marketplace's status name; it wins over the built-in one.
pub type StatusOverrides = BTreeMap<String, OrderStatus>;

/// Reads a standing. Whatever isn't known is held, never dropped and never guessed.
#[must_use]
pub fn read(kind: MarketplaceKind, standing: &Standing, overrides: &StatusOverrides) -> Reading {
    let known = |status| Reading { status, known: true };
    if let Some(&status) = overrides.get(&standing.status) {
        return known(status);
    }
    let reading = match kind.map().iter().find(|(name, _)| *name == standing.status) {
        Some((_, Is(status))) => known(*status),
        Some((_, Ended)) => ended(standing),
        None => Reading { status: OnHold, known: false },
    };
    let held = standing.frozen || standing.disputed;
    if held && reading.status == AwaitingShipment { known(OnHold) } else { reading }
}

/// `FINISH` says completed *or* cancelled. The reason decides; where it is silent, whether goods were sent does.
fn ended(standing: &Standing) -> Reading {
    let reason = standing.end_reason.as_deref().unwrap_or_default().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    let status = if says(&["cancel", "not_pay", "notpay", "no_pay", "send_goods_timeout", "risk", "close", "refund"]) {
        Some(Cancelled)
    } else if says(&["confirm", "accept", "receive"]) {
        Some(Shipped)
    } else {
        match standing.logistics.as_deref() {
            Some("SELLER_SEND_GOODS" | "BUYER_ACCEPT_GOODS") => Some(Shipped),
            Some("NO_LOGISTICS" | "WAIT_SELLER_SEND_GOODS") => Some(Cancelled),
            _ => None,
        }
    };
    Reading { status: status.unwrap_or(OnHold), known: status.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(kind: MarketplaceKind, status: &str) -> Reading {
        read(kind, &Standing { status: status.into(), ..Standing::default() }, &StatusOverrides::new())
    }

    #[test]
    fn a_status_is_written_as_it_is_stored() {
        use OrderStatus as S;
        for status in [S::AwaitingPayment, S::AwaitingShipment, S::OnHold, S::Shipped, S::Cancelled] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.word());
        }
    }

    #[test]
    fn every_alibaba_row_reads_as_the_published_map_says() {
        let rows = [
            (AwaitingPayment, "unpay paying paid captured"),
            (AwaitingShipment, "undeliver"),
            (
                Shipped,
                "delivering partial_delivering waiting_for_shipment waiting_for_delivery_confirmation \
                 wait_confirm_receipt trade_success",
            ),
            (Cancelled, "charge_back trade_close"),
            (OnHold, "frozen"),
        ];
        let mut seen = 0;
        for (status, names) in rows {
            for name in names.split_whitespace() {
                assert_eq!(reading(MarketplaceKind::Alibaba, name), Reading { status, known: true }, "{name}");
                seen += 1;
            }
        }
        assert_eq!(seen, ALIBABA.len(), "a row is untested");
    }

    #[test]
    fn every_aliexpress_row_reads_as_the_facts_say() {
        let rows = [
            (AwaitingPayment, "PLACE_ORDER_SUCCESS PAYMENT_PROCESSING WAIT_SELLER_EXAMINE_MONEY WAIT_GROUP"),
            (OnHold, "RISK_CONTROL RISK_CONTROL_HOLD WAIT_COMPLETE_ADDRESS IN_CANCEL IN_ISSUE IN_FROZEN"),
            (AwaitingShipment, "WAIT_SELLER_SEND_GOODS SELLER_PART_SEND_GOODS"),
            (Shipped, "WAIT_BUYER_ACCEPT_GOODS"),
        ];
        let mut seen = 0;
        for (status, names) in rows {
            for name in names.split_whitespace() {
                assert_eq!(reading(MarketplaceKind::AliExpress, name), Reading { status, known: true }, "{name}");
                seen += 1;
            }
        }
        assert_eq!(seen + 3, ALIEXPRESS.len(), "a row is untested: FINISH, ARCHIVE and FUND_PROCESSING follow below");
    }

    #[test]
    fn an_ended_order_is_completed_or_cancelled_by_its_reason_and_held_when_nothing_says() {
        let cases = [
            (Some("buyer_confirm_goods"), None, Shipped, true),
            (Some("buyer_accept_goods"), None, Shipped, true),
            (Some("buyer_cancel_notpay_order"), None, Cancelled, true),
            (Some("seller_send_goods_timeout"), None, Cancelled, true),
            (None, Some("BUYER_ACCEPT_GOODS"), Shipped, true),
            (None, Some("NO_LOGISTICS"), Cancelled, true),
            (Some("something_new"), None, OnHold, false),
            (None, None, OnHold, false),
        ];
        for status in ["FINISH", "ARCHIVE", "FUND_PROCESSING"] {
            for (reason, logistics, expected, known) in cases {
                let standing = Standing {
                    status: status.into(),
                    end_reason: reason.map(Into::into),
                    logistics: logistics.map(Into::into),
                    ..Standing::default()
                };
                let reading = read(MarketplaceKind::AliExpress, &standing, &StatusOverrides::new());
                assert_eq!(reading, Reading { status: expected, known }, "{status} {reason:?} {logistics:?}");
            }
        }
    }

    #[test]
    fn frozen_and_disputed_orders_are_held_though_their_status_says_ship() {
        for (frozen, disputed) in [(true, false), (false, true)] {
            let standing =
                Standing { status: "WAIT_SELLER_SEND_GOODS".into(), frozen, disputed, ..Standing::default() };
            assert_eq!(read(MarketplaceKind::AliExpress, &standing, &StatusOverrides::new()).status, OnHold);
        }
    }

    #[test]
    fn an_unknown_status_is_held_and_says_that_it_is_unknown() {
        for name in ["", "BRAND_NEW", "wait_seller_send_goods", "to_be_audited"] {
            assert_eq!(reading(MarketplaceKind::AliExpress, name), Reading { status: OnHold, known: false });
            assert_eq!(reading(MarketplaceKind::Alibaba, name), Reading { status: OnHold, known: false });
        }
    }

    #[test]
    fn the_users_own_row_wins() {
        let overrides = StatusOverrides::from([("BRAND_NEW".to_owned(), Cancelled), ("frozen".to_owned(), Shipped)]);
        let standing = |status: &str| Standing { status: status.into(), ..Standing::default() };
        assert_eq!(read(MarketplaceKind::AliExpress, &standing("BRAND_NEW"), &overrides).status, Cancelled);
        assert_eq!(read(MarketplaceKind::Alibaba, &standing("frozen"), &overrides).status, Shipped);
    }

    #[test]
    fn marketplaces_are_called_as_people_call_them() {
        assert_eq!(
            [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba].map(MarketplaceKind::title),
            ["AliExpress", "Alibaba.com"]
        );
    }
}
