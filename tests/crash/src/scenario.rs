//! The ways of an order that the matrix walks along.

use crate::{
    fault::Fault,
    lab::{ALIBABA, ALIEXPRESS},
    orders::{At, Strike},
    world::Expected,
};
use serde_json::{Value, json};

/// One step of a way.
#[derive(Debug, Clone)]
pub enum Step {
    /// A schedule ticks.
    Job(&'static str, Value),
    /// A lane's messages are handed over, all that fit into a batch.
    Deliver(&'static str),
    /// The messages of a lane are cut into one for each order or shipment first: a full batch.
    DeliverApart(&'static str),
    /// The warehouse ships what is there.
    Ship,
    /// ShipStation posts a webhook.
    Webhook,
    /// The messages of a lane are lost.
    Lose(&'static str),
    /// The sellers take back what they authorised.
    Revoke,
    /// The buyers cancel, and a second passes.
    Cancel,
    /// Every label is voided, and a new one bought.
    Relabel,
    /// All orders are merged into the first one.
    Merge,
    /// Every order is split in two.
    Split,
    /// The marketplace pushes a message about every order.
    Push,
    /// The webhooks are lost, and a second passes: ShipStation's lists know no fraction of one.
    LoseWebhooks,
}

/// A step with what is special about it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The step.
    pub step: Step,
    /// A fault that is part of the way itself: what comes after it is put to the test.
    pub strike: Option<Strike>,
    /// Is each of its calls put to the test?
    pub tested: bool,
}

/// A way.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name, in the names of cases.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Paid orders by connection.
    pub paid: Vec<(&'static str, u32)>,
    /// The steps.
    pub steps: Vec<Planned>,
    /// Walked in the quick matrix too?
    pub quick: bool,
}

impl Scenario {
    /// How many pieces each of its orders has at least: what is split needs two.
    #[must_use]
    pub fn pieces_min(&self) -> u64 {
        if self.steps.iter().any(|planned| matches!(planned.step, Step::Split)) { 2 } else { 1 }
    }

    /// What it is judged by beside orders and shipments.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let has = |wanted: &dyn Fn(&Step) -> bool| self.steps.iter().any(|planned| wanted(&planned.step));
        Expected {
            perhaps_a_person: false,
            cancelled: has(&|step| matches!(step, Step::Cancel)),
            a_person: has(&|step| matches!(step, Step::Revoke)),
            subscriptions: has(&|step| matches!(step, Step::Job(_, event) if event["job"] == "subscriptions")),
            refresh: has(&|step| matches!(step, Step::Job("refresh-tokens", _))),
        }
    }
}

fn tested(step: Step) -> Planned {
    Planned { step, strike: None, tested: true }
}

fn untested(step: Step) -> Planned {
    Planned { step, strike: None, tested: false }
}

fn struck(step: Step, at: At, fault: Fault) -> Planned {
    Planned { step, strike: Some(Strike { at, fault }), tested: false }
}

fn import() -> Step {
    Step::Job("poll-marketplace", json!({ "job": "import" }))
}
fn sweep() -> Step {
    Step::Job("read-shipments", json!({ "job": "sweep" }))
}
fn reconcile() -> Step {
    Step::Job("reconcile", json!({ "job": "reconcile", "older_than_s": 0 }))
}

/// The whole way, each call of it put to the test.
fn whole_way() -> Vec<Planned> {
    [
        import(),
        Step::Deliver("POLL"),
        Step::Deliver("EXPORT"),
        Step::Ship,
        Step::Webhook,
        Step::Deliver("SHIPMENTS"),
        Step::Deliver("PROOF"),
        Step::Deliver("NOTIFY"),
    ]
    .into_iter()
    .map(tested)
    .collect()
}

/// Up to the notice, nothing of it put to the test.
fn up_to_the_notice() -> Vec<Planned> {
    let mut steps: Vec<Planned> = whole_way().into_iter().map(|planned| untested(planned.step)).collect();
    steps.pop();
    steps
}

/// All ways.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (connection, names) in [
        (ALIEXPRESS, ["aliexpress", "aliexpress-taken", "aliexpress-not-taken", "aliexpress-unconfirmed"]),
        (ALIBABA, ["alibaba", "alibaba-taken", "alibaba-not-taken", "alibaba-unconfirmed"]),
    ] {
        let paid = vec![(connection, 1)];
        let scenario = |name, about, steps, quick| Scenario { name, about, paid: paid.clone(), steps, quick };
        all.push(scenario(names[0], "one order, from the tick to the notice", whole_way(), true));
        let after = |at: At, fault: Fault| {
            let mut steps = up_to_the_notice();
            steps.push(struck(Step::Deliver("NOTIFY"), at, fault));
            steps.push(tested(Step::Deliver("NOTIFY")));
            steps
        };
        let taken = after(At::Notice, Fault::TimeoutAfter);
        all.push(scenario(names[1], "the notice was taken and nobody heard of it; then", taken, true));
        let not_taken = after(At::Notice, Fault::CutBefore);
        all.push(scenario(names[2], "the notice never arrived and nobody knows; then", not_taken, true));
        let unconfirmed = after(At::AfterNotice, Fault::FailBefore);
        all.push(scenario(names[3], "the notice was accepted and could not be read back; then", unconfirmed, false));
    }
    all.push(lost_messages());
    all.push(by_sweep());
    all.push(full_batches());
    for (connection, names) in [
        (ALIEXPRESS, ["aliexpress-relabelled", "aliexpress-cancelled"]),
        (ALIBABA, ["alibaba-relabelled", "alibaba-cancelled"]),
    ] {
        all.push(relabelled(connection, names[0]));
        all.push(cancelled(connection, names[1]));
    }
    all.push(packed_otherwise("merged", "two orders merged into one parcel", 2, Step::Merge));
    all.push(packed_otherwise("split", "one order split into two parcels", 1, Step::Split));
    all.push(pushed());
    all.push(subscriptions());
    for (connection, name) in [(ALIEXPRESS, "refresh-aliexpress"), (ALIBABA, "refresh-alibaba")] {
        all.push(refreshed(connection, name));
    }
    all.push(revoked());
    all
}

