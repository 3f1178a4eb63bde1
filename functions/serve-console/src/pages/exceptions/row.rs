//! One exception on a page, and its key in forms and addresses.

use crate::{
    pages::{
        Page,
        when::{When, time_left},
    },
    routes,
    texts::{fill, findings, kinds},
};
use jiff::Timestamp;
use tallyman_app::{
    exceptions::{Listed, Place},
    reconcile::report::named,
};
use tallyman_domain::{Digest, ExceptionKind, ShipmentId};
use url::form_urlencoded::Serializer;

use super::filter::parse;

/// Which exception is meant, and what was known of it when a person looked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) kind: ExceptionKind,
    pub(super) place: Place,
    pub(super) shipment: Option<ShipmentId>,
    /// A digest of what happened: one that says something else by now isn't acted on unseen.
    seen: String,
}

/// The page of an open exception.
pub(crate) fn href_of(listed: &Listed) -> Option<String> {
    Key::of(listed).map(|key| key.href())
}

impl Key {
    pub(super) fn of(listed: &Listed) -> Option<Self> {
        let seen = seen(listed);
        Some(Self { kind: listed.kind, place: Place::parse(&listed.order)?, shipment: listed.shipment.clone(), seen })
    }

    /// No identifier holds a full stop.
    pub(super) fn text(&self) -> String {
        let place = self.place_text();
        let shipment = self.shipment.as_ref().map_or("", ShipmentId::as_str);
        format!("{}.{place}.{shipment}.{}", named(self.kind), self.seen)
    }

    /// As lists print it.
    pub(super) fn place_text(&self) -> String {
        match &self.place {
            Place::Order(order) => order.to_string(),
            Place::Stray(account, id) => format!("{account}/{id}"),
        }
    }

    /// Its page.
    pub(super) fn href(&self) -> String {
        format!("/exceptions/one?{}", Serializer::new(String::new()).append_pair("key", &self.text()).finish())
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (kind, place) = (parse(parts.next()?)?, Place::parse(parts.next()?)?);
        let shipment = match parts.next()? {
            "" => None,
            id => Some(ShipmentId::parse(id).ok()?),
        };
        Some(Self { kind, place, shipment, seen: parts.next()?.to_owned() })
    }

    /// Is it this one, whatever it says by now?
    pub(super) fn is(&self, listed: &Listed) -> bool {
        listed.kind == self.kind
            && listed.shipment == self.shipment
            && Place::parse(&listed.order).as_ref() == Some(&self.place)
    }

    /// Does it still say what the person saw?
    pub(super) fn still_says(&self, listed: &Listed) -> bool {
        self.seen == seen(listed)
    }
}

fn seen(listed: &Listed) -> String {
    Digest::of_bytes(listed.what.as_bytes()).short()
}

/// One as a list shows it.
pub(super) struct Row {
    pub(super) key: String,
    /// Its own page.
    pub(super) href: String,
    pub(super) title: &'static str,
    pub(super) what: String,
    /// What a service said of it is left out.
    pub(super) hidden: bool,
    /// It is English, whatever the page is.
    pub(super) foreign: bool,
    pub(super) to_do: &'static str,
    pub(super) order: String,
    /// The order's page, where it is an order.
    pub(super) order_href: Option<String>,
    pub(super) shipment: Option<String>,
    pub(super) owner: &'static str,
    pub(super) assignee: Option<String>,
    pub(super) left: String,
    pub(super) mood: &'static str,
    pub(super) deadline: When,
    pub(super) since: When,
    pub(super) last_seen: When,
    pub(super) found: String,
}

impl Row {
    pub(super) fn of(page: &Page, listed: &Listed, now: Timestamp) -> Self {
        let (t, key) = (page.t, Key::of(listed));
        let (left, mood) = time_left(t, listed.deadline, now);
        let count = listed.count.to_string();
        let shipment = listed.shipment.as_ref();
        let what = findings::sentence(&listed.finding, t.lang);
        Self {
            href: key.as_ref().map(Key::href).unwrap_or_default(),
            key: key.as_ref().map(Key::text).unwrap_or_default(),
            title: kinds::title(listed.kind, t.lang),
            foreign: what.foreign && !page.private.is_masked(),
            what: format!("{}{}", page.private_detail(&what.text), findings::unlisted(listed.unlisted, t.lang)),
            hidden: page.private.is_masked(),
            to_do: kinds::to_do(listed.kind, t.lang),
            order_href: order_href(&listed.order),
            order: listed.order.clone(),
            shipment: shipment.map(|id| fill(t.exceptions.shipment, &[("id", id.as_str())])),
            owner: kinds::owner(listed.owner, t.lang),
            assignee: listed.assignee.clone(),
            left,
            mood,
            deadline: page.when(listed.deadline),
            since: page.when(listed.since),
            last_seen: page.when(listed.last_seen),
            found: match listed.count {
                1 => t.exceptions.found_once.to_owned(),
                _ => fill(t.exceptions.found, &[("count", &count)]),
            },
        }
    }
}

fn order_href(order: &str) -> Option<String> {
    let (connection, order) = order.split_once(':')?;
    routes::has_orders().then(|| format!("/orders/{connection}/{order}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_nothing_else_is_one() {
        for text in ["no_ship_to.ae-main:1..", "shipment_unattributed.main/s99..abc", "carrier_unmapped.ae:1.s5.abc"] {
            assert_eq!(Key::parse(text).unwrap().text(), text);
        }
        for text in ["", "no_ship_to", "no_ship_to.x", "king.ae:1..", "no_ship_to.ae:1.s 5.", "no_ship_to.ae:1"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
