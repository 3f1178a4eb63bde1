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
    let whole_discount = own.keep("Discount", read(detail.order_discount_info.as_ref(), "order_discount_info")?);
    let discounts = per_line(&mut own, "Discount", children, |child| child.child_order_discount_info.as_ref())?;
    let changes = per_line(&mut own, "Price change", children, |child| child.child_order_adjust_amount.as_ref())?;
    let goods: Option<Decimal> = children
        .iter()
        .zip(&prices)
        .map(|(child, price)| {
            Some(price.filter(|p| p.currency == currency)?.amount * child.product_count.decimal("").ok()??)
        })
        .sum();
    let shipping_amount = shipping.map_or(Decimal::ZERO, |money| money.amount);
    // The order's discount is the sum of the lines'.
    let discount = whole_discount.map_or(discounts.all, |money| money.amount).abs();
    let sum = goods.map(|goods| goods + shipping_amount - discount);
    let turned = sum.is_some_and(|sum| change_by_total(changes.all, sum, total.map(|m| m.amount)) != changes.all);
    // What was taken off a line that AliExpress's warehouse sends isn't taken off ours.
    let own_discount = if discounts.all == discounts.own { discount } else { discounts.own.abs() };
    let own_change = if turned { -changes.own } else { changes.own };
    let adjustment = |name: &str, amount: Decimal| {
        (!amount.is_zero())
            .then(|| Adjustment { name: name.to_owned(), amount: Money { amount: amount.normalize(), currency } })
    };
    let adjustments = [adjustment("Discount", -own_discount), adjustment("Price change", own_change)];
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

/// A sum over all lines, and over the seller's own.
struct Sums {
    all: Decimal,
    own: Decimal,
}

fn per_line(own: &mut Own, name: &str, children: &[Child], field: fn(&Child) -> Option<&Cash>) -> Result<Sums, Unfit> {
    let mut sums = Sums { all: Decimal::ZERO, own: Decimal::ZERO };
    for child in children {
        let amount =
            own.keep(name, read(field(child), "child_order_list")?).map_or(Decimal::ZERO, |money| money.amount);
        sums.all += amount;
        sums.own += if child.is_theirs() { Decimal::ZERO } else { amount };
    }
    Ok(sums)
}
