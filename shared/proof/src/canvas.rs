//! A gray page: rectangles, letter masks, and out as PNG.

use crate::ProofError;

/// A4 at 150 dpi.
pub(crate) const WIDTH: i32 = 1240;
/// A4 at 150 dpi.
pub(crate) const HEIGHT: i32 = 1754;
const PIXELS_PER_METRE: u32 = 5906; // 150 dpi
const PAPER: u8 = 255;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) w: i32,
    pub(crate) h: i32,
}

impl Rect {
    pub(crate) const fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w, h }
    }

    /// What lies in both; empty (no width or height) when they don't meet.
    fn meet(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.w).min(other.x + other.w);
        let bottom = (self.y + self.h).min(other.y + other.h);
        Self::new(x, y, (right - x).max(0), (bottom - y).max(0))
    }
}

/// The page while it is drawn.
pub(crate) struct Canvas {
    pixels: Vec<u8>,
}

const PAGE: Rect = Rect::new(0, 0, WIDTH, HEIGHT);

impl Canvas {
    /// White paper.
    pub(crate) fn new() -> Self {
        Self { pixels: vec![PAPER; (WIDTH * HEIGHT) as usize] }
    }

    /// All pixels, row by row.
    #[cfg(test)]
    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one row between two columns. The rectangle must lie on the page.
    fn row(&mut self, area: Rect, y: i32) -> &mut [u8] {
        let start = (y * WIDTH + area.x) as usize;
        &mut self.pixels[start..start + area.w as usize]
    }

    /// Fills a rectangle, as far as it is on the page.
    pub(crate) fn fill(&mut self, area: Rect, gray: u8) {
        let area = area.meet(PAGE);
        for y in area.y..area.y + area.h {
            self.row(area, y).fill(gray);
        }
    }

    /// Draws the outline of a rectangle, inside it.
    pub(crate) fn frame(&mut self, area: Rect, thickness: i32, gray: u8) {
        let Rect { x, y, w, h } = area;
        self.fill(Rect::new(x, y, w, thickness), gray);
        self.fill(Rect::new(x, y + h - thickness, w, thickness), gray);
        self.fill(Rect::new(x, y, thickness, h), gray);
        self.fill(Rect::new(x + w - thickness, y, thickness, h), gray);
    }

    /// Lays ink through a mask (255: all of it), only inside `clip`.
    pub(crate) fn ink(&mut self, mask: &[u8], place: Rect, clip: Rect, gray: u8) {
        let area = place.meet(clip).meet(PAGE);
        for y in area.y..area.y + area.h {
            let from = ((y - place.y) * place.w + (area.x - place.x)) as usize;
            let Some(line) = mask.get(from..from + area.w as usize) else { return };
            for (pixel, &cover) in self.row(area, y).iter_mut().zip(line) {
                let (cover, paper, ink) = (u32::from(cover), u32::from(*pixel), u32::from(gray));
                *pixel = ((paper * (255 - cover) + ink * cover + 127) / 255) as u8;
            }
        }
    }

    /// The page as PNG, with its resolution and the digest of its facts for whoever reads it with a program.
    pub(crate) fn to_png(&self, sha256: &str) -> Result<Vec<u8>, ProofError> {
        let mut bytes = Vec::with_capacity(256 * 1024);
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH as u32, HEIGHT as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: PIXELS_PER_METRE,
            yppu: PIXELS_PER_METRE,
            unit: png::Unit::Meter,
        }));
        // Text on white paper: one fixed filter beats guessing a filter for every row, in time and in size.
        encoder.set_deflate_compression(png::DeflateCompression::Level(3));
        encoder.set_filter(png::Filter::Up);
        encoder.add_text_chunk("Title".to_owned(), "Proof of shipment".to_owned())?;
        encoder.add_text_chunk("SHA-256 of facts".to_owned(), sha256.to_owned())?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}
