//! What people do to an order. Each act has a page that says what will happen, and a form that does it.

use super::{known, reference};
use crate::{
    console::{Console, no_call_left, store},
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        done::{Done, to_order},
        show,
    },
    problem::Problem,
    texts::cannot::{Cannot, cannot},
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;
use std::sync::Arc;
use tallyman_app::{
    acts::{Actor, Acts, NOTE_CHARS_MAX, Parcel},
    connection::Connection,
    not_possible::NotPossible,
    ports::{CallError, CancelAnswer},
    step::StepError,
};
use tallyman_domain::{ExceptionKind, OrderRef, OrderState, OrderStatus, ShipmentId, exception::is_open};
use tallyman_runtime::telemetry::chain;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Sync,
    Hold,
    Release,
    Again,
    Attach,
    Accept,
    Refuse,
}

const ACTS: [(Act, &str); 7] = [
    (Act::Sync, "sync"),
    (Act::Hold, "hold"),
    (Act::Release, "release"),
    (Act::Again, "again"),
    (Act::Attach, "attach"),
    (Act::Accept, "accept"),
    (Act::Refuse, "refuse"),
];

impl Act {
    fn parse(text: &str) -> Result<Self, Problem> {
        ACTS.iter().find(|(_, name)| *name == text).map(|(act, _)| *act).ok_or(Problem::NotFound)
    }

    fn done(self) -> Done {
        match self {
            Self::Sync => Done::OrderSynced,
            Self::Hold => Done::OrderHeld,
            Self::Release => Done::OrderReleased,
            Self::Again => Done::OrderAgain,
            Self::Attach => Done::OrderAttached,
            Self::Accept | Self::Refuse => Done::OrderAnswered,
        }
    }

    fn wants_reason(self) -> bool {
        matches!(self, Self::Hold | Self::Release | Self::Refuse)
    }

    /// Title, what will happen.
    fn words(self, page: &Page) -> (&'static str, &'static str) {
        let t = page.t.orders;
        match self {
            Self::Sync => (t.sync, t.sync_what),
            Self::Hold => (t.hold, t.hold_what),
            Self::Release => (t.release, t.release_what),
            Self::Again => (t.again, t.again_what),
            Self::Attach => (t.attach, t.attach_what),
            Self::Accept => (t.accept, t.accept_what),
            Self::Refuse => (t.refuse, t.refuse_what),
        }
    }
}

/// A way to act, as a link to its page.
pub(crate) struct Action {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) danger: bool,
}

/// What an operator may do to an order as it stands.
pub(super) fn actions(page: &Page, connection: &Connection, reference: &OrderRef, state: &OrderState) -> Vec<Action> {
    if !page.operator() || connection.removed {
        return Vec::new();
    }
    let t = page.t.orders;
    let base = format!("/orders/{}/{}", reference.connection, reference.order);
    let action =
        |act: &str, label: &str, danger| Action { href: format!("{base}/act/{act}"), label: label.to_owned(), danger };
    let mut all = vec![action("sync", t.sync, false)];
    all.push(Action { href: format!("{base}/compare"), label: t.compare.to_owned(), danger: false });
    all.extend(state.may_be_held().then(|| action("hold", t.hold, false)));
    all.extend(state.held.then(|| action("release", t.release, false)));
    all.extend(state.may_be_asked_again(None).then(|| action("again", t.again_export, false)));
    for (index, shipment) in state.shipments.iter().enumerate() {
        let label = format!("{}: {}", t.again, crate::texts::fill(t.parcel, &[("n", &(index + 1).to_string())]));
        let may = state.may_be_asked_again(Some(&shipment.id));
        all.extend(may.then(|| action(&format!("again?shipment={}", shipment.id), &label, false)));
    }
    let alive = state.facts.is_some() && state.status != OrderStatus::Cancelled;
    all.extend(alive.then(|| action("attach", t.attach, false)));
    if is_open(&state.exceptions, ExceptionKind::CancelRequested, None) {
        all.extend([action("accept", t.accept, true), action("refuse", t.refuse, false)]);
    }
    all
}

#[derive(Template)]
#[template(path = "order_act.html")]
struct ActPage {
    page: Page,
    title: &'static str,
    what: &'static str,
    order: String,
    back: String,
    action: String,
    reason: Option<String>,
    attach: Option<AttachForm>,
    shipment: String,
    wrong: Option<String>,
    danger: bool,
}

struct AttachForm {
    number: String,
    carrier: String,
    service: String,
    date: String,
}

