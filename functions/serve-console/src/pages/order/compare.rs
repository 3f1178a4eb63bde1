//! Both services asked just now, one beside the other.

use super::{acts::not_done, known, reference};
use crate::{
    console::{Console, store},
    guard::Visitor,
    pages::{Page, ok},
    problem::Problem,
    texts::{Orders, Texts, fill, findings::sentence, statuses},
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use std::sync::Arc;
use tallyman_app::{
    ports::{CallError, ReadBack},
    side_by_side::{SideBySide, Sides},
};
use tallyman_domain::{
    Settings,
    side_by_side::{About, pairs},
};
use tallyman_runtime::telemetry::chain;

#[derive(Template)]
#[template(path = "order_compare.html")]
struct ComparePage {
    page: Page,
    title: String,
    back: String,
    verdict: (String, &'static str),
    failed: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    marketplace: String,
    warehouse: String,
    differs: bool,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path((connection, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let reference = reference(connection, order)?;
    let (connection, record) = known(&console, &reference).await?;
    let page = Page::of(Some(&visitor));
    let account = console.directory.account(&connection.account).await.map_err(not_done)?;
    let warehouse = console.directory.warehouse(&account).await.map_err(not_done)?;
    let marketplace = console.directory.marketplace(&connection).await.map_err(not_done)?;
    let read = SideBySide { budgets: &*console.budgets, clock: &*console.clock };
    let sides = read.read(&reference, &record, &*marketplace, (&account, &*warehouse)).await.map_err(store)?;
    let t = page.t.orders;
    let (rows, failed) = rows(page.t, &sides, &connection.settings);
    let differences = rows.iter().filter(|row| row.differs).count();
    let unasked = sides.shown.iter().filter(|shown| matches!(shown.there, Ok(ReadBack::Unknowable))).count();
    let verdict = verdict(t, differences, unasked, failed.len());
    Ok(ok(&ComparePage {
        title: fill(t.compare_title, &[("order", reference.order.as_str())]),
        back: format!("/orders/{}/{}", reference.connection, reference.order),
        verdict,
        failed,
        rows,
        page,
    }))
}

/// Nothing is said to agree that wasn't seen: neither what can't be asked for, nor what could not be read.
fn verdict(t: &Orders, differences: usize, unasked: usize, failed: usize) -> (String, &'static str) {
    let count = |text, n: usize| fill(text, &[("n", &n.to_string())]);
    match (differences, unasked, failed) {
        (0, 0, 0) => (t.compare_agree.to_owned(), "good"),
        (0, n, 0) => (count(t.compare_agree_but, n), "calm"),
        (0, _, _) => (t.compare_agree_part.to_owned(), "warn"),
        (1, _, _) => (t.compare_differ_one.to_owned(), "warn"),
        (n, _, _) => (count(t.compare_differ, n), "warn"),
    }
}

fn rows(texts: &Texts, sides: &Sides, settings: &Settings) -> (Vec<Row>, Vec<String>) {
    let t = texts.orders;
    let mut failed = Vec::new();
    let mut cant = |who: &str, error: &CallError| {
        tracing::warn!(error = chain(error), "one side can't be read for somebody who compares");
        let why = sentence(&error.finding(), texts.lang).text;
        failed.push(format!("{who}: {}", fill(t.compare_failed, &[("why", &why)])));
    };
    if let Err(error) = &sides.marketplace {
        cant(t.at_marketplace, error);
    }
    if let Err(error) = &sides.warehouse {
        cant(t.at_shipstation, error);
    }
    let mut rows = Vec::new();
    match (&sides.marketplace, &sides.warehouse) {
        (Ok(order), Ok(Some(entry))) => {
            rows.extend(pairs(order, &entry.status, &entry.items, settings).into_iter().map(|pair| Row {
                differs: !pair.agrees(),
                marketplace: said(texts, &pair.about, pair.marketplace),
                warehouse: said(texts, &pair.about, pair.warehouse),
                what: match pair.about {
                    About::Status => t.status.to_owned(),
                    About::Quantity(sku) => format!("{}: {sku}", t.quantity),
                },
            }))
        }
        (Ok(order), Ok(None)) => rows.push(Row {
            what: t.order.to_owned(),
            marketplace: order.standing.status.clone(),
            warehouse: t.compare_none.to_owned(),
            differs: true,
        }),
        _ => {}
    }
    for shown in &sides.shown {
        let (there, differs) = match &shown.there {
            Ok(ReadBack::Present) => (t.compare_shown, false),
            Ok(ReadBack::Absent) => (t.compare_not_shown, true),
            Ok(ReadBack::Unknowable) => (t.compare_unknowable, false),
            Err(error) => {
                cant(t.at_marketplace, error);
                continue;
            }
        };
        let (what, warehouse) = (t.tracking.to_owned(), shown.tracking_number.clone());
        rows.push(Row { what, marketplace: there.to_owned(), warehouse, differs });
    }
    (rows, failed)
}

/// What one side says. Statuses have names; one that ShipStation alone knows stays as it is.
fn said(t: &Texts, about: &About, said: Option<String>) -> String {
    match (said, about) {
        (None, _) => t.orders.compare_none.to_owned(),
        (Some(word), About::Status) => statuses::named(&word, t.lang).map_or(word, str::to_owned),
        (Some(quantity), About::Quantity(_)) => quantity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn sides_agree_only_where_all_was_read_and_could_be_asked_for() {
        let t = Language::English.texts().orders;
        assert!(verdict(t, 0, 0, 0).0.contains("prices are not compared"), "what was left out is named");
        assert_eq!(verdict(t, 0, 0, 0).1, "good");
        for (unasked, failed) in [(2, 0), (0, 1), (1, 1)] {
            let (text, mood) = verdict(t, 0, unasked, failed);
            assert!(mood != "good" && !text.contains("Both sides agree"), "{text}");
        }
        assert!(verdict(t, 0, 2, 0).0.contains('2'));
        assert_eq!(verdict(t, 3, 1, 1), ("3 differences".to_owned(), "warn"));
    }

    #[test]
    fn a_status_is_named_in_the_readers_language_and_what_nobody_knows_is_quoted() {
        let said = |word: &str| said(Language::German.texts(), &About::Status, Some(word.to_owned()));
        assert_eq!([said("on_hold"), said("rejected_fulfillment")], ["Angehalten", "rejected_fulfillment"]);
    }
}
