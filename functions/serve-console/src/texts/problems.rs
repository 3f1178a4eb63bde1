//! What people read when something went wrong: what happened, what was changed, what to do next.

use super::{Language, cannot::cannot, fill};
use crate::problem::{Malformed, Problem};

/// A text in English and in German.
type Two = (&'static str, &'static str);

/// One error page, in words.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) happened: String,
    pub(crate) changed: String,
    pub(crate) next: String,
}

/// One error page in both languages, its values not yet in place.
pub(super) struct Said {
    pub(super) title: Two,
    pub(super) happened: Two,
    pub(super) changed: Two,
    pub(super) next: Two,
}

const NOTHING: Two = ("Nothing was changed.", "Es wurde nichts geändert.");

fn words(title: Two, happened: Two, next: Two) -> Said {
    Said { title, happened, changed: NOTHING, next }
}

impl Said {
    fn changed(self, changed: Two) -> Self {
        Self { changed, ..self }
    }
}

impl Words {
    pub(crate) fn of(problem: &Problem, language: Language) -> Self {
        let value = match problem {
            Problem::NotSetUp(what) => ("what", (*what).to_owned()),
            Problem::Cannot(why) => ("what", cannot(language.texts(), why)),
            Problem::WrongSeller { expected } => ("seller", expected.clone()),
            Problem::AppRefused { code } => ("code", code.clone()),
            Problem::NoCallLeft { minutes } => ("minutes", minutes.to_string()),
            _ => ("", String::new()),
        };
        let said = said(problem);
        let text = |two: Two| fill(language.pick(two), &[(value.0, &value.1)]);
        Self {
            title: text(said.title),
            happened: text(said.happened),
            changed: text(said.changed),
            next: text(said.next),
        }
    }
}

pub(super) fn said(problem: &Problem) -> Said {
    match problem {
        Problem::NotFound => words(
            ("This page does not exist", "Diese Seite gibt es nicht"),
            (
                "The address leads nowhere, or what was there has been removed.",
                "Die Adresse führt nirgendwohin, oder was dort war, wurde entfernt.",
            ),
            ("Choose from the menu above.", "Wählen Sie oben im Menü."),
        ),
        Problem::WrongMethod => words(
            ("This can't be done this way", "So geht das nicht"),
            (
                "The address exists, but it doesn't take this kind of request.",
                "Die Adresse gibt es, aber sie nimmt diese Art von Anfrage nicht an.",
            ),
            ("Choose from the menu above and use the buttons there.", "Wählen Sie oben im Menü und benutzen Sie die Schaltflächen dort."),
        ),
        Problem::BadRequest(what) => malformed(*what),
        Problem::TooLarge => words(
            ("The request is too large", "Die Anfrage ist zu groß"),
            ("More was sent than any of these pages needs.", "Es wurde mehr gesendet, als irgendeine dieser Seiten braucht."),
            ("Go back and shorten what you entered.", "Gehen Sie zurück und kürzen Sie Ihre Eingabe."),
        ),
        Problem::StoreDown => words(
            ("Something of ours does not answer", "Ein Teil des Systems antwortet nicht"),
            (
                "The database or the secret store could not be reached.",
                "Die Datenbank oder der Speicher der Zugangsdaten war nicht erreichbar.",
            ),
            (
                "Try again in a minute. If it goes on, tell whoever runs this console; the log says why.",
                "Versuchen Sie es in einer Minute noch einmal. Bleibt es dabei, sagen Sie dem Betreiber dieser Konsole Bescheid; das Protokoll nennt den Grund.",
            ),
        )
        .changed((
            "What you asked for may or may not have been stored. The page you came from shows which.",
            "Ob Ihre Änderung gespeichert wurde, ist offen. Die Seite, von der Sie kommen, zeigt es.",
        )),
        Problem::Changed => words(
            ("Somebody else was faster", "Jemand anders war schneller"),
            (
                "The same thing was changed by somebody else at the same moment.",
                "Dasselbe wurde im gleichen Augenblick von jemand anderem geändert.",
            ),
            (
                "Load the page again, and repeat if it is still needed.",
                "Laden Sie die Seite neu und wiederholen Sie die Änderung, falls sie noch nötig ist.",
            ),
        ),
        Problem::Cannot(_) => words(
            ("This can't be used as it is", "So ist das nicht verwendbar"),
            ("{what}", "{what}"),
            ("Correct what is named, then repeat.", "Berichtigen Sie, was genannt ist, und wiederholen Sie den Schritt."),
        ),
        _ => signing_in(problem).unwrap_or_else(|| connecting(problem)),
    }
}

