//! Makes orders: the same seed makes the same buyers, lines and prices, whatever the time of day.

pub mod dice;
pub mod goods;
pub mod people;
pub mod unready;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::clock::seconds;
use crate::model::{Address, Buyer, Order, Tax};
use crate::platform::Platform;

use dice::Dice;

/// How many orders to make.
#[derive(Debug, Clone, Deserialize)]
pub struct Sowing {
    /// Paid, released, with a usable address: these must be shipped.
    #[serde(default)]
    pub paid: u32,
    /// In every other state, in turn: these must not.
    #[serde(default)]
    pub other: u32,
    /// They were created within so many minutes before now.
    #[serde(default = "half_an_hour")]
    pub spread_minutes: u32,
}

const fn half_an_hour() -> u32 {
    30
}

/// Makes orders for one marketplace, never the same one twice.
#[derive(Debug)]
pub struct Sower {
    platform: Platform,
    seed: u64,
    made: u64,
    others: usize,
}

impl Sower {
    /// A sower that starts at the first order of its seed.
    #[must_use]
    pub const fn new(platform: Platform, seed: u64) -> Self {
        Self { platform, seed, made: 0, others: 0 }
    }

    /// Makes the orders wanted.
    pub fn sow(&mut self, wanted: &Sowing, now: Timestamp) -> Vec<Order> {
        let mut orders = Vec::new();
        for _ in 0..wanted.paid {
            orders.push(self.ready(wanted, now));
        }
        for _ in 0..wanted.other {
            let mut order = self.ready(wanted, now);
            unready::make(self.platform, &mut order, self.others);
            self.others += 1;
            orders.push(order);
        }
        orders
    }

    fn ready(&mut self, wanted: &Sowing, now: Timestamp) -> Order {
        self.made += 1;
        let mut dice = Dice::new(self.seed, self.platform as u64, self.made);
        let id = self.id(&mut dice);
        let person = people::nth(self.made);
        let aliexpress = self.platform == Platform::AliExpress;
        let spread_ms = i64::from(wanted.spread_minutes) * 60_000;
        let created_at = now - SignedDuration::from_millis(dice.below_i64(spread_ms.max(1)));
        // Paid within half a minute, but never in the future.
        let paid_at = (created_at + seconds(dice.below_i64(30))).min(now);
        let lines = goods::lines(&mut dice, &id, self.platform);
        let discount = lines.iter().map(|line| line.discount).sum();
        Order {
            id,
            status: if aliexpress { "WAIT_SELLER_SEND_GOODS" } else { "undeliver" }.to_owned(),
            end_reason: None,
            currency: if person.euro && dice.one_in(2) { "EUR" } else { "USD" }.to_owned(),
            created_at,
            paid_at: Some(paid_at),
            modified_at: paid_at,
            ship_by: Some(created_at + seconds(7 * 86_400)),
            buyer: buyer(person, self.made),
            address: Some(address(person, &mut dice, aliexpress)),
            masked: aliexpress && dice.one_in(7),
            memo: goods::memo(&mut dice),
            tax: tax(person, &mut dice),
            shipping_fee: if dice.one_in(3) { Decimal::ZERO } else { dice.price(199, 2599) },
            discount,
            carrier: carrier(&mut dice, aliexpress),
            lines,
            shipments: Vec::new(),
            declared_all: false,
            foreign: false,
            notified: false,
        }
    }

    /// Sixteen digits at AliExpress, eighteen at Alibaba.com; unique by the running number inside.
    fn id(&self, dice: &mut Dice) -> String {
        let noise = dice.below(1000);
        match self.platform {
            Platform::AliExpress => format!("81{:03}{:08}{noise:03}", self.seed % 1000, self.made),
            Platform::Alibaba => format!("2341{:03}{:08}{noise:03}", self.seed % 1000, self.made),
        }
    }
}

fn buyer(person: &people::Person, made: u64) -> Buyer {
    Buyer {
        login_id: format!("{}{:06}shop", person.country.to_ascii_lowercase(), 100_000 + made),
        first_name: person.first_name.to_owned(),
        last_name: person.last_name.to_owned(),
        country: person.country.to_owned(),
    }
}

