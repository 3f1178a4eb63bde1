//! `/authorize`: who is there, and may the client know?

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State as Extract};
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{StatusCode, header};

use crate::codes::Code;
use crate::request::{Fields, Pairs};
use crate::state::{Shared, SignIn, random};
use crate::{clock, page, users};

/// What of a request comes back with the form.
const CARRIED: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// Shows the sign-in page, if the request is right.
pub async fn ask(Extract(shared): Extract<Arc<Shared>>, Query(pairs): Query<Pairs>) -> Response {
    match check(&shared, pairs) {
        Ok(fields) => {
            let hidden: Vec<_> = CARRIED.iter().filter_map(|name| Some((*name, fields.given(name)?))).collect();
            page::sign_in(&hidden)
        }
        Err(refused) => refused.response(),
    }
}

/// Takes the form. It is not believed: everything is checked again.
pub async fn answer(Extract(shared): Extract<Arc<Shared>>, Form(pairs): Form<Pairs>) -> Response {
    let fields = match check(&shared, pairs) {
        Ok(fields) => fields,
        Err(refused) => return refused.response(),
    };
    if fields.given("cancel").is_some() {
        return Refused::toward(&fields, "access_denied").response();
    }
    let Some(user) = fields.given("user").and_then(users::find) else { return page::error("There is no such user.") };
    let Some(value) = random() else { return Refused::toward(&fields, "server_error").response() };
    let now = clock::now();
    let mut state = shared.lock();
    let redirect_uri = fields.given("redirect_uri").unwrap_or_default().to_owned();
    let code = Code {
        user,
        redirect_uri: redirect_uri.clone(),
        nonce: fields.given("nonce").map(str::to_owned),
        challenge: fields.given("code_challenge").unwrap_or_default().to_owned(),
        ends: clock::after(now, state.code_life_s),
    };
    state.codes.put(value.clone(), code);
    state.books.sign_ins.push(SignIn { at: now, user: user.id });
    lead_back(&redirect_uri, ("code", &value), fields.given("state"))
}

/// A request that is refused: by a page while it isn't sure where to go, by a redirect after that.
enum Refused {
    Page(&'static str),
    Redirect { to: String, error: &'static str, state: Option<String> },
}

impl Refused {
    fn toward(fields: &Fields, error: &'static str) -> Self {
        let to = fields.given("redirect_uri").unwrap_or_default().to_owned();
        Self::Redirect { to, error, state: fields.given("state").map(str::to_owned) }
    }

    fn response(self) -> Response {
        match self {
            Self::Page(message) => page::error(message),
            Self::Redirect { to, error, state } => lead_back(&to, ("error", error), state.as_deref()),
        }
    }
}

fn check(shared: &Shared, pairs: Pairs) -> Result<Fields, Refused> {
    let fields = Fields::read(pairs).map_err(|_| Refused::Page("A parameter was given twice."))?;
    if fields.given("client_id") != Some(&shared.config.client_id) {
        return Err(Refused::Page("There is no such client."));
    }
    let registered = |uri: &str| shared.lock().redirect_uris.iter().any(|known| known == uri);
    if !fields.given("redirect_uri").is_some_and(registered) {
        return Err(Refused::Page("The redirect_uri is not the client's."));
    }
    if fields.given("response_type") != Some("code") {
        return Err(Refused::toward(&fields, "unsupported_response_type"));
    }
    if !fields.given("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid")) {
        return Err(Refused::toward(&fields, "invalid_scope"));
    }
    // A challenge is a SHA-256, base64url without padding.
    let is_challenge = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    let proven = fields.given("code_challenge").is_some_and(is_challenge);
    if !proven || fields.given("code_challenge_method") != Some("S256") {
        return Err(Refused::toward(&fields, "invalid_request"));
    }
    Ok(fields)
}

fn lead_back(to: &str, (name, value): (&str, &str), state: Option<&str>) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair(name, value);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let separator = if to.contains('?') { '&' } else { '?' };
    let target = format!("{to}{separator}{}", query.finish());
    (StatusCode::FOUND, [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response()
}
