//! The life of an exception: found, found again, cleared, reopened, resolved by hand.
//!
//! Rules only say what is wrong now. What that means for an exception that there was before is decided here, once for all
//! of them, by comparing the open ones before and after an event.

use super::Exception;
use crate::{Digest, ExceptionKind, OrderState, ShipmentId, state::NoticeState};
use jiff::{Timestamp, fmt::serde::timestamp::second};
use serde::{Deserialize, Serialize};

/// At most this much of its history is kept; the oldest goes first.
pub const HISTORY_MAX: usize = 8;
/// A name, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 80;
/// A reason or a comment, in bytes of UTF-8: 240 Latin letters, 80 Chinese characters.
pub const NOTE_BYTES_MAX: usize = 240;
/// What people wrote on one exception, in bytes: with it an order still fits in three KB.
const WORDS_BYTES_MAX: usize = 1_200;
/// Closed ones that keep their words; of the others only what they were about and how they ended is remembered.
const WORDY_MAX: usize = 2;
/// Cleared ones that are remembered, so that they can reopen with their past.
const CLEARED_MAX: usize = 2;
/// Resolved ones that are remembered; only people make them.
const RESOLVED_MAX: usize = 8;

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// It was opened; written down only when it closes and opens again.
    #[serde(rename = "o")]
    Opened,
    /// A later observation showed it to be gone.
    #[serde(rename = "c")]
    Cleared,
    /// It was found again after that.
    #[serde(rename = "u")]
    Reopened,
    /// A person took it, was given it, or gave it back.
    #[serde(rename = "a")]
    Assigned,
    /// A person wrote something.
    #[serde(rename = "m")]
    Commented,
    /// A person says that it is dealt with.
    #[serde(rename = "r")]
    Resolved,
}

/// One line of its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, to the second.
    #[serde(rename = "t", with = "second::required")]
    pub at: Timestamp,
    /// What.
    #[serde(rename = "e")]
    pub what: What,
    /// Who, if a person.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Reason, comment, or whom it was given to.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By itself.
    #[serde(rename = "c")]
    Cleared(#[serde(with = "second::required")] Timestamp),
    /// By hand. It stays so as long as the same is found: this is the digest of what was found.
    #[serde(rename = "r")]
    Resolved(String),
}

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act<'a> {
    /// It is dealt with.
    Resolve {
        /// How, or why it is none.
        reason: &'a str,
    },
    /// Somebody looks after it, or nobody.
    Assign {
        /// Who.
        to: Option<&'a str>,
    },
    /// Something for others to read.
    Comment {
        /// What.
        text: &'a str,
    },
}

/// A person's act on one open exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByHand<'a> {
    /// Of which kind.
    pub kind: ExceptionKind,
    /// About which shipment, if about one.
    pub shipment: Option<&'a ShipmentId>,
    /// Who acts.
    pub by: &'a str,
    /// What.
    pub act: Act<'a>,
}

fn clean(text: &str, bytes_max: usize) -> String {
    let text: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    super::cut(&text, bytes_max)
}

impl Entry {
    fn words_bytes(&self) -> usize {
        self.by.as_ref().map_or(0, String::len) + self.note.as_ref().map_or(0, String::len)
    }
}

impl Exception {
    fn note(&mut self, at: Timestamp, what: What, by: Option<&str>, note: Option<&str>) {
        let by = by.map(|by| clean(by, NAME_BYTES_MAX));
        let note = note.map(|note| clean(note, NOTE_BYTES_MAX));
        self.history.push(Entry { at, what, by, note });
        let too_much = |history: &[Entry]| {
            history.len() > HISTORY_MAX || history.iter().map(Entry::words_bytes).sum::<usize>() > WORDS_BYTES_MAX
        };
        while too_much(&self.history) {
            self.drop_oldest(1);
        }
    }

    fn drop_oldest(&mut self, entries: usize) {
        self.history.drain(..entries);
        self.dropped = self.dropped.saturating_add(u32::try_from(entries).unwrap_or(u32::MAX));
    }

    fn forget_finding(&mut self) {
        self.detail.clear();
        self.found = None;
    }

    /// Only that it was, and how it ended: enough to know it when it is found again.
    fn forget_words(&mut self) {
        self.forget_finding();
        self.drop_oldest(self.history.len());
    }

