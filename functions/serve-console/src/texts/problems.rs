//! What people read when something went wrong: what happened, what was changed, what to do next.

use super::fill;
use crate::problem::Problem;

/// One error page, in words.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) happened: String,
    pub(crate) changed: String,
    pub(crate) next: String,
}

const NOTHING: &str = "Nothing was changed.";

fn words(title: &str, happened: impl Into<String>, next: impl Into<String>) -> Words {
    Words { title: title.to_owned(), happened: happened.into(), changed: NOTHING.to_owned(), next: next.into() }
}

impl Words {
    /// In English.
    pub(crate) fn english(problem: &Problem) -> Self {
        match problem {
            Problem::NotFound => words(
                "This page does not exist",
                "The address leads nowhere, or what was there has been removed.",
                "Go to the list of connections and choose from there.",
            ),
            Problem::WrongMethod => words(
                "This can't be done this way",
                "The address exists, but it doesn't take this kind of request.",
                "Go to the list of connections and use the buttons there.",
            ),
            Problem::BadRequest(what) => {
                words("The request can't be read", *what, "Go back, load the page again and repeat.")
            }
            Problem::TooLarge => words(
                "The request is too large",
                "More was sent than any of these pages needs.",
                "Go back and shorten what you entered.",
            ),
            Problem::SessionEnded => words(
                "Your session has ended",
                "You were signed in for eight hours, or you signed out in another window.",
                "Sign in again, then repeat what you wanted to do.",
            ),
            Problem::Forbidden => words(
                "You may look, but not change",
                "You are signed in as a viewer. Connecting, pausing and removing need an operator.",
                "Ask whoever manages your organisation's accounts to make you an operator, or ask an operator to do it.",
            ),
            Problem::NoGroup => words(
                "You have no access here",
                "Your sign-in worked, but your account is neither in the viewers' nor in the operators' group.",
                "Ask whoever manages your organisation's accounts to add you to one of the groups, then sign in again.",
            ),
            Problem::ForeignForm => words(
                "This form isn't from your session",
                "The request did not come from a page of this console that you opened while signed in as you are now.",
                "Go back, load the page again and repeat. If another website brought you here, close it.",
            ),
            Problem::SignInFailed => words(
                "The sign-in did not work",
                "The answer from your organisation's sign-in was refused, was too old, or belongs to another browser window.",
                "Sign in again. If it goes on, tell whoever runs this console; the log says why.",
            ),
            Problem::IssuerDown => words(
                "The sign-in service does not answer",
                "Your organisation's sign-in service could not be reached, or answered with something unusable.",
                "Try again in a minute. If it goes on, tell whoever runs this console; the log says why.",
            ),
            Problem::NotSetUp(what) => words(
                "The console is not set up",
                format!("A setting is missing: {what}."),
                "Tell whoever deployed this stack. The README's section on the console says what is needed.",
            ),
            Problem::StoreDown => words(
                "Something of ours does not answer",
                "The database or the secret store could not be reached.",
                "Try again in a minute. If it goes on, tell whoever runs this console; the log says why.",
            )
            .changed("What you asked for may or may not have been stored. The list of connections shows which."),
            _ => Self::of_connecting(problem),
        }
    }

    fn of_connecting(problem: &Problem) -> Self {
        match problem {
            Problem::ConsentUnknown => words(
                "This way back is no longer valid",
                "The marketplace sent you back, but not to something that was begun in this browser session in the last 15 minutes, \
                 or the page was loaded a second time.",
                "Look at the list of connections. If yours isn't connected, connect it again.",
            ),
            Problem::CodeExpired => words(
                "The authorisation code is no longer valid",
                "The marketplace's code works once and for 3 minutes. This one was used before or is too old.",
                "Connect it again, and finish within 3 minutes of giving consent.",
            ),
            Problem::WrongSeller { expected } => words(
                "This is another seller",
                fill(
                    "Somebody else than before gave consent at the marketplace. This connection belongs to seller {seller}, \
                     and its orders must not be mixed with another's.",
                    &[("seller", expected)],
                ),
                "Sign out at the marketplace, sign in as the expected seller, and reconnect. To connect the other seller as well, \
                 add a new connection.",
            )
            .changed("Nothing was changed. The connection goes on as it was."),
            Problem::ConsentRefused => words(
                "Consent was not given",
                "At the marketplace's page somebody chose not to give consent.",
                "If that was a mistake, connect it again and agree at the marketplace's page.",
            ),
            Problem::NoPermission => words(
                "The app may not do this",
                "The marketplace answered InsufficientPermission: the app, or this seller, lacks a permission that is needed.",
                "In the marketplace's developer console, open the app and request the order and logistics permissions. When they are \
                 granted, connect again. A sub-account has to be given them by its main account.",
            ),
            Problem::IpNotAllowed => words(
                "Our address isn't on the app's white list",
                "The marketplace answered AppWhiteIpLimit: the app accepts calls only from addresses that are listed with it.",
                "In the marketplace's developer console, open the app, then its IP white list. Either enter the fixed public address of \
                 this stack's functions (the Elastic IP of their NAT gateway, if they have one), or switch the list off. Then connect again.",
            ),
            Problem::AppRefused { code } => words(
                "The marketplace refused",
                fill("The marketplace refused to give an authorisation. Its own word for it is {code}.", &[("code", code)]),
                "Compare app key, app secret and callback address with the app's page in the marketplace's developer console, then \
                 connect again.",
            ),
            Problem::MarketplaceDown => words(
                "The marketplace does not answer",
                "The marketplace could not be reached, or is too busy.",
                "Connect it again in a few minutes.",
            ),
            Problem::CodeInDoubt => words(
                "Nobody knows whether it worked",
                "The marketplace got the code, but its answer never arrived. The code can't be used twice.",
                "Connect it again: that gives a new code.",
            )
            .changed("Nothing was changed here."),
            Problem::Changed => words(
                "Somebody else was faster",
                "The same connection was changed by somebody else at the same moment.",
                "Look at the list of connections, and repeat if it is still needed.",
            ),
            Problem::Unusable(what) => {
                words("This can't be used as it is", what.clone(), "Correct what is named, then repeat.")
            }
            _ => words("Something went wrong", "The console could not do this.", "Try again in a minute."),
        }
    }

    fn changed(self, changed: &str) -> Self {
        Self { changed: changed.to_owned(), ..self }
    }
}
