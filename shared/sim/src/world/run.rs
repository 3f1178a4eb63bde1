//! One run: a seed, a world, people, ticks and functions, until everything is quiet; then the verdict.

use super::{
    World,
    agenda::{Act, Agenda},
    books::{DepotBooks, MarketBooks},
    crew::{Crew, End, Time},
    functions::{Task, Tick, batch_size},
    queue::{LANES, Queues},
    verdict,
};
use crate::{
    Memory,
    fault::{Fault, Plan},
    lock, samples,
    trace::{About, Trace},
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp, Unit};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32},
    },
};
use tallyman_app::{connection::Account, poll::JobKind};
use tallyman_domain::{ConnectionId, MarketplaceKind};

/// As in template.yaml: no function runs longer, and no more than two at once serve a queue.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
const WORKERS_MAX: usize = 2;
const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);
/// A tick or webhook that failed is tried again this often.
const TICK_TRIES: u32 = 3;

/// What becomes of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Webhooks {
    /// Every one arrives.
    AllArrive,
    /// Every third or so is lost.
    SomeLost,
    /// Not one arrives.
    AllLost,
}

/// What a run is made of.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Everything else that is left to chance follows from it.
    pub seed: u64,
    /// When it begins.
    pub start: Timestamp,
    /// For how long orders are placed.
    pub placing: SignedDuration,
    /// For how long things go wrong.
    pub storm: SignedDuration,
    /// When it may be judged first, after the start.
    pub judged_after: SignedDuration,
    /// When it is judged last, after the start.
    pub judged_by: SignedDuration,
    /// The connections' marketplaces, with how many orders each.
    pub shops: Vec<(MarketplaceKind, u32)>,
    /// Which calls go wrong.
    pub plan: Plan,
    /// Messages are lost, doubled, late; lists leave orders out.
    pub mischief: bool,
    /// People cancel, move, void, merge.
    pub people_are_odd: bool,
    /// How often a minute the warehouse lets itself be called.
    pub calls_per_minute: u32,
    /// What becomes of webhooks.
    pub webhooks: Webhooks,
    /// Each webhook is posted again this long after its shipment.
    pub replays: Vec<SignedDuration>,
    /// From when to when no call to a service (`true`) or to AWS (`false`) succeeds.
    pub outages: Vec<(Timestamp, Timestamp, bool)>,
    /// It ends at the last judgement only.
    pub to_the_end: bool,
    /// Does `reconcile` compare both sides? Every other seed does without: what it would heal must not hide a fault of the
    /// usual way.
    pub compares: bool,
}

impl Scenario {
    /// The scenario of a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x7a11_7a11);
        let kinds = [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba];
        let one = (kinds[rng.usize(..2)], rng.u32(3..=6));
        let two = (kinds[rng.usize(..2)], rng.u32(1..=6));
        let shops = if rng.u8(..3) == 0 { vec![one, two] } else { vec![one] };
        // Every eighth run has no faults, every eighth of the others only one kind of them.
        let calm = rng.u8(..8) == 0;
        let one_kind = [Fault::ALL[rng.usize(..Fault::ALL.len())]];
        let kinds: &[Fault] = if calm {
            &[]
        } else if rng.u8(..8) == 0 {
            &one_kind
        } else {
            &Fault::ALL
        };
        let gap = [6, 12, 25, 60, 150][rng.usize(..5)];
        Self {
            seed,
            // So that the status sync at midnight and the deep pass at half past three follow soon.
            start: samples::at("2026-11-21T20:00:00Z") + SignedDuration::from_mins(rng.i64(0..210)),
            placing: SignedDuration::from_mins(rng.i64(10..90)),
            storm: SignedDuration::from_mins(rng.i64(60..240)),
            judged_after: SignedDuration::from_hours(2),
            judged_by: SignedDuration::from_hours(19),
            shops,
            plan: Plan::seeded(&mut rng, gap, kinds),
            mischief: !calm,
            people_are_odd: rng.u8(..4) != 0,
            calls_per_minute: [40, 40, 40, 8][rng.usize(..4)],
            webhooks: [Webhooks::AllArrive, Webhooks::SomeLost, Webhooks::SomeLost, Webhooks::AllLost][rng.usize(..4)],
            replays: Vec::new(),
            outages: Vec::new(),
            to_the_end: rng.u8(..16) == 0,
            compares: seed.is_multiple_of(2),
        }
    }

    /// A day on which nothing is odd but what the caller makes so: nothing fails, people do nothing unusual.
    #[must_use]
    pub fn plain_day(seed: u64, orders: u32) -> Self {
        Self {
            start: samples::at("2026-11-21T00:00:00Z"),
            placing: SignedDuration::from_hours(20),
            storm: SignedDuration::from_hours(24),
            judged_after: SignedDuration::from_hours(24),
            judged_by: SignedDuration::from_hours(28),
            shops: vec![(MarketplaceKind::AliExpress, orders), (MarketplaceKind::Alibaba, orders)],
            plan: Plan::default(),
            mischief: false,
            people_are_odd: false,
            calls_per_minute: 40,
            webhooks: Webhooks::AllArrive,
            ..Self::seeded(seed)
        }
    }

    fn agenda(&self, rng: &mut Rng) -> Agenda {
        let mut agenda = Agenda::default();
        for (index, (_, orders)) in self.shops.iter().enumerate() {
            let first = (u32::try_from(index).unwrap_or_default() + 1) * 1000;
            for n in 1..=*orders {
                agenda.life(rng, first + n, *orders, self);
            }
            if self.people_are_odd && rng.u8(..8) == 0 {
                let at = self.start + SignedDuration::from_mins(rng.i64(60..120));
                agenda.add(at, first + 1, if rng.bool() { Act::Stranger } else { Act::LookAlike });
            }
        }
        let hour = SignedDuration::from_hours(1);
        agenda.add(self.start + self.storm, 0, Act::StormEnds);
        let mut at = self.start + self.judged_after;
        while at <= self.start + self.judged_by {
            agenda.add(at + SignedDuration::from_mins(2), 0, Act::Redrive);
            agenda.add(at, 0, Act::Judge);
            at += hour;
        }
        agenda.add(self.start, 0, Act::Tick(Tick::Subscriptions, 0));
        agenda.add(self.start + SignedDuration::from_secs(1), 0, Act::Tick(Tick::Poll(JobKind::Import), 0));
        agenda.add(self.start + SignedDuration::from_secs(2), 0, Act::Tick(Tick::Sweep, 0));
        agenda.add(next_full(self.start, 30), 0, Act::Tick(Tick::Reconcile, 0));
        agenda.add(next_full(self.start, 0), 0, Act::Tick(Tick::Poll(JobKind::Status), 0));
        agenda
    }
}