fn form(page: Page, act: Act, reference: &OrderRef, fields: &Fields, wrong: Option<String>) -> Response {
    let (title, what) = act.words(&page);
    let back = format!("/orders/{}/{}", reference.connection, reference.order);
    let name = ACTS.iter().find(|(known, _)| *known == act).map_or("", |(_, name)| name);
    let short = |name: &str| fields.get(name).chars().take(NOTE_CHARS_MAX).collect::<String>();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = ActPage {
        title,
        what,
        order: reference.order.to_string(),
        action: format!("{back}/act/{name}"),
        back,
        reason: act.wants_reason().then(|| short("reason")),
        attach: (act == Act::Attach).then(|| AttachForm {
            number: short("number"),
            carrier: short("carrier"),
            service: short("service"),
            date: short("date"),
        }),
        shipment: short("shipment"),
        wrong,
        danger: act == Act::Accept,
        page,
    };
    show(status, &view)
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path((connection, order, act)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let (act, reference) = (Act::parse(&act)?, reference(connection, order)?);
    known(&console, &reference).await?;
    let fields = Fields::read(raw.unwrap_or_default().as_bytes())?;
    Ok(form(Page::of(Some(&visitor)), act, &reference, &fields, None))
}

pub(crate) async fn act(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path((connection, order, act)): Path<(String, String, String)>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let (act, reference) = (Act::parse(&act)?, reference(connection, order)?);
    let (connection, _) = known(&console, &reference).await?;
    let (page, session) = (Page::of(Some(&visitor)), visitor.session()?);
    if act.wants_reason() && fields.get("reason").is_empty() {
        let wrong = page.t.orders.wrong_reason.to_owned();
        return Ok(form(page, act, &reference, &fields, Some(wrong)));
    }
    let who = Actor { connection: &connection, order: &reference, by: &session.name };
    match perform(&console, who, act, &fields).await {
        Ok(()) => {
            console.count_anew();
            tracing::info!(order = %reference, by = session.subject, ?act, "a person acted on an order");
            Ok(to_order(&console.seal().await?, session, act.done(), &reference))
        }
        Err(error) => match not_done(error) {
            Problem::Cannot(why) => {
                let wrong = cannot(page.t, &why);
                Ok(form(page, act, &reference, &fields, Some(wrong)))
            }
            problem => Err(problem),
        },
    }
}

/// The page for what became of a step.
pub(super) fn not_done(error: StepError) -> Problem {
    tracing::warn!(error = chain(&error), "what a person asked for was not done");
    match error {
        StepError::NotPossible { why, .. } => Problem::Cannot(Cannot::Order(why)),
        StepError::NeedsReauth { why, .. } => Problem::Cannot(Cannot::Idle(why)),
        StepError::Unusable { address, .. } => Problem::Cannot(Cannot::Unusable { address }),
        StepError::Call { source: CallError::Refused { code, .. }, .. } => Problem::AppRefused { code },
        StepError::Call { source: CallError::Throttled { after, .. }, .. } => no_call_left(after),
        StepError::Call { .. } => Problem::MarketplaceDown,
        StepError::Store { source, .. } => store(source),
    }
}

async fn perform(console: &Console, who: Actor<'_>, act: Act, fields: &Fields) -> Result<(), StepError> {
    let acts = Acts {
        orders: &*console.orders,
        deeds: &*console.deeds,
        queue: &*console.queue,
        clock: &*console.clock,
        dry_run: console.settings.dry_run,
    };
    let reason = fields.get("reason");
    match act {
        Act::Sync => acts.read_again(who).await,
        Act::Hold => acts.hold(who, true, reason).await,
        Act::Release => acts.hold(who, false, reason).await,
        Act::Again => {
            let shipment = ShipmentId::parse(fields.get("shipment")).ok();
            acts.ask_again(who, shipment.as_ref()).await
        }
        Act::Attach => {
            let bad_day = |_| StepError::NotPossible { address: who.order.to_string(), why: NotPossible::BadDay };
            let parcel = Parcel {
                tracking_number: fields.get("number").to_owned(),
                carrier: fields.get("carrier").to_owned(),
                service: Some(fields.get("service").to_owned()).filter(|service| !service.is_empty()),
                ship_date: fields.get("date").parse().map_err(bad_day)?,
            };
            acts.attach(who, &parcel).await.map(drop)
        }
        Act::Accept | Act::Refuse => {
            let marketplace = console.directory.marketplace(who.connection).await?;
            let answer = if act == Act::Accept {
                CancelAnswer::Accept
            } else {
                CancelAnswer::Refuse { reason: reason.to_owned() }
            };
            acts.answer(who, &*marketplace, answer).await
        }
    }
}
