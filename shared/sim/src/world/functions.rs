//! The functions, as `functions/*/src/handler.rs` has them: a batch comes in, the failed messages come out.

use super::{World, market::Shop, queue::Message};
use crate::trace::About;
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tallyman_app::{
    connection::Connection,
    export::Export,
    hook,
    notify::Notify,
    poll::{Job, JobKind, PageAsked, Poll, fan_out},
    ports::{Clock as _, Hint, Lane, OrderStore as _, StoreError, SweepStep},
    proof::{Draw, UploadProof},
    reconcile::{
        self, Known, Reach,
        compare::{Compare, Depth},
        cursors::WatchCursors,
    },
    shipments::{ReadShipments, Sweep},
    step::{At, Outbox, StepError, wake},
};
use tallyman_domain::{OrderRef, ProofFacts, ShipmentId, limit::CallClass};

/// As in template.yaml.
pub(crate) const POLL_MARGIN: SignedDuration = SignedDuration::from_secs(120);
const LEASE: SignedDuration = SignedDuration::from_secs(90);
const CONFIRM_AFTER: SignedDuration = SignedDuration::from_secs(60);
const STUCK_AFTER: SignedDuration = SignedDuration::from_secs(900);
const LAST_TRY: u32 = 3;

/// What wakes a function besides a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tick {
    Poll(JobKind),
    Sweep,
    Subscriptions,
    Reconcile,
    /// ShipStation posts a webhook about this label.
    Hook(usize),
}

/// What a function was started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    Batch(Lane, Vec<u32>),
    Tick(Tick, u32),
}

struct Pen;
impl Draw for Pen {
    fn draw(&self, facts: &ProofFacts) -> Result<Vec<u8>, String> {
        Ok(facts.digest().short().into_bytes())
    }
}

/// How many messages a function takes at once.
pub(crate) fn batch_size(lane: Lane) -> usize {
    match lane {
        Lane::Poll => 1,
        Lane::Export => 100,
        _ => 5,
    }
}

impl World {
    async fn config(&self) -> Result<&[Connection], StepError> {
        let read: Result<(), StoreError> = self.call("read the settings", About::default(), async { Ok(()) }).await;
        read.at("the settings").map(|()| self.connections.as_slice())
    }

    async fn shop(&self, reference: &OrderRef) -> Result<(&Connection, Shop<'_>), StepError> {
        self.config().await?;
        self.shop_of(reference.connection.as_str())
    }

    fn shop_of(&self, connection: &str) -> Result<(&Connection, Shop<'_>), StepError> {
        let index = self.connections.iter().position(|c| c.id.as_str() == connection);
        let unknown = || StepError::Unusable { address: connection.to_owned(), what: "no such connection".to_owned() };
        let index = index.ok_or_else(unknown)?;
        Ok((&self.connections[index], Shop { world: self, index }))
    }

    /// One invocation. Returns which messages come back; of a tick, whether it failed.
    pub(crate) async fn invoke(&self, lane: Lane, batch: Vec<Message>) -> Vec<u32> {
        if lane == Lane::Export {
            return self.export(batch).await;
        }
        let at_once = match lane {
            Lane::Proof | Lane::Notify => 4,
            _ => 1,
        };
        let work = batch.into_iter().map(|message| async move {
            let id = message.id;
            self.record(message).await.err().map(|_| id)
        });
        stream::iter(work).buffer_unordered(at_once).filter_map(std::future::ready).collect().await
    }

    pub(crate) async fn tick(&self, tick: Tick) -> Result<(), StepError> {
        match tick {
            Tick::Poll(job) => {
                let job = Job { job, connection: None, from: None, to: None };
                let hints = fan_out(&job, self.config().await?, self.now());
                wake(self, &hints, Duration::ZERO).await.at("the tick")
            }
            Tick::Sweep => {
                let account = self.account.id.clone();
                let hint =
                    Hint::Sweep { account, window: None, from: SweepStep::default(), page: 0, unless_recent: false };
                self.config().await?;
                wake(self, &[hint], Duration::ZERO).await.at("the tick")
            }
            Tick::Subscriptions => {
                let hint = Hint::Subscriptions { account: self.account.id.clone() };
                wake(self, &[hint], Duration::ZERO).await.at("the tick")
            }
            Tick::Reconcile => {
                // Once a day deeply, as the schedules have it.
                let deep = self.now().as_second().rem_euclid(86_400) / 3_600 == 3;
                self.reconcile(if deep { Depth::Deep } else { Depth::Light }).await
            }
            Tick::Hook(label) => {
                let url = format!("https://ssapi6.shipstation.com/shipments?batchId={}", label + 1);
                hook::accept(self, &self.account, hook::Told::Resource(url)).await
            }
        }
    }

