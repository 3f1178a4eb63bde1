//! How somebody reads: language and time zone, chosen and kept in a cookie, else the browser's language and UTC.

use crate::{
    session::{cookie_of, set_cookie},
    texts::Language,
};
use http::{HeaderMap, header};
use jiff::{SignedDuration, tz::TimeZone};

/// Not sealed: nothing but a language and a zone can be in it, and what is neither is as if it weren't there.
const COOKIE: &str = "__Host-tallyman-reads";
/// The longest that browsers keep a cookie.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);
/// The longest name in the time zone database has 32.
const ZONE_CHARS_MAX: usize = 40;
/// What browsers send has a few entries.
const LANGUAGES_MAX: usize = 20;

/// How somebody reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preferences {
    pub(crate) language: Language,
    pub(crate) zone: TimeZone,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { language: Language::default(), zone: TimeZone::UTC }
    }
}

impl Preferences {
    /// Of a request.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let kept = cookie_of(headers, COOKIE).and_then(|kept| kept.split_once('.'));
        let language = kept.and_then(|(tag, _)| Language::from_tag(tag)).unwrap_or_else(|| accepted(headers));
        let zone = kept.and_then(|(_, name)| zone(name)).unwrap_or(TimeZone::UTC);
        Self { language, zone }
    }

    /// The cookie that keeps it.
    pub(crate) fn cookie(&self) -> String {
        set_cookie(COOKIE, format!("{}.{}", self.language.tag(), self.zone_name()), KEPT_FOR)
    }

    pub(crate) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

/// A zone of the database by its name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    let usable = name.len() <= ZONE_CHARS_MAX && name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(name).ok().filter(|_| usable)
}

/// The names that there are to choose from, `Area/Place` and UTC.
pub(crate) fn zones() -> Vec<String> {
    let areas = ["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| areas.iter().any(|area| name.starts_with(area)));
    names.sort_unstable();
    names.dedup();
    names.insert(0, "UTC".to_owned());
    names
}

/// The language of ours that the browser likes best.
fn accepted(headers: &HeaderMap) -> Language {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (Language::default(), 0.0);
    for entry in text.split(',').take(LANGUAGES_MAX) {
        let (tag, weight) = entry.split_once(";q=").unwrap_or((entry, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        if let Some(language) = Language::from_tag(tag.trim()).filter(|_| weight > best.1 && weight <= 1.0) {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }
    fn language(accept: &str) -> Language {
        Preferences::read(&with(header::ACCEPT_LANGUAGE, accept)).language
    }

    #[test]
    fn the_browsers_best_language_is_taken_when_nothing_was_chosen() {
        assert_eq!(language("de-DE,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(language("fr-FR, en;q=0.5, de;q=0.7"), Language::German);
        assert_eq!(language("en-GB,de;q=0.9"), Language::English);
        for text in ["fr", "", ";q=", "de;q=0", "de;q=7", "*"] {
            assert_eq!(language(text), Language::English, "{text}");
        }
    }

    #[test]
    fn what_was_chosen_comes_back_and_wins_over_the_browser() {
        let chosen = Preferences { language: Language::German, zone: zone("Europe/Berlin").unwrap() };
        let mut headers = with(header::COOKIE, chosen.cookie().split(';').next().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, "en".parse().unwrap());
        assert_eq!(Preferences::read(&headers), chosen);
        let utc = Preferences::default();
        assert_eq!(Preferences::read(&with(header::COOKIE, utc.cookie().split(';').next().unwrap())), utc);
    }

    #[test]
    fn a_cookie_that_says_nothing_usable_is_as_none() {
        for value in ["", "de", "xx.Nowhere/Atall", ".", "en.../../etc/passwd", "en./etc/localtime", "en.posixrules"] {
            let headers = with(header::COOKIE, &format!("{COOKIE}={value}"));
            assert_eq!(Preferences::read(&headers).zone, TimeZone::UTC, "{value}");
        }
    }

    #[test]
    fn every_zone_that_is_offered_is_one_and_there_are_the_ones_people_live_in() {
        let all = zones();
        for name in ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Australia/Sydney"] {
            assert!(all.iter().any(|known| known == name), "{name}");
        }
        assert!(all.len() > 300 && all.iter().all(|name| zone(name).is_some()));
    }
}
