//! The list as CSV: the same tab and filters, all pages of them.

use super::{connections, query::Query, row};
use crate::{
    console::{Console, store},
    fields::Fields,
    guard::Visitor,
    pages::Page,
    problem::Problem,
    texts::fill,
};
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use http::header;
use std::sync::Arc;
use tallyman_app::{browse::Pile, ports::OrderRecord};
use tallyman_domain::OrderRef;

/// A Lambda function's answer holds 6 MB: what is larger is refused rather than cut.
const ROWS_MAX: usize = 10_000;
const ROWS_A_QUERY: usize = 200;

pub(crate) async fn csv(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let page = Page::of(Some(&visitor));
    let query = Query::read(&Fields::read(raw.unwrap_or_default().as_bytes())?, &visitor.reads.zone);
    let known = connections(&console).await?;
    let mut asked = query.asked(&known, ROWS_A_QUERY);
    let mut table = Table::new(&page)?;
    loop {
        let listed = console.browse().list(&asked).await.map_err(store)?;
        for (order, record) in &listed.rows {
            table.push(&page, order, record)?;
        }
        if table.rows > ROWS_MAX {
            return Err(Problem::Unusable(fill(page.t.orders.csv_limit, &[("n", &ROWS_MAX.to_string())])));
        }
        asked.before = listed.next;
        if asked.before.is_none() {
            break;
        }
    }
    let name = format!("attachment; filename=\"orders-{}.csv\"", query.tab());
    let kind = "text/csv; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], table.end()?).into_response())
}

struct Table {
    writer: ::csv::Writer<Vec<u8>>,
    rows: usize,
}

fn failed(error: impl std::error::Error) -> Problem {
    tracing::error!(%error, "the CSV can't be written");
    Problem::StoreDown
}

/// Spreadsheets take what begins like this for a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

impl Table {
    fn new(page: &Page) -> Result<Self, Problem> {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        let t = page.t.orders;
        let heads = [
            t.connection,
            t.order,
            t.status,
            t.word,
            t.placed,
            t.paid,
            t.ship_by,
            t.buyer,
            t.country,
            t.goods,
            t.total,
            t.parcels,
            t.mark_proof,
            t.mark_sent,
            t.mark_confirmed,
            t.open_exceptions,
        ];
        writer.write_record(heads).map_err(failed)?;
        Ok(Self { writer, rows: 0 })
    }

    fn push(&mut self, page: &Page, reference: &OrderRef, record: &OrderRecord) -> Result<(), Problem> {
        let (t, state, order) = (page.t.orders, &record.state, record.order.as_ref());
        let time = |at: Option<jiff::Timestamp>| at.map(|at| page.when(at).machine).unwrap_or_default();
        let marks = state.marks();
        let lines = order.map(|order| order.lines.as_slice()).unwrap_or_default();
        let goods: Vec<String> = lines
            .iter()
            .map(|l| format!("{} × {}", row::exact_quantity(l.quantity), l.sku.as_deref().unwrap_or(&l.name)))
            .collect();
        let total = order.and_then(|order| order.amounts.total.as_ref()).map(ToString::to_string).unwrap_or_default();
        let cells = [
            reference.connection.to_string(),
            reference.order.to_string(),
            super::tab_text(t, Pile::Tab(state.tab())).to_owned(),
            state.word.clone(),
            time(Some(state.placed_at)),
            time(state.paid_at),
            time(state.ship_by),
            order.map(|order| row::buyer(page.private, order)).unwrap_or_default(),
            state.country.map(|country| country.to_string()).unwrap_or_default(),
            goods.join("; "),
            total,
            marks.parcels.to_string(),
            marks.proven.to_string(),
            marks.told.to_string(),
            marks.confirmed.to_string(),
            state.exceptions.len().to_string(),
        ];
        self.rows += 1;
        self.writer.write_record(cells.iter().map(|text| cell(text))).map_err(failed)
    }

    fn end(self) -> Result<Vec<u8>, Problem> {
        self.writer.into_inner().map_err(|error| failed(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(cell(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(cell("2 × LAMP-1"), "2 × LAMP-1");
    }
}
