//! Orders as lines of CSV.

use super::row;
use crate::pages::Page;
use tallyman_app::{browse::Pile, ports::OrderRecord};
use tallyman_domain::OrderRef;

/// Lines that are ready to leave.
pub(super) struct Sheet(::csv::Writer<Vec<u8>>);

const COLUMNS: usize = 16;
/// What a line begins with that is no order.
const REMARK: &str = "### ";

/// Spreadsheets take what begins like this for a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self(::csv::Writer::from_writer(Vec::new()))
    }

    /// What the columns are called.
    pub(super) fn head(&mut self, page: &Page) -> Result<(), ::csv::Error> {
        let t = page.t.orders;
        self.0.write_record([
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
        ])
    }

    /// An order.
    pub(super) fn push(&mut self, page: &Page, reference: &OrderRef, record: &OrderRecord) -> Result<(), ::csv::Error> {
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
        self.0.write_record(cells.iter().map(|text| cell(text)))
    }

    /// A line that is no order: no connection is called so, and the order's number is missing.
    pub(super) fn remark(&mut self, text: &str) -> Result<(), ::csv::Error> {
        let mut cells = [""; COLUMNS];
        let text = format!("{REMARK}{text}");
        cells[0] = &text;
        self.0.write_record(cells)
    }

    /// The lines so far.
    pub(super) fn bytes(self) -> Result<Vec<u8>, ::csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
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
