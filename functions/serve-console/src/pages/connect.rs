//! Sending a person to a marketplace's consent page: for a new connection, or for one that has to be renewed.

use super::{
    Page,
    connection::{id, view},
    show,
};
use crate::{
    console::{Console, problem, store},
    fields::Fields,
    guard::Visitor,
    problem::Problem,
    random,
    texts::{Texts, fill},
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::StatusCode;
use std::sync::Arc;
use tallyman_app::{
    authorise::{AuthoriseError, NewConnection},
    ports::{AppKey, Consent, Secret},
};
use tallyman_domain::{AccountId, ConnectionId, Length, MarketplaceKind, Settings};

/// The address that a marketplace sends people back to: exactly what is registered with the app.
pub(crate) const CALLBACK: &str = "/connect/callback";
/// No marketplace's key is near this.
const KEY_CHARS_MAX: usize = 200;

/// What was entered, and what is wrong with it. An app secret is never sent back to the browser.
#[derive(Default)]
struct Form {
    name: String,
    app_key: String,
    account: String,
    months: String,
    wrong_name: Option<&'static str>,
    wrong_app_key: Option<&'static str>,
    wrong_app_secret: Option<&'static str>,
    wrong_account: Option<&'static str>,
    wrong_length: Option<&'static str>,
}

impl Form {
    fn is_wrong(&self) -> bool {
        let wrong = [self.wrong_name, self.wrong_app_key, self.wrong_app_secret, self.wrong_account, self.wrong_length];
        wrong.iter().any(Option::is_some)
    }
}

#[derive(Template)]
#[template(path = "connect.html")]
struct ConnectPage {
    page: Page,
    title: String,
    lead: String,
    callback: String,
    action: String,
    go: String,
    length_hint: String,
    accounts: Vec<String>,
    form: Form,
}

#[derive(Template)]
#[template(path = "reconnect.html")]
struct ReconnectPage {
    page: Page,
    title: String,
    lead: String,
    callback: String,
    expected: Option<String>,
    action: String,
    go: String,
    length_hint: String,
    form: Form,
}

fn kind(path: &str) -> Result<MarketplaceKind, Problem> {
    match path {
        "aliexpress" => Ok(MarketplaceKind::AliExpress),
        "alibaba" => Ok(MarketplaceKind::Alibaba),
        _ => Err(Problem::NotFound),
    }
}

fn length(t: &Texts, months: &str) -> Result<Length, &'static str> {
    let months: u8 = months.parse().map_err(|_| t.wrong_length)?;
    Length::try_from(months).map_err(|_| t.wrong_length)
}

/// What is wrong with a key or secret.
pub(crate) fn wrong_key(t: &Texts, key: &str) -> Option<&'static str> {
    if key.is_empty() {
        Some(t.wrong_empty)
    } else {
        (key.chars().count() > KEY_CHARS_MAX || !key.chars().all(|c| c.is_ascii_graphic())).then_some(t.wrong_long)
    }
}

async fn form_page(
    console: &Console,
    visitor: &Visitor,
    marketplace: MarketplaceKind,
    path: &str,
    form: Form,
) -> Result<Response, Problem> {
    let accounts = console.authorise().list().await.map_err(problem)?.accounts;
    let page = Page::of(Some(visitor));
    let (t, of) = (page.t, [("marketplace", marketplace.title())]);
    let status = if form.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(show(
        status,
        &ConnectPage {
            title: fill(t.connect_title, &of),
            lead: fill(t.connect_lead, &of),
            callback: visitor.url(CALLBACK),
            action: format!("/connect/{path}"),
            go: fill(t.connect_go, &of),
            length_hint: fill(t.length_hint, &of),
            accounts: accounts.into_iter().map(|account| account.account.to_string()).collect(),
            form,
            page,
        },
    ))
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let form = Form { months: "3".to_owned(), ..Form::default() };
    form_page(&console, &visitor, kind(&path)?, &path, form).await
}

