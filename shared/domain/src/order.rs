//! A marketplace order, as last read.

use crate::{
    Address, Currency, Digest, LineId, MarketplaceOrderId, Money,
    status::{MarketplaceKind, Standing},
    tax::TaxId,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Who bought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Buyer {
    /// The marketplace's login or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A weight. Grams, whatever the service wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grams(pub Decimal);

/// One line that is the seller's to ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The marketplace's line (child order) id.
    pub id: LineId,
    /// Its place in the order, from 1: AliExpress's `sub_trade_order_index`. 0 where the marketplace doesn't say.
    pub index: u32,
    /// Stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The marketplace's product id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Product name.
    pub name: String,
    /// How many; marketplaces allow fractions.
    pub quantity: Decimal,
    /// Price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// Weight of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Grams>,
    /// Picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Colour, size and the like, as name and value, in the marketplace's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, String)>,
    /// Where it lies in the warehouse, if the marketplace or the SKU rule tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_location: Option<String>,
}

/// A discount, coupon or surcharge; negative when it lowers the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// What it is called on the order.
    pub name: String,
    /// How much.
    pub amount: Money,
}

/// What the order costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// The order's one currency.
    pub currency: Currency,
    /// What the buyer pays in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
    /// Tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// Discounts, coupons and other changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
}

/// The order as last read. Only what a marketplace said; what we make of it is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: MarketplaceOrderId,
    /// Where it was bought.
    pub marketplace: MarketplaceKind,
    /// Its standing in the marketplace's words.
    pub standing: Standing,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When the marketplace last changed it.
    pub modified_at: Timestamp,
    /// By when it must ship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Timestamp>,
    /// Who bought.
    pub buyer: Buyer,
    /// Where it goes; an order without one isn't exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Address>,
    /// Why `ship_to` is missing though the marketplace gave something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to_problem: Option<String>,
    /// The seller's lines. Lines that the marketplace's own warehouse ships are left out.
    pub lines: Vec<Line>,
    /// Money.
    pub amounts: Amounts,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// The shipping service that the buyer chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_service: Option<String>,
    /// What the buyer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_note: Option<String>,
    /// What the seller or the marketplace noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<String>,
    /// Is it a gift?
    #[serde(default)]
    pub gift: bool,
    /// The gift's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_message: Option<String>,
    /// Tax identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_ids: Vec<TaxId>,
}

impl Order {
    /// The digest of everything but the standing and the stamps that move with it: what has to be stored again
    /// only when it really changed.
    #[must_use]
    pub fn facts_digest(&self) -> Digest {
        let mut still = self.clone();
        still.standing = Standing::default();
        still.modified_at = Timestamp::UNIX_EPOCH;
        still.ship_by = None;
        Digest::of(&still)
    }

    /// The weight of all lines, when each line has one.
    #[must_use]
    pub fn weight(&self) -> Option<Grams> {
        self.lines
            .iter()
            .map(|line| line.weight.map(|w| w.0 * line.quantity))
            .sum::<Option<Decimal>>()
            .filter(|w| !w.is_zero())
            .map(|w| Grams(w.normalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    /// An order of two pieces of one line and one of another, by the weight of one piece.
    fn weighs(grams: [Option<&str>; 2]) -> Option<String> {
        let mut order = samples::order();
        for (line, grams) in order.lines.iter_mut().zip(grams) {
            line.weight = grams.map(|g| Grams(g.parse().unwrap()));
        }
        order.weight().map(|w| w.0.to_string())
    }

    #[test]
    fn an_order_weighs_what_its_pieces_weigh_together() {
        assert_eq!(weighs([Some("150"), Some("70.50")]).as_deref(), Some("370.5"));
        assert_eq!(weighs([Some("150"), Some("0")]).as_deref(), Some("300"));
    }

    #[test]
    fn an_order_has_no_weight_when_a_line_has_none_or_all_weigh_nothing() {
        // A sum that leaves a line out, or zero grams, would buy a label that is too cheap.
        assert_eq!(weighs([Some("150"), None]), None);
        assert_eq!(weighs([None, None]), None);
        assert_eq!(weighs([Some("0"), Some("0.00")]), None);
    }
}
