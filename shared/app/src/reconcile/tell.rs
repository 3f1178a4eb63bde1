//! People are told: before a deadline, once for each cause and bar, and once a day how things stand.
//!
//! That something is being told is noted before, so that of two runs one tells, and that it was told afterwards. When
//! telling fails the note is taken back; whoever dies in between is made up for by the next run.

use super::report::{Report, named, owner_of};
use crate::{
    connection::Connection,
    ports::{Announcer, Clock, NoteStore, StoreError},
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, fmt::Write as _};
use tallyman_domain::{
    Exception, ExceptionKind,
    exception::alert::{Due, Told, look},
};

const ALERTS: &str = "alerts";
const DIGEST: &str = "digest";
/// Orders that are named in a message.
const NAMED_MAX: usize = 10;
/// Messages of one run; the next run tells the rest.
const MESSAGES_MAX: usize = 20;
/// Runs that write one note at once are few.
const WRITES_MAX: usize = 5;
/// A digest that is asked for again so soon has been told.
const DIGEST_GAP: SignedDuration = SignedDuration::from_hours(6);

/// The use case.
pub struct Tell<'a> {
    /// What was told.
    pub notes: &'a dyn NoteStore,
    /// The way to people.
    pub announcer: &'a dyn Announcer,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Connections, for their owners.
    pub connections: &'a [Connection],
    /// At how many hours left people are told.
    pub bars_h: &'a [u32],
}

/// The exceptions of one kind at one connection or account: one cause, one message.
struct Cause<'e> {
    place: &'e str,
    kind: ExceptionKind,
    open: Vec<(&'e str, &'e Exception)>,
}

