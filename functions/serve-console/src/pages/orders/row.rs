//! An order as a row of the list.

use crate::{
    pages::{
        Page,
        when::{When, time_left},
    },
    private::Private,
    texts::{Orders, Texts, fill},
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use tallyman_app::{browse::Pile, ports::OrderRecord};
use tallyman_domain::{Order, OrderRef, OrderState, Tab};

/// What a row shows.
pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) number: String,
    pub(crate) connection: String,
    pub(crate) placed: When,
    pub(crate) buyer: String,
    pub(crate) masked: bool,
    pub(crate) country: String,
    pub(crate) goods: String,
    pub(crate) total: String,
    /// Ship by: when, how long that is, and how bad.
    pub(crate) ship_by: Option<(When, (String, &'static str))>,
    pub(crate) status: &'static str,
    pub(crate) mood: &'static str,
    pub(crate) marks: Vec<Mark>,
    pub(crate) problems: Option<String>,
    /// By what it was found.
    pub(crate) hit: Option<&'static str>,
}

/// A small mark: proof, sent, confirmed.
pub(crate) struct Mark {
    pub(crate) text: String,
    /// For whoever doesn't see it.
    pub(crate) words: String,
    pub(crate) mood: &'static str,
}

/// The name of a pile.
pub(crate) fn tab_text(t: &Orders, pile: Pile) -> &'static str {
    match pile {
        Pile::All => t.tab_all,
        Pile::NeedsAttention => t.tab_attention,
        Pile::Tab(Tab::AwaitingPayment) => t.tab_payment,
        Pile::Tab(Tab::AwaitingShipment) => t.tab_shipment,
        Pile::Tab(Tab::OnHold) => t.tab_hold,
        Pile::Tab(Tab::Shipped) => t.tab_shipped,
        Pile::Tab(Tab::Cancelled) => t.tab_cancelled,
    }
}

pub(crate) fn mood(tab: Tab) -> &'static str {
    match tab {
        Tab::AwaitingPayment | Tab::Cancelled => "calm",
        Tab::AwaitingShipment => "warn",
        Tab::OnHold => "bad",
        Tab::Shipped => "good",
    }
}

/// A quantity without needless zeros.
pub(crate) fn exact_quantity(quantity: Decimal) -> String {
    quantity.normalize().to_string()
}

/// The first line, and how many more.
pub(super) fn goods(t: &Orders, order: &Order) -> String {
    let Some(first) = order.lines.first() else { return String::new() };
    let name = first.sku.as_deref().unwrap_or(&first.name);
    let short: String = name.chars().take(40).collect();
    let one = format!("{} × {short}", exact_quantity(first.quantity));
    match order.lines.len() - 1 {
        0 => one,
        more => format!("{one} {}", fill(t.goods_more, &[("n", &more.to_string())])),
    }
}

/// Who bought, as the visitor may see it.
pub(super) fn buyer(private: Private, order: &Order) -> String {
    let name = order.ship_to.as_ref().map(|to| to.name.as_str()).or(order.buyer.name.as_deref());
    match (name, &order.buyer.login) {
        (Some(name), _) => private.name(name),
        (None, Some(login)) => private.login(login),
        (None, None) => String::new(),
    }
}

fn marks(t: &Orders, state: &OrderState) -> Vec<Mark> {
    let marks = state.marks();
    if marks.parcels == 0 {
        return Vec::new();
    }
    // No colour says anything that words don't.
    let mark = |label: &str, done: usize| {
        let (is_done, parcels) = (done == marks.parcels, marks.parcels);
        let (sign, word) = if is_done { ("✓", t.mark_yes) } else { ("–", t.mark_no) };
        let (text, words) = match parcels {
            1 => (format!("{label} {sign}"), format!("{label}: {word}")),
            _ => {
                let of = fill(t.mark_of, &[("n", &done.to_string()), ("count", &parcels.to_string())]);
                (format!("{label} {done}/{parcels}"), format!("{label}: {of}"))
            }
        };
        Mark { text, words, mood: if is_done { "good" } else { "calm" } }
    };
    vec![mark(t.mark_proof, marks.proven), mark(t.mark_sent, marks.told), mark(t.mark_confirmed, marks.confirmed)]
}

pub(super) fn row(
    page: &Page,
    reference: &OrderRef,
    record: &OrderRecord,
    hit: Option<&'static str>,
    now: Timestamp,
) -> Row {
    let (t, state): (&Texts, &OrderState) = (page.t, &record.state);
    let (tab, order) = (state.tab(), record.order.as_ref());
    let waits = matches!(tab, Tab::AwaitingShipment | Tab::OnHold);
    let open = state.exceptions.len();
    Row {
        href: format!("/orders/{}/{}", reference.connection, reference.order),
        number: reference.order.to_string(),
        connection: reference.connection.to_string(),
        placed: page.when(state.placed_at),
        buyer: order.map(|order| buyer(page.private, order)).unwrap_or_default(),
        masked: page.private.is_masked(),
        country: state.country.map(|country| country.to_string()).unwrap_or_default(),
        goods: order.map_or_else(|| t.orders.unreadable.to_owned(), |order| goods(t.orders, order)),
        total: order.and_then(|order| order.amounts.total.as_ref()).map(ToString::to_string).unwrap_or_default(),
        ship_by: state.ship_by.filter(|_| waits).map(|by| (page.when(by), time_left(t, by, now))),
        status: tab_text(t.orders, Pile::Tab(tab)),
        mood: mood(tab),
        marks: marks(t.orders, state),
        problems: (open > 0).then(|| fill(t.orders.problems, &[("n", &open.to_string())])),
        hit,
    }
}
