//! Connections: what the console does with them, for those who prefer a command.

use crate::{Connections, Failure, file, list, register, stack::Stack};
use serde_json::{Value, json};
use std::path::Path;
use tallyman_domain::ConnectionId;

pub(crate) async fn run(stack: &Stack, what: Connections) -> Result<Value, Failure> {
    let authorise = stack.authorise();
    let (done, id) = match what {
        Connections::List => return list::connections(stack).await,
        Connections::Add { file, connection, by } => ("added", add(stack, &file, connection, &by).await?),
        Connections::Pause { connection } => {
            authorise.pause(&connection).await?;
            ("paused", connection)
        }
        Connections::Resume { connection } => {
            authorise.resume(&connection).await?;
            ("resumed", connection)
        }
        Connections::Remove { connection } => {
            authorise.remove(&connection).await?;
            ("removed", connection)
        }
    };
    Ok(json!({ done: id }))
}

async fn add(stack: &Stack, path: &Path, wanted: Option<ConnectionId>, by: &str) -> Result<ConnectionId, Failure> {
    let mut entries = file::read(path)?.connections;
    entries.retain(|entry| wanted.as_ref().is_none_or(|id| *id == entry.id));
    let entry = match (entries.pop(), entries.is_empty()) {
        (Some(entry), true) => entry,
        (Some(_), false) => {
            return Err(format!("{} has several connections: say which, with --connection", path.display()).into());
        }
        (None, _) => return Err(format!("{} has no such connection", path.display()).into()),
    };
    let id = entry.id.clone();
    register::add(stack, entry, by).await?;
    Ok(id)
}
