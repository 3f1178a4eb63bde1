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

        let wide = (room - GUTTER) * 3 / 5;
        let top = y + 18;
        let right = x + wide + GUTTER;
        let left_end = self.text("Tracking number", LABEL, x, top, wide);
        let sizes = [40.0, 34.0, 28.0, 23.0, 19.0];
        let left_end = self.largest(number, Style::new(40.0).bold(), &sizes, x, left_end, wide);
        let right_end = self.text("Carrier and service", LABEL, right, top, room - wide - GUTTER);
        let carrier = Style::new(27.0).bold().lines(2);
        let right_end = self.text(&facts.carrier, carrier, right, right_end + 4, room - wide - GUTTER);
        let service = facts.service.as_deref().unwrap_or("No service named");
        let right_end = self.text(service, BODY.sized(22.0).lines(2), right, right_end, room - wide - GUTTER);

        let bars_top = left_end.max(right_end) + 16;
        let bars_left = MARGIN + (CONTENT - modules.len() as i32 * width) / 2;
        for (i, _) in modules.iter().enumerate().filter(|(_, bar)| **bar == 1) {
            self.canvas.fill(Rect::new(bars_left + i as i32 * width, bars_top, width, BAR_HEIGHT), 0);
        }
        let bottom = bars_top + BAR_HEIGHT + 22;
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
        for part in [Some(&to.city), to.province.as_ref(), to.postal_code.as_ref()].into_iter().flatten() {
            y = self.text(part, style.lines(1), MARGIN, y, COLUMN);
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
        let y = self.field("Seller", &facts.seller, BODY.sized(30.0).lines(2), x, y, COLUMN);
        let y = self.field("ShipStation shipment id", facts.shipment.as_str(), BODY, x, y, COLUMN);
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

fn country(to: &Address) -> String {
    let code = to.country.as_str();
    let name = celes::Country::from_alpha2(code).map(|country| country.long_name);
    name.map_or_else(|_| code.to_owned(), |name| format!("{name} ({code})"))
}

fn weight(grams: Option<Decimal>) -> String {
    match grams {
        None => "Not recorded".to_owned(),
        Some(grams) if grams >= Decimal::ONE_THOUSAND => {
            format!("{} kg", (grams / Decimal::ONE_THOUSAND).round_dp(3).normalize())
        }
        Some(grams) => format!("{} g", grams.round_dp(1).normalize()),
    }
}
