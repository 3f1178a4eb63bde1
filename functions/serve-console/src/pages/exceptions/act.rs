//! Acting on exceptions: asked back first where it can't be taken back or is about several, then each one's outcome told.

use super::{
    ROWS_MAX,
    filter::Filter,
    list::{me, most_urgent},
    one::{Entered, shown},
    open,
    row::{Key, Row},
    use_case,
};
use crate::{
    console::Console,
    fields::Fields,
    guard::Visitor,
    pages::{
        Page,
        done::{Done, noted},
        ours, show,
    },
    problem::Problem,
    texts::{Texts, fill},
};
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use http::StatusCode;
use std::sync::Arc;
use tallyman_app::exceptions::{Asked, ExceptionError, Listed};
use tallyman_domain::exception::life::{Act, NAME_BYTES_MAX, NOTE_BYTES_MAX};
use tallyman_runtime::telemetry::chain;

/// What somebody wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Resolve,
    Assign,
    AssignMe,
    GiveBack,
    Comment,
}

impl Wish {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "resolve" => Self::Resolve,
            "assign" => Self::Assign,
            "assign-me" => Self::AssignMe,
            "give-back" => Self::GiveBack,
            "comment" => Self::Comment,
            _ => return None,
        })
    }
}

/// A form about exceptions, read.
struct Form {
    wish: Wish,
    keys: Vec<Key>,
    text: String,
    to: String,
    /// The list that it came from.
    back: String,
}

impl Form {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        let wish = Wish::parse(fields.get("act")).ok_or(Problem::NotFound)?;
        let keys = (0..ROWS_MAX).map(|n| fields.get(&format!("pick.{n}")).to_owned()).filter(|key| !key.is_empty());
        let keys: Option<Vec<Key>> = keys.map(|key| Key::parse(&key)).collect();
        let back = ours(fields.get("back"));
        Ok(Self {
            wish,
            keys: keys.ok_or(Problem::NotFound)?,
            text: fields.get("text").to_owned(),
            to: fields.get("to").to_owned(),
            back: if back.starts_with("/exceptions") { back } else { Filter::default().href() },
        })
    }

    /// What is wrong with the text that the wish needs.
    fn wrong(&self, t: &Texts) -> Option<&'static str> {
        let unusable = |text: &str, bytes_max: usize| text.is_empty() || text.len() > bytes_max;
        match self.wish {
            Wish::Resolve => unusable(&self.text, NOTE_BYTES_MAX).then_some(t.exceptions.wrong_reason),
            Wish::Comment => unusable(&self.text, NOTE_BYTES_MAX).then_some(t.exceptions.wrong_comment),
            Wish::Assign => unusable(&self.to, NAME_BYTES_MAX).then_some(t.exceptions.wrong_assignee),
            Wish::AssignMe | Wish::GiveBack => None,
        }
    }

    /// What is wrong with what was picked.
    fn wrong_picks(&self, t: &Texts) -> Option<&'static str> {
        let first = self.keys.first();
        match first {
            None => Some(t.exceptions.wrong_none),
            Some(first) if self.keys.iter().any(|key| key.kind != first.kind) => Some(t.exceptions.wrong_mixed),
            Some(_) => None,
        }
    }
}

#[derive(Template)]
#[template(path = "exceptions_ask.html")]
struct AskPage {
    page: Page,
    title: String,
    resolve: bool,
    rows: Vec<Row>,
    text: String,
    to: String,
    me: String,
    back: String,
    wrong: Option<&'static str>,
    /// Nothing can be done with what was picked.
    stop: bool,
}

/// Asks back before something is done to what was picked.
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let mut form = Form::read(&fields)?;
    if fields.get("all") == "1" && form.keys.is_empty() {
        form.keys = all_of(&console, &form.back, &me(&visitor)?).await?;
    }
    let all = open(&console, &form.keys).await?;
    question(&console, &visitor, &form, &all, None)
}

/// All that the page of the list shows.
async fn all_of(console: &Console, back: &str, me: &str) -> Result<Vec<Key>, Problem> {
    let query = back.split_once('?').map_or("", |(_, query)| query);
    let filter = Filter::read(&Fields::read(query.as_bytes())?);
    let (all, _) = most_urgent(console, &filter).await?;
    let shown = all.iter().filter(|l| filter.takes(l, me) && filter.owner.is_none_or(|owner| l.owner == owner));
    Ok(shown.skip(filter.page.saturating_mul(ROWS_MAX)).take(ROWS_MAX).filter_map(Key::of).collect())
}

fn question(
    console: &Console,
    visitor: &Visitor,
    form: &Form,
    all: &[Listed],
    wrong: Option<&'static str>,
) -> Result<Response, Problem> {
    let (page, now) = (Page::of(Some(visitor)), console.clock.now());
    let t = page.t.exceptions;
    let picked = form.keys.iter().filter_map(|key| all.iter().find(|listed| key.is(listed)));
    let rows: Vec<Row> = picked.map(|listed| Row::of(&page, listed, now)).collect();
    let stop = form.wrong_picks(page.t).or(rows.is_empty().then_some(t.failed_gone));
    let resolve = form.wish == Wish::Resolve;
    let count = rows.len().to_string();
    let title = match (resolve, rows.len()) {
        (true, 1) => t.ask_resolve_one.to_owned(),
        (true, _) => fill(t.ask_resolve, &[("count", &count)]),
        (false, 1) => t.ask_assign_one.to_owned(),
        (false, _) => fill(t.ask_assign, &[("count", &count)]),
    };
    let wrong = stop.or(wrong);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (text, to, back, me) = (form.text.clone(), form.to.clone(), form.back.clone(), me(visitor)?);
    Ok(show(status, &AskPage { title, resolve, rows, text, to, me, back, wrong, stop: stop.is_some(), page }))
}

