//! The proof of shipment: facts to image bytes, deterministic.
#![doc = include_str!("../README.md")]

mod barcode;
mod canvas;
mod clean;
mod faces;
mod items;
mod page;
mod text;

#[cfg(test)]
mod tests;

use tallyman_domain::ProofFacts;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// One of the packed fonts can't be read: the build is broken, no order is at fault.
    #[error("the packed font {0} is not readable")]
    Font(&'static str),
    /// Code 128 has no bars for it, or the page has no room. A person has to look at the shipment.
    #[error("tracking number {0:?} can't be drawn as Code 128")]
    Tracking(String),
    /// The image could not be written.
    #[error("the page could not be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// Draws proofs of shipment. Make one and keep it: it owns the font tables it has looked at and a few drawn letters.
pub struct Renderer {
    type_setter: text::TypeSetter,
}

impl Renderer {
    /// Opens the packed fonts. Cheap: nothing is copied, and the large fonts wait until a text needs them.
    ///
    /// # Errors
    /// [`ProofError::Font`] when a packed font is damaged.
    pub fn new() -> Result<Self, ProofError> {
        Ok(Self { type_setter: text::TypeSetter::new()? })
    }

    /// The page as PNG bytes: A4 at 150 dpi. The same facts give the same bytes, whatever was drawn before.
    ///
    /// # Errors
    /// [`ProofError::Tracking`] when the tracking number has no Code 128; [`ProofError::Png`] when writing fails.
    pub fn render(&mut self, facts: &ProofFacts) -> Result<Vec<u8>, ProofError> {
        let canvas = page::draw(&mut self.type_setter, facts)?;
        self.type_setter.forget_if_large();
        canvas.to_png(&facts.digest().hex())
    }

    /// Which characters of a text none of the packed fonts can draw. On a page they stand as `[U+1F600]`, never as
    /// an empty box.
    pub fn missing_glyphs(&mut self, text: &str) -> Vec<char> {
        self.type_setter.missing(text)
    }
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").finish_non_exhaustive()
    }
}
