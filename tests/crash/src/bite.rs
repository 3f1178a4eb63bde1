//! Does the matrix bite? The product stays as it is, and the outside breaks a promise that the product relies on.

use crate::{
    drive::Pair,
    emulator::Trouble,
    fault::Fault,
    lab::Lab,
    matrix::{Blow, Case},
    orders::Sabotage,
    scenario,
    walk::walk,
    world::Terms,
};
use std::sync::Arc;

/// A sabotage, and the cases that have to notice it.
struct Bite {
    sabotage: Sabotage,
    what: &'static str,
    scenario: &'static str,
    function: &'static str,
    blow: Blow,
}

const BITES: [Bite; 6] = [
    Bite {
        sabotage: Sabotage::NoConditions,
        what: "a conditional write to the table always succeeds",
        scenario: "aliexpress",
        function: "notify-shipment",
        blow: Blow::Pair(Pair::Together),
    },
    Bite {
        sabotage: Sabotage::NoticeTwice,
        what: "a notice arrives twice",
        scenario: "alibaba",
        function: "notify-shipment",
        blow: Blow::Fault(Fault::KillBefore),
    },
    Bite {
        sabotage: Sabotage::NoMessages,
        what: "a queue accepts messages and throws them away",
        scenario: "aliexpress",
        function: "export-orders",
        blow: Blow::Fault(Fault::KillBefore),
    },
    Bite {
        sabotage: Sabotage::NoProofs,
        what: "a bucket accepts proofs and throws them away",
        scenario: "aliexpress",
        function: "upload-proof",
        blow: Blow::Fault(Fault::KillBefore),
    },
    Bite {
        sabotage: Sabotage::NoWriteOnce,
        what: "a bucket lets a proof be written over",
        scenario: "alibaba",
        function: "upload-proof",
        blow: Blow::Fault(Fault::KillAfter),
    },
    Bite {
        sabotage: Sabotage::NoOrderKey,
        what: "ShipStation forgets the order's key",
        scenario: "aliexpress",
        function: "export-orders",
        blow: Blow::Fault(Fault::KillAfter),
    },
];

/// Tries each. Returns a sentence for each sabotage that nobody noticed.
///
/// # Errors
/// When the harness itself fails.
pub async fn bite(lab: &Arc<Lab>) -> Result<Vec<String>, Trouble> {
    let mut unnoticed = Vec::new();
    for bite in &BITES {
        let scenario = scenario::all().into_iter().find(|s| s.name == bite.scenario).ok_or("no such scenario")?;
        let walked = Arc::new(walk(lab, &scenario, Terms::default()).await?);
        let terms = Terms { sabotage: Some(bite.sabotage), ..Terms::default() };
        let cases = Case::of(&walked).into_iter();
        let mut noticed = None;
        for case in cases.filter(|case| case.blow == bite.blow && case.name().contains(bite.function)) {
            let ended = case.run(lab, terms).await?;
            if !ended.verdict.is_good() {
                noticed = Some(format!("{}: {:?}", ended.name, ended.verdict));
                break;
            }
        }
        match noticed {
            Some(how) => eprintln!("crash: noticed that {}, at {how}", bite.what),
            None => unnoticed.push(format!("nobody noticed that {}", bite.what)),
        }
    }
    Ok(unnoticed)
}