    /// Writes down what a person did. `fact` is the digest of what was found, for one that is resolved.
    pub fn act(&mut self, by: &str, act: Act<'_>, fact: impl FnOnce(&Self) -> String, now: Timestamp) {
        match act {
            Act::Resolve { reason } => {
                self.note(now, What::Resolved, Some(by), Some(reason));
                self.end = Some(End::Resolved(fact(self)));
            }
            Act::Assign { to } => {
                self.assignee = to.map(|to| clean(to, NAME_BYTES_MAX)).filter(|to| !to.is_empty());
                let assignee = self.assignee.clone();
                self.note(now, What::Assigned, Some(by), assignee.as_deref());
            }
            Act::Comment { text } => self.note(now, What::Commented, Some(by), Some(text)),
        }
    }

    fn clear(mut self, now: Timestamp) -> Self {
        self.end = Some(End::Cleared(now));
        self.forget_finding();
        self
    }

    /// Found again after it ended: its past goes on.
    fn reopen(&mut self, past: Self, now: Timestamp) {
        self.count = past.count.saturating_add(1);
        self.assignee = past.assignee;
        (self.history, self.dropped) = (past.history, past.dropped);
        if !self.history.iter().any(|e| e.what == What::Opened) {
            self.history.insert(0, Entry { at: past.since, what: What::Opened, by: None, note: None });
        }
        if let Some(End::Cleared(at)) = past.end {
            self.note(at, What::Cleared, None, None);
        }
        self.note(now, What::Reopened, None, None);
    }

    /// When it was opened for the first time, as far as its history goes back.
    #[must_use]
    pub fn opened_at(&self) -> Timestamp {
        self.history.first().map_or(self.since, |first| first.at.min(self.since))
    }

    fn is_resolved(&self) -> bool {
        matches!(self.end, Some(End::Resolved(_)))
    }

    /// The digest of what one says that belongs to no order.
    #[must_use]
    pub fn own_fact(&self) -> String {
        Digest::of_bytes(self.detail.as_bytes()).short()
    }

    /// For one that belongs to no order: what is to be stored when it is found while `past` is stored; `None` when
    /// nothing changes.
    #[must_use]
    pub fn found_after(mut self, past: Self) -> Option<Self> {
        match &past.end {
            None => None,
            Some(End::Resolved(fact)) if *fact == self.own_fact() => None,
            Some(_) => {
                let now = self.since;
                self.reopen(past, now);
                Some(self)
            }
        }
    }

    /// For one that belongs to no order: what is to be stored when it is found to be gone.
    #[must_use]
    pub fn gone(self, now: Timestamp) -> Option<Self> {
        let over = matches!(self.end, Some(End::Cleared(_)));
        (!over).then(|| self.clear(now))
    }
}

impl OrderState {
    /// What this exception is about, as a digest: as long as it stays the same, a resolved one stays resolved.
    #[must_use]
    pub fn fact(&self, exception: &Exception) -> String {
        use ExceptionKind as K;
        let mut fact = exception.detail.clone();
        match (&exception.shipment, exception.kind) {
            (Some(id), _) => fact.extend(self.shipment(id).map(|s| format!("|{}", s.facts))),
            (None, K::ExportRefused) => fact.extend(self.export.refused.as_deref()),
            // The words are the same whatever was changed: goods, address and labels are what it is about.
            (None, K::ChangedAfterLabel | K::ChangedAfterShipment | K::CancelledAfterLabel) => {
                fact.extend(self.facts.as_deref());
                fact.extend(self.shipments.iter().filter(|s| !s.voided).map(|s| format!("|{}", s.id)));
            }
            _ => {}
        }
        Digest::of_bytes(fact.as_bytes()).short()
    }

    /// Was one of this kind resolved by hand, and found no otherwise since?
    #[must_use]
    pub fn is_resolved(&self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.closed.iter().any(|e| e.is(kind, shipment) && e.is_resolved())
    }

    /// Did a person resolve what kept this shipment's notice from being sent? Then it is theirs.
    pub(crate) fn notice_was_resolved(&self, id: &ShipmentId) -> bool {
        let of_it = |e: &&Exception| e.shipment.as_ref() == Some(id) && e.kind.keeps_a_notice();
        self.closed.iter().filter(of_it).any(Exception::is_resolved)
    }

    /// Did a person take this shipment's notice over? Nothing is sent behind their back, whatever comes afterwards.
    #[must_use]
    pub fn is_taken_over(&self, id: &ShipmentId) -> bool {
        let parked = self.shipment(id).is_some_and(|s| s.notice == NoticeState::Parked);
        let keeps = |e: &Exception| e.shipment.as_ref() == Some(id) && e.kind.keeps_a_notice();
        // Who parked it has an exception open; where there is none, a person resolved it, however long ago.
        self.notice_was_resolved(id) || (parked && !self.exceptions.iter().any(keeps))
    }

