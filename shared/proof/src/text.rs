//! Sets text: cleaned, in our fonts only, wrapped, cut to a number of lines, drawn on the canvas.

use crate::ProofError;
use crate::canvas::{Canvas, Rect};
use crate::clean::clean;
use crate::faces::{Face, Faces, Region};
use cosmic_text::{
    Align, Attrs, Buffer, CacheKey, Family, FontSystem, LayoutGlyph, Metrics, Shaping, SwashCache, Weight, Wrap,
    fontdb::Database,
};

const LINE_HEIGHT: f32 = 1.36;
/// How far letters may reach out of their lines, in font sizes: Thai and Vietnamese stack marks, Arabic dips.
const OVERHANG: f32 = 0.3;
/// Drawn letters are kept between pages up to this many, about 3 MB; then they are drawn anew.
const LETTERS_KEPT: usize = 4_000;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f32,
    bold: bool,
    gray: u8,
    lines: usize,
    right: bool,
    region: Region,
}

impl Style {
    /// Regular, nearly black, on one line.
    pub(crate) const fn new(size: f32) -> Self {
        Self { size, bold: false, gray: 16, lines: 1, right: false, region: Region::Chinese }
    }

    pub(crate) const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) const fn gray(self, gray: u8) -> Self {
        Self { gray, ..self }
    }

    /// At most so many lines; the last ends in an ellipsis when the text is longer.
    pub(crate) const fn lines(self, lines: usize) -> Self {
        Self { lines, ..self }
    }

    /// Against the right edge. Otherwise a text starts where its script starts: Arabic and Hebrew at the right.
    pub(crate) const fn right(self) -> Self {
        Self { right: true, ..self }
    }

    /// Whose forms Han characters take.
    pub(crate) const fn region(self, region: Region) -> Self {
        Self { region, ..self }
    }

    fn line_height(&self) -> f32 {
        (self.size * LINE_HEIGHT).round()
    }
}

/// A text that is set and ready to be drawn.
#[derive(Debug)]
pub(crate) struct Block {
    letters: Vec<(CacheKey, i32, i32)>,
    pub(crate) height: i32,
    room: i32,
    style: Style,
}

/// Owns the fonts and the letters drawn so far.
pub(crate) struct TypeSetter {
    faces: Faces,
    fonts: FontSystem,
    letters: SwashCache,
}

impl TypeSetter {
    pub(crate) fn new() -> Result<Self, ProofError> {
        // A database of our own and a fixed locale: what the machine has installed can't change the page.
        let fonts = FontSystem::new_with_locale_and_db("en-US".to_owned(), Database::new());
        let mut setter = Self { faces: Faces::new()?, fonts, letters: SwashCache::new() };
        setter.faces.open(Face::Latin, &mut setter.fonts);
        Ok(setter)
    }

    /// Sets a text into a column.
    pub(crate) fn set(&mut self, text: &str, style: Style, room: i32) -> Block {
        let clean = clean(text, |c| self.faces.drawable(c));
        let buffer = self.shape_within(&clean, style, room as f32);
        let mut block = Block { letters: Vec::new(), height: 0, room, style };
        for line in buffer.layout_runs() {
            block.height += style.line_height() as i32;
            block.letters.extend(line.glyphs.iter().map(|glyph| {
                let place = glyph.physical((0.0, line.line_y.round()), 1.0);
                (place.cache_key, place.x, place.y)
            }));
        }
        block
    }

    /// Shapes a clean text into at most the style's lines; what is cut leaves an ellipsis. (The library's own
    /// ellipsis starts a last line with the blank that it was broken at.)
    pub(crate) fn shape_within(&mut self, clean: &str, style: Style, room: f32) -> Buffer {
        let mut buffer = self.shape(clean, style, Some(room));
        let mut kept = clean;
        while buffer.layout_runs().count() > style.lines {
            let cut = buffer.layout_runs().nth(style.lines).map_or(0, |line| start_of(line.glyphs));
            // At least a character goes each time: the ellipsis may itself have caused the overflow.
            kept = kept.get(..cut).filter(|shorter| shorter.len() < kept.len()).unwrap_or_else(|| without_last(kept));
            if kept.is_empty() {
                break;
            }
            buffer = self.shape(&format!("{}…", kept.trim_end()), style, Some(room));
        }
        buffer
    }

