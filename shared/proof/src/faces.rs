//! The packed fonts, and which of them draws which word.
//!
//! The choice is ours and not the text library's fallback, for two reasons: it depends on the text alone (the same
//! facts give the same bytes, whichever fonts were opened before), and Chinese, Japanese and Korean share code
//! points that look different in each, so the choice needs to know where the text comes from.

use crate::ProofError;
use crate::clean::is_mark;
use cosmic_text::FontSystem;
use cosmic_text::fontdb::Source;
use cosmic_text::skrifa::charmap::Charmap;
use cosmic_text::skrifa::{FontRef, MetadataProvider as _};
use std::ops::Range;
use std::sync::Arc;

mod packed {
    include!(concat!(env!("OUT_DIR"), "/fonts.rs"));
}

/// One font. The order is that of the table in `build.rs`, and the order in which fonts are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Latin, Greek, Cyrillic.
    Latin,
    Hebrew,
    Arabic,
    Thai,
    Chinese,
    Japanese,
    Korean,
}
use Face::{Arabic, Chinese, Hebrew, Japanese, Korean, Latin, Thai};

const ALL: [Face; 7] = [Latin, Hebrew, Arabic, Thai, Chinese, Japanese, Korean];
const SMALL: [Face; 4] = [Latin, Hebrew, Arabic, Thai];

impl Face {
    const fn name(self) -> &'static str {
        match self {
            Latin => "Noto Sans",
            Hebrew => "Noto Sans Hebrew",
            Arabic => "Noto Sans Arabic",
            Thai => "Noto Sans Thai",
            Chinese => "Noto Sans SC",
            Japanese => "Noto Sans JP",
            Korean => "Noto Sans KR",
        }
    }

    /// Whether there is a bold: the large fonts are packed in one weight only.
    pub(crate) const fn has_bold(self) -> bool {
        matches!(self, Latin | Hebrew | Arabic | Thai)
    }
}

/// Whose forms the shared Han characters take, as far as the text itself doesn't tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    Chinese,
    Japanese,
    Korean,
}

impl Region {
    /// Of a country's addresses.
    pub(crate) fn of(country: &str) -> Self {
        match country {
            "JP" => Self::Japanese,
            "KR" | "KP" => Self::Korean,
            _ => Self::Chinese,
        }
    }

    /// Of texts that come from one hand, such as a seller's names and products: one of them may tell for all.
    pub(crate) fn of_words<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Self {
        if texts.clone().any(|text| text.contains(is_kana)) {
            Self::Japanese
        } else if texts.clone().any(|text| text.contains(is_hangul)) {
            Self::Korean
        } else {
            Self::Chinese
        }
    }

    /// In which order the large fonts are asked for a text. Its own script tells more than where it goes.
    fn order(self, text: &str) -> [Face; 3] {
        let told = match Self::of_words(std::iter::once(text)) {
            Self::Chinese => self,
            told => told,
        };
        match told {
            Self::Chinese => [Chinese, Japanese, Korean],
            Self::Japanese => [Japanese, Chinese, Korean],
            Self::Korean => [Korean, Chinese, Japanese],
        }
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{AC00}'..='\u{D7A3}')
}

/// The fonts' character tables, and which fonts are open.
pub(crate) struct Faces {
    charmaps: [Charmap<'static>; 7],
    families: [Option<String>; 7],
}

impl Faces {
    /// Reads the tables' places. No font is opened yet.
    pub(crate) fn new() -> Result<Self, ProofError> {
        let mut charmaps = Vec::with_capacity(ALL.len());
        for face in ALL {
            let font = FontRef::new(packed::FILES[face as usize]).map_err(|_| ProofError::Font(face.name()))?;
            charmaps.push(font.charmap());
        }
        let charmaps = charmaps.try_into().map_err(|_| ProofError::Font("table"))?;
        Ok(Self { charmaps, families: Default::default() })
    }

    fn has(&self, face: Face, c: char) -> bool {
        self.charmaps[face as usize].map(c).is_some_and(|glyph| glyph.to_u32() != 0)
    }

    /// Whether any font has it.
    pub(crate) fn drawable(&self, c: char) -> bool {
        ALL.iter().any(|face| self.has(*face, c))
    }

    /// Opens a font for the text library unless it is open: the large ones cost memory only from their first text on.
    pub(crate) fn open(&mut self, face: Face, fonts: &mut FontSystem) {
        if self.families[face as usize].is_none() {
            let database = fonts.db_mut();
            let bytes: Arc<&'static [u8]> = Arc::new(packed::FILES[face as usize]);
            let ids = database.load_font_source(Source::Binary(bytes));
            let info = ids.first().and_then(|id| database.face(*id));
            self.families[face as usize] = info.and_then(|info| info.families.first()).map(|(name, _)| name.clone());
        }
    }

    /// The family of an open font, by which the text library knows it.
    pub(crate) fn family(&self, face: Face) -> &str {
        self.families[face as usize].as_deref().unwrap_or_else(|| face.name())
    }

    /// Which font draws which part. A word stays in one font where one has all of it: a right-to-left word in two
    /// fonts would come out in the wrong order, and an accent needs its letter's font. A mark that its letter's
    /// font lacks is in no part.
    pub(crate) fn choose(&self, text: &str, region: Region) -> Vec<(Range<usize>, Face)> {
        let mut large = region.order(text);
        let foreign: Vec<char> = text.chars().filter(|c| !SMALL.iter().any(|face| self.has(*face, *c))).collect();
        if !foreign.is_empty() {
            // Stable: the region decides between fonts that lack equally much.
            large.sort_by_key(|face| foreign.iter().filter(|c| !self.has(*face, **c)).count());
        }
        let order: Vec<Face> = SMALL.into_iter().chain(large).collect();
        let covering = |part: &str| order.iter().copied().find(|face| part.chars().all(|c| self.draws(*face, c)));
        let mut parts = Parts::default();
        let mut at = 0;
        for word in text.split_inclusive(' ') {
            match covering(word) {
                Some(face) => parts.push(at..at + word.len(), face),
                None => self.choose_by_letter(word, at, &covering, &mut parts),
            }
            at += word.len();
        }
        parts.0
    }

    fn choose_by_letter(&self, word: &str, at: usize, covering: &dyn Fn(&str) -> Option<Face>, parts: &mut Parts) {
        let starts: Vec<usize> =
            word.char_indices().filter(|(i, c)| *i == 0 || !is_mark(*c)).map(|(i, _)| i).chain([word.len()]).collect();
        for (start, end) in starts.iter().zip(starts.iter().skip(1)) {
            let letter = &word[*start..*end];
            let base = letter.chars().next().map_or(0, char::len_utf8);
            if let Some(face) = covering(letter) {
                parts.push(at + start..at + end, face);
                continue;
            }
            let face = covering(&letter[..base]).unwrap_or(Latin);
            for (i, c) in letter.char_indices().filter(|(i, c)| *i == 0 || self.has(face, *c)) {
                parts.push(at + start + i..at + start + i + c.len_utf8(), face);
            }
        }
    }

    /// Joiners are instructions to the shaper; every font can have them.
    fn draws(&self, face: Face, c: char) -> bool {
        self.has(face, c) || matches!(c, '\u{200C}' | '\u{200D}')
    }
}

/// Parts in order; neighbours in one font are one part.
#[derive(Default)]
struct Parts(Vec<(Range<usize>, Face)>);

impl Parts {
    fn push(&mut self, range: Range<usize>, face: Face) {
        match self.0.last_mut() {
            Some((last, same)) if *same == face && last.end == range.start => last.end = range.end,
            _ => self.0.push((range, face)),
        }
    }
}
