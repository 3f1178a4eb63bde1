//! What was found, in the reader's language. The English sentence is the domain's own; the German ones stand here, and a
//! finding without one doesn't compile. What a service said stays in its own words, as a quotation.

use super::{Language, fill};
use tallyman_domain::Finding;

/// A sentence, and whether it is English on whatever page: that of somebody else, or of before findings were kept.
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) foreign: bool,
}

pub(crate) fn sentence(finding: &Finding, language: Language) -> Sentence {
    let foreign = matches!(finding, Finding::Words { .. });
    let text = match language {
        Language::German if !foreign => german(finding),
        Language::English | Language::German => finding.to_string(),
    };
    Sentence { text, foreign }
}

/// How many more found no place among an order's exceptions.
pub(crate) fn unlisted(count: u32, language: Language) -> String {
    let text = language.pick((
        " (and {count} more at this order that found no place: look at all of its shipments)",
        " (und {count} weitere an dieser Bestellung, die keinen Platz fanden: Sehen Sie alle ihre Sendungen an)",
    ));
    if count == 0 { String::new() } else { fill(text, &[("count", &count.to_string())]) }
}

fn german(finding: &Finding) -> String {
    use Finding as F;
    match finding {
        F::Refused { service, call, code, message } => format!("{service} lehnt {call} ab: {code} „{message}“"),
        F::Unreadable { service, call, path, what } => {
            format!("{service} beantwortet {call} mit Daten, die bei {path} nicht lesbar sind: „{what}“")
        }
        F::Unclear { service, call, what } => format!("{service} gibt keine brauchbare Antwort auf {call}: „{what}“"),
        F::Unreachable { service, call } => format!("{service} ist für {call} nicht erreichbar"),
        F::Throttled { service, call, wait_s } => format!("{service} bremst {call} für {wait_s} s"),
        F::Unauthorised { service, code } => format!("{service} erkennt die Freigabe nicht mehr an ({code})"),
        F::NeedsReauth { connection, service } => {
            format!("Verbindung {connection} muss bei {service} neu freigegeben werden")
        }
        F::NoAnswer => "Keine Antwort, und das Zurücklesen gibt keinen Aufschluss".to_owned(),
        F::Words { words } => format!("„{words}“"),
        F::Status { word } => format!("Status „{word}“"),
        F::NoAddress => "Der Marktplatz gibt keine Adresse".to_owned(),
        F::BadAddress { why } => format!("Der Marktplatz gibt keine brauchbare Adresse: „{why}“"),
        F::LabelledWhileHeld => {
            "Eine Person hält die Bestellung an, und es gibt ein Label: Geben Sie sie frei, oder stornieren Sie das Label"
                .to_owned()
        }
        F::SaidAfterShipment { word } => format!("Der Marktplatz sagt nach dem Versand „{word}“"),
        F::CancelledWithLabel { word } => format!("Der Marktplatz sagt „{word}“, und es gibt ein Label"),
        F::ChangedAfterFirstLabel => "Adresse oder Ware wurde nach dem ersten Label geändert".to_owned(),
        F::ChangedAfterLabel => "Adresse oder Ware wurde geändert, nachdem das Label erstellt war".to_owned(),
        F::ChangedWhileLabelled => {
            "Die Bestellung wurde geändert, während das Label entstand: Es zeigt womöglich den alten Stand".to_owned()
        }
        F::AsksToCancel => "Der Käufer möchte stornieren".to_owned(),
        F::CancelledThere => "Auf dem Marktplatz storniert".to_owned(),
        F::ShippedThere => "Der Marktplatz führt sie als versandt".to_owned(),
        F::OtherLines { lines } => format!("Sie enthält auch Positionen einer anderen Bestellung: {lines}"),
        F::TooMuch { lines } => format!("Mehr versandt als bestellt von Position {lines}"),
        F::Another => "Die Bestellung ist in einer Sendung zu melden, und dies ist eine weitere".to_owned(),
        F::Shared { number } => format!("Zusammen mit einer anderen Bestellung versandt als {number}"),
        F::VoidedAfterTold => {
            "Nach der Versandmeldung storniert; der Marktplatz zeigt noch die alte Nummer".to_owned()
        }
        F::ChangedAfterTold => "Nach der Versandmeldung geändert".to_owned(),
        F::ChangedAfterLeft => {
            "Das Label wurde geändert, nachdem die Meldung einer Person überlassen war".to_owned()
        }
        F::NotShown => "Angenommen, aber beim Zurücklesen nicht zu sehen".to_owned(),
        F::Unmapped { carrier, service } => {
            format!("Versanddienst „{carrier}“ mit Service „{service}“ hat auf dem Marktplatz keinen Code")
        }
        F::NumberRefused { code, number } => format!("{code} nimmt die Sendungsnummer „{number}“ nicht an"),
        F::NoNumber => "Die Sendung hat keine Sendungsnummer".to_owned(),
        F::AndSaid { finding, words } => format!("{}; ShipStation sagte: „{words}“", german(finding)),
        F::MissingOrder => "Die Bestellung fehlt; lassen Sie sie neu lesen".to_owned(),
        F::MissingShipment => "Die Sendung fehlt; lassen Sie die Bestellung neu lesen".to_owned(),
        F::MissingAddress => "Die Lieferadresse fehlt; lassen Sie die Bestellung neu lesen".to_owned(),
        F::MissingProof => "Der gespeicherte Nachweis fehlt; lassen Sie die Bestellung neu lesen".to_owned(),
        F::ItsOrderUnreadable => "Die Bestellung dazu ist nicht lesbar".to_owned(),
        F::LooksLikeOurs { number } => {
            format!("Bestellnummer {number} sieht nach unserer aus, aber die Kennungen von ShipStation passen nicht")
        }
        F::StillOffered => "Auf dem Marktplatz storniert; ShipStation bietet sie zum Versand an".to_owned(),
        F::StillOfferedThoughTold => {
            "Auf dem Marktplatz storniert; ShipStation bietet sie zum Versand an, obwohl es zweimal davon erfuhr".to_owned()
        }
        F::Nameless { connection, count, list, since, until, what } => format!(
            "{connection}: {count} Einträge der Liste {list} von {since} bis {until} haben keine lesbare Bestellnummer ({what})"
        ),
        F::OfferedThoughHeld => "Angehalten oder nicht bezahlt; ShipStation bietet sie zum Versand an".to_owned(),
        F::OfferedThoughHeldAndTold => {
            "Angehalten oder nicht bezahlt; ShipStation bietet sie zum Versand an, obwohl es zweimal davon erfuhr".to_owned()
        }
        F::GoneThere => {
            "ShipStation hat sie nicht mehr, und keine wartende, angehaltene oder versandte Bestellung ist bekannt, in der sie aufging"
                .to_owned()
        }
        F::CancelledInWarehouse => "Sie ist in ShipStation storniert".to_owned(),
        F::OfferedUnknown { order, id } => {
            format!("ShipStation bietet Bestellung {order} als {id} an, und vom Marktplatz bekommen wir sie nicht")
        }
        F::ProofGone => "Der Nachweis liegt nicht mehr dort, wo er gespeichert wurde".to_owned(),
        F::ProofOther => "Der gespeicherte Nachweis ist ein anderer als der, der gespeichert wurde".to_owned(),
        F::StepHangs => "Ein Schritt steht seit Stunden aus, und ihn anzustoßen half nicht".to_owned(),
        F::ReadsNothing { cursor } => format!("{cursor}: hat seit Stunden nichts gelesen"),
        F::NeverFinished { cursor } => format!("{cursor}: wurde seit der Freigabe noch nie fertig"),
    }
}
