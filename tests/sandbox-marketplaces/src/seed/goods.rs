//! What is bought, in which options, at which price, and what buyers write.

use rust_decimal::Decimal;

use crate::model::Line;
use crate::platform::Platform;

use super::dice::Dice;

const PRODUCTS: [(&str, &str); 12] = [
    ("Wireless earbuds with charging case", "EAR"),
    ("Linen summer dress", "DRS"),
    ("Stainless steel water bottle 750 ml", "BTL"),
    ("LED desk lamp, dimmable", "LMP"),
    ("Running shoes, breathable", "SHO"),
    ("Phone case \"Crystal\" & strap", "CAS"),
    ("Café filter set 1–4 cups", "CAF"),
    ("Kids’ rain jacket", "JKT"),
    ("USB-C cable 2 m <braided>", "CBL"),
    ("Ceramic teapot 茶壶", "TEA"),
    ("Watch strap 20 mm", "STR"),
    ("Yoga mat 6 mm", "MAT"),
];
const COLORS: [&str; 7] = ["Red", "Midnight Blue", "Light Gray", "Olive", "Weiß", "黑色", "Rosé"];
const SIZES: [&str; 6] = ["S", "M", "L", "XL", "EU 42", "One Size"];
const MEMOS: [&str; 6] = [
    "This is a gift, please do not put the invoice in the box.",
    "Please ring at the neighbour's. Merci beaucoup !",
    "请用纸箱包装,谢谢",
    "Позвоните перед доставкой",
    "Happy birthday Ana 🎂",
    "Second order this week,\nplease send both together.",
];

/// One to four lines; at least one of them the seller's to send.
pub fn lines(dice: &mut Dice, order_id: &str, platform: Platform) -> Vec<Line> {
    let count = 1 + dice.below(4);
    let mut lines: Vec<Line> = (1..=count).map(|index| line(dice, order_id, index, platform)).collect();
    if lines.iter().all(|line| line.warehouse)
        && let Some(first) = lines.first_mut()
    {
        first.warehouse = false;
    }
    lines
}

fn line(dice: &mut Dice, order_id: &str, index: u64, platform: Platform) -> Line {
    let (name, code) = *dice.pick(&PRODUCTS);
    let (color, size) = (*dice.pick(&COLORS), *dice.pick(&SIZES));
    let mut options = Vec::new();
    if !dice.one_in(4) {
        options.push(("Color".to_owned(), color.to_owned()));
    }
    if dice.one_in(2) {
        options.push(("Size".to_owned(), size.to_owned()));
    }
    let bulk = platform == Platform::Alibaba;
    let quantity = 1 + dice.below(if bulk { 120 } else { 4 });
    let unit_price = dice.price(149, 8999);
    // A tenth off, rounded to cents, on every third line.
    let discount =
        if dice.one_in(3) { (unit_price * Decimal::from(quantity) / Decimal::TEN).round_dp(2) } else { Decimal::ZERO };
    Line {
        // The last digits of the order make the id unique; the index tells lines of an order apart.
        id: format!("{}{index}", &order_id[order_id.len().saturating_sub(15)..]),
        product_id: format!("1005{:012}", dice.below(1_000_000_000_000)),
        sku_code: (!dice.one_in(9)).then(|| format!("{code}-{}-{:03}", size.replace(' ', ""), dice.below(1000))),
        name: name.to_owned(),
        quantity: u32::try_from(quantity).unwrap_or(1),
        lot: 1,
        unit_price,
        options,
        discount,
        warehouse: !bulk && index > 1 && dice.one_in(6),
        shipped: 0,
    }
}

/// What every fourth buyer writes.
pub fn memo(dice: &mut Dice) -> Option<String> {
    let memo = *dice.pick(&MEMOS);
    dice.one_in(4).then(|| memo.to_owned())
}