fn refresh() -> Step {
    Step::Job("refresh-tokens", json!({ "job": "refresh" }))
}

/// Tokens from a file are renewed at once, since nobody knows their end. What comes then needs the new ones.
fn refreshed(connection: &'static str, name: &'static str) -> Scenario {
    let mut steps = vec![tested(refresh())];
    steps.extend(whole_way().into_iter().map(|planned| untested(planned.step)));
    Scenario { name, about: "tokens are renewed, then one order", paid: vec![(connection, 1)], steps, quick: true }
}

/// A label is voided and bought again after the marketplace was told: it is corrected.
fn relabelled(connection: &'static str, name: &'static str) -> Scenario {
    let mut steps: Vec<Planned> = whole_way().into_iter().map(|planned| untested(planned.step)).collect();
    steps.extend([Step::Relabel, Step::LoseWebhooks, sweep()].map(untested));
    steps.extend([Step::Deliver("SHIPMENTS"), Step::Deliver("PROOF"), Step::Deliver("NOTIFY")].map(tested));
    let about = "a label voided and bought again after the notice";
    Scenario { name, about, paid: vec![(connection, 1)], steps, quick: false }
}

/// What people did to orders in ShipStation before they were shipped: all of it comes back.
fn packed_otherwise(name: &'static str, about: &'static str, orders: u32, act: Step) -> Scenario {
    let mut steps: Vec<Planned> = whole_way().into_iter().take(3).map(|planned| untested(planned.step)).collect();
    steps.extend([act, Step::Ship, Step::LoseWebhooks, sweep()].map(untested));
    steps.extend([Step::Deliver("SHIPMENTS"), Step::Deliver("PROOF"), Step::Deliver("NOTIFY")].map(tested));
    Scenario { name, about, paid: vec![(ALIEXPRESS, orders)], steps, quick: false }
}

