//! `/token`: a code for tokens.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::clock;
use crate::mint::{LIFE_S, Press, Trick};
use crate::request::Fields;
use crate::state::{Exchange, Shared, State, random};
use crate::users::User;

/// Why there are no tokens.
#[derive(Debug, Clone, Copy)]
struct Refused {
    status: StatusCode,
    /// RFC 6749 5.2.
    error: &'static str,
    /// For the books only.
    why: &'static str,
}

const fn bad(error: &'static str, why: &'static str) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, error, why }
}

/// Takes the form.
pub async fn exchange(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = shared.lock();
    if state.down {
        return (StatusCode::SERVICE_UNAVAILABLE, "try again later").into_response();
    }
    let outcome = tokens(&shared, &mut state, &headers, &body);
    let (user, answer, trick) = match &outcome {
        Ok((_, user, trick)) => (Some(user.id), "ok", *trick),
        Err(refused) => (None, refused.why, None),
    };
    state.books.exchanges.push(Exchange { at: clock::now(), user, answer: answer.to_owned(), trick });
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    match outcome {
        Ok((answer, ..)) => (no_store, Json(answer)).into_response(),
        Err(refused) => (refused.status, no_store, Json(json!({"error": refused.error}))).into_response(),
    }
}

type Granted = (Value, &'static User, Option<Trick>);

fn tokens(shared: &Shared, state: &mut State, headers: &HeaderMap, body: &[u8]) -> Result<Granted, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(bad("invalid_request", "not a form"));
    }
    let fields = Fields::read(url::form_urlencoded::parse(body).into_owned().collect())
        .map_err(|_| bad("invalid_request", "a parameter was given twice"))?;
    check_client(shared, headers, &fields)?;
    let field = |name, why| fields.given(name).ok_or(bad("invalid_request", why));
    if field("grant_type", "no grant_type")? != "authorization_code" {
        return Err(bad("unsupported_grant_type", "another grant_type"));
    }
    let value = field("code", "no code")?;
    let redirect_uri = field("redirect_uri", "no redirect_uri")?;
    let verifier = field("code_verifier", "no code_verifier")?;
    let now = clock::now();
    let code = state.codes.take(value, redirect_uri, verifier, now).map_err(|why| bad("invalid_grant", why))?;
    let trick = next_trick(state);
    let server_error =
        Refused { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error", why: "no key, or no randomness" };
    let press = Press {
        issuer: &shared.issuer,
        client_id: &shared.config.client_id,
        key: state.published.last().ok_or(server_error)?,
        hidden: &state.hidden,
    };
    let id_token = press.token(&code, now, trick).map_err(|_| server_error)?;
    let access_token = random().ok_or(server_error)?;
    let answer =
        json!({"access_token": access_token, "id_token": id_token, "token_type": "Bearer", "expires_in": LIFE_S});
    Ok((answer, code.user, trick))
}

/// With a secret: by `Authorization: Basic` or in the form, in one way only. Without: the id in the form.
fn check_client(shared: &Shared, headers: &HeaderMap, fields: &Fields) -> Result<(), Refused> {
    let wrong = |why| Refused { status: StatusCode::UNAUTHORIZED, error: "invalid_client", why };
    let basic = headers.get(header::AUTHORIZATION).map(|value| read_basic(value.to_str().unwrap_or_default()));
    let (id, secret) = match (basic, fields.given("client_secret")) {
        (Some(_), Some(_)) => return Err(bad("invalid_request", "two ways of authentication")),
        (Some(basic), None) => basic.ok_or(wrong("unreadable Authorization"))?,
        (None, secret) => (fields.given("client_id").unwrap_or_default().to_owned(), secret.map(str::to_owned)),
    };
    if id != shared.config.client_id || fields.given("client_id").is_some_and(|given| given != id) {
        return Err(wrong("wrong client_id"));
    }
    match (&shared.config.client_secret, secret) {
        (None, None) => Ok(()),
        (Some(known), Some(given)) if bool::from(known.as_bytes().ct_eq(given.as_bytes())) => Ok(()),
        _ => Err(wrong("wrong client secret")),
    }
}

/// Id and secret, each form-encoded before they were joined (RFC 6749 2.3.1).
fn read_basic(value: &str) -> Option<(String, Option<String>)> {
    let decoded = BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        let pair = format!("v={part}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, Some(decode(secret)?)))
}

fn next_trick(state: &mut State) -> Option<Trick> {
    let (trick, left) = state.trick?;
    state.trick = (left > 1).then(|| (trick, left - 1));
    Some(trick)
}
