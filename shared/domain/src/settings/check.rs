//! What can't be chosen. One place for the console, for connections files, and for whoever comes next.

use super::Settings;
use crate::carrier::{CarrierRow, LiveService};
use std::collections::BTreeSet;

/// A name on the proof, in characters.
pub const SELLER_NAME_CHARS_MAX: usize = 100;
/// The remark to the buyer, in ASCII characters (what the marketplaces take).
pub const NOTE_TO_BUYER_CHARS_MAX: usize = 512;
/// Rows of the status map.
pub const STATUS_ROWS_MAX: usize = 50;
/// A marketplace's name of a status, in characters.
pub const STATUS_NAME_CHARS_MAX: usize = 64;
/// Rows of the carrier map.
pub const CARRIER_ROWS_MAX: usize = 60;
/// A carrier, service, or code, in characters.
pub const CARRIER_CHARS_MAX: usize = 80;
/// A year.
pub const VOID_WINDOW_HOURS_MAX: u32 = 365 * 24;
/// What customs reads, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 200;
const WEBSITE_CHARS_MAX: usize = 200;
/// Codes that are offered for an unknown one.
const SUGGESTIONS_MAX: usize = 3;

/// What is wrong with settings. Rows count from 1, as people do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Too long, or not text.
    #[error("seller_name has at most {SELLER_NAME_CHARS_MAX} characters and no line breaks")]
    SellerName,
    /// Too long, or not English.
    #[error("note_to_buyer is English (ASCII) and at most {NOTE_TO_BUYER_CHARS_MAX} characters")]
    NoteToBuyer,
    /// Not a store of ShipStation's.
    #[error("store_id is a positive number")]
    StoreId,
    /// Longer than a year.
    #[error("void_window_hours is at most {VOID_WINDOW_HOURS_MAX}")]
    VoidWindow,
    /// No such custom field.
    #[error("tax_ids.custom_field is 1, 2, 3, or 0 for none")]
    TaxField,
    /// Not digits and full stops.
    #[error("customs.tariff_code is 4 to 14 digits, with full stops where you like")]
    TariffCode,
    /// Too long.
    #[error("customs.description has at most {DESCRIPTION_CHARS_MAX} characters and no line breaks")]
    Description,
    /// No marketplace has such a status.
    #[error("status_map: {name:?} is no name of a status: 1 to {STATUS_NAME_CHARS_MAX} letters, digits, _ or -")]
    StatusName {
        /// What was given.
        name: String,
    },
    /// Too many rows.
    #[error("status_map has at most {STATUS_ROWS_MAX} rows")]
    StatusRows,
    /// Too many rows.
    #[error("carriers has at most {CARRIER_ROWS_MAX} rows")]
    CarrierRows,
    /// No carrier, or too long a text.
    #[error(
        "carriers row {row}: carrier and service are ShipStation's codes or names, at most {CARRIER_CHARS_MAX} characters; the carrier is needed"
    )]
    Carrier {
        /// Which row.
        row: usize,
    },
    /// No code.
    #[error("carriers row {row}: code is the marketplace's own code, without blanks")]
    Code {
        /// Which row.
        row: usize,
    },
    /// A service without a name of its own needs an address for buyers.
    #[error("carriers row {row}: tracking_website is an address with https://; an OTHER... code needs one")]
    Website {
        /// Which row.
        row: usize,
    },
    /// The same carrier and service as in a row above.
    #[error("carriers row {row}: this carrier and service stand in a row above already")]
    Twice {
        /// Which row.
        row: usize,
    },
    /// The marketplace's live list doesn't have the code.
    #[error("carriers row {row}: the marketplace has no code {code:?}{}", near(.suggestions))]
    UnknownCode {
        /// Which row.
        row: usize,
        /// What was given.
        code: String,
        /// The nearest that it has.
        suggestions: Vec<String>,
    },
    /// The live list can't be had just now, and the code is new.
    #[error("carriers row {row}: code {code:?} can't be checked, because the marketplace's list can't be had now")]
    Unchecked {
        /// Which row.
        row: usize,
        /// What was given.
        code: String,
    },
}

fn near(suggestions: &[String]) -> String {
    if suggestions.is_empty() { String::new() } else { format!("; did you mean {}?", suggestions.join(", ")) }
}

fn one_line(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(char::is_control)
}

