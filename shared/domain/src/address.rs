//! Ship-to addresses and countries.

use celes::Country;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ISO 3166 alpha-2 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

/// A country the marketplace named in a way that ISO 3166 doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("country {0:?} is not in ISO 3166")]
pub struct UnknownCountry(pub String);

/// Marketplace spellings that are not ISO 3166 alpha-2. AliExpress keeps codes of its own for these.
const ALIASES: &[(&str, &str)] = &[
    ("UK", "GB"),
    ("SRB", "RS"),
    ("MNE", "ME"),
    ("KS", "XK"),
    ("EAZ", "TZ"),
    ("GGY", "GG"),
    ("JEY", "JE"),
    ("ALA", "AX"),
];

impl CountryCode {
    /// Reads an alpha-2 code, an alpha-3 code, an English name or one of the marketplaces' own codes.
    ///
    /// # Errors
    /// [`UnknownCountry`] when none of them fits.
    pub fn parse(text: &str) -> Result<Self, UnknownCountry> {
        let text = text.trim();
        let upper = text.to_uppercase();
        let code = ALIASES.iter().find(|(from, _)| *from == upper).map_or(upper.as_str(), |(_, to)| to);
        if code == "XK" {
            return Ok(Self(*b"XK")); // Kosovo: user-assigned in ISO 3166, used by every carrier
        }
        let country = Country::from_alpha2(code)
            .or_else(|_| Country::from_alpha3(code))
            .or_else(|_| Country::from_str(text))
            .map_err(|_| UnknownCountry(text.chars().take(60).collect()))?;
        country.alpha2.as_bytes().try_into().map(Self).map_err(|_| UnknownCountry(text.to_owned()))
    }

    /// The code, two capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl TryFrom<String> for CountryCode {
    type Error = UnknownCountry;
    fn try_from(code: String) -> Result<Self, UnknownCountry> {
        Self::parse(&code)
    }
}
impl From<CountryCode> for String {
    fn from(code: CountryCode) -> String {
        code.as_str().to_owned()
    }
}
impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an order goes. Text is kept as the buyer wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Who receives it.
    pub name: String,
    /// Company, where the marketplace has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Street lines in order, none empty, at least one.
    pub street: Vec<String>,
    /// City.
    pub city: String,
    /// Province, state or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// Postal code; many Alibaba.com orders have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    pub country: CountryCode,
    /// Phone with its country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marketplace_spellings_become_alpha_2() {
        for (text, code) in
            [("UK", "GB"), ("us", "US"), ("DEU", "DE"), ("SRB", "RS"), ("XK", "XK"), ("KS", "XK"), (" FR ", "FR")]
        {
            assert_eq!(CountryCode::parse(text).unwrap().as_str(), code);
        }
        assert!(CountryCode::parse("Atlantis").is_err());
        assert!(CountryCode::parse("").is_err());
    }

    #[test]
    fn a_country_is_shown_and_stored_as_its_two_letters() {
        let country = CountryCode::parse("DEU").unwrap();
        assert_eq!((country.to_string().as_str(), String::from(country).as_str()), ("DE", "DE"));
    }
}
