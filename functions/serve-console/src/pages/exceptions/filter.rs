//! Which exceptions are shown, as the address says it.

use crate::fields::Fields;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tallyman_app::{exceptions::Listed, reconcile::report::named};
use tallyman_domain::{ExceptionKind, Owner};
use url::form_urlencoded::Serializer;

/// Stand for whoever looks, and for nobody, where a name could be.
pub(super) const ME: &str = "@me";
pub(super) const NOBODY: &str = "@nobody";

/// A filter. What isn't known is as if it weren't there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filter {
    pub(super) owner: Option<Owner>,
    pub(super) kind: Option<ExceptionKind>,
    pub(super) connection: String,
    pub(super) assignee: String,
    /// The place behind which the list begins; empty at the most urgent.
    pub(super) after: String,
    /// From 0.
    pub(super) page: usize,
}

/// A name of the domain, as JSON has it.
pub(super) fn parse<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::from(name)).ok()
}

impl Filter {
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            owner: parse(fields.get("owner")),
            kind: parse(fields.get("kind")),
            connection: fields.get("connection").to_owned(),
            assignee: fields.get("assignee").to_owned(),
            after: fields.get("after").to_owned(),
            page: fields.get("page").parse::<usize>().unwrap_or(1).saturating_sub(1),
        }
    }

    /// Its address.
    pub(super) fn href(&self) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(owner) = self.owner {
            query.append_pair("owner", &named(owner));
        }
        if let Some(kind) = self.kind {
            query.append_pair("kind", &named(kind));
        }
        for (name, value) in [("connection", &self.connection), ("assignee", &self.assignee), ("after", &self.after)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if self.page > 0 {
            query.append_pair("page", &(self.page + 1).to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/exceptions".to_owned(),
            query => format!("/exceptions?{query}"),
        }
    }

    pub(super) fn on_page(&self, page: usize) -> String {
        Self { page, ..self.clone() }.href()
    }

    pub(super) fn behind(&self, after: String) -> String {
        Self { after, page: 0, ..self.clone() }.href()
    }

    pub(super) fn of_owner(&self, owner: Option<Owner>) -> String {
        Self { owner, page: 0, ..self.clone() }.href()
    }

    /// Does it let this one through, whoever owns it?
    pub(super) fn takes(&self, listed: &Listed, me: &str) -> bool {
        let assignee = listed.assignee.as_deref();
        self.kind.is_none_or(|kind| listed.kind == kind)
            && (self.connection.is_empty() || connection(listed) == Some(&self.connection))
            && match self.assignee.as_str() {
                "" => true,
                ME => assignee == Some(me),
                NOBODY => assignee.is_none(),
                name => assignee == Some(name),
            }
    }
}

/// Through which connection its order came; a shipment of nobody came through none.
pub(super) fn connection(listed: &Listed) -> Option<&str> {
    listed.order.split_once(':').map(|(connection, _)| connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_to_the_filter_it_was_made_of() {
        let filter = Filter {
            owner: Some(Owner::CustomerService),
            kind: Some(ExceptionKind::NoShipTo),
            connection: "ae-main".to_owned(),
            assignee: "kim & co@example.com".to_owned(),
            after: "2026-11-22T00:00:00Z#81#ae-main".to_owned(),
            page: 2,
        };
        let href = filter.href();
        let query = href.split_once('?').unwrap().1;
        assert_eq!(Filter::read(&Fields::read(query.as_bytes()).unwrap()), filter);
        assert_eq!(Filter::default().href(), "/exceptions");
    }

    #[test]
    fn what_an_address_makes_up_filters_nothing() {
        let fields = Fields::read(b"owner=king&kind=%22%3E&page=-1").unwrap();
        assert_eq!(Filter::read(&fields), Filter::default());
    }
}
