//! The overview: where everything stands, and how the last week went.

pub(crate) mod healed;
pub(crate) mod lags;
mod plot;

use super::{
    Page,
    exceptions::{OWNERS, PLACES_MAX},
    list::{LimitRow, limit_row, whose},
    ok,
    orders::{count_text, tab_text},
    when::{Told, When, days_left, time_left},
};
use crate::{
    console::{Console, store},
    guard::Visitor,
    problem::Problem,
    texts::{Texts, fill},
};
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use jiff::Timestamp;
use plot::{Plot, Series};
use std::{collections::BTreeMap, sync::Arc};
use tallyman_app::{
    authorise::{ConnectionState, ConnectionView},
    browse::{
        Pile,
        pulse::{Lag, Point, points},
    },
    exceptions::{Listed, listed},
    limits::limits,
    reconcile::{healed::rows as healed_rows, report::named},
};
use tallyman_domain::{Owner, Tab};

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    page: Page,
    piles: Vec<PileCard>,
    counted_at: Option<Told>,
    owners: Vec<OwnerCard>,
    plots: Vec<Plot>,
    limits: Vec<LimitRow>,
    endings: Vec<Ending>,
}

struct PileCard {
    label: &'static str,
    count: String,
    href: String,
}

struct OwnerCard {
    label: &'static str,
    href: String,
    open: String,
    overdue: Option<String>,
    /// None where none of theirs was looked at.
    next: Option<(String, &'static str)>,
}

struct Ending {
    connection: String,
    what: String,
    mood: &'static str,
    at: Option<When>,
}

fn href(pile: Pile) -> String {
    match super::orders::tab_name(pile) {
        "all" => "/orders".to_owned(),
        tab => format!("/orders?tab={tab}"),
    }
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Problem> {
    let (page, now, directory) = (Page::of(Some(&visitor)), console.clock.now(), &console.directory);
    // Nothing is asked for twice, and nothing waits for what it doesn't need.
    let (mut connections, accounts, authorisations, catalogue, points, healed, open) = futures::try_join!(
        directory.config.connections(),
        directory.config.accounts(),
        directory.authorisations.authorisations(),
        console.shelves.catalogue(None),
        points(&*console.notes),
        healed_rows(&*console.notes, now),
        console.shelves.open_exceptions(None, PLACES_MAX),
    )
    .map_err(store)?;
    connections.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let (open, more) = (listed(open.0, &connections), open.1.is_some());
    let known: Vec<_> = connections.iter().map(|connection| connection.id.clone()).collect();
    let in_use: Vec<_> = connections.iter().filter(|connection| !connection.removed).cloned().collect();
    let (counts, limits) = futures::try_join!(
        console.counts(&catalogue, &known),
        limits(&*console.budgets, &accounts, &in_use, &console.market_limits, now),
    )
    .map_err(store)?;
    let view = |c| ConnectionView::of(c, authorisations.iter().find(|a| a.connection == c.id), None, now);
    let endings = endings(&connections.iter().map(view).collect::<Vec<_>>(), &page, now);
    let piles = super::orders::PILES.into_iter().map(|pile| PileCard {
        label: tab_text(page.t.orders, pile),
        count: count_text(counts.of(pile)),
        href: href(pile),
    });
    let piles: Vec<PileCard> = piles.collect();
    let counted = super::orders::PILES.into_iter().filter_map(|pile| counts.of(pile).as_of).min();
    let counted_at = counted.map(|at| Told::at(page.t.orders.counted_at, page.when(at)));
    // What nothing was spent of is on the page of the connections.
    let spent = limits.iter().filter(|view| view.used > 0 || view.blocked_until.is_some() || !view.banned.is_empty());
    let limits = spent.map(|view| {
        let row = limit_row(&page.reads, view);
        LimitRow { title: format!("{}: {}", whose(view), row.title), ..row }
    });
    let limits = limits.collect();
    Ok(ok(&OverviewPage {
        piles,
        counted_at,
        owners: owners(page.t, &open, more, now),
        plots: plots(&page, &points, healed.rows.len() + healed.unlisted),
        limits,
        endings,
        page,
    }))
}

fn owners(t: &Texts, open: &[Listed], more: bool, now: Timestamp) -> Vec<OwnerCard> {
    let mut by_owner: BTreeMap<Owner, Vec<&Listed>> = BTreeMap::new();
    if more {
        // Whoever has none among the most urgent may have some behind them.
        by_owner.extend(OWNERS.map(|owner| (owner, Vec::new())));
    }
    // Orders come by their nearest deadline: when that of the last one looked at is over, so may be some that weren't.
    let mut nearest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for listed in open {
        let known = nearest.entry(&listed.order).or_insert(listed.deadline);
        *known = listed.deadline.min(*known);
    }
    let more_overdue = more && nearest.values().max().is_some_and(|last| *last <= now);
    let count = |n: usize, more: bool| {
        if more { fill(t.overview.at_least, &[("n", &n.to_string())]) } else { n.to_string() }
    };
    for listed in open {
        by_owner.entry(listed.owner).or_default().push(listed);
    }
    let card = |(owner, all): (Owner, Vec<&Listed>)| {
        let overdue = all.iter().filter(|listed| listed.deadline <= now).count();
        // The list comes with the nearest deadline first.
        let next = all.first().map(|first| time_left(t, first.deadline, now));
        OwnerCard {
            label: crate::texts::kinds::owner(owner, t.lang),
            href: format!("/exceptions?owner={}", named(owner)),
            open: count(all.len(), more),
            overdue: (overdue > 0).then(|| fill(t.overview.overdue, &[("n", &count(overdue, more_overdue))])),
            next,
        }
    };
    by_owner.into_iter().map(card).collect()
}

fn endings(views: &[ConnectionView], page: &Page, now: Timestamp) -> Vec<Ending> {
    let ending = |view: &ConnectionView| {
        let connection = view.connection.to_string();
        let at = view.ends_at.map(|at| page.when(at));
        match (view.state, view.ends_within_days) {
            (ConnectionState::Removed, _) => None,
            (ConnectionState::NeedsReauth, _) => {
                Some(Ending { connection, what: page.t.overview.needs_reauth.to_owned(), mood: "bad", at })
            }
            (_, Some(days)) => {
                let what = view.ends_at.and_then(|end| days_left(page.t, end, now)).unwrap_or_default();
                Some(Ending { connection, what, mood: if days <= 3 { "bad" } else { "warn" }, at })
            }
            _ => None,
        }
    };
    views.iter().filter_map(ending).collect()
}

/// `healed`: how many were healed in the last seven days.
fn plots(page: &Page, points: &[Point], healed: usize) -> Vec<Plot> {
    if points.is_empty() {
        return Vec::new();
    }
    let t = page.t.overview;
    let times: Vec<Timestamp> = points.iter().map(|point| point.at).collect();
    let pile = |tab| Series {
        label: tab_text(page.t.orders, Pile::Tab(tab)),
        href: Some(href(Pile::Tab(tab))),
        values: points
            .iter()
            .map(|point| point.tabs.get(&tab).map(|n| i64::try_from(*n).unwrap_or(i64::MAX)))
            .collect(),
        shown: None,
    };
    let mut piles: Vec<Series> = [Tab::AwaitingPayment, Tab::AwaitingShipment, Tab::OnHold].map(pile).into();
    // Exceptions, not the orders that have them: that is what was counted, and what the link leads to.
    piles.push(Series {
        label: t.open_exceptions,
        href: Some("/exceptions".to_owned()),
        values: points.iter().map(|point| i64::try_from(point.exceptions).ok()).collect(),
        shown: None,
    });
    let count = |n: i64| n.to_string();
    let mut plots = vec![Plot::of(page, t.piles, t.piles_hint, &times, piles, count, None)];
    // They only grow: among the open ones they would press every other line flat.
    let ended = [Tab::Shipped, Tab::Cancelled].map(pile).into();
    plots.push(Plot::of(page, t.ended, t.ended_hint, &times, ended, count, None));
    let lag = |of: fn(&Point) -> Option<Lag>, href: &str| {
        let line = |label, value: fn(Lag) -> i64| Series {
            label,
            href: Some(href.to_owned()),
            values: points.iter().map(|p| of(p).map(value)).collect(),
            shown: None,
        };
        vec![line(t.p50, |lag| lag.p50_s), line(t.p99, |lag| lag.p99_s)]
    };
    for (title, of, href) in [
        (t.lag_in, (|p| p.to_warehouse) as fn(&Point) -> Option<Lag>, "/lags/in"),
        (t.lag_back, |p| p.to_confirmed, "/lags/back"),
    ] {
        let rows = Some((t.lag_rows, href.to_owned()));
        plots.push(Plot::of(page, title, t.lag_hint, &times, lag(of, href), span, rows));
    }
    let healed = Series {
        label: t.healed,
        href: Some("/healed".to_owned()),
        values: points.iter().map(|p| i64::try_from(p.healed).ok()).collect(),
        // The line has each run's; the link leads to those of all of them.
        shown: Some((t.healed_title, healed.to_string())),
    };
    plots.push(Plot::of(
        page,
        t.healed,
        t.healed_hint,
        &times,
        vec![healed],
        count,
        Some((t.healed_link, "/healed".to_owned())),
    ));
    plots
}

/// Seconds as people say them.
fn span(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
