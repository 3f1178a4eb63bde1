//! What only shows inside: which glyphs stand where.

use crate::canvas::{Canvas, HEIGHT, WIDTH};
use crate::clean::clean;
use crate::faces::{Faces, Region};
use crate::text::{Style, TypeSetter};
use cosmic_text::LayoutGlyph;

fn line(setter: &mut TypeSetter, text: &str, style: Style) -> Vec<LayoutGlyph> {
    let buffer = setter.shape(text, style, None);
    buffer.layout_runs().flat_map(|run| run.glyphs.to_vec()).collect()
}

/// Glyphs in the order in which their text is written.
fn in_writing_order(mut glyphs: Vec<LayoutGlyph>) -> Vec<LayoutGlyph> {
    glyphs.retain(|glyph| glyph.w > 0.0);
    glyphs.sort_by_key(|glyph| glyph.start);
    glyphs
}

#[test]
fn hebrew_and_arabic_run_right_to_left() {
    let mut setter = TypeSetter::new().unwrap();
    for text in ["שרה בן־דוד", "שלום!", "عبد الرحمن بن خالد", "زهرا می\u{200C}خواهم"]
    {
        let glyphs = in_writing_order(line(&mut setter, text, Style::new(24.0)));
        assert!(glyphs.len() > 3 && glyphs.windows(2).all(|pair| pair[0].x > pair[1].x), "{text}");
    }
    let latin = in_writing_order(line(&mut setter, "left to right", Style::new(24.0)));
    assert!(latin.windows(2).all(|pair| pair[0].x < pair[1].x));
}

#[test]
fn a_right_to_left_line_stands_at_the_right_of_its_column() {
    let mut setter = TypeSetter::new().unwrap();
    let buffer = setter.shape("שלום", Style::new(24.0), Some(400.0));
    let run = buffer.layout_runs().next().unwrap();
    let right = run.glyphs.iter().map(|glyph| glyph.x + glyph.w).fold(0.0, f32::max);
    assert!((right - 400.0).abs() < 1.0, "ends at {right}");
}

#[test]
fn numbers_in_a_right_to_left_line_keep_their_order() {
    let mut setter = TypeSetter::new().unwrap();
    let text = "רחוב 507";
    let digits: Vec<f32> = in_writing_order(line(&mut setter, text, Style::new(24.0)))
        .iter()
        .filter(|glyph| text[glyph.start..].starts_with(|c: char| c.is_ascii_digit()))
        .map(|glyph| glyph.x)
        .collect();
    assert!(digits.len() == 3 && digits.is_sorted(), "{digits:?}");
}

#[test]
fn arabic_letters_join() {
    let mut setter = TypeSetter::new().unwrap();
    let mut forms: Vec<u16> =
        in_writing_order(line(&mut setter, "ببب", Style::new(24.0))).iter().map(|glyph| glyph.glyph_id).collect();
    forms.sort_unstable();
    forms.dedup();
    assert_eq!(forms.len(), 3, "the same letter has a first, a middle and a last form");
}

#[test]
fn han_characters_take_the_forms_of_where_they_go() {
    let mut setter = TypeSetter::new().unwrap();
    let mut font = |text: &str, region: Region| line(&mut setter, text, Style::new(24.0).region(region))[0].font_id;
    let (chinese, japanese) = (font("直", Region::Chinese), font("直", Region::Japanese));
    assert_ne!(chinese, japanese);
    assert_eq!(font("直す", Region::Chinese), japanese, "kana tell more than the country");
    assert_eq!(font("们直", Region::Japanese), chinese, "no patchwork of two fonts");
    assert_eq!(font("直", Region::of("JP")), japanese);
}

#[test]
fn the_same_text_takes_the_same_fonts_whatever_was_set_before() {
    let faces = Faces::new().unwrap();
    let mut setter = TypeSetter::new().unwrap();
    let before = faces.choose("東京都 Tokyo שלום", Region::Chinese);
    setter.set("한국어 日本語の ไทย", Style::new(20.0), 300);
    assert_eq!(before, faces.choose("東京都 Tokyo שלום", Region::Chinese));
}

const NASTY: [&str; 7] = [
    "Z\u{0301}\u{0323}\u{0489}\u{0301}\u{0301}\u{0301}\u{0301}a\u{0E31}\u{05B0} ก\u{0301}\u{0E31}\u{0E49}",
    "\u{202E}reversed\u{202C} and\nTracking number\r\n1Z999",
    "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
    "שששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששששש",
    "﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽",
    "😀👨\u{200D}👩\u{200D}👧 \u{7}\u{0}\u{FFFF}\u{E000} ᚠᚢ 𓀀 ꧁༺",
    "ก็็็็็็็็็็็็็็็็็็็็ กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์กิ์",
];

#[test]
fn nothing_a_stranger_writes_comes_out_as_an_empty_box() {
    let (faces, mut setter) = (Faces::new().unwrap(), TypeSetter::new().unwrap());
    for text in NASTY {
        let clean = clean(text, |c| faces.drawable(c));
        let glyphs = line(&mut setter, &clean, Style::new(24.0));
        assert!(!glyphs.is_empty() && glyphs.iter().all(|glyph| glyph.glyph_id != 0), "{clean}");
    }
}

#[test]
fn nothing_a_stranger_writes_leaves_its_box() {
    let mut setter = TypeSetter::new().unwrap();
    let (x, y, room, size) = (300, 300, 260, 24.0);
    let style = Style::new(size).lines(2);
    let one_line = setter.set("x", style, room).height;
    for text in NASTY {
        let mut canvas = Canvas::new();
        let block = setter.set(text, style, room);
        assert!(block.height <= 2 * one_line, "{text}");
        setter.draw(&mut canvas, &block, x, y);
        let overhang = (size * 0.3) as i32;
        for (i, _) in canvas.pixels().iter().enumerate().filter(|(_, gray)| **gray != 255) {
            let (px, py) = (i as i32 % WIDTH, i as i32 / WIDTH);
            assert!((x - 2..x + room + 2).contains(&px), "{text} at {px}");
            assert!((y - overhang..y + block.height + overhang).contains(&py) && py < HEIGHT, "{text} at {py}");
        }
    }
}

#[test]
fn a_long_text_ends_in_an_ellipsis_within_its_lines() {
    let mut setter = TypeSetter::new().unwrap();
    for text in ["many short words ".repeat(20), "x".repeat(300), "שלום עולם ".repeat(30), "東京".repeat(90)]
    {
        for lines in [1, 2, 3] {
            let buffer = setter.shape_within(&text, Style::new(24.0).lines(lines), 300.0);
            assert_eq!(buffer.layout_runs().count(), lines, "{text}");
            let last = buffer.layout_runs().last().unwrap();
            assert!(last.text.ends_with('…') && last.line_w <= 300.0, "{}", last.text);
        }
    }
}