/// The next time that the minute hand stands there.
fn next_full(now: Timestamp, minute: i64) -> Timestamp {
    let hour = jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor);
    let at = now.round(hour).unwrap_or(now) + SignedDuration::from_mins(minute);
    if at > now { at } else { at + SignedDuration::from_hours(1) }
}

/// What came out of a run.
pub struct Outcome {
    /// The world as it is at the end.
    pub world: World,
    /// Promises that were broken: about which order, and how.
    pub broken: Vec<(u32, String)>,
}

impl World {
    fn of(scenario: &Scenario) -> Self {
        let connection = |(index, (kind, _)): (usize, &(MarketplaceKind, u32))| {
            let mut connection = samples::connection(*kind);
            if let Ok(id) = ConnectionId::parse(format!("shop-{}", index + 1)) {
                connection.id = id;
            }
            connection
        };
        Self {
            time: Time::at(scenario.start),
            memory: Memory::default(),
            markets: scenario.shops.iter().map(|(kind, _)| Mutex::new(MarketBooks::new(*kind))).collect(),
            depot: Mutex::new(DepotBooks { calls_per_minute: scenario.calls_per_minute, ..DepotBooks::default() }),
            queues: Mutex::new(Queues::default()),
            connections: scenario.shops.iter().enumerate().map(connection).collect(),
            account: Account { calls_per_minute: scenario.calls_per_minute, ..samples::account() },
            trace: Mutex::new(Trace::default()),
            plan: scenario.plan.clone(),
            calls: AtomicU32::new(0),
            stormy: AtomicBool::new(true),
            mischief: scenario.mischief,
            outages: scenario.outages.clone(),
            weather: Mutex::new(Rng::with_seed(scenario.seed ^ 0x3ea7)),
            webhooks: scenario.webhooks,
            replays: scenario.replays.clone(),
            compares: scenario.compares,
            broken: Mutex::default(),
            odd: Mutex::new(BTreeSet::new()),
            voids_known: Mutex::new(BTreeMap::new()),
        }
    }
}

/// What a function said at its end.
pub(crate) enum Said {
    /// These messages failed.
    Failed(Vec<u32>),
    /// The tick succeeded, or not.
    Ticked(bool),
}

