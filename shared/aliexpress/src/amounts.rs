//! What the order costs.

use crate::wire::{Cash, Child, Detail};
use rust_decimal::Decimal;
use tallyman_domain::{Adjustment, Amounts, Currency, Money};
use tallyman_iop::{Unfit, amounts::change_by_total};

const AT: &str = "result.data";

fn read(cash: Option<&Cash>, field: &str) -> Result<Option<Money>, Unfit> {
    Ok(cash.map(|c| c.money(&format!("{AT}.{field}"))).transpose()?.flatten())
}

/// The order's amounts, and notes of those that are in another currency than the order: nothing is ever converted.
pub(crate) fn amounts(detail: &Detail, children: &[Child]) -> Result<(Amounts, Vec<String>), Unfit> {
    let total = read(detail.order_amount.as_ref(), "order_amount")?;
    let products = read(detail.init_oder_amount.as_ref(), "init_oder_amount")?;
    let shipping = read(detail.logistics_amount.as_ref(), "logistics_amount")?;
    let mut prices = Vec::new();
    for child in children {
        prices.push(read(child.product_price.as_ref(), "child_order_list.product_price")?);
    }
    let currency = total
        .or(products)
        .or(prices.iter().flatten().next().copied())
        .or(shipping)
        .map(|money| money.currency)
        .ok_or_else(|| Unfit::new(format!("{AT}.order_amount"), "missing"))?;
    let mut own = Own { currency, foreign: Vec::new() };
    let shipping = own.keep("Shipping", shipping);
    let discount = discount(&mut own, detail, children)?;
    let change = change(&mut own, children)?;
    let goods: Option<Decimal> = children
        .iter()
        .zip(&prices)
        .map(|(child, price)| {
            Some(price.filter(|p| p.currency == currency)?.amount * child.product_count.decimal("").ok()??)
        })
        .sum();
    let shipping_amount = shipping.map_or(Decimal::ZERO, |money| money.amount);
    let change = match goods {
        Some(goods) => change_by_total(change, goods + shipping_amount - discount, total.map(|money| money.amount)),
        None => change,
    };
    let adjustment = |name: &str, amount: Decimal| {
        (!amount.is_zero())
            .then(|| Adjustment { name: name.to_owned(), amount: Money { amount: amount.normalize(), currency } })
    };
    let adjustments = [adjustment("Discount", -discount), adjustment("Price change", change)];
    let adjustments = adjustments.into_iter().flatten().collect();
    Ok((Amounts { currency, total, shipping, tax: None, adjustments }, own.foreign))
}

struct Own {
    currency: Currency,
    foreign: Vec<String>,
}

impl Own {
    fn keep(&mut self, name: &str, money: Option<Money>) -> Option<Money> {
        let money = money?;
        if money.currency != self.currency {
            self.foreign.push(format!("{name} in another currency: {money}"));
            return None;
        }
        Some(money)
    }
}

/// The order's discount, which is the sum of the lines' where it is given. Always positive here.
fn discount(own: &mut Own, detail: &Detail, children: &[Child]) -> Result<Decimal, Unfit> {
    if let Some(whole) = read(detail.order_discount_info.as_ref(), "order_discount_info")? {
        return Ok(own.keep("Discount", Some(whole)).map_or(Decimal::ZERO, |money| money.amount.abs()));
    }
    let mut sum = Decimal::ZERO;
    for child in children {
        let one = read(child.child_order_discount_info.as_ref(), "child_order_list.child_order_discount_info")?;
        sum += own.keep("Discount", one).map_or(Decimal::ZERO, |money| money.amount.abs());
    }
    Ok(sum)
}

/// What the seller changed by hand.
fn change(own: &mut Own, children: &[Child]) -> Result<Decimal, Unfit> {
    let mut sum = Decimal::ZERO;
    for child in children {
        let one = read(child.child_order_adjust_amount.as_ref(), "child_order_list.child_order_adjust_amount")?;
        sum += own.keep("Price change", one).map_or(Decimal::ZERO, |money| money.amount);
    }
    Ok(sum)
}
