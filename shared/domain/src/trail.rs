//! What happened to an order and when, for people: kept in the state itself, in some seven bytes a step.
//!
//! Nothing is decided by it. A journal of its own would cost a write a step; the state is written at every step anyway,
//! and DynamoDB charges by the KB.

use crate::{
    OrderState,
    state::{NoticeState, ShipmentState},
    tab::Tab,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// At most so many steps are kept.
pub const STEPS_MAX: usize = 40;
/// When there are more, the first ones stay, which tell how it began, and the newest.
const FIRST_KEPT: usize = 8;

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident = $letter:literal),* $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum What { $($(#[$doc])* $name),* }

        impl What {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            fn letter(self) -> char {
                match self { $(Self::$name => $letter),* }
            }
            fn of_letter(letter: char) -> Option<Self> {
                match letter { $($letter => Some(Self::$name),)* _ => None }
            }
        }
    };
}

whats! {
    /// The marketplace: it waits to be paid.
    Unpaid = 'u',
    /// The marketplace: it can be shipped.
    Paid = 'a',
    /// The marketplace, or a person: it is on hold.
    OnHold = 'o',
    /// The marketplace: it is shipped.
    Shipped = 's',
    /// The marketplace: it is cancelled.
    Cancelled = 'c',
    /// The marketplace gave it otherwise than before.
    Changed = 'f',
    /// ShipStation took it.
    Exported = 'e',
    /// ShipStation refused it.
    ExportRefused = 'r',
    /// ShipStation: there is a label, or it was marked as shipped.
    Labelled = 'h',
    /// ShipStation: the label was changed.
    LabelChanged = 'g',
    /// ShipStation: the label was voided.
    LabelVoided = 'v',
    /// Its proof is kept.
    ProofKept = 'p',
    /// The marketplace took the proof.
    ProofTaken = 'q',
    /// The notice was about to be sent.
    Attempted = 't',
    /// The marketplace accepted the notice.
    Told = 'n',
    /// The marketplace shows the notice.
    Shown = 'k',
    /// The notice waits for a person.
    Parked = 'w',
    /// It is known that an attempt took no effect.
    Vanished = 'x',
    /// A person holds it.
    Held = 'i',
    /// A person lets it go.
    Released = 'j',
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub what: What,
    /// Of which shipment: its place in the state's list.
    pub shipment: Option<usize>,
    /// When, to the second.
    pub at: Timestamp,
    /// How long the call to the outside took, where there was one (ms).
    pub took_ms: Option<u32>,
}

/// The steps of an order, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Trail(Vec<Step>);

impl Trail {
    /// The steps, the oldest first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, what: What, shipment: Option<usize>, at: Timestamp, took_ms: Option<u32>) {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        self.0.push(Step { what, shipment, at, took_ms });
        if self.0.len() > STEPS_MAX {
            self.0.remove(FIRST_KEPT);
        }
    }
}

/// `<letter><seconds since the step before>[:<shipment>][.<ms>]`, numbers in base 36, steps apart by commas.
impl From<Trail> for String {
    fn from(trail: Trail) -> Self {
        let mut text = Self::new();
        let mut before = 0;
        for step in &trail.0 {
            if !text.is_empty() {
                text.push(',');
            }
            text.push(step.what.letter());
            // A clock that was set back is no reason to lose the order of the steps.
            let at = step.at.as_second().max(before);
            base36(&mut text, at.abs_diff(before));
            before = at;
            if let Some(shipment) = step.shipment {
                let _ = write!(text, ":{shipment}");
            }
            if let Some(took_ms) = step.took_ms {
                text.push('.');
                base36(&mut text, took_ms.into());
            }
        }
        text
    }
}

/// What can't be read is left out: a trail is for people, and no reason for an order to stop.
impl From<String> for Trail {
    fn from(text: String) -> Self {
        let mut steps = Vec::new();
        let mut before = 0;
        for step in text.split(',').filter_map(|step| read(step, &mut before)).take(STEPS_MAX) {
            steps.push(step);
        }
        Self(steps)
    }
}

fn read(text: &str, before: &mut i64) -> Option<Step> {
    let what = What::of_letter(text.chars().next()?)?;
    let (rest, took) = text[1..].split_once('.').map_or((&text[1..], None), |(rest, took)| (rest, Some(took)));
    let (seconds, shipment) = rest.split_once(':').map_or((rest, None), |(rest, number)| (rest, Some(number)));
    let since = i64::from_str_radix(seconds, 36).ok()?;
    *before = before.checked_add(since)?;
    Some(Step {
        what,
        shipment: shipment.and_then(|number| number.parse().ok()),
        at: Timestamp::from_second(*before).ok()?,
        took_ms: took.and_then(|ms| u32::from_str_radix(ms, 36).ok()),
    })
}

