//! The tracking number as Code 128.

use barcoders::sym::code128::Code128;

/// Ten modules of white on either side, without which a scanner sees no start.
pub(crate) const QUIET_MODULES: usize = 10;

/// The modules of the barcode, 1 for a bar. `None` when Code 128 has no sign for a character.
pub(crate) fn modules(text: &str) -> Option<Vec<u8>> {
    Some(Code128::new(with_charsets(text)?).ok()?.encode())
}

/// How wide one module can be drawn in this room: 4 to 2 pixels. Below two (0.34 mm at 150 dpi) a printed page no
/// longer scans, so there is nothing below.
pub(crate) fn module_width(modules: usize, room: i32) -> Option<i32> {
    let needed = i32::try_from(modules + 2 * QUIET_MODULES).ok()?;
    (2..=4).rev().find(|width| needed.saturating_mul(*width) <= room)
}

#[derive(Clone, Copy, PartialEq)]
enum Set {
    /// Printable ASCII, one sign each.
    B,
    /// Two digits a sign.
    C,
}

/// Puts `barcoders`' marks for the character sets where the barcode gets shortest: the cheapest way of writing the
/// text from each position on, in either set, is known from the positions after it.
fn with_charsets(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || !bytes.iter().all(|b| (b' '..=b'~').contains(b)) {
        return None;
    }
    const NEVER: usize = usize::MAX / 2;
    let mut cost = vec![(0, 0); bytes.len() + 1]; // signs from here on when in B, when in C
    for at in (0..bytes.len()).rev() {
        let stay_b = 1 + cost[at + 1].0;
        let stay_c = if digits_at(bytes, at) { 1 + cost[at + 2].1 } else { NEVER };
        cost[at] = (stay_b.min(1 + stay_c), stay_c.min(1 + stay_b));
    }
    let mut set = if cost[0].1 < cost[0].0 { Set::C } else { Set::B };
    let mut marked = String::from(mark(set));
    let mut at = 0;
    while at < bytes.len() {
        let as_pair = digits_at(bytes, at).then(|| 1 + cost[at + 2].1);
        let as_one = 1 + cost[at + 1].0;
        let best = match (as_pair, set) {
            (Some(pair), Set::C) if pair <= as_one + 1 => Set::C,
            (Some(pair), Set::B) if pair + 1 < as_one => Set::C,
            _ => Set::B,
        };
        if best != set {
            marked.push(mark(best));
            set = best;
        }
        let taken = if set == Set::C { 2 } else { 1 };
        marked.push_str(&text[at..at + taken]);
        at += taken;
    }
    Some(marked)
}

fn digits_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2).is_some_and(|pair| pair.iter().all(u8::is_ascii_digit))
}

const fn mark(set: Set) -> char {
    match set {
        Set::B => '\u{0181}',
        Set::C => '\u{0106}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_written_in_pairs_where_that_is_shorter() {
        for (text, marked) in [
            ("12345678", "\u{106}12345678"),
            ("ABC", "\u{181}ABC"),
            ("A12B", "\u{181}A12B"),
            ("RA123456789CN", "\u{181}RA1\u{106}23456789\u{181}CN"),
            ("123456789", "\u{106}12345678\u{181}9"),
            ("7", "\u{181}7"),
        ] {
            let got = with_charsets(text).unwrap();
            assert_eq!(got.chars().count(), marked.chars().count(), "{text}: {got}");
        }
        assert_eq!(with_charsets("12345678").unwrap(), "\u{106}12345678");
    }

    #[test]
    fn what_code_128_cannot_say_is_refused() {
        assert_eq!(modules(""), None);
        assert_eq!(modules("номер"), None);
        assert_eq!(modules("A\n1"), None);
    }

    #[test]
    fn forty_letters_still_fit_the_page_at_two_pixels() {
        let modules = modules(&"W".repeat(40)).unwrap();
        assert_eq!(module_width(modules.len(), 1060), Some(2));
        assert_eq!(module_width(super::modules("9400111899223197428490").unwrap().len(), 1060), Some(4));
        assert_eq!(module_width(700, 1060), None);
    }
}
