//! What marketplace and warehouse say of one order, one beside the other.

use crate::{Order, Settings, ShippedItem, status};

/// Something that both sides say, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What it is about.
    pub about: About,
    /// What the marketplace says; none when it says nothing of it.
    pub marketplace: Option<String>,
    /// What ShipStation says.
    pub warehouse: Option<String>,
}

/// What a pair is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The status: what the marketplace's means for ShipStation, and what ShipStation's is.
    Status,
    /// How many of this: SKU, else name.
    Quantity(String),
}

impl Pair {
    /// Do both say the same?
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.marketplace == self.warehouse
    }
}

/// Compares an order with ShipStation's: its `orderStatus` and items.
#[must_use]
pub fn pairs(order: &Order, status: &str, items: &[ShippedItem], settings: &Settings) -> Vec<Pair> {
    let reading = status::read(order.marketplace, &order.standing, &settings.status_map);
    let there = settings.status_there(reading.status);
    let mut pairs = vec![Pair {
        about: About::Status,
        marketplace: Some(there.word().to_owned()),
        warehouse: Some(status.to_owned()),
    }];
    for line in &order.lines {
        let item = items.iter().find(|item| item.line.as_ref() == Some(&line.id));
        // ShipStation counts in whole units: 2.5 metres are one.
        let quantity = if line.quantity.fract().is_zero() { line.quantity } else { 1.into() };
        pairs.push(Pair {
            about: About::Quantity(line.sku.clone().unwrap_or_else(|| line.name.clone())),
            marketplace: Some(quantity.normalize().to_string()),
            warehouse: item.map(|item| item.quantity.normalize().to_string()),
        });
    }
    let known = |item: &&ShippedItem| order.lines.iter().any(|line| item.line.as_ref() == Some(&line.id));
    // Discounts and surcharges are lines of price alone.
    let strangers = items.iter().filter(|item| !known(item) && item.line.is_some());
    pairs.extend(strangers.map(|item| Pair {
        about: About::Quantity(item.sku.clone().unwrap_or_else(|| item.name.clone())),
        marketplace: None,
        warehouse: Some(item.quantity.normalize().to_string()),
    }));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineId, samples};

    fn item(line: Option<&str>, quantity: &str) -> ShippedItem {
        let line = line.map(|id| LineId::parse(id).unwrap());
        ShippedItem { line, sku: None, name: "Thing".into(), quantity: quantity.parse().unwrap() }
    }

    fn differing(status: &str, items: &[ShippedItem]) -> Vec<About> {
        let pairs = pairs(&samples::order(), status, items, &Settings::default());
        pairs.into_iter().filter(|pair| !pair.agrees()).map(|pair| pair.about).collect()
    }

    const WAITS: &str = "awaiting_shipment";

    #[test]
    fn the_same_goods_and_status_agree_and_a_discount_is_no_stranger() {
        let same = [item(Some("1"), "2.00"), item(Some("2"), "1"), item(None, "1")];
        assert_eq!(differing(WAITS, &same), []);
        assert_eq!(differing("on_hold", &same), [About::Status]);
    }

    #[test]
    fn what_lacks_differs_in_number_or_belongs_to_nobody_is_named() {
        let sku = |n: &str| About::Quantity(format!("SKU-{n}"));
        assert_eq!(differing(WAITS, &[item(Some("1"), "3")]), [sku("1"), sku("2")]);
        let stranger = [item(Some("1"), "2"), item(Some("2"), "1"), item(Some("9"), "1")];
        assert_eq!(differing(WAITS, &stranger), [About::Quantity("Thing".into())]);
    }

    #[test]
    fn a_part_of_a_unit_is_one_in_shipstation_and_a_status_is_what_the_settings_make_of_it() {
        let mut order = samples::order();
        order.lines.truncate(1);
        order.lines[0].quantity = "2.5".parse().unwrap();
        let settings = Settings::default();
        assert!(pairs(&order, WAITS, &[item(Some("1"), "1")], &settings).iter().all(Pair::agrees));
        order.standing.status = "IN_CANCEL".into();
        assert_eq!(pairs(&order, WAITS, &[], &settings)[0].marketplace.as_deref(), Some("on_hold"));
    }
}