pub(crate) fn base36(text: &mut String, mut number: u64) {
    let start = text.len();
    loop {
        let digit = char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36).unwrap_or('0');
        text.insert(start, digit);
        number /= 36;
        if number == 0 {
            return;
        }
    }
}

impl OrderState {
    /// Writes down what this state says that the one before didn't.
    pub(crate) fn leave_trail(
        &mut self,
        before: Option<&Self>,
        (took_ms, read_back_ms): (Option<u32>, Option<u32>),
        now: Timestamp,
    ) {
        let mut new: Vec<(What, Option<usize>)> = Vec::new();
        if before.is_none_or(|b| b.held != self.held) && (self.held || before.is_some()) {
            new.push((if self.held { What::Held } else { What::Released }, None));
        }
        if before.is_none_or(|b| b.status != self.status) {
            new.push((self.status_step(), None));
        } else if before.is_some_and(|b| b.facts.is_some() && b.facts != self.facts) {
            new.push((What::Changed, None));
        }
        let (export, was) = (&self.export, before.map(|b| &b.export));
        if export.sent.is_some() && was.is_none_or(|was| was.sent != export.sent) {
            new.push((What::Exported, None));
        }
        if export.refused.is_some() && was.is_none_or(|was| was.refused != export.refused) {
            new.push((What::ExportRefused, None));
        }
        for (index, shipment) in self.shipments.iter().enumerate() {
            let was = before.and_then(|b| b.shipment(&shipment.id));
            new.extend(of_shipment(shipment, was).into_iter().map(|what| (what, Some(index))));
        }
        // Accepted and seen to be shown by one event: two calls, two steps.
        let mut read_back = None;
        if let (Some(_), Some((What::Shown, shipment))) = (read_back_ms, new.last().copied()) {
            read_back = new.pop();
            new.push((What::Told, shipment));
        }
        // Whatever took its time was the call that this event settles: the last of what it led to.
        let last = new.len();
        for (place, (what, shipment)) in new.into_iter().enumerate() {
            self.trail.push(what, shipment, now, took_ms.filter(|_| place + 1 == last));
        }
        if let Some((what, shipment)) = read_back {
            self.trail.push(what, shipment, now, read_back_ms);
        }
    }

    fn status_step(&self) -> What {
        use crate::status::OrderStatus as S;
        match self.status {
            S::AwaitingPayment => What::Unpaid,
            S::AwaitingShipment => What::Paid,
            S::OnHold => What::OnHold,
            S::Shipped => What::Shipped,
            S::Cancelled => What::Cancelled,
        }
    }

    /// Is it held by a person, and would it otherwise go on?
    #[must_use]
    pub fn may_be_held(&self) -> bool {
        !self.held && matches!(self.tab(), Tab::AwaitingPayment | Tab::AwaitingShipment | Tab::OnHold)
    }
}

fn of_shipment(is: &ShipmentState, was: Option<&ShipmentState>) -> Vec<What> {
    let mut new = Vec::new();
    match was {
        None => new.push(What::Labelled),
        Some(was) if is.voided && !was.voided => new.push(What::LabelVoided),
        Some(was) if is.facts != was.facts => new.push(What::LabelChanged),
        Some(_) => {}
    }
    if let Some(proof) = &is.proof {
        let known = was.and_then(|was| was.proof.as_ref());
        let taken = proof.reference.is_some() && known.is_none_or(|known| known.reference.is_none());
        new.extend(known.is_none_or(|known| known.digest != proof.digest).then_some(What::ProofKept));
        new.extend(taken.then_some(What::ProofTaken));
    }
    new.extend(notice_step(&is.notice, was.map(|was| &was.notice)));
    new
}

fn notice_step(is: &NoticeState, was: Option<&NoticeState>) -> Option<What> {
    use NoticeState as N;
    match (was, is) {
        (Some(N::Attempting { tries: before, .. }), N::Attempting { tries, .. }) if before == tries => None,
        (_, N::Attempting { .. }) => Some(What::Attempted),
        (Some(N::Sent { .. }), N::Sent { .. }) | (Some(N::Confirmed { .. }), N::Confirmed { .. }) => None,
        (_, N::Sent { .. }) => Some(What::Told),
        (_, N::Confirmed { .. }) => Some(What::Shown),
        (Some(N::Attempting { .. }), N::Wanted | N::NotWanted) => Some(What::Vanished),
        (Some(N::Parked), N::Parked) => None,
        (_, N::Parked) => Some(What::Parked),
        (_, N::Wanted | N::NotWanted) => None,
    }
}

#[cfg(test)]
#[path = "trail_tests.rs"]
mod tests;
