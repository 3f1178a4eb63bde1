//! The whole of Tallyman in a small world, over seeds. More of them: `cargo run -p tallyman-sim --example seeds`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

use jiff::SignedDuration;
use tallyman_sim::world::{Outcome, Scenario, Webhooks, run};

const SEEDS: u64 = 120;

fn trace(outcome: &Outcome) -> tallyman_sim::trace::Trace {
    outcome.world.trace.lock().unwrap().clone()
}

/// Fails with the story of the order concerned and the command that shows it again.
fn is_right(outcome: &Outcome, seed: u64) {
    let Some((order, what)) = outcome.broken.first() else { return };
    panic!(
        "{}\nseed {seed}: order {order} {what}\ncargo run -p tallyman-sim --example seeds -- --seed {seed} --story",
        trace(outcome).story(*order, 80)
    );
}

#[test]
fn over_many_seeds_nothing_is_lost_nothing_is_told_twice_and_every_proof_comes_first() {
    (0..SEEDS).for_each(|seed| is_right(&run(&Scenario::seeded(seed)), seed));
}

fn first_difference(one: &tallyman_sim::trace::Trace, two: &tallyman_sim::trace::Trace) -> String {
    let (one, two) = (one.text(), two.text());
    let differ = one.lines().zip(two.lines()).find(|(one, two)| one != two);
    differ.map_or_else(|| "one is longer".to_owned(), |(one, two)| format!("{one}\n{two}"))
}

#[test]
fn the_same_seed_twice_gives_the_same_trace_byte_for_byte() {
    for seed in 0..6 {
        let twice = [0, 1].map(|_| trace(&run(&Scenario::seeded(seed))));
        assert!(twice[0].text() == twice[1].text(), "seed {seed}: {}", first_difference(&twice[0], &twice[1]));
        assert!(twice[0].0.len() > 500);
    }
    let other = |seed| trace(&run(&Scenario::seeded(seed))).text();
    assert!(other(0) != other(1));
}

#[test]
fn faults_are_really_in_the_runs_and_so_is_all_that_messages_lists_and_people_do() {
    let mut missing = vec![
        "FAILS, nothing happened",
        "FAILS, but took effect",
        "TIMES OUT",
        "IS THROTTLED",
        "KILLED before",
        "KILLED after",
        "arrives twice",
        "arrives late",
        "is LOST",
        "conflict",
        "a second worker TAKES THE SAME message",
        "the list of changes LEAVES OUT order",
        "the buyer asks to cancel order",
        "the buyer withdraws the request to cancel order",
        "the marketplace cancels order",
        "a new address for order",
        "other goods for order",
        "a label is voided of order",
        "the warehouse splits order",
        "the warehouse merges another order into order",
        "was merged into another order",
        "somebody marks as shipped order",
        "somebody else's label that names order",
    ];
    for seed in 0..SEEDS {
        let text = trace(&run(&Scenario::seeded(seed))).text();
        missing.retain(|word| !text.contains(word));
        if missing.is_empty() {
            return;
        }
    }
    panic!("never came: {missing:?}");
}

/// How long after each label the marketplace was told.
fn delays(outcome: &Outcome) -> Vec<SignedDuration> {
    let depot = outcome.world.depot.lock().unwrap();
    let mut delays = Vec::new();
    for label in &depot.labels {
        let number = &label.change.shipment.tracking_number;
        for books in &outcome.world.markets {
            let books = books.lock().unwrap();
            delays.extend(
                books.told.iter().filter(|t| t.tracking == *number).map(|t| t.at.duration_since(label.created_at)),
            );
        }
    }
    assert_eq!(delays.len(), depot.labels.len(), "each label was told once");
    delays
}

#[test]
fn with_all_webhooks_lost_for_a_day_every_shipment_is_told_within_thirty_minutes() {
    let mut all = Vec::new();
    for seed in 0..4 {
        let scenario = Scenario { webhooks: Webhooks::AllLost, ..Scenario::plain_day(seed, 12) };
        let outcome = run(&scenario);
        is_right(&outcome, seed);
        let delays = delays(&outcome);
        assert!(delays.len() >= 24);
        assert!(delays.iter().all(|d| *d <= SignedDuration::from_mins(30)), "{:?}", delays.iter().max());
        all.extend(delays);
    }
    all.sort();
    println!(
        "all webhooks lost for a day: {} shipments, label to notice median {} s, worst {} s",
        all.len(),
        all[all.len() / 2].as_secs(),
        all[all.len() - 1].as_secs()
    );
}