    async fn reconcile(&self, depth: Depth) -> Result<(), StepError> {
        let until = self.now() + SignedDuration::from_secs(35);
        let connections = self.config().await?;
        let (mut failure, mut known) = (None, Known::default());
        for connection in connections {
            match reconcile::look(Reach::Everybody, self, self, self, connection, STUCK_AFTER).await {
                Ok(looked) => known.looked(looked),
                Err(error) => {
                    known.unseen.insert(connection.id.clone());
                    failure = Some(error);
                }
            }
        }
        if !self.compares {
            return failure.map_or(Ok(()), Err);
        }
        let open = self.exceptions().await.at("exceptions")?;
        let usable: BTreeSet<_> = connections.iter().map(|c| c.id.clone()).collect();
        let compare = Compare {
            orders: self,
            notes: self,
            budgets: self,
            vault: self,
            shelves: &self.memory,
            queue: self,
            clock: self,
            account: &self.account,
            connections,
            usable: &usable,
            warehouse: self,
            open: &open,
            until,
        };
        let outcome = compare.run(depth, &known).await;
        if let Ok(outcome) = &outcome {
            let healed = i64::try_from(outcome.healed()).unwrap_or_default();
            self.note(0, "both sides were compared, healed", About::default(), "", healed);
        }
        failure = outcome.err().or(failure);
        let since = &BTreeMap::new();
        let watch = WatchCursors { orders: self, cursors: self, queue: self, clock: self, since, open: &open };
        let accounts = std::slice::from_ref(&self.account);
        failure = watch.run(connections, &usable, accounts).await.err().or(failure);
        failure.map_or(Ok(()), Err)
    }

    async fn record(&self, message: Message) -> Result<(), StepError> {
        let last_try = message.receives >= LAST_TRY;
        match message.hint {
            Hint::Poll { connection, listing, window, page, down } => {
                self.config().await?;
                let (connection, shop) = self.shop_of(connection.as_str())?;
                let asked = PageAsked { listing, window, page, down, last_try };
                self.poll().page(connection, &shop, asked).await.map(|_| ())
            }
            Hint::Read { orders } => {
                let Some(first) = orders.first() else { return Ok(()) };
                let (connection, shop) = self.shop(first).await?;
                self.poll().read_again(connection, &shop, &orders, last_try).await.map(|_| ())
            }
            Hint::Sweep { window, from, page, unless_recent, .. } => {
                let connections = self.config().await?;
                let sweep = Sweep { window, from, page, unless_recent };
                self.shipments(CallClass::Sweep).sweep(&self.account, connections, self, sweep).await
            }
            Hint::Follow { resource_url, page, .. } => {
                let connections = self.config().await?;
                let read = self.shipments(CallClass::Notice);
                read.follow(&self.account, connections, self, &resource_url, page).await.map(|_| ())
            }
            Hint::Subscriptions { .. } => {
                self.config().await?;
                let check = self.shipments(CallClass::Notice);
                check.subscribe(&self.account, self, "https://hooks.example", "secret").await.map(|_| ())
            }
            Hint::Proof { shipments } => self.proofs(&shipments).await,
            Hint::Notify { shipments } => self.notices(&shipments).await,
            Hint::Export { .. } => Ok(()),
        }
    }

    fn poll(&self) -> Poll<'_> {
        Poll { orders: self, cursors: self, queue: self, clock: self, margin: POLL_MARGIN }
    }

    fn shipments(&self, class: CallClass) -> ReadShipments<'_> {
        ReadShipments {
            orders: self,
            cursors: self,
            budgets: self,
            queue: self,
            clock: self,
            class,
            // A function that is about to run out of time gives the rest back; as `work_until` in the runtime crate says.
            until: self.now() + SignedDuration::from_secs(35),
        }
    }

    async fn proofs(&self, shipments: &[(OrderRef, ShipmentId)]) -> Result<(), StepError> {
        let outbox = Outbox::default();
        let prove = UploadProof { orders: self, vault: self, queue: &outbox, clock: self, draw: &Pen, dry_run: false };
        let mut done = Ok(());
        for (reference, shipment) in shipments {
            let one = async {
                let (connection, shop) = self.shop(reference).await?;
                prove.prove(connection, &shop, reference, shipment).await
            };
            done = one.await.and(done);
        }
        outbox.flush(self).await.at("the next step's queue")?;
        done
    }

    async fn notices(&self, shipments: &[(OrderRef, ShipmentId)]) -> Result<(), StepError> {
        let outbox = Outbox::default();
        let notify = Notify {
            orders: self,
            carriers: self,
            queue: &outbox,
            clock: self,
            lease: LEASE,
            confirm_after: CONFIRM_AFTER,
            dry_run: false,
        };
        let mut done = Ok(());
        for (reference, shipment) in shipments {
            let one = async {
                let (connection, shop) = self.shop(reference).await?;
                notify.notify(connection, &shop, reference, shipment).await
            };
            done = one.await.and(done);
        }
        outbox.flush(self).await.at("the next step's queue")?;
        done
    }

    /// The orders of all messages go out together.
    async fn export(&self, batch: Vec<Message>) -> Vec<u32> {
        let orders = |message: &Message| match &message.hint {
            Hint::Export { orders } => orders.clone(),
            _ => Vec::new(),
        };
        let all: BTreeSet<OrderRef> = batch.iter().flat_map(orders).collect();
        let all: Vec<OrderRef> = all.into_iter().collect();
        let one = async {
            let connections = self.config().await?;
            let until = self.now() + SignedDuration::from_secs(35);
            let export = Export { orders: self, budgets: self, queue: self, clock: self, until, dry_run: false };
            let doubted: BTreeSet<OrderRef> = batch.iter().filter(|m| m.receives > 1).flat_map(orders).collect();
            if !doubted.is_empty() {
                export.doubt(connections, &doubted.into_iter().collect::<Vec<_>>()).await?;
            }
            let ready = export.ready(&self.account, connections, &all).await?;
            export.send(&self.account, self, ready).await
        };
        let failed: Result<usize, StepError> = one.await;
        if failed.is_ok() { Vec::new() } else { batch.iter().map(|message| message.id).collect() }
    }
}
