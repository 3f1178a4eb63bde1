//! The list: by owner, the nearest deadline first.

use super::{
    PLACES_MAX, ROWS_MAX, down,
    filter::{Filter, ME, NOBODY, connection},
    row::Row,
    use_case,
};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        done::{read, said},
        ok,
        table::{Choice, Pager, Tab},
    },
    problem::{Malformed, Problem},
    texts::{Texts, kinds},
};
use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tallyman_app::{exceptions::Listed, ports::Waiting, reconcile::report::named};
use tallyman_domain::{ExceptionKind, Owner};

/// Tabs, in the order in which they stand.
pub(crate) const OWNERS: [Owner; 4] = [Owner::Warehouse, Owner::CustomerService, Owner::Finance, Owner::Technical];

#[derive(Template)]
#[template(path = "exceptions.html")]
struct ExceptionsPage {
    page: Page,
    done: Option<String>,
    tabs: Vec<Tab>,
    kinds: Vec<Choice>,
    connections: Vec<Choice>,
    assignees: Vec<Choice>,
    /// The owner, when one is chosen: the filter's form carries it on.
    owner: String,
    is_filtered: bool,
    reset: String,
    /// Several can be acted on at once: they are of one kind.
    bulk: bool,
    back: String,
    rows: Vec<Row>,
    /// What there is to say when no row is shown.
    none: &'static str,
    pager: Pager,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = Filter::read(&Fields::read(raw.unwrap_or_default().as_bytes())?);
    let page = Page::of(Some(&visitor));
    let (all, next) = most_urgent(&console, &filter).await?;
    let more = if next.is_some() || !filter.after.is_empty() { "+" } else { "" };
    let me = me(&visitor)?;
    let shown: Vec<&Listed> = all.iter().filter(|listed| filter.takes(listed, &me)).collect();
    let tabs = tabs(page.t, &filter, &shown, more);
    let of_owner: Vec<&Listed> =
        shown.into_iter().filter(|listed| filter.owner.is_none_or(|owner| listed.owner == owner)).collect();
    // Only so many places were looked at: what isn't among them may be behind or before them.
    let none = match (&next, filter.after.is_empty()) {
        (Some(_), _) => page.t.exceptions.none_looked_at,
        (None, false) => page.t.exceptions.none_left,
        (None, true) => page.t.exceptions.none,
    };
    let (filter, pager) = pager(filter, of_owner.len(), next);
    let now = console.clock.now();
    let rows: Vec<Row> =
        of_owner.iter().skip(filter.page * ROWS_MAX).take(ROWS_MAX).map(|listed| Row::of(&page, listed, now)).collect();
    let done = read(&headers, &console.seal().await?, visitor.session()?, page.t);
    let was_done = done.is_some();
    let response = ok(&ExceptionsPage {
        done,
        tabs,
        kinds: kinds_there(page.t, &all, filter.kind, more),
        connections: connections_there(page.t, &all, &filter.connection),
        assignees: assignees_there(page.t, &all, &filter.assignee),
        owner: filter.owner.map(named).unwrap_or_default(),
        is_filtered: filter.kind.is_some() || !filter.connection.is_empty() || !filter.assignee.is_empty(),
        reset: Filter { owner: filter.owner, ..Filter::default() }.href(),
        bulk: filter.kind.is_some() && page.operator() && !rows.is_empty(),
        back: filter.href(),
        rows,
        none,
        pager,
        page,
    });
    Ok(if was_done { said(response) } else { response })
}

/// What an exception that is mine says of its assignee.
pub(crate) fn me(visitor: &Visitor) -> Result<String, Problem> {
    let session = visitor.session()?;
    let name = if session.name.trim().is_empty() { &session.subject } else { &session.name };
    let name = name.trim();
    Ok(name[..name.floor_char_boundary(tallyman_domain::exception::life::NAME_BYTES_MAX)].to_owned())
}