fn malformed(what: Malformed) -> Said {
    let happened = match what {
        Malformed::Twice => ("A field was sent twice.", "Ein Feld wurde doppelt gesendet."),
        Malformed::NoForm => ("It is no form.", "Es ist kein Formular."),
        Malformed::Place => (
            "The address names a place where no page begins: go back to the first page.",
            "Die Adresse nennt eine Stelle, an der keine Seite beginnt: Gehen Sie zurück zur ersten Seite.",
        ),
        Malformed::LongCode => ("The code is too long to be one.", "Der Code ist zu lang, um einer zu sein."),
    };
    words(
        ("The request can't be read", "Die Anfrage ist nicht lesbar"),
        happened,
        (
            "Go back, load the page again and repeat.",
            "Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie den Schritt.",
        ),
    )
}

fn signing_in(problem: &Problem) -> Option<Said> {
    Some(match problem {
        Problem::SessionEnded => words(
            ("Your session has ended", "Ihre Sitzung ist beendet"),
            (
                "You were signed in for eight hours, or you signed out in another window.",
                "Sie waren acht Stunden angemeldet, oder Sie haben sich in einem anderen Fenster abgemeldet.",
            ),
            (
                "Sign in again, then repeat what you wanted to do.",
                "Melden Sie sich neu an und wiederholen Sie, was Sie tun wollten.",
            ),
        ),
        Problem::Forbidden => words(
            ("You may look, but not change", "Sie dürfen lesen, aber nichts ändern"),
            (
                "You are signed in as a viewer. Whatever changes something needs an operator.",
                "Sie sind mit Lesezugriff angemeldet. Für jede Änderung braucht es das Recht zur Bearbeitung.",
            ),
            (
                "Ask whoever manages your organisation's accounts to make you an operator, or ask an operator to do it.",
                "Bitten Sie die Kontoverwaltung Ihrer Organisation um das Recht zur Bearbeitung, oder bitten Sie jemanden, der es hat.",
            ),
        ),
        Problem::NoGroup => words(
            ("You have no access here", "Sie haben hier keinen Zugang"),
            (
                "Your sign-in worked, but your account is neither in the viewers' nor in the operators' group.",
                "Die Anmeldung hat geklappt, aber Ihr Konto gehört weder zur Gruppe mit Lesezugriff noch zu der mit Bearbeitung.",
            ),
            (
                "Ask whoever manages your organisation's accounts to add you to one of the groups, then sign in again.",
                "Bitten Sie die Kontoverwaltung Ihrer Organisation, Sie in eine der Gruppen aufzunehmen, und melden Sie sich dann neu an.",
            ),
        ),
        Problem::ForeignForm => words(
            ("This form isn't from your session", "Dieses Formular stammt nicht aus Ihrer Sitzung"),
            (
                "The request did not come from a page of this console that you opened while signed in as you are now.",
                "Die Anfrage kam nicht von einer Seite dieser Konsole, die Sie in Ihrer jetzigen Sitzung geöffnet haben.",
            ),
            (
                "Go back, load the page again and repeat. If another website brought you here, close it.",
                "Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie den Schritt. Hat eine andere Website Sie hierher geführt, schließen Sie sie.",
            ),
        ),
        Problem::SignInFailed => words(
            ("The sign-in did not work", "Die Anmeldung hat nicht geklappt"),
            (
                "The answer from your organisation's sign-in was refused, was too old, or belongs to another browser window.",
                "Die Antwort der Anmeldung Ihrer Organisation wurde abgelehnt, war zu alt oder gehört zu einem anderen Browserfenster.",
            ),
            (
                "Sign in again. If it goes on, tell whoever runs this console; the log says why.",
                "Melden Sie sich noch einmal an. Bleibt es dabei, sagen Sie dem Betreiber dieser Konsole Bescheid; das Protokoll nennt den Grund.",
            ),
        ),
        Problem::IssuerDown => words(
            ("The sign-in service does not answer", "Der Anmeldedienst antwortet nicht"),
            (
                "Your organisation's sign-in service could not be reached, or answered with something unusable.",
                "Der Anmeldedienst Ihrer Organisation war nicht erreichbar oder hat etwas Unbrauchbares geantwortet.",
            ),
            (
                "Try again in a minute. If it goes on, tell whoever runs this console; the log says why.",
                "Versuchen Sie es in einer Minute noch einmal. Bleibt es dabei, sagen Sie dem Betreiber dieser Konsole Bescheid; das Protokoll nennt den Grund.",
            ),
        ),
        Problem::NotSetUp(_) => words(
            ("The console is not set up", "Die Konsole ist nicht eingerichtet"),
            ("A setting is missing: {what}.", "Eine Einstellung fehlt: {what}."),
            (
                "Tell whoever deployed this stack. The README's section on the console says what is needed.",
                "Wenden Sie sich an die Person, die diesen Stack aufgesetzt hat. Der Abschnitt zur Konsole in der README nennt, was gebraucht wird.",
            ),
        ),
        _ => return None,
    })
}

