//! Both services asked just now, one beside the other.

use super::{acts::not_done, known, reference};
use crate::{
    console::{Console, store},
    guard::Visitor,
    pages::{Page, ok},
    problem::Problem,
    texts::{Texts, fill, findings::sentence},
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
    let verdict = match (differences, failed.is_empty()) {
        (0, true) => (t.compare_agree.to_owned(), "good"),
        (n, _) => (fill(t.compare_differ, &[("n", &n.to_string())]), "warn"),
    };
    Ok(ok(&ComparePage {
        title: fill(t.compare_title, &[("order", reference.order.as_str())]),
        back: format!("/orders/{}/{}", reference.connection, reference.order),
        verdict,
        failed,
        rows,
        page,
    }))
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
                what: match pair.about {
                    About::Status => t.status.to_owned(),
                    About::Quantity(sku) => format!("{}: {sku}", t.quantity),
                },
                marketplace: pair.marketplace.unwrap_or_else(|| t.compare_none.to_owned()),
                warehouse: pair.warehouse.unwrap_or_else(|| t.compare_none.to_owned()),
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
