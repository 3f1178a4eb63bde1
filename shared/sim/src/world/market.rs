//! The marketplaces: what they answer, and the promises that are judged at the moment a notice comes in.

use super::{
    World,
    books::{MarketBooks, Phase, Sale, Told},
};
use crate::{lock, trace::About};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;
use tallyman_app::ports::{CallError, Listed, Listing, Marketplace, ReadBack, Seen, Window};
use tallyman_domain::{
    Extent, LiveService, MarketplaceKind, MarketplaceOrderId, Notice, Order, ProofFacts, ShipmentId, Standing,
};

const PAGE_SIZE: usize = 3;
/// No function lives longer: whatever it knew when it began is at most this old.
const LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// A marketplace, as one connection sees it.
pub(crate) struct Shop<'w> {
    pub(crate) world: &'w World,
    pub(crate) index: usize,
}

fn refused<T>(call: &str, message: &str) -> Result<T, CallError> {
    let (call, message) = (call.to_owned(), message.to_owned());
    Err(CallError::Refused { service: "Simulated", call, code: "NO".into(), message })
}

impl MarketBooks {
    pub(crate) fn new(kind: MarketplaceKind) -> Self {
        Self { kind, sales: std::collections::BTreeMap::new(), told: Vec::new(), uploads: Vec::new() }
    }

    /// An order changes; lists show it a little later.
    pub(crate) fn change(
        &mut self,
        id: &MarketplaceOrderId,
        now: Timestamp,
        lag: SignedDuration,
        f: impl FnOnce(&mut Sale),
    ) {
        let kind = self.kind;
        let Some(sale) = self.sales.get_mut(id) else { return };
        f(sale);
        let (word, reason) = sale.phase.word(kind);
        sale.order.standing =
            Standing { status: word.to_owned(), end_reason: reason.map(str::to_owned), ..Standing::default() };
        sale.order.modified_at = now;
        sale.order.paid_at = sale.paid_at;
        sale.listed_from = now + lag;
        sale.omitted = false;
    }

    fn shows(&self, sale: &Sale, listing: Listing, window: Window, now: Timestamp) -> bool {
        let by_change = matches!(listing, Listing::Modified | Listing::ModifiedEnded);
        let at = if by_change { sale.order.modified_at } else { sale.order.placed_at };
        let over = matches!(sale.phase, Phase::Done | Phase::Cancelled) && self.kind == MarketplaceKind::AliExpress;
        let ended = matches!(listing, Listing::ModifiedEnded | Listing::CreatedEnded);
        let inside = window.from <= at && at < window.to;
        inside && sale.listed_from <= now && !(by_change && sale.omitted) && over == ended
    }
}

impl Shop<'_> {
    fn books(&self) -> &Mutex<MarketBooks> {
        &self.world.markets[self.index]
    }

    fn sale<T>(&self, call: &str, id: &MarketplaceOrderId, read: impl FnOnce(&Sale) -> T) -> Result<T, CallError> {
        lock(self.books()).sales.get(id).map(read).map_or_else(|| refused(call, "no such order"), Ok)
    }

    /// What may not be true of a notice when it arrives.
    fn judge(&self, notice: &Notice, books: &MarketBooks, now: Timestamp) {
        let about = About::order(&notice.order).shipment(&notice.shipment);
        let broke = |what: &str| self.world.broke(about.order, format!("shipment {}: {what}", about.shipment));
        if !self.world.memory.has_proof(&ProofFacts::key(&notice.order, &notice.shipment)) {
            broke("told before its proof was stored");
        }
        let given = |name: &str| books.uploads.iter().any(|known| known == name);
        if self.takes_proof() && !notice.proof.as_ref().is_some_and(|(name, _)| given(name)) {
            broke("told before the marketplace had its proof");
        }
        if books
            .told
            .iter()
            .any(|told| told.order == notice.order.order && told.tracking == notice.tracking_number && !told.corrected)
        {
            broke("told twice");
        }
        let cancelled = books.sales.get(&notice.order.order).and_then(|sale| sale.cancelled_at);
        if cancelled.is_some_and(|at| at + LIFETIME < now) {
            broke("told though the order had been cancelled");
        }
        let void_known = lock(&self.world.voids_known).get(&(about.order, about.shipment)).copied();
        if void_known.is_some_and(|at| at + LIFETIME < now) {
            broke("told though its label was known to be voided");
        }
    }

    fn takes_proof(&self) -> bool {
        self.world.connections[self.index].marketplace.takes_proof()
    }

    fn take(&self, notice: &Notice) -> Result<(), CallError> {
        let now = self.world.time.now();
        let mut books = lock(self.books());
        self.judge(notice, &books, now);
        let id = &notice.order.order;
        // A correction takes the place of what stands there.
        let stands = |told: &Told, number: &str| told.order == *id && told.tracking == number && !told.corrected;
        if let Some(replaced) = &notice.replaces {
            match books.told.iter_mut().find(|told| stands(told, &replaced.number)) {
                Some(old) => old.corrected = true,
                None => return refused("notify", "there is no such number to correct"),
            }
        }
        let closed =
            notice.replaces.is_none() && books.told.iter().any(|told| told.order == *id && told.extent == Extent::All);
        if closed && books.kind == MarketplaceKind::AliExpress {
            return refused("notify", "the order has been shipped completely");
        }
        let about = About::order(&notice.order).shipment(&notice.shipment);
        let how = if notice.extent == Extent::All { "all" } else { "part" };
        self.world.note(0, "the marketplace IS TOLD of", about, how, 0);
        let lag = |up_to| SignedDuration::from_secs(i64::from(lock(&self.world.weather).u8(0..up_to)));
        let (shown_lag, list_lag) = (lag(45), lag(100));
        books.told.push(Told {
            order: id.clone(),
            shipment: notice.shipment.clone(),
            tracking: notice.tracking_number.clone(),
            extent: notice.extent,
            at: now,
            shown_from: now + shown_lag,
            corrected: false,
        });
        let extent = notice.extent;
        books.change(id, now, list_lag, |sale| {
            if matches!(sale.phase, Phase::Paid | Phase::Part) {
                sale.phase = if extent == Extent::All { Phase::Shipped } else { Phase::Part };
            }
        });
        Ok(())
    }
}

