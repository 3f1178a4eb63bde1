//! "It is done", said once: sealed in a cookie between the answer to a form and the page after it, so that no link can
//! put words into our mouth.

use crate::{
    seal::Seal,
    session::{Session, cookie_of, forget_cookie, set_cookie},
    texts::{Texts, fill},
};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tallyman_domain::OrderRef;

const COOKIE: &str = "__Host-tallyman-done";
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(2);

/// What was done.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Done {
    Connected,
    Paused,
    Resumed,
    Removed,
    Account,
    OrderSynced,
    OrderHeld,
    OrderReleased,
    OrderAgain,
    OrderAttached,
    OrderAnswered,
    Resolved,
    Assigned,
    Commented,
    Settings,
    SameSettings,
    Undone,
}

#[derive(Serialize, Deserialize)]
struct Note {
    session: String,
    done: Done,
    name: String,
}

/// To the list, which says what was done.
pub(crate) fn to_list(seal: &Seal, session: &Session, done: Done, name: &str) -> Response {
    noted("/connections", seal, session, done, name)
}

/// To any page of ours that reads notes.
pub(crate) fn noted(to: &str, seal: &Seal, session: &Session, done: Done, name: &str) -> Response {
    let note = Note { session: session.id.clone(), done, name: name.to_owned() };
    with_cookie(Redirect::to(to).into_response(), set_cookie(COOKIE, seal.close(COOKIE, &note), KEPT_FOR))
}

/// To an order, which says what was done.
pub(crate) fn to_order(seal: &Seal, session: &Session, done: Done, order: &OrderRef) -> Response {
    let note = Note { session: session.id.clone(), done, name: order.order.to_string() };
    let to = format!("/orders/{}/{}", order.connection, order.order);
    with_cookie(Redirect::to(&to).into_response(), set_cookie(COOKIE, seal.close(COOKIE, &note), KEPT_FOR))
}

/// What there is to say, if anything.
pub(crate) fn read(headers: &HeaderMap, seal: &Seal, session: &Session, t: &Texts) -> Option<String> {
    let note: Note = seal.open(COOKIE, cookie_of(headers, COOKIE)?)?;
    let text = match note.done {
        Done::Connected => t.connected_done,
        Done::Paused => t.paused_done,
        Done::Resumed => t.resumed_done,
        Done::Removed => t.removed_done,
        Done::Account => t.account_done,
        Done::OrderSynced => t.orders.done_sync,
        Done::OrderHeld => t.orders.done_hold,
        Done::OrderReleased => t.orders.done_release,
        Done::OrderAgain => t.orders.done_again,
        Done::OrderAttached => t.orders.done_attach,
        Done::OrderAnswered => t.orders.done_answer,
        Done::Resolved => t.exceptions.resolved_done,
        Done::Assigned => t.exceptions.assigned_done,
        Done::Commented => t.exceptions.commented_done,
        Done::Settings => t.settings.saved_done,
        Done::SameSettings => t.settings.same_done,
        Done::Undone => t.settings.undone_done,
    };
    (note.session == session.id).then(|| fill(text, &[("name", &note.name)]))
}

/// The same answer, and the note is gone.
pub(crate) fn said(response: Response) -> Response {
    with_cookie(response, forget_cookie(COOKIE))
}

/// Adds a cookie to an answer.
pub(crate) fn with_cookie(mut response: Response, cookie: String) -> Response {
    // Sealed values are base64: a header always takes them.
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
