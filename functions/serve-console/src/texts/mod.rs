//! Everything the console says, in one place: each text in English and, beside it, in German. A text that lacks one of
//! them doesn't compile. `{name}` stands for a value that is only known later.
//!
//! A page of its own gets a set of its own: a file here with `texts!`, and a field of [`Texts`].

pub(crate) mod cannot;
mod common;
mod exceptions;
pub(crate) mod findings;
pub(crate) mod kinds;
mod orders;
pub(crate) mod ours;
mod overview;
mod problems;
mod settings;
pub(crate) mod statuses;
#[cfg(test)]
mod tests;

use common::{COMMON, Common};
use exceptions::{EXCEPTIONS, ExceptionTexts};
use orders::ORDERS;
pub(crate) use orders::Orders;
use overview::{OVERVIEW, Overview};
pub(crate) use problems::Words;
pub(crate) use settings::wrong_words;
use settings::{SETTINGS, SettingsTexts};
use std::ops::Deref;

/// Defines a set of texts: a name, the English, the German.
macro_rules! texts {
    ($(#[$doc:meta])* $set:ident, $all:ident $($name:ident: $english:expr, $german:expr;)*) => {
        $(#[$doc])*
        pub(crate) struct $set { $(pub(crate) $name: &'static str,)* }
        /// In the order of [`super::Language`].
        pub(crate) static $all: [$set; 2] = [$set { $($name: $english,)* }, $set { $($name: $german,)* }];
        #[cfg(test)]
        impl $set {
            /// Name, English, German.
            pub(crate) fn pairs() -> Vec<(&'static str, &'static str, &'static str)> {
                vec![$((stringify!($name), $english, $german),)*]
            }
        }
    };
}
use texts;

/// The languages that there are, in the order in which texts have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
    English,
    German,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// As browsers and `lang` name it.
    pub(crate) fn tag(self) -> &'static str {
        self.texts().language
    }

    /// As its speakers call it.
    pub(crate) fn own_name(self) -> &'static str {
        self.pick(("English", "Deutsch"))
    }

    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// One of a pair that stands beside the code that uses it.
    pub(crate) fn pick<T>(self, (english, german): (T, T)) -> T {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }

    pub(crate) fn texts(self) -> &'static Texts {
        &TEXTS[self as usize]
    }
}

/// All texts in one language: those of every page directly, those of one page behind its name.
pub(crate) struct Texts {
    common: &'static Common,
    pub(crate) orders: &'static Orders,
    pub(crate) overview: &'static Overview,
    pub(crate) lang: Language,
    pub(crate) exceptions: &'static ExceptionTexts,
    pub(crate) settings: &'static SettingsTexts,
}

static TEXTS: [Texts; 2] = [
    Texts {
        common: &COMMON[0],
        orders: &ORDERS[0],
        overview: &OVERVIEW[0],
        lang: Language::English,
        exceptions: &EXCEPTIONS[0],
        settings: &SETTINGS[0],
    },
    Texts {
        common: &COMMON[1],
        orders: &ORDERS[1],
        overview: &OVERVIEW[1],
        lang: Language::German,
        exceptions: &EXCEPTIONS[1],
        settings: &SETTINGS[1],
    },
];

impl Deref for Texts {
    type Target = Common;
    fn deref(&self) -> &Common {
        self.common
    }
}

/// A text with its values in place. What is put in is escaped by the template that shows it, as the text itself is.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut left = text;
    let mut filled = String::with_capacity(text.len() + 32);
    while let Some((before, rest)) = left.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = rest.split_once('}') else {
            left = rest;
            break;
        };
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        left = after;
    }
    filled.push_str(left);
    filled
}