fn connecting(problem: &Problem) -> Said {
    match problem {
        Problem::ConsentUnknown => words(
            ("This way back is no longer valid", "Dieser Rückweg gilt nicht mehr"),
            (
                "The marketplace sent you back, but not to something that was begun in this browser session in the last 15 minutes, or the page was loaded a second time.",
                "Der Marktplatz hat Sie zurückgeschickt, aber nicht zu etwas, das in den letzten 15 Minuten in dieser Browsersitzung begonnen wurde, oder die Seite wurde ein zweites Mal geladen.",
            ),
            (
                "Look at the list of connections. If yours isn't connected, connect it again.",
                "Sehen Sie in der Liste der Verbindungen nach. Ist Ihre nicht verbunden, verbinden Sie sie noch einmal.",
            ),
        ),
        Problem::CodeExpired => words(
            ("The authorisation code is no longer valid", "Der Freigabecode gilt nicht mehr"),
            (
                "The marketplace's code works once and for 3 minutes. This one was used before or is too old.",
                "Der Code des Marktplatzes gilt einmal und für 3 Minuten. Dieser wurde schon benutzt oder ist zu alt.",
            ),
            (
                "Connect it again, and finish within 3 minutes of giving consent.",
                "Verbinden Sie noch einmal und schließen Sie den Vorgang binnen 3 Minuten nach der Freigabe ab.",
            ),
        ),
        Problem::WrongSeller { .. } => words(
            ("This is another seller", "Das ist ein anderer Verkäufer"),
            (
                "Somebody else than before gave consent at the marketplace. This connection belongs to seller {seller}, and its orders must not be mixed with another's.",
                "Auf dem Marktplatz hat jemand anders als bisher die Freigabe erteilt. Diese Verbindung gehört dem Verkäufer {seller}, und dessen Bestellungen dürfen nicht mit fremden vermischt werden.",
            ),
            (
                "Sign out at the marketplace, sign in as the expected seller, and reconnect. To connect the other seller as well, add a new connection.",
                "Melden Sie sich auf dem Marktplatz ab, melden Sie sich als der erwartete Verkäufer an und verbinden Sie neu. Wollen Sie auch den anderen Verkäufer verbinden, legen Sie eine neue Verbindung an.",
            ),
        )
        .changed((
            "Nothing was changed. The connection goes on as it was.",
            "Es wurde nichts geändert. Die Verbindung läuft weiter wie bisher.",
        )),
        Problem::ConsentRefused => words(
            ("Consent was not given", "Die Freigabe wurde nicht erteilt"),
            (
                "At the marketplace's page somebody chose not to give consent.",
                "Auf der Seite des Marktplatzes hat sich jemand gegen die Freigabe entschieden.",
            ),
            (
                "If that was a mistake, connect it again and agree at the marketplace's page.",
                "War das ein Versehen, verbinden Sie noch einmal und stimmen Sie auf der Seite des Marktplatzes zu.",
            ),
        ),
        Problem::CodeInDoubt => words(
            ("Nobody knows whether it worked", "Ob es geklappt hat, weiß niemand"),
            (
                "The marketplace got the code, but its answer never arrived. The code can't be used twice.",
                "Der Marktplatz hat den Code bekommen, aber seine Antwort kam nie an. Der Code gilt kein zweites Mal.",
            ),
            ("Connect it again: that gives a new code.", "Verbinden Sie noch einmal: Dabei entsteht ein neuer Code."),
        )
        .changed(("Nothing was changed here.", "Hier wurde nichts geändert.")),
        _ => refused(problem),
    }
}