    /// The resolved ones that an event shows to be gone when they count as open in `again`.
    pub(crate) fn resolved(&self) -> Vec<Exception> {
        self.closed.iter().filter(|e| e.is_resolved()).cloned().collect()
    }

    /// A person's act. Nothing happens when there is no such exception open.
    pub(crate) fn by_hand(&mut self, hand: ByHand<'_>, now: Timestamp) {
        let Some(index) = self.exceptions.iter().position(|e| e.is(hand.kind, hand.shipment)) else { return };
        let mut exception = self.exceptions[index].clone();
        exception.act(hand.by, hand.act, |e| self.fact(e), now);
        if !exception.is_resolved() {
            self.exceptions[index] = exception;
            return;
        }
        self.exceptions.remove(index);
        self.closed.retain(|e| !e.is(hand.kind, hand.shipment));
        self.closed.push(exception);
        // Whoever resolves it has dealt with the notice: it isn't sent behind the person's back.
        let subject = self.shipments.iter_mut().find(|s| Some(&s.id) == hand.shipment);
        if let Some(shipment) = subject.filter(|s| s.notice == NoticeState::Wanted && hand.kind.keeps_a_notice()) {
            shipment.notice = NoticeState::Parked;
        }
    }

    /// What an event means for the exceptions that there were. `gone` are resolved ones whose cause is gone.
    pub(crate) fn follow(&mut self, before: &[Exception], gone: &[Exception], now: Timestamp) {
        for past in self.closed.iter_mut().filter(|e| gone.iter().any(|g| g.is(e.kind, e.shipment.as_ref()))) {
            *past = past.clone().clear(now);
        }
        let found = std::mem::take(&mut self.exceptions);
        for mut exception in found {
            let (kind, shipment) = (exception.kind, exception.shipment.clone());
            let known = before.iter().find(|e| e.is(kind, shipment.as_ref()));
            let past = self.closed.iter().position(|e| e.is(kind, shipment.as_ref()));
            match (known, past) {
                // Cleared and raised in one go: it is the same one.
                (Some(known), _) if exception.count == 1 && known.since < exception.since => {
                    exception.since = known.since;
                    exception.deadline = exception.deadline.min(known.deadline);
                    exception.count = known.count.saturating_add(1);
                    exception.last_seen = Some(now);
                    exception.assignee.clone_from(&known.assignee);
                    exception.history.clone_from(&known.history);
                    (exception.dropped, exception.unlisted) = (known.dropped, known.unlisted);
                }
                (None, Some(index)) => {
                    if self.closed[index].end == Some(End::Resolved(self.fact(&exception))) {
                        continue;
                    }
                    exception.reopen(self.closed.remove(index), now);
                }
                _ => {}
            }
            self.exceptions.push(exception);
        }
        for lost in before {
            let (kind, shipment) = (lost.kind, lost.shipment.as_ref());
            let is_there = |e: &Exception| e.is(kind, shipment);
            if self.exceptions.iter().any(is_there) || self.closed.iter().any(is_there) {
                continue;
            }
            if lost.unlisted > 0 {
                // It stands for others, of which nobody knows whether they are gone.
                self.exceptions.push(lost.clone());
            } else {
                self.closed.push(lost.clone().clear(now));
            }
        }
        self.forget(CLEARED_MAX, |e| !e.is_resolved());
        self.forget(RESOLVED_MAX, Exception::is_resolved);
        let wordless = self.closed.len().saturating_sub(WORDY_MAX);
        self.closed.iter_mut().take(wordless).for_each(Exception::forget_words);
    }

    fn forget(&mut self, most: usize, these: impl Fn(&Exception) -> bool) {
        let mut surplus = self.closed.iter().filter(|e| these(e)).count().saturating_sub(most);
        self.closed.retain(|e| {
            let goes = surplus > 0 && these(e);
            surplus -= usize::from(goes);
            !goes
        });
    }
}

impl ExceptionKind {
    /// Does it keep a notice from being sent?
    pub(crate) fn keeps_a_notice(self) -> bool {
        matches!(
            self,
            Self::CarrierUnmapped
                | Self::TrackingRefused
                | Self::NoticeRefused
                | Self::NoticeAmbiguous
                | Self::ProofRefused
                | Self::ShipmentUnattributed
                | Self::Overshipped
                | Self::SecondShipment
                | Self::SharedNumber
        )
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod bounds_tests;
#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
