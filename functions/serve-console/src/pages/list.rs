//! The list: connections and ShipStation accounts as they stand.

use super::{
    Page,
    done::{read, said},
    ok,
    when::{Told, When, days_left},
};
use crate::{
    console::{Console, problem, store},
    guard::Visitor,
    preferences::Preferences,
    problem::Problem,
    texts::fill,
};
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use http::HeaderMap;
use jiff::Timestamp;
use std::sync::Arc;
use tallyman_app::{
    authorise::{AccountView, ConnectionState, ConnectionView},
    limits::{LimitKind, LimitView, limits},
};
use tallyman_domain::{ConnectionId, reconcile::CURSOR_OLD};

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    page: Page,
    done: Option<String>,
    connections: Vec<ConnectionRow>,
    accounts: Vec<AccountRow>,
    apps: Vec<AppRow>,
}

struct ConnectionRow {
    name: String,
    marketplace: &'static str,
    state: &'static str,
    /// Its class in the style sheet: `good`, `calm`, `warn` or `bad`.
    mood: &'static str,
    why: Option<&'static str>,
    seller: Option<String>,
    account: String,
    ends: Option<When>,
    left: Option<String>,
    left_mood: &'static str,
    contact: Option<When>,
    paused: bool,
    /// Nobody has authorised it yet.
    is_new: bool,
}

struct AccountRow {
    name: String,
    state: &'static str,
    mood: &'static str,
    why: Option<&'static str>,
    contact: Option<When>,
    limits: Vec<LimitRow>,
}

/// An app's limits, which several connections may share.
struct AppRow {
    connections: String,
    limits: Vec<LimitRow>,
}

pub(crate) struct LimitRow {
    pub(crate) title: String,
    pub(crate) allowed: u32,
    pub(crate) used: u32,
    /// Used, allowed and left in words.
    pub(crate) numbers: String,
    pub(crate) resets: When,
    /// What else keeps calls back.
    pub(crate) notes: Vec<Told>,
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = Page::of(Some(&visitor));
    let (reads, now) = (page.reads.clone(), console.clock.now());
    let overview = console.authorise().list().await.map_err(problem)?;
    let views = known_limits(&console, now).await?;
    let of = |kind: LimitKind, name: &str| {
        let own = |view: &&LimitView| view.kind == kind && view.account.rsplit('/').next() == Some(name);
        views.iter().filter(own).map(|view| limit_row(&reads, view)).collect::<Vec<_>>()
    };
    let mut connections: Vec<_> = overview
        .connections
        .iter()
        .filter(|view| view.state != ConnectionState::Removed)
        .map(|view| connection_row(&reads, view, now))
        .collect();
    // What needs somebody comes first.
    connections.sort_by(|a, b| (a.mood != "bad", &a.name).cmp(&(b.mood != "bad", &b.name)));
    let account = |view: &AccountView| {
        let mut limits = of(LimitKind::ShipStationMinute, view.account.as_str());
        limits.extend(of(LimitKind::ShipStationV2Minute, view.account.as_str()));
        account_row(&reads, view, limits, now)
    };
    let accounts = overview.accounts.iter().map(account).collect();
    let of_apps: Vec<&LimitView> = views.iter().filter(|view| !view.connections.is_empty()).collect();
    let app = |of_one: &[&LimitView]| AppRow {
        connections: whose(of_one[0]),
        limits: of_one.iter().map(|view| limit_row(&reads, view)).collect(),
    };
    let apps = of_apps.chunk_by(|a, b| a.account == b.account).map(app).collect();
    let done = read(&headers, &console.seal().await?, visitor.session()?, page.t);
    let was_done = done.is_some();
    let response = ok(&ListPage { page, done, connections, accounts, apps });
    Ok(if was_done { said(response) } else { response })
}

/// Of what is in use: removed connections spend nothing.
pub(crate) async fn known_limits(console: &Console, now: Timestamp) -> Result<Vec<LimitView>, Problem> {
    let config = &console.directory.config;
    let (accounts, mut connections) = futures::try_join!(config.accounts(), config.connections()).map_err(store)?;
    connections.retain(|connection| !connection.removed);
    limits(&*console.budgets, &accounts, &connections, &console.market_limits, now).await.map_err(store)
}

/// The seller as people know it: the name, and the marketplace's number.
pub(crate) fn seller(view: &ConnectionView) -> Option<String> {
    match (&view.seller_name, &view.seller) {
        (Some(name), Some(id)) => Some(format!("{name} ({id})")),
        (Some(one), None) => Some(one.clone()),
        (None, Some(id)) => Some(id.to_string()),
        (None, None) => None,
    }
}

