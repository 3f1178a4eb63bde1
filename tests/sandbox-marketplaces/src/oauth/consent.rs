//! `/oauth/authorize`: the seller agrees or refuses.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State as Extract};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use reqwest::Url;

use super::authority::Consent;
use super::{page, sellers};
use crate::clock;
use crate::platform::Platform;
use crate::state::Shared;

type Pairs = Vec<(String, String)>;

/// What of a request comes back with the form.
const CARRIED: [&str; 4] = ["response_type", "client_id", "redirect_uri", "state"];

/// Shows the page, if the request is right.
pub async fn ask(Extract(shared): Extract<Arc<Shared>>, Query(pairs): Query<Pairs>) -> Response {
    match check(&shared, pairs) {
        Ok(asked) => {
            let hidden: Vec<_> = CARRIED.iter().filter_map(|name| Some((*name, asked.get(*name)?.as_str()))).collect();
            page::consent(shared.platform, &hidden)
        }
        Err((code, message)) => page::error(shared.platform, code, &message),
    }
}

/// Takes the seller's answer. The form is not believed: everything is checked again.
pub async fn answer(Extract(shared): Extract<Arc<Shared>>, Form(pairs): Form<Pairs>) -> Response {
    let asked = match check(&shared, pairs) {
        Ok(asked) => asked,
        Err((code, message)) => return page::error(shared.platform, code, &message),
    };
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let Some(seller) = sellers::find(shared.platform, text("seller")) else {
        return page::error(shared.platform, "LoginRequired", "Please sign in");
    };
    let granted = asked.contains_key("grant") && !asked.contains_key("refuse");
    let months = text("months").parse().ok().filter(|_| shared.platform == Platform::Alibaba);
    let mut state = shared.lock();
    let now = state.oauth.time(clock::now());
    state.oauth.consents.push(Consent { at: now, seller: seller.id, granted });
    let outcome =
        if granted { ("code", state.oauth.agree(seller, months, now)) } else { ("error", "access_denied".to_owned()) };
    drop(state);
    lead_back(text("redirect_uri"), outcome, asked.get("state"))
}

/// Everything a request must be. There is no redirect from here: an address that isn't the app's is never gone to.
fn check(shared: &Shared, pairs: Pairs) -> Result<BTreeMap<String, String>, (&'static str, String)> {
    let refuse = |code, message: &str| (code, message.to_owned());
    let mut asked = BTreeMap::new();
    for (name, value) in pairs {
        if asked.insert(name.clone(), value).is_some() {
            return Err(refuse("InvalidParameter", &format!("{name} was given twice")));
        }
    }
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if text("response_type") != "code" {
        return Err(refuse("UnsupportedResponseType", "response_type must be code"));
    }
    if text("client_id") != shared.platform.credentials().app_key {
        return Err(refuse("InvalidAppkey", "The app key is not valid"));
    }
    let redirect_uri = text("redirect_uri");
    if redirect_uri.is_empty() {
        return Err(refuse("MissingParameter", "The mandatory parameter redirect_uri is missing"));
    }
    if !shared.lock().oauth.settings.redirect_uris.iter().any(|registered| registered == redirect_uri) {
        return Err(refuse("InvalidRedirectUri", "The redirect_uri is not the app's callback URL"));
    }
    Ok(asked)
}

fn lead_back(redirect_uri: &str, (name, value): (&str, String), state: Option<&String>) -> Response {
    // Only the query is put together: the registered address stays as it is, to the letter.
    let Ok(mut query) = Url::parse("http://query.invalid/") else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    query.query_pairs_mut().append_pair(name, &value);
    if let Some(state) = state {
        query.query_pairs_mut().append_pair("state", state);
    }
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let target = format!("{redirect_uri}{separator}{}", query.query().unwrap_or_default());
    (StatusCode::FOUND, [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response()
}
