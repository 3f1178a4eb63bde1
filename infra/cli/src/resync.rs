//! A past range of time, read again.

use crate::{Failure, stack::Stack};
use jiff::Timestamp;
use serde_json::{Value, json};
use tallyman_app::{ports::Window, resync};
use tallyman_domain::ConnectionId;

pub(crate) async fn run(
    stack: &Stack,
    connection: &ConnectionId,
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<Value, Failure> {
    let connections = stack.directory.connections().await?;
    let window = Window { from, to: to.unwrap_or_else(|| stack.directory.clock.now()) };
    let messages = resync::ask(&stack.queue, &connections, connection, window).await?;
    Ok(json!({ "connection": connection, "from": window.from, "to": window.to, "messages": messages }))
}
