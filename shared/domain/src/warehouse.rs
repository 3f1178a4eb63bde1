//! The order as ShipStation is to have it: every field that the marketplace gave, in one place.

use crate::{
    Address, Digest, LineId, Money, OrderRef, Settings, TaxIdKind,
    order::{Grams, Line, Order},
    pacific,
    status::OrderStatus,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// ShipStation refuses more.
const CUSTOM_FIELD_CHARS_MAX: usize = 100;

/// A line or an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseLine {
    /// The marketplace's line; none for an adjustment.
    pub key: Option<LineId>,
    /// Stock keeping unit.
    pub sku: Option<String>,
    /// Name.
    pub name: String,
    /// Whole units: ShipStation has no fractions.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Option<Decimal>,
    /// Weight of one.
    pub weight: Option<Grams>,
    /// Picture.
    pub image_url: Option<String>,
    /// Options.
    pub options: Vec<(String, String)>,
    /// Place in the warehouse.
    pub location: Option<String>,
    /// A discount, coupon or surcharge.
    pub adjustment: bool,
}

/// What customs is told of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomsItem {
    /// What it is.
    pub description: String,
    /// How many.
    pub quantity: u32,
    /// What they are worth together, in US dollars.
    pub value_usd: Decimal,
    /// Harmonised tariff code.
    pub tariff_code: Option<String>,
    /// Where it was made.
    pub country_of_origin: String,
}

/// The whole order: `createorder` replaces, so it is always sent whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseOrder {
    /// `orderKey`.
    pub key: String,
    /// `orderNumber`: the marketplace's own.
    pub number: String,
    /// Status.
    pub status: OrderStatus,
    /// Placed.
    pub placed_at: Timestamp,
    /// Paid.
    pub paid_at: Option<Timestamp>,
    /// Ship-by day, Pacific. A day, so that a countdown isn't news at every poll.
    pub ship_by: Option<Date>,
    /// The buyer's login.
    pub customer: Option<String>,
    /// The buyer's e-mail.
    pub email: Option<String>,
    /// The buyer's name, for the bill-to.
    pub bill_to_name: String,
    /// Where it goes.
    pub ship_to: Address,
    /// Lines, then adjustments.
    pub lines: Vec<WarehouseLine>,
    /// What was paid in all.
    pub amount_paid: Option<Decimal>,
    /// Tax.
    pub tax: Option<Decimal>,
    /// Shipping.
    pub shipping: Option<Decimal>,
    /// The buyer's note.
    pub customer_notes: Option<String>,
    /// Ours and the marketplace's.
    pub internal_notes: Option<String>,
    /// Gift?
    pub gift: bool,
    /// Gift message.
    pub gift_message: Option<String>,
    /// Payment method.
    pub payment_method: Option<String>,
    /// What the buyer chose.
    pub requested_service: Option<String>,
    /// Weight of the order.
    pub weight: Option<Grams>,
    /// Customs.
    pub customs: Vec<CustomsItem>,
    /// Custom fields 1 to 3.
    pub custom_fields: [Option<String>; 3],
    /// Store; ShipStation reads it only when the order is new.
    pub store_id: Option<i64>,
    /// `AliExpress` or `Alibaba.com`.
    pub source: String,
}

/// Why an order can't be put into the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotShippable {
    /// No address.
    #[error("the order has no ship-to address")]
    NoShipTo,
    /// Every line is shipped by the marketplace's own warehouse, or there is none.
    #[error("no line of the order is the seller's to ship")]
    NoLines,
}

