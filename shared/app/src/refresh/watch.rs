//! Telling the operator before an end comes, and when a person is needed.

use super::{Done, Refresh};
use crate::{connection::Connection, ports::Announcer};
use jiff::{SignedDuration, Timestamp};
use tallyman_domain::{
    Authorisation, ConnectionId,
    authorisation::{self, Event},
};

/// What the operator was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// That the end comes in so many days.
    Warned(u32),
    /// That a person is needed.
    Reauth,
}

/// Longer than telling takes.
const TELLING_TIME_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Tells what there is to tell, once.
///
/// That somebody tells is committed first, with a lease, so that of two only one does; that it was told is committed
/// afterwards. Whoever dies in between is made up for when the lease is over: told twice, rather than never.
///
/// # Errors
/// [`super::RefreshError`].
pub async fn tell(refresh: &Refresh<'_>, connection: &Connection, announcer: &dyn Announcer) -> Done<Told> {
    let Some(known) = refresh.known(connection).await? else { return Ok(Told::Nothing) };
    let now = refresh.now();
    let Some((event, told)) = due(&known, now) else { return Ok(Told::Nothing) };
    let begun = Event::TellingBegun { lease_until: now + TELLING_TIME_MAX };
    let Some(telling) = authorisation::decide(Some(&known), &connection.id, &begun, now) else {
        return Ok(Told::Nothing);
    };
    if !refresh.try_commit(connection, &telling).await? {
        return Ok(Told::Nothing);
    }
    let (subject, text) = words(&connection.id, &known, told, now);
    if let Err(source) = announcer.announce(&subject, &text).await {
        refresh.commit(connection, &Event::TellingFailed).await?;
        return Err(refresh.store(connection, source));
    }
    refresh.commit(connection, &event).await?;
    Ok(told)
}

fn due(known: &Authorisation, now: Timestamp) -> Option<(Event<'static>, Told)> {
    if known.needs_reauth(now).is_some() {
        return (!known.reauth_told).then_some((Event::ReauthTold, Told::Reauth));
    }
    known.warning_due(now).map(|days| (Event::Warned { days }, Told::Warned(days)))
}

fn words(connection: &ConnectionId, known: &Authorisation, told: Told, now: Timestamp) -> (String, String) {
    let what_to_do = "Open the console, or run `tallyman connections list`, and connect it again.";
    match told {
        Told::Warned(days) => {
            let end = known.ends_at(now).map_or_else(|| "soon".to_owned(), |end| format!("{end:.0}"));
            let within = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            (
                format!("Tallyman: connection {connection} ends within {within}"),
                format!(
                    "The authorisation of connection {connection} ends at {end}. From then on its orders are no longer read and its \
                     shipments no longer announced, until somebody authorises it again. {what_to_do}"
                ),
            )
        }
        Told::Reauth | Told::Nothing => {
            let why = known.needs_reauth(now).map_or("it can't be used", |why| why.words());
            (
                format!("Tallyman: connection {connection} needs to be authorised again"),
                format!(
                    "Connection {connection}: {why}. Until then its orders are not read and its shipments not announced; what \
                     arrives meanwhile is kept, and afterwards it goes on where it was. {what_to_do}"
                ),
            )
        }
    }
}
