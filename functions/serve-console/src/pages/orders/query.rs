//! What the address of the list says, and back.

use crate::{
    fields::Fields,
    problem::{Malformed, Problem},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tallyman_app::{
    browse::{Asked, Pile},
    ports::Waiting,
};
use tallyman_domain::{ConnectionId, Tab};
use url::form_urlencoded;

/// All piles, in the order of the tabs.
pub(crate) const PILES: [Pile; 7] = [
    Pile::All,
    Pile::Tab(Tab::AwaitingPayment),
    Pile::Tab(Tab::AwaitingShipment),
    Pile::Tab(Tab::OnHold),
    Pile::Tab(Tab::Shipped),
    Pile::Tab(Tab::Cancelled),
    Pile::NeedsAttention,
];
const TEXT_CHARS_MAX: usize = 100;
const PLACE_CHARS_MAX: usize = 120;

/// What is asked for. What can't be read is kept, to be shown beside its field, and counts as not asked for.
#[derive(Clone)]
pub(crate) struct Query {
    pub(super) pile: Pile,
    pub(crate) text: String,
    pub(crate) connection: String,
    pub(crate) country: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(super) before: Option<String>,
    from_at: Option<Timestamp>,
    to_at: Option<Timestamp>,
    pub(crate) wrong_country: bool,
    pub(crate) wrong_day: bool,
    /// No page of ours ends there.
    pub(super) wrong_place: bool,
}

pub(crate) fn name(pile: Pile) -> &'static str {
    match pile {
        Pile::All => "all",
        Pile::Tab(Tab::AwaitingPayment) => "awaiting_payment",
        Pile::Tab(Tab::AwaitingShipment) => "awaiting_shipment",
        Pile::Tab(Tab::OnHold) => "on_hold",
        Pile::Tab(Tab::Shipped) => "shipped",
        Pile::Tab(Tab::Cancelled) => "cancelled",
        Pile::NeedsAttention => "needs_attention",
    }
}