impl WarehouseOrder {
    /// Builds it.
    ///
    /// # Errors
    /// [`NotShippable`] when there is nowhere or nothing to ship.
    pub fn of(
        order: &Order,
        reference: &OrderRef,
        status: OrderStatus,
        settings: &Settings,
    ) -> Result<Self, NotShippable> {
        let ship_to = order.ship_to.clone().ok_or(NotShippable::NoShipTo)?;
        if order.lines.is_empty() {
            return Err(NotShippable::NoLines);
        }
        let amount = |money: &Option<Money>| money.as_ref().map(|m| m.amount);
        let mut custom_fields = [None, None, None];
        if let Some(slot) =
            usize::from(settings.tax_ids.custom_field).checked_sub(1).and_then(|i| custom_fields.get_mut(i))
        {
            *slot = declared_tax_ids(order).map(|text| text.chars().take(CUSTOM_FIELD_CHARS_MAX).collect());
        }
        Ok(Self {
            key: reference.order_key(),
            number: order.id.to_string(),
            status: settings.status_there(status),
            placed_at: order.placed_at,
            paid_at: order.paid_at,
            ship_by: order.ship_by.map(pacific::date),
            customer: order.buyer.login.clone(),
            email: order.buyer.email.clone(),
            bill_to_name: order.buyer.name.clone().unwrap_or_else(|| ship_to.name.clone()),
            lines: lines(order),
            amount_paid: amount(&order.amounts.total).filter(|_| is_paid(order, status)),
            tax: amount(&order.amounts.tax),
            shipping: amount(&order.amounts.shipping),
            customer_notes: order.buyer_note.clone(),
            internal_notes: internal_notes(order, settings),
            gift: order.gift,
            gift_message: order.gift_message.clone(),
            payment_method: order.payment_method.clone(),
            requested_service: order.requested_service.clone(),
            weight: order.weight(),
            customs: customs(order, &ship_to, settings),
            custom_fields,
            store_id: settings.store_id,
            source: order.marketplace.title().to_owned(),
            ship_to,
        })
    }

    /// What "nothing changed" is judged by.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// What matters to who packs: where it goes and what is in it.
    #[must_use]
    pub fn parcel_digest(&self) -> Digest {
        let goods = self.lines.iter().filter(|line| !line.adjustment);
        let goods: Vec<_> = goods.map(|line| (&line.key, &line.sku, line.quantity, &line.options)).collect();
        Digest::of(&(&self.ship_to, goods))
    }
}

/// Alibaba.com names no time of payment, but an order that may ship is paid.
fn is_paid(order: &Order, status: OrderStatus) -> bool {
    order.paid_at.is_some() || matches!(status, OrderStatus::AwaitingShipment | OrderStatus::Shipped)
}

/// ShipStation counts whole units. Of 2.5 metres it gets one unit that says so, at the price of all of it: nothing
/// is rounded away.
fn whole_units(line: &Line) -> (u32, String, Option<Decimal>) {
    let price = line.unit_price.map(|m| m.amount);
    match u32::try_from(line.quantity.trunc()) {
        Ok(units) if line.quantity.fract().is_zero() && units > 0 => (units, line.name.clone(), price),
        _ => {
            let all = price.map(|p| (p * line.quantity).normalize());
            (1, format!("{} (quantity {})", line.name, line.quantity.normalize()), all)
        }
    }
}

fn lines(order: &Order) -> Vec<WarehouseLine> {
    let goods = order.lines.iter().map(|line| {
        let (quantity, name, unit_price) = whole_units(line);
        WarehouseLine {
            key: Some(line.id.clone()),
            sku: line.sku.clone(),
            name,
            quantity,
            unit_price,
            weight: line.weight,
            image_url: line.image_url.clone(),
            options: line.options.clone(),
            location: line.warehouse_location.clone(),
            adjustment: false,
        }
    });
    let adjustments = order.amounts.adjustments.iter().map(|adjustment| WarehouseLine {
        key: None,
        sku: None,
        name: adjustment.name.clone(),
        quantity: 1,
        unit_price: Some(adjustment.amount.amount),
        weight: None,
        image_url: None,
        options: Vec::new(),
        location: None,
        adjustment: true,
    });
    goods.chain(adjustments).collect()
}

/// Only valid ones are declared; an invalid one is shown in the note.
fn declared_tax_ids(order: &Order) -> Option<String> {
    let valid: Vec<_> =
        order.tax_ids.iter().filter(|id| id.valid).map(|id| format!("{} {}", id.kind.label(), id.value)).collect();
    (!valid.is_empty()).then(|| valid.join("; "))
}

fn internal_notes(order: &Order, settings: &Settings) -> Option<String> {
    let mut notes: Vec<String> = order.internal_note.iter().cloned().collect();
    if settings.tax_ids.internal_note {
        notes.extend(declared_tax_ids(order));
    }
    notes.extend(order.tax_ids.iter().filter(|id| !id.valid).map(|id| match id.kind {
        TaxIdKind::Ioss => format!("IOSS number {} is not IM and ten digits: not declared", id.value),
        kind => format!("{} number {} looks wrong: not declared", kind.label(), id.value),
    }));
    if order.amounts.currency != crate::Currency::USD {
        notes.push(format!("Amounts are in {}", order.amounts.currency));
    }
    (!notes.is_empty()).then(|| notes.join("\n"))
}

