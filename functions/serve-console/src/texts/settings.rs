//! What the page of a connection's settings says.

use super::fill;
use tallyman_domain::settings::check::Wrong;

super::texts! {
    /// Texts of the settings.
    SettingsTexts, SETTINGS
    title: "Settings of {name}", "Einstellungen von {name}";
    lead:
        "They hold from the next minute on. Every change is kept with who made it, and can be taken back.",
        "Sie gelten ab der nächsten Minute. Jede Änderung wird mit Namen aufbewahrt und lässt sich zurücknehmen.";
    looking: "Only operators can change them.", "Ändern dürfen sie nur Personen mit dem Recht zur Bearbeitung.";
    save: "Save", "Speichern";
    saved_done: "The settings of {name} are saved.", "Die Einstellungen von {name} sind gespeichert.";
    same_done: "Nothing differs: the settings of {name} were so already.", "Kein Unterschied: Die Einstellungen von {name} waren schon so.";
    undone_done: "The settings of {name} are again as they were.", "Die Einstellungen von {name} sind wieder wie zuvor.";
    wrong_title:
        "Nothing was saved. Correct what is named below.",
        "Es wurde nichts gespeichert. Berichtigen Sie, was unten genannt ist.";
    wrong_changed:
        "Nothing was saved: somebody else changed these settings meanwhile. Below is what you entered; the history shows the other change.",
        "Es wurde nichts gespeichert: Jemand anders hat diese Einstellungen inzwischen geändert. Unten steht Ihre Eingabe, der Verlauf zeigt die andere Änderung.";

    orders_part: "Orders", "Bestellungen";
    seller_name: "Seller's name on the proof of shipment", "Name des Verkäufers auf dem Versandnachweis";
    take_statuses: "Export only orders with these statuses", "Nur Bestellungen mit diesem Status übertragen";
    take_hint: "Without a choice all are exported.", "Ohne Auswahl werden alle übertragen.";
    start_from: "Leave orders alone that were placed before", "Bestellungen unberührt lassen, die älter sind als";
    start_hint: "In UTC, as in 2026-11-01T00:00:00Z; empty for no limit.", "In UTC, etwa 2026-11-01T00:00:00Z; leer für keine Grenze.";
    store_id: "ShipStation store (number)", "ShipStation-Store (Nummer)";
    store_hint: "Empty: the default store.", "Leer: der Standard-Store.";
    status_map: "Status map", "Statuszuordnung";
    status_hint:
        "Your own rows win over the built-in ones. Clear a name to remove its row.",
        "Eigene Zeilen haben Vorrang vor den eingebauten. Leeren Sie einen Namen, um seine Zeile zu entfernen.";
    status_name: "Status at the marketplace", "Status auf dem Marktplatz";
    status_means: "Means", "Bedeutet";

    notices_part: "Notices to the marketplace", "Meldungen an den Marktplatz";
    notify: "Tell the marketplace about shipments", "Dem Marktplatz Sendungen melden";
    batches: "Alibaba.com: an order may be told in several shipments", "Alibaba.com: Eine Bestellung darf in mehreren Sendungen gemeldet werden";
    note: "Remark to the buyer with each notice", "Bemerkung an den Käufer bei jeder Meldung";
    note_hint: "English, at most 512 characters.", "Auf Englisch, höchstens 512 Zeichen.";
    carriers: "Carrier map", "Zuordnung der Versanddienste";
    carriers_hint:
        "Your own rows win over the built-in ones. An empty service stands for every service of the carrier. Clear a row to remove it. Codes are held against the marketplace's own list.",
        "Eigene Zeilen haben Vorrang vor den eingebauten. Ein leerer Service steht für alle des Versanddienstes. Leeren Sie eine Zeile, um sie zu entfernen. Die Codes werden mit der Liste des Marktplatzes verglichen.";
    list_known: "The marketplace has {count} codes; typing suggests them.", "Der Marktplatz hat {count} Codes; beim Tippen werden sie vorgeschlagen.";
    list_unknown:
        "The marketplace's list can't be had now: codes that are new can't be saved until it can.",
        "Die Liste des Marktplatzes ist gerade nicht zu haben: Neue Codes lassen sich so lange nicht speichern.";
    carrier: "Carrier in ShipStation", "Versanddienst in ShipStation";
    service: "Service in ShipStation", "Service in ShipStation";
    code: "Code at the marketplace", "Code beim Marktplatz";
    website: "Tracking website", "Website zur Sendungsverfolgung";

    deciding_part: "Who decides", "Wer entscheidet";
    cancelled_by: "An order without a label is cancelled at the marketplace", "Eine Bestellung ohne Label wird auf dem Marktplatz storniert";
    cancelled_marketplace: "cancel it in ShipStation at once", "sofort auch in ShipStation stornieren";
    cancelled_warehouse: "hold it in ShipStation for people", "in ShipStation anhalten, damit jemand entscheidet";
    shipped_by: "An order without a label is shipped by the marketplace's word", "Eine Bestellung ohne Label gilt auf dem Marktplatz als versandt";
    shipped_marketplace: "close it in ShipStation at once", "sofort auch in ShipStation abschließen";
    shipped_warehouse: "leave it open in ShipStation for people", "in ShipStation offen lassen, damit jemand entscheidet";
    void_window: "Hours in which a label can be voided", "Stunden, in denen ein Label storniert werden kann";
    owner_of: "Owner of", "Zuständig für";
    owners: "Who acts on which kind of exception", "Wer kümmert sich um welche Art von Ausnahme";
    by_rule: "as usual: {owner}", "wie üblich: {owner}";

    papers_part: "Tax and customs", "Steuer und Zoll";
    tax_field: "Tax identifiers go into", "Steuernummern stehen in";
    tax_none: "no custom field", "keinem freien Feld";
    tax_one: "custom field {n}", "freiem Feld {n}";
    tax_note: "Also in the internal note", "Auch in der internen Notiz";
    origin: "Country of origin", "Ursprungsland";
    origin_hint: "Two letters, such as CN. Without it no customs items are sent.", "Zwei Buchstaben, etwa CN. Ohne Angabe werden keine Zollpositionen gesendet.";
    tariff: "Tariff code", "Zolltarifnummer";
    description: "Description", "Warenbezeichnung";
    description_hint: "Empty: the product's name.", "Leer: der Name des Produkts.";

    wrong_seller_name: "At most 100 characters.", "Höchstens 100 Zeichen.";
    wrong_note: "English letters only, at most 512 characters.", "Nur englische Buchstaben, höchstens 512 Zeichen.";
    wrong_number: "Enter a positive number.", "Geben Sie eine positive Zahl ein.";
    wrong_time: "Enter a time such as 2026-11-01T00:00:00Z.", "Geben Sie eine Zeit ein, etwa 2026-11-01T00:00:00Z.";
    wrong_void: "Enter a whole number of hours, at most 8760.", "Geben Sie volle Stunden ein, höchstens 8760.";
    wrong_tax: "Choose one of the fields.", "Wählen Sie eines der Felder.";
    wrong_country: "Enter the two letters of a country.", "Geben Sie die zwei Buchstaben eines Landes ein.";
    wrong_tariff: "4 to 14 digits, with full stops where you like.", "4 bis 14 Ziffern, Punkte nach Belieben.";
    wrong_description: "At most 200 characters.", "Höchstens 200 Zeichen.";
    wrong_status_name: "{name} is no name of a status: letters, digits, _ and - only.", "{name} ist kein Statusname: nur Buchstaben, Ziffern, _ und -.";
    wrong_status_twice: "{name} stands there twice.", "{name} steht doppelt da.";
    wrong_rows: "These are too many rows.", "Das sind zu viele Zeilen.";
    wrong_carrier: "Row {row}: name the carrier, at most 80 characters.", "Zeile {row}: Nennen Sie den Versanddienst, höchstens 80 Zeichen.";
    wrong_code: "Row {row}: enter the marketplace's code, without blanks.", "Zeile {row}: Geben Sie den Code des Marktplatzes ein, ohne Leerzeichen.";
    wrong_website: "Row {row}: enter an address with https://; a code OTHER... needs one.", "Zeile {row}: Geben Sie eine Adresse mit https:// ein; ein Code OTHER... braucht eine.";
    wrong_twice: "Row {row}: this carrier and service stand in a row above.", "Zeile {row}: Dieser Versanddienst und Service stehen schon weiter oben.";
    wrong_unknown: "Row {row}: the marketplace has no code {code}.", "Zeile {row}: Der Marktplatz hat keinen Code {code}.";
    wrong_near: "Row {row}: the marketplace has no code {code}. Nearest: {codes}.", "Zeile {row}: Der Marktplatz hat keinen Code {code}. Am ähnlichsten: {codes}.";
    wrong_unchecked:
        "Row {row}: code {code} can't be checked just now. Try again later.",
        "Zeile {row}: Der Code {code} kann gerade nicht geprüft werden. Versuchen Sie es später noch einmal.";

    history: "History", "Verlauf";
    no_history: "Nothing was changed yet.", "Bisher wurde nichts geändert.";
    by: "by {name}", "von {name}";
    undoes: "takes back change {number}", "nimmt Änderung {number} zurück";
    change: "Change {number}", "Änderung {number}";
    change_table: "What was changed", "Was geändert wurde";
    field: "Field", "Feld";
    was: "Before", "Vorher";
    is: "After", "Nachher";
    yes: "yes", "ja";
    no: "no", "nein";
    not_set: "not set", "nicht gesetzt";
    undo: "Take back …", "Zurücknehmen …";
    undo_title: "Take back change {number} of {name}?", "Änderung {number} von {name} zurücknehmen?";
    undo_what:
        "All settings become again what they were before this change; later changes go too. This is a change of its own and stays in the history.",
        "Alle Einstellungen werden wieder so, wie sie vor dieser Änderung waren; auch spätere Änderungen entfallen. Das ist selbst eine Änderung und bleibt im Verlauf.";
    undo_nothing: "They are so already: there is nothing to take back.", "Sie sind schon so: Es gibt nichts zurückzunehmen.";
    undo_go: "Take it back", "Zurücknehmen";
    back: "To the settings", "Zu den Einstellungen";
}

