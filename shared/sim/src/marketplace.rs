//! A marketplace with books and faults.

use crate::lock;
use async_trait::async_trait;
use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Duration,
};
use tallyman_app::ports::{CallError, CancelAnswer, Listed, Listing, Marketplace, ReadBack, Seen, Window};
use tallyman_domain::{LiveService, MarketplaceOrderId, Notice, Order, ShipmentId, Standing};

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A clear no.
    Refuse,
    /// The effect takes place, the answer is lost.
    LoseAnswer,
    /// Neither effect nor answer.
    LoseRequest,
    /// Too many calls.
    Throttle,
    /// The answer can't be read.
    Garble,
}

/// The marketplace.
#[derive(Debug, Default)]
pub struct FakeMarketplace {
    orders: Mutex<BTreeMap<MarketplaceOrderId, Order>>,
    /// Orders whose details fail.
    broken: Mutex<BTreeMap<MarketplaceOrderId, Fault>>,
    notices: Mutex<Vec<Notice>>,
    uploads: Mutex<Vec<String>>,
    notice_faults: Mutex<VecDeque<Fault>>,
    page_size: usize,
    takes_proofs: bool,
    details: Mutex<usize>,
    services: Mutex<Option<Vec<LiveService>>>,
}

const NAME: &str = "FakeMarket";

fn failed<T>(fault: Fault, call: &str) -> Result<T, CallError> {
    let call = call.to_owned();
    Err(match fault {
        Fault::Refuse => CallError::Refused { service: NAME, call, code: "NO".into(), message: "no".into() },
        Fault::LoseAnswer | Fault::LoseRequest => CallError::Unclear { service: NAME, call, what: "time-out".into() },
        Fault::Throttle => CallError::Throttled { service: NAME, call, after: Duration::from_secs(1) },
        Fault::Garble => {
            CallError::Undecodable { service: NAME, call, path: "data.lines[0]".into(), what: "not a number".into() }
        }
    })
}

impl FakeMarketplace {
    /// With a page size; `takes_proofs` as Alibaba.com does.
    #[must_use]
    pub fn new(page_size: usize, takes_proofs: bool) -> Self {
        Self { page_size, takes_proofs, ..Self::default() }
    }
    /// Puts an order, or a newer reading of it.
    pub fn put(&self, order: Order) {
        lock(&self.orders).insert(order.id.clone(), order);
    }
    /// Takes an order away: it is refused from now on.
    pub fn remove(&self, id: &MarketplaceOrderId) {
        lock(&self.orders).remove(id);
    }
    /// Makes the details of an order fail, until told otherwise.
    pub fn break_order(&self, id: &MarketplaceOrderId, fault: Option<Fault>) {
        let mut broken = lock(&self.broken);
        match fault {
            Some(fault) => broken.insert(id.clone(), fault),
            None => broken.remove(id),
        };
    }
    /// Makes the next notices fail.
    pub fn fail_notices(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.notice_faults).extend(faults);
    }
    /// Somebody else tells it.
    pub fn tell(&self, notice: Notice) {
        lock(&self.notices).push(notice);
    }
    /// The marketplace loses what it was told.
    pub fn forget_notices(&self) {
        lock(&self.notices).clear();
    }
    /// The notices that took effect.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        lock(&self.notices).clone()
    }
    /// The proofs that were uploaded.
    #[must_use]
    pub fn uploads(&self) -> Vec<String> {
        lock(&self.uploads).clone()
    }
    /// Its live list of services, in place of the usual one.
    pub fn show_services(&self, services: Vec<LiveService>) {
        *lock(&self.services) = Some(services);
    }
    /// How many details were read.
    #[must_use]
    pub fn details_read(&self) -> usize {
        *lock(&self.details)
    }
}

