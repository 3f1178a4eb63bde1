//! What a stack knows, as JSON.

use crate::{Failure, stack::Stack};
use serde_json::{Value, json};
use tallyman_app::authorise::{ConnectionState, ConnectionView};
use tallyman_domain::{Owner, Phase};

pub(crate) async fn connections(stack: &Stack) -> Result<Value, Failure> {
    let overview = stack.authorise().list().await?;
    let configured = stack.directory.config.connections().await?;
    let mut connections = Vec::with_capacity(overview.connections.len());
    for view in &overview.connections {
        let mut listed = serde_json::to_value(view)?;
        listed["id"] = json!(view.connection);
        listed["settings"] = json!(configured.iter().find(|c| c.id == view.connection).map(|c| &c.settings));
        connections.push(listed);
    }
    let accounts: Vec<Value> = overview
        .accounts
        .iter()
        .map(|a| json!({ "id": a.account, "calls_per_minute": a.calls_per_minute, "last_contact_at": a.last_contact_at }))
        .collect();
    Ok(json!({ "accounts": accounts, "connections": connections }))
}

/// Connections that wait for a person are exceptions too: none of their orders goes on.
pub(crate) async fn unauthorised(stack: &Stack, connection: Option<&str>) -> Result<Vec<Value>, Failure> {
    let overview = stack.authorise().list().await?;
    let known = stack.directory.authorisations.authorisations().await?;
    let waits = |v: &&ConnectionView| v.state == ConnectionState::NeedsReauth;
    let asked = |v: &&ConnectionView| connection.is_none_or(|only| v.connection.as_str() == only);
    let since = |v: &ConnectionView| {
        let phase = known.iter().find(|a| a.connection == v.connection).map(|a| &a.phase);
        if let Some(Phase::NeedsReauth { since, .. }) = phase { Some(*since) } else { v.ends_at.or(v.access_ends_at) }
    };
    let listed = overview.connections.iter().filter(waits).filter(asked).map(|v| {
        json!({
            "order": v.connection, "kind": "needs_reauth", "shipment": null, "since": since(v), "deadline": since(v),
            "owner": Owner::Technical, "count": 1, "what": v.what,
            "to_do": "connect it again in the console; what arrived meanwhile is kept",
        })
    });
    Ok(listed.collect())
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
