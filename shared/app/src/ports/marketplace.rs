//! The marketplace: where orders come from and notices go. One implementation a marketplace, held to this contract.

use super::{CallError, Window};
use async_trait::async_trait;
use jiff::Timestamp;
use tallyman_domain::{LiveService, MarketplaceOrderId, Notice, Order, ShipmentId, Standing, limit::CallClass};

/// Which orders to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// By the time of their last change, ended ones left out where the marketplace does so by itself.
    Modified,
    /// Like `Modified`, ended ones asked for explicitly.
    ModifiedEnded,
    /// By the time they were placed.
    Created,
    /// Like `Created`, ended ones asked for explicitly.
    CreatedEnded,
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub id: MarketplaceOrderId,
    /// Its status as the list has it.
    pub status: String,
    /// When it was last changed, if the list tells.
    pub modified_at: Option<Timestamp>,
}

/// A record of a list that couldn't be read. Its neighbours go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its number, if that much was readable.
    pub id: Option<MarketplaceOrderId>,
    /// Path and reason; never values.
    pub what: String,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The orders.
    pub orders: Vec<Seen>,
    /// The records that couldn't be read.
    pub unreadable: Vec<Unreadable>,
    /// Is there another page?
    pub more: bool,
    /// How many pages there are now, if the list tells.
    pub pages: Option<u32>,
}

/// What the marketplace shows of a tracking number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// It has it.
    Present,
    /// It doesn't.
    Absent,
    /// It can't be asked.
    Unknowable,
}

/// The seller's answer to a buyer who asks to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelAnswer {
    /// The order ends and the buyer gets the money back.
    Accept,
    /// The order goes on.
    Refuse {
        /// Why, for the buyer; English.
        reason: String,
    },
}

/// A marketplace, for one connection.
#[async_trait]
pub trait Marketplace: Send + Sync {
    /// What the calls that follow are for, which whoever budgets has to know. Nobody has to listen.
    fn expect(&self, _class: CallClass) {}

    /// Lists one page of orders; `page` counts from 0 whatever the service counts from. The window's ends are
    /// instants; the adapter writes them in the service's zone so that no order inside is left out.
    ///
    /// # Errors
    /// MUST return [`CallError::Unclear`] for an answer that is no list at all, and never an empty list in its place.
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError>;

    /// Reads one order whole: lines, address (decrypted where masked), amounts.
    ///
    /// # Errors
    /// [`CallError::Undecodable`] when the order is there but can't be read; [`CallError::Refused`] when it isn't ours.
    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError>;

    /// Reads only an order's standing: the gate before a side effect.
    ///
    /// # Errors
    /// As [`Marketplace::order`].
    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError>;

    /// The services the marketplace knows.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn services(&self) -> Result<Vec<LiveService>, CallError>;

    /// Uploads a proof (PNG, at most 5 MB) and returns the marketplace's path to it. `None` where the marketplace
    /// takes no proofs. Uploading twice does no harm.
    ///
    /// # Errors
    /// [`CallError::Refused`] when it doesn't take this one.
    async fn upload_proof(&self, file_name: &str, png: Vec<u8>) -> Result<Option<String>, CallError>;

    /// Sends a notice. Not idempotent: the caller has committed an attempt before.
    ///
    /// # Errors
    /// MUST return [`CallError::Unclear`] whenever the notice may have taken effect, and [`CallError::Refused`] only
    /// when it surely hasn't.
    async fn notify(&self, notice: &Notice) -> Result<(), CallError>;

    /// Does the order show this tracking number? `service` is the code it was sent with.
    ///
    /// # Errors
    /// Any [`CallError`]; the caller asks again later.
    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        service: &str,
    ) -> Result<ReadBack, CallError>;

    /// Answers a buyer who asks to cancel. A second answer is refused.
    ///
    /// # Errors
    /// [`CallError::Refused`] when nobody asks, and where the marketplace has no such call.
    async fn answer_cancellation(
        &self,
        _order: &MarketplaceOrderId,
        _buyer: &str,
        _answer: &CancelAnswer,
    ) -> Result<(), CallError> {
        let (call, code) = ("answer_cancellation".to_owned(), "NO_SUCH_CALL".to_owned());
        let message = "answer it in the marketplace's own pages".to_owned();
        Err(CallError::Refused { service: "The marketplace", call, code, message })
    }

    /// The order as the marketplace gives it, for people, when it can't be read. Personal data: never logged.
    ///
    /// # Errors
    /// Any [`CallError`].
    async fn raw(&self, _id: &MarketplaceOrderId) -> Result<Option<String>, CallError> {
        Ok(None)
    }
}