#[test]
fn a_webhook_that_comes_again_after_five_minutes_eighty_hours_and_ninety_days_has_one_effect() {
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let scenario = Scenario {
        replays: vec![SignedDuration::ZERO, SignedDuration::from_mins(5), SignedDuration::from_hours(80), days(90)],
        placing: SignedDuration::from_hours(2),
        judged_by: days(92),
        ..Scenario::plain_day(1, 3)
    };
    let outcome = run(&scenario);
    is_right(&outcome, 1);
    let _ = delays(&outcome);
    let replayed = trace(&outcome).0.iter().filter(|e| e.what == "follow a webhook").count();
    assert!(replayed >= 4 * 6, "every replay is followed: {replayed}");
}

#[test]
fn from_purchase_to_the_warehouse_it_takes_at_most_fifteen_minutes_over_a_day_with_outages() {
    let mut longest = SignedDuration::ZERO;
    for seed in 0..4 {
        let plain = Scenario::plain_day(seed, 20);
        // Every two hours everything outside is gone for three minutes: the services, then AWS.
        let outage = |n: i64| {
            let from = plain.start + SignedDuration::from_mins(60 + 120 * n);
            (from, from + SignedDuration::from_mins(3), n % 2 == 0)
        };
        let outcome = run(&Scenario { outages: (0..10).map(outage).collect(), ..plain.clone() });
        is_right(&outcome, seed);
        let depot = outcome.world.depot.lock().unwrap();
        for books in &outcome.world.markets {
            for sale in books.lock().unwrap().sales.values() {
                let row = depot.rows.iter().find(|row| row.number == sale.order.id.as_str()).unwrap();
                let took = row.arrived_at.duration_since(sale.order.placed_at);
                let story = || trace(&outcome).story(row.number.parse().unwrap(), 60);
                assert!(took <= SignedDuration::from_mins(15), "{}\nseed {seed}: {took:?}", story());
                longest = longest.max(took);
            }
        }
    }
    assert!(longest > SignedDuration::from_mins(2), "the window's margin alone takes two minutes");
}

#[test]
fn on_a_plain_day_both_sides_are_compared_every_hour_and_nothing_has_to_be_healed() {
    let outcome = run(&Scenario { compares: true, ..Scenario::plain_day(3, 12) });
    is_right(&outcome, 3);
    let runs: Vec<i64> =
        trace(&outcome).0.iter().filter(|e| e.what == "both sides were compared, healed").map(|e| e.n).collect();
    assert!(runs.len() >= 24, "{runs:?}");
    assert!(runs.iter().all(|healed| *healed == 0), "{runs:?}");
}

#[test]
fn orders_of_an_hour_in_which_no_service_answered_are_there_a_quarter_of_an_hour_after_it() {
    let mut during = 0;
    for seed in 0..4 {
        let plain = Scenario::plain_day(seed, 60);
        // Far from the passes at 0:00, 3:30 and 12:00, which would find whatever the import had left behind.
        let from = plain.start + SignedDuration::from_hours(14);
        let to = from + SignedDuration::from_hours(1);
        let outcome = run(&Scenario { outages: vec![(from, to, true)], ..plain });
        is_right(&outcome, seed);
        let depot = outcome.world.depot.lock().unwrap();
        for books in &outcome.world.markets {
            for sale in books.lock().unwrap().sales.values() {
                let row = depot.rows.iter().find(|row| row.number == sale.order.id.as_str()).unwrap();
                let placed_at = sale.order.placed_at;
                let hindered = placed_at > from - SignedDuration::from_mins(15) && placed_at < to;
                let known_at = if hindered { to } else { placed_at };
                let took = row.arrived_at.duration_since(known_at);
                let story = || trace(&outcome).story(row.number.parse().unwrap(), 60);
                assert!(took <= SignedDuration::from_mins(15), "{}\nseed {seed}: {took:?}", story());
                during += u32::from(hindered);
            }
        }
    }
    assert!(during >= 10, "hardly anybody bought in that hour: {during}");
}
