//! US Pacific time without a zone, as AliExpress, Alibaba.com and ShipStation V1 write it.
//!
//! Once a year an hour happens twice and a local time names two instants; once a year an hour is missing. A read
//! takes the earlier instant (an overlap window then reads too much, never too little), and a query window is
//! written so that it covers both.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use std::sync::OnceLock;

/// A text that is no Pacific time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date and time like 2026-11-01 01:30:00")]
pub struct BadTime(String);

fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    // The zone database is compiled in; were it missing, a fixed PST would still only widen windows by an hour.
    ZONE.get_or_init(|| TimeZone::get("America/Los_Angeles").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(-8))))
}

/// Reads `2026-11-01 01:30:00` or `2026-11-01T01:30:00.1230000`. Of two possible instants the earlier; a time in
/// the missing hour is read as if the clock hadn't jumped yet.
///
/// # Errors
/// [`BadTime`] when the text is no date and time.
pub fn parse(text: &str) -> Result<Timestamp, BadTime> {
    let bad = || BadTime(text.chars().take(40).collect());
    let text_iso = text.trim().replacen(' ', "T", 1);
    // A bare day would read as midnight: a service that leaves the time out is not guessed at.
    let local: DateTime = text_iso.parse().ok().filter(|_| text_iso.contains('T')).ok_or_else(bad)?;
    zone().to_ambiguous_zoned(local).compatible().map(|z| z.timestamp()).map_err(|_| bad())
}

/// Writes `2026-11-01 01:30:00`.
#[must_use]
pub fn format(at: Timestamp) -> String {
    at.to_zoned(zone().clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Writes `2026-11-01T01:30:00.0000000`, seven decimals as ShipStation does.
#[must_use]
pub fn format_shipstation(at: Timestamp) -> String {
    at.to_zoned(zone().clone()).strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string()
}

/// The Pacific calendar day of an instant.
#[must_use]
pub fn date(at: Timestamp) -> Date {
    at.to_zoned(zone().clone()).date()
}

/// The start of a Pacific day.
#[must_use]
pub fn midnight(day: Date) -> Timestamp {
    zone()
        .to_ambiguous_zoned(day.to_datetime(jiff::civil::Time::midnight()))
        .compatible()
        .map_or(Timestamp::UNIX_EPOCH, |z| z.timestamp())
}

/// Does the local text of this instant name another one too?
#[must_use]
pub fn is_doubled(at: Timestamp) -> bool {
    let hour = jiff::SignedDuration::from_hours(1);
    let text = format(at);
    format(at + hour) == text || format(at - hour) == text
}

/// The local texts that bound a window in a query. When an end falls into the hour that happens twice, its text is
/// moved so that both readings of it lie inside the window.
#[must_use]
pub fn window(from: Timestamp, to: Timestamp) -> (String, String) {
    let hour = jiff::SignedDuration::from_hours(1);
    // In the second pass of the doubled hour a text also names the first: `to` would read too little, so it is pushed
    // past the hour. In the first pass a text also names the second, and what is changed early in the second pass has a
    // smaller text than `from`: a service that compares texts would leave it out, so `from` is pulled before the hour.
    let (from_text, to_text) = (format(from), format(to));
    let from_text = if format(from + hour) == from_text { format(from - hour) } else { from_text };
    let to_text = if format(to - hour) == to_text { format(to + hour) } else { to_text };
    (from_text, to_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn summer_and_winter_differ_by_an_hour() {
        assert_eq!(parse("2026-07-01 12:00:00").unwrap(), at("2026-07-01T19:00:00Z"));
        assert_eq!(parse("2026-12-01 12:00:00").unwrap(), at("2026-12-01T20:00:00Z"));
        assert_eq!(parse("2015-06-29T14:29:28.5830000").unwrap(), at("2015-06-29T21:29:28.583Z"));
    }

    #[test]
    fn of_the_hour_that_happens_twice_the_earlier_is_read() {
        assert_eq!(parse("2026-11-01 01:30:00").unwrap(), at("2026-11-01T08:30:00Z"));
    }

    #[test]
    fn a_time_in_the_missing_hour_still_reads() {
        assert_eq!(parse("2026-03-08 02:30:00").unwrap(), at("2026-03-08T10:30:00Z"));
    }

    #[test]
    fn a_window_that_ends_in_the_doubled_hour_covers_both_passes() {
        let (from, to) = window(at("2026-11-01T07:00:00Z"), at("2026-11-01T09:30:00Z"));
        assert_eq!((from.as_str(), to.as_str()), ("2026-11-01 00:00:00", "2026-11-01 02:30:00"));
        assert!(parse(&to).unwrap() >= at("2026-11-01T09:30:00Z"), "{to}");
        let (from, _) = window(at("2026-11-01T09:30:00Z"), at("2026-11-01T12:00:00Z"));
        assert!(parse(&from).unwrap() <= at("2026-11-01T09:30:00Z"), "{from}");
        // 01:10 of the second pass comes after 01:30 of the first: compared as text it must still be inside.
        let (from, _) = window(at("2026-11-01T08:30:00Z"), at("2026-11-01T12:00:00Z"));
        assert!(from.as_str() < "2026-11-01 01:10:00", "{from}");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-13-01 00:00:00", "2026-01-01"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_instant_is_written_in_pacific_time_as_each_service_wants_it() {
        let cases = [
            ("2026-07-01T19:00:05Z", "2026-07-01 12:00:05", "2026-07-01T12:00:05.0000000"),
            ("2026-12-01T07:59:59Z", "2026-11-30 23:59:59", "2026-11-30T23:59:59.0000000"),
        ];
        for (instant, plain, shipstation) in cases {
            assert_eq!((format(at(instant)).as_str(), format_shipstation(at(instant)).as_str()), (plain, shipstation));
            assert_eq!(parse(shipstation).unwrap(), at(instant), "it reads back");
        }
    }

    #[test]
    fn a_day_is_a_pacific_day_from_midnight_to_midnight_and_one_in_november_has_25_hours() {
        // The ship-by day is one of these: by UTC it would be a day late for eight hours of each day.
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(date(at("2026-11-21T07:59:59Z")), day("2026-11-20"));
        assert_eq!(date(at("2026-11-21T08:00:00Z")), day("2026-11-21"));
        assert_eq!(midnight(day("2026-11-21")), at("2026-11-21T08:00:00Z"));
        assert_eq!(midnight(day("2026-07-01")), at("2026-07-01T07:00:00Z"));
        let (from, to) = (midnight(day("2026-11-01")), midnight(day("2026-11-02")));
        assert_eq!(to.duration_since(from), jiff::SignedDuration::from_hours(25));
    }

    #[test]
    fn both_passes_of_the_doubled_hour_are_doubled_and_the_hours_around_it_are_not() {
        let hours = ["07:30", "08:30", "09:30", "10:30"].map(|time| is_doubled(at(&format!("2026-11-01T{time}:00Z"))));
        assert_eq!(hours, [false, true, true, false]);
    }
}
