//! Times for people: in their zone and their language, with UTC beside them.

use crate::{
    preferences::Preferences,
    texts::{Language, Texts, fill},
};
use jiff::Timestamp;

/// A time as people read it, and as machines do. Drawn by `parts::time`.
pub(crate) struct When {
    pub(crate) text: String,
    /// In UTC, for pointing at it.
    pub(crate) utc: String,
    pub(crate) machine: String,
}

fn of(time: Timestamp, reads: &Preferences, format: &str) -> When {
    When {
        text: time.to_zoned(reads.zone.clone()).strftime(format).to_string(),
        utc: time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        machine: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

impl When {
    /// Day and time.
    pub(crate) fn of(time: Timestamp, reads: &Preferences) -> Self {
        of(time, reads, reads.language.pick(("%-d %b %Y, %H:%M %Z", "%d.%m.%Y, %H:%M %Z")))
    }

    /// To the second: what happened one after the other.
    pub(crate) fn exact(time: Timestamp, reads: &Preferences) -> Self {
        of(time, reads, reads.language.pick(("%-d %b %Y, %H:%M:%S %Z", "%d.%m.%Y, %H:%M:%S %Z")))
    }

    /// The time of the day alone: it is soon.
    pub(crate) fn soon(time: Timestamp, reads: &Preferences) -> Self {
        of(time, reads, "%H:%M %Z")
    }
}

/// A sentence with a time in it. Drawn by `parts::told`.
pub(crate) struct Told {
    pub(crate) before: String,
    pub(crate) when: Option<When>,
    pub(crate) after: String,
}

impl Told {
    /// A text of ours, with its `{time}`.
    pub(crate) fn at(text: &str, when: When) -> Self {
        let (before, after) = text.split_once("{time}").unwrap_or((text, ""));
        Self { before: before.to_owned(), when: Some(when), after: after.to_owned() }
    }
}

/// How many days are left, in words. `None` when it is over.
pub(crate) fn days_left(t: &Texts, end: Timestamp, now: Timestamp) -> Option<String> {
    let left = end.duration_since(now);
    let days = left.as_hours() / 24;
    (left.as_secs() > 0).then(|| match days {
        0 => t.ends_today.to_owned(),
        1 => t.one_day_left.to_owned(),
        _ => fill(t.days_left, &[("n", &days.to_string())]),
    })
}

/// Time left until a deadline, or time since it passed, to the nearest unit that matters; and its mood: `bad` when it is
/// over, `warn` in the last four hours, else `calm`.
pub(crate) fn time_left(t: &Texts, deadline: Timestamp, now: Timestamp) -> (String, &'static str) {
    let left = deadline.duration_since(now);
    let (late, length) = (left.is_negative() || left.is_zero(), span(t.lang, left.abs().as_mins()));
    let mood = if late {
        "bad"
    } else if left.as_hours() < 4 {
        "warn"
    } else {
        "calm"
    };
    (fill(if late { t.late_by } else { t.time_left }, &[("time", &length)]), mood)
}

fn span(language: Language, mins: i64) -> String {
    let day = language.pick(("d", "Tg."));
    match (mins / (24 * 60), mins / 60 % 24, mins % 60) {
        (0, 0, mins) => format!("{mins} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, mins) => format!("{hours} h {mins} min"),
        (days, 0, _) => format!("{days} {day}"),
        (days, hours, _) => format!("{days} {day} {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::zone;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
    fn reads(language: Language, name: &str) -> Preferences {
        Preferences { language, zone: zone(name).unwrap() }
    }

    #[test]
    fn a_time_is_told_in_the_readers_zone_and_language_and_in_utc_beside_it() {
        let summer = at("2026-07-01T22:30:05Z");
        let when = When::of(summer, &reads(Language::German, "Europe/Berlin"));
        assert_eq!((when.text.as_str(), when.utc.as_str()), ("02.07.2026, 00:30 CEST", "2026-07-01 22:30:05 UTC"));
        assert_eq!(when.machine, "2026-07-01T22:30:05Z");
        let english = reads(Language::English, "America/Los_Angeles");
        assert_eq!(When::of(summer, &english).text, "1 Jul 2026, 15:30 PDT");
        assert_eq!(When::exact(summer, &english).text, "1 Jul 2026, 15:30:05 PDT");
        assert_eq!(When::soon(summer, &Preferences::default()).text, "22:30 UTC");
    }

    #[test]
    fn an_hour_that_comes_twice_is_told_apart_by_its_zone() {
        let berlin = reads(Language::English, "Europe/Berlin");
        let text = |time| When::of(at(time), &berlin).text;
        assert_eq!(text("2026-10-25T00:30:00Z"), "25 Oct 2026, 02:30 CEST");
        assert_eq!(text("2026-10-25T01:30:00Z"), "25 Oct 2026, 02:30 CET");
    }

    #[test]
    fn whole_days_are_counted_and_the_last_one_is_today() {
        let now = at("2026-11-20T08:00:00Z");
        let left = |end| days_left(Language::English.texts(), at(end), now);
        assert_eq!(left("2026-12-04T09:00:00Z").as_deref(), Some("14 days left"));
        assert_eq!(left("2026-11-22T07:59:00Z").as_deref(), Some("1 day left"));
        assert_eq!(left("2026-11-20T08:00:01Z").as_deref(), Some("ends today"));
        assert_eq!(left("2026-11-20T08:00:00Z"), None);
    }

    #[test]
    fn a_deadline_says_how_long_is_left_or_how_late_it_is_and_how_bad_that_is() {
        let now = at("2026-11-20T08:00:00Z");
        let said = |language: Language, end| time_left(language.texts(), at(end), now);
        let english = |end| said(Language::English, end);
        assert_eq!(english("2026-11-22T11:30:00Z"), ("2 d 3 h left".to_owned(), "calm"));
        assert_eq!(english("2026-11-20T12:00:00Z"), ("4 h left".to_owned(), "calm"));
        assert_eq!(english("2026-11-20T11:59:00Z"), ("3 h 59 min left".to_owned(), "warn"));
        assert_eq!(english("2026-11-20T08:00:30Z"), ("0 min left".to_owned(), "warn"));
        assert_eq!(english("2026-11-20T08:00:00Z"), ("0 min late".to_owned(), "bad"));
        assert_eq!(english("2026-11-20T06:20:00Z"), ("1 h 40 min late".to_owned(), "bad"));
        assert_eq!(said(Language::German, "2026-11-23T08:00:00Z").0, "noch 3 Tg.");
        assert_eq!(said(Language::German, "2026-11-20T07:00:00Z").0, "seit 1 h überfällig");
    }
}
