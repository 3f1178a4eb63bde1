//! The list as CSV: the same tab and filters, all pages of them, each leaving while the next one is read.
//!
//! A file that ends early says so in its last line, whatever the reason: nobody is to take it for a whole one.

use super::{connections, query::Query, sheet::Sheet};
use crate::{
    answer::Bounds,
    console::{Console, store},
    fields::Fields,
    guard::Visitor,
    pages::Page,
    problem::Problem,
    texts::fill,
};
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use futures::{FutureExt as _, stream};
use http::header;
use jiff::SignedDuration;
use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tallyman_app::browse::{Asked, Listed, Pile};
use tallyman_runtime::telemetry::chain;

/// So many are in memory at a time.
const ROWS_A_QUERY: usize = 200;
/// So much of the invocation is left to what has been read, on its way out.
const LEFT_TO_LEAVE: SignedDuration = SignedDuration::from_secs(5);

pub(crate) async fn csv(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Extension(bounds): Extension<Bounds>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let page = Page::of(Some(&visitor));
    let query = Query::read(&Fields::read(raw.unwrap_or_default().as_bytes())?, &visitor.reads.zone);
    query.check()?;
    let known = connections(&console).await?;
    let asked = query.asked(&known, ROWS_A_QUERY);
    // The first page before the status is said: a store that is down is a page of its own, not a file.
    let (first, cut) = if query.text.is_empty() {
        (console.browse().list(&asked).await.map_err(store)?, None)
    } else {
        let found = super::found(&console, &page, &query, &known).await?;
        let rows = found.rows.into_iter().map(|(_, order, record)| (order, record)).collect();
        (Listed { rows, ..Listed::default() }, found.more.then_some(Cut::Found))
    };
    let export = Export { console, page, asked, bounds, read: Some(first), cut, is_begun: false, rows: 0, bytes: 0 };
    let chunks = stream::unfold(Some(export), |export| async {
        let mut export = export?;
        let (chunk, goes_on) = export.step().await;
        Some((Ok::<_, Infallible>(chunk), goes_on.then_some(export)))
    });
    let name = format!("attachment; filename=\"orders-{}.csv\"", query.tab());
    let kind = "text/csv; charset=utf-8";
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// Why a file ends before its orders do.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// It is as long as we let it get, or the invocation ends.
    Full,
    Failed,
    /// More were found than a search gives.
    Found,
}

/// A file on its way.
struct Export {
    console: Arc<Console>,
    page: Page,
    asked: Asked,
    bounds: Bounds,
    /// Read, but not sent.
    read: Option<Listed>,
    /// It is known from the beginning that there is more.
    cut: Option<Cut>,
    is_begun: bool,
    rows: usize,
    bytes: usize,
}

impl Export {
    /// The next lines, and whether more will come.
    async fn step(&mut self) -> (Vec<u8>, bool) {
        let listed = match self.read.take() {
            Some(listed) => Ok(listed),
            None => self.list().await,
        };
        let (lines, goes_on) = match listed {
            Ok(listed) => {
                self.asked.before.clone_from(&listed.next);
                (self.lines(&listed, self.cut), listed.next.is_some())
            }
            Err(why) => (self.lines(&Listed::default(), Some(why)), false),
        };
        match lines {
            Ok(lines) => {
                self.bytes += lines.len();
                (lines, goes_on)
            }
            Err(error) => {
                tracing::error!(%error, "a line of the CSV can't be written");
                (self.lines(&Listed::default(), Some(Cut::Failed)).unwrap_or_default(), false)
            }
        }
    }

    /// The next page, if there is room and time for it.
    async fn list(&self) -> Result<Listed, Cut> {
        let left = self.bounds.ends_at.duration_since(self.console.clock.now()) - LEFT_TO_LEAVE;
        let left = Duration::try_from(left).unwrap_or_default();
        if self.rows >= self.bounds.rows || self.bytes >= self.bounds.bytes || left.is_zero() {
            return Err(Cut::Full);
        }
        let browse = self.console.browse();
        // A panic would end the file as if it were whole.
        let list = AssertUnwindSafe(browse.list(&self.asked)).catch_unwind();
        match tokio::time::timeout(left, list).await {
            Ok(Ok(Ok(listed))) => Ok(listed),
            Ok(Ok(Err(error))) => {
                tracing::error!(error = chain(&error), rows = self.rows, "a CSV ends early: orders can't be read");
                Err(Cut::Failed)
            }
            Ok(Err(_)) => {
                tracing::error!(rows = self.rows, "a CSV ends early: reading orders panicked");
                Err(Cut::Failed)
            }
            Err(_) => Err(Cut::Full),
        }
    }

    fn lines(&mut self, listed: &Listed, cut: Option<Cut>) -> Result<Vec<u8>, ::csv::Error> {
        let mut sheet = Sheet::new();
        if !std::mem::replace(&mut self.is_begun, true) {
            sheet.head(&self.page)?;
        }
        for (order, record) in &listed.rows {
            sheet.push(&self.page, order, record)?;
        }
        self.rows += listed.rows.len();
        if let Some(why) = cut {
            sheet.remark(&self.remark(why))?;
        }
        sheet.bytes()
    }

    fn remark(&self, why: Cut) -> String {
        let (t, n) = (self.page.t.orders, self.rows.to_string());
        let why = match why {
            Cut::Full => t.csv_full,
            Cut::Failed => t.csv_failed,
            Cut::Found => return fill(t.csv_found, &[("n", &n)]),
        };
        if self.asked.pile == Pile::NeedsAttention {
            return fill(t.csv_cut_attention, &[("n", &n), ("why", why)]);
        }
        // A place begins with its moment, and what comes before it in the file was sent.
        let time = self.asked.before.as_deref().and_then(|place| place.get(..20)).unwrap_or_default();
        fill(t.csv_cut, &[("n", &n), ("time", time), ("why", why)])
    }
}
