//! The orders behind the lags.

use crate::{
    console::{Console, store},
    guard::Visitor,
    pages::{Page, ok, when::When},
    problem::Problem,
    texts::fill,
};
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use std::sync::Arc;
use tallyman_app::browse::samples::{Rows, Samples, samples};
use tallyman_domain::OrderRef;

#[derive(Template)]
#[template(path = "lags.html")]
struct LagsPage {
    page: Page,
    title: &'static str,
    at: Option<When>,
    rows: Vec<Row>,
    unlisted: Option<String>,
}

struct Row {
    order: String,
    /// The order's page.
    href: String,
    took: String,
}

/// From purchase to ShipStation.
pub(crate) async fn to_warehouse(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Problem> {
    page(&console, &visitor, |page| page.t.overview.lag_in, |samples| samples.to_warehouse).await
}

/// From the label to the confirmed notice.
pub(crate) async fn to_confirmed(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Problem> {
    page(&console, &visitor, |page| page.t.overview.lag_back, |samples| samples.to_confirmed).await
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    title: fn(&Page) -> &'static str,
    of: fn(Samples) -> Rows,
) -> Result<Response, Problem> {
    let page = Page::of(Some(visitor));
    let found = samples(&*console.notes).await.map_err(store)?;
    let at = found.as_ref().map(|samples| page.when(samples.at));
    let Rows { rows, unlisted } = found.map(of).unwrap_or_default();
    let unlisted = (unlisted > 0).then(|| fill(page.t.overview.lags_unlisted, &[("n", &unlisted.to_string())]));
    let row = |(order, took_s)| {
        let reference = OrderRef::from_order_key(order)?;
        let href = format!("/orders/{}/{}", reference.connection, reference.order);
        Some(Row { order: order.to_owned(), href, took: super::span(took_s) })
    };
    let rows = rows.iter().filter_map(|sample| row((&sample.order, sample.took_s))).collect();
    Ok(ok(&LagsPage { title: title(&page), at, rows, unlisted, page }))
}
