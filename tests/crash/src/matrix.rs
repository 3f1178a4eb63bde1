//! The cases: every call of every step, with every fault, and with two workers.

use crate::{
    drive::{Pair, Work},
    emulator::Trouble,
    fault::Fault,
    judge::Verdict,
    lab::Lab,
    orders::{At, Strike},
    todo::Todo,
    walk::{Station, Walked},
    world::{Expected, Terms, World},
};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// A second worker must not find the lease of a first one that is held over: longer than anybody is held.
const LEASE_OF_TWO_S: u32 = 6;

/// What happens to the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Blow {
    /// A fault.
    Fault(Fault),
    /// A second worker.
    Pair(Pair),
}

impl Blow {
    /// As it is written in the name of a case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Pair(Pair::Together) => "together",
            Self::Pair(Pair::Overtaken) => "overtaken",
        }
    }

    /// All of them, in the order of the table's columns.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let pairs = [Self::Pair(Pair::Together), Self::Pair(Pair::Overtaken)];
        Fault::ALL.into_iter().map(Self::Fault).chain(pairs).collect()
    }
}

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The scenario.
    pub walked: Arc<Walked>,
    /// The place of the station in it.
    pub station: usize,
    /// The call, from 1.
    pub number: usize,
    /// What happens to it.
    pub blow: Blow,
}

/// How a case ended.
#[derive(Debug)]
pub struct Ended {
    /// Its name.
    pub name: String,
    /// Who was called.
    pub function: &'static str,
    /// What happened to the call.
    pub blow: Blow,
    /// The call's name.
    pub call: String,
    /// What the books say.
    pub verdict: Verdict,
    /// Was redelivery enough, or was a schedule needed?
    pub healed: bool,
    /// Was the call reached at all? Calls made at once don't always come in the same order.
    pub reached: bool,
    /// What happened.
    pub story: Vec<String>,
}

impl Case {
    fn at(&self) -> &Station {
        &self.walked.stations[self.station]
    }

    /// Scenario, step and function, call, fault: what it is replayed by.
    #[must_use]
    pub fn name(&self) -> String {
        let station = self.at();
        format!("{}/{}-{}/{}/{}", self.walked.name, station.index, station.function, self.number, self.blow.name())
    }

    /// The call's name.
    #[must_use]
    pub fn call(&self) -> String {
        self.at().calls[self.number - 1].called.to_string()
    }

    /// A new pair that was made and not yet stored is nowhere else, and no call of the service tells it again.
    fn may_lose_tokens(&self) -> bool {
        let calls = &self.at().calls;
        let renewed = calls.iter().position(|seen| seen.called.renews_tokens()).map(|place| place + 1);
        let stored = calls.iter().position(|seen| seen.called.operation == "PutSecretValue").map(|place| place + 1);
        let (Blow::Fault(fault), Some(renewed), Some(stored)) = (self.blow, renewed, stored) else { return false };
        let dies = matches!(fault, Fault::KillBefore | Fault::KillAfter);
        let lost_answer = self.number == renewed && fault.has_effect();
        lost_answer
            || (dies && self.number > renewed && self.number < stored)
            || (fault == Fault::KillBefore && self.number == stored)
    }

    /// The cases of a walked scenario.
    #[must_use]
    pub fn of(walked: &Arc<Walked>) -> Vec<Self> {
        let mut cases = Vec::new();
        for (station, at) in walked.stations.iter().enumerate() {
            for (place, seen) in at.calls.iter().enumerate() {
                let suits = |blow: &Blow| match blow {
                    Blow::Fault(fault) => fault.suits(seen.called.service),
                    Blow::Pair(_) => true,
                };
                cases.extend(Blow::all().into_iter().filter(suits).map(|blow| Self {
                    walked: walked.clone(),
                    station,
                    number: place + 1,
                    blow,
                }));
            }
        }
        cases
    }

    /// Runs it: the world as it was before the step, the step with its blow, then all that follows.
    ///
    /// # Errors
    /// When the harness itself fails.
    pub async fn run(&self, lab: &Arc<Lab>, terms: Terms) -> Result<Ended, Trouble> {
        let station = self.at();
        let lease_s = if matches!(self.blow, Blow::Pair(_)) { LEASE_OF_TWO_S } else { terms.lease_s };
        let terms = Terms { lease_s, ..terms };
        let mut world = World::restored(lab, &self.walked.setting, terms, &station.before).await?;
        world.expected = Expected { perhaps_a_person: self.may_lose_tokens(), ..self.walked.expected };
        let todos = station.work.todos.iter().map(|todo| todo.clone().ending(world.began_at)).collect();
        let work = Work { function: station.function, todos };
        let reached = match self.blow {
            Blow::Fault(fault) => {
                let strike = Strike { at: At::Nth(self.number), fault };
                world.hand_over(&work, Some(strike)).await?.1
            }
            Blow::Pair(pair) => world.hand_over_twice(&work, self.number, pair).await?,
        };
        if station.function == "refresh-tokens" || self.walked.expected.subscriptions {
            // What comes next shows whether it was done; in a deployment a tick comes in any case.
            world.settle_jobs().await?;
            world.todos.push(Todo::Job { function: "poll-marketplace", event: json!({ "job": "import" }), tries: 0 });
        }
        let (verdict, healed) = end(&mut world).await?;
        let story = std::mem::take(&mut world.story);
        world.close().await?;
        Ok(Ended {
            name: self.name(),
            function: station.function,
            blow: self.blow,
            call: self.call(),
            verdict,
            healed,
            reached,
            story,
        })
    }
}

/// Redelivery first; where that doesn't end well, what schedules do anyhow.
async fn end(world: &mut World) -> Result<(Verdict, bool), Trouble> {
    if let Err(restless) = world.drain().await {
        let verdict = Verdict { wrong: vec![restless.to_string()], ..Verdict::default() };
        return Ok((verdict, false));
    }
    let verdict = world.judge().await?;
    if verdict.is_good() || !verdict.twice.is_empty() {
        return Ok((verdict, false));
    }
    world.story.push(format!("redelivery alone leaves: {verdict:?}; the schedules tick"));
    for _ in 0..2 {
        world.tick();
        world.drain().await?;
    }
    Ok((world.judge().await?, true))
}
