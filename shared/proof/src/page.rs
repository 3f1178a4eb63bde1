//! Where everything stands on the page.

use crate::ProofError;
use crate::barcode;
use crate::canvas::{Canvas, HEIGHT, Rect, WIDTH};
use crate::faces::Region;
use crate::items;
use crate::text::{Style, TypeSetter};
use rust_decimal::Decimal;
use tallyman_domain::{Address, ProofFacts};

pub(crate) const MARGIN: i32 = 90;
pub(crate) const CONTENT: i32 = WIDTH - 2 * MARGIN;
const BAND: i32 = 118;
const GUTTER: i32 = 50;
const COLUMN: i32 = (CONTENT - GUTTER) / 2;
const BAR_HEIGHT: i32 = 140;
pub(crate) const FOOTER_TOP: i32 = HEIGHT - 150;

pub(crate) const INK: u8 = 16;
pub(crate) const SOFT: u8 = 96;
pub(crate) const LINE: u8 = 190;
const SHADE: u8 = 30;

pub(crate) const BODY: Style = Style::new(24.0);
const LABEL: Style = Style::new(17.0).bold().gray(SOFT);

/// A page under the pen.
pub(crate) struct Page<'a> {
    pub(crate) canvas: Canvas,
    pub(crate) setter: &'a mut TypeSetter,
}

/// Draws the whole page.
pub(crate) fn draw(setter: &mut TypeSetter, facts: &ProofFacts) -> Result<Canvas, ProofError> {
    let mut page = Page { canvas: Canvas::new(), setter };
    page.band(facts);
    let y = page.order(facts, BAND + 34);
    let y = page.tracking(facts, y + 22)?;
    let left = page.ship_to(&facts.ship_to, y + 30);
    let right = page.shipment(facts, y + 30);
    items::draw(&mut page, facts, left.max(right) + 16);
    page.footer(facts);
    Ok(page.canvas)
}