#[derive(Template)]
#[template(path = "exceptions_done.html")]
struct DonePage {
    page: Page,
    all: bool,
    summary: String,
    outcomes: Vec<Outcome>,
    back: String,
}

struct Outcome {
    title: &'static str,
    order: String,
    order_href: Option<String>,
    good: bool,
    text: String,
}

/// Does it, one after the other, and tells what became of each.
pub(crate) async fn perform(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Result<Response, Problem> {
    let form = Form::read(&fields)?;
    let all = open(&console, &form.keys).await?;
    let wrong = form.wrong(visitor.t());
    if wrong.is_some() || form.wrong_picks(visitor.t()).is_some() {
        return match (form.wish, &form.keys[..]) {
            (Wish::Comment | Wish::Assign, [key]) if fields.get("from") == "one" => {
                let (to, text) = (form.to.clone(), form.text.clone());
                let wrong_to = wrong.filter(|_| form.wish == Wish::Assign);
                let wrong_text = wrong.filter(|_| form.wish == Wish::Comment);
                shown(&console, &visitor, key, Entered { to, text, wrong_to, wrong_text }, None).await
            }
            _ => question(&console, &visitor, &form, &all, wrong),
        };
    }
    let (page, me, now) = (Page::of(Some(&visitor)), me(&visitor)?, console.clock.now());
    let mut outcomes = Vec::new();
    for key in &form.keys {
        let listed = all.iter().find(|listed| key.is(listed));
        let done = one(&console, &form, key, listed, &me).await;
        let row = listed.map(|listed| Row::of(&page, listed, now));
        outcomes.push(outcome(page.t, &form, key, row, &me, done));
    }
    let (done, count) = (outcomes.iter().filter(|o| o.good).count(), outcomes.len());
    tracing::info!(by = visitor.session()?.subject, act = ?form.wish, done, count, "a person acted on exceptions");
    if let ([outcome], [key]) = (&outcomes[..], &form.keys[..])
        && outcome.good
    {
        return single(&console, &visitor, &form, key, outcome).await;
    }
    let numbers = [("done", done.to_string()), ("count", count.to_string())];
    let numbers: Vec<(&str, &str)> = numbers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let summary = if done == count { page.t.exceptions.done_all } else { page.t.exceptions.done_some };
    let summary = fill(summary, &numbers);
    Ok(show(StatusCode::OK, &DonePage { all: done == count, summary, outcomes, back: form.back, page }))
}

/// Where one goes on after acting on a single one: to its page, or to the list when it is gone.
async fn single(
    console: &Console,
    visitor: &Visitor,
    form: &Form,
    key: &Key,
    outcome: &Outcome,
) -> Result<Response, Problem> {
    let (done, to) = match form.wish {
        Wish::Resolve => (Done::Resolved, form.back.clone()),
        Wish::Comment => (Done::Commented, key.href()),
        Wish::Assign | Wish::AssignMe | Wish::GiveBack => (Done::Assigned, key.href()),
    };
    let name = format!("{}, {}", outcome.title, outcome.order);
    Ok(noted(&to, &console.seal().await?, visitor.session()?, done, &name))
}

/// Why one wasn't done.
enum Failed {
    Gone,
    Changed,
    Several,
    Store,
}

async fn one(console: &Console, form: &Form, key: &Key, listed: Option<&Listed>, me: &str) -> Result<(), Failed> {
    let listed = listed.ok_or(Failed::Gone)?;
    if !key.still_says(listed) {
        return Err(Failed::Changed);
    }
    let act = match form.wish {
        Wish::Resolve => Act::Resolve { reason: &form.text },
        Wish::Comment => Act::Comment { text: &form.text },
        Wish::Assign => Act::Assign { to: Some(&form.to) },
        Wish::AssignMe => Act::Assign { to: Some(me) },
        Wish::GiveBack => Act::Assign { to: None },
    };
    let asked = Asked { place: &key.place, kind: key.kind, shipment: key.shipment.as_ref(), by: me };
    let done = use_case(console).act(asked, act).await;
    done.map(|_| ()).map_err(|error| {
        tracing::warn!(error = chain(&error), "what a person wanted done to an exception was not done");
        match error {
            ExceptionError::NotOpen { .. } => Failed::Gone,
            ExceptionError::WhichShipment { .. } => Failed::Several,
            ExceptionError::Missing { .. } | ExceptionError::Store { .. } => Failed::Store,
        }
    })
}

fn outcome(t: &Texts, form: &Form, key: &Key, row: Option<Row>, me: &str, done: Result<(), Failed>) -> Outcome {
    let texts = t.exceptions;
    let text = match (&done, form.wish) {
        (Ok(()), Wish::Resolve) => texts.was_resolved.to_owned(),
        (Ok(()), Wish::Comment) => texts.was_commented.to_owned(),
        (Ok(()), Wish::Assign) => fill(texts.was_assigned, &[("name", &form.to)]),
        (Ok(()), Wish::AssignMe) => fill(texts.was_assigned, &[("name", me)]),
        (Ok(()), Wish::GiveBack) => texts.was_given_back.to_owned(),
        (Err(Failed::Gone), _) => texts.failed_gone.to_owned(),
        (Err(Failed::Changed), _) => texts.failed_changed.to_owned(),
        (Err(Failed::Several), _) => texts.failed_several.to_owned(),
        (Err(Failed::Store), _) => texts.failed_store.to_owned(),
    };
    let title = crate::texts::kinds::title(key.kind, t.lang);
    let (order, order_href) = row.map_or_else(|| (key.place_text(), None), |row| (row.order, row.order_href));
    Outcome { title, order, order_href, good: done.is_ok(), text }
}