/// The beginning of a day where the reader is.
fn day(text: &str, zone: &TimeZone, days_later: i64) -> Option<Timestamp> {
    let day: Date = text.parse().ok()?;
    let day = day.checked_add(jiff::Span::new().days(days_later)).ok()?;
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

impl Query {
    pub(super) fn read(fields: &Fields, zone: &TimeZone) -> Self {
        let short = |name: &str, most: usize| fields.get(name).chars().take(most).collect::<String>();
        let pile = PILES.into_iter().find(|pile| name(*pile) == fields.get("tab")).unwrap_or(Pile::All);
        let (from, to, country) = (short("from", 10), short("to", 10), short("country", 10).to_uppercase());
        let (from_at, to_at) = (day(&from, zone, 0), day(&to, zone, 1));
        let before = Some(short("before", PLACE_CHARS_MAX)).filter(|before| !before.is_empty());
        let wrong_place = before.as_ref().is_some_and(|before| !is_place(pile, before));
        Self {
            pile,
            text: short("q", TEXT_CHARS_MAX),
            connection: short("connection", 40),
            wrong_country: !country.is_empty() && !is_country(&country),
            wrong_day: (!from.is_empty() && from_at.is_none()) || (!to.is_empty() && to_at.is_none()),
            before: before.filter(|_| !wrong_place),
            wrong_place,
            country,
            from,
            to,
            from_at,
            to_at,
        }
    }

    /// What can't be read is shown beside its field; a place has none, and nobody types one.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.wrong_place { Err(Problem::BadRequest(Malformed::Place)) } else { Ok(()) }
    }

    pub(super) fn connections(&self, known: &[ConnectionId]) -> Vec<ConnectionId> {
        let one: Vec<ConnectionId> = known.iter().filter(|id| id.as_str() == self.connection).cloned().collect();
        if one.is_empty() { known.to_vec() } else { one }
    }

    pub(super) fn asked(&self, known: &[ConnectionId], limit: usize) -> Asked {
        Asked {
            pile: self.pile,
            connections: self.connections(known),
            from: self.from_at,
            to: self.to_at,
            country: Some(self.country.clone()).filter(|country| is_country(country)),
            before: self.before.clone(),
            limit,
        }
    }

    pub(super) fn with_pile(&self, pile: Pile) -> Self {
        Self { pile, before: None, ..self.clone() }
    }

    pub(super) fn at_start(&self) -> Self {
        Self { before: None, ..self.clone() }
    }

    pub(super) fn behind(&self, place: String) -> Self {
        Self { before: Some(place), ..self.clone() }
    }

    pub(super) fn without_text(&self) -> Self {
        Self { text: String::new(), ..self.clone() }
    }

    /// Its tab as the address names it.
    pub(crate) fn tab(&self) -> &'static str {
        name(self.pile)
    }

    /// Is anything asked for besides the tab?
    pub(crate) fn is_filtered(&self) -> bool {
        [&self.text, &self.connection, &self.country, &self.from, &self.to].iter().any(|text| !text.is_empty())
    }

    fn pairs(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        if self.pile != Pile::All {
            pairs.append_pair("tab", self.tab());
        }
        let fields = [
            ("q", &self.text),
            ("connection", &self.connection),
            ("country", &self.country),
            ("from", &self.from),
            ("to", &self.to),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            pairs.append_pair(name, value);
        }
        if let Some(before) = &self.before {
            pairs.append_pair("before", before);
        }
        pairs.finish()
    }

    pub(super) fn href(&self) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() { "/orders".to_owned() } else { format!("/orders?{pairs}") }
    }

    pub(super) fn csv_href(&self) -> String {
        format!("/orders.csv?{}", self.pairs())
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// `2026-11-20T10:00:00Z#8123`: what a link of ours says, and nothing that anybody makes up gets into a key. A page may also
/// end where a day or month begins; what needs attention has places of its own.
fn is_place(pile: Pile, text: &str) -> bool {
    if pile == Pile::NeedsAttention {
        return Waiting::at(text).is_some();
    }
    let (at, order) = text.split_once('#').unwrap_or((text, ""));
    let is_order = order.chars().all(|c| c.is_ascii_alphanumeric() || "-_.#@".contains(c));
    at.len() == 20 && at.parse::<Timestamp>().is_ok() && is_order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Query {
        Query::read(&Fields::read(query.as_bytes()).unwrap(), &TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn an_address_says_what_was_asked_for_and_leads_back_to_it() {
        let query = "tab=shipped&connection=ae-main&country=DE&from=2026-11-01&to=2026-11-20&before=2026-11-10T00%3A00%3A00Z%2381";
        assert_eq!(read(query).href(), format!("/orders?{query}"));
        assert_eq!(read("").href(), "/orders");
        assert_eq!(read(query).with_pile(Pile::All).before, None, "another tab begins at its first page");
    }

    #[test]
    fn days_are_the_readers_own_and_the_last_one_counts() {
        let asked = read("from=2026-11-01&to=2026-11-01").asked(&[], 5);
        assert_eq!(asked.from.unwrap().to_string(), "2026-10-31T23:00:00Z");
        assert_eq!(asked.to.unwrap().to_string(), "2026-11-01T23:00:00Z");
    }

    #[test]
    fn what_cant_be_read_is_not_asked_for_and_said_to_be_wrong() {
        let query = read("country=Germany&from=yesterday&before=%27x&tab=none&connection=nobody");
        assert!(query.wrong_country && query.wrong_day && query.wrong_place);
        let known = [ConnectionId::parse("ae-main").unwrap()];
        let asked = query.asked(&known, 5);
        assert_eq!((asked.country, asked.from, asked.before, asked.pile), (None, None, None, Pile::All));
        assert_eq!(asked.connections, known);
    }

    #[test]
    fn a_page_begins_where_one_of_ours_ended_and_nowhere_else() {
        let order = "before=2026-11-10T00%3A00%3A00Z%2381";
        assert!(read(order).before.is_some() && read("before=2026-11-01T00%3A00%3A00Z").before.is_some());
        assert!(!read("").wrong_place);
        for bad in [format!("tab=needs_attention&{order}"), "before=81".to_owned(), "before=2026%2381".to_owned()] {
            assert!(read(&bad).wrong_place && read(&bad).before.is_none(), "{bad}");
        }
        assert!(!read(&format!("tab=needs_attention&{order}%23ae-main")).wrong_place);
    }
}
