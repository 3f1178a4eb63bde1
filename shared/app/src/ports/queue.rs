//! Hints: messages that wake somebody. They say "look at this", never what is true.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tallyman_domain::{AccountId, ConnectionId, OrderRef, ShipmentId};

use super::{Listing, StoreError, Window};

/// Which queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// poll-marketplace
    Poll,
    /// export-orders
    Export,
    /// read-shipments
    Shipments,
    /// upload-proof
    Proof,
    /// notify-shipment
    Notify,
}

/// What a sweep reads, one list after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SweepStep {
    /// Labels that were made.
    #[default]
    Labels,
    /// Labels that were voided.
    Voided,
    /// Orders that were marked as shipped.
    Marked,
}

impl SweepStep {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Labels, Self::Voided, Self::Marked];
}

fn is_first(page: &u32) -> bool {
    *page == 0
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hint", rename_all = "snake_case", deny_unknown_fields)]
pub enum Hint {
    /// Read one connection's orders of a window, from a page on.
    Poll {
        /// Which connection.
        connection: ConnectionId,
        /// Which list.
        listing: Listing,
        /// Which time; `None` lets the cursor decide.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
        /// Which page, counted from 0.
        #[serde(default)]
        page: u32,
        /// The pages are read from the last to the first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        down: bool,
    },
    /// Read these orders again at their marketplace.
    Read {
        /// Which orders, all of one connection.
        orders: Vec<OrderRef>,
    },
    /// These orders may have to go into ShipStation. Packed: one message for many orders.
    Export {
        /// Which orders.
        orders: Vec<OrderRef>,
    },
    /// Sweep an account's shipments and fulfillments.
    Sweep {
        /// Which account.
        account: AccountId,
        /// Which time; `None` lets the cursor decide.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
        /// Where to go on: in which list,
        #[serde(default)]
        from: SweepStep,
        /// and at which of its pages, counted from 0.
        #[serde(default, skip_serializing_if = "is_first")]
        page: u32,
        /// Leave it out when there was one just now; with a window, when the cursor has passed that window meanwhile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unless_recent: bool,
    },
    /// A webhook named this resource.
    Follow {
        /// Which account's webhook it was.
        account: AccountId,
        /// What to fetch; on the allow-list.
        resource_url: String,
        /// From which page on, counted from 0.
        #[serde(default)]
        page: u32,
    },
    /// An account's webhooks may not be subscribed.
    Subscriptions {
        /// Which account.
        account: AccountId,
    },
    /// These shipments may lack a proof.
    Proof {
        /// Which.
        shipments: Vec<(OrderRef, ShipmentId)>,
    },
    /// These shipments may lack a notice or its confirmation.
    Notify {
        /// Which.
        shipments: Vec<(OrderRef, ShipmentId)>,
    },
}

impl Hint {
    /// Which queue it belongs to.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Poll { .. } | Self::Read { .. } => Lane::Poll,
            Self::Export { .. } => Lane::Export,
            Self::Sweep { .. } | Self::Follow { .. } | Self::Subscriptions { .. } => Lane::Shipments,
            Self::Proof { .. } => Lane::Proof,
            Self::Notify { .. } => Lane::Notify,
        }
    }
}

/// The way to wake somebody.
#[async_trait]
pub trait HintQueue: Send + Sync {
    /// Sends hints, delivered not before `delay` (at most 15 minutes; longer ones are cut to that).
    ///
    /// # Errors
    /// MUST fail unless *every* hint is accepted: the caller acknowledges its own message only after this succeeds.
    async fn send(&self, hints: &[Hint], delay: Duration) -> Result<(), StoreError>;
}
