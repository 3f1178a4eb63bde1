//! The pages. Each module is one concern: its routes' handlers, its templates.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod callback;
pub(crate) mod connect;
pub(crate) mod connection;
pub(crate) mod done;
pub(crate) mod exceptions;
pub(crate) mod list;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod overview;
pub(crate) mod preferences;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod table;
pub(crate) mod when;

use crate::{
    guard::Visitor,
    preferences::Preferences,
    private::Private,
    problem::Problem,
    routes,
    session::Role,
    texts::{Language, Texts, Words, fill, kinds},
};
use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use when::When;

/// What every page shows: who looks, where they are, and where style and icon are.
pub(crate) struct Page {
    pub(crate) t: &'static Texts,
    /// How the visitor reads times.
    pub(crate) reads: Preferences,
    /// What may be shown of people.
    pub(crate) private: Private,
    style: String,
    icon: String,
    who: Option<Who>,
    menu: Vec<MenuItem>,
    /// Where a link back leads.
    here: String,
    zone_now: String,
}

struct Who {
    signed_in: String,
    name: String,
    role: &'static str,
    csrf: String,
    operator: bool,
}

struct MenuItem {
    href: &'static str,
    label: &'static str,
    current: bool,
}

/// The menu, of the pages that there are. A page below one of them counts as it.
fn menu(t: &Texts, here: &str) -> Vec<MenuItem> {
    let path = here.split('?').next().unwrap_or_default();
    let items = [
        ("/", t.nav_overview),
        ("/orders", t.nav_orders),
        ("/exceptions", t.nav_exceptions),
        ("/connections", t.nav_connections),
    ];
    let is_at = |href: &str| path == href || (href != "/" && path.starts_with(&format!("{href}/")));
    let there = items.into_iter().filter(|(href, _)| routes::is_page(href));
    there.map(|(href, label)| MenuItem { href, label, current: is_at(href) }).collect()
}

impl Page {
    pub(crate) fn of(visitor: Option<&Visitor>) -> Self {
        let Some(visitor) = visitor else { return Self::before(&Preferences::default()) };
        let t = visitor.t();
        let who = visitor.session.as_ref().map(|session| Who {
            signed_in: fill(t.signed_in_as, &[("name", &session.name)]),
            name: session.name.clone(),
            role: if session.role == Role::Operator { t.role_operator } else { t.role_viewer },
            csrf: session.csrf.clone(),
            operator: session.role == Role::Operator,
        });
        let (menu, here) = (menu(t, &visitor.here), visitor.here.clone());
        Self { who, menu, here, private: visitor.private(), ..Self::before(&visitor.reads) }
    }

    /// Before it is known who looks.
    pub(crate) fn before(reads: &Preferences) -> Self {
        let t = reads.language.texts();
        Self {
            t,
            zone_now: fill(t.zone_now, &[("zone", &reads.zone_name().replace('_', " "))]),
            reads: reads.clone(),
            private: Private::MASKED,
            style: crate::assets::style(),
            icon: crate::assets::icon(),
            who: None,
            menu: Vec::new(),
            here: String::new(),
        }
    }

    fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.csrf)
    }

    fn operator(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.operator)
    }

    /// A time as the visitor reads it.
    pub(crate) fn when(&self, time: Timestamp) -> When {
        When::of(time, &self.reads)
    }

    /// A kind of exception: what it is called, and what to do.
    pub(crate) fn exception_words(&self, kind: tallyman_domain::ExceptionKind) -> (String, String) {
        (kinds::title(kind, self.t.lang).to_owned(), kinds::to_do(kind, self.t.lang).to_owned())
    }

    /// What a service said about an exception. Services quote addresses; viewers don't see those.
    pub(crate) fn private_detail(&self, detail: &str) -> String {
        if self.private.is_masked() { String::new() } else { detail.to_owned() }
    }

    /// What a person wrote. People write names down; viewers see that there is something.
    pub(crate) fn note(&self, note: &str) -> String {
        if self.private.is_masked() && !note.is_empty() { self.t.note_hidden.to_owned() } else { note.to_owned() }
    }

    fn here_encoded(&self) -> String {
        utf8_percent_encode(&self.here, NON_ALPHANUMERIC).to_string()
    }

    fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    fn other_languages(&self) -> impl Iterator<Item = Language> {
        let own = self.t.lang;
        Language::ALL.into_iter().filter(move |language| *language != own)
    }

    /// The page of a problem, with its status.
    pub(crate) fn problem(self, problem: &Problem) -> Response {
        let words = Words::of(problem, self.t.lang);
        let signed_in = self.who.is_some() && !matches!(problem, Problem::SessionEnded | Problem::NoGroup);
        let (href, label) =
            if signed_in { ("/connections", self.t.back_to_connections) } else { ("/sign-in", self.t.sign_in_again) };
        show(problem.status(), &ProblemPage { page: self, words, href, label })
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    words: Words,
    href: &'static str,
    label: &'static str,
}

/// Draws a page.
fn show(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page can't be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn ok(template: &impl Template) -> Response {
    show(StatusCode::OK, template)
}

/// A path of ours, or nothing: never another site.
pub(crate) fn ours(next: &str) -> String {
    let path = next.len() <= 512
        && next.starts_with('/')
        && !next.starts_with("//")
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if path { next.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_on_to_pages_of_ours_only() {
        assert_eq!(ours("/connections/ae-main/reconnect?x=1"), "/connections/ae-main/reconnect?x=1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", "", "/\t/evil"]
        {
            assert_eq!(ours(elsewhere), "", "{elsewhere:?}");
        }
    }

    #[test]
    fn the_menu_marks_where_one_is() {
        let current = |here: &str| -> Vec<_> {
            menu(Language::English.texts(), here)
                .into_iter()
                .filter(|item| item.current)
                .map(|item| item.href)
                .collect()
        };
        assert_eq!(current("/"), ["/"]);
        assert_eq!(current("/connections?x=1"), ["/connections"]);
        assert_eq!(current("/connections/ae-main/remove"), ["/connections"]);
        assert!(current("/preferences").is_empty() && current("/connectionsx").is_empty());
    }
}
