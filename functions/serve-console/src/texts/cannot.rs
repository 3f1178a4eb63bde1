//! Why something that a person asked for isn't done, in the reader's language. A reason without words doesn't compile.

use super::{Language, Texts, fill, wrong_words};
use tallyman_app::{directory::Idle, not_possible::NotPossible as N};
use tallyman_domain::{WhyReauth, settings::check::Wrong};

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cannot {
    /// The order stands otherwise.
    Order(N),
    /// The connection isn't used now.
    Idle(Idle),
    /// What is stored of a connection or account can't be used; the log says why.
    Unusable {
        address: String,
    },
    Taken {
        name: String,
    },
    UnknownAccount {
        name: String,
    },
    AccountRefused,
    KeyInUse {
        name: String,
    },
    SellerInUse {
        name: String,
        seller: String,
    },
    NoBudget,
    /// These settings can't be chosen.
    Settings(Vec<Wrong>),
}

/// What happened, as a sentence.
pub(crate) fn cannot(t: &Texts, why: &Cannot) -> String {
    let pick = |two: (&'static str, &'static str)| t.lang.pick(two).to_owned();
    let of = |two: (&'static str, &'static str), name: &str, value: &str| fill(t.lang.pick(two), &[(name, value)]);
    match why {
        Cannot::Order(why) => order(*why, t.lang).to_owned(),
        Cannot::Idle(idle) => self::idle(t, *idle).to_owned(),
        Cannot::Unusable { address } => of(
            (
                "What is stored for {address} can't be used, or its keys are missing. The console's log says what is wrong; then register it again.",
                "Was für {address} gespeichert ist, lässt sich nicht verwenden, oder die Zugangsdaten fehlen. Das Protokoll der Konsole nennt den Grund; registrieren Sie es danach neu.",
            ),
            "address",
            address,
        ),
        Cannot::Taken { name } => of(
            (
                "There is a connection {name} already. Reconnect it, or remove it first.",
                "Die Verbindung {name} gibt es schon. Verbinden Sie sie neu, oder entfernen Sie sie zuerst.",
            ),
            "name",
            name,
        ),
        Cannot::UnknownAccount { name } => of(
            (
                "There is no ShipStation account {name}. Add it first.",
                "Ein ShipStation-Konto {name} gibt es nicht. Legen Sie es zuerst an.",
            ),
            "name",
            name,
        ),
        Cannot::AccountRefused => pick((
            "ShipStation doesn't accept this key and secret.",
            "ShipStation nimmt API-Key und API-Secret nicht an.",
        )),
        Cannot::KeyInUse { name } => of(
            (
                "The ShipStation account {name} has this key already. One key has one limit: ship with that account.",
                "Das ShipStation-Konto {name} hat diesen Schlüssel schon. Ein Schlüssel hat eine Grenze: Versenden Sie mit diesem Konto.",
            ),
            "name",
            name,
        ),
        Cannot::SellerInUse { name, seller } => fill(
            t.lang.pick((
                "Seller {seller} is connected as {name} already. Under two names each order would be exported twice: use that connection, or remove it first.",
                "Verkäufer {seller} ist schon als {name} verbunden. Unter zwei Namen würde jede Bestellung doppelt übertragen: Verwenden Sie diese Verbindung, oder entfernen Sie sie zuerst.",
            )),
            &[("name", name), ("seller", seller)],
        ),
        Cannot::NoBudget => pick((
            "ShipStation may not be asked just now. Try again in a minute.",
            "ShipStation darf gerade nicht gefragt werden. Versuchen Sie es in einer Minute noch einmal.",
        )),
        Cannot::Settings(wrong) => {
            let told: Vec<String> = wrong.iter().map(|wrong| wrong_words(t.settings, wrong).1).collect();
            told.join(" ")
        }
    }
}

fn order(why: N, language: Language) -> &'static str {
    language.pick(match why {
        N::NoSuchOrder => ("There is no such order.", "Diese Bestellung gibt es nicht."),
        N::Nameless => ("It has to be known who does it.", "Es muss bekannt sein, wer es tut."),
        N::NoReason => ("Say why.", "Nennen Sie den Grund."),
        N::CantBeHeld => (
            "It can't be held: it has a label, is held already, or has ended.",
            "Sie lässt sich nicht anhalten: Sie hat ein Label, ist schon angehalten oder ist abgeschlossen.",
        ),
        N::NotHeld => ("Nobody holds it.", "Niemand hält sie an."),
        N::NothingRefused => (
            "Nothing of it was refused. What may have arrived is never sent twice.",
            "Es wurde nichts davon abgelehnt. Was angekommen sein könnte, wird nie doppelt gesendet.",
        ),
        N::BadNumber => (
            "A tracking number has 4 to 60 letters and digits.",
            "Eine Sendungsnummer hat 4 bis 60 Buchstaben und Ziffern.",
        ),
        N::NoCarrier => ("Name the carrier.", "Nennen Sie den Versanddienst."),
        N::BadDay => ("A day is written 2026-11-20.", "Ein Tag wird 2026-11-20 geschrieben."),
        N::Unreadable => (
            "The order can't be read, so nobody knows what is in it.",
            "Die Bestellung ist nicht lesbar, daher weiß niemand, was sie enthält.",
        ),
        N::Cancelled => ("It is cancelled at the marketplace.", "Sie ist auf dem Marktplatz storniert."),
        N::NumberTaken => {
            ("It has a parcel with this number already.", "Sie hat schon eine Sendung mit dieser Nummer.")
        }
        N::BadKey => ("This number can't be kept.", "Diese Nummer lässt sich nicht speichern."),
        N::NobodyAsks => (
            "The buyer doesn't ask to cancel it (any more). Nothing was answered.",
            "Der Käufer möchte sie nicht (mehr) stornieren. Es wurde nichts geantwortet.",
        ),
        N::VoidFirst => (
            "There is a label: void it in ShipStation first, or refuse the cancellation.",
            "Es gibt ein Label: Stornieren Sie es zuerst in ShipStation, oder lehnen Sie die Stornierung ab.",
        ),
        N::BuyerUnknown => (
            "The buyer's login isn't known. Answer at the marketplace.",
            "Die Kennung des Käufers ist nicht bekannt. Antworten Sie auf dem Marktplatz.",
        ),
    })
}

fn idle(t: &Texts, idle: Idle) -> &'static str {
    match idle {
        Idle::Paused => {
            t.lang.pick(("The connection is paused. Resume it.", "Die Verbindung ist angehalten. Setzen Sie sie fort."))
        }
        Idle::Removed => t.lang.pick(("The connection was removed.", "Die Verbindung wurde entfernt.")),
        Idle::Renewing => t.lang.pick((
            "The connection's authorisation is about to be renewed. Try again in a minute.",
            "Die Freigabe der Verbindung wird gerade erneuert. Versuchen Sie es in einer Minute noch einmal.",
        )),
        Idle::NeedsReauth(why) => reauth(t, why),
    }
}

/// Why a connection has to be authorised (again).
pub(crate) fn reauth(t: &Texts, why: WhyReauth) -> &'static str {
    match why {
        WhyReauth::NotYet => t.why_not_yet,
        WhyReauth::Refused => t.why_refused,
        WhyReauth::Ended => t.why_ended,
        WhyReauth::ChosenEnd => t.why_chosen_end,
        WhyReauth::Lost => t.why_lost,
        WhyReauth::AnotherSeller => t.why_another_seller,
    }
}
