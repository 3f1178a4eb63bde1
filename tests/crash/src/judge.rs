//! What the sandboxes' own books say: nothing lost, nothing twice, the proof first. The product isn't asked.

use crate::{emulator::Trouble, orders::Seen, world::World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every disagreement in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What did not arrive.
    pub lost: Vec<String>,
    /// What arrived, was stored or was told more than once.
    pub twice: Vec<String>,
    /// Anything else that must not be: a notice before its proof, an exception, a dead letter.
    pub wrong: Vec<String>,
}

impl Verdict {
    /// Nothing to object to?
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.twice.is_empty() && self.wrong.is_empty()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl World {
    /// Balances the books.
    ///
    /// # Errors
    /// When a sandbox or the emulator is gone.
    pub async fn judge(&self) -> Result<Verdict, Trouble> {
        let mut verdict = Verdict::default();
        let warehouse = self.books(&self.outside.targets.shipstation).await?;
        let mut proofs = BTreeMap::new();
        let items = self.items().await?;
        for connection in self.setting.orders.keys() {
            let books = self.books(self.marketplace(connection)).await?;
            if self.look_at_authorisation(&mut verdict, connection, &items).await? {
                // Nothing of it goes on until a person comes, and that is told.
                continue;
            }
            if self.expected.cancelled {
                look_at_cancelled(&mut verdict, connection, &books, &warehouse);
            }
            balance(&mut verdict, connection, &books, &warehouse, &mut proofs, &|of| self.recorded_first(of));
        }
        let kept: BTreeSet<String> = self.objects().await?.into_iter().map(|object| object.key).collect();
        for prefix in proofs.keys() {
            let count = kept.iter().filter(|key| key.starts_with(prefix)).count();
            if count == 0 {
                verdict.lost.push(format!("there is no proof below {prefix}"));
            }
        }
        let parcels: usize = proofs.values().sum();
        if kept.len() > parcels {
            verdict.twice.push(format!("{} proofs for {parcels} shipments: {kept:?}", kept.len()));
        }
        verdict.twice.extend(self.written_over());
        // Whoever cancels a second time meets the lock, and looks; that it looked, the table tells.
        let locked = |reject: &Value| self.expected.cancelled && text(reject, "message").contains("is cancelled");
        for reject in list(&warehouse["rejected"]).filter(|reject| !locked(reject)) {
            verdict.wrong.push(format!("ShipStation refused {}: {}", reject["route"], reject["message"]));
        }
        self.look_into_the_table(&mut verdict, &items);
        if self.expected.subscriptions {
            look_at_subscriptions(&mut verdict, &warehouse);
        }
        verdict.wrong.extend(self.dead.iter().map(|todo| format!("a dead letter: {todo:?}")));
        Ok(verdict)
    }

    /// By the relays' record: was a proof whose key has this in it stored before the first notice?
    fn recorded_first(&self, of: &str) -> bool {
        let is_proof =
            |seen: &Seen| seen.called.operation == "PutObject" && seen.succeeded() && seen.about.contains(of);
        self.stored_before.iter().any(|key| key.contains(of))
            || self.writes.iter().take_while(|seen| !seen.called.is_notice()).any(is_proof)
    }

    /// Objects that were written although they were there: each time is a version more in the vault.
    fn written_over(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = self.stored_before.iter().map(|key| (key.as_str(), 1)).collect();
        let puts = self.writes.iter().filter(|seen| seen.called.operation == "PutObject" && seen.succeeded());
        for put in puts {
            *times.entry(put.about.trim_start_matches(&format!("/{}/", self.bucket()))).or_default() += 1;
        }
        let over = times.into_iter().filter(|(_, times)| *times > 1);
        over.map(|(key, times)| format!("proof {key} was stored {times} times")).collect()
    }

    /// Exceptions, and orders that are not finished though the books say so.
    fn look_into_the_table(&self, verdict: &mut Verdict, items: &[Value]) {
        for item in items {
            let (pk, sk) = (text(&item["pk"], "S"), text(&item["sk"], "S"));
            if !item["xk"].is_null() {
                let state = item["s"]["S"].as_str().unwrap_or_default();
                let exceptions = state.split_once("\"exceptions\":").map_or("", |(_, rest)| rest);
                let exceptions: String = exceptions.chars().take(300).collect();
                verdict.wrong.push(format!("{pk} {sk} has an exception that nothing calls for: {exceptions}"));
            } else if !item["ok"].is_null() {
                verdict.wrong.push(format!("{pk} is not finished: {}", text(&item["s"], "S")));
            }
        }
    }

    /// Tokens renewed once at most, and a person asked for only where that is right. Says whether one is.
    async fn look_at_authorisation(
        &self,
        verdict: &mut Verdict,
        connection: &str,
        items: &[Value],
    ) -> Result<bool, Trouble> {
        let url = format!("{}/_sandbox/oauth", self.marketplace(connection));
        let oauth: Value = self.lab.client.get(url).send().await?.json().await?;
        let renewals = list(&oauth["calls"]).filter(|call| call["call"] == "refresh" && call["answer"] == "0").count();
        if renewals > 1 {
            verdict.twice.push(format!("the tokens of {connection} were renewed {renewals} times"));
        }
        let key = format!("authorisation#{connection}");
        let item = items.iter().find(|item| text(&item["sk"], "S") == key);
        let state = item.and_then(|item| serde_json::from_str::<Value>(text(&item["s"], "S")).ok()).unwrap_or_default();
        let needed = state["phase"]["is"] == "needs_reauth";
        let told: Vec<&Seen> = self.writes.iter().filter(|seen| seen.called.operation == "Publish").collect();
        // Whoever doesn't hear that people were told tells them again: better than not at all.
        let unheard = told.iter().any(|seen| seen.fault.is_some());
        let told = told.iter().filter(|seen| seen.succeeded()).count();
        if told > 1 && !unheard {
            verdict.twice.push(format!("people were told {told} times that {connection} needs one"));
        }
        if needed && !self.expected.a_person && !self.expected.perhaps_a_person {
            verdict.wrong.push(format!("{connection} needs a person, and nothing calls for one: {state}"));
        }
        if !needed && self.expected.a_person {
            verdict.lost.push(format!("nobody knows that {connection} needs a person: {state}"));
        }
        if self.expected.refresh && !needed && renewals == 0 {
            verdict.lost.push(format!("the tokens of {connection} were not renewed"));
        }
        Ok(needed)
    }
}

/// Nothing left, nothing was told, and ShipStation knows.
fn look_at_cancelled(verdict: &mut Verdict, connection: &str, books: &Value, warehouse: &Value) {
    for id in list(&books["orders"]).map(|order| text(order, "id")) {
        let key = format!("{connection}:{id}");
        let there: Vec<&str> =
            list(&warehouse["orders"]).filter(|o| text(o, "orderKey") == key).map(|o| text(o, "orderStatus")).collect();
        if there != ["cancelled"] {
            verdict.lost.push(format!("order {key} was cancelled, and is {there:?} in ShipStation"));
        }
    }
    if list(&warehouse["shipments"]).next().is_some() || list(&books["notices"]).next().is_some() {
        verdict.wrong.push(format!("something of {connection} left though it was cancelled"));
    }
}

/// Each event is subscribed once: twice would mean that each webhook comes twice.
fn look_at_subscriptions(verdict: &mut Verdict, warehouse: &Value) {
    for event in ["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY"] {
        match list(&warehouse["subscriptions"]).filter(|entry| entry["event"] == event).count() {
            0 => verdict.lost.push(format!("{event} is not subscribed")),
            1 => {}
            times => verdict.wrong.push(format!("{event} is subscribed {times} times")),
        }
    }
}

fn balance(
    verdict: &mut Verdict,
    connection: &str,
    books: &Value,
    warehouse: &Value,
    proofs: &mut BTreeMap<String, usize>,
    recorded_first: &dyn Fn(&str) -> bool,
) {
    for order in list(&books["orders"]).filter(|order| order["expected_to_ship"] == true) {
        let id = text(order, "id");
        let key = format!("{connection}:{id}");
        let is_its = |o: &&Value| text(o, "orderKey") == key || text(o, "orderNumber") == id;
        let arrived: Vec<&Value> = list(&warehouse["orders"]).filter(is_its).collect();
        // What was split off is a part of it, not a second one.
        let is_part = |o: &&Value| !o["parentId"].is_null() && arrived.iter().any(|a| a["orderId"] == o["parentId"]);
        let parts: Vec<&Value> = list(&warehouse["orders"]).filter(is_part).collect();
        match arrived.as_slice() {
            [] => verdict.lost.push(format!("order {key} is not in ShipStation")),
            [_] => {}
            several => verdict.twice.push(format!("order {key} is in ShipStation {} times", several.len())),
        }
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for notice in list(&books["notices"]).filter(|notice| text(notice, "order_id") == id) {
            *told.entry(text(notice, "tracking_number")).or_default() += 1;
            if let Some(before) = notice["replaces"].as_str().and_then(|number| told.get_mut(number)) {
                // Corrected: the marketplace no longer shows it.
                *before = before.saturating_sub(1);
            }
            // None: the vault did not answer the witness in time. Then our own record of the calls has to do.
            let first = notice["proof_witnessed"]
                .as_bool()
                .unwrap_or_else(|| recorded_first(&format!("{key}/").replace(':', "/")));
            if !first {
                verdict.wrong.push(format!("order {key} was told before its proof was stored"));
            }
        }
        // Merged into another, it left in that one's parcel.
        let ours = |parcel: &&Value| {
            arrived
                .iter()
                .chain(&parts)
                .any(|order| order["orderId"] == parcel["orderId"] || order["mergedInto"] == parcel["orderId"])
        };
        told.retain(|_, times| *times > 0);
        for parcel in list(&warehouse["shipments"]).filter(ours) {
            let number = text(parcel, "trackingNumber");
            *proofs.entry(format!("proofs/{connection}/{id}/")).or_default() += 1;
            if parcel["voided"] == true {
                continue;
            }
            match told.remove(number).unwrap_or(0) {
                0 => verdict.lost.push(format!("shipment {number} of order {key} was not told")),
                1 => {}
                times => verdict.twice.push(format!("shipment {number} of order {key} was told {times} times")),
            }
        }
        verdict.twice.extend(told.keys().map(|number| format!("order {key} was told of {number}, which nobody sent")));
    }
    for refused in list(&books["refused"]) {
        let what = format!("{connection} refused {}: {}", refused["method"], refused["message"]);
        let method = text(refused, "method");
        // A marketplace that takes no second notice only hides that there was one.
        let is_notice = method.contains("shipment") || method.contains("shipping") || method.contains("fulfill");
        if is_notice { verdict.twice.push(what) } else { verdict.wrong.push(what) }
    }
}
