//! What a test orders and asks about authorisation, under `/_sandbox/oauth`. Answers never hold a token.
//!
//! | route | body | does |
//! |---|---|---|
//! | `GET /_sandbox/oauth` | | settings, sellers, authorisations, and the books: `calls` for tokens, `consents` |
//! | `POST .../oauth/app` | any fields of [`Settings`], and `stage` (`test`, `online`) | changes the settings |
//! | `POST .../oauth/clock` | `{"ahead_s": 181}` | moves the time of codes and tokens; never the machine's |
//! | `POST .../oauth/revoke` | `{"seller": "seller-one"}`, or `{}` for everybody | the seller takes back what it gave |
//! | `POST .../oauth/expire` | `{"which": "access", "in_s": 0}`: `access`, `refresh`, `both`; also `seller` | ends tokens then |
//! | `POST .../oauth/reset` | | only the registered tokens are good again, the books are empty |
//!
//! The token calls go wrong by `/_sandbox/fault` like any other, as methods `/auth/token/create` and
//! `/auth/token/refresh`: down (`down`, or `html` with status 503), slow (`slow` with `delay_ms`), an error after the
//! effect (`status_after_effect` with status 500, or `error_after_effect`), half an answer (`cut`).

use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authority::{Authority, Grant};
use super::sellers;
use super::settings::{Settings, Stage};
use crate::clock;
use crate::state::Shared;

type Server = Extract<Arc<Shared>>;

/// The control routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sandbox/oauth", get(show))
        .route("/_sandbox/oauth/app", post(change))
        .route("/_sandbox/oauth/clock", post(set_clock))
        .route("/_sandbox/oauth/revoke", post(revoke))
        .route("/_sandbox/oauth/expire", post(expire))
        .route("/_sandbox/oauth/reset", post(reset))
}

async fn show(Extract(shared): Server) -> Json<Value> {
    Json(render(&shared.lock().oauth))
}

fn render(oauth: &Authority) -> Value {
    let now = oauth.time(clock::now());
    let sellers: Vec<Value> = sellers::of(oauth.platform)
        .iter()
        .map(|seller| json!({"id": seller.id, "user_id": seller.user_id, "account_platform": seller.platform}))
        .collect();
    let grants: Vec<Value> = oauth.grants.iter().map(|grant| show_grant(grant, now)).collect();
    json!({"now": now, "ahead_s": oauth.ahead_s, "settings": oauth.settings, "sellers": sellers,
           "authorisations": grants, "calls": oauth.calls, "consents": oauth.consents})
}

fn show_grant(grant: &Grant, now: Timestamp) -> Value {
    json!({
        "seller": grant.seller.id, "generation": grant.generation, "revoked": grant.revoked,
        "access_ends": grant.access_ends, "access_good": !grant.revoked && now < grant.access_ends,
        "refresh_ends": grant.refresh_ends,
        "refresh_good": !grant.revoked && grant.refresh_ends.is_some_and(|ends| now < ends),
    })
}

async fn change(Extract(shared): Server, Json(mut wanted): Json<Value>) -> Response {
    let mut state = shared.lock();
    let platform = state.platform;
    let mut settings = state.oauth.settings.clone();
    let Some(fields) = wanted.as_object_mut() else { return bad("an object is expected") };
    if let Some(stage) = fields.remove("stage") {
        match serde_json::from_value::<Stage>(stage) {
            Ok(stage) => settings.enter(platform, stage),
            Err(error) => return bad(error),
        }
    }
    let mut laid_over = match serde_json::to_value(&settings) {
        Ok(value) => value,
        Err(error) => return bad(error),
    };
    for (name, value) in fields {
        laid_over[name] = value.take();
    }
    match serde_json::from_value::<Settings>(laid_over) {
        Ok(settings) => state.oauth.settings = settings,
        Err(error) => return bad(error),
    }
    Json(json!(state.oauth.settings)).into_response()
}

fn bad(what: impl ToString) -> Response {
    (StatusCode::BAD_REQUEST, what.to_string()).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    ahead_s: i64,
}

async fn set_clock(Extract(shared): Server, Json(wanted): Json<Ahead>) -> Json<Value> {
    let mut state = shared.lock();
    state.oauth.ahead_s = wanted.ahead_s;
    Json(json!({"now": state.oauth.time(clock::now())}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    seller: Option<String>,
}

async fn revoke(Extract(shared): Server, Json(wanted): Json<Whose>) -> Json<Value> {
    let mut state = shared.lock();
    state.oauth.revoke(wanted.seller.as_deref());
    Json(render(&state.oauth))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Access,
    Refresh,
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expire {
    which: Which,
    seller: Option<String>,
    #[serde(default)]
    in_s: i64,
}

async fn expire(Extract(shared): Server, Json(wanted): Json<Expire>) -> Json<Value> {
    let mut state = shared.lock();
    let end = state.oauth.time(clock::now()) + clock::seconds(wanted.in_s);
    for grant in state.oauth.of(wanted.seller.as_deref()) {
        if wanted.which != Which::Refresh {
            grant.access_ends = end;
        }
        if wanted.which != Which::Access {
            grant.refresh_ends = grant.refresh_ends.map(|_| end);
        }
    }
    Json(render(&state.oauth))
}

async fn reset(Extract(shared): Server) -> Json<Value> {
    let mut state = shared.lock();
    state.oauth.reset(clock::now());
    Json(render(&state.oauth))
}