/// The field that a rule is about, and its words.
pub(crate) fn wrong_words(t: &SettingsTexts, wrong: &Wrong) -> (&'static str, String) {
    let row_of = |text: &str, row: &usize| fill(text, &[("row", &row.to_string())]);
    match wrong {
        Wrong::SellerName => ("seller_name", t.wrong_seller_name.to_owned()),
        Wrong::NoteToBuyer => ("note", t.wrong_note.to_owned()),
        Wrong::StoreId => ("store_id", t.wrong_number.to_owned()),
        Wrong::VoidWindow => ("void_window", t.wrong_void.to_owned()),
        Wrong::TaxField => ("tax_field", t.wrong_tax.to_owned()),
        Wrong::TariffCode => ("tariff", t.wrong_tariff.to_owned()),
        Wrong::Description => ("description", t.wrong_description.to_owned()),
        Wrong::StatusName { name } => ("status", fill(t.wrong_status_name, &[("name", name)])),
        Wrong::StatusRows => ("status", t.wrong_rows.to_owned()),
        Wrong::CarrierRows => ("carriers", t.wrong_rows.to_owned()),
        Wrong::Carrier { row } => ("carriers", row_of(t.wrong_carrier, row)),
        Wrong::Code { row } => ("carriers", row_of(t.wrong_code, row)),
        Wrong::Website { row } => ("carriers", row_of(t.wrong_website, row)),
        Wrong::Twice { row } => ("carriers", row_of(t.wrong_twice, row)),
        Wrong::UnknownCode { row, code, suggestions } => {
            let text = if suggestions.is_empty() { t.wrong_unknown } else { t.wrong_near };
            let values = [("row", row.to_string()), ("code", code.clone()), ("codes", suggestions.join(", "))];
            let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            ("carriers", fill(text, &values))
        }
        Wrong::Unchecked { row, code } => {
            ("carriers", fill(t.wrong_unchecked, &[("row", &row.to_string()), ("code", code)]))
        }
    }
}