impl Settings {
    /// Everything that is wrong with them, but for codes, which only the live list knows ([`unknown_codes`]).
    #[must_use]
    pub fn wrong(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut unless = |good: bool, what: Wrong| {
            if !good {
                wrong.push(what);
            }
        };
        unless(one_line(&self.seller_name, SELLER_NAME_CHARS_MAX), Wrong::SellerName);
        let note = &self.note_to_buyer;
        unless(note.len() <= NOTE_TO_BUYER_CHARS_MAX && note.is_ascii(), Wrong::NoteToBuyer);
        unless(self.store_id.is_none_or(|id| id > 0), Wrong::StoreId);
        unless(self.void_window_hours <= VOID_WINDOW_HOURS_MAX, Wrong::VoidWindow);
        unless(self.tax_ids.custom_field <= 3, Wrong::TaxField);
        unless(self.customs.tariff_code.as_deref().is_none_or(is_tariff_code), Wrong::TariffCode);
        let description = self.customs.description.as_deref().unwrap_or_default();
        unless(one_line(description, DESCRIPTION_CHARS_MAX), Wrong::Description);
        unless(self.status_map.len() <= STATUS_ROWS_MAX, Wrong::StatusRows);
        for name in self.status_map.keys() {
            unless(
                is_status_name(name),
                Wrong::StatusName { name: name.chars().take(STATUS_NAME_CHARS_MAX).collect() },
            );
        }
        wrong.extend(wrong_carriers(&self.carriers));
        wrong
    }
}

