//! What happened to an order: the trail, what people did, and what became of its exceptions, in one list.

use crate::{
    pages::{Page, when::When},
    texts::{Orders, fill},
};
use jiff::Timestamp;
use tallyman_app::ports::{DEEDS_MAX, Deed};
use tallyman_domain::{
    Exception, OrderState,
    exception::life::{Entry, What as Life},
    failures::{Call, Failure, How},
    trail::{STEPS_MAX, Step, What},
};

/// One line of the timeline.
pub(crate) struct Moment {
    pub(crate) at: When,
    pub(crate) who: String,
    pub(crate) text: String,
    pub(crate) note: Option<String>,
    pub(crate) mood: &'static str,
    sort: Timestamp,
}

/// The newest last; and whether the middle is missing.
pub(super) fn of(page: &Page, state: &OrderState, deeds: &[Deed]) -> (Vec<Moment>, bool) {
    let steps = state.trail.steps();
    let mut moments: Vec<Moment> = steps.iter().map(|step| of_step(page, state, step)).collect();
    moments.extend(state.failures.all().iter().flat_map(|failure| of_failure(page, state, failure)));
    moments.extend(deeds.iter().map(|deed| of_deed(page, deed)));
    for exception in state.exceptions.iter().chain(&state.closed) {
        moments.extend(of_exception(page, exception, deeds));
    }
    // Stable: what happened in one second stays in the order it was written down.
    moments.sort_by_key(|moment| moment.sort.as_second());
    (moments, steps.len() >= STEPS_MAX || deeds.len() >= DEEDS_MAX)
}

/// Who said it, what, and how that is.
fn words(t: &Orders, what: What) -> (&'static str, &'static str, &'static str) {
    match what {
        What::Unpaid => (t.at_marketplace, t.step_unpaid, "calm"),
        What::Paid => (t.at_marketplace, t.step_paid, "calm"),
        What::OnHold => (t.at_marketplace, t.step_on_hold, "warn"),
        What::Shipped => (t.at_marketplace, t.step_shipped, "good"),
        What::Cancelled => (t.at_marketplace, t.step_cancelled, "bad"),
        What::Changed => (t.at_marketplace, t.step_changed, "calm"),
        What::Exported => (t.at_shipstation, t.step_exported, "good"),
        What::ExportRefused => (t.at_shipstation, t.step_export_refused, "bad"),
        What::Labelled => (t.at_shipstation, t.step_labelled, "calm"),
        What::LabelChanged => (t.at_shipstation, t.step_label_changed, "warn"),
        What::LabelVoided => (t.at_shipstation, t.step_label_voided, "warn"),
        What::ProofKept => (t.at_us, t.step_proof_kept, "good"),
        What::ProofTaken => (t.at_marketplace, t.step_proof_taken, "good"),
        What::Attempted => (t.at_us, t.step_attempted, "calm"),
        What::Told => (t.at_marketplace, t.step_told, "good"),
        What::Shown => (t.at_marketplace, t.step_shown, "good"),
        What::Parked => (t.at_us, t.step_parked, "bad"),
        What::Vanished => (t.at_us, t.step_vanished, "warn"),
        What::Held => (t.at_us, t.step_held, "warn"),
        What::Released => (t.at_us, t.step_released, "calm"),
    }
}

fn of_step(page: &Page, state: &OrderState, step: &Step) -> Moment {
    let (who, text, mood) = words(page.t.orders, step.what);
    Moment {
        at: When::exact(step.at, &page.reads),
        who: who.to_owned(),
        text: text.to_owned(),
        note: note(page.t.orders, state, step.shipment, step.took_ms),
        mood,
        sort: step.at,
    }
}

/// Which parcel, where there are several, and how long the call took.
fn note(t: &Orders, state: &OrderState, shipment: Option<usize>, took_ms: Option<u32>) -> Option<String> {
    let parcel =
        shipment.filter(|_| state.shipments.len() > 1).map(|index| fill(t.parcel, &[("n", &(index + 1).to_string())]));
    let took = took_ms.map(|ms| fill(t.took, &[("time", &length(ms))]));
    let note: Vec<String> = parcel.into_iter().chain(took).collect();
    (!note.is_empty()).then(|| note.join(", "))
}

