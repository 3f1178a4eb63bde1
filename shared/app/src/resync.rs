//! Any past range of time, read again on both sides when somebody asks. It goes over the queues, a day a message, so that
//! no list grows beyond its pages; what is known already changes nothing.

use crate::{
    connection::Connection,
    ports::{Hint, HintQueue, Listing, SweepStep, Window},
    step::{At, StepError, wake},
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tallyman_domain::ConnectionId;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Five messages a day of the range; two years of them are enough for one order to the machine.
const DAYS_MAX: i64 = 2 * 366;
const LISTINGS: [Listing; 4] = [Listing::Modified, Listing::ModifiedEnded, Listing::Created, Listing::CreatedEnded];

/// The messages for one connection and its account.
#[must_use]
pub fn fan_out(connection: &Connection, window: Window) -> Vec<Hint> {
    let mut hints = Vec::new();
    let mut from = window.from;
    while from < window.to {
        let day = Window { from, to: (from + DAY).min(window.to) };
        hints.extend(LISTINGS.map(|listing| Hint::Poll {
            connection: connection.id.clone(),
            listing,
            window: Some(day),
            page: 0,
            down: false,
        }));
        let (account, step) = (connection.account.clone(), SweepStep::default());
        hints.push(Hint::Sweep { account, window: Some(day), from: step, page: 0, unless_recent: false });
        from = day.to;
    }
    hints
}

/// Asks for a range. Returns how many messages that took.
///
/// # Errors
/// [`StepError::Unusable`] for a range or connection that can't be; [`StepError::Store`] when not all were sent, and then
/// all of it may be asked for again.
pub async fn ask(
    queue: &dyn HintQueue,
    connections: &[Connection],
    connection: &ConnectionId,
    window: Window,
) -> Result<usize, StepError> {
    let unusable = |what: String| StepError::Unusable { address: connection.to_string(), what };
    let found = connections.iter().find(|c| c.id == *connection && !c.removed);
    let found =
        found.ok_or_else(|| unusable("no such connection; `tallyman connections list` prints them".to_owned()))?;
    check(window).map_err(|what| unusable(what.to_owned()))?;
    if found.paused {
        return Err(unusable("it is paused; resume it first".to_owned()));
    }
    let hints = fan_out(found, window);
    wake(queue, &hints, Duration::ZERO).await.at(connection)?;
    Ok(hints.len())
}

fn check(window: Window) -> Result<(), &'static str> {
    let span = window.to.duration_since(window.from);
    if window.from < Timestamp::UNIX_EPOCH || span <= SignedDuration::ZERO {
        return Err("the range has to end after it begins");
    }
    if span > DAY * i32::try_from(DAYS_MAX).unwrap_or(i32::MAX) {
        return Err("the range is longer than two years; ask for a part of it");
    }
    Ok(())
}
