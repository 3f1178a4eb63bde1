//! What a stack knows, as JSON.

use crate::{Failure, stack::Stack};
use serde_json::{Value, json};
use tallyman_app::ports::{ConfigStore, OrderStore};

pub(crate) async fn connections(stack: &Stack) -> Result<Value, Failure> {
    let connections: Vec<Value> = stack
        .config
        .connections()
        .await?
        .iter()
        .map(|c| json!({ "id": c.id, "marketplace": c.marketplace, "account": c.account, "paused": c.paused, "settings": c.settings }))
        .collect();
    let accounts: Vec<Value> = stack
        .config
        .accounts()
        .await?
        .iter()
        .map(|a| json!({ "id": a.id, "calls_per_minute": a.calls_per_minute }))
        .collect();
    Ok(json!({ "accounts": accounts, "connections": connections }))
}

pub(crate) async fn exceptions(stack: &Stack, connection: Option<&str>) -> Result<Value, Failure> {
    let mut open = stack.orders.exceptions().await?;
    open.retain(|(subject, _)| connection.is_none_or(|only| subject.split([':', '/']).next() == Some(only)));
    open.sort_by_key(|(_, exception)| exception.deadline);
    let listed: Vec<Value> = open
        .iter()
        .map(|(subject, e)| {
            json!({
                "order": subject, "kind": e.kind, "shipment": e.shipment, "since": e.since, "deadline": e.deadline,
                "owner": e.kind.owner(), "count": e.count, "what": e.detail, "to_do": e.kind.advice(),
            })
        })
        .collect();
    Ok(Value::Array(listed))
}

pub(crate) async fn proofs(stack: &Stack, connection: Option<&str>) -> Result<Value, Failure> {
    let prefix = connection.map_or_else(|| "proofs/".to_owned(), |id| format!("proofs/{id}/"));
    let mut listed = Vec::new();
    for stored in stack.proofs.list(&prefix).await? {
        // proofs/<connection>/<order>/<shipment>.png
        let parts: Vec<&str> = stored.key.split('/').collect();
        let [_, connection, order, file] = parts[..] else { continue };
        let digest = stack.proofs.digest_of(&stored.key).await?;
        listed.push(json!({
            "order": format!("{connection}:{order}"), "shipment": file.trim_end_matches(".png"), "digest": digest,
            "stored_at": stored.stored_at, "bytes": stored.bytes, "key": stored.key,
        }));
    }
    Ok(Value::Array(listed))
}