/// Runs a scenario to its end.
#[must_use]
pub fn run(scenario: &Scenario) -> Outcome {
    let world = World::of(scenario);
    let mut rng = Rng::with_seed(scenario.seed);
    let mut agenda = scenario.agenda(&mut rng);
    let mut findings = Vec::new();
    let mut crew: Crew<'_, Task, Said> = Crew::new();
    'time: loop {
        if lock(&world.queues).take_changed() {
            start_batches(&world, &mut crew, &mut rng);
        }
        match crew.step(&world.time, &mut rng) {
            Some(None) => continue,
            Some(Some((id, task, end))) => {
                ended(&world, id, task, end, &mut agenda);
                continue;
            }
            None => {}
        }
        let now = world.time.now();
        let visible = lock(&world.queues).next_visible(now);
        let next = [agenda.next_at(), visible, world.time.next_wake(), crew.next_deadline()];
        let Some(next) = next.into_iter().flatten().min() else { break };
        world.time.move_to(next.max(now));
        lock(&world.queues).changed();
        let now = world.time.now();
        while let Some((id, task)) = crew.overdue(now) {
            world.note(0, "a function runs out of time", About::default(), "", i64::from(id));
            ended(&world, id, task, End::Killed, &mut agenda);
        }
        while let Some((order, act)) = agenda.due(now) {
            match act {
                Act::StormEnds => world.calm_down(),
                Act::Redrive => {
                    lock(&world.queues).redrive(now);
                }
                Act::Judge => {
                    findings = verdict::judge(&world, scenario);
                    let last = now + SignedDuration::from_hours(1) > scenario.start + scenario.judged_by;
                    let quiet = crew.is_empty() && !world.is_stormy() && !agenda.people_go_on();
                    let (on_the_way, _) = lock(&world.queues).counts();
                    if last || (findings.is_empty() && quiet && on_the_way == 0 && !scenario.to_the_end) {
                        break 'time;
                    }
                }
                Act::Tick(tick, tries) => start_tick(&world, &mut crew, tick, tries, &mut agenda),
                act => world.act(order, act, &mut agenda),
            }
        }
    }
    drop(crew);
    findings.extend(std::mem::take(&mut *lock(&world.broken)));
    Outcome { world, broken: findings }
}

fn start_batches<'w>(world: &'w World, crew: &mut Crew<'w, Task, Said>, rng: &mut Rng) {
    let now = world.time.now();
    for lane in LANES {
        while crew.of_kind(|task| matches!(task, Task::Batch(l, _) if *l == lane)) < WORKERS_MAX {
            let size = if world.is_stormy() { rng.usize(1..=batch_size(lane)) } else { batch_size(lane) };
            let twice = world.is_stormy() && world.mischief && rng.u8(..) < 10;
            let batch = lock(&world.queues).receive(lane, size, now, rng, twice);
            if batch.is_empty() {
                break;
            }
            let ids: Vec<u32> = batch.iter().map(|message| message.id).collect();
            let has_one =
                |task: &Task| matches!(task, Task::Batch(_, those) if those.iter().any(|id| ids.contains(id)));
            if crew.of_kind(has_one) > 0 {
                let n = i64::try_from(ids.len()).unwrap_or_default();
                world.note(0, "a second worker TAKES THE SAME message", About::default(), "", n);
            }
            let work = async move { Said::Failed(world.invoke(lane, batch).await) };
            crew.start(Task::Batch(lane, ids), now + TIMEOUT, work);
        }
    }
}

fn start_tick<'w>(world: &'w World, crew: &mut Crew<'w, Task, Said>, tick: Tick, tries: u32, agenda: &mut Agenda) {
    let now = world.time.now();
    let work = {
        let tick = tick.clone();
        async move { Said::Ticked(world.tick(tick).await.is_ok()) }
    };
    crew.start(Task::Tick(tick.clone(), tries), now + TIMEOUT, work);
    if tries > 0 {
        return;
    }
    // The schedule goes on.
    let hour = SignedDuration::from_hours(1);
    let clock = |at: Timestamp| at.as_second().rem_euclid(86_400) / 60;
    match tick {
        Tick::Poll(JobKind::Import) | Tick::Sweep => agenda.add(now + FIVE_MINUTES, 0, Act::Tick(tick, 0)),
        Tick::Subscriptions => agenda.add(now + hour, 0, Act::Tick(tick, 0)),
        Tick::Reconcile => {
            agenda.add(now + hour, 0, Act::Tick(tick, 0));
            if clock(now) == 210 {
                agenda.add(now, 0, Act::Tick(Tick::Poll(JobKind::Deep), 1));
            }
        }
        Tick::Poll(JobKind::Status) => {
            let until = (720 - clock(now).rem_euclid(720)) * 60;
            agenda.add(now + SignedDuration::from_secs(until), 0, Act::Tick(tick, 0));
        }
        Tick::Poll(JobKind::Deep) | Tick::Hook(_) => {}
    }
}

fn ended(world: &World, id: u32, task: Task, end: End<Said>, agenda: &mut Agenda) {
    let mut queues = lock(&world.queues);
    queues.changed();
    match (task, end) {
        (Task::Batch(lane, messages), End::Done(Said::Failed(failed))) => {
            for message in messages {
                if !failed.contains(&message) {
                    queues.acknowledge(lane, message);
                }
            }
        }
        (Task::Tick(tick, tries), end) if !matches!(end, End::Done(Said::Ticked(true))) => {
            let _ = id;
            if tries + 1 < TICK_TRIES {
                let again = world.time.now() + SignedDuration::from_secs(60 << tries);
                agenda.add(again, 0, Act::Tick(tick, tries + 1));
            }
        }
        _ => {}
    }
}
