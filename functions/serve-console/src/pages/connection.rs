//! Pausing, resuming, removing.

use super::{
    Page,
    done::{Done, to_list},
    ok,
};
use crate::{
    console::{Console, problem},
    guard::Visitor,
    problem::Problem,
    texts::fill,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use std::sync::Arc;
use tallyman_app::authorise::{ConnectionState, ConnectionView};
use tallyman_domain::ConnectionId;

pub(crate) fn id(text: String) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(text).map_err(|_| Problem::NotFound)
}

/// A connection that is there, as it stands.
pub(crate) async fn view(console: &Console, id: &ConnectionId) -> Result<ConnectionView, Problem> {
    let overview = console.authorise().list().await.map_err(problem)?;
    let found = overview.connections.into_iter().find(|view| view.connection == *id);
    found.filter(|view| view.state != ConnectionState::Removed).ok_or(Problem::NotFound)
}

pub(crate) async fn pause(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = id(name)?;
    console.authorise().pause(&id).await.map_err(problem)?;
    finished(&console, &visitor, Done::Paused, &id).await
}

pub(crate) async fn resume(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = id(name)?;
    console.authorise().resume(&id).await.map_err(problem)?;
    finished(&console, &visitor, Done::Resumed, &id).await
}

#[derive(Template)]
#[template(path = "connection_ask.html")]
struct AskPage {
    page: Page,
    action: String,
    title: String,
    what: String,
    keeps: String,
    go: String,
    danger: bool,
}

/// What a page asks before something is done to a connection: title, what it does, what stays, the button.
type Question = (&'static str, &'static str, &'static str, &'static str);

/// Asks back. A connection that is not there has no page.
async fn ask(
    console: &Console,
    visitor: &Visitor,
    name: String,
    act: &str,
    question: impl FnOnce(&Page) -> Question,
) -> Result<Response, Problem> {
    let id = id(name)?;
    let view = view(console, &id).await?;
    let page = Page::of(Some(visitor));
    let (title, what, keeps, go) = question(&page);
    let values = [("name", id.as_str()), ("marketplace", view.marketplace.title())];
    let said = |text| fill(text, &values);
    Ok(ok(&AskPage {
        action: format!("/connections/{id}/{act}"),
        title: said(title),
        what: said(what),
        keeps: said(keeps),
        go: said(go),
        danger: act != "resume",
        page,
    }))
}

pub(crate) async fn pause_page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let question = |page: &Page| (page.t.pause_title, page.t.pause_what, page.t.pause_keeps, page.t.pause_go);
    ask(&console, &visitor, name, "pause", question).await
}

pub(crate) async fn resume_page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let question = |page: &Page| (page.t.resume_title, page.t.resume_what, page.t.resume_keeps, page.t.resume_go);
    ask(&console, &visitor, name, "resume", question).await
}

pub(crate) async fn remove_page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let question = |page: &Page| (page.t.remove_title, page.t.remove_what, page.t.remove_keeps, page.t.remove_go);
    ask(&console, &visitor, name, "remove", question).await
}

pub(crate) async fn remove(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = id(name)?;
    console.authorise().remove(&id).await.map_err(problem)?;
    finished(&console, &visitor, Done::Removed, &id).await
}

/// Says so, in the log with who did it, and on the next page.
pub(crate) async fn finished(
    console: &Console,
    visitor: &Visitor,
    done: Done,
    id: &ConnectionId,
) -> Result<Response, Problem> {
    let session = visitor.session()?;
    tracing::info!(connection = %id, by = session.subject, ?done, "a person changed a connection");
    Ok(to_list(&console.seal().await?, session, done, id.as_str()))
}
