//! ShipStation's clock: US Pacific local time, written without a zone and with seven decimals.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

#[expect(clippy::expect_used, reason = "the time zone database is compiled in; without it nothing here is true")]
static PACIFIC: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/Los_Angeles").expect("bundled time zone database"));

/// The one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "the sandbox is a separate server with a clock of its own")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The wall clock in Los Angeles. At the end of summer time two instants share one reading: so it is in reality.
pub fn pacific(at: Timestamp) -> DateTime {
    at.to_zoned(PACIFIC.clone()).datetime()
}

/// `2015-06-29T14:29:28.5830000`: ShipStation keeps milliseconds and writes seven decimals.
pub fn stamp(at: DateTime) -> String {
    format!(
        "{}T{:02}:{:02}:{:02}.{:03}0000",
        at.date(),
        at.hour(),
        at.minute(),
        at.second(),
        at.subsec_nanosecond() / 1_000_000
    )
}

/// An instant as ShipStation writes it.
pub fn pacific_stamp(at: Timestamp) -> String {
    stamp(pacific(at))
}

/// Reads what ShipStation takes for a date: a day, or a day and a time, never a zone.
///
/// A zone is refused rather than dropped: whoever sends one believes in another time than ShipStation does.
pub fn parse(text: &str) -> Result<DateTime, String> {
    let wrong = || format!("'{text}' is not a Pacific local date without a zone (yyyy-mm-dd or yyyy-mm-ddThh:mm:ss)");
    let clock = text.get(10..).unwrap_or_default();
    let (separator, time) = clock.split_at_checked(1).unwrap_or_default();
    let plain = time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.');
    if !plain || !matches!(separator, "" | "T" | " ") || (separator.is_empty() != time.is_empty()) {
        return Err(wrong());
    }
    if clock.is_empty() {
        return text.parse::<Date>().map(DateTime::from).map_err(|_| wrong());
    }
    text.parse::<DateTime>().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_pacific_time_with_seven_decimals_and_no_zone() {
        let summer: Timestamp = "2015-06-29T21:29:28.583Z".parse().unwrap();
        assert_eq!(pacific_stamp(summer), "2015-06-29T14:29:28.5830000");
        let winter: Timestamp = "2015-12-29T21:29:28.583Z".parse().unwrap();
        assert_eq!(pacific_stamp(winter), "2015-12-29T13:29:28.5830000");
    }

    #[test]
    fn a_date_with_a_zone_is_refused() {
        for text in ["2015-06-29T14:29:28Z", "2015-06-29T14:29:28+00:00", "2015-06-29T14:29:28-07:00", "29/06/2015", ""]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_and_times_are_read() {
        assert_eq!(stamp(parse("2015-01-08").unwrap()), "2015-01-08T00:00:00.0000000");
        assert_eq!(stamp(parse("2015-01-08 10:11:12").unwrap()), "2015-01-08T10:11:12.0000000");
        assert_eq!(stamp(parse("2015-01-08T10:11:12.5830000").unwrap()), "2015-01-08T10:11:12.5830000");
    }
}