fn address(person: &people::Person, dice: &mut Dice, always_zip: bool) -> Address {
    Address {
        contact_person: format!("{} {}", person.first_name, person.last_name),
        line1: format!("{} {}", person.street, 1 + dice.below(240)),
        line2: person.flat.map(str::to_owned),
        city: person.city.to_owned(),
        province: person.province.to_owned(),
        country: person.country.to_owned(),
        country_name: person.country_name.to_owned(),
        zip: (always_zip || !dice.one_in(6)).then_some(person.zip).filter(|zip| !zip.is_empty()).map(str::to_owned),
        phone_country: person.dialling.to_owned(),
        mobile: format!("{}{:07}", 5 + dice.below(5), dice.below(10_000_000)),
    }
}

fn tax(person: &people::Person, dice: &mut Dice) -> Tax {
    let digits = |dice: &mut Dice, count: u32| -> String { (0..count).map(|_| dice.below(10).to_string()).collect() };
    let mut tax = Tax::default();
    match person.tax {
        people::TaxKind::None => {}
        people::TaxKind::Ioss => tax.tax_number = Some(format!("IM{}", digits(dice, 10))),
        people::TaxKind::Vat => tax.tax_number = Some(format!("{}{}", person.country, digits(dice, 9))),
        people::TaxKind::Cpf => tax.cpf_number = Some(digits(dice, 11)),
        people::TaxKind::Pccc => tax.tax_number = Some(format!("P{}", digits(dice, 12))),
        people::TaxKind::Passport => tax.passport_no = Some(digits(dice, 9)),
    }
    tax
}

fn carrier(dice: &mut Dice, aliexpress: bool) -> Option<String> {
    let known: &[&str] =
        if aliexpress { &["CAINIAO_STANDARD", "EMS", "DHL", "UPS", "CPAM"] } else { &["UPS", "DHL", "EMS", "USPS"] };
    (aliexpress || !dice.one_in(3)).then(|| (*dice.pick(known)).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sow(platform: Platform, seed: u64) -> Vec<Order> {
        let wanted = Sowing { paid: 60, other: 24, spread_minutes: 30 };
        Sower::new(platform, seed).sow(&wanted, "2025-03-01T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_same_seed_makes_the_same_orders() {
        for platform in [Platform::AliExpress, Platform::Alibaba] {
            let text = |seed| serde_json::to_string(&sow(platform, seed)).unwrap();
            assert_eq!(text(7), text(7));
            assert_ne!(text(7), text(8));
        }
    }

    #[test]
    fn exactly_the_paid_ones_are_the_sellers_to_ship() {
        for platform in [Platform::AliExpress, Platform::Alibaba] {
            let orders = sow(platform, 3);
            let ready =
                |order: &&Order| platform.is_ready(order) && order.address.is_some() && order.seller_has_to_send();
            assert_eq!(orders.iter().filter(ready).count(), 60);
            assert!(orders.iter().take(60).all(|order| ready(&order) && order.paid_at.is_some()));
        }
    }

    #[test]
    fn orders_are_within_the_spread_cost_something_and_have_ids_of_their_own() {
        let now: Timestamp = "2025-03-01T10:00:00Z".parse().unwrap();
        let orders = sow(Platform::AliExpress, 3);
        let ids: std::collections::BTreeSet<&str> = orders.iter().map(|order| order.id.as_str()).collect();
        assert_eq!(ids.len(), orders.len());
        for order in &orders {
            assert!(order.created_at <= now && order.created_at > now - seconds(30 * 60), "{}", order.id);
            assert!(order.modified_at <= now && order.modified_at >= order.created_at, "{}", order.id);
            assert!(order.total() > Decimal::ZERO && !order.lines.is_empty(), "{}", order.id);
            assert_eq!(order.id.len(), 16);
        }
    }

    #[test]
    fn the_variety_is_there() {
        let orders = sow(Platform::AliExpress, 1);
        let some = |test: fn(&Order) -> bool| orders.iter().any(test);
        assert!(some(|order| order.masked));
        assert!(some(|order| order.currency == "EUR"));
        assert!(some(|order| order.lines.len() == 4));
        assert!(some(|order| order.lines.iter().any(|line| line.warehouse)));
        assert!(some(|order| order.lines.iter().any(|line| line.sku_code.is_none())));
        assert!(some(|order| order.tax.cpf_number.is_some()));
        assert!(some(|order| !order.discount.is_zero()));
        assert!(
            sow(Platform::Alibaba, 1)
                .iter()
                .any(|order| { order.address.as_ref().is_some_and(|address| address.zip.is_none()) })
        );
    }
}