/// Customs values are US dollars in ShipStation, and currencies are never converted: an order in another currency
/// gets none, and ShipStation's own settings apply.
fn customs(order: &Order, ship_to: &Address, settings: &Settings) -> Vec<CustomsItem> {
    let Some(origin) = settings.customs.country_of_origin else { return Vec::new() };
    if order.amounts.currency != crate::Currency::USD || ship_to.country == origin {
        return Vec::new();
    }
    order
        .lines
        .iter()
        .filter_map(|line| {
            let (quantity, name, unit_price) = whole_units(line);
            Some(CustomsItem {
                description: settings.customs.description.clone().unwrap_or(name),
                quantity,
                value_usd: (unit_price? * Decimal::from(quantity)).normalize(),
                tariff_code: settings.customs.tariff_code.clone(),
                country_of_origin: origin.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, tax::TaxId};

    fn built(order: &Order, settings: &Settings) -> WarehouseOrder {
        WarehouseOrder::of(order, &samples::reference(), OrderStatus::AwaitingShipment, settings).unwrap()
    }

    #[test]
    fn an_order_without_an_address_or_without_own_lines_says_why() {
        let status = OrderStatus::AwaitingShipment;
        let (reference, settings) = (samples::reference(), Settings::default());
        let order = Order { ship_to: None, ..samples::order() };
        assert_eq!(WarehouseOrder::of(&order, &reference, status, &settings), Err(NotShippable::NoShipTo));
        let order = Order { lines: vec![], ..samples::order() };
        assert_eq!(WarehouseOrder::of(&order, &reference, status, &settings), Err(NotShippable::NoLines));
    }

    #[test]
    fn a_discount_becomes_a_negative_adjustment_line() {
        let order = built(&samples::order(), &Settings::default());
        let last = order.lines.last().unwrap();
        assert!(last.adjustment && last.key.is_none());
        assert_eq!(last.unit_price.unwrap().to_string(), "-1.5");
    }

    #[test]
    fn a_fractional_quantity_is_one_unit_that_says_so_at_the_price_of_all() {
        let mut order = samples::order();
        order.lines[0].quantity = "2.5".parse().unwrap();
        let line = &built(&order, &Settings::default()).lines[0];
        assert_eq!((line.quantity, line.unit_price.unwrap().to_string().as_str()), (1, "25"));
        assert!(line.name.contains("2.5"));
    }

    #[test]
    fn a_valid_ioss_number_is_declared_and_a_broken_one_only_shown() {
        let mut order = samples::order();
        order.tax_ids = [TaxId::new(TaxIdKind::Ioss, "IM3720000224"), TaxId::new(TaxIdKind::Ioss, "IM1")]
            .into_iter()
            .flatten()
            .collect();
        let sent = built(&order, &Settings::default());
        assert_eq!(sent.custom_fields[0].as_deref(), Some("IOSS IM3720000224"));
        assert!(sent.internal_notes.unwrap().contains("IM1 is not IM and ten digits"));
        let elsewhere = Settings {
            tax_ids: crate::settings::TaxIdRule { custom_field: 3, internal_note: false },
            ..Settings::default()
        };
        let sent = built(&order, &elsewhere);
        assert_eq!(
            (sent.custom_fields[0].as_deref(), sent.custom_fields[2].as_deref()),
            (None, Some("IOSS IM3720000224"))
        );
    }

    #[test]
    fn customs_values_are_never_converted() {
        let settings = Settings {
            customs: crate::settings::CustomsDefaults {
                country_of_origin: crate::CountryCode::parse("CN").ok(),
                ..Default::default()
            },
            ..Settings::default()
        };
        let mut order = samples::order();
        assert_eq!(built(&order, &settings).customs[0].value_usd.to_string(), "20");
        order.amounts.currency = crate::Currency::parse("EUR").unwrap();
        let sent = built(&order, &settings);
        assert!(sent.customs.is_empty());
        assert!(sent.internal_notes.unwrap().contains("Amounts are in EUR"));
    }

    #[test]
    fn the_same_order_has_the_same_digest_and_a_changed_address_another() {
        let (order, settings) = (samples::order(), Settings::default());
        assert_eq!(built(&order, &settings).digest(), built(&order.clone(), &settings).digest());
        let mut moved = order.clone();
        moved.ship_to.as_mut().unwrap().city = "Elsewhere".into();
        assert_ne!(built(&order, &settings).digest(), built(&moved, &settings).digest());
    }
}