    /// Sets a text on one line in the largest of the sizes that it fits in.
    pub(crate) fn set_largest(&mut self, text: &str, style: Style, sizes: &[f32], room: i32) -> Block {
        let clean = clean(text, |c| self.faces.drawable(c));
        let mut chosen = style;
        for size in sizes {
            chosen = style.sized(*size);
            let buffer = self.shape(&clean, chosen, None);
            if buffer.layout_runs().all(|line| line.line_w <= room as f32) {
                break;
            }
        }
        self.set(text, chosen, room)
    }

    /// Shapes a clean text. Without a width it stays on one line.
    pub(crate) fn shape(&mut self, clean: &str, style: Style, width: Option<f32>) -> Buffer {
        let parts = self.faces.choose(clean, style.region);
        for (_, face) in &parts {
            self.faces.open(*face, &mut self.fonts);
        }
        let attrs = |face: Face| {
            let weight = if style.bold && face.has_bold() { Weight::BOLD } else { Weight::NORMAL };
            Attrs::new().family(Family::Name(self.faces.family(face))).weight(weight)
        };
        let mut buffer = Buffer::new_empty(Metrics::new(style.size, style.line_height()));
        buffer.set_size(width, None);
        buffer.set_wrap(match (width, style.lines) {
            (None, _) => Wrap::None,
            (_, 1) => Wrap::Glyph, // a long word must not leave the only line to a second that isn't there
            _ => Wrap::WordOrGlyph,
        });
        let spans = parts.iter().map(|(range, face)| (&clean[range.clone()], attrs(*face)));
        let align = style.right.then_some(Align::Right);
        buffer.set_rich_text(spans, &attrs(Face::Latin), Shaping::Advanced, align);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }

    /// Draws a block with its top left corner at a place. Nothing of it leaves its column.
    pub(crate) fn draw(&mut self, canvas: &mut Canvas, block: &Block, x: i32, y: i32) {
        let overhang = (block.style.size * OVERHANG) as i32;
        let clip = Rect::new(x - 2, y - overhang, block.room + 4, block.height + 2 * overhang);
        for (key, left, baseline) in &block.letters {
            let Some(image) = self.letters.get_image(&mut self.fonts, *key) else { continue };
            let place = Rect::new(
                x + left + image.placement.left,
                y + baseline - image.placement.top,
                image.placement.width as i32,
                image.placement.height as i32,
            );
            canvas.ink(&image.data, place, clip, block.style.gray);
        }
    }

    /// Keeps the memory of a long-lived renderer flat.
    pub(crate) fn forget_if_large(&mut self) {
        if self.letters.image_cache.len() > LETTERS_KEPT {
            self.letters.image_cache = Default::default();
        }
    }

    /// Characters that come out as a font's empty box.
    pub(crate) fn missing(&mut self, text: &str) -> Vec<char> {
        let text = clean(text, |_| true);
        let buffer = self.shape(&text, Style::new(20.0), None);
        let boxes = buffer.layout_runs().flat_map(|line| line.glyphs.iter().filter(|glyph| glyph.glyph_id == 0));
        let mut missing: Vec<char> =
            boxes.flat_map(|glyph| text.get(glyph.start..glyph.end)).flat_map(str::chars).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }
}

/// Where a line's text starts; its glyphs are in visual order.
fn start_of(glyphs: &[LayoutGlyph]) -> usize {
    glyphs.iter().map(|glyph| glyph.start).min().unwrap_or(0)
}

fn without_last(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next_back();
    chars.as_str()
}
