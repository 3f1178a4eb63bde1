//! A browser: keeps cookies, fills in the token of the form it saw, says where its requests come from.

use super::world::{BASE, COOKIE_KEY, World};
use crate::{
    answer::Bounds,
    bridge::Domain,
    seal::Seal,
    session::{Role, Session},
};
use axum::{Router, body::Body, response::Response};
use http::{HeaderMap, Method, Request, StatusCode, header};
use std::collections::BTreeMap;
use tower_service::Service as _;

pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) csrf: String,
    pub(crate) origin: Option<String>,
    pub(crate) accept_language: Option<String>,
    pub(crate) bounds: Bounds,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }
    /// A parameter of the address that it leads to.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let url = url::Url::parse(self.to()).unwrap();
        url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            csrf: String::new(),
            origin: Some(BASE.to_owned()),
            accept_language: None,
            bounds: Bounds::of(true, u64::MAX),
        }
    }

    /// Signed in already, as the console itself would have it.
    pub(crate) fn signed_in(world: &World, role: Option<Role>) -> Self {
        let mut browser = Self::new(world.start());
        if let Some(role) = role {
            let session = Session::begin("sub".into(), "ann@example.com".into(), role, world.now()).unwrap();
            browser.keep(&session.cookie(&Seal::from_secret(COOKIE_KEY).unwrap()));
            browser.csrf = session.csrf;
        }
        browser
    }

    fn keep(&mut self, set_cookie: &str) {
        let (pair, attributes) = set_cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.starts_with("__Host-"), "{name}");
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path).header("host", "evil.example");
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(language) = &self.accept_language {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        let mut body = String::new();
        if method == Method::POST {
            let mut form_body = url::form_urlencoded::Serializer::new(String::new());
            body = form_body.append_pair("csrf", &self.csrf).extend_pairs(form).finish();
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(origin) = &self.origin {
                request = request.header(header::ORIGIN, origin);
            }
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Domain("x.lambda-url.us-east-1.on.aws".to_owned()));
        request.extensions_mut().insert(self.bounds);
        let response = self.router.call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// The headers and the bytes of an answer that is no text.
    pub(crate) async fn raw(&mut self, path: &str) -> (HeaderMap, Vec<u8>) {
        let (parts, body) = self.open(path).await.into_parts();
        (parts.headers, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    /// An answer whose body is still to come.
    pub(crate) async fn open(&mut self, path: &str) -> Response {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().uri(path).header(header::COOKIE, pairs.join("; ")).extension(self.bounds);
        self.router.call(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, form).await
    }
}