fn is_tariff_code(code: &str) -> bool {
    let digits = code.chars().filter(char::is_ascii_digit).count();
    (4..=14).contains(&digits) && code.len() <= 20 && code.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_status_name(name: &str) -> bool {
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=STATUS_NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(usable)
}

fn is_website(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    !host.is_empty() && text.len() <= WEBSITE_CHARS_MAX && text.chars().all(|c| c.is_ascii_graphic())
}

fn wrong_carriers(rows: &[CarrierRow]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if rows.len() > CARRIER_ROWS_MAX {
        wrong.push(Wrong::CarrierRows);
    }
    let mut seen = BTreeSet::new();
    for (row, given) in (1..).zip(rows) {
        let code = given.code.trim();
        let named = !given.carrier.trim().is_empty();
        if !named || !one_line(&given.carrier, CARRIER_CHARS_MAX) || !one_line(&given.service, CARRIER_CHARS_MAX) {
            wrong.push(Wrong::Carrier { row });
        }
        if code.is_empty() || code.len() > CARRIER_CHARS_MAX || !code.chars().all(|c| c.is_ascii_graphic()) {
            wrong.push(Wrong::Code { row });
        }
        let (website, needed) = (given.tracking_website.trim(), code.to_ascii_uppercase().starts_with("OTHER"));
        if if website.is_empty() { needed } else { !is_website(website) } {
            wrong.push(Wrong::Website { row });
        }
        if named && !seen.insert((given.carrier.trim().to_lowercase(), given.service.trim().to_lowercase())) {
            wrong.push(Wrong::Twice { row });
        }
    }
    wrong
}

/// The rows whose code the marketplace's live list doesn't have, with the nearest codes that it has.
#[must_use]
pub fn unknown_codes(rows: &[CarrierRow], live: &[LiveService]) -> Vec<Wrong> {
    let known = |code: &str| live.iter().any(|service| service.code.eq_ignore_ascii_case(code));
    let unknown = (1..).zip(rows).filter(|(_, row)| !row.code.trim().is_empty() && !known(row.code.trim()));
    unknown
        .map(|(row, given)| {
            let code = given.code.trim().to_owned();
            Wrong::UnknownCode { row, suggestions: nearest(&code, live), code }
        })
        .collect()
}

/// The rows whose code none of the rows `before` has: while nobody can be asked, those stay out.
#[must_use]
pub fn unchecked_codes(rows: &[CarrierRow], before: &[CarrierRow]) -> Vec<Wrong> {
    let known = |code: &str| before.iter().any(|row| row.code.trim().eq_ignore_ascii_case(code));
    let new = (1..).zip(rows).filter(|(_, row)| !known(row.code.trim()));
    new.map(|(row, given)| Wrong::Unchecked { row, code: given.code.trim().to_owned() }).collect()
}

/// The codes that are most like what was given: by what has to be changed in the code, or because its name is meant.
fn nearest(given: &str, live: &[LiveService]) -> Vec<String> {
    let wanted = given.to_ascii_uppercase();
    let mut scored: Vec<(usize, &str)> = live
        .iter()
        .filter_map(|service| {
            let (code, name) = (service.code.to_ascii_uppercase(), service.name.to_ascii_uppercase());
            let contained = code.contains(&wanted) || wanted.contains(&code) || name.contains(&wanted);
            let far = distance(&wanted, &code);
            (contained || far <= (wanted.len() / 3).max(2)).then_some((far, service.code.as_str()))
        })
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(SUGGESTIONS_MAX).map(|(_, code)| code.to_owned()).collect()
}

/// How many characters have to be put in, left out or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::OrderStatus;

    fn row(carrier: &str, code: &str, tracking_website: &str) -> CarrierRow {
        let (carrier, code, tracking_website) = (carrier.into(), code.into(), tracking_website.into());
        CarrierRow { carrier, service: String::new(), code, tracking_website }
    }
    fn live() -> Vec<LiveService> {
        [("USPS", "USPS"), ("DHL", "DHL Express"), ("DHLECOM", "DHL e-commerce"), ("ROYAL_MAIL", "Royal Mail")]
            .map(|(code, name)| LiveService {
                code: code.into(),
                name: name.into(),
                tracking_pattern: None,
                transport: None,
            })
            .to_vec()
    }
    fn with(change: impl Fn(&mut Settings)) -> Vec<Wrong> {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.wrong()
    }

    #[test]
    fn the_defaults_and_everything_at_its_limit_are_right() {
        assert_eq!(Settings::default().wrong(), []);
        let full = with(|s| {
            s.seller_name = "ü".repeat(SELLER_NAME_CHARS_MAX);
            s.note_to_buyer = "x".repeat(NOTE_TO_BUYER_CHARS_MAX);
            s.store_id = Some(1);
            s.void_window_hours = VOID_WINDOW_HOURS_MAX;
            s.tax_ids.custom_field = 3;
            s.customs.tariff_code = Some("6109.10".into());
            s.status_map = [("BRAND_NEW".to_owned(), OrderStatus::OnHold)].into();
            s.carriers = vec![row("acme", "DHL", ""), row("other", "OTHER_US", "https://track.example.com/?n=1")];
        });
        assert_eq!(full, []);
    }

    #[test]
    fn each_thing_that_can_be_wrong_is_named_on_its_own() {
        assert_eq!(with(|s| s.seller_name = "a\nb".into()), [Wrong::SellerName]);
        assert_eq!(with(|s| s.note_to_buyer = "Grüße".into()), [Wrong::NoteToBuyer]);
        assert_eq!(with(|s| s.note_to_buyer = "x".repeat(513)), [Wrong::NoteToBuyer]);
        assert_eq!(with(|s| s.store_id = Some(0)), [Wrong::StoreId]);
        assert_eq!(with(|s| s.void_window_hours = 8761), [Wrong::VoidWindow]);
        assert_eq!(with(|s| s.tax_ids.custom_field = 4), [Wrong::TaxField]);
        for code in ["", "610", "6109-10", "ABCD", "123456789012345"] {
            assert_eq!(with(|s| s.customs.tariff_code = Some(code.into())), [Wrong::TariffCode], "{code}");
        }
        assert_eq!(with(|s| s.customs.description = Some("x".repeat(201))), [Wrong::Description]);
        let name = "not a name".to_owned();
        assert_eq!(
            with(|s| s.status_map = [(name.clone(), OrderStatus::OnHold)].into()),
            [Wrong::StatusName { name: name.clone() }]
        );
    }

    #[test]
    fn a_row_of_the_carrier_map_needs_a_carrier_a_code_and_for_other_codes_an_address() {
        let carriers = |rows: &[CarrierRow]| with(|s| s.carriers = rows.to_vec());
        assert_eq!(carriers(&[row(" ", "DHL", "")]), [Wrong::Carrier { row: 1 }]);
        assert_eq!(carriers(&[row("a", "DHL", ""), row("b", "D HL", "")]), [Wrong::Code { row: 2 }]);
        assert_eq!(carriers(&[row("a", "other_us", "")]), [Wrong::Website { row: 1 }]);
        assert_eq!(carriers(&[row("a", "DHL", "javascript:alert(1)")]), [Wrong::Website { row: 1 }]);
        assert_eq!(carriers(&[row("Acme", "DHL", ""), row("acme ", "USPS", "")]), [Wrong::Twice { row: 2 }]);
        let many: Vec<_> = (0..61).map(|n| row(&n.to_string(), "DHL", "")).collect();
        assert_eq!(carriers(&many), [Wrong::CarrierRows]);
    }

    #[test]
    fn a_code_that_the_marketplace_does_not_have_is_refused_with_the_nearest_ones() {
        let unknown = |code: &str| match &unknown_codes(&[row("a", code, "")], &live())[..] {
            [] => None,
            [Wrong::UnknownCode { row: 1, suggestions, .. }] => Some(suggestions.join(" ")),
            other => panic!("{other:?}"),
        };
        assert_eq!(unknown("usps"), None);
        assert_eq!(unknown("UPSS").as_deref(), Some("USPS"));
        assert_eq!(unknown("DHL_ECOM").as_deref(), Some("DHLECOM DHL"));
        assert_eq!(unknown("ROYALMAIL").as_deref(), Some("ROYAL_MAIL"));
        assert_eq!(unknown("YODEL").as_deref(), Some(""));
    }

    #[test]
    fn while_the_list_can_not_be_had_only_codes_that_were_there_are_taken() {
        let before = [row("a", "DHL", "")];
        assert_eq!(unchecked_codes(&[row("b", "dhl", "")], &before), []);
        let new = unchecked_codes(&[row("a", "DHL", ""), row("b", "USPS", "")], &before);
        assert_eq!(new, [Wrong::Unchecked { row: 2, code: "USPS".into() }]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row_and_what_to_do() {
        let said = unknown_codes(&[row("a", "UPSS", "")], &live())[0].to_string();
        assert_eq!(said, "carriers row 1: the marketplace has no code \"UPSS\"; did you mean USPS?");
    }
}
