//! One exception with its history, and what an operator can do about it.

use super::{
    filter::Filter,
    list::me,
    open,
    row::{Key, Row},
};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        done::{read, said},
        show,
        when::When,
    },
    problem::Problem,
    texts::{Texts, fill},
};
use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use tallyman_domain::exception::life::{Entry, What};

#[derive(Template)]
#[template(path = "exception.html")]
struct ExceptionPage {
    page: Page,
    done: Option<String>,
    row: Row,
    mine: bool,
    back: String,
    history: Vec<Line>,
    to: String,
    text: String,
    wrong_to: Option<&'static str>,
    wrong_text: Option<&'static str>,
}

/// A line of the history.
struct Line {
    at: When,
    what: String,
    by: String,
    note: Option<String>,
}

/// What was entered and is wrong.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) to: String,
    pub(super) text: String,
    pub(super) wrong_to: Option<&'static str>,
    pub(super) wrong_text: Option<&'static str>,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fields = Fields::read(raw.unwrap_or_default().as_bytes())?;
    let key = Key::parse(fields.get("key")).ok_or(Problem::NotFound)?;
    shown(&console, &visitor, &key, Entered::default(), Some(&headers)).await
}

/// The page of one; with what was wrong with a form on it.
pub(super) async fn shown(
    console: &Console,
    visitor: &Visitor,
    key: &Key,
    entered: Entered,
    headers: Option<&HeaderMap>,
) -> Result<Response, Problem> {
    let listed = open(console, std::slice::from_ref(key))
        .await?
        .into_iter()
        .find(|listed| key.is(listed))
        .ok_or(Problem::NotFound)?;
    let page = Page::of(Some(visitor));
    let seal = console.seal().await?;
    let session = visitor.session()?;
    let done = headers.and_then(|headers| read(headers, &seal, session, page.t));
    let was_done = done.is_some();
    let is_wrong = entered.wrong_to.is_some() || entered.wrong_text.is_some();
    let history = listed.history.iter().rev().map(|entry| line(&page, entry)).collect();
    let response = show(
        if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK },
        &ExceptionPage {
            done,
            row: Row::of(&page, &listed, console.clock.now()),
            mine: listed.assignee == Some(me(visitor)?),
            back: Filter { owner: Some(listed.owner), ..Filter::default() }.href(),
            history,
            to: entered.to,
            text: entered.text,
            wrong_to: entered.wrong_to,
            wrong_text: entered.wrong_text,
            page,
        },
    );
    Ok(if was_done { said(response) } else { response })
}

fn line(page: &Page, entry: &Entry) -> Line {
    let t = page.t;
    // Whom it was given to is said in the line itself.
    let note = entry.note.as_deref().filter(|_| entry.what != What::Assigned).map(|note| page.note(note));
    Line { at: When::exact(entry.at, &page.reads), what: said_what(t, entry), by: by(t, entry), note }
}

fn said_what(t: &Texts, entry: &Entry) -> String {
    let texts = t.exceptions;
    match (entry.what, &entry.note) {
        (What::Opened, _) => texts.said_opened.to_owned(),
        (What::Cleared, _) => texts.said_cleared.to_owned(),
        (What::Reopened, _) => texts.said_reopened.to_owned(),
        (What::Assigned, Some(name)) => fill(texts.said_assigned, &[("name", name)]),
        (What::Assigned, None) => texts.said_given_back.to_owned(),
        (What::Commented, _) => texts.said_commented.to_owned(),
        (What::Resolved, _) => texts.said_resolved.to_owned(),
    }
}

fn by(t: &Texts, entry: &Entry) -> String {
    entry.by.as_ref().map_or(t.exceptions.by_tallyman.to_owned(), |name| fill(t.exceptions.by, &[("name", name)]))
}
