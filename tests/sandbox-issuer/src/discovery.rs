//! Where everything is, and the keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use serde_json::{Value, json};

use crate::keys::Key;
use crate::state::Shared;

/// `/.well-known/openid-configuration`
pub async fn configuration(Extract(shared): Extract<Arc<Shared>>) -> Json<Value> {
    let issuer = &shared.issuer;
    let ways = if shared.config.client_secret.is_some() {
        json!(["client_secret_basic", "client_secret_post"])
    } else {
        json!(["none"])
    };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "email", "cognito:groups"],
    }))
}

/// `/.well-known/jwks.json`
pub async fn keys(Extract(shared): Extract<Arc<Shared>>) -> Json<Value> {
    let keys: Vec<Value> = shared.lock().published.iter().map(Key::jwk).collect();
    Json(json!({ "keys": keys }))
}
