//! `/logout`: nobody stays signed in here, so there is only the way back to find. Takes Cognito's `logout_uri` and
//! OpenID Connect's `post_logout_redirect_uri`.

use std::sync::Arc;

use axum::extract::{Query, State as Extract};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::page;
use crate::request::{Fields, Pairs};
use crate::state::Shared;

/// Leads back to a registered address, or says that it is over.
pub async fn leave(Extract(shared): Extract<Arc<Shared>>, Query(pairs): Query<Pairs>) -> Response {
    let Ok(fields) = Fields::read(pairs) else { return page::error("A parameter was given twice.") };
    let Some(target) = fields.given("logout_uri").or_else(|| fields.given("post_logout_redirect_uri")) else {
        return page::signed_out();
    };
    if fields.given("client_id").is_some_and(|id| id != shared.config.client_id) {
        return page::error("There is no such client.");
    }
    if !shared.lock().logout_uris.iter().any(|known| known == target) {
        return page::error("The logout address is not the client's.");
    }
    (StatusCode::FOUND, [(header::LOCATION, target.to_owned())]).into_response()
}
