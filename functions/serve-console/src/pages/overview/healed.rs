//! The rows behind the number of what comparing healed.

use crate::{
    console::{Console, store},
    guard::Visitor,
    pages::{Page, ok, when::When},
    problem::Problem,
    texts::{Texts, fill},
};
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use std::sync::Arc;
use tallyman_app::reconcile::healed::{Healed, Remedied, rows};
use tallyman_domain::OrderRef;

#[derive(Template)]
#[template(path = "healed.html")]
struct HealedPage {
    page: Page,
    rows: Vec<Row>,
    unlisted: Option<String>,
}

struct Row {
    at: When,
    subject: String,
    /// The order's page, where it is an order.
    href: Option<String>,
    how: &'static str,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Problem> {
    let page = Page::of(Some(&visitor));
    let healed = rows(&*console.notes, console.clock.now()).await.map_err(store)?;
    let unlisted =
        (healed.unlisted > 0).then(|| fill(page.t.overview.healed_unlisted, &[("n", &healed.unlisted.to_string())]));
    let rows = healed.rows.iter().rev().map(|healed| row(&page, healed)).collect();
    Ok(ok(&HealedPage { rows, unlisted, page }))
}

fn row(page: &Page, healed: &Healed) -> Row {
    let order = OrderRef::from_order_key(&healed.subject);
    Row {
        at: page.when(healed.at),
        href: order.map(|order| format!("/orders/{}/{}", order.connection, order.order)),
        subject: healed.subject.clone(),
        how: how(page.t, healed.how),
    }
}

fn how(t: &Texts, how: Remedied) -> &'static str {
    let t = t.overview;
    match how {
        Remedied::Woken => t.how_woken,
        Remedied::ReadAgain => t.how_read_again,
        Remedied::GivenAgain => t.how_given_again,
        Remedied::SweptAgain => t.how_swept_again,
        Remedied::ReadBack => t.how_read_back,
        Remedied::DrawnAgain => t.how_drawn_again,
        Remedied::Moved => t.how_moved,
    }
}
