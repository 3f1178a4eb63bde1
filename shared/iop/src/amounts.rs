//! Sums that both marketplaces leave to the reader.

use rust_decimal::Decimal;

/// The sign of a seller's price change.
///
/// The marketplaces don't say whether 2.00 means dearer or cheaper, but the order's total does: the sign that makes the
/// sum right wins, and where neither does, it stays as written.
#[must_use]
pub fn change_by_total(change: Decimal, sum_without: Decimal, total: Option<Decimal>) -> Decimal {
    match total {
        Some(total) if sum_without + change != total && sum_without - change == total => -change,
        _ => change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_change_has_the_sign_that_makes_the_total_right() {
        let of = |change: i64, sum: i64, total: Option<i64>| {
            change_by_total(Decimal::from(change), Decimal::from(sum), total.map(Decimal::from))
        };
        assert_eq!(of(2, 10, Some(8)), Decimal::from(-2));
        assert_eq!(of(2, 10, Some(12)), Decimal::from(2));
        assert_eq!(of(-2, 10, Some(8)), Decimal::from(-2));
        assert_eq!(of(2, 10, Some(11)), Decimal::from(2), "nothing settles it: as written");
        assert_eq!(of(2, 10, None), Decimal::from(2));
    }
}
