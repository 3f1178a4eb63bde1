//! What each kind of exception is called and what to do about it. The English advice is the domain's own.

use super::Language;
use tallyman_domain::{ExceptionKind as K, Owner};

/// What it is called.
pub(crate) fn title(kind: K, language: Language) -> &'static str {
    language.pick(match kind {
        K::UnknownStatus => ("Unknown status", "Unbekannter Status"),
        K::NoShipTo => ("No delivery address", "Keine Lieferadresse"),
        K::Undecodable => ("Order can't be read", "Bestellung nicht lesbar"),
        K::ExportRefused => ("ShipStation refused the order", "ShipStation lehnt die Bestellung ab"),
        K::ChangedAfterShipment => ("Changed after it was shipped", "Nach dem Versand geändert"),
        K::CarrierUnmapped => ("Carrier not mapped", "Versanddienst nicht zugeordnet"),
        K::TrackingRefused => ("Tracking number refused", "Sendungsnummer abgelehnt"),
        K::NoticeRefused => ("Marketplace refused the notice", "Marktplatz lehnt die Versandmeldung ab"),
        K::ProofRefused => ("Marketplace refused the proof", "Marktplatz lehnt den Versandnachweis ab"),
        K::NoticeAmbiguous => ("Notice may or may not have arrived", "Unklar, ob die Versandmeldung ankam"),
        K::NotConfirmed => {
            ("Sent, but not shown by the marketplace", "Gemeldet, aber auf dem Marktplatz nicht zu sehen")
        }
        K::ShipmentUnattributed => ("Shipment of no known order", "Sendung ohne bekannte Bestellung"),
        K::Overshipped => ("More shipped than ordered", "Mehr versandt als bestellt"),
        K::ChangedAfterNotice => ("Changed after the notice", "Nach der Versandmeldung geändert"),
        K::VoidedAfterNotice => ("Label voided after the notice", "Label nach der Versandmeldung storniert"),
        K::CancelledAfterLabel => ("Cancelled, though there is a label", "Storniert, obwohl es ein Label gibt"),
        K::ChangedAfterLabel => ("Changed after the label was made", "Geändert, nachdem das Label erstellt war"),
        K::CancelRequested => ("Buyer asks to cancel", "Käufer möchte stornieren"),
        K::CancelledElsewhere => ("Cancelled at the marketplace", "Auf dem Marktplatz storniert"),
        K::ShippedElsewhere => ("Shipped by the marketplace's word", "Laut Marktplatz schon versandt"),
        K::SecondShipment => ("Second shipment", "Zweite Sendung"),
        K::SharedNumber => ("One parcel for several orders", "Ein Paket für mehrere Bestellungen"),
        K::MissingInWarehouse => ("Missing in ShipStation", "Fehlt in ShipStation"),
        K::UnknownInWarehouse => ("Unknown order in ShipStation", "Unbekannte Bestellung in ShipStation"),
        K::StillShippable => {
            ("Cancelled, but still offered to be shipped", "Storniert, aber weiter zum Versand angeboten")
        }
        K::ProofLost => ("Proof lost or replaced", "Versandnachweis fehlt oder ist ersetzt"),
        K::CursorStands => ("Reading stands still", "Das Einlesen steht still"),
        K::Stuck => ("Stuck", "Bleibt stecken"),
    })
}

/// What to do about it.
pub(crate) fn to_do(kind: K, language: Language) -> &'static str {
    language.pick((kind.advice(), german(kind)))
}

