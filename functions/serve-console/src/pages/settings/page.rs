//! The page, and saving what it holds.

use super::{
    entered::{Entered, STATUSES},
    live, problem,
    told::Change,
    use_case,
};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        connection::id,
        done::{Done, noted, read, said},
        exceptions::me,
        show,
        table::Choice,
    },
    problem::Problem,
    texts::{Texts, fill, kinds, statuses},
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use tallyman_app::{
    connection::Connection,
    reconcile::report::named,
    settings::{ChangeError, Codes, Wanted, seen},
};
use tallyman_domain::{ExceptionKind, LiveService, MarketplaceKind, OrderStatus, Owner};

/// Codes that are suggested while typing; a longer list would make the page heavy.
const SUGGESTED_MAX: usize = 400;
const OWNERS: [Owner; 4] = [Owner::Warehouse, Owner::CustomerService, Owner::Finance, Owner::Technical];

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    done: Option<String>,
    title: String,
    action: String,
    seen: String,
    wrong: Option<&'static str>,
    is_alibaba: bool,
    form: Entered,
    take: Vec<Choice>,
    statuses: Vec<Choice>,
    tax_fields: Vec<Choice>,
    owners: Vec<OwnerRow>,
    codes: Vec<String>,
    codes_known: String,
    changes: Vec<Change>,
}

struct OwnerRow {
    name: String,
    label: &'static str,
    choices: Vec<Choice>,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let connection = use_case(&console).connection(&id(name)?).await.map_err(problem)?;
    let stored = use_case(&console).live(&connection.id, None).await.map_err(problem)?;
    // Whoever looks doesn't wait for a marketplace, unless nothing at all is known.
    let live = if stored.is_some() { stored } else { live(&console, &connection).await? };
    let done = read(&headers, &console.seal().await?, visitor.session()?, visitor.t());
    let was_done = done.is_some();
    let form = Entered::of(&connection.settings);
    let response = drawn(&console, &visitor, &connection, live.as_deref(), form, (done, None)).await?;
    Ok(if was_done { said(response) } else { response })
}

async fn drawn(
    console: &Console,
    visitor: &Visitor,
    connection: &Connection,
    live: Option<&[LiveService]>,
    form: Entered,
    (done, wrong): (Option<String>, Option<&'static str>),
) -> Result<Response, Problem> {
    let page = Page::of(Some(visitor));
    let (t, name) = (page.t, connection.id.as_str());
    let history = use_case(console).history(&connection.id).await.map_err(problem)?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let count = live.map_or(0, <[_]>::len).to_string();
    let suggested = live.unwrap_or_default().iter().take(SUGGESTED_MAX).map(|service| service.code.clone());
    Ok(show(
        status,
        &SettingsPage {
            done,
            title: fill(t.settings.title, &[("name", name)]),
            action: format!("/connections/{name}/settings"),
            seen: seen(&connection.settings),
            wrong,
            is_alibaba: connection.marketplace == MarketplaceKind::Alibaba,
            take: STATUSES.map(|status| choice(t, status, form.take.contains(&named(status)))).into(),
            statuses: STATUSES.map(|status| choice(t, status, false)).into(),
            tax_fields: tax_fields(t, form.text("tax_field")),
            owners: ExceptionKind::ALL.map(|kind| owner_row(t, kind, &form)).into(),
            codes: suggested.collect(),
            codes_known: match live {
                Some(_) => fill(t.settings.list_known, &[("count", &count)]),
                None => t.settings.list_unknown.to_owned(),
            },
            changes: history.iter().map(|change| Change::of(&page, name, change)).collect(),
            form,
            page,
        },
    ))
}

fn choice(t: &Texts, status: OrderStatus, chosen: bool) -> Choice {
    Choice { value: named(status), label: statuses::status(status, t.lang).to_owned(), chosen }
}

fn tax_fields(t: &Texts, chosen: &str) -> Vec<Choice> {
    let field = |n: u8| Choice {
        value: n.to_string(),
        label: match n {
            0 => t.settings.tax_none.to_owned(),
            n => fill(t.settings.tax_one, &[("n", &n.to_string())]),
        },
        chosen: n.to_string() == chosen,
    };
    (0..=3).map(field).collect()
}

fn owner_row(t: &Texts, kind: ExceptionKind, form: &Entered) -> OwnerRow {
    let chosen = form.owners.get(&named(kind)).map_or("", String::as_str);
    let usual = fill(t.settings.by_rule, &[("owner", kinds::owner(kind.owner(), t.lang))]);
    let usual = Choice { value: String::new(), label: usual, chosen: chosen.is_empty() };
    let owners = OWNERS.map(|owner| Choice {
        value: named(owner),
        label: kinds::owner(owner, t.lang).to_owned(),
        chosen: chosen == named(owner),
    });
    let choices = std::iter::once(usual).chain(owners).collect();
    OwnerRow { name: format!("owner.{}", named(kind)), label: kinds::title(kind, t.lang), choices }
}

/// Saves what was entered, or shows it again with what is wrong.
pub(crate) async fn save(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let choices = use_case(&console);
    let connection = choices.connection(&id(name)?).await.map_err(problem)?;
    let (id, t) = (&connection.id, visitor.t());
    let mut form = Entered::read(&fields);
    // Rows that stay as they were need nobody's list.
    let same = form.carriers == connection.settings.carriers;
    let live = if same { choices.live(id, None).await.map_err(problem)? } else { live(&console, &connection).await? };
    let Some(settings) = form.settings(t) else {
        let wrong = (None, Some(t.settings.wrong_title));
        return drawn(&console, &visitor, &connection, live.as_deref(), form, wrong).await;
    };
    let (codes, by) = (live.as_deref().filter(|_| !same).map_or(Codes::NotKnown, Codes::Listed), me(&visitor)?);
    let wanted = Wanted { connection: id, seen: Some(fields.get("seen")), by: &by };
    let done = match choices.change(wanted, settings, codes).await {
        Ok(change) => change.map_or(Done::SameSettings, |_| Done::Settings),
        Err(ChangeError::Wrong { wrong, .. }) => {
            form.refused(t, &wrong);
            let wrong = (None, Some(t.settings.wrong_title));
            return drawn(&console, &visitor, &connection, live.as_deref(), form, wrong).await;
        }
        // The form is now held against what there is: saving it again is then on purpose.
        Err(ChangeError::Changed { .. }) => {
            let (now, wrong) = (choices.connection(id).await.map_err(problem)?, (None, Some(t.settings.wrong_changed)));
            return drawn(&console, &visitor, &now, live.as_deref(), form, wrong).await;
        }
        Err(error) => return Err(problem(error)),
    };
    let session = visitor.session()?;
    tracing::info!(connection = %id, by = session.subject, ?done, "a person saved the settings of a connection");
    Ok(noted(&format!("/connections/{id}/settings"), &console.seal().await?, session, done, id.as_str()))
}
