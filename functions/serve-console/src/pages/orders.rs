//! The list of orders: tabs, filters, search, pages, CSV.

mod csv;
mod query;
mod row;
mod sheet;

use super::{
    Page, ok,
    table::{Pager, Tab},
    when::Told,
};
use crate::{
    console::{Console, store},
    fields::Fields,
    guard::Visitor,
    problem::Problem,
    texts::fill,
};
use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
pub(crate) use csv::csv;
use futures::TryFutureExt as _;
use query::Query;
pub(crate) use query::{PILES, name as tab_name};
use row::{Row, row};
pub(crate) use row::{exact_quantity, mood, tab_text};
use std::sync::Arc;
use tallyman_app::{
    browse::{Count, Hit, Pile, Search, Searched},
    ports::Catalogue,
};
use tallyman_domain::{ConnectionId, WordKind};

/// Rows a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    page: Page,
    query: Query,
    connections: Vec<ConnectionId>,
    tabs: Vec<Tab>,
    counted_at: Option<Told>,
    rows: Vec<Row>,
    pager: Pager,
    /// Why there is nothing to see, or what was found.
    note: Option<String>,
    searched: bool,
    csv: String,
}

impl OrdersPage {
    fn find_hint(&self) -> &'static str {
        if self.page.private.is_masked() { self.page.t.orders.find_hint_viewer } else { self.page.t.orders.find_hint }
    }
}

/// The connections that a person may look at: all that there are, removed ones too, as their orders stay.
pub(crate) async fn connections(console: &Console) -> Result<Vec<ConnectionId>, Problem> {
    let all = console.directory.config.connections().await.map_err(store)?;
    let mut ids: Vec<ConnectionId> = all.into_iter().map(|connection| connection.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let page = Page::of(Some(&visitor));
    let query = Query::read(&Fields::read(raw.unwrap_or_default().as_bytes())?, &visitor.reads.zone);
    query.check()?;
    if query.text.is_empty() {
        let catalogue = console.shelves.catalogue(None).map_err(store);
        let (known, catalogue) = futures::try_join!(connections(&console), catalogue)?;
        list(&console, page, query, known, &catalogue).await
    } else {
        let known = connections(&console).await?;
        search(&console, page, query, known).await
    }
}

async fn list(
    console: &Console,
    page: Page,
    query: Query,
    known: Vec<ConnectionId>,
    catalogue: &Catalogue,
) -> Result<Response, Problem> {
    let (browse, t, now) = (console.browse(), page.t.orders, console.clock.now());
    let asked = query.asked(&known, ROWS);
    // Orders are counted by connection and pile: of a country, or between two days, nobody has counted them.
    let is_counted = asked.country.is_none() && asked.from.is_none() && asked.to.is_none();
    let counts =
        async { if is_counted { console.counts(catalogue, &asked.connections).await.map(Some) } else { Ok(None) } };
    let (listed, counts) = futures::try_join!(browse.list_in(catalogue, &asked), counts).map_err(store)?;
    let count_of = |pile| counts.as_ref().map(|counts| counts.of(pile));
    let tab = |pile: Pile| Tab {
        label: tab_text(t, pile).to_owned(),
        count: count_of(pile).map(count_text),
        href: query.with_pile(pile).href(),
        current: query.pile == pile,
    };
    let tabs = query::PILES.into_iter().map(tab).collect();
    let oldest = query::PILES.into_iter().filter_map(|pile| count_of(pile)?.as_of).min();
    let counted_at = oldest.map(|at| Told::at(t.counted_at, page.when(at)));
    let rows: Vec<Row> = listed.rows.iter().map(|(order, record)| row(&page, order, record, None, now)).collect();
    let note = rows.is_empty().then(|| if listed.next.is_some() { t.none_on_page } else { t.none }.to_owned());
    let pager = Pager {
        first: query.before.as_ref().map(|_| query.at_start().href()),
        after: listed.next.map(|place| query.behind(place).href()),
        ..Pager::default()
    };
    let csv = query.at_start().csv_href();
    Ok(ok(&OrdersPage { page, query, connections: known, tabs, counted_at, rows, pager, note, searched: false, csv }))
}

async fn found(console: &Console, page: &Page, query: &Query, known: &[ConnectionId]) -> Result<Searched, Problem> {
    // Who doesn't see buyers can't find out who they are by guessing either.
    let kinds: &[WordKind] =
        if page.private.is_masked() { &[WordKind::Sku, WordKind::Tracking] } else { &WordKind::ALL };
    let connections = query.connections(known);
    let asked = query.asked(known, 1);
    let (from, to, country) = (asked.from, asked.to, asked.country.as_deref());
    let search = Search { text: &query.text, connections: &connections, kinds, from, to, country };
    console.browse().search(&search).await.map_err(store)
}

async fn search(console: &Console, page: Page, query: Query, known: Vec<ConnectionId>) -> Result<Response, Problem> {
    let (t, now) = (page.t.orders, console.clock.now());
    let found = found(console, &page, &query, &known).await?;
    let rows: Vec<Row> = found
        .rows
        .iter()
        .map(|(hit, order, record)| row(&page, order, record, Some(hit_text(&page, *hit)), now))
        .collect();
    let values = [("n", &*rows.len().to_string()), ("text", &*query.text)];
    let mut note = fill(if found.more { t.found_more } else { t.found }, &values);
    if found.too_short && rows.is_empty() {
        note = t.too_short.to_owned();
    }
    let tab = |pile| Tab {
        label: tab_text(t, pile).to_owned(),
        count: None,
        href: query.without_text().with_pile(pile).href(),
        current: false,
    };
    let tabs = query::PILES.into_iter().map(tab).collect();
    let (note, pager, csv) = (Some(note), Pager::default(), query.csv_href());
    Ok(ok(&OrdersPage {
        page,
        query,
        connections: known,
        tabs,
        counted_at: None,
        rows,
        pager,
        note,
        searched: true,
        csv,
    }))
}

fn hit_text(page: &Page, hit: Hit) -> &'static str {
    let t = page.t.orders;
    match hit {
        Hit::Number => t.by_number,
        Hit::Word(WordKind::Buyer) => t.by_buyer,
        Hit::Word(WordKind::Sku) => t.by_sku,
        Hit::Word(WordKind::Tracking) => t.by_tracking,
    }
}

pub(crate) fn count_text(count: Count) -> String {
    let digits = count.count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if count.at_least {
        text.push('+');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_told_in_groups_of_three_and_says_when_there_are_more() {
        let text = |count, at_least| count_text(Count { count, at_least, as_of: None });
        assert_eq!([text(0, false), text(999, false), text(500, true)], ["0", "999", "500+"]);
        assert_eq!(text(1_234_567, false), "1\u{202f}234\u{202f}567");
    }
}
