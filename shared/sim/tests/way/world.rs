//! A world to try the way of an order in: every port in memory, every message delivered twice.

use jiff::SignedDuration;
use tallyman_app::{
    connection::{Account, Connection},
    export::Export,
    notify::Notify,
    poll::{PageAsked, Poll},
    ports::{Hint, Listing, SweepStep},
    proof::{Draw, UploadProof},
    shipments::{ReadShipments, Sweep},
    step::StepError,
};
use tallyman_domain::{ExceptionKind, Extent, MarketplaceKind, ProofFacts, limit::CallClass};
use tallyman_sim::{FakeMarketplace, FakeWarehouse, ManualClock, Memory, samples};

pub(crate) struct Pen;
impl Draw for Pen {
    fn draw(&self, facts: &ProofFacts) -> Result<Vec<u8>, String> {
        Ok(facts.digest().hex().into_bytes())
    }
}

pub(crate) fn sweep_of(account: &Account) -> Hint {
    Hint::Sweep { account: account.id.clone(), window: None, from: SweepStep::default(), page: 0, unless_recent: false }
}

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) clock: ManualClock,
    pub(crate) market: FakeMarketplace,
    pub(crate) warehouse: FakeWarehouse,
    pub(crate) connection: Connection,
    pub(crate) account: Account,
    pub(crate) dry_run: bool,
}

impl World {
    pub(crate) fn new(kind: MarketplaceKind) -> Self {
        Self {
            memory: Memory::default(),
            clock: ManualClock::at(samples::at("2026-11-21T12:00:00Z")),
            market: FakeMarketplace::new(3, kind == MarketplaceKind::Alibaba),
            warehouse: FakeWarehouse::default(),
            connection: samples::connection(kind),
            account: samples::account(),
            dry_run: false,
        }
    }
    pub(crate) fn with_orders(kind: MarketplaceKind, count: u32) -> Self {
        let world = Self::new(kind);
        (1..=count).for_each(|n| world.market.put(samples::order(kind, n)));
        world
    }
    pub(crate) fn poll(&self) -> Poll<'_> {
        Poll {
            orders: &self.memory,
            cursors: &self.memory,
            queue: &self.memory,
            clock: &self.clock,
            margin: SignedDuration::from_mins(2),
        }
    }
    pub(crate) fn exporter(&self) -> Export<'_> {
        Export {
            orders: &self.memory,
            budgets: &self.memory,
            queue: &self.memory,
            clock: &self.clock,
            until: jiff::Timestamp::MAX,
            dry_run: self.dry_run,
        }
    }
    pub(crate) async fn work(&self, hint: &Hint, last_try: bool) -> Result<(), StepError> {
        let connections = std::slice::from_ref(&self.connection);
        match hint {
            Hint::Poll { listing, window, page, down, .. } => {
                let asked = PageAsked { listing: *listing, window: *window, page: *page, down: *down, last_try };
                self.poll().page(&self.connection, &self.market, asked).await.map(|_| ())
            }
            Hint::Read { orders } => {
                self.poll().read_again(&self.connection, &self.market, orders, last_try).await.map(|_| ())
            }
            Hint::Export { orders } => {
                let export = self.exporter();
                let ready = export.ready(&self.account, connections, orders).await?;
                export.send(&self.account, &self.warehouse, ready).await.map(|_| ())
            }
            Hint::Subscriptions { .. } => Ok(()),
            Hint::Sweep { .. } | Hint::Follow { .. } => {
                let from = if let Hint::Sweep { from, .. } = hint { *from } else { SweepStep::default() };
                let read = ReadShipments {
                    orders: &self.memory,
                    cursors: &self.memory,
                    budgets: &self.memory,
                    queue: &self.memory,
                    clock: &self.clock,
                    class: CallClass::Sweep,
                    until: jiff::Timestamp::MAX,
                };
                read.sweep(&self.account, connections, &self.warehouse, Sweep { from, ..Sweep::default() }).await
            }
            Hint::Proof { shipments } => {
                let prove = UploadProof {
                    orders: &self.memory,
                    vault: &self.memory,
                    queue: &self.memory,
                    clock: &self.clock,
                    draw: &Pen,
                    dry_run: self.dry_run,
                };
                for (order, shipment) in shipments {
                    prove.prove(&self.connection, &self.market, order, shipment).await?;
                }
                Ok(())
            }
            Hint::Notify { shipments } => {
                let notify = Notify {
                    orders: &self.memory,
                    carriers: &self.memory,
                    queue: &self.memory,
                    clock: &self.clock,
                    lease: SignedDuration::from_secs(90),
                    confirm_after: SignedDuration::from_secs(60),
                    dry_run: self.dry_run,
                };
                for (order, shipment) in shipments {
                    notify.notify(&self.connection, &self.market, order, shipment).await?;
                }
                Ok(())
            }
        }
    }
    /// Delivers every message, twice, until there are none; time moves on by each delay.
    pub(crate) async fn drain(&self) {
        for _ in 0..500 {
            let hints = self.memory.take_hints();
            if hints.is_empty() {
                return;
            }
            for (hint, delay) in hints {
                self.clock.advance(SignedDuration::try_from(delay).unwrap());
                for _ in 0..2 {
                    // A failed message comes back; the third time it is on its last try.
                    for receive in 1..=4 {
                        if self.work(&hint, receive >= 3).await.is_ok() {
                            break;
                        }
                        self.clock.advance(SignedDuration::from_secs(180));
                    }
                }
            }
        }
        panic!("the messages never end");
    }
    pub(crate) async fn import(&self) {
        for listing in [Listing::Modified, Listing::ModifiedEnded] {
            let connection = self.connection.id.clone();
            let hint = Hint::Poll { connection, listing, window: None, page: 0, down: false };
            self.work(&hint, true).await.unwrap();
            self.drain().await;
        }
    }
    pub(crate) async fn sweep(&self) {
        self.clock.advance(SignedDuration::from_mins(5));
        let _ = self.work(&sweep_of(&self.account), false).await;
        self.drain().await;
    }
    pub(crate) fn ship(&self, n: u32, shipment: &str, items: &[(u32, i64)]) {
        let mut change = samples::label(n, shipment, items);
        change.shipment.warehouse_order = self.warehouse_id(n);
        self.warehouse.label(change);
    }
    pub(crate) fn warehouse_id(&self, n: u32) -> i64 {
        self.warehouse.orders()[&samples::reference(n).order_key()].0
    }
    pub(crate) fn notices(&self) -> Vec<(String, String, Extent)> {
        let mut all: Vec<_> = self
            .market
            .notices()
            .into_iter()
            .map(|n| (n.order.order.to_string(), n.shipment.to_string(), n.extent))
            .collect();
        all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        all
    }
    pub(crate) fn kinds(&self, n: u32) -> Vec<ExceptionKind> {
        self.memory.state(&samples::reference(n)).unwrap().exceptions.iter().map(|e| e.kind).collect()
    }
    pub(crate) fn finished(&self, n: u32) -> bool {
        self.memory.state(&samples::reference(n)).unwrap().is_finished()
    }
}
