//! What of each account's limits is used and left, for people.

use crate::{
    budget::to_ms,
    connection::{Account, Connection},
    pace::MarketLimits,
    ports::{BudgetStore, StoreError},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use tallyman_domain::{
    ConnectionId, MarketplaceKind,
    limit::{Book, CallClass, Pacing, beijing_day, midnight_in_beijing},
};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Calls to ShipStation in this minute, of one account.
    ShipStationMinute,
    /// Calls to ShipStation V2 in this minute, of one account.
    ShipStationV2Minute,
    /// Calls to a marketplace in this minute, of an app and all its connections.
    MarketplaceMinute,
    /// Calls to a marketplace on this day in Beijing, of an app and all its connections.
    MarketplaceDay,
}

/// One limit as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitView {
    /// Whose it is: `shipstation/<account>`, `shipstation-v2/<account>`, or `<marketplace>/app/<hash of the key>`.
    pub account: String,
    /// Of an app: who shares it.
    pub connections: Vec<ConnectionId>,
    /// What is limited.
    pub kind: LimitKind,
    /// Calls that may be made in the period: of a day, what notices may reach (80 % of the quota).
    pub allowed: u32,
    /// Calls taken in it, those taken together and not made yet among them.
    pub used: u32,
    /// Calls left in it.
    pub left: u32,
    /// When it starts again.
    pub resets_at: Timestamp,
    /// Nothing leaves before: the service said so, or the line is that long.
    pub blocked_until: Option<Timestamp>,
    /// APIs that the service banned, until when.
    pub banned: Vec<(String, Timestamp)>,
    /// Of a day: how far imports and sweeps may go.
    pub import_ceiling: Option<u32>,
    /// See `import_ceiling`.
    pub sweep_ceiling: Option<u32>,
}

const MINUTE_MS: i64 = 60_000;
/// A line of this length is the ordinary one.
const LINE_MS: i64 = 10_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

fn view(account: String, book: &Book, kind: LimitKind, (allowed, used): (u32, u32), now: Timestamp) -> LimitView {
    let now_ms = to_ms(now);
    let resets_ms = match kind {
        LimitKind::MarketplaceDay => midnight_in_beijing(now_ms),
        _ => (now_ms.div_euclid(MINUTE_MS) + 1) * MINUTE_MS,
    };
    let next_ms = book.next_ms();
    LimitView {
        account,
        kind,
        allowed,
        used,
        left: allowed.saturating_sub(used),
        resets_at: at(resets_ms),
        blocked_until: (next_ms > now_ms + LINE_MS).then(|| at(next_ms)),
        banned: book.bans(now_ms).map(|(api, until_ms)| (api.to_owned(), at(until_ms))).collect(),
        connections: Vec::new(),
        import_ceiling: None,
        sweep_ceiling: None,
    }
}

fn per_minute(interval_ms: i64) -> u32 {
    u32::try_from(MINUTE_MS / interval_ms.max(1)).unwrap_or(u32::MAX)
}

/// All limits: ShipStation accounts first, then apps. An app of which nobody holds the key any more has none.
///
/// # Errors
/// [`StoreError`].
pub async fn limits(
    budgets: &dyn BudgetStore,
    accounts: &[Account],
    connections: &[Connection],
    market: &MarketLimits,
    now: Timestamp,
) -> Result<Vec<LimitView>, StoreError> {
    let now_ms = to_ms(now);
    let mut views = Vec::new();
    let of_accounts = accounts.iter().map(|account| async { budgets.book(&account.budget()).await });
    let of_accounts = try_join_all(of_accounts).await?;
    for (account, book) in accounts.iter().zip(of_accounts) {
        // What the headers said last, where they said otherwise than the configuration.
        let allowed = book.calls_per_minute(account.calls_per_minute, now_ms);
        let counts = (allowed, book.used_this_minute(now_ms));
        views.push(view(account.budget(), &book, LimitKind::ShipStationMinute, counts, now));
        let book = budgets.book(&account.budget_v2()).await?;
        // An account that sends no signed webhooks has never been asked there for anything.
        if book.version > 0 {
            let counts = (per_minute(book.interval_ms(Pacing::of_v2(), now_ms)), book.used_this_minute(now_ms));
            views.push(view(account.budget_v2(), &book, LimitKind::ShipStationV2Minute, counts, now));
        }
    }
    let mut apps: BTreeMap<&str, (MarketplaceKind, Vec<ConnectionId>)> = BTreeMap::new();
    for connection in connections {
        if let Some(app) = &connection.app_budget {
            let of_app = apps.entry(app).or_insert_with(|| (connection.marketplace, Vec::new()));
            of_app.1.push(connection.id.clone());
        }
    }
    let books = try_join_all(apps.keys().map(|app| budgets.book(app))).await?;
    for ((app, (marketplace, sellers)), book) in apps.into_iter().zip(books) {
        let shared = |view: LimitView| LimitView { connections: sellers.clone(), ..view };
        let allowed = per_minute(book.interval_ms(market.pacing(), now_ms));
        let counts = (allowed, book.used_this_minute(now_ms));
        views.push(shared(view(app.to_owned(), &book, LimitKind::MarketplaceMinute, counts, now)));
        let Some(quota) = market.quota(marketplace) else { continue };
        let counts = (quota.ceiling(CallClass::Notice), book.used_on(beijing_day(now_ms)));
        let day = shared(view(app.to_owned(), &book, LimitKind::MarketplaceDay, counts, now));
        let (import, sweep) = (quota.ceiling(CallClass::Import), quota.ceiling(CallClass::Sweep));
        views.push(LimitView { import_ceiling: Some(import), sweep_ceiling: Some(sweep), ..day });
    }
    Ok(views)
}
