//! Words that our own readers of marketplaces write into orders, in the reader's language. They are kept and given to
//! ShipStation in English; what a marketplace says beside them stays in its own words.

use super::Language;

/// Each in English, as it is kept, and in German.
const TITLES: [(&str, &str); 14] = [
    ("Discount", "Rabatt"),
    ("Price change", "Preisänderung"),
    ("Shipping", "Versand"),
    ("Dispute", "Streitfall"),
    ("Refund", "Rückerstattung"),
    ("Pick-up", "Abholung"),
    ("Address in the local script", "Adresse in der Landesschrift"),
    (
        "Lines that AliExpress's warehouse sends, left out",
        "Ausgelassene Positionen, die das Lager von AliExpress versendet",
    ),
    ("Port", "Hafen"),
    ("Payment step", "Zahlungsschritt"),
    ("Fulfilment channel", "Abwicklungsweg"),
    ("Discount in another currency", "Rabatt in anderer Währung"),
    ("Price change in another currency", "Preisänderung in anderer Währung"),
    ("Shipping in another currency", "Versand in anderer Währung"),
];

fn title(text: &str, language: Language) -> Option<&'static str> {
    TITLES.iter().find(|(english, _)| *english == text).map(|both| language.pick(*both))
}

/// What a discount or a surcharge is called.
pub(crate) fn adjustment(name: &str, language: Language) -> &str {
    title(name, language).unwrap_or(name)
}

/// A note with what stands before each colon in the reader's language.
pub(crate) fn internal_note(note: &str, language: Language) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((before, said)) => format!("{}: {said}", title(before, language).unwrap_or(before)),
        None => line.to_owned(),
    };
    note.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_are_translated_and_those_of_a_marketplace_are_not() {
        let note = "Dispute: in processing\nShop: Dispute: x\nnothing";
        assert_eq!(internal_note(note, Language::German), "Streitfall: in processing\nShop: Dispute: x\nnothing");
        assert_eq!(internal_note(note, Language::English), note);
        assert_eq!(adjustment("Price change", Language::German), "Preisänderung");
        assert_eq!(adjustment("Sommerrabatt", Language::English), "Sommerrabatt");
    }
}