#[async_trait]
impl Marketplace for Shop<'_> {
    async fn list(&self, listing: Listing, window: Window, page: u32) -> Result<Listed, CallError> {
        let effect = async {
            let (books, now) = (lock(self.books()), self.world.time.now());
            let shown: Vec<&Sale> = books.sales.values().filter(|s| books.shows(s, listing, window, now)).collect();
            let start = page as usize * PAGE_SIZE;
            let seen = |sale: &&Sale| Seen {
                id: sale.order.id.clone(),
                status: sale.order.standing.status.clone(),
                modified_at: Some(sale.order.modified_at),
            };
            Ok(Listed {
                orders: shown.iter().skip(start).take(PAGE_SIZE).map(seen).collect(),
                unreadable: Vec::new(),
                more: start + PAGE_SIZE < shown.len(),
                pages: u32::try_from(shown.len().div_ceil(PAGE_SIZE)).ok(),
            })
        };
        self.world.call("list orders", About::default(), effect).await
    }

    async fn order(&self, id: &MarketplaceOrderId) -> Result<Order, CallError> {
        let about = About::number(id.as_str());
        self.world.call("read", about, async { self.sale("order", id, |sale| sale.order.clone()) }).await
    }

    async fn standing(&self, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
        let about = About::number(id.as_str());
        let effect = async { self.sale("standing", id, |sale| sale.order.standing.clone()) };
        self.world.call("read the standing of", about, effect).await
    }

    async fn services(&self) -> Result<Vec<LiveService>, CallError> {
        let service =
            |code: &str| LiveService { code: code.into(), name: code.into(), tracking_pattern: None, transport: None };
        self.world.call("list services", About::default(), async { Ok(["USPS", "UPS"].map(service).to_vec()) }).await
    }

    async fn upload_proof(&self, file_name: &str, _: Vec<u8>) -> Result<Option<String>, CallError> {
        if !self.takes_proof() {
            return Ok(None);
        }
        let effect = async {
            let mut books = lock(self.books());
            books.uploads.push(file_name.to_owned());
            Ok(Some(format!("/files/{}/{file_name}", books.uploads.len())))
        };
        self.world.call("upload the proof", About::default(), effect).await
    }

    async fn notify(&self, notice: &Notice) -> Result<(), CallError> {
        let about = About::order(&notice.order).shipment(&notice.shipment);
        self.world.call("notify", about, async { self.take(notice) }).await
    }

    async fn read_back(
        &self,
        order: &MarketplaceOrderId,
        shipment: &ShipmentId,
        tracking_number: &str,
        _: &str,
    ) -> Result<ReadBack, CallError> {
        let effect = async {
            let (books, now) = (lock(self.books()), self.world.time.now());
            let shows = |told: &Told| {
                told.order == *order && told.tracking == tracking_number && told.shown_from <= now && !told.corrected
            };
            Ok(if books.told.iter().any(shows) { ReadBack::Present } else { ReadBack::Absent })
        };
        self.world.call("read back", About::number(order.as_str()).shipment(shipment), effect).await
    }
}
