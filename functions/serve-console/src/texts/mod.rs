//! Everything the console says, in one place. A second language is a second value of [`Texts`]: one that lacks a text
//! doesn't compile. `{name}` stands for a value that is only known later.

mod english;
mod problems;

pub(crate) use english::{ENGLISH, Texts};
pub(crate) use problems::Words;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_once_and_what_they_hold_is_not_looked_at() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("no value", &[("a", "1")]), "no value");
        assert_eq!(fill("{unknown}!", &[]), "!");
    }
}
