//! Does what AWS does around the functions: hands over events, and again what was not done.

use crate::{
    emulator::Trouble,
    house::{LANES, function_of},
    orders::{FINISHED, Gate, Seen, Strike},
    process::{Outcome, Process},
    todo::{Todo, batch, failures, hook, push},
    world::World,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// As in the template: then a message is a dead letter.
const RECEIVES_MAX: u32 = 5;
/// How often Scheduler and ShipStation try again.
const TRIES_MAX: u32 = 5;
/// A case that needs more invocations than this will not come to rest.
const INVOCATIONS_MAX: usize = 150;
/// What is due later than this is not waited for: no lease and no ban of a case is that long.
const WAIT_MAX: Duration = Duration::from_secs(9);

/// What one function is to be handed, all at once.
#[derive(Debug, Clone)]
pub struct Work {
    /// Who.
    pub function: &'static str,
    /// What.
    pub todos: Vec<Todo>,
}

/// How the second of two workers stands to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pair {
    /// Both are held at their nth call, and let go together.
    Together,
    /// The first is held at its nth call until the second has finished.
    Overtaken,
}

impl World {
    /// The next thing that a lane's function would be handed.
    #[must_use]
    pub fn work_of_lane(&self, lane: &str) -> Option<Work> {
        let function = function_of(lane);
        let of_lane = self.todos.iter().filter(|todo| todo.is_of(lane));
        let todos: Vec<Todo> = of_lane.take(self.lab.house.batch_size(function)).cloned().collect();
        (!todos.is_empty()).then_some(Work { function, todos })
    }

    /// The next webhook.
    #[must_use]
    pub fn work_of_hooks(&self) -> Option<Work> {
        let hook = self.todos.iter().find(|todo| matches!(todo, Todo::Hook { .. } | Todo::Push { .. }))?;
        Some(Work { function: "receive-webhook", todos: vec![hook.clone()] })
    }

    /// Hands work to a process and takes note of what became of it. Returns the calls that were made.
    ///
    /// # Errors
    /// When a process can't be started.
    pub async fn hand_over(&mut self, work: &Work, strike: Option<Strike>) -> Result<(Vec<Seen>, bool), Trouble> {
        let process = self.process(work.function).await?;
        let (event, ids) = self.event(work, &process.origin);
        self.forget(work);
        let (outcome, seen, struck) = process.invoke(event, strike, None).await;
        self.tell(work, &outcome, &seen, &process);
        let undone = undone(work, &ids, &outcome);
        self.again(undone);
        self.receive();
        Ok((seen, struck))
    }

    /// Two processes at once on the same work. What either of them did is done.
    ///
    /// # Errors
    /// When a process can't be started.
    pub async fn hand_over_twice(&mut self, work: &Work, at: usize, pair: Pair) -> Result<bool, Trouble> {
        let (first, second) = (self.new_process(work.function).await?, self.new_process(work.function).await?);
        let ((one, ids), (two, _)) = (self.event(work, &first.origin), self.event(work, &second.origin));
        self.forget(work);
        let ((mine, of_first), (yours, of_second)) = (watch::channel(0), watch::channel(0));
        let until = if pair == Pair::Together { at } else { FINISHED };
        let gate = Gate { at, mine: mine.clone(), other: of_second, until };
        let other_gate = Gate { at, mine: yours.clone(), other: of_first, until: at };
        let other_gate = (pair == Pair::Together).then(|| Arc::new(other_gate));
        let run = async |process: &Process, event: Value, gate: Option<Arc<Gate>>, done: watch::Sender<usize>| {
            let ended = process.invoke(event, None, gate).await;
            done.send_replace(FINISHED);
            ended
        };
        let (one, two) =
            futures::future::join(run(&first, one, Some(Arc::new(gate)), mine), run(&second, two, other_gate, yours))
                .await;
        self.tell(work, &one.0, &one.1, &first);
        self.tell(work, &two.0, &two.1, &second);
        let left = undone(work, &ids, &two.0);
        let left_by_both: Vec<Todo> = if left.is_empty() { left } else { undone(work, &ids, &one.0) };
        self.again(left_by_both);
        self.receive();
        first.end().await;
        second.end().await;
        Ok(one.1.len() >= at)
    }