/// The marketplace says that there is something, before any schedule ticks.
fn pushed() -> Scenario {
    let mut steps = vec![untested(Step::Push), tested(Step::Webhook), tested(Step::Deliver("POLL"))];
    steps.extend(whole_way().into_iter().skip(2).map(|planned| untested(planned.step)));
    Scenario {
        name: "pushed",
        about: "a push message, then one order",
        paid: vec![(ALIEXPRESS, 1)],
        steps,
        quick: false,
    }
}

/// Cancelled before anything left.
fn cancelled(connection: &'static str, name: &'static str) -> Scenario {
    let mut steps: Vec<Planned> = whole_way().into_iter().take(3).map(|planned| untested(planned.step)).collect();
    steps.push(untested(Step::Cancel));
    // The import leaves ended orders out; the full status sync asks for them.
    let status = Step::Job("poll-marketplace", json!({ "job": "status" }));
    // One list, then the one of ended orders.
    steps.extend([tested(status), untested(Step::Deliver("POLL"))]);
    steps.extend([Step::Deliver("POLL"), Step::Deliver("EXPORT")].map(tested));
    Scenario { name, about: "cancelled after the export", paid: vec![(connection, 1)], steps, quick: false }
}

/// The seller took the authorisation back: a person is needed, and told.
fn revoked() -> Scenario {
    let steps = vec![untested(Step::Revoke), untested(import()), untested(Step::Deliver("POLL")), tested(refresh())];
    let paid = vec![(ALIEXPRESS, 1)];
    Scenario { name: "revoked", about: "a seller takes the authorisation back", paid, steps, quick: false }
}

/// Webhooks are subscribed, once each.
fn subscriptions() -> Scenario {
    let job = Step::Job("read-shipments", json!({ "job": "subscriptions" }));
    let mut steps = vec![tested(job), tested(Step::Deliver("SHIPMENTS"))];
    steps.extend(whole_way().into_iter().map(|planned| untested(planned.step)));
    Scenario {
        name: "subscriptions",
        about: "webhooks are subscribed",
        paid: vec![(ALIEXPRESS, 1)],
        steps,
        quick: false,
    }
}

/// What even redelivery misses: messages that are gone. `reconcile` finds the orders.
fn lost_messages() -> Scenario {
    let steps = vec![
        untested(import()),
        untested(Step::Deliver("POLL")),
        untested(Step::Lose("EXPORT")),
        tested(reconcile()),
        untested(Step::Deliver("EXPORT")),
        untested(Step::Ship),
        untested(Step::Webhook),
        untested(Step::Deliver("SHIPMENTS")),
        untested(Step::Lose("PROOF")),
        tested(reconcile()),
        untested(Step::Deliver("PROOF")),
        untested(Step::Lose("NOTIFY")),
        tested(reconcile()),
    ];
    let paid = vec![(ALIEXPRESS, 1), (ALIBABA, 1)];
    Scenario { name: "lost-messages", about: "a queue lost its messages", paid, steps, quick: true }
}

/// Nobody is told of the shipment: the sweep finds it.
fn by_sweep() -> Scenario {
    let steps = vec![
        untested(import()),
        untested(Step::Deliver("POLL")),
        untested(Step::Deliver("EXPORT")),
        untested(Step::Ship),
        untested(Step::LoseWebhooks),
        tested(sweep()),
        tested(Step::Deliver("SHIPMENTS")),
    ];
    let paid = vec![(ALIBABA, 1)];
    Scenario { name: "sweep", about: "no webhook comes", paid, steps, quick: true }
}

/// Several orders of both marketplaces, and several messages to a batch.
fn full_batches() -> Scenario {
    let steps = vec![
        untested(import()),
        tested(Step::Deliver("POLL")),
        untested(Step::Deliver("POLL")),
        tested(Step::DeliverApart("EXPORT")),
        untested(Step::Ship),
        untested(Step::LoseWebhooks),
        untested(sweep()),
        tested(Step::Deliver("SHIPMENTS")),
        tested(Step::DeliverApart("PROOF")),
        tested(Step::DeliverApart("NOTIFY")),
    ];
    let paid = vec![(ALIEXPRESS, 2), (ALIBABA, 1)];
    Scenario {
        name: "batches",
        about: "several orders of both marketplaces, several messages to a batch",
        paid,
        steps,
        quick: false,
    }
}
