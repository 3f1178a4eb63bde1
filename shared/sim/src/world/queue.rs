//! Queues as SQS has them: at least once, in no order, five receives, then the dead letters.

use super::World;
use crate::{lock, trace::About};
use async_trait::async_trait;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tallyman_app::ports::{Hint, HintQueue, Lane, StoreError};

/// As in template.yaml.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(360);
const RECEIVES_MAX: u32 = 5;
const DELAY_MAX: Duration = Duration::from_secs(900);
/// All lanes.
pub(crate) const LANES: [Lane; 5] = [Lane::Poll, Lane::Export, Lane::Shipments, Lane::Proof, Lane::Notify];

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: u32,
    pub(crate) hint: Hint,
    pub(crate) receives: u32,
    visible_at: Timestamp,
}

/// All queues, and what each gave up on.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    waiting: [Vec<Message>; LANES.len()],
    dead: Vec<Message>,
    next: u32,
    changed: bool,
}

/// What the network does to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    Twice,
    Late,
    Lost,
}

fn place(lane: Lane) -> usize {
    LANES.iter().position(|l| *l == lane).unwrap_or_default()
}

impl Queues {
    fn put(&mut self, hint: Hint, visible_at: Timestamp) {
        self.next += 1;
        let message = Message { id: self.next, hint, receives: 0, visible_at };
        self.waiting[place(message.hint.lane())].push(message);
        self.changed = true;
    }
    /// Somebody should look whether there is something to receive.
    pub(crate) fn changed(&mut self) {
        self.changed = true;
    }
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
    /// When the next message can be received.
    pub(crate) fn next_visible(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting.iter().flatten().map(|m| m.visible_at).filter(|at| *at > now).min()
    }
    /// A batch, in no order. Whoever came too often goes to the dead letters.
    pub(crate) fn receive(
        &mut self,
        lane: Lane,
        size: usize,
        now: Timestamp,
        rng: &mut Rng,
        twice: bool,
    ) -> Vec<Message> {
        let waiting = &mut self.waiting[place(lane)];
        let mut visible: Vec<usize> = (0..waiting.len()).filter(|i| waiting[*i].visible_at <= now).collect();
        rng.shuffle(&mut visible);
        visible.truncate(size);
        let mut batch = Vec::new();
        for index in &visible {
            let message = &mut waiting[*index];
            // At least once: now and then somebody else gets it too.
            message.visible_at = if twice { now } else { now + VISIBILITY };
            message.receives += 1;
            if message.receives <= RECEIVES_MAX {
                batch.push(message.clone());
            }
        }
        let (dead, alive) = std::mem::take(waiting).into_iter().partition(|m| m.receives > RECEIVES_MAX);
        *waiting = alive;
        self.dead.extend::<Vec<Message>>(dead);
        batch
    }
    /// Done: it is deleted.
    pub(crate) fn acknowledge(&mut self, lane: Lane, id: u32) {
        self.waiting[place(lane)].retain(|m| m.id != id);
    }
    /// A person sends all dead letters back, twice.
    pub(crate) fn redrive(&mut self, now: Timestamp) -> usize {
        let dead = std::mem::take(&mut self.dead);
        for message in &dead {
            self.put(message.hint.clone(), now);
            self.put(message.hint.clone(), now);
        }
        dead.len()
    }
    /// How many messages there are: on their way, and dead.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.waiting.iter().map(Vec::len).sum(), self.dead.len())
    }
}

fn fate(rng: &mut Rng) -> Fate {
    match rng.u8(..) {
        0..12 => Fate::Twice,
        12..24 => Fate::Late,
        24..30 => Fate::Lost,
        _ => Fate::Arrives,
    }
}

/// Whom a message is about, when it is one order only.
fn about(hint: &Hint) -> (&'static str, About) {
    let one = |orders: &[tallyman_domain::OrderRef]| match orders {
        [order] => About::order(order),
        _ => About::default(),
    };
    match hint {
        Hint::Export { orders } => ("send to export", one(orders)),
        Hint::Read { orders } => ("send to read again", one(orders)),
        Hint::Proof { shipments } => match shipments.as_slice() {
            [(order, shipment)] => ("send to proof", About::order(order).shipment(shipment)),
            _ => ("send to proof", About::default()),
        },
        Hint::Notify { shipments } => match shipments.as_slice() {
            [(order, shipment)] => ("send to notify", About::order(order).shipment(shipment)),
            _ => ("send to notify", About::default()),
        },
        Hint::Poll { .. } => ("send to poll", About::default()),
        Hint::Sweep { .. } => ("send to sweep", About::default()),
        Hint::Follow { .. } => ("send to follow", About::default()),
        Hint::Subscriptions { .. } => ("send to subscribe", About::default()),
    }
}

#[async_trait]
impl HintQueue for World {
    async fn send(&self, hints: &[Hint], delay: Duration) -> Result<(), StoreError> {
        let effect = async {
            for hint in hints {
                let (what, about) = about(hint);
                let fate =
                    if self.is_stormy() && self.mischief { fate(&mut lock(&self.weather)) } else { Fate::Arrives };
                let at = self.time.now() + SignedDuration::try_from(delay.min(DELAY_MAX)).unwrap_or_default();
                let late = SignedDuration::from_secs(i64::from(lock(&self.weather).u16(1..900)));
                let mut queues = lock(&self.queues);
                let how = match fate {
                    Fate::Arrives => "",
                    Fate::Twice => "arrives twice",
                    Fate::Late => "arrives late",
                    Fate::Lost => "is LOST",
                };
                match fate {
                    Fate::Arrives => queues.put(hint.clone(), at),
                    Fate::Twice => {
                        queues.put(hint.clone(), at);
                        queues.put(hint.clone(), at + late);
                    }
                    Fate::Late => queues.put(hint.clone(), at + late),
                    Fate::Lost => {}
                }
                self.note(0, what, about, how, 0);
            }
            Ok(())
        };
        self.call("send", About::default(), effect).await
    }
}