impl Tell<'_> {
    /// Tells what comes near. Returns how many messages that were.
    ///
    /// # Errors
    /// [`StoreError`] when the note can't be read or written, or a message wasn't accepted; the next run tells it.
    pub async fn alerts(&self, open: &[(String, Exception)]) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let (mut version, mut told) = self.read(ALERTS).await?;
        let causes = causes(open);
        let mut quiet = told.clone();
        quiet.retain(|name, known: &mut Told| {
            causes.contains_key(name) || look(Some(known), &[], self.bars_h, now).0.is_some()
        });
        let (mut messages, mut changed) = (0, quiet != told);
        told = quiet;
        for (name, cause) in &causes {
            let due = |(_, e): &(_, &Exception)| Due { opened_at: e.opened_at(), deadline: e.deadline };
            let due: Vec<Due> = cause.open.iter().map(due).collect();
            let before = told.get(name).cloned();
            let (after, bar) = look(before.as_ref(), &due, self.bars_h, now);
            if after == before || (bar.is_some() && messages == MESSAGES_MAX) {
                continue;
            }
            put(&mut told, name, after);
            changed = true;
            let Some(bar_h) = bar else { continue };
            if !self.write(ALERTS, &mut version, &told).await? {
                return Ok(messages); // another run tells
            }
            changed = false;
            messages += 1;
            let (subject, text) = self.words(cause, bar_h, now);
            let sent = self.announcer.announce(&subject, &text).await;
            (version, told) = self.settle(ALERTS, name, sent.is_ok()).await?;
            sent?;
        }
        if changed {
            self.write(ALERTS, &mut version, &told).await?;
        }
        Ok(messages)
    }

    /// How things stand, once. False when that was told just now.
    ///
    /// # Errors
    /// As [`Tell::alerts`].
    pub async fn digest(&self, report: &Report) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let (mut version, mut told) = self.read(DIGEST).await?;
        let before = told.get(DIGEST);
        let known = before.and_then(Told::known);
        if before.is_some_and(|told| told.is_being_told(now))
            || known.is_some_and(|told| now.duration_since(told.at) < DIGEST_GAP)
        {
            return Ok(false);
        }
        let begun = Told::begun(0, known, now);
        put(&mut told, DIGEST, Some(begun));
        if !self.write(DIGEST, &mut version, &told).await? {
            return Ok(false);
        }
        let (subject, text) = digest_words(report, now);
        let sent = self.announcer.announce(&subject, &text).await;
        self.settle(DIGEST, DIGEST, sent.is_ok()).await?;
        sent.map(|()| true)
    }

    /// Notes that a message has left, or that it has not: in the newest note, which another run may have written.
    async fn settle(
        &self,
        note: &str,
        name: &str,
        was_told: bool,
    ) -> Result<(u64, BTreeMap<String, Told>), StoreError> {
        for _ in 0..WRITES_MAX {
            let (mut version, mut told) = self.read(note).await?;
            let after = told.get(name).and_then(|t| if was_told { Some(t.done()) } else { t.known().cloned() });
            put(&mut told, name, after);
            if self.write(note, &mut version, &told).await? {
                return Ok((version, told));
            }
        }
        Err(StoreError::Conflict { key: format!("note {note}") })
    }

    async fn read(&self, name: &str) -> Result<(u64, BTreeMap<String, Told>), StoreError> {
        let Some((version, text)) = self.notes.note(name).await? else { return Ok((0, BTreeMap::new())) };
        let told = serde_json::from_str(&text)
            .map_err(|error| StoreError::Corrupt { key: format!("note {name}"), what: error.to_string() })?;
        Ok((version, told))
    }

    /// False when another run wrote meanwhile.
    async fn write(&self, name: &str, version: &mut u64, told: &BTreeMap<String, Told>) -> Result<bool, StoreError> {
        let text = serde_json::to_string(told)
            .map_err(|error| StoreError::Corrupt { key: format!("note {name}"), what: error.to_string() })?;
        match self.notes.put_note(name, *version, &text).await {
            Ok(()) => {
                *version += 1;
                Ok(true)
            }
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn words(&self, cause: &Cause<'_>, bar_h: u32, now: Timestamp) -> (String, String) {
        let mut open = cause.open.clone();
        // First those that can still be helped in time.
        open.sort_by_key(|(subject, e)| (e.deadline <= now, e.deadline, *subject));
        let kind = named(cause.kind);
        let overdue = open.iter().filter(|(_, e)| e.deadline <= now).count();
        let left = open.first().map_or(SignedDuration::ZERO, |(_, e)| e.deadline.duration_since(now));
        let when = match overdue {
            0 => remaining(left),
            _ if overdue == open.len() => remaining(left),
            _ => format!("{overdue} overdue, the next has {}", remaining(left)),
        };
        let subject = format!("Tallyman: {} x {kind} at {}, {when}", open.len(), cause.place);
        let owner = open.first().map(|(subject, e)| named(owner_of(subject, e, self.connections)));
        let mut text = format!(
            "{} exception(s) {kind} at {} need {}; {overdue} overdue, the nearest deadline is less than {bar_h} h away.\n\nTo do: {}\n",
            open.len(),
            cause.place,
            owner.unwrap_or_default(),
            cause.kind.advice()
        );
        for (subject, e) in open.iter().take(NAMED_MAX) {
            let (age, left) = (now.duration_since(e.since), e.deadline.duration_since(now));
            let assignee = e.assignee.as_ref().map(|a| format!(", with {a}")).unwrap_or_default();
            let _ = write!(text, "\n{subject}: open for {}, {}{assignee}", hours(age), remaining(left));
        }
        if open.len() > NAMED_MAX {
            let _ = write!(text, "\n... and {} more", open.len() - NAMED_MAX);
        }
        text.push_str("\n\nAll of them: tallyman exceptions list. Runbook: infra/runbooks/exceptions.md.");
        (subject, text)
    }
}

fn put(told: &mut BTreeMap<String, Told>, name: &str, value: Option<Told>) {
    match value {
        Some(value) => told.insert(name.to_owned(), value),
        None => told.remove(name),
    };
}

fn causes(open: &[(String, Exception)]) -> BTreeMap<String, Cause<'_>> {
    let mut causes: BTreeMap<String, Cause<'_>> = BTreeMap::new();
    for (subject, exception) in open {
        let place = subject.split([':', '/']).next().unwrap_or_default();
        let cause = causes.entry(format!("{place} {}", named(exception.kind)));
        let cause = cause.or_insert(Cause { place, kind: exception.kind, open: Vec::new() });
        cause.open.push((subject, exception));
    }
    causes
}

fn hours(time: SignedDuration) -> String {
    let hours = time.as_hours();
    if hours == 0 { format!("{} min", time.as_mins()) } else { format!("{hours} h") }
}

fn remaining(left: SignedDuration) -> String {
    if left > SignedDuration::ZERO { format!("{} left", hours(left)) } else { format!("overdue by {}", hours(-left)) }
}

fn digest_words(report: &Report, now: Timestamp) -> (String, String) {
    let open: usize = report.owners.values().map(|of| of.open).sum();
    let unfinished: usize = report.stages.values().sum();
    let subject = format!("Tallyman: {unfinished} orders under way, {open} exceptions, {} overdue", report.overdue);
    let mut text = format!("As of {now:.0}.\n\nOrders under way:\n");
    for (stage, count) in &report.stages {
        let _ = writeln!(text, "  {}: {count}", stage.word());
    }
    text.push_str("\nExceptions by owner:\n");
    if report.owners.is_empty() {
        text.push_str("  none\n");
    }
    for (owner, of) in &report.owners {
        let age = hours(SignedDuration::from_secs(of.oldest_s));
        let _ = writeln!(text, "  {}: {}, the oldest for {age}: {}", named(owner), of.open, of.oldest);
    }
    let _ = write!(
        text,
        "\nNear their deadline: {}. Healed in the last 24 hours: {}. Oldest cursor: {}.",
        report.near_deadline,
        report.healed_day,
        hours(SignedDuration::from_secs(report.cursor_age_s))
    );
    (subject, text)
}
