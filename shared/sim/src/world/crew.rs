//! One thread, many workers: whose turn it is, a seed decides. Time is virtual and moves only when nobody can go on.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use crate::lock;

/// What the workers share: the time, who sleeps until when, and whose turn it is.
pub(crate) struct Time {
    now: Mutex<Timestamp>,
    sleepers: Mutex<BTreeMap<(Timestamp, u32), Waker>>,
    next_sleeper: AtomicU32,
    /// Whose turn it is.
    pub(crate) current: AtomicU32,
    /// Whoever has the turn died in it.
    killed: AtomicBool,
}

impl Time {
    pub(crate) fn at(start: Timestamp) -> Self {
        Self {
            now: Mutex::new(start),
            sleepers: Mutex::default(),
            next_sleeper: AtomicU32::new(0),
            current: AtomicU32::new(0),
            killed: AtomicBool::new(false),
        }
    }
    pub(crate) fn now(&self) -> Timestamp {
        *lock(&self.now)
    }
    /// Moves on, and wakes whoever has slept enough.
    pub(crate) fn move_to(&self, at: Timestamp) {
        *lock(&self.now) = at;
        let mut sleepers = lock(&self.sleepers);
        while let Some(first) = sleepers.first_entry().filter(|first| first.key().0 <= at) {
            first.remove().wake();
        }
    }
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        lock(&self.sleepers).keys().next().map(|key| key.0)
    }
    pub(crate) async fn sleep(&self, wait: Duration) {
        let until = self.now() + SignedDuration::try_from(wait).unwrap_or_default();
        let number = self.next_sleeper.fetch_add(1, Relaxed);
        std::future::poll_fn(|cx| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            lock(&self.sleepers).insert((until, number), cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
    /// Lets others go first.
    pub(crate) async fn turn(&self) {
        let mut over = false;
        std::future::poll_fn(|cx| {
            if over {
                return Poll::Ready(());
            }
            over = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
    /// The worker ends here.
    pub(crate) async fn die<T>(&self) -> T {
        self.killed.store(true, Relaxed);
        std::future::pending().await
    }
}

/// Set when a worker can go on.
struct Flag(AtomicBool);
impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

/// How a worker ended.
pub(crate) enum End<T> {
    Done(T),
    Killed,
}

struct Worker<'w, K, T> {
    id: u32,
    kind: K,
    work: Pin<Box<dyn Future<Output = T> + 'w>>,
    flag: Arc<Flag>,
    waker: Waker,
    deadline: Timestamp,
}

/// The workers.
pub(crate) struct Crew<'w, K, T> {
    workers: Vec<Worker<'w, K, T>>,
    next_id: u32,
}

impl<'w, K, T> Crew<'w, K, T> {
    pub(crate) fn new() -> Self {
        Self { workers: Vec::new(), next_id: 1 }
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }
    pub(crate) fn of_kind(&self, is: impl Fn(&K) -> bool) -> usize {
        self.workers.iter().filter(|w| is(&w.kind)).count()
    }
    /// A worker begins; at its deadline it is killed, as Lambda does.
    pub(crate) fn start(&mut self, kind: K, deadline: Timestamp, work: impl Future<Output = T> + 'w) -> u32 {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let (id, waker) = (self.next_id, Waker::from(Arc::clone(&flag)));
        self.next_id += 1;
        self.workers.push(Worker { id, kind, work: Box::pin(work), flag, waker, deadline });
        id
    }
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.workers.iter().map(|w| w.deadline).min()
    }
    /// Whose time is over.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Option<(u32, K)> {
        let index = self.workers.iter().position(|w| w.deadline <= now)?;
        let worker = self.workers.remove(index);
        Some((worker.id, worker.kind))
    }
    /// One worker that can go on makes one step. `None` when nobody can, `Some(None)` when nobody ended.
    #[allow(clippy::option_option, reason = "nobody moved, somebody moved, somebody ended")]
    pub(crate) fn step(&mut self, time: &Time, rng: &mut Rng) -> Option<Option<(u32, K, End<T>)>> {
        let ready = self.workers.iter().filter(|w| w.flag.0.load(Relaxed)).count();
        if ready == 0 {
            return None;
        }
        let chosen = if ready == 1 { 0 } else { rng.usize(..ready) };
        let (index, _) = self.workers.iter().enumerate().filter(|(_, w)| w.flag.0.load(Relaxed)).nth(chosen)?;
        let worker = &mut self.workers[index];
        worker.flag.0.store(false, Relaxed);
        time.current.store(worker.id, Relaxed);
        let polled = worker.work.as_mut().poll(&mut Context::from_waker(&worker.waker));
        time.current.store(0, Relaxed);
        let end = match polled {
            Poll::Ready(value) => End::Done(value),
            Poll::Pending if time.killed.swap(false, Relaxed) => End::Killed,
            Poll::Pending => return Some(None),
        };
        let worker = self.workers.remove(index);
        Some(Some((worker.id, worker.kind, end)))
    }
}