pub(crate) async fn begin(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let (marketplace, t) = (kind(&path)?, visitor.t());
    let app_secret = fields.get("app_secret");
    let mut form = Form {
        name: fields.get("name").to_owned(),
        app_key: fields.get("app_key").to_owned(),
        account: fields.get("account").to_owned(),
        months: fields.get("months").to_owned(),
        ..Form::default()
    };
    let name = ConnectionId::parse(form.name.as_str()).map_err(|_| t.wrong_name);
    let account = AccountId::parse(form.account.as_str()).map_err(|_| t.wrong_account);
    let length = length(t, &form.months);
    form.wrong_app_key = wrong_key(t, &form.app_key);
    form.wrong_app_secret = wrong_key(t, app_secret);
    (form.wrong_name, form.wrong_account) = (name.as_ref().err().copied(), account.as_ref().err().copied());
    form.wrong_length = length.as_ref().err().copied();
    let (Ok(name), Ok(account), Ok(length), false) = (name, account, length, form.is_wrong()) else {
        return form_page(&console, &visitor, marketplace, &path, form).await;
    };
    let new = NewConnection {
        id: name.clone(),
        marketplace,
        account,
        app: AppKey { key: form.app_key.clone(), secret: Secret::new(app_secret) },
        settings: Settings::default(),
        paused: false,
    };
    match console.authorise().prepare(new).await {
        Ok(()) => to_consent(&console, &visitor, &name, length).await,
        Err(AuthoriseError::Taken { .. }) => {
            form.wrong_name = Some(t.wrong_name_taken);
            form_page(&console, &visitor, marketplace, &path, form).await
        }
        Err(AuthoriseError::UnknownAccount { .. }) => {
            form.wrong_account = Some(t.wrong_account);
            form_page(&console, &visitor, marketplace, &path, form).await
        }
        Err(error) => Err(problem(error)),
    }
}

async fn reconnect_form(
    console: &Console,
    visitor: &Visitor,
    id: &ConnectionId,
    form: Form,
) -> Result<Response, Problem> {
    let view = view(console, id).await?;
    let page = Page::of(Some(visitor));
    let (t, of) = (page.t, [("marketplace", view.marketplace.title()), ("name", id.as_str())]);
    let status = if form.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let seller = super::list::seller(&view);
    Ok(show(
        status,
        &ReconnectPage {
            title: fill(t.reconnect_title, &of),
            lead: fill(t.reconnect_lead, &of),
            callback: visitor.url(CALLBACK),
            expected: seller.map(|seller| fill(t.reconnect_expected, &[("seller", &seller)])),
            action: format!("/connections/{id}/reconnect"),
            go: fill(t.connect_go, &of),
            length_hint: fill(t.length_hint, &of),
            form: if form.months.is_empty() {
                Form { months: view.length.map_or(3, Length::months).to_string(), ..form }
            } else {
                form
            },
            page,
        },
    ))
}

pub(crate) async fn reconnect_page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    reconnect_form(&console, &visitor, &id(name)?, Form::default()).await
}

pub(crate) async fn reconnect(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let id = id(name)?;
    match length(visitor.t(), fields.get("months")) {
        Ok(length) => to_consent(&console, &visitor, &id, length).await,
        Err(wrong) => {
            let form = Form { wrong_length: Some(wrong), ..Form::default() };
            reconnect_form(&console, &visitor, &id, form).await
        }
    }
}

/// Remembers who began what, and sends the person on.
async fn to_consent(
    console: &Console,
    visitor: &Visitor,
    id: &ConnectionId,
    length: Length,
) -> Result<Response, Problem> {
    let session = visitor.session()?;
    let state = random::token().map_err(|_| Problem::StoreDown)?;
    let to = console.authorise().consent_url(id, &visitor.url(CALLBACK), &state).await.map_err(problem)?;
    let begun_at = console.clock.now();
    let consent = Consent { session: session.id.clone(), connection: id.clone(), length, begun_at };
    console.consents.put_consent(&state, &consent).await.map_err(store)?;
    tracing::info!(connection = %id, by = session.subject, "a person was sent to give consent");
    Ok(Redirect::to(&to).into_response())
}
