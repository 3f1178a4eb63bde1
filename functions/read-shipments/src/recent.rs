//! What was followed a moment ago. ShipStation announces each batch twice, as SHIP_NOTIFY and as ITEM_SHIP_NOTIFY, and
//! repeats both; reading it again would find nothing and cost a call of the minute's forty.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

const KEPT_FOR: SignedDuration = SignedDuration::from_secs(120);
const ENTRIES_MAX: usize = 1_000;

/// Resources that this process has read and recorded. Only an economy: forgetting one costs a call.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<HashMap<String, Timestamp>>);

/// The two announcements differ in one parameter, and we ask for the items in any case.
fn key(resource_url: &str, page: u32) -> String {
    let (path, query) = resource_url.split_once('?').unwrap_or((resource_url, ""));
    let kept: Vec<&str> =
        query.split('&').filter(|p| !p.to_ascii_lowercase().starts_with("includeshipmentitems=")).collect();
    format!("{path}?{}#{page}", kept.join("&"))
}

impl Recent {
    pub(crate) fn has(&self, resource_url: &str, page: u32, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key(resource_url, page)).is_some_and(|at| now.duration_since(*at) < KEPT_FOR)
    }

    pub(crate) fn add(&self, resource_url: &str, page: u32, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ENTRIES_MAX {
            known.retain(|_, at| now.duration_since(*at) < KEPT_FOR);
        }
        if known.len() < ENTRIES_MAX {
            known.insert(key(resource_url, page), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_announcements_of_a_batch_are_one_for_two_minutes() {
        let recent = Recent::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        recent.add("https://x/shipments?batchId=7&includeShipmentItems=False", 0, at("2026-11-21T10:00:00Z"));
        let again = |batch, page, now| {
            recent.has(&format!("https://x/shipments?batchId={batch}&includeShipmentItems=True"), page, at(now))
        };
        assert!(again(7, 0, "2026-11-21T10:01:59Z"));
        assert!(!again(7, 0, "2026-11-21T10:02:00Z"));
        assert!(!again(8, 0, "2026-11-21T10:00:01Z"));
        assert!(!again(7, 1, "2026-11-21T10:00:01Z"));
    }
}
