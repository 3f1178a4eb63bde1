//! Walks along a scenario once without a case, to learn its calls, and makes it possible to begin at any step.

use crate::{
    drive::Work,
    emulator::Trouble,
    lab::{Lab, Setting},
    orders::Seen,
    scenario::{Planned, Scenario, Step},
    todo::Todo,
    world::{Expected, Snapshot, Terms, World},
};
use serde_json::Value;
use std::sync::Arc;

/// A step as it went, and the world before it.
#[derive(Debug)]
pub struct Station {
    /// Its place in the scenario.
    pub index: usize,
    /// Who was called.
    pub function: &'static str,
    /// The calls, in their order.
    pub calls: Vec<Seen>,
    /// What was handed over.
    pub work: Work,
    /// The world before it.
    pub before: Snapshot,
}

/// A scenario that was walked once.
#[derive(Debug)]
pub struct Walked {
    /// Its name.
    pub name: &'static str,
    /// What it is judged by beside orders and shipments.
    pub expected: Expected,
    /// Its connections.
    pub setting: Arc<Setting>,
    /// The steps that are put to the test.
    pub stations: Vec<Station>,
}

/// Walks along it.
///
/// # Errors
/// When it doesn't end as it has to even without a fault.
pub async fn walk(lab: &Arc<Lab>, scenario: &Scenario, terms: Terms) -> Result<Walked, Trouble> {
    let setting = lab.setting(&scenario.paid, scenario.pieces_min()).await?;
    let mut world = World::open(lab, &setting, terms).await?;
    world.register().await?;
    world.expected = scenario.expected();
    let mut stations = Vec::new();
    for (index, planned) in scenario.steps.iter().enumerate() {
        if let Some(station) =
            step(&mut world, index, planned).await.map_err(|error| blame(scenario, index, &error, &world))?
        {
            stations.push(station);
        }
    }
    world.drain().await.map_err(|error| blame(scenario, scenario.steps.len(), &error, &world))?;
    let verdict = world.judge().await?;
    if !verdict.is_good() {
        let story = world.story.join("\n");
        return Err(format!("{} doesn't even end well without a fault: {verdict:#?}\n{story}", scenario.name).into());
    }
    world.close().await?;
    Ok(Walked { name: scenario.name, expected: scenario.expected(), setting, stations })
}

fn blame(scenario: &Scenario, index: usize, error: &Trouble, world: &World) -> Trouble {
    format!("{} step {index}: {error}\n{}", scenario.name, world.story.join("\n")).into()
}

async fn step(world: &mut World, index: usize, planned: &Planned) -> Result<Option<Station>, Trouble> {
    if let Step::DeliverApart(lane) = &planned.step {
        apart(world, lane);
    }
    let work = match &planned.step {
        Step::Ship => {
            world.ship().await?;
            return Ok(None);
        }
        Step::Revoke => {
            world.revoke().await?;
            return Ok(None);
        }
        Step::Cancel => {
            world.cancel().await?;
            world.rest().await;
            return Ok(None);
        }
        Step::Relabel => {
            world.relabel().await?;
            return Ok(None);
        }
        Step::Merge => {
            world.merge().await?;
            return Ok(None);
        }
        Step::Split => {
            world.split().await?;
            return Ok(None);
        }
        Step::Push => {
            world.push();
            return Ok(None);
        }
        Step::LoseWebhooks => {
            world.todos.retain(|todo| !matches!(todo, Todo::Hook { .. }));
            world.rest().await;
            return Ok(None);
        }
        Step::Lose(lane) => {
            world.todos.retain(|todo| !todo.is_of(lane));
            return Ok(None);
        }
        Step::Job(function, event) => {
            let job = Todo::Job { function, event: event.clone(), tries: 0 };
            world.todos.push(job.clone());
            Some(Work { function, todos: vec![job] })
        }
        Step::Deliver(lane) | Step::DeliverApart(lane) => world.work_of_lane(lane),
        Step::Webhook => world.work_of_hooks(),
    };
    let work = work.ok_or("there is nothing to hand over")?;
    // A delay is what a queue keeps; a case begins when it is over.
    if let Some(due) = work.todos.iter().filter_map(Todo::due).max() {
        tokio::time::sleep(due.saturating_duration_since(std::time::Instant::now())).await;
    }
    let before = if planned.tested { Some(world.snapshot().await?) } else { None };
    let (calls, _) = world.hand_over(&work, planned.strike.clone()).await?;
    Ok(before.map(|before| Station { index, function: work.function, calls, work, before }))
}

/// One message for each order or shipment.
fn apart(world: &mut World, lane: &str) {
    let todos = std::mem::take(&mut world.todos);
    for todo in todos {
        match &todo {
            Todo::Message { lane: of, message } if *of == lane => {
                let hint: Value = serde_json::from_str(&message.body).unwrap_or_default();
                let list = ["orders", "shipments"].into_iter().find(|name| hint[name].is_array());
                for one in list
                    .into_iter()
                    .flat_map(|name| hint[name].as_array().into_iter().flatten().map(move |one| (name, one)))
                {
                    let (mut hint, mut message) = (hint.clone(), message.clone());
                    hint[one.0] = serde_json::json!([one.1]);
                    message.body = hint.to_string();
                    world.todos.push(Todo::Message { lane: of, message });
                }
            }
            _ => world.todos.push(todo),
        }
    }
}