impl Page<'_> {
    /// Draws a text and says where it ends.
    pub(crate) fn text(&mut self, text: &str, style: Style, x: i32, y: i32, room: i32) -> i32 {
        let block = self.setter.set(text, style, room);
        self.setter.draw(&mut self.canvas, &block, x, y);
        y + block.height
    }

    fn largest(&mut self, text: &str, style: Style, sizes: &[f32], x: i32, y: i32, room: i32) -> i32 {
        let block = self.setter.set_largest(text, style, sizes, room);
        self.setter.draw(&mut self.canvas, &block, x, y);
        y + block.height
    }

    /// A label of ours above a value.
    fn field(&mut self, label: &str, value: &str, style: Style, x: i32, y: i32, room: i32) -> i32 {
        let y = self.text(label, LABEL, x, y, room);
        self.text(value, style, x, y, room) + 16
    }

    fn band(&mut self, facts: &ProofFacts) {
        self.canvas.fill(Rect::new(0, 0, WIDTH, BAND), SHADE);
        self.text("Proof of shipment", Style::new(46.0).bold().gray(255), MARGIN, 27, 560);
        let sizes = [38.0, 30.0, 24.0];
        self.largest(&facts.marketplace, Style::new(38.0).gray(255).right(), &sizes, MARGIN + 580, 33, CONTENT - 580);
    }

    fn order(&mut self, facts: &ProofFacts, y: i32) -> i32 {
        let right = MARGIN + 800;
        let below = self.text("Order number", LABEL, MARGIN, y, 760);
        let sizes = [54.0, 44.0, 36.0, 28.0, 22.0];
        self.largest(facts.order.order.as_str(), Style::new(54.0).bold(), &sizes, MARGIN, below, 770);
        self.text("Ship date", LABEL, right, y, CONTENT - 800);
        let long = facts.ship_date.strftime("%A, %-d %B %Y").to_string();
        let end = self.text(&facts.ship_date.to_string(), Style::new(36.0).bold(), right, below, CONTENT - 800);
        self.text(&long, Style::new(18.0).gray(SOFT), right, end - 4, CONTENT - 800) + 6
    }

    /// The box that a reviewer looks for: carrier, number, bars.
    fn tracking(&mut self, facts: &ProofFacts, y: i32) -> Result<i32, ProofError> {
        const PAD: i32 = 26;
        let (x, room) = (MARGIN + PAD, CONTENT - 2 * PAD);
        let number = facts.tracking_number.trim();
        let refused = || ProofError::Tracking(facts.tracking_number.chars().take(80).collect());
        let modules = barcode::modules(number).ok_or_else(refused)?;
        let width = barcode::module_width(modules.len(), CONTENT - 8).ok_or_else(refused)?;

        let end = self.text("Tracking number", LABEL, x, y + 16, room);
        let sizes = [44.0, 38.0, 32.0, 27.0, 22.0];
        let bars_top = self.largest(number, Style::new(44.0).bold(), &sizes, x, end, room) + 12;
        let bars_left = MARGIN + (CONTENT - modules.len() as i32 * width) / 2;
        for (i, _) in modules.iter().enumerate().filter(|(_, bar)| **bar == 1) {
            self.canvas.fill(Rect::new(bars_left + i as i32 * width, bars_top, width, BAR_HEIGHT), 0);
        }
        let below = bars_top + BAR_HEIGHT + 14;
        let (half, style) = ((room - GUTTER) / 2, Style::new(28.0).bold().lines(2));
        let service = facts.service.as_deref().unwrap_or("Not named");
        let carrier_end = self.field("Carrier", &facts.carrier, style, x, below, half);
        let service_end = self.field("Service", service, style, MARGIN + COLUMN + GUTTER, below, half);
        let bottom = carrier_end.max(service_end);
        self.canvas.frame(Rect::new(MARGIN, y, CONTENT, bottom - y), 2, INK);
        Ok(bottom)
    }

    fn ship_to(&mut self, to: &Address, y: i32) -> i32 {
        let region = Region::of(to.country.as_str());
        let style = BODY.region(region).lines(2);
        let mut y = self.text("Ship to", LABEL, MARGIN, y, COLUMN);
        y = self.text(&to.name, style.sized(30.0), MARGIN, y, COLUMN) + 4;
        if let Some(company) = &to.company {
            y = self.text(company, style, MARGIN, y, COLUMN);
        }
        // A street of many lines shares the last place: the page must hold, and the facts' digest covers the rest.
        let (own, shared) = to.street.split_at(to.street.len().min(3));
        for line in own.iter().cloned().chain((!shared.is_empty()).then(|| shared.join(", "))) {
            y = self.text(&line, style, MARGIN, y, COLUMN);
        }
        for line in city_lines(to) {
            y = self.text(&line, style, MARGIN, y, COLUMN);
        }
        y = self.text(&country(to), style.bold(), MARGIN, y, COLUMN);
        if let Some(phone) = &to.phone {
            y = self.text(&format!("Phone {phone}"), style.gray(SOFT).lines(1), MARGIN, y, COLUMN);
        }
        y + 16
    }

    fn shipment(&mut self, facts: &ProofFacts, y: i32) -> i32 {
        let x = MARGIN + COLUMN + GUTTER;
        let recorded = format!("{} UTC", facts.recorded_at.strftime("%Y-%m-%d %H:%M:%S"));
        let y =
            self.field("Seller", &facts.seller, BODY.sized(30.0).lines(2).region(sellers_region(facts)), x, y, COLUMN);
        let y = self.field("ShipStation shipment id", &shipment_number(facts), BODY, x, y, COLUMN);
        let y = self.field("Weight", &weight(facts.weight_g), BODY, x, y, COLUMN);
        self.field("Shipment recorded", &recorded, BODY, x, y, COLUMN)
    }

    fn footer(&mut self, facts: &ProofFacts) {
        let small = Style::new(18.0);
        self.canvas.fill(Rect::new(MARGIN, FOOTER_TOP, CONTENT, 2), INK);
        let y = self.text("SHA-256 of the facts", LABEL, MARGIN, FOOTER_TOP + 12, CONTENT);
        let y = self.text(&facts.digest().hex(), small.sized(21.0), MARGIN, y, CONTENT);
        let origin = format!(
            "Drawn from ShipStation shipment {}, recorded {} UTC, of {} order {}.",
            facts.shipment,
            facts.recorded_at.strftime("%Y-%m-%d %H:%M:%S"),
            facts.marketplace,
            facts.order.order,
        );
        self.text(&origin, small.gray(SOFT), MARGIN, y + 4, CONTENT);
    }
}

/// Where the seller's own words come from, as far as they tell.
pub(crate) fn sellers_region(facts: &ProofFacts) -> Region {
    Region::of_words(facts.items.iter().map(|item| item.name.as_str()).chain([facts.seller.as_str()]))
}

/// City, province and postal code share a line, unless one of them runs right to left: "115 28" must not become
/// "28 115" because of its neighbour.
fn city_lines(to: &Address) -> Vec<String> {
    let parts: Vec<&str> = [Some(&to.city), to.province.as_ref(), to.postal_code.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let right_to_left = |c| matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}');
    if parts.iter().any(|part| part.contains(right_to_left)) {
        parts.into_iter().map(str::to_owned).collect()
    } else {
        vec![parts.join(", ")]
    }
}

/// The number that ShipStation shows; the letter before it tells our two kinds of shipment apart.
fn shipment_number(facts: &ProofFacts) -> String {
    let id = facts.shipment.as_str();
    let number = |prefix| id.strip_prefix(prefix).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    match (number('s'), number('f')) {
        (Some(number), _) => number.to_owned(),
        (_, Some(number)) => format!("{number} (marked as shipped)"),
        _ => id.to_owned(),
    }
}

fn country(to: &Address) -> String {
    let code = to.country.as_str();
    let name = celes::Country::from_alpha2(code).map(|country| country.long_name);
    name.map_or_else(|_| code.to_owned(), |name| format!("{name} ({code})"))
}

fn weight(grams: Option<Decimal>) -> String {
    match grams {
        None => "Not recorded".to_owned(),
        Some(grams) if grams >= Decimal::ONE_THOUSAND => {
            format!("{} kg", (grams / Decimal::ONE_THOUSAND).round_dp(6).normalize())
        }
        Some(grams) => format!("{} g", grams.round_dp(3).normalize()),
    }
}
