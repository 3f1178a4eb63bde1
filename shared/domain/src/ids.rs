//! Identifiers, each a type of its own so that none can stand in for another.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text can't be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {value:?} is not usable: {why}")]
pub struct BadId {
    kind: &'static str,
    value: String,
    why: &'static str,
}

fn check(kind: &'static str, value: &str, bytes_max: usize, allowed: fn(char) -> bool) -> Result<(), BadId> {
    let why = if value.is_empty() {
        "it is empty"
    } else if value.len() > bytes_max {
        "it is too long"
    } else if !value.chars().all(allowed) {
        "it has a character that keys can't carry"
    } else {
        return Ok(());
    };
    Err(BadId { kind, value: value.chars().take(80).collect(), why })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks length and alphabet.
            ///
            /// # Errors
            /// [`BadId`] when the text is empty, too long or has a character outside the alphabet.
            pub fn parse(value: impl Into<String>) -> Result<Self, BadId> {
                let value = value.into();
                check($kind, &value, $max, $allowed)?;
                Ok(Self(value))
            }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(value: String) -> Result<Self, BadId> {
                Self::parse(value)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One authorised marketplace account, named by the user: lower-case letters, digits and `-`, at most 24.
    ConnectionId, "connection", 24, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
);
id!(
    /// One ShipStation account, named by the user, same alphabet as a connection.
    AccountId, "ShipStation account", 24, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
);
id!(
    /// The order's number at its marketplace.
    MarketplaceOrderId, "order id", 40, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_'
);
id!(
    /// A line of an order, as its marketplace numbers it.
    LineId, "line id", 48, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_'
);
id!(
    /// A shipment of ShipStation: `s` and the shipment id for a label, `f` and the fulfillment id for an order that
    /// was marked as shipped. The letter keeps the two number ranges apart.
    ShipmentId, "shipment id", 32, |c| c.is_ascii_alphanumeric()
);
id!(
    /// Who authorised a connection, as the marketplace numbers its sellers.
    SellerId, "seller id", 64, |c| c.is_ascii_graphic()
);

/// An order's identity, for ever: the connection it came through and its number there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderRef {
    /// Through which connection.
    pub connection: ConnectionId,
    /// Its number at the marketplace.
    pub order: MarketplaceOrderId,
}

impl OrderRef {
    /// Puts the two halves together.
    #[must_use]
    pub fn new(connection: ConnectionId, order: MarketplaceOrderId) -> Self {
        Self { connection, order }
    }

    /// ShipStation's `orderKey`: a stable function of connection and order, so that the same order always meets the
    /// same row there, and readable back, so that a shipment finds its order without an index.
    #[must_use]
    pub fn order_key(&self) -> String {
        format!("{}:{}", self.connection, self.order)
    }

    /// Reads an `orderKey` back. `None` when it isn't one of ours.
    #[must_use]
    pub fn from_order_key(key: &str) -> Option<Self> {
        let (connection, order) = key.split_once(':')?;
        Some(Self::new(ConnectionId::parse(connection).ok()?, MarketplaceOrderId::parse(order).ok()?))
    }
}

impl fmt::Display for OrderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.connection, self.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_key_reads_back_to_the_order_it_was_made_of() {
        let order = OrderRef::new(
            ConnectionId::parse("ali-us").unwrap(),
            MarketplaceOrderId::parse("8123456789012345").unwrap(),
        );
        assert_eq!(OrderRef::from_order_key(&order.order_key()), Some(order));
    }

    #[test]
    fn a_foreign_order_key_is_not_ours() {
        for key in ["", "123456", "Shop:1", "ali:", ":1", "ali:1 2", "ali:1:2"] {
            assert_eq!(OrderRef::from_order_key(key), None, "{key:?}");
        }
    }

    #[test]
    fn an_id_that_a_key_cannot_carry_is_refused() {
        assert!(ConnectionId::parse("has#hash").is_err());
        assert!(ConnectionId::parse("").is_err());
        assert!(MarketplaceOrderId::parse("1".repeat(41)).is_err());
        assert!(serde_json::from_str::<ConnectionId>("\"A\"").is_err());
    }

    #[test]
    fn the_longest_id_is_still_one_and_the_next_is_not() {
        assert!(MarketplaceOrderId::parse("1".repeat(40)).is_ok());
        assert!(ConnectionId::parse("a".repeat(24)).is_ok() && ConnectionId::parse("a".repeat(25)).is_err());
    }

    #[test]
    fn ids_are_shown_as_they_were_read() {
        let order = OrderRef::from_order_key("ali-us:81-2").unwrap();
        let shown = [order.to_string(), order.connection.to_string(), String::from(order.order)];
        assert_eq!(shown, ["ali-us:81-2", "ali-us", "81-2"]);
    }
}