fn german(kind: K) -> &'static str {
    match kind {
        K::UnknownStatus => {
            "Sehen Sie die Bestellung auf dem Marktplatz nach und ergänzen Sie den Status in der Statuszuordnung der Verbindung."
        }
        K::NoShipTo => {
            "Bitten Sie den Käufer um eine Adresse; die Bestellung wird übertragen, sobald der Marktplatz eine hat."
        }
        K::Undecodable => {
            "Die Antwort ist aufbewahrt; melden Sie sie mit der Bestellnummer. Jede Abfrage versucht die Bestellung erneut."
        }
        K::ExportRefused => {
            "Lesen Sie die Begründung von ShipStation und berichtigen Sie Bestellung oder Einstellungen; ändert sich eines davon, wird es erneut versucht."
        }
        K::ChangedAfterShipment => {
            "Vergleichen Sie beide Seiten; rufen Sie das Paket zurück oder informieren Sie den Käufer."
        }
        K::CarrierUnmapped => {
            "Ergänzen Sie eine Zeile für Versanddienst und Service in der Zuordnung der Verbindung; die Meldung wartet und geht dann hinaus."
        }
        K::TrackingRefused => {
            "Prüfen Sie die Sendungsnummer in ShipStation, oder ordnen Sie den Versanddienst einem anderen Service zu; die Meldung wartet."
        }
        K::NoticeRefused => {
            "Lesen Sie die Begründung des Marktplatzes, berichtigen Sie es dort und markieren Sie die Bestellung notfalls von Hand als versandt."
        }
        K::ProofRefused => {
            "Lesen Sie die Begründung des Marktplatzes; der Nachweis ist aufbewahrt und kann von Hand hochgeladen werden."
        }
        K::NoticeAmbiguous => {
            "Sehen Sie auf dem Marktplatz nach, ob die Bestellung diese Sendungsnummer zeigt; wenn nicht, melden Sie sie von Hand."
        }
        K::NotConfirmed => "Sehen Sie auf dem Marktplatz nach, ob die Bestellung diese Sendungsnummer zeigt.",
        K::ShipmentUnattributed => {
            "Finden Sie heraus, zu welcher Bestellung diese Sendung gehört, und schließen Sie sie von Hand ab."
        }
        K::Overshipped => {
            "Zählen Sie die Pakete: Es ging mehr hinaus, als bestellt war. Die Meldung wartet, bis ein Label storniert ist."
        }
        K::ChangedAfterNotice => "Berichtigen Sie die Sendungsnummer auf dem Marktplatz.",
        K::VoidedAfterNotice => {
            "Kaufen Sie das neue Label in ShipStation: Der Marktplatz wird dann von selbst berichtigt. Wird nichts versandt, stornieren Sie die Bestellung dort."
        }
        K::CancelRequested => {
            "Nehmen Sie den Wunsch auf dem Marktplatz an oder lehnen Sie ihn ab; die Bestellung ist so lange angehalten. Gibt es ein Label, stornieren Sie zuerst dieses."
        }
        K::CancelledElsewhere => {
            "Stornieren Sie die Bestellung in ShipStation, oder arbeiten Sie weiter daran; dort ist sie angehalten."
        }
        K::ShippedElsewhere => {
            "Markieren Sie die Bestellung in ShipStation als versandt, falls sie anders hinausging; sonst versenden Sie sie."
        }
        K::SecondShipment => {
            "Melden Sie dem Marktplatz das zweite Paket von Hand, oder erlauben Sie der Verbindung Teilmeldungen."
        }
        K::SharedNumber => {
            "Schließen Sie diese Bestellung auf dem Marktplatz von Hand ab, mit der Nummer des gemeinsamen Pakets."
        }
        K::ChangedAfterLabel => {
            "Vergleichen Sie Label und Bestellung. Geht es an den falschen Ort, stornieren Sie das Label vor Ablauf der Frist; ShipStation bekommt die Bestellung dann neu."
        }
        K::CancelledAfterLabel => {
            "Stornieren Sie das Label in ShipStation vor Ablauf der Frist, oder rufen Sie das Paket zurück; der Käufer bekommt sein Geld."
        }
        K::MissingInWarehouse => {
            "Suchen Sie die Bestellung in ShipStation: Stellen Sie sie wieder her, wenn sie versehentlich gelöscht oder storniert wurde; sonst erledigen Sie dies mit der Begründung."
        }
        K::UnknownInWarehouse => {
            "Finden Sie heraus, wer die Bestellung in ShipStation angelegt hat; was für sie versandt wird, erfährt kein Marktplatz. Gehört sie niemandem, löschen Sie sie dort."
        }
        K::StillShippable => "Stornieren Sie die Bestellung in ShipStation, bevor jemand sie packt.",
        K::ProofLost => {
            "Stellen Sie die gespeicherte Fassung des Nachweises im Bucket wieder her; wer ihn löschen oder ersetzen konnte, muss geklärt werden."
        }
        K::CursorStands => {
            "Sehen Sie das Protokoll der Funktion und die Freigabe der Verbindung nach; siehe Runbook reconcile.md."
        }
        K::Stuck => "Suchen Sie die Bestellnummer in den Protokollen; dort steht, was den Schritt aufhält.",
    }
}

/// Who acts on it.
pub(crate) fn owner(owner: Owner, language: Language) -> &'static str {
    language.pick(match owner {
        Owner::Warehouse => ("Warehouse", "Lager"),
        Owner::CustomerService => ("Customer service", "Kundendienst"),
        Owner::Finance => ("Finance", "Buchhaltung"),
        Owner::Technical => ("Technical", "Technik"),
    })
}