    fn event(&self, work: &Work, origin: &str) -> (Value, Vec<String>) {
        match work.todos.first() {
            Some(Todo::Job { event, .. }) => (event.clone(), Vec::new()),
            Some(Todo::Hook { resource, .. }) => (hook(resource, &self.setting.webhook_secret, origin), Vec::new()),
            Some(Todo::Push { connection, order, .. }) => (push(connection, order), Vec::new()),
            _ => {
                let messages = work.todos.iter().filter_map(|todo| match todo {
                    Todo::Message { message, .. } => Some((format!("message-{}", self.lab.number()), message)),
                    _ => None,
                });
                let messages: Vec<_> = messages.collect();
                (batch(&messages, origin), messages.into_iter().map(|(id, _)| id).collect())
            }
        }
    }

    /// Takes work out of what waits.
    fn forget(&mut self, work: &Work) {
        for done in &work.todos {
            let same = |todo: &Todo| match (todo, done) {
                (Todo::Message { message: a, .. }, Todo::Message { message: b, .. }) => {
                    a.body == b.body && a.due == b.due && a.receives == b.receives
                }
                (Todo::Hook { resource: a, .. }, Todo::Hook { resource: b, .. }) => a == b,
                (Todo::Push { order: a, .. }, Todo::Push { order: b, .. }) => a == b,
                (Todo::Job { event: a, function: f, .. }, Todo::Job { event: b, function: g, .. }) => a == b && f == g,
                _ => false,
            };
            if let Some(place) = self.todos.iter().position(same) {
                self.todos.remove(place);
            }
        }
    }

    /// What was not done comes back, until it has failed too often.
    fn again(&mut self, undone: Vec<Todo>) {
        for mut todo in undone {
            let too_often = match &mut todo {
                Todo::Message { message, .. } => {
                    message.receives += 1;
                    message.due = Instant::now();
                    message.receives >= RECEIVES_MAX
                }
                Todo::Job { tries, .. } | Todo::Hook { tries, .. } | Todo::Push { tries, .. } => {
                    *tries += 1;
                    *tries >= TRIES_MAX
                }
            };
            if too_often { self.dead.push(todo) } else { self.todos.push(todo) }
        }
    }

    /// New messages.
    fn receive(&mut self) {
        for message in self.outside.take_messages() {
            let todo = Todo::Message { lane: self.lane(&message.queue), message };
            self.ever.push(todo.clone());
            self.todos.push(todo);
        }
    }

    fn tell(&mut self, work: &Work, outcome: &Outcome, seen: &[Seen], process: &Process) {
        let how = match outcome {
            Outcome::Answered(value) if work.function == "receive-webhook" => format!("HTTP {}", value["statusCode"]),
            Outcome::Answered(value) => match failures(value).len() {
                0 => "done".to_owned(),
                failed => format!("{failed} of {} messages failed", work.todos.len()),
            },
            Outcome::Failed(error) => format!("failed: {error}"),
            Outcome::Died => "died".to_owned(),
            Outcome::Hung => "did not answer".to_owned(),
        };
        self.story.push(format!("{} was handed {} -> {how}", work.function, described(&work.todos)));
        self.writes.extend(seen.iter().cloned());
        self.story.extend(seen.iter().map(|seen| format!("    {seen}")));
        if !matches!(outcome, Outcome::Answered(value) if failures(value).is_empty()) {
            let log = process.log();
            self.story.extend(log.iter().rev().take(4).rev().map(|line| format!("    | {line}")));
        }
    }

    /// Hands over whatever waits until nothing does. Delays are first ignored, as a queue may be early by its clock,
    /// then kept.
    ///
    /// # Errors
    /// When it doesn't come to rest.
    pub async fn drain(&mut self) -> Result<(), Trouble> {
        let mut early: BTreeSet<String> = BTreeSet::new();
        for _ in 0..INVOCATIONS_MAX {
            let Some(work) = self.next_work(&mut early).await else {
                if self.ship().await? == 0 {
                    return Ok(());
                }
                continue;
            };
            self.hand_over(&work, None).await?;
        }
        Err(format!("it does not come to rest in {INVOCATIONS_MAX} invocations").into())
    }

