//! `/rest/auth/token/create` and `/rest/auth/token/refresh`.

use std::sync::Arc;

use axum::extract::{Request, State as Extract};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::authority::{Grant, TokenCall};
use super::wire;
use crate::call::Call;
use crate::faults::Fault;
use crate::refusal::Refusal;
use crate::state::{Shared, State};
use crate::{clock, gateway};

/// A code for a pair of tokens.
pub async fn create(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    call(&shared, "create", request).await
}

/// A refresh token for a new pair.
pub async fn refresh(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    call(&shared, "refresh", request).await
}

async fn call(shared: &Shared, kind: &'static str, request: Request) -> Response {
    let params = match Call::read(request).await {
        Ok((params, _)) => params,
        Err(answer) => return answer,
    };
    let method = format!("/auth/token/{kind}");
    let call = Call { prefix: method.clone(), method, params, file: None };
    let at = clock::now();
    let admitted = shared.lock().admit_app(&call, at);
    let fault = match admitted {
        Ok(fault) => fault,
        Err(refusal) => return gateway::json_answer(&refuse(&mut shared.lock(), kind, &call, refusal, at)),
    };
    if let Some(answer) = fault.as_ref().and_then(|fault| gateway::instead_of_effect(shared, &call, fault)) {
        let mut state = shared.lock();
        note(&mut state, kind, at, &Err("fault".to_owned()), fault.as_ref());
        return answer;
    }
    let body = exchange(&mut shared.lock(), kind, &call, at, fault.as_ref());
    match fault {
        Some(fault) => gateway::after_effect(shared, &call, &fault, body).await,
        None => gateway::json_answer(&body),
    }
}

fn exchange(state: &mut State, kind: &'static str, call: &Call, at: Timestamp, fault: Option<&Fault>) -> Value {
    let now = state.oauth.time(at);
    let outcome = match kind {
        "create" => create_pair(state, call, now),
        _ => call.required("refresh_token").and_then(|token| state.oauth.refresh(token, now)),
    };
    match outcome {
        Ok(grant) => {
            let left_out = kind == "refresh" && state.oauth.settings.refresh_token_left_out;
            let request_id = state.request_id();
            let body = wire::render(state.platform, &grant, now, left_out, &request_id);
            note(state, kind, at, &Ok(grant), fault);
            body
        }
        Err(refusal) => refuse(state, kind, call, refusal, at),
    }
}

fn create_pair(state: &mut State, call: &Call, now: Timestamp) -> Result<Grant, Refusal> {
    let code = call.required("code")?;
    // Written in the documents' lists of parameters, and refused by the service.
    if call.given("uuid").is_some() {
        return Err(Refusal::caller("InvalidCode", "Invalid authorization code"));
    }
    state.oauth.create(code, now)
}

fn refuse(state: &mut State, kind: &'static str, call: &Call, refusal: Refusal, at: Timestamp) -> Value {
    state.note_refusal(&call.method, &refusal, at);
    note(state, kind, at, &Err(refusal.code_and_message().0.to_owned()), None);
    state.render(call, Err(refusal))
}

fn note(state: &mut State, call: &'static str, at: Timestamp, outcome: &Result<Grant, String>, fault: Option<&Fault>) {
    let at = state.oauth.time(at);
    let entry = TokenCall {
        at,
        call,
        seller: outcome.as_ref().ok().map(|grant| grant.seller.id),
        answer: outcome.as_ref().map_or_else(Clone::clone, |_| "0".to_owned()),
        generation: outcome.as_ref().ok().map(|grant| grant.generation),
        fault: fault.map(|fault| fault.kind.name().to_owned()),
    };
    state.oauth.calls.push(entry);
}
