//! Money and quantities: decimals, never floats; currencies are never converted.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ISO 4217 code, three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is no amount, quantity or currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// Not three letters.
    #[error("currency {0:?} is not three letters")]
    Currency(String),
    /// Not a decimal number.
    #[error("{0:?} is not a decimal number")]
    Number(String),
    /// Two amounts of different currencies were to be added.
    #[error("{0} and {1} can't be added: currencies are never converted")]
    Mixed(Currency, Currency),
}

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// Reads a code; lower case is raised.
    ///
    /// # Errors
    /// [`BadAmount::Currency`] unless it is three ASCII letters.
    pub fn parse(code: &str) -> Result<Self, BadAmount> {
        let bytes: [u8; 3] =
            code.trim().as_bytes().try_into().map_err(|_| BadAmount::Currency(code.chars().take(16).collect()))?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(BadAmount::Currency(code.to_owned()));
        }
        Ok(Self(bytes.map(|b| b.to_ascii_uppercase())))
    }
}

impl TryFrom<String> for Currency {
    type Error = BadAmount;
    fn try_from(code: String) -> Result<Self, BadAmount> {
        Self::parse(&code)
    }
}
impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.to_string()
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or("???"))
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How much, exactly as the service wrote it.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// Reads `"12.34"` and `"USD"`.
    ///
    /// # Errors
    /// [`BadAmount`] when either half doesn't read.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, BadAmount> {
        Ok(Self { amount: parse_decimal(amount)?, currency: Currency::parse(currency)? })
    }

    /// Nothing, in a currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::ZERO, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`BadAmount::Mixed`] when the currencies differ.
    pub fn plus(self, other: Self) -> Result<Self, BadAmount> {
        if self.currency != other.currency {
            return Err(BadAmount::Mixed(self.currency, other.currency));
        }
        Ok(Self { amount: self.amount + other.amount, currency: self.currency })
    }

    /// The same amount, taken away: how a discount becomes an adjustment line.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { amount: -self.amount, ..self }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// Reads a decimal as the services write it: `"2.0000"`, `"12"`, `" 3.5 "`. Trailing zeros go, so that equal
/// numbers have equal digests.
///
/// # Errors
/// [`BadAmount::Number`] when it isn't one.
pub fn parse_decimal(text: &str) -> Result<Decimal, BadAmount> {
    Decimal::from_str(text.trim())
        .map(|d| d.normalize())
        .map_err(|_| BadAmount::Number(text.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_with_trailing_zeros_is_the_plain_number() {
        assert_eq!(parse_decimal("2.0000").unwrap().to_string(), "2");
        assert_eq!(parse_decimal("0.1").unwrap() + parse_decimal("0.2").unwrap(), parse_decimal("0.3").unwrap());
    }

    #[test]
    fn currencies_are_never_mixed() {
        let (dollars, euros) = (Money::parse("1", "USD").unwrap(), Money::parse("1", "eur").unwrap());
        assert!(dollars.plus(euros).is_err());
        assert_eq!(euros.to_string(), "1 EUR");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "NaN", "1,5", "twelve", "0x10"] {
            assert!(parse_decimal(text).is_err(), "{text:?}");
        }
        assert!(Currency::parse("US").is_err());
        assert!(Currency::parse("U$D").is_err());
    }

    #[test]
    fn amounts_of_one_currency_add_up_and_a_discount_is_taken_away() {
        let money = |amount| Money::parse(amount, "USD").unwrap();
        assert_eq!(money("10.25").plus(money("3.50")).unwrap(), money("13.75"));
        assert_eq!(money("10.25").plus(money("3.50").negated()).unwrap(), money("6.75"));
        assert_eq!(money("10.25").plus(Money::zero(Currency::USD)).unwrap(), money("10.25"));
    }

    #[test]
    fn a_currency_is_written_and_read_by_its_code() {
        assert_eq!(serde_json::to_value(Currency::USD).unwrap(), "USD");
        assert_eq!(serde_json::from_str::<Currency>("\"USD\"").unwrap(), Currency::USD);
    }
}