/// A call that failed: when for the first time, and when for the last. How long it took is known of the last.
fn of_failure(page: &Page, state: &OrderState, failure: &Failure) -> Vec<Moment> {
    let t = page.t.orders;
    let (who, what) = match failure.call {
        Call::Read => (t.at_marketplace, t.failed_read),
        Call::Export => (t.at_shipstation, t.failed_export),
        Call::Proof => (t.at_marketplace, t.failed_proof),
        Call::Notice => (t.at_marketplace, t.failed_notice),
        Call::ReadBack => (t.at_marketplace, t.failed_read_back),
        Call::Answer => (t.at_marketplace, t.failed_answer),
    };
    let how = match failure.how {
        How::Throttled => t.how_throttled,
        How::Unreachable => t.how_unreachable,
        How::Unclear => t.how_unclear,
        How::Refused => t.how_refused,
        How::Unauthorised => t.how_unauthorised,
        How::Unreadable => t.how_unreadable,
    };
    let moment = |at: Timestamp, took_ms: Option<u32>| Moment {
        at: When::exact(at, &page.reads),
        who: who.to_owned(),
        text: fill(t.failed, &[("what", what), ("how", how)]),
        note: note(t, state, failure.shipment, took_ms),
        mood: "warn",
        sort: at,
    };
    if failure.count == 1 {
        return vec![moment(failure.first, failure.took_ms)];
    }
    let mut last = moment(failure.last, failure.took_ms);
    // Since when, the first one says, which stands above.
    let again = fill(t.failed_again, &[("n", &failure.count.to_string())]);
    last.note = Some([Some(again), last.note].into_iter().flatten().collect::<Vec<_>>().join(", "));
    vec![moment(failure.first, None), last]
}

fn length(ms: u32) -> String {
    if ms < 10_000 { format!("{ms} ms") } else { format!("{} s", ms / 1_000) }
}

fn of_deed(page: &Page, deed: &Deed) -> Moment {
    let t = page.t.orders;
    let text = match deed.what.as_str() {
        "hold" => t.deed_hold,
        "release" => t.deed_release,
        "read_again" => t.deed_sync,
        "ask_again" => t.deed_again,
        "attach" => t.deed_attach,
        "accept_cancellation" => t.deed_accept,
        "refuse_cancellation" => t.deed_refuse,
        "resolve" => t.exception_resolved,
        "assign" if deed.note.is_empty() => t.exception_given_back,
        "assign" => t.exception_assigned,
        "comment" => t.exception_commented,
        other => other,
    };
    if let Some(kind) = deed.about {
        // Whom it was given to is a colleague's name.
        let note = if deed.what == "assign" { deed.note.clone() } else { page.note(&deed.note) };
        let text = fill(text, &[("kind", &page.exception_words(kind).0), ("note", &note)]);
        let mood = if deed.what == "resolve" { "good" } else { "calm" };
        return Moment {
            at: When::exact(deed.at, &page.reads),
            who: deed.by.clone(),
            text,
            note: None,
            mood,
            sort: deed.at,
        };
    }
    Moment {
        at: When::exact(deed.at, &page.reads),
        who: deed.by.clone(),
        text: text.to_owned(),
        note: Some(page.note(&deed.note)).filter(|note| !note.is_empty()),
        mood: "calm",
        sort: deed.at,
    }
}

/// What people did to it is told by what they did, where that is known: longer, and of more exceptions.
fn of_exception(page: &Page, exception: &Exception, deeds: &[Deed]) -> Vec<Moment> {
    let t = page.t.orders;
    let (kind, _) = page.exception_words(exception.kind);
    let moment = |at: Timestamp, who: Option<&String>, text: &'static str, note: &str, mood| Moment {
        at: When::exact(at, &page.reads),
        who: who.cloned().unwrap_or_else(|| t.at_us.to_owned()),
        text: fill(text, &[("kind", &kind), ("note", note)]),
        note: None,
        mood,
        sort: at,
    };
    let mut moments = Vec::new();
    if !exception.history.iter().any(|entry| entry.what == Life::Opened) {
        moments.push(moment(exception.since, None, t.exception_opened, "", "bad"));
    }
    let is_told = |entry: &&Entry| {
        let same = |deed: &Deed| deed.about == Some(exception.kind) && deed.at.as_second() == entry.at.as_second();
        entry.by.is_some() && deeds.iter().any(same)
    };
    moments.extend(exception.history.iter().filter(|entry| !is_told(entry)).map(|entry: &Entry| {
        let note = entry.note.as_deref().unwrap_or_default();
        // Whom it was given to is a colleague's name.
        let note = &*if entry.what == Life::Assigned { note.to_owned() } else { page.note(note) };
        let (text, mood) = match entry.what {
            Life::Opened => (t.exception_opened, "bad"),
            Life::Cleared => (t.exception_cleared, "good"),
            Life::Reopened => (t.exception_reopened, "bad"),
            Life::Assigned if note.is_empty() => (t.exception_given_back, "calm"),
            Life::Assigned => (t.exception_assigned, "calm"),
            Life::Commented => (t.exception_commented, "calm"),
            Life::Resolved => (t.exception_resolved, "good"),
        };
        moment(entry.at, entry.by.as_ref(), text, note, mood)
    }));
    if let Some(tallyman_domain::exception::life::End::Cleared(at)) = exception.end {
        moments.push(moment(at, None, t.exception_cleared, "", "good"));
    }
    moments
}
