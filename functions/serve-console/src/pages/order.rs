//! One order: all that is known of it.

pub(crate) mod acts;
pub(crate) mod compare;
mod facts;
mod parcel;
mod timeline;

use super::{Page, done, ok, when::When};
use crate::{
    console::{Console, store},
    guard::Visitor,
    problem::Problem,
    texts::findings::sentence,
};
use acts::Action;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use facts::{Facts, LineRow};
use futures::TryFutureExt as _;
use http::{HeaderMap, header};
use parcel::ParcelView;
use std::sync::Arc;
use tallyman_app::{connection::Connection, ports::OrderRecord};
use tallyman_domain::{ConnectionId, ExceptionKind, MarketplaceOrderId, OrderRef, ProofFacts, ShipmentId, Tab};
use timeline::Moment;

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    page: Page,
    number: String,
    connection: String,
    marketplace: &'static str,
    status: &'static str,
    mood: &'static str,
    held: bool,
    done: Option<String>,
    ship_by: Option<(When, (String, &'static str))>,
    open: Vec<OpenException>,
    marketplace_side: Facts,
    warehouse_side: Facts,
    lines: Vec<LineRow>,
    amounts: Vec<(String, String)>,
    parcels: Vec<ParcelView>,
    timeline: Vec<Moment>,
    timeline_cut: bool,
    actions: Vec<Action>,
}

struct OpenException {
    href: Option<String>,
    kind: String,
    to_do: String,
    what: String,
    /// It is English, whatever the page is.
    foreign: bool,
    /// What couldn't be read.
    raw: Option<String>,
    since: When,
    left: (String, &'static str),
}

/// The order that an address names.
pub(crate) fn reference(connection: String, order: String) -> Result<OrderRef, Problem> {
    let connection = ConnectionId::parse(connection).map_err(|_| Problem::NotFound)?;
    let order = MarketplaceOrderId::parse(order).map_err(|_| Problem::NotFound)?;
    Ok(OrderRef::new(connection, order))
}

/// The order with its connection; removed connections keep theirs.
pub(crate) async fn known(console: &Console, reference: &OrderRef) -> Result<(Connection, OrderRecord), Problem> {
    let both = futures::try_join!(console.directory.config.connections(), console.orders.load(reference));
    let (connections, record) = both.map_err(store)?;
    let connection = connections.into_iter().find(|c| c.id == reference.connection).ok_or(Problem::NotFound)?;
    Ok((connection, record.ok_or(Problem::NotFound)?))
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path((connection, order)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reference = reference(connection, order)?;
    let deeds = console.deeds.deeds(&reference).map_err(store);
    let ((connection, record), deeds) = futures::try_join!(known(&console, &reference), deeds)?;
    let (page, now) = (Page::of(Some(&visitor)), console.clock.now());
    let said = done::read(&headers, &console.seal().await?, visitor.session()?, page.t);
    let (t, state) = (page.t, &record.state);
    let (timeline, timeline_cut) = timeline::of(&page, state, &deeds);
    let tab = state.tab();
    let open = state.exceptions.iter().map(|e| {
        let (kind, to_do) = page.exception_words(e.kind);
        let listed =
            tallyman_app::exceptions::view(reference.to_string(), e.clone(), std::slice::from_ref(&connection));
        let href = super::exceptions::href_of(&listed);
        let (since, left) = (page.when(e.since), super::when::time_left(t, e.deadline, now));
        let what = sentence(&e.finding(), t.lang);
        let (what, foreign) = (page.private_detail(&what.text), what.foreign);
        let raw = (e.kind == ExceptionKind::Undecodable && page.operator())
            .then(|| format!("/orders/{}/{}/raw", reference.connection, reference.order));
        OpenException { href, kind, to_do, what, foreign, raw, since, left }
    });
    let view = OrderPage {
        number: reference.order.to_string(),
        connection: reference.connection.to_string(),
        marketplace: state.marketplace.title(),
        status: super::orders::tab_text(t.orders, tallyman_app::browse::Pile::Tab(tab)),
        mood: super::orders::mood(tab),
        held: state.held,
        done: said.clone(),
        // What has left or ended needs no deadline.
        ship_by: state
            .ship_by
            .filter(|_| !matches!(tab, Tab::Shipped | Tab::Cancelled))
            .map(|by| (page.when(by), super::when::time_left(t, by, now))),
        open: open.collect(),
        marketplace_side: facts::marketplace_side(&page, &record),
        warehouse_side: facts::warehouse_side(&page, &record),
        lines: facts::lines(&record),
        amounts: record.order.as_ref().map(|order| facts::amounts(&page, order)).unwrap_or_default(),
        parcels: parcel::of(&page, &reference, &record),
        actions: acts::actions(&page, &connection, &reference, state),
        timeline,
        timeline_cut,
        page,
    };
    let response = ok(&view);
    Ok(if said.is_some() { done::said(response) } else { response })
}

/// An answer that couldn't be read, as the marketplace gave it. It names the buyer, so it is for operators.
pub(crate) async fn raw(
    State(console): State<Arc<Console>>,
    Path((connection, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let raw = console.orders.raw(&reference(connection, order)?).await.map_err(store)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], raw.ok_or(Problem::NotFound)?).into_response())
}

/// The proof's image. It names the buyer, so it is for operators.
pub(crate) async fn proof(
    State(console): State<Arc<Console>>,
    Path((connection, order, shipment)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let reference = reference(connection, order)?;
    let id = ShipmentId::parse(shipment).map_err(|_| Problem::NotFound)?;
    let (_, record) = known(&console, &reference).await?;
    let shipment = record.state.shipment(&id).filter(|s| s.proof.is_some()).ok_or(Problem::NotFound)?;
    let key = ProofFacts::key_of(&reference, &id, shipment.revision);
    let png = console.vault.read(&key).await.map_err(store)?.ok_or(Problem::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}
