//! Redriving everything there ever was, twice, changes nothing.

use crate::{
    call::Service,
    emulator::Trouble,
    lab::Lab,
    orders::Seen,
    scenario::{Scenario, Step},
    todo::Todo,
    world::{Terms, World},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Instant};

/// Items that move with the time of day and say nothing about an order.
const OF_THE_CLOCK: [&str; 3] = ["BUDGET#", "CURSOR", "CARRIERS"];

/// Walks along a scenario to its end, then hands over all its messages, webhooks and jobs again, `times` times.
/// Returns what that changed: nothing, if all is well.
///
/// # Errors
/// When the harness itself fails.
pub async fn redrive(lab: &Arc<Lab>, scenario: &Scenario, times: usize) -> Result<Vec<String>, Trouble> {
    let setting = lab.setting(&scenario.paid, scenario.pieces_min()).await?;
    let mut world = World::open(lab, &setting, Terms::default()).await?;
    world.register().await?;
    let jobs: Vec<Todo> = scenario
        .steps
        .iter()
        .filter_map(|planned| match &planned.step {
            Step::Job(function, event) => Some(Todo::Job { function, event: event.clone(), tries: 0 }),
            _ => None,
        })
        .collect();
    // Twice: the marketplace shows the notices now, and what a job reads of that once is no change of the redriving.
    for _ in 0..2 {
        world.todos.extend(jobs.iter().cloned().map(fresh));
        world.drain().await?;
    }
    let hooks: Vec<Todo> = world.hooks_ever();
    let (before, books) = (state(&world).await?, world.judge().await?);
    let mut changes: Vec<String> =
        (!books.is_good()).then(|| format!("it did not end well: {books:?}")).into_iter().collect();
    world.writes.clear();
    let calls = world.outside.journal_length();
    let messages = world.ever.clone();
    for _ in 0..times {
        let again = messages.iter().chain(&hooks).chain(&jobs).cloned().map(fresh);
        world.todos.extend(again);
        world.drain().await?;
    }
    let outward = world.outside.journal().into_iter().skip(calls).filter(|call| call.called.changes_the_outside());
    changes.extend(outward.map(|call| format!("{} was called", call.called)));
    changes.extend(world.writes.iter().filter(|seen| is_write_of_state(seen)).map(|seen| format!("{seen}")));
    let after = state(&world).await?;
    let moved = after.iter().filter(|(key, item)| before.get(*key) != Some(item));
    changes.extend(moved.map(|(key, _)| format!("{key} changed")));
    let books = world.judge().await?;
    if !books.is_good() {
        changes.push(format!("the books: {books:?}"));
    }
    world.close().await?;
    Ok(changes)
}

fn fresh(mut todo: Todo) -> Todo {
    match &mut todo {
        Todo::Message { message, .. } => (message.due, message.receives) = (Instant::now(), 0),
        Todo::Job { tries, .. } | Todo::Hook { tries, .. } | Todo::Push { tries, .. } => *tries = 0,
    }
    todo
}

fn is_write_of_state(seen: &Seen) -> bool {
    let of_the_clock = OF_THE_CLOCK.iter().any(|prefix| seen.about.starts_with(prefix));
    let writes = match seen.called.service {
        Service::DynamoDb => !matches!(seen.called.operation.as_str(), "GetItem" | "Query" | "BatchGetItem" | "Scan"),
        Service::S3 => seen.called.operation == "PutObject",
        _ => false,
    };
    writes && !of_the_clock && seen.succeeded()
}

/// The table's items about orders.
async fn state(world: &World) -> Result<BTreeMap<String, Value>, Trouble> {
    let items = world.items().await?.into_iter();
    let keyed = items.map(|item| (format!("{} {}", item["pk"]["S"], item["sk"]["S"]).replace('"', ""), item));
    Ok(keyed.filter(|(key, _)| !OF_THE_CLOCK.iter().any(|prefix| key.starts_with(prefix))).collect())
}
