//! Makes a stranger's text harmless before it is drawn.
//!
//! A buyer chooses names and addresses freely. On a page that a reviewer trusts, such a text must stay what it is:
//! it may not start new lines (they could look like fields of ours), turn the reading direction of what follows,
//! pile marks over its neighbours or hide characters. What can't be drawn is named, not left out: `[U+1F600]`.

/// Longer texts end in an ellipsis; no field has room for more, and shaping costs time.
const CHARS_MAX: usize = 600;
/// Written languages stack up to three or four; more is an attempt to paint over other lines.
const MARKS_MAX: usize = 4;

/// The text as it may be drawn. `drawable` says whether a font has the character.
pub(crate) fn clean(text: &str, drawable: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len().min(4 * CHARS_MAX));
    let (mut marks, mut last) = (0, ' ');
    for (count, c) in text.chars().enumerate() {
        if count == CHARS_MAX {
            out.push('…');
            break;
        }
        if c.is_whitespace() {
            if last != ' ' {
                out.push(' ');
            }
            (marks, last) = (0, ' ');
            continue;
        }
        if is_invisible(c) && !(is_joiner(c) && is_arabic(last)) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS_MAX {
            continue;
        }
        if is_joiner(c) || (drawable(c) && !c.is_control()) {
            out.push(c);
        } else {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        }
        last = c;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Leaves no trace on paper: bidi controls, joiners, selectors of emoji styles, tags. Phones paste them around
/// numbers and contacts, so they are no sign of an attack, but none may reach the page.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Persian and Urdu need the two joiners to be spelt right; nowhere else do we keep them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}')
}

/// Sits on the character before it.
pub(crate) fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{05BF}'
        | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}'
        | '\u{06E7}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}' | '\u{08D3}'..='\u{08FF}' | '\u{0E31}'
        | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{302A}'..='\u{302F}' | '\u{3099}'..='\u{309A}' | '\u{FB1E}'
        | '\u{FE20}'..='\u{FE2F}')
        || is_joiner(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(text: &str) -> String {
        clean(text, |c| c.is_ascii() || is_mark(c) || is_arabic(c))
    }

    #[test]
    fn lines_of_a_name_become_one_line() {
        assert_eq!(ascii("Eve\r\nTracking number\t1Z\u{2028}x "), "Eve Tracking number 1Z x");
    }

    #[test]
    fn nothing_turns_the_reading_direction_of_what_follows() {
        assert_eq!(ascii("abc\u{202E}def\u{202C}\u{2067}\u{200F}g"), "abcdefg");
    }

    #[test]
    fn what_no_font_has_is_named() {
        assert_eq!(ascii("ok 😀\u{7}\u{E000}"), "ok [U+1F600][U+0007][U+E000]");
    }

    #[test]
    fn marks_do_not_pile_up() {
        assert_eq!(ascii(&format!("a{}b", "\u{0301}".repeat(90))).chars().count(), 2 + MARKS_MAX);
    }

    #[test]
    fn a_joiner_stays_inside_persian_only() {
        assert_eq!(ascii("می\u{200C}خواهم"), "می\u{200C}خواهم");
        assert_eq!(ascii("a\u{200D}b"), "ab");
    }

    #[test]
    fn a_novel_is_cut() {
        assert_eq!(ascii(&"x".repeat(100_000)).chars().count(), CHARS_MAX + 1);
    }
}
