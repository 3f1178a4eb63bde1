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
        let mut proofs = BTreeSet::new();
        for connection in self.setting.orders.keys() {
            let books = self.books(self.marketplace(connection)).await?;
            balance(&mut verdict, connection, &books, &warehouse, &mut proofs, &|of| self.recorded_first(of));
        }
        let kept: BTreeSet<String> = self.objects().await?.into_iter().map(|object| object.key).collect();
        for prefix in &proofs {
            let count = kept.iter().filter(|key| key.starts_with(prefix)).count();
            if count == 0 {
                verdict.lost.push(format!("there is no proof below {prefix}"));
            }
        }
        if kept.len() > proofs.len() {
            verdict.twice.push(format!("{} proofs for {} shipments: {kept:?}", kept.len(), proofs.len()));
        }
        verdict.twice.extend(self.written_over());
        for reject in list(&warehouse["rejected"]) {
            verdict.wrong.push(format!("ShipStation refused {}: {}", reject["route"], reject["message"]));
        }
        self.look_into_the_table(&mut verdict).await?;
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
    async fn look_into_the_table(&self, verdict: &mut Verdict) -> Result<(), Trouble> {
        for item in self.items().await? {
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
        Ok(())
    }
}

fn balance(
    verdict: &mut Verdict,
    connection: &str,
    books: &Value,
    warehouse: &Value,
    proofs: &mut BTreeSet<String>,
    recorded_first: &dyn Fn(&str) -> bool,
) {
    for order in list(&books["orders"]).filter(|order| order["expected_to_ship"] == true) {
        let id = text(order, "id");
        let key = format!("{connection}:{id}");
        let arrived: Vec<&Value> =
            list(&warehouse["orders"]).filter(|o| text(o, "orderKey") == key || text(o, "orderNumber") == id).collect();
        match arrived.as_slice() {
            [] => verdict.lost.push(format!("order {key} is not in ShipStation")),
            [_] => {}
            several => verdict.twice.push(format!("order {key} is in ShipStation {} times", several.len())),
        }
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for notice in list(&books["notices"]).filter(|notice| text(notice, "order_id") == id) {
            *told.entry(text(notice, "tracking_number")).or_default() += 1;
            // None: the vault did not answer the witness in time. Then our own record of the calls has to do.
            let first = notice["proof_witnessed"]
                .as_bool()
                .unwrap_or_else(|| recorded_first(&format!("{key}/").replace(':', "/")));
            if !first {
                verdict.wrong.push(format!("order {key} was told before its proof was stored"));
            }
        }
        let ours = |parcel: &&Value| arrived.iter().any(|order| order["orderId"] == parcel["orderId"]);
        for parcel in list(&warehouse["shipments"]).filter(|p| p["voided"] == false).filter(ours) {
            let number = text(parcel, "trackingNumber");
            proofs.insert(format!("proofs/{connection}/{id}/"));
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