#[async_trait]
impl Marketplace for FakeMarketplace {
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        let orders = lock(&self.orders);
        // As AliExpress does: ended orders are only in lists that ask for them.
        let ended = matches!(listing, Listing::ModifiedEnded | Listing::CreatedEnded);
        let inside: Vec<Seen> = orders
            .values()
            .filter(|o| (o.standing.status == "FINISH") == ended)
            .filter(|o| window.from <= o.modified_at && o.modified_at < window.to)
            .map(|o| Seen { id: o.id.clone(), status: o.standing.status.clone(), modified_at: Some(o.modified_at) })
            .collect();
        let start = page as usize * self.page_size;
        let here = inside.iter().skip(start).take(self.page_size).cloned().collect();
        Ok(Listed {
            orders: here,
            unreadable: Vec::new(),
            more: start + self.page_size < inside.len(),
            pages: u32::try_from(inside.len().div_ceil(self.page_size)).ok(),
        })
    }

    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        *lock(&self.details) += 1;
        if let Some(fault) = lock(&self.broken).get(id) {
            return failed(*fault, "order");
        }
        lock(&self.orders).get(id).cloned().map_or_else(|| failed(Fault::Refuse, "order"), Ok)
    }

    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        lock(&self.orders).get(id).map(|o| o.standing.clone()).map_or_else(|| failed(Fault::Refuse, "standing"), Ok)
    }

    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        let service =
            |code: &str| LiveService { code: code.into(), name: code.into(), tracking_pattern: None, transport: None };
        Ok(lock(&self.services).clone().unwrap_or_else(|| ["USPS", "UPS"].map(service).to_vec()))
    }

    async fn upload_proof(&self, file_name: &str, _: Vec<u8>) -> Result<Option<String>, CallError> {
        lock(&self.uploads).push(file_name.to_owned());
        Ok(self.takes_proofs.then(|| format!("/files/{file_name}")))
    }

    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        let fault = lock(&self.notice_faults).pop_front();
        if let (Some(old), None | Some(Fault::LoseAnswer)) = (&notice.replaces, fault) {
            let mut notices = lock(&self.notices);
            let shown = notices.iter_mut().find(|n| n.order == notice.order && n.tracking_number == old.number);
            let Some(shown) = shown else { return failed(Fault::Refuse, "notify") };
            // What was told stays in the books; what is shown is the new number only.
            shown.tracking_number = format!("corrected {}", old.number);
        }
        match fault {
            None => lock(&self.notices).push(notice.clone()),
            Some(Fault::LoseAnswer) => {
                lock(&self.notices).push(notice.clone());
                return failed(Fault::LoseAnswer, "notify");
            }
            Some(fault) => return failed(fault, "notify"),
        }
        Ok(())
    }

    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        _: &ShipmentId,
        tracking_number: &str,
        _: &str,
    ) -> Result<ReadBack, CallError> {
        let there = lock(&self.notices).iter().any(|n| n.order.order == *order && n.tracking_number == tracking_number);
        Ok(if there { ReadBack::Present } else { ReadBack::Absent })
    }

    async fn answer_cancellation(
        &self,
        order: &MarketplaceOrderId,
        _: &str,
        answer: &CancelAnswer,
    ) -> Result<(), CallError> {
        let mut orders = lock(&self.orders);
        let Some(order) = orders.get_mut(order) else { return failed(Fault::Refuse, "answer_cancellation") };
        if order.standing.status != "IN_CANCEL" {
            return failed(Fault::Refuse, "answer_cancellation");
        }
        order.modified_at += SignedDuration::from_secs(1);
        match answer {
            CancelAnswer::Accept => {
                order.standing.status = "FINISH".into();
                order.standing.end_reason = Some("cancel_order_close_trade".into());
            }
            CancelAnswer::Refuse { .. } => order.standing.status = "WAIT_SELLER_SEND_GOODS".into(),
        }
        Ok(())
    }

    async fn raw(&self, id: &MarketplaceOrderId) -> Result<Option<String>, CallError> {
        Ok(lock(&self.orders).get(id).map(|order| format!("raw order {}", order.id)))
    }
}
