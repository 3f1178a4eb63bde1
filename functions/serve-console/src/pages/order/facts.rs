//! What both sides say of an order, as terms and values.

use crate::{
    pages::{Page, orders::exact_quantity, when::When},
    texts::ours::{adjustment, internal_note},
};
use tallyman_app::ports::OrderRecord;
use tallyman_domain::{Address, Order, OrderState, shipment::remaining};

/// A term and its value.
pub(crate) struct Fact {
    pub(crate) term: &'static str,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Text(String),
    /// Shown to operators only.
    Hidden(String),
    /// Lines of an address.
    Lines(Vec<String>),
    When(When),
}

pub(crate) type Facts = Vec<Fact>;

fn text(term: &'static str, value: impl Into<String>) -> Fact {
    Fact { term, value: Value::Text(value.into()) }
}

/// What is said is listed; what isn't, isn't.
fn said(term: &'static str, value: Option<&str>) -> Option<Fact> {
    value.filter(|value| !value.trim().is_empty()).map(|value| text(term, value))
}

impl Page {
    fn hidden(&self, term: &'static str, value: String) -> Fact {
        Fact { term, value: if self.private.is_masked() { Value::Hidden(value) } else { Value::Text(value) } }
    }

    /// An address as it is written on a parcel, as far as the visitor may see it.
    pub(super) fn address(&self, to: &Address) -> Vec<String> {
        let p = self.private;
        let mut lines = vec![p.name(&to.name)];
        lines.extend(to.company.as_deref().map(|company| p.street(company)));
        lines.extend(to.street.iter().map(|street| p.street(street)));
        let postal_code = to.postal_code.as_deref().map(|code| p.postal_code(code)).unwrap_or_default();
        lines.push(format!("{postal_code} {}", to.city).trim().to_owned());
        lines.extend(to.province.clone());
        lines.push(to.country.to_string());
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// What the marketplace said when it was read last.
pub(super) fn marketplace_side(page: &Page, record: &OrderRecord) -> Facts {
    let (t, state) = (page.t.orders, &record.state);
    let when = |at| Value::When(page.when(at));
    let mut facts = vec![text(t.word, state.word.clone()), Fact { term: t.placed, value: when(state.placed_at) }];
    facts.extend(state.paid_at.map(|at| Fact { term: t.paid, value: when(at) }));
    facts.push(Fact { term: t.first_seen, value: when(state.first_seen_at) });
    let Some(order) = &record.order else { return facts };
    let (p, buyer) = (page.private, &order.buyer);
    facts.extend(buyer.name.as_deref().map(|name| page.hidden(t.buyer, p.name(name))));
    facts.extend(buyer.login.as_deref().map(|login| page.hidden(t.login, p.login(login))));
    facts.extend(buyer.email.as_deref().map(|email| page.hidden(t.email, p.email(email))));
    let phone = order.ship_to.as_ref().and_then(|to| to.phone.as_deref()).or(buyer.phone.as_deref());
    facts.extend(phone.map(|phone| page.hidden(t.phone, p.phone(phone))));
    facts.push(match &order.ship_to {
        Some(to) => Fact { term: t.ship_to, value: Value::Lines(page.address(to)) },
        None => text(t.ship_to, t.no_ship_to),
    });
    facts.extend(said(t.payment, order.payment_method.as_deref()));
    facts.extend(said(t.service_wanted, order.requested_service.as_deref()));
    // Marketplaces write whole addresses into notes.
    let internal = order.internal_note.as_deref().map(|note| internal_note(note, page.t.lang));
    for (term, note) in [(t.buyer_note, &order.buyer_note), (t.gift, &order.gift_message), (t.internal_note, &internal)]
    {
        facts.extend(note.as_deref().filter(|note| !note.is_empty()).map(|note| page.hidden(term, p.street(note))));
    }
    let ids: Vec<String> =
        order.tax_ids.iter().map(|id| format!("{} {}", id.kind.label(), p.login(&id.value))).collect();
    facts.extend((!ids.is_empty()).then(|| page.hidden(t.tax_ids, ids.join(", "))));
    facts
}

/// What ShipStation was given, and what it has made of it.
pub(super) fn warehouse_side(page: &Page, record: &OrderRecord) -> Facts {
    let (t, export) = (page.t.orders, &record.state.export);
    let arrived = export.arrived_at.map(|at| Value::When(page.when(at)));
    let mut facts = vec![Fact { term: t.in_shipstation, value: arrived.unwrap_or(Value::Text(t.not_there.into())) }];
    facts.extend(export.warehouse_order.map(|id| text(t.shipstation_id, id.to_string())));
    facts.extend(export_state(page, &record.state).map(|state| text(t.status, state)));
    facts.extend((!export.merged.is_empty()).then(|| {
        let with: Vec<String> = export.merged.iter().map(ToString::to_string).collect();
        text(t.merged_with, with.join(", "))
    }));
    let ordered = record.order.as_ref().and_then(|order| order.ship_to.as_ref());
    for shipment in record.shipments.iter().filter(|s| !s.voided) {
        let elsewhere = shipment.ship_to.as_ref().filter(|to| ordered.is_some_and(|ordered| differs(ordered, to)));
        facts.extend(elsewhere.map(|to| Fact { term: t.went_to, value: Value::Lines(page.address(to)) }));
    }
    facts
}

fn export_state(page: &Page, state: &OrderState) -> Option<&'static str> {
    let (t, export) = (page.t.orders, &state.export);
    let wanted = export.wanted.as_ref()?;
    Some(if export.refused.as_ref() == Some(wanted) {
        t.was_refused
    } else if export.sent.as_ref() == Some(wanted) {
        t.up_to_date
    } else {
        t.to_be_given
    })
}

/// Another place, not another way of writing it.
fn differs(ordered: &Address, went: &Address) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let code = |to: &Address| plain(to.postal_code.as_deref().unwrap_or_default());
    let both_codes = !code(ordered).is_empty() && !code(went).is_empty();
    ordered.country != went.country || (both_codes && code(ordered) != code(went))
}

/// A line of the order.
pub(crate) struct LineRow {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) options: String,
    pub(crate) quantity: String,
    pub(crate) shipped: String,
    pub(crate) price: String,
}

pub(super) fn lines(record: &OrderRecord) -> Vec<LineRow> {
    let Some(order) = &record.order else { return Vec::new() };
    let in_force = record.state.in_force(&record.shipments);
    let left = remaining(order, in_force.iter().filter(|s| !s.voided));
    let line = |line: &tallyman_domain::order::Line| {
        let left = left.get(&line.id).copied().unwrap_or(line.quantity);
        let options: Vec<String> = line.options.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        LineRow {
            sku: line.sku.clone().unwrap_or_default(),
            name: line.name.clone(),
            options: options.join(", "),
            quantity: exact_quantity(line.quantity),
            shipped: exact_quantity(line.quantity - left),
            price: line.unit_price.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    };
    order.lines.iter().map(line).collect()
}

/// What it costs, term by term, the total last.
pub(super) fn amounts(page: &Page, order: &Order) -> Vec<(String, String)> {
    let (t, amounts) = (page.t.orders, &order.amounts);
    let mut rows: Vec<(String, String)> = amounts
        .adjustments
        .iter()
        .map(|a| (adjustment(&a.name, page.t.lang).to_owned(), a.amount.to_string()))
        .collect();
    for (term, amount) in [(t.shipping, &amounts.shipping), (t.tax, &amounts.tax), (t.total, &amounts.total)] {
        rows.extend(amount.as_ref().map(|amount| (term.to_owned(), amount.to_string())));
    }
    rows
}
