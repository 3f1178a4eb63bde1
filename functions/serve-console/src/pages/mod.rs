//! The pages. Each module is one concern: its routes' handlers, its templates.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod callback;
pub(crate) mod connect;
pub(crate) mod connection;
pub(crate) mod done;
pub(crate) mod list;
pub(crate) mod sign_in;
mod when;

use crate::{
    guard::Visitor,
    problem::Problem,
    session::Role,
    texts::{ENGLISH, Texts, Words, fill},
};
use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

/// What every page shows: who looks, and where style and icon are.
pub(crate) struct Page {
    pub(crate) t: &'static Texts,
    style: String,
    icon: String,
    who: Option<Who>,
}

struct Who {
    signed_in: String,
    role: &'static str,
    csrf: String,
    operator: bool,
}

impl Page {
    pub(crate) fn of(visitor: Option<&Visitor>) -> Self {
        let t = &ENGLISH;
        let session = visitor.and_then(|visitor| visitor.session.as_ref());
        let who = session.map(|session| Who {
            signed_in: fill(t.signed_in_as, &[("name", &session.name)]),
            role: if session.role == Role::Operator { t.role_operator } else { t.role_viewer },
            csrf: session.csrf.clone(),
            operator: session.role == Role::Operator,
        });
        Self { t, style: crate::assets::style(), icon: crate::assets::icon(), who }
    }

    fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.csrf)
    }

    fn operator(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.operator)
    }

    /// The page of a problem, with its status.
    pub(crate) fn problem(self, problem: &Problem) -> Response {
        let words = Words::english(problem);
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
