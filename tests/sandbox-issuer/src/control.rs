//! What a test orders and asks, under `/_sandbox/`.
//!
//! | route | body | does |
//! |---|---|---|
//! | `GET /_sandbox/books` | | `sign_ins` and `exchanges`, without tokens |
//! | `POST /_sandbox/trick` | `{"trick": "wrong_nonce", "count": 1}`; `{"trick": null}` ends it | spoils the next tokens, see [`Trick`] |
//! | `POST /_sandbox/client` | any of `redirect_uris`, `logout_uris` | replaces the registered addresses |
//! | `POST /_sandbox/codes` | `{"life_s": 0}` | life of codes given out from now on |
//! | `POST /_sandbox/down` | `{"down": true}` | `/token` answers 503 |
//! | `POST /_sandbox/rotate` | | signs with a new key from now on; the old one stays published |

use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::keys::Key;
use crate::mint::Trick;
use crate::state::Shared;

type Server = Extract<Arc<Shared>>;

/// The control routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sandbox/books", get(books))
        .route("/_sandbox/trick", post(trick))
        .route("/_sandbox/client", post(client))
        .route("/_sandbox/codes", post(codes))
        .route("/_sandbox/down", post(down))
        .route("/_sandbox/rotate", post(rotate))
}

async fn books(Extract(shared): Server) -> Json<Value> {
    Json(json!(shared.lock().books))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    trick: Option<Trick>,
    #[serde(default = "one")]
    count: u32,
}

const fn one() -> u32 {
    1
}

async fn trick(Extract(shared): Server, Json(order): Json<Order>) -> Json<Value> {
    shared.lock().trick = order.trick.filter(|_| order.count > 0).map(|trick| (trick, order.count));
    Json(json!({"trick": order.trick, "count": order.count}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Addresses {
    redirect_uris: Option<Vec<String>>,
    logout_uris: Option<Vec<String>>,
}

async fn client(Extract(shared): Server, Json(wanted): Json<Addresses>) -> Json<Value> {
    let mut state = shared.lock();
    if let Some(uris) = wanted.redirect_uris {
        state.redirect_uris = uris;
    }
    if let Some(uris) = wanted.logout_uris {
        state.logout_uris = uris;
    }
    Json(json!({"redirect_uris": state.redirect_uris, "logout_uris": state.logout_uris}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeLife {
    life_s: i64,
}

async fn codes(Extract(shared): Server, Json(wanted): Json<CodeLife>) -> Json<Value> {
    shared.lock().code_life_s = wanted.life_s;
    Json(json!({"life_s": wanted.life_s}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Down {
    down: bool,
}

async fn down(Extract(shared): Server, Json(wanted): Json<Down>) -> Json<Value> {
    shared.lock().down = wanted.down;
    Json(json!({"down": wanted.down}))
}

async fn rotate(Extract(shared): Server) -> Response {
    let mut state = shared.lock();
    let next = format!("sandbox-{}", state.published.len() + 2);
    match Key::generate(&next) {
        Ok(fresh) => {
            let now_signing = std::mem::replace(&mut state.hidden, fresh);
            let kid = now_signing.kid.clone();
            state.published.push(now_signing);
            Json(json!({ "kid": kid })).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
