//! What the order costs.

use crate::wire::{Cash, Product, Trade};
use rust_decimal::Decimal;
use tallyman_domain::{Adjustment, Amounts, Money};
use tallyman_iop::{Unfit, amounts::change_by_total};

fn read(cash: Option<&Cash>, field: &str) -> Result<Option<Money>, Unfit> {
    Ok(cash.map(|c| c.money(&format!("value.{field}"))).transpose()?.flatten())
}

/// The order's amounts, and what of its money has no place there: steps of payment, and amounts in another currency
/// than the order's, for nothing is ever converted.
pub(crate) fn amounts(trade: &Trade, products: &[Product]) -> Result<(Amounts, Vec<String>), Unfit> {
    let total = read(trade.total_amount.as_ref(), "total_amount")?;
    let goods = read(trade.product_total_amount.as_ref(), "product_total_amount")?;
    let shipping = read(trade.shipment_fee.as_ref(), "shipment_fee")?;
    let discount = read(trade.discount_amount.as_ref(), "discount_amount")?;
    let change = read(trade.adjust_amount.as_ref(), "adjust_amount")?;
    let first_price = || products.iter().find_map(|p| p.unit_price.as_ref()?.money("").ok().flatten());
    let currency = [total, goods, shipping, first_price()].into_iter().flatten().map(|money| money.currency).next();
    let currency = currency.ok_or_else(|| Unfit::new("value.total_amount", "missing"))?;
    let mut notes = Vec::new();
    let mut own = |name: &str, money: Option<Money>| {
        let money = money?;
        if money.currency == currency {
            return Some(money);
        }
        notes.push(format!("{name} in another currency: {money}"));
        None
    };
    let shipping = own("Shipping", shipping);
    let discount = own("Discount", discount).map_or(Decimal::ZERO, |money| money.amount.abs());
    let change = own("Price change", change).map_or(Decimal::ZERO, |money| money.amount);
    let change = match goods {
        Some(goods) => {
            let shipping = shipping.map_or(Decimal::ZERO, |money| money.amount);
            change_by_total(change, goods.amount + shipping - discount, total.map(|money| money.amount))
        }
        None => change,
    };
    let adjustment = |name: &str, amount: Decimal| {
        (!amount.is_zero())
            .then(|| Adjustment { name: name.to_owned(), amount: Money { amount: amount.normalize(), currency } })
    };
    let adjustments = [adjustment("Discount", -discount), adjustment("Price change", change)];
    for (name, cash) in [("Advance", &trade.advance_amount), ("Balance", &trade.balance_amount)] {
        let part = read(cash.as_ref(), "advance_amount or balance_amount")?;
        notes.extend(part.filter(|money| !money.amount.is_zero()).map(|money| format!("{name} payment: {money}")));
    }
    let adjustments = adjustments.into_iter().flatten().collect();
    Ok((Amounts { currency, total, shipping, tax: None, adjustments }, notes))
}
