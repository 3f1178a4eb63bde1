//! What a form or a query says. No `Debug`: keys and codes are among it.

use crate::{
    limits,
    problem::{Malformed, Problem},
};
use std::collections::HashMap;
use url::form_urlencoded;

/// The longest value that any form takes.
const VALUE_CHARS_MAX: usize = 2000;

#[derive(Clone, Default)]
pub(crate) struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads `a=1&b=2`. A name that comes twice is a trick, not a form.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Problem> {
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.len() >= limits::FIELDS_MAX || value.chars().count() > VALUE_CHARS_MAX {
                return Err(Problem::TooLarge);
            }
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Problem::BadRequest(Malformed::Twice));
            }
        }
        Ok(Self(fields))
    }

    /// A field without the blanks around it; empty when it wasn't sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_trimmed_and_absent_ones_are_empty() {
        let fields = Fields::read(b"name=+ae%2Dmain+&key=a%26b").unwrap();
        assert_eq!((fields.get("name"), fields.get("key"), fields.get("other")), ("ae-main", "a&b", ""));
    }

    #[test]
    fn too_many_too_long_or_doubled_fields_are_refused() {
        let many = (0..600).map(|i| format!("f{i}=1&")).collect::<String>();
        assert_eq!(Fields::read(many.as_bytes()).err(), Some(Problem::TooLarge));
        assert_eq!(Fields::read(format!("a={}", "x".repeat(2001)).as_bytes()).err(), Some(Problem::TooLarge));
        assert!(matches!(Fields::read(b"csrf=1&csrf=2").err(), Some(Problem::BadRequest(_))));
    }
}
