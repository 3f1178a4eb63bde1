//! The table of items: as many rows as the page holds, and an honest last row for the rest.

use crate::canvas::Rect;
use crate::page::{BODY, CONTENT, FOOTER_TOP, INK, LINE, MARGIN, Page, SOFT, sellers_region};
use crate::text::{Block, Style};
use rust_decimal::Decimal;
use tallyman_domain::{ProofFacts, ProofItem};

/// From here on rows are set tighter, so that more of them fit.
const MANY: usize = 8;
const NAME: i32 = 600;
const SKU_X: i32 = MARGIN + NAME + 30;
const SKU: i32 = 290;
const QTY_X: i32 = SKU_X + SKU + 20;
const QTY: i32 = CONTENT - (QTY_X - MARGIN);
const HEAD: Style = Style::new(17.0).bold().gray(SOFT);

/// How rows look.
#[derive(Clone, Copy)]
struct Look {
    style: Style,
    small: Style,
    pad: i32,
}

impl Look {
    fn of(facts: &ProofFacts) -> Self {
        let (size, small, pad) = if facts.items.len() > MANY { (19.0, 16.0, 4) } else { (22.0, 18.0, 9) };
        let style = BODY.sized(size).region(sellers_region(facts));
        Self { style, small: style.sized(small).gray(SOFT), pad }
    }
}

/// A row that is set but not drawn yet.
struct Row {
    name: Block,
    options: Option<Block>,
    sku: Block,
    quantity: Block,
}

impl Row {
    fn height(&self, look: Look) -> i32 {
        let name = self.name.height + self.options.as_ref().map_or(0, |block| block.height);
        name.max(self.sku.height).max(self.quantity.height) + 2 * look.pad
    }
}

/// Draws the table between `y` and the footer.
pub(crate) fn draw(page: &mut Page<'_>, facts: &ProofFacts, y: i32) {
    let (items, look) = (&facts.items, Look::of(facts));
    let mut y = head(page, items, y);
    let rest_height = page.setter.set("…", look.style, CONTENT).height + 2 * look.pad;
    for (at, item) in items.iter().enumerate() {
        let row = set(page, item, look);
        // A row is drawn only where, unless it is the last, the row about the rest still fits below it.
        let reserve = if at + 1 == items.len() { 0 } else { rest_height };
        if y + row.height(look) + reserve > FOOTER_TOP - 12 {
            let rest = &items[at..];
            let note = format!("… and {} more {}, {}", rest.len(), plural(rest.len(), "item"), units(rest));
            page.text(&note, look.style.gray(SOFT), MARGIN, y + look.pad, CONTENT);
            return;
        }
        y = ink(page, &row, look, y);
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

fn set(page: &mut Page<'_>, item: &ProofItem, look: Look) -> Row {
    let options: Vec<String> = item.options.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let quantity = item.quantity.normalize().to_string();
    let style = look.style;
    let sizes = [style.size, 16.0, 12.0];
    Row {
        name: page.setter.set(&item.name, style.lines(2), NAME),
        options: (!options.is_empty()).then(|| page.setter.set(&options.join(" · "), look.small, NAME)),
        sku: page.setter.set(item.sku.as_deref().unwrap_or("–"), style.lines(2), SKU),
        quantity: page.setter.set_largest(&quantity, style.bold().right(), &sizes, QTY),
    }
}

fn ink(page: &mut Page<'_>, row: &Row, look: Look, y: i32) -> i32 {
    let top = y + look.pad;
    page.setter.draw(&mut page.canvas, &row.name, MARGIN, top);
    if let Some(options) = &row.options {
        page.setter.draw(&mut page.canvas, options, MARGIN, top + row.name.height);
    }
    page.setter.draw(&mut page.canvas, &row.sku, SKU_X, top);
    page.setter.draw(&mut page.canvas, &row.quantity, QTY_X, top);
    let bottom = y + row.height(look);
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
