//! Tax identifiers: found where marketplaces put them, validated, carried by the connection's rule.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// What kind of identifier it is, named as ShipStation V2 names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaxIdKind {
    /// EU import one-stop shop.
    Ioss,
    /// VAT number.
    Vat,
    /// A number of the recipient: Brazilian CPF, Chilean RUT, Korean customs code and so on.
    Tin,
}

impl TaxIdKind {
    /// How it is written in front of the number.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ioss => "IOSS",
            Self::Vat => "VAT",
            Self::Tin => "TIN",
        }
    }
}

/// One identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxId {
    /// Its kind.
    pub kind: TaxIdKind,
    /// The number, without spaces and dashes.
    pub value: String,
    /// False when it breaks the rule of its kind; it is then shown but not declared.
    pub valid: bool,
}

fn pattern(cell: &'static OnceLock<Option<Regex>>, text: &str) -> Option<&'static Regex> {
    cell.get_or_init(|| Regex::new(text).ok()).as_ref()
}

/// An EU IOSS number is `IM` and ten digits.
#[must_use]
pub fn is_ioss(value: &str) -> bool {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    pattern(&CELL, "^IM[0-9]{10}$").is_some_and(|r| r.is_match(value))
}

impl TaxId {
    /// Cleans and validates a number of a known kind. `None` for an empty one.
    #[must_use]
    pub fn new(kind: TaxIdKind, raw: &str) -> Option<Self> {
        let value: String = raw.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let value = value.to_ascii_uppercase();
        let valid = match kind {
            TaxIdKind::Ioss => is_ioss(&value),
            TaxIdKind::Vat => {
                static CELL: OnceLock<Option<Regex>> = OnceLock::new();
                pattern(&CELL, "^[A-Z]{2}[0-9A-Z]{2,13}$").is_some_and(|r| r.is_match(&value))
            }
            TaxIdKind::Tin => value.len() >= 5,
        };
        (!value.is_empty()).then_some(Self { kind, value, valid })
    }

    /// Of a number whose kind the marketplace doesn't tell: `IM` and digits is an IOSS number, else the recipient's.
    #[must_use]
    pub fn of_unknown_kind(raw: &str) -> Option<Self> {
        let looks_like_ioss = raw.trim().get(..2).is_some_and(|p| p.eq_ignore_ascii_case("im"))
            && raw.trim().chars().skip(2).all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
        Self::new(if looks_like_ioss { TaxIdKind::Ioss } else { TaxIdKind::Tin }, raw)
    }
}

/// Finds the identifiers that people put into free text (`IOSS: IM1234567890`, `VAT no. DE123456789`).
#[must_use]
pub fn find_in_text(text: &str) -> Vec<TaxId> {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(finder) = pattern(
        &CELL,
        r"(?i)\b(IOSS|VAT|EORI|CPF)\b[ .:#-]*(?:no|nr|number|id)?[ .:#-]*([A-Z]{0,2}[0-9][0-9A-Z.-]{4,18})",
    ) else {
        return Vec::new();
    };
    let mut found: Vec<TaxId> = Vec::new();
    for captures in finder.captures_iter(text) {
        let kind = match captures[1].to_ascii_uppercase().as_str() {
            "IOSS" => TaxIdKind::Ioss,
            "VAT" => TaxIdKind::Vat,
            _ => TaxIdKind::Tin,
        };
        found.extend(TaxId::new(kind, &captures[2]).filter(|id| !found.contains(id)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ioss_number_is_im_and_ten_digits() {
        assert!(is_ioss("IM3720000224"));
        for wrong in ["IM372000022", "IM37200002245", "IN3720000224", "im3720000224", "IM372000022X", ""] {
            assert!(!is_ioss(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_cleaned_before_it_is_judged() {
        let id = TaxId::new(TaxIdKind::Ioss, " im 372-000 0224 ").unwrap();
        assert_eq!((id.value.as_str(), id.valid), ("IM3720000224", true));
        assert_eq!(TaxId::new(TaxIdKind::Ioss, "  "), None);
        assert!(!TaxId::new(TaxIdKind::Ioss, "IM12").unwrap().valid);
    }

    #[test]
    fn identifiers_are_found_in_free_text_and_other_numbers_are_not() {
        let found = find_in_text("Please use IOSS: IM3720000224 and VAT no. DE123456789, call 0049123456");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].kind, found[0].value.as_str()), (TaxIdKind::Ioss, "IM3720000224"));
        assert_eq!((found[1].kind, found[1].value.as_str()), (TaxIdKind::Vat, "DE123456789"));
        assert!(find_in_text("order 8123456789012345, no tax here").is_empty());
    }

    #[test]
    fn an_untold_kind_is_ioss_only_when_it_looks_like_one() {
        assert_eq!(TaxId::of_unknown_kind("IM3720000224").unwrap().kind, TaxIdKind::Ioss);
        assert_eq!(TaxId::of_unknown_kind("123.456.789-09").unwrap().kind, TaxIdKind::Tin);
    }

    #[test]
    fn an_ioss_number_is_known_however_it_is_spaced_and_other_letters_and_numbers_are_the_recipients() {
        for ioss in ["im 372 000 0224", "IM372-000-0224", " IM 372-000 0224 "] {
            let id = TaxId::of_unknown_kind(ioss).unwrap();
            assert_eq!((id.kind, id.value.as_str(), id.valid), (TaxIdKind::Ioss, "IM3720000224", true), "{ioss}");
        }
        // Declared as an IOSS number, a recipient's would be the wrong seller's tax.
        for other in ["IMPORT123", "IM37200002X4", "12345678909", "123-456-789", "IN3720000224"] {
            assert_eq!(TaxId::of_unknown_kind(other).unwrap().kind, TaxIdKind::Tin, "{other}");
        }
    }
}
