//! Taking a change of settings back, after a question that shows what it does.

use super::{
    live, problem,
    told::{Line, lines},
    use_case,
};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        connection::id,
        done::{Done, noted},
        exceptions::me,
        ok,
    },
    problem::Problem,
    texts::fill,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use std::sync::Arc;
use tallyman_app::settings::{Codes, Wanted, seen};
use tallyman_domain::settings::difference::differences;

#[derive(Template)]
#[template(path = "settings_undo.html")]
struct UndoPage {
    page: Page,
    title: String,
    action: String,
    back: String,
    number: u64,
    seen: String,
    lines: Vec<Line>,
}

fn number(fields: &Fields) -> Result<u64, Problem> {
    fields.get("number").parse().map_err(|_| Problem::NotFound)
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let (id, number) = (id(name)?, number(&Fields::read(raw.unwrap_or_default().as_bytes())?)?);
    let (now, change) = use_case(&console).before(&id, number).await.map_err(problem)?;
    let page = Page::of(Some(&visitor));
    let values = [("number", &*number.to_string()), ("name", id.as_str())];
    Ok(ok(&UndoPage {
        title: fill(page.t.settings.undo_title, &values),
        action: format!("/connections/{id}/settings/undo"),
        back: format!("/connections/{id}/settings"),
        number,
        seen: seen(&now.settings),
        lines: lines(page.t, &differences(&now.settings, &change.before)),
        page,
    }))
}

pub(crate) async fn perform(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let (id, number, by) = (id(name)?, number(&fields)?, me(&visitor)?);
    let wanted = Wanted { connection: &id, seen: Some(fields.get("seen")), by: &by };
    let choices = use_case(&console);
    let connection = choices.connection(&id).await.map_err(problem)?;
    let (_, taken_back) = choices.before(&id, number).await.map_err(problem)?;
    // Rows that stay as they are need nobody's list.
    let same = taken_back.before.carriers == connection.settings.carriers;
    let live = if same { None } else { live(&console, &connection).await? };
    let codes = live.as_deref().map_or(Codes::NotKnown, Codes::Listed);
    let change = choices.undo(wanted, number, codes).await.map_err(problem)?;
    let (session, done) = (visitor.session()?, change.map_or(Done::SameSettings, |_| Done::Undone));
    tracing::info!(connection = %id, by = session.subject, number, "a person took back a change of settings");
    Ok(noted(&format!("/connections/{id}/settings"), &console.seal().await?, session, done, id.as_str()))
}
