//! Who is signed in, sealed in a cookie. Nothing about a session is kept on our side.

use crate::{
    random::{NoRandomness, token},
    seal::Seal,
};
use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// `__Host-`: only over TLS (or localhost), only this host, no other path.
pub(crate) const SESSION: &str = "__Host-tallyman";
/// A working day; then people sign in again, whatever they did meanwhile.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_hours(8);

/// What somebody may do. A viewer reads; an operator reads and acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Viewer,
    Operator,
}

/// Somebody who signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Random; what is begun in this session is bound to it.
    pub(crate) id: String,
    /// Random; every form carries it back.
    pub(crate) csrf: String,
    /// The issuer's name for the person; it stays the same.
    pub(crate) subject: String,
    /// What people call the person.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) since: Timestamp,
}

impl Session {
    pub(crate) fn begin(subject: String, name: String, role: Role, now: Timestamp) -> Result<Self, NoRandomness> {
        Ok(Self { id: token()?, csrf: token()?, subject, name, role, since: now })
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.since);
        age >= LIFETIME || age < SignedDuration::from_mins(-5)
    }

    /// The session of a request, when its cookie is ours and not too old.
    pub(crate) fn read(headers: &HeaderMap, seal: &Seal, now: Timestamp) -> Option<Self> {
        let session: Self = seal.open(SESSION, cookie_of(headers, SESSION)?)?;
        (!session.is_over(now)).then_some(session)
    }

    /// The cookie that keeps it.
    pub(crate) fn cookie(&self, seal: &Seal) -> String {
        set_cookie(SESSION, seal.close(SESSION, self), LIFETIME)
    }
}

/// A cookie of a request, as it was sent.
pub(crate) fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Lax, not Strict: the issuer and the marketplaces send people back to us from their own sites.
pub(crate) fn set_cookie(name: &'static str, value: String, lifetime: SignedDuration) -> String {
    let cookie = Cookie::build((name, value)).secure(true).http_only(true).path("/").same_site(SameSite::Lax);
    cookie.max_age(Duration::seconds(lifetime.as_secs())).to_string()
}

/// Takes a cookie away.
pub(crate) fn forget_cookie(name: &'static str) -> String {
    set_cookie(name, String::new(), SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal::from_secret("a secret of more than thirty-two bytes").unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-20T08:00:00Z".parse().unwrap()
    }

    fn sent_back(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, format!("theme=dark; {pair}; other=1").parse().unwrap())])
    }

    #[test]
    fn a_session_comes_back_for_eight_hours_and_not_a_second_longer() {
        let session = Session::begin("sub".into(), "Ann".into(), Role::Viewer, now()).unwrap();
        let headers = sent_back(&session.cookie(&seal()));
        let at = |after| Session::read(&headers, &seal(), now() + after).map(|s| s.name);
        assert_eq!(at(SignedDuration::ZERO).as_deref(), Some("Ann"));
        assert_eq!(at(LIFETIME - SignedDuration::from_secs(1)).as_deref(), Some("Ann"));
        assert_eq!(at(LIFETIME), None);
        assert_eq!(at(SignedDuration::from_hours(-1)), None, "a session from the future is nobody's");
    }

    #[test]
    fn the_cookie_has_every_attribute_that_its_prefix_and_the_redirects_need() {
        let session = Session::begin("sub".into(), "Ann".into(), Role::Viewer, now()).unwrap();
        let cookie = session.cookie(&seal());
        for attribute in ["__Host-tallyman=", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=28800"]
        {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }

    #[test]
    fn two_sessions_share_neither_id_nor_token() {
        let begin = || Session::begin("sub".into(), "Ann".into(), Role::Viewer, now()).unwrap();
        let (one, two) = (begin(), begin());
        assert!(one.id != two.id && one.csrf != two.csrf && one.id != one.csrf);
    }

    #[test]
    fn an_operator_is_more_than_a_viewer() {
        assert!(Role::Operator > Role::Viewer);
    }
}
