//! What the sandbox saw, kept apart from what it answered, so that a test can ask it instead of the client.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{DeclaredLine, Order};

/// The record of one marketplace's day.
#[derive(Debug, Default)]
pub struct Books {
    /// Accepted shipment notices, in order.
    pub notices: Vec<Notice>,
    /// Accepted attachments, in order.
    pub uploads: Vec<Upload>,
    /// Calls refused for a reason other than pace.
    pub refused: Vec<Refused>,
    /// Correctly signed calls by method.
    pub calls: BTreeMap<String, u64>,
    /// Calls refused because the client was too fast. Throttles injected as a fault are not its doing.
    pub rate_limited: u64,
    /// Calls that misbehaved on order.
    pub faults_injected: u64,
}

/// A shipment the marketplace accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// The order it closes.
    pub order_id: String,
    /// The API that brought it.
    pub method: String,
    /// The carrier's number.
    pub tracking_number: String,
    /// The marketplace's carrier code.
    pub service: String,
    /// `all` or `part` at AliExpress, `EXPRESS` or `POST` at Alibaba.com.
    pub send_type: String,
    /// The number this one replaces, for a correction.
    pub replaces: Option<String>,
    /// Line and pieces, where the notice says so.
    pub goods: Vec<(String, u32)>,
    /// Lines by their place in the order, where the notice says so and how many pieces it doesn't (AliExpress).
    pub lines: Vec<DeclaredLine>,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of each attachment's bytes as uploaded.
    pub attachments: Vec<String>,
    /// Always true: a refused notice is in the list of refusals.
    pub accepted: bool,
    /// Whether the proof was in the vault when the notice arrived; none if nobody asked for a witness, or it failed.
    pub proof_witnessed: Option<bool>,
}

/// A file the marketplace took.
#[derive(Debug, Clone, Serialize)]
pub struct Upload {
    /// What a later notice has to name.
    pub file_path: String,
    /// As sent.
    pub file_name: String,
    /// Lower-case hex.
    pub sha256: String,
    /// Size.
    pub bytes: usize,
    /// When.
    pub at: Timestamp,
}

/// A call that got an error for an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// The API called, or an empty string if that was missing.
    pub method: String,
    /// The error's code.
    pub code: String,
    /// The error's text.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

impl Books {
    /// The whole record with the state of the orders, as `/_sandbox/books` shows it.
    #[must_use]
    pub fn render<'a>(&self, orders: impl Iterator<Item = &'a Order>, ready: impl Fn(&Order) -> bool) -> Value {
        let orders: Vec<Value> = orders.map(|order| summary(order, ready(order))).collect();
        json!({
            "orders": orders,
            "notices": self.notices,
            "uploads": self.uploads,
            "refused": self.refused,
            "calls": self.calls,
            "rate_limited": self.rate_limited,
            "faults_injected": self.faults_injected,
        })
    }
}

/// `expected_to_ship` stays true once a client shipped the order, so that the books can be balanced afterwards.
fn summary(order: &Order, ready: bool) -> Value {
    let usable = order.address.as_ref().is_some_and(|address| !address.country.is_empty());
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({"id": line.id, "sku": line.sku_code, "quantity": line.quantity,
                   "shipped": line.shipped, "warehouse": line.warehouse})
        })
        .collect();
    json!({
        "id": order.id,
        "status": order.status,
        "end_reason": order.end_reason,
        "paid": order.paid_at.is_some(),
        "expected_to_ship": usable && order.seller_has_to_send() && (ready || order.notified),
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "modified_at": order.modified_at,
        "masked": order.masked,
        "lines": lines,
        "shipments": order.shipments,
    })
}
