//! Before every handler: who asks, may they, and did a page of ours send it? Deny by default: a route can't be
//! declared without saying who may use it.

use crate::{
    bridge::Domain,
    console::Console,
    fields::Fields,
    limits,
    pages::Page,
    preferences::Preferences,
    private::Private,
    problem::{Malformed, Problem},
    routes,
    session::{Role, SESSION, Session, cookie_of},
    texts::Texts,
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nobody has to be signed in.
    Anybody,
    /// Somebody with at least this role.
    SignedIn(Role),
}

/// Who asks, and where.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) session: Option<Session>,
    /// The console's own origin, `https://...` without a slash.
    pub(crate) base: String,
    /// Language and time zone.
    pub(crate) reads: Preferences,
    /// The page of ours that is open: path and query.
    pub(crate) here: String,
}

impl Visitor {
    /// The session of a route that nobody reaches without one.
    pub(crate) fn session(&self) -> Result<&Session, Problem> {
        self.session.as_ref().ok_or(Problem::SessionEnded)
    }

    /// All texts in the visitor's language.
    pub(crate) fn t(&self) -> &'static Texts {
        self.reads.language.texts()
    }

    /// What may be shown of people.
    pub(crate) fn private(&self) -> Private {
        self.session.as_ref().map_or(Private::MASKED, |session| Private::for_role(session.role))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// What a route's guard knows.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) console: Arc<Console>,
    pub(crate) access: Access,
    /// Is there a page at its path, beside what may be sent there?
    pub(crate) page: bool,
}

pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let base = match base(&guard.console, &request) {
        Ok(base) => base,
        Err(problem) => return problem.into_response(),
    };
    let session = match session(&guard.console, request.headers()).await {
        Ok(session) => session,
        Err(problem) => return problem.into_response(),
    };
    let visitor =
        Visitor { session, base, reads: Preferences::read(request.headers()), here: here(&request, guard.page) };
    let mut response = match admit(guard.access, &visitor, request).await {
        Ok(mut request) => {
            request.extensions_mut().insert(visitor.clone());
            next.run(request).await
        }
        Err(refusal) => *refusal,
    };
    response.extensions_mut().insert(visitor);
    response
}

/// From the setting, else from what AWS says; never from a header.
fn base(console: &Console, request: &Request) -> Result<String, Problem> {
    if !console.settings.base_url.is_empty() {
        return Ok(console.settings.base_url.clone());
    }
    let domain = request.extensions().get::<Domain>().map_or("", |domain| domain.0.as_str());
    if domain.is_empty() { Err(Problem::NotSetUp("ConsoleBaseUrl")) } else { Ok(format!("https://{domain}")) }
}

/// Where a link back leads: a form that was sent may be a page too, most are not. An address with a code in it isn't
/// repeated anywhere.
fn here(request: &Request, page: bool) -> String {
    let uri = request.uri();
    match *request.method() {
        _ if !page || uri.path().ends_with("/callback") => section(uri.path()),
        Method::GET => uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        _ => uri.path().to_owned(),
    }
}

/// The list that a path is below.
fn section(path: &str) -> String {
    let first = path.split('/').nth(1).unwrap_or_default();
    let list = format!("/{first}");
    if routes::is_page(&list) { list } else { "/".to_owned() }
}

async fn session(console: &Console, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    if cookie_of(headers, SESSION).is_none() {
        return Ok(None);
    }
    Ok(Session::read(headers, &console.seal().await?, console.clock.now()))
}

async fn admit(access: Access, visitor: &Visitor, request: Request) -> Result<Request, Box<Response>> {
    let refuse = |problem: Problem| Box::new(problem.into_response());
    if let Access::SignedIn(needed) = access {
        match &visitor.session {
            None if request.method() == Method::GET => return Err(Box::new(to_sign_in(&request))),
            None => return Err(refuse(Problem::SessionEnded)),
            Some(session) if session.role < needed => return Err(refuse(Problem::Forbidden)),
            Some(_) => {}
        }
    }
    if request.method() == Method::POST { posted(visitor, request).await.map_err(refuse) } else { Ok(request) }
}

fn to_sign_in(request: &Request) -> Response {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    // A code in the address is of no use after signing in, and belongs into no other address.
    let next = if request.uri().path() == "/" || target.contains("code=") { "" } else { target };
    let next = utf8_percent_encode(next, NON_ALPHANUMERIC);
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Every POST comes from a form of ours: same origin by the browser's word, and the session's own token in the form.
async fn posted(visitor: &Visitor, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    if !is_from_us(&parts.headers, &visitor.base) {
        return Err(Problem::ForeignForm);
    }
    let form = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if form.split(';').next().unwrap_or_default().trim() != "application/x-www-form-urlencoded" {
        return Err(Problem::BadRequest(Malformed::NoForm));
    }
    let body = to_bytes(body, limits::BODY_BYTES_MAX).await.map_err(|_| Problem::TooLarge)?;
    let fields = Fields::read(&body)?;
    let token = visitor.session()?.csrf.as_bytes();
    if !bool::from(fields.get("csrf").as_bytes().ct_eq(token)) {
        return Err(Problem::ForeignForm);
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Browsers say where a POST comes from. One that says neither isn't trusted.
fn is_from_us(headers: &HeaderMap, base: &str) -> bool {
    let says = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (origin, site) = (says("origin"), says("sec-fetch-site"));
    (origin.is_some() || site.is_some())
        && origin.is_none_or(|origin| origin == base)
        && site.is_none_or(|site| site == "same-origin")
}

/// After every handler: a problem becomes its page, and every answer gets its headers.
pub(crate) async fn finish(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let reads = Preferences::read(request.headers());
    let mut response = next.run(request).await;
    let visitor = response.extensions_mut().remove::<Visitor>();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        tracing::info!(problem = problem.name(), "a page of the console could not be served as asked");
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).into_iter().cloned().collect();
        let page = visitor.as_ref().map_or_else(|| Page::before(&reads), |visitor| Page::of(Some(visitor)));
        response = page.problem(&problem);
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    crate::headers::set(&mut response, &console.policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_list_the_way_back_leads_to_it() {
        assert_eq!(section("/exceptions/ask"), "/exceptions");
        assert_eq!(section("/connections/ae-main/pause"), "/connections");
        for path in ["/connect/callback", "/sign-out", "/", "", "//evil.example"] {
            assert_eq!(section(path), "/", "{path}");
        }
    }

    #[test]
    fn a_post_is_ours_only_when_the_browser_says_so_and_nothing_it_says_contradicts() {
        let base = "https://console.example";
        for (origin, site, ours) in [
            (Some(base), Some("same-origin"), true),
            (Some(base), None, true),
            (None, Some("same-origin"), true),
            (None, None, false),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some(base), Some("cross-site"), false),
            (Some(base), Some("same-site"), false),
            (Some("null"), None, false),
            (Some("https://console.example.evil.example"), None, false),
        ] {
            let pairs = [("origin", origin), ("sec-fetch-site", site)];
            let present = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let headers = present.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(is_from_us(&headers, base), ours, "{origin:?} {site:?}");
        }
    }
}
