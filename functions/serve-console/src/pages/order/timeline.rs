//! What happened to an order: the trail, what people did, and what became of its exceptions, in one list.

use crate::{
    pages::{Page, when::When},
    texts::{Orders, fill},
};
use jiff::Timestamp;
use tallyman_app::ports::Deed;
use tallyman_domain::{
    Exception, OrderState,
    exception::life::{Entry, What as Life},
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
    moments.extend(deeds.iter().map(|deed| of_deed(page, deed)));
    for exception in state.exceptions.iter().chain(&state.closed) {
        moments.extend(of_exception(page, exception));
    }
    // Stable: what happened in one second stays in the order it was written down.
    moments.sort_by_key(|moment| moment.sort.as_second());
    (moments, steps.len() >= STEPS_MAX)
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
    let t = page.t.orders;
    let (who, text, mood) = words(t, step.what);
    let parcel = step
        .shipment
        .filter(|_| state.shipments.len() > 1)
        .map(|index| fill(t.parcel, &[("n", &(index + 1).to_string())]));
    let took = step.took_ms.map(|ms| fill(t.took, &[("time", &length(ms))]));
    let note: Vec<String> = parcel.into_iter().chain(took).collect();
    Moment {
        at: When::exact(step.at, &page.reads),
        who: who.to_owned(),
        text: text.to_owned(),
        note: (!note.is_empty()).then(|| note.join(", ")),
        mood,
        sort: step.at,
    }
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
        other => other,
    };
    Moment {
        at: When::exact(deed.at, &page.reads),
        who: deed.by.clone(),
        text: text.to_owned(),
        note: Some(deed.note.clone()).filter(|note| !note.is_empty()),
        mood: "calm",
        sort: deed.at,
    }
}

fn of_exception(page: &Page, exception: &Exception) -> Vec<Moment> {
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
    moments.extend(exception.history.iter().map(|entry: &Entry| {
        let note = entry.note.as_deref().unwrap_or_default();
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
