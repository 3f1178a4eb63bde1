//! Signing in and out.

use super::{Page, done::with_cookie, ok, ours};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    oidc::{SIGN_IN_TIME_MAX, SignIn, SignInError},
    problem::Problem,
    session::{SESSION, Session, cookie_of, forget_cookie, set_cookie},
};
use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use tallyman_runtime::telemetry::chain;

const COOKIE: &str = "__Host-tallyman-sign-in";
const CALLBACK: &str = "/sign-in/callback";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    start: String,
    signed_out: bool,
}

fn query(query: Option<String>) -> Result<Fields, Problem> {
    Fields::read(query.unwrap_or_default().as_bytes())
}

pub(crate) async fn page(Extension(visitor): Extension<Visitor>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let next = ours(query(raw)?.get("next"));
    let start = format!("/sign-in/start?next={}", utf8_percent_encode(&next, NON_ALPHANUMERIC));
    Ok(ok(&SignInPage { page: Page::before(&visitor.reads), start, signed_out: false }))
}

pub(crate) async fn signed_out(Extension(visitor): Extension<Visitor>) -> Response {
    ok(&SignInPage { page: Page::before(&visitor.reads), start: "/sign-in/start".to_owned(), signed_out: true })
}

pub(crate) async fn start(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let next = ours(query(raw)?.get("next"));
    let (seal, registration) = (console.seal().await?, console.registration().await?);
    let started = console.oidc.start(&registration, &visitor.url(CALLBACK), next).await;
    let (to, sign_in) = started.map_err(problem)?;
    let cookie = set_cookie(COOKIE, seal.close(COOKIE, &sign_in), SIGN_IN_TIME_MAX);
    Ok(with_cookie(Redirect::to(to.as_str()).into_response(), cookie))
}

pub(crate) async fn callback(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let finished = finish(&console, &visitor, raw, &headers).await;
    let response = finished.unwrap_or_else(Problem::into_response);
    // Whatever became of it: what was begun can't be finished a second time.
    with_cookie(response, forget_cookie(COOKIE))
}

async fn finish(
    console: &Console,
    visitor: &Visitor,
    raw: Option<String>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (answer, seal) = (query(raw)?, console.seal().await?);
    let begun: SignIn = cookie_of(headers, COOKIE).and_then(|sealed| seal.open(COOKIE, sealed)).ok_or_else(|| {
        tracing::warn!("somebody came back from the issuer whom this browser never sent there");
        Problem::SignInFailed
    })?;
    let now = console.clock.now();
    let ours = bool::from(begun.state.as_bytes().ct_eq(answer.get("state").as_bytes()));
    if !ours || now.duration_since(begun.since).abs() > SIGN_IN_TIME_MAX || answer.get("code").is_empty() {
        // The issuer's words for an error are its own; only whether there were any is said.
        tracing::warn!(state = ours, refused = !answer.get("error").is_empty(), "the issuer's answer is not taken");
        return Err(Problem::SignInFailed);
    }
    let registration = console.registration().await?;
    let code = answer.get("code").to_owned();
    let person = console.oidc.finish(&registration, &visitor.url(CALLBACK), code, &begun).await.map_err(problem)?;
    let Some(role) = console.role(&person.groups) else {
        tracing::warn!(subject = person.subject, "somebody of no group of ours signed in");
        return Err(Problem::NoGroup);
    };
    tracing::info!(subject = person.subject, ?role, "somebody signed in");
    let session = Session::begin(person.subject, person.name, role, now).map_err(|_| Problem::StoreDown)?;
    let to = if begun.next.is_empty() { "/" } else { begun.next.as_str() };
    Ok(with_cookie(Redirect::to(to).into_response(), session.cookie(&seal)))
}

pub(crate) async fn sign_out() -> Response {
    with_cookie(Redirect::to("/signed-out").into_response(), forget_cookie(SESSION))
}

fn problem(error: SignInError) -> Problem {
    tracing::warn!(error = chain(&error), "nobody signed in");
    match error {
        SignInError::Settings(_) => Problem::NotSetUp("OidcIssuer"),
        SignInError::Discovery(_) => Problem::IssuerDown,
        SignInError::Exchange(_) | SignInError::Token(_) | SignInError::BadToken(_) => Problem::SignInFailed,
        SignInError::Random(_) => Problem::StoreDown,
    }
}