fn refused(problem: &Problem) -> Said {
    match problem {
        Problem::NoPermission => words(
            ("The app may not do this", "Die App darf das nicht"),
            (
                "The marketplace answered InsufficientPermission: the app, or this seller, lacks a permission that is needed.",
                "Der Marktplatz hat mit InsufficientPermission geantwortet: Der App oder diesem Verkäufer fehlt eine nötige Berechtigung.",
            ),
            (
                "In the marketplace's developer console, open the app and request the order and logistics permissions. When they are granted, connect again. A sub-account has to be given them by its main account.",
                "Öffnen Sie die App in der Entwicklerkonsole des Marktplatzes und beantragen Sie die Berechtigungen für Bestellungen und Logistik. Verbinden Sie neu, sobald sie erteilt sind. Einem Unterkonto muss sein Hauptkonto sie geben.",
            ),
        ),
        Problem::IpNotAllowed => words(
            ("Our address isn't on the app's white list", "Unsere Adresse steht nicht auf der Whitelist der App"),
            (
                "The marketplace answered AppWhiteIpLimit: the app accepts calls only from addresses that are listed with it.",
                "Der Marktplatz hat mit AppWhiteIpLimit geantwortet: Die App nimmt nur Aufrufe von Adressen an, die bei ihr eingetragen sind.",
            ),
            (
                "In the marketplace's developer console, open the app, then its IP white list. Either enter the fixed public address of this stack's functions (the Elastic IP of their NAT gateway, if they have one), or switch the list off. Then connect again.",
                "Öffnen Sie in der Entwicklerkonsole des Marktplatzes die App und dort ihre IP-Whitelist. Tragen Sie die feste öffentliche Adresse der Funktionen dieses Stacks ein (die Elastic IP ihres NAT-Gateways, falls es eines gibt), oder schalten Sie die Liste ab. Verbinden Sie danach neu.",
            ),
        ),
        Problem::AppRefused { .. } => words(
            ("The marketplace refused", "Der Marktplatz hat abgelehnt"),
            (
                "The marketplace refused to give an authorisation. Its own word for it is {code}.",
                "Der Marktplatz hat die Freigabe verweigert. Seine eigene Bezeichnung dafür ist {code}.",
            ),
            (
                "Compare app key, app secret and callback address with the app's page in the marketplace's developer console, then connect again.",
                "Vergleichen Sie App-Key, App-Secret und Callback-Adresse mit der Seite der App in der Entwicklerkonsole des Marktplatzes und verbinden Sie dann neu.",
            ),
        ),
        Problem::MarketplaceDown => words(
            ("The marketplace does not answer", "Der Marktplatz antwortet nicht"),
            (
                "The marketplace could not be reached, or is too busy.",
                "Der Marktplatz war nicht erreichbar oder ist überlastet.",
            ),
            ("Connect it again in a few minutes.", "Verbinden Sie in einigen Minuten noch einmal."),
        ),
        Problem::NoCallLeft { .. } => words(
            ("No call is left just now", "Gerade ist kein Aufruf mehr frei"),
            (
                "The service allows only so many calls, and they are used up, or it asked to be left alone: for {minutes} more minutes. Nothing was changed.",
                "Der Dienst erlaubt nur eine begrenzte Zahl von Aufrufen. Sie sind verbraucht, oder er hat um eine Pause gebeten: noch {minutes} Minuten. Nichts wurde geändert.",
            ),
            (
                "Do it again then. The page of connections shows what each app has left; the calls of a day come back at midnight in Beijing.",
                "Wiederholen Sie es dann. Die Seite der Verbindungen zeigt, was jede App noch frei hat; die Aufrufe eines Tages kommen um Mitternacht in Peking zurück.",
            ),
        ),
        _ => words(
            ("Something went wrong", "Etwas ist schiefgegangen"),
            ("The console could not do this.", "Die Konsole konnte das nicht ausführen."),
            ("Try again in a minute.", "Versuchen Sie es in einer Minute noch einmal."),
        ),
    }
}

/// One of each.
#[cfg(test)]
pub(super) fn samples() -> Vec<Problem> {
    vec![
        Problem::NotFound,
        Problem::WrongMethod,
        Problem::BadRequest(Malformed::Twice),
        Problem::TooLarge,
        Problem::SessionEnded,
        Problem::Forbidden,
        Problem::NoGroup,
        Problem::ForeignForm,
        Problem::SignInFailed,
        Problem::IssuerDown,
        Problem::NotSetUp("OidcIssuer"),
        Problem::StoreDown,
        Problem::ConsentUnknown,
        Problem::CodeExpired,
        Problem::WrongSeller { expected: "1".to_owned() },
        Problem::ConsentRefused,
        Problem::NoPermission,
        Problem::IpNotAllowed,
        Problem::AppRefused { code: "1".to_owned() },
        Problem::MarketplaceDown,
        Problem::NoCallLeft { minutes: 7 },
        Problem::CodeInDoubt,
        Problem::Changed,
    ]
}
