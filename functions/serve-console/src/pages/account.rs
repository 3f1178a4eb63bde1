//! ShipStation's key and secret: checked with a real call before they are stored.

use super::{
    Page,
    connect::wrong_key,
    done::{Done, to_list},
    show,
};
use crate::{
    console::{Console, problem},
    fields::Fields,
    guard::Visitor,
    problem::Problem,
    random,
    texts::fill,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use std::sync::Arc;
use tallyman_app::{
    authorise::{AccountView, AuthoriseError, NewAccount},
    ports::Secret,
};
use tallyman_domain::AccountId;

/// What ShipStation V1 allows.
const CALLS_PER_MINUTE: u32 = 40;

#[derive(Default)]
struct Form {
    name: String,
    wrong: Option<&'static str>,
    wrong_name: Option<&'static str>,
    wrong_key: Option<&'static str>,
    wrong_secret: Option<&'static str>,
}

impl Form {
    fn is_wrong(&self) -> bool {
        [self.wrong, self.wrong_name, self.wrong_key, self.wrong_secret].iter().any(Option::is_some)
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    title: String,
    action: String,
    /// Its name can be chosen still.
    is_new: bool,
    form: Form,
}

fn form_page(visitor: &Visitor, known: Option<&AccountView>, form: Form) -> Response {
    let page = Page::of(Some(visitor));
    let t = page.t;
    let (title, action) = match known {
        None => (t.account_title.to_owned(), "/accounts/new".to_owned()),
        Some(known) => {
            let title = fill(t.account_keys_title, &[("name", known.account.as_str())]);
            (title, format!("/accounts/{}/keys", known.account))
        }
    };
    let status = if form.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show(status, &AccountPage { page, title, action, is_new: known.is_none(), form })
}

async fn known(console: &Console, name: &str) -> Result<Option<AccountView>, Problem> {
    let accounts = console.authorise().list().await.map_err(problem)?.accounts;
    Ok(accounts.into_iter().find(|account| account.account.as_str() == name))
}

pub(crate) async fn page(Extension(visitor): Extension<Visitor>) -> Response {
    form_page(&visitor, None, Form::default())
}

pub(crate) async fn add(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let name = fields.get("name").to_owned();
    let mut form = Form { name: name.clone(), ..Form::default() };
    let id = AccountId::parse(name.as_str());
    if id.is_err() {
        form.wrong_name = Some(visitor.t().wrong_name);
    } else if known(&console, &name).await?.is_some() {
        form.wrong_name = Some(visitor.t().wrong_name_taken);
    }
    match id {
        Ok(id) => connect(&console, &visitor, None, id, &fields, form).await,
        Err(_) => Ok(form_page(&visitor, None, form)),
    }
}

pub(crate) async fn keys_page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let known = known(&console, &name).await?.ok_or(Problem::NotFound)?;
    Ok(form_page(&visitor, Some(&known), Form::default()))
}

pub(crate) async fn change_keys(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let known = known(&console, &name).await?.ok_or(Problem::NotFound)?;
    let id = known.account.clone();
    connect(&console, &visitor, Some(&known), id, &fields, Form::default()).await
}

async fn connect(
    console: &Console,
    visitor: &Visitor,
    known: Option<&AccountView>,
    id: AccountId,
    fields: &Fields,
    mut form: Form,
) -> Result<Response, Problem> {
    let t = visitor.t();
    let (key, secret) = (fields.get("api_key"), fields.get("api_secret"));
    (form.wrong_key, form.wrong_secret) = (wrong_key(t, key), wrong_key(t, secret));
    if form.is_wrong() {
        return Ok(form_page(visitor, known, form));
    }
    let new = NewAccount {
        id,
        api_key: Secret::new(key),
        api_secret: Secret::new(secret),
        calls_per_minute: known.map_or(CALLS_PER_MINUTE, |known| known.calls_per_minute),
        webhook_secret: Secret::new(random::hex().map_err(|_| Problem::StoreDown)?),
    };
    match console.authorise().connect_account(&new).await {
        Ok(account) => {
            let session = visitor.session()?;
            tracing::info!(account = %account.id, by = session.subject, "a person stored the keys of an account");
            Ok(to_list(&console.seal().await?, session, Done::Account, account.id.as_str()))
        }
        Err(AuthoriseError::AccountRefused) => {
            form.wrong = Some(t.wrong_keys_refused);
            Ok(form_page(visitor, known, form))
        }
        Err(AuthoriseError::NoBudget | AuthoriseError::Call { .. }) => {
            form.wrong = Some(t.wrong_keys_down);
            Ok(form_page(visitor, known, form))
        }
        Err(error) => Err(problem(error)),
    }
}
