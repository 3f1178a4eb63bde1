//! The only place that reads the clock, and the time zones the marketplaces write in.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// `yyyy-MM-dd HH:mm:ss`, the one format both marketplaces read and write.
const TO_THE_SECOND: &str = "%Y-%m-%d %H:%M:%S";

/// Now, from the machine's clock.
#[expect(clippy::disallowed_methods, reason = "a sandbox server is a process of its own: this is its one clock")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A span of whole seconds.
#[must_use]
pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// US Pacific, where both marketplaces keep their clocks; UTC-8 should the zone database be missing.
fn pacific() -> TimeZone {
    TimeZone::get("America/Los_Angeles").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(-8)))
}

/// Writes an instant as US Pacific local time, without a zone: in the repeated hour of autumn it is ambiguous,
/// as the real ones are.
#[must_use]
pub fn to_pacific(at: Timestamp) -> String {
    at.to_zoned(pacific()).strftime(TO_THE_SECOND).to_string()
}

/// Reads US Pacific local time, given to the second and not otherwise.
#[must_use]
pub fn from_pacific(text: &str) -> Option<Timestamp> {
    if text.len() != "2024-09-01 00:00:00".len() {
        return None;
    }
    let local = DateTime::strptime(TO_THE_SECOND, text).ok()?;
    local.to_zoned(pacific()).ok().map(|zoned| zoned.timestamp())
}

/// The next midnight in Beijing, when a spent daily quota comes back. China keeps no summer time.
#[must_use]
pub fn next_beijing_midnight(at: Timestamp) -> Timestamp {
    let local = at.to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
    local.tomorrow().and_then(|day| day.start_of_day()).map_or(at + seconds(86_400), |day| day.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pacific_time_follows_summer_time() {
        let winter: Timestamp = "2025-01-15T20:00:00Z".parse().unwrap();
        let summer: Timestamp = "2025-07-15T20:00:00Z".parse().unwrap();
        assert_eq!(to_pacific(winter), "2025-01-15 12:00:00");
        assert_eq!(to_pacific(summer), "2025-07-15 13:00:00");
        assert_eq!(from_pacific("2025-07-15 13:00:00"), Some(summer));
    }

    #[test]
    fn a_time_without_seconds_or_with_a_zone_is_not_read() {
        assert_eq!(from_pacific("2025-07-15 13:00"), None);
        assert_eq!(from_pacific("2025-07-15"), None);
        assert_eq!(from_pacific("2025-07-15T13:00:00Z"), None);
    }

    #[test]
    fn a_quota_comes_back_at_midnight_in_beijing() {
        let at: Timestamp = "2025-03-01T10:00:00Z".parse().unwrap();
        assert_eq!(next_beijing_midnight(at).to_string(), "2025-03-01T16:00:00Z");
    }
}
