//! Choosing language and time zone.

use super::{Page, done::with_cookie, ours, show};
use crate::{
    fields::Fields,
    guard::Visitor,
    preferences::{Preferences, zone, zones},
    problem::Problem,
    texts::Language,
};
use askama::Template;
use axum::{
    Extension,
    extract::RawQuery,
    response::{IntoResponse as _, Redirect, Response},
};
use http::StatusCode;

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage {
    page: Page,
    next: String,
    zone: String,
    zones: Vec<String>,
    wrong_zone: Option<&'static str>,
}

fn form(visitor: &Visitor, next: String, zone: String, wrong_zone: Option<&'static str>) -> Response {
    let status = if wrong_zone.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show(status, &PreferencesPage { page: Page::of(Some(visitor)), next, zone, zones: zones(), wrong_zone })
}

pub(crate) async fn page(Extension(visitor): Extension<Visitor>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let next = ours(Fields::read(raw.unwrap_or_default().as_bytes())?.get("next"));
    let zone = visitor.reads.zone_name().to_owned();
    Ok(form(&visitor, next, zone, None))
}

/// Keeps what was chosen; what a form doesn't ask for stays as it is.
pub(crate) async fn save(Extension(visitor): Extension<Visitor>, Extension(fields): Extension<Fields>) -> Response {
    let language = Language::from_tag(fields.get("language")).unwrap_or(visitor.reads.language);
    let (name, next) = (fields.get("zone"), ours(fields.get("next")));
    let chosen = if name.is_empty() { Some(visitor.reads.zone.clone()) } else { zone(name) };
    let Some(zone) = chosen else {
        return form(&visitor, next, name.to_owned(), Some(visitor.t().wrong_zone));
    };
    let to = if next.is_empty() { "/preferences" } else { next.as_str() };
    with_cookie(Redirect::to(to).into_response(), Preferences { language, zone }.cookie())
}
