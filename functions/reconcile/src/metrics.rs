//! A run's report as metrics.

use jiff::Timestamp;
use tallyman_app::reconcile::report::{Report, named};
use tallyman_domain::{Owner, reconcile::Stage};
use tallyman_runtime::metrics::{self, Metric, line};

const OWNERS: [Owner; 4] = [Owner::Warehouse, Owner::CustomerService, Owner::Finance, Owner::Technical];

pub(crate) fn write(report: &Report, stack: &str, now: Timestamp) {
    metrics::write(lines(report, stack, now));
}

/// Zeros are written too: an alarm on what is missing can't be told from one on what is well.
fn lines(report: &Report, stack: &str, now: Timestamp) -> Vec<String> {
    let mut lines = vec![line(
        stack,
        None,
        &[
            Metric::count("Healed", report.healed),
            Metric::count("Opened", report.opened),
            Metric::count("NearDeadline", report.near_deadline),
            Metric::count("Overdue", report.overdue),
            Metric::seconds("CursorAge", report.cursor_age_s),
        ],
        now,
    )];
    for stage in Stage::ALL {
        let orders = report.stages.get(&stage).copied().unwrap_or_default();
        lines.push(line(stack, Some(("Stage", stage.word())), &[Metric::count("Orders", orders)], now));
    }
    for owner in OWNERS {
        let of = report.owners.get(&owner);
        let metrics = [
            Metric::count("Exceptions", of.map_or(0, |of| of.open)),
            Metric::seconds("OldestException", of.map_or(0, |of| of.oldest_s)),
        ];
        lines.push(line(stack, Some(("Owner", &named(owner))), &metrics, now));
    }
    lines
}
