//! Lists that are too long to be read in one go, and records in them that are nobody's.

use super::{PAGES_MAX, Poll};
use crate::{
    connection::Connection,
    exceptions::raise_stray,
    ports::{Hint, Listed, Listing, Window},
    step::{At, StepError, wake},
};
use std::time::Duration;
use tallyman_domain::{Digest, Exception, ExceptionKind, Finding, ShipmentId, exception::deadline};

const DAY_S: i64 = 86_400;

impl Poll<'_> {
    /// Goes on in two halves, the earlier one first: the cursor follows only what begins behind it. Of what a tick asked
    /// for, the next tick reads the later half.
    pub(super) async fn halve(
        &self,
        connection: &Connection,
        listing: Listing,
        window: Window,
        of_tick: bool,
    ) -> Result<usize, StepError> {
        let Some(halves) = window.halves() else {
            let what = format!("more than {PAGES_MAX} pages from {} to {}", window.from, window.to);
            return Err(StepError::Unusable { address: connection.id.to_string(), what });
        };
        let connection_id = &connection.id;
        let asks = halves.map(|half| Hint::Poll {
            connection: connection_id.clone(),
            listing,
            window: Some(half),
            page: 0,
            down: false,
        });
        let asks = if of_tick { &asks[..1] } else { &asks[..] };
        wake(self.queue, asks, Duration::ZERO).await.at(connection_id)?;
        Ok(0)
    }

    /// A record whose number can't be read is nobody's order: nothing can be held, and it is not read again when the
    /// cursor has passed it. So a person is told, once a connection and day.
    pub(super) async fn tell_of_nameless(
        &self,
        connection: &Connection,
        listing: Listing,
        window: Window,
        listed: &Listed,
    ) -> Result<(), StepError> {
        let mut nameless = listed.unreadable.iter().filter(|bad| bad.id.is_none());
        let Some(first) = nameless.next() else { return Ok(()) };
        let (kind, now) = (ExceptionKind::Undecodable, self.clock.now());
        let what = Finding::Nameless {
            connection: connection.id.to_string(),
            count: (nameless.count() + 1).to_string(),
            list: format!("{listing:?}"),
            since: format!("{:.0}", window.from),
            until: format!("{:.0}", window.to),
            what: first.what.clone(),
        };
        tracing::warn!(connection = %connection.id, %what, "a person is told");
        let day = window.to.as_second().div_euclid(DAY_S);
        let id = Digest::of_bytes(format!("list {} {day}", connection.id).as_bytes()).short();
        let id = ShipmentId::parse(id)
            .map_err(|error| StepError::Unusable { address: connection.id.to_string(), what: error.to_string() })?;
        let found = Exception::found(kind, None, what, deadline(kind, None, now), now);
        raise_stray(self.orders, &connection.account, &id, &found).await.at(&connection.id)?;
        Ok(())
    }
}