fn connection_row(reads: &Preferences, view: &ConnectionView, now: Timestamp) -> ConnectionRow {
    let t = reads.language.texts();
    let (state, mood) = match view.state {
        ConnectionState::Live => (t.state_live, "good"),
        ConnectionState::Paused => (t.state_paused, "calm"),
        ConnectionState::Renewing => (t.state_renewing, "warn"),
        ConnectionState::NotYet => (t.state_waiting, "calm"),
        ConnectionState::NeedsReauth => (t.state_reauth, "bad"),
        ConnectionState::Removed => (t.state_removed, "calm"),
    };
    let why = view.why.map(|why| crate::texts::cannot::reauth(t, why));
    let left_mood = match view.ends_within_days {
        Some(0..=3) => "bad",
        Some(_) => "warn",
        None => "calm",
    };
    ConnectionRow {
        name: view.connection.to_string(),
        marketplace: view.marketplace.title(),
        state,
        mood,
        why,
        seller: seller(view),
        account: view.account.to_string(),
        ends: view.ends_at.map(|at| When::of(at, reads)),
        left: view.ends_at.and_then(|end| days_left(t, end, now)),
        left_mood,
        contact: view.last_contact_at.map(|at| When::of(at, reads)),
        paused: view.paused,
        is_new: view.state == ConnectionState::NotYet,
    }
}

/// An account has no authorisation that ends. That its key isn't taken any more shows in that nothing was read.
fn account_row(reads: &Preferences, view: &AccountView, limits: Vec<LimitRow>, now: Timestamp) -> AccountRow {
    let t = reads.language.texts();
    let (state, mood, why) = match view.last_contact_at {
        None => (t.state_unused, "calm", None),
        Some(at) if now.duration_since(at) > CURSOR_OLD => (t.state_silent, "bad", Some(t.why_silent)),
        Some(_) => (t.state_live, "good", None),
    };
    let contact = view.last_contact_at.map(|at| When::of(at, reads));
    AccountRow { name: view.account.to_string(), state, mood, why, contact, limits }
}

/// Whose limit it is. The name of an app's budget says nothing to people; who shares it does.
pub(crate) fn whose(view: &LimitView) -> String {
    if view.connections.is_empty() {
        return view.account.clone();
    }
    view.connections.iter().map(ConnectionId::as_str).collect::<Vec<_>>().join(", ")
}

pub(crate) fn limit_row(reads: &Preferences, view: &LimitView) -> LimitRow {
    let t = reads.language.texts();
    let title = match view.kind {
        LimitKind::ShipStationMinute | LimitKind::MarketplaceMinute => t.limit_minute.to_owned(),
        LimitKind::ShipStationV2Minute => t.limit_minute_v2.to_owned(),
        LimitKind::MarketplaceDay => t.limit_day.to_owned(),
    };
    // What an API is called comes from outside, and is put in beside the time and never looked at.
    let until = |text: &str, api: &str, at: Timestamp| {
        let told = Told::at(text, When::of(at, reads));
        Told { before: fill(&told.before, &[("api", api)]), after: fill(&told.after, &[("api", api)]), ..told }
    };
    let blocked = view.blocked_until.map(|at| until(t.limit_blocked, "", at));
    let banned = view.banned.iter().map(|(api, at)| until(t.limit_banned, api, *at));
    let [allowed, used, left] = [view.allowed, view.used, view.left].map(|n| n.to_string());
    LimitRow {
        title,
        allowed: view.allowed,
        used: view.used,
        numbers: fill(t.limit_numbers, &[("used", &used), ("allowed", &allowed), ("left", &left)]),
        resets: match view.kind {
            LimitKind::MarketplaceDay => When::of(view.resets_at, reads),
            _ => When::soon(view.resets_at, reads),
        },
        notes: blocked.into_iter().chain(banned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_when_a_service_is_left_alone_is_a_time_with_its_utc() {
        let at: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let view = LimitView {
            account: "shipstation/main".into(),
            connections: vec![],
            kind: LimitKind::ShipStationMinute,
            allowed: 40,
            used: 1,
            left: 39,
            resets_at: at,
            blocked_until: Some(at),
            banned: vec![("{time} {api}".into(), at)],
            import_ceiling: None,
            sweep_ceiling: None,
        };
        let row = limit_row(&Preferences::default(), &view);
        let told = |note: &Told| (note.before.clone(), note.when.as_ref().unwrap().utc.clone());
        let utc = "2026-11-20 08:00:00 UTC".to_owned();
        assert_eq!(told(&row.notes[0]), ("No call before ".to_owned(), utc.clone()));
        assert_eq!(told(&row.notes[1]), ("The service refuses {time} {api} until ".to_owned(), utc));
    }
}
