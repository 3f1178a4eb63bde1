//! The table of items: as many rows as the page holds, and an honest last row for the rest.

use crate::canvas::Rect;
use crate::page::{BODY, CONTENT, FOOTER_TOP, INK, LINE, MARGIN, Page, SOFT};
use crate::text::{Block, Style};
use rust_decimal::Decimal;
use tallyman_domain::{ProofFacts, ProofItem};

const PAD: i32 = 9;
const NAME: i32 = 600;
const SKU_X: i32 = MARGIN + NAME + 30;
const SKU: i32 = 290;
const QTY_X: i32 = SKU_X + SKU + 20;
const QTY: i32 = CONTENT - (QTY_X - MARGIN);
const ROW: Style = BODY.sized(22.0);
const HEAD: Style = Style::new(17.0).bold().gray(SOFT);

/// A row that is set but not drawn yet.
struct Row {
    name: Block,
    options: Option<Block>,
    sku: Block,
    quantity: Block,
}

impl Row {
    fn height(&self) -> i32 {
        let name = self.name.height + self.options.as_ref().map_or(0, |block| block.height);
        name.max(self.sku.height).max(self.quantity.height) + 2 * PAD
    }
}

/// Draws the table between `y` and the footer.
pub(crate) fn draw(page: &mut Page<'_>, facts: &ProofFacts, y: i32) {
    let items = &facts.items;
    let mut y = head(page, items, y);
    let rest_height = page.setter.set("…", ROW, CONTENT).height + 2 * PAD;
    for (at, item) in items.iter().enumerate() {
        let row = set(page, item);
        // A row is drawn only where, unless it is the last, the row about the rest still fits below it.
        let reserve = if at + 1 == items.len() { 0 } else { rest_height };
        if y + row.height() + reserve > FOOTER_TOP - 12 {
            let rest = &items[at..];
            let note = format!("… and {} more {}, {}", rest.len(), plural(rest.len(), "item"), units(rest));
            page.text(&note, ROW.gray(SOFT), MARGIN, y + PAD, CONTENT);
            return;
        }
        y = ink(page, &row, y);
    }
}

fn head(page: &mut Page<'_>, items: &[ProofItem], y: i32) -> i32 {
    let title = format!("Items: {} {}, {}", items.len(), plural(items.len(), "line"), units(items));
    let y = page.text(&title, BODY.bold(), MARGIN, y, CONTENT) + 4;
    page.canvas.fill(Rect::new(MARGIN, y, CONTENT, 2), INK);
    let y = y + 6;
    page.text("Item", HEAD, MARGIN, y, NAME);
    page.text("SKU", HEAD, SKU_X, y, SKU);
    let y = page.text("Quantity", HEAD.right(), QTY_X, y, QTY) + 4;
    page.canvas.fill(Rect::new(MARGIN, y, CONTENT, 1), LINE);
    y
}

fn set(page: &mut Page<'_>, item: &ProofItem) -> Row {
    let options: Vec<String> = item.options.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let small = ROW.sized(18.0).gray(SOFT);
    Row {
        name: page.setter.set(&item.name, ROW.lines(2), NAME),
        options: (!options.is_empty()).then(|| page.setter.set(&options.join("  ·  "), small, NAME)),
        sku: page.setter.set(item.sku.as_deref().unwrap_or("–"), ROW.lines(2), SKU),
        quantity: page.setter.set(&item.quantity.normalize().to_string(), ROW.bold().right(), QTY),
    }
}

fn ink(page: &mut Page<'_>, row: &Row, y: i32) -> i32 {
    let top = y + PAD;
    page.setter.draw(&mut page.canvas, &row.name, MARGIN, top);
    if let Some(options) = &row.options {
        page.setter.draw(&mut page.canvas, options, MARGIN, top + row.name.height);
    }
    page.setter.draw(&mut page.canvas, &row.sku, SKU_X, top);
    page.setter.draw(&mut page.canvas, &row.quantity, QTY_X, top);
    let bottom = y + row.height();
    page.canvas.fill(Rect::new(MARGIN, bottom - 1, CONTENT, 1), LINE);
    bottom
}

/// How many units, in words; sums that no order has are not worth a panic.
fn units(items: &[ProofItem]) -> String {
    let sum = items.iter().try_fold(Decimal::ZERO, |sum, item| sum.checked_add(item.quantity));
    sum.map_or_else(
        || "too many units to add up".to_owned(),
        |sum| format!("{} {}", sum.normalize(), if sum == Decimal::ONE { "unit" } else { "units" }),
    )
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