fn tabs(t: &Texts, filter: &Filter, shown: &[&Listed], more: &str) -> Vec<Tab> {
    let tab = |owner: Option<Owner>| Tab {
        label: owner.map_or(t.all, |owner| kinds::owner(owner, t.lang)).to_owned(),
        count: Some(format!("{}{more}", shown.iter().filter(|l| owner.is_none_or(|only| l.owner == only)).count())),
        href: filter.of_owner(owner),
        current: filter.owner == owner,
    };
    std::iter::once(None).chain(OWNERS.map(Some)).map(tab).collect()
}

/// The exceptions that the list is made of, and where the next begin.
pub(super) async fn most_urgent(console: &Console, filter: &Filter) -> Result<(Vec<Listed>, Option<String>), Problem> {
    let after = Some(&*filter.after).filter(|after| !after.is_empty());
    if after.is_some_and(|after| Waiting::at(after).is_none()) {
        return Err(Problem::BadRequest(Malformed::Place));
    }
    use_case(console).most_urgent(&*console.shelves, after, PLACES_MAX).await.map_err(down)
}

/// A page beyond the last one is the last one; behind it are those that are less urgent.
fn pager(mut filter: Filter, count: usize, next: Option<String>) -> (Filter, Pager) {
    filter.page = filter.page.min(count.saturating_sub(1) / ROWS_MAX);
    let (from, to) = (filter.page * ROWS_MAX + 1, ((filter.page + 1) * ROWS_MAX).min(count));
    let is_later = !filter.after.is_empty();
    let more = if next.is_some() || is_later { "+" } else { "" };
    let behind = next.filter(|_| to >= count).map(|place| filter.behind(place));
    let pager = Pager {
        first: (filter.page > 1 || is_later).then(|| filter.behind(String::new())),
        before: (filter.page > 0).then(|| filter.on_page(filter.page - 1)),
        after: (to < count).then(|| filter.on_page(filter.page + 1)).or(behind),
        here: if count == 0 { String::new() } else { format!("{from}–{to} / {count}{more}") },
    };
    (filter, pager)
}

fn kinds_there(t: &Texts, all: &[Listed], chosen: Option<ExceptionKind>, more: &str) -> Vec<Choice> {
    let mut counts: BTreeMap<ExceptionKind, usize> = BTreeMap::new();
    all.iter().for_each(|listed| *counts.entry(listed.kind).or_default() += 1);
    // The chosen one stays in the list when the last of it is gone.
    chosen.iter().for_each(|kind| *counts.entry(*kind).or_default() += 0);
    let choice = |(kind, count): (ExceptionKind, usize)| {
        let label = format!("{} ({count}{more})", kinds::title(kind, t.lang));
        Choice { value: named(kind), label, chosen: chosen == Some(kind) }
    };
    let mut choices: Vec<_> = counts.into_iter().map(choice).collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    first(t.exceptions.any_kind, chosen.is_none(), choices)
}

fn connections_there(t: &Texts, all: &[Listed], chosen: &str) -> Vec<Choice> {
    let mut names: BTreeSet<&str> = all.iter().filter_map(connection).collect();
    names.extend(Some(chosen).filter(|name| !name.is_empty()));
    first(t.exceptions.any_connection, chosen.is_empty(), names.into_iter().map(|name| plain(name, chosen)).collect())
}

fn assignees_there(t: &Texts, all: &[Listed], chosen: &str) -> Vec<Choice> {
    let mut names: BTreeSet<&str> = all.iter().filter_map(|listed| listed.assignee.as_deref()).collect();
    names.extend(Some(chosen).filter(|name| !["", ME, NOBODY].contains(name)));
    let special = [(ME, t.exceptions.me), (NOBODY, t.exceptions.nobody)].map(|(value, label)| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: chosen == value,
    });
    let names = names.into_iter().map(|name| plain(name, chosen));
    first(t.exceptions.anybody, chosen.is_empty(), special.into_iter().chain(names).collect())
}

fn plain(name: &str, chosen: &str) -> Choice {
    Choice { value: name.to_owned(), label: name.to_owned(), chosen: name == chosen }
}

fn first(label: &str, chosen: bool, others: Vec<Choice>) -> Vec<Choice> {
    let all = Choice { value: String::new(), label: label.to_owned(), chosen };
    std::iter::once(all).chain(others).collect()
}