    /// Jobs that failed are repeated until they succeed, before anything else is asked for.
    ///
    /// # Errors
    /// When a process can't be started.
    pub async fn settle_jobs(&mut self) -> Result<(), Trouble> {
        while let Some(todo) = self.todos.iter().find(|todo| matches!(todo, Todo::Job { .. })).cloned() {
            let Todo::Job { function, .. } = &todo else { break };
            let work = Work { function, todos: vec![todo.clone()] };
            self.hand_over(&work, None).await?;
        }
        Ok(())
    }

    async fn next_work(&mut self, early: &mut BTreeSet<String>) -> Option<Work> {
        let job = self.todos.iter().find_map(|todo| match todo {
            Todo::Job { function, .. } => Some(Work { function, todos: vec![todo.clone()] }),
            _ => None,
        });
        if let Some(work) = job.or_else(|| self.work_of_hooks()) {
            return Some(work);
        }
        let now = Instant::now();
        for lane in LANES {
            let function = function_of(lane);
            let ready = |todo: &&Todo| todo.is_of(lane) && todo.due().is_some_and(|due| due <= now);
            let size = self.lab.house.batch_size(function);
            let todos: Vec<Todo> = self.todos.iter().filter(ready).take(size).cloned().collect();
            if !todos.is_empty() {
                return Some(Work { function, todos });
            }
        }
        // Only what is delayed is left.
        let next = self.todos.iter().min_by_key(|todo| todo.due())?.clone();
        let Todo::Message { lane, message } = &next else { return None };
        if !early.insert(message.body.clone()) {
            let wait = message.due.saturating_duration_since(now);
            if wait > WAIT_MAX {
                return None;
            }
            tokio::time::sleep(wait).await;
        }
        Some(Work { function: function_of(lane), todos: vec![next] })
    }

    /// What schedules do in any case: import, sweep, reconcile.
    pub fn tick(&mut self) {
        let jobs = [
            ("poll-marketplace", json!({ "job": "import" })),
            ("read-shipments", json!({ "job": "sweep" })),
            ("reconcile", json!({ "job": "reconcile", "older_than_s": 0 })),
        ];
        // Where these are no subject, they would only be in the way: the one renews tokens, the other subscribes.
        let refresh = self.expected.refresh.then(|| ("refresh-tokens", json!({ "job": "refresh" })));
        let hooks = self.expected.subscriptions.then(|| ("read-shipments", json!({ "job": "subscriptions" })));
        let jobs = refresh.into_iter().chain(hooks).chain(jobs);
        self.todos.extend(jobs.map(|(function, event)| Todo::Job { function, event, tries: 0 }));
    }
}

/// The part of the work that has to be done again.
fn undone(work: &Work, ids: &[String], outcome: &Outcome) -> Vec<Todo> {
    match (outcome, work.todos.first()) {
        (Outcome::Answered(answer), Some(Todo::Message { .. })) => {
            let failed = failures(answer);
            let zipped = work.todos.iter().zip(ids);
            zipped.filter(|(_, id)| failed.contains(&id.as_str())).map(|(todo, _)| todo.clone()).collect()
        }
        (Outcome::Answered(answer), Some(Todo::Hook { .. } | Todo::Push { .. })) if answer["statusCode"] != 200 => {
            work.todos.clone()
        }
        (Outcome::Answered(_), _) => Vec::new(),
        _ => work.todos.clone(),
    }
}

fn described(todos: &[Todo]) -> String {
    let one = |todo: &Todo| match todo {
        Todo::Message { message, .. } => message.body.chars().take(160).collect(),
        Todo::Job { event, .. } => event.to_string(),
        Todo::Hook { resource, .. } => format!("a webhook for {resource}"),
        Todo::Push { order, .. } => format!("a push message about order {order}"),
    };
    todos.iter().map(one).collect::<Vec<String>>().join(", ")
}
