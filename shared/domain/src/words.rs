//! What orders are found by, besides their number.

use crate::{Order, Shipment};
use std::collections::BTreeSet;

/// A word that is longer finds nobody any better.
const CHARS_MAX: usize = 80;
/// At most so many words of one kind an order: each costs a write.
const WORDS_MAX: usize = 20;

/// What kind of word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WordKind {
    /// The buyer's or the recipient's name, login, e-mail.
    Buyer,
    /// A SKU.
    Sku,
    /// A tracking number.
    Tracking,
}

impl WordKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Buyer, Self::Sku, Self::Tracking];

    /// So many characters at least have to be known of a longer word to find it: words are kept by their beginnings, and
    /// SKUs and tracking numbers have their first letters in common.
    #[must_use]
    pub fn head_chars(self) -> usize {
        match self {
            Self::Buyer => 3,
            Self::Sku | Self::Tracking => 6,
        }
    }

    /// The beginning that a word is kept by.
    #[must_use]
    pub fn head(self, word: &str) -> String {
        word.chars().take(self.head_chars()).collect()
    }
}

/// As it is stored and looked for: small letters, one space between words, no `#`.
#[must_use]
pub fn normal(text: &str) -> String {
    let small: String = text.chars().flat_map(char::to_lowercase).map(|c| if c == '#' { ' ' } else { c }).collect();
    let parts: Vec<&str> =
        small.split(|c: char| c.is_whitespace() || c.is_control()).filter(|p| !p.is_empty()).collect();
    parts.join(" ").chars().take(CHARS_MAX).collect()
}

fn words<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    texts.map(normal).filter(|word| !word.is_empty()).take(WORDS_MAX).collect()
}

/// Words are found by their beginnings, and people are asked for by their last names.
fn last_name_first(name: &str) -> Option<String> {
    let (others, last) = name.trim().rsplit_once(char::is_whitespace)?;
    Some(format!("{last} {others}"))
}

/// The words of an order's facts.
#[must_use]
pub fn of_order(order: &Order) -> Vec<(WordKind, String)> {
    let buyer = &order.buyer;
    let recipient = order.ship_to.as_ref().map(|to| to.name.as_str());
    let names = [buyer.name.as_deref(), recipient].into_iter().flatten();
    let turned: Vec<String> = names.clone().filter_map(last_name_first).collect();
    let logins = [buyer.login.as_deref(), buyer.email.as_deref()].into_iter().flatten();
    let buyers = words(names.chain(logins).chain(turned.iter().map(String::as_str)))
        .into_iter()
        .map(|word| (WordKind::Buyer, word));
    let skus = words(order.lines.iter().filter_map(|line| line.sku.as_deref()));
    buyers.chain(skus.into_iter().map(|word| (WordKind::Sku, word))).collect()
}

/// The word of a shipment's facts.
#[must_use]
pub fn of_shipment(shipment: &Shipment) -> Option<(WordKind, String)> {
    let word: String = normal(&shipment.tracking_number).split(' ').collect();
    (!word.is_empty()).then_some((WordKind::Tracking, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn an_order_is_found_by_its_buyer_and_its_skus_each_once() {
        let mut order = samples::order();
        order.buyer.email = Some("JOSE@example.com ".into());
        order.lines[1].sku = order.lines[0].sku.clone();
        let found = of_order(&order);
        let expected = ["br123", "jose@example.com", "josé álvarez", "álvarez josé"];
        assert_eq!(found[..4], expected.map(|w| (WordKind::Buyer, w.to_owned())));
        assert_eq!(found[4..], [(WordKind::Sku, "sku-1".to_owned())]);
    }

    #[test]
    fn a_tracking_number_is_found_however_it_is_spaced() {
        let mut shipment = samples::shipment("1", &[]);
        shipment.tracking_number = " LX 000 001 CN".into();
        assert_eq!(of_shipment(&shipment), Some((WordKind::Tracking, "lx000001cn".to_owned())));
        shipment.tracking_number = " ".into();
        assert_eq!(of_shipment(&shipment), None);
    }

    #[test]
    fn a_word_is_small_single_spaced_short_and_never_holds_the_mark_that_ends_it() {
        assert_eq!(normal("  Ännä\t B#C \n"), "ännä b c");
        assert_eq!(normal(&"x".repeat(500)).len(), CHARS_MAX);
    }
}
