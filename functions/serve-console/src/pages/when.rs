//! Times for people.

use crate::texts::{Texts, fill};
use jiff::Timestamp;

/// A time as people read it, and as machines do.
pub(crate) struct When {
    pub(crate) text: String,
    pub(crate) machine: String,
}

impl When {
    /// The time of the day alone: it is soon.
    pub(crate) fn soon(time: Timestamp) -> Self {
        Self { text: time.strftime("%H:%M UTC").to_string(), ..Self::of(time) }
    }

    pub(crate) fn of(time: Timestamp) -> Self {
        let text = time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        Self { text, machine: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::ENGLISH;

    #[test]
    fn whole_days_are_counted_and_the_last_one_is_today() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-20T08:00:00Z");
        let left = |end| days_left(&ENGLISH, at(end), now);
        assert_eq!(left("2026-12-04T09:00:00Z").as_deref(), Some("14 days left"));
        assert_eq!(left("2026-11-22T07:59:00Z").as_deref(), Some("1 day left"));
        assert_eq!(left("2026-11-20T08:00:01Z").as_deref(), Some("ends today"));
        assert_eq!(left("2026-11-20T08:00:00Z"), None);
        assert_eq!(When::of(now).text, "2026-11-20 08:00 UTC");
    }
}
