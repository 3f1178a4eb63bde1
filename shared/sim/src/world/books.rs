//! The books of the world outside. Invariants are judged by these, not by what Tallyman remembers.

use jiff::Timestamp;
use std::collections::BTreeMap;
use tallyman_app::ports::WarehouseChange;
use tallyman_domain::{Extent, LineId, MarketplaceKind, MarketplaceOrderId, Order, ShipmentId, WarehouseOrder};

/// Where an order stands, whatever the marketplace calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Placed.
    Unpaid,
    /// Paid, under review.
    Risk,
    /// Paid.
    Paid,
    /// The buyer asks to cancel.
    CancelAsked,
    /// Some of it left.
    Part,
    /// All of it left.
    Shipped,
    /// The buyer has it.
    Done,
    /// Will not ship.
    Cancelled,
}

impl Phase {
    /// The marketplace's word for it, and the reason where it gives one.
    #[must_use]
    pub fn word(self, kind: MarketplaceKind) -> (&'static str, Option<&'static str>) {
        let aliexpress = kind == MarketplaceKind::AliExpress;
        let word = |ali, baba| (if aliexpress { ali } else { baba }, None);
        match self {
            Self::Unpaid => word("PLACE_ORDER_SUCCESS", "unpay"),
            Self::Risk => word("RISK_CONTROL", "frozen"),
            Self::Paid => word("WAIT_SELLER_SEND_GOODS", "undeliver"),
            Self::CancelAsked => word("IN_CANCEL", "frozen"),
            Self::Part => word("SELLER_PART_SEND_GOODS", "partial_delivering"),
            Self::Shipped => word("WAIT_BUYER_ACCEPT_GOODS", "delivering"),
            Self::Done if aliexpress => ("FINISH", Some("buyer_accept_goods")),
            Self::Done => ("trade_success", None),
            Self::Cancelled if aliexpress => ("FINISH", Some("buyer_cancel_order")),
            Self::Cancelled => ("trade_close", None),
        }
    }
}

/// An order at the marketplace.
#[derive(Debug, Clone)]
pub struct Sale {
    /// As its page shows it.
    pub order: Order,
    /// Where it stands.
    pub phase: Phase,
    /// Lists show its last change from then on.
    pub listed_from: Timestamp,
    /// The list by change leaves it out until it changes again.
    pub omitted: bool,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

/// A notice that the marketplace took.
#[derive(Debug, Clone)]
pub struct Told {
    /// About which order.
    pub order: MarketplaceOrderId,
    /// Which shipment, as the notice says.
    pub shipment: ShipmentId,
    /// The number.
    pub tracking: String,
    /// All or part.
    pub extent: Extent,
    /// When.
    pub at: Timestamp,
    /// Shown from then on.
    pub shown_from: Timestamp,
    /// Another one stands in its place now.
    pub corrected: bool,
}

/// A marketplace's books.
#[derive(Debug, Clone)]
pub struct MarketBooks {
    /// Which marketplace.
    pub kind: MarketplaceKind,
    /// Its orders.
    pub sales: BTreeMap<MarketplaceOrderId, Sale>,
    /// Its notices, in their order.
    pub told: Vec<Told>,
    /// The proofs it was given.
    pub uploads: Vec<String>,
}

/// What the warehouse makes of an order.
#[derive(Debug, Clone)]
pub struct Row {
    /// ShipStation's number.
    pub id: i64,
    /// `orderKey`; a part that was split off has none of ours.
    pub key: Option<String>,
    /// `orderNumber`.
    pub number: String,
    /// As it was last given.
    pub content: WarehouseOrder,
    /// Units that didn't leave yet.
    pub left: BTreeMap<LineId, u32>,
    /// All left, or marked as shipped: locked.
    pub shipped: bool,
    /// Split off from this one.
    pub parent: Option<i64>,
    /// Packed together with this one, and gone.
    pub merged_into: Option<i64>,
    /// When it was first there.
    pub arrived_at: Timestamp,
}

/// Something that left the warehouse.
#[derive(Debug, Clone)]
pub struct Label {
    /// As ShipStation lists it.
    pub change: WarehouseChange,
    /// Whose.
    pub row: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was voided.
    pub voided_at: Option<Timestamp>,
    /// Marked as shipped, not a label.
    pub marked: bool,
    /// Somebody else's: nothing may come of it.
    pub foreign: bool,
}

/// The warehouse's books.
#[derive(Debug, Clone, Default)]
pub struct DepotBooks {
    /// Its orders.
    pub rows: Vec<Row>,
    /// What left it.
    pub labels: Vec<Label>,
    /// How often a minute it lets itself be called.
    pub calls_per_minute: u32,
    /// When it was called.
    pub calls: Vec<Timestamp>,
    /// How often somebody called too often.
    pub refused_429: u32,
}

impl DepotBooks {
    /// One order.
    #[must_use]
    pub fn row(&self, id: i64) -> Option<&Row> {
        self.rows.iter().find(|r| r.id == id)
    }
    pub(crate) fn row_mut(&mut self, id: i64) -> Option<&mut Row> {
        self.rows.iter_mut().find(|r| r.id == id)
    }
    /// The order with this key.
    #[must_use]
    pub fn keyed(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|r| r.key.as_deref() == Some(key))
    }
}
