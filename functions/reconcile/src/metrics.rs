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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The template's alarms on metrics of ours.
    fn watched() -> Vec<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let mut names = Vec::new();
        while lines.any(|line| line.trim() == "Namespace: Tallyman") {
            names.extend(lines.next().and_then(|line| line.trim().strip_prefix("MetricName: ")).map(str::to_owned));
        }
        names
    }

    #[test]
    fn the_metrics_that_alarms_watch_are_written_by_that_name_below_the_stack() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let report = Report { healed: 7, cursor_age_s: 11, ..Report::default() };
        let lines: Vec<Value> =
            lines(&report, "mine", now).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_stack = &lines[0];
        assert_eq!(
            (&of_stack["Stack"], &of_stack["Healed"], &of_stack["CursorAge"]),
            (&"mine".into(), &7.0.into(), &11.0.into())
        );
        let directive = &of_stack["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&directive["Namespace"], &directive["Dimensions"]),
            (&"Tallyman".into(), &serde_json::json!([["Stack"]]))
        );
        let declared: Vec<&str> =
            directive["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
        let watched = watched();
        assert!(!watched.is_empty());
        for name in watched {
            assert!(declared.contains(&name.as_str()), "an alarm watches {name}, and nobody writes it");
        }
    }
}
