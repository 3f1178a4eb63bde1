//! The way back from a marketplace's consent page.

use super::{connection::finished, done::Done};
use crate::{
    console::{Console, problem, store},
    fields::Fields,
    guard::Visitor,
    problem::{Malformed, Problem},
};
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use std::sync::Arc;
use tallyman_app::ports::Secret;

/// No code that was ever seen is near this.
const CODE_CHARS_MAX: usize = 512;

pub(crate) async fn callback(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let answer = Fields::read(raw.unwrap_or_default().as_bytes())?;
    let (session, now) = (visitor.session()?, console.clock.now());
    // Taken before anything else: whatever happens next, this state and its code are never used again.
    let taken = console.consents.take_consent(answer.get("state"), &session.id, now).await.map_err(store)?;
    let consent = taken.ok_or(Problem::ConsentUnknown)?;
    let (id, code, refused) = (&consent.connection, answer.get("code"), answer.get("error"));
    if !refused.is_empty() || code.is_empty() {
        let permission = refused.to_ascii_lowercase().contains("permission");
        tracing::warn!(connection = %id, permission, "no consent was given");
        return Err(if permission { Problem::NoPermission } else { Problem::ConsentRefused });
    }
    if code.len() > CODE_CHARS_MAX {
        return Err(Problem::BadRequest(Malformed::LongCode));
    }
    let granted = console.authorise().finish(id, &Secret::new(code), Some(consent.length)).await;
    granted.map_err(problem)?;
    finished(&console, &visitor, Done::Connected, id).await
}
