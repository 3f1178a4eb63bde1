//! What was found, with its values apart: every language can say it. The English sentence is what messages, the command
//! line and stored exceptions say; it is written down here and nowhere else.

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use std::fmt;

/// So much of each value is kept, in bytes of UTF-8.
const VALUE_BYTES_MAX: usize = 120;

/// Something that stands inside a finding.
trait Value: Sized {
    fn bounded(self) -> Self;
    fn sample(name: &str) -> Self;
}

impl Value for String {
    fn bounded(self) -> Self {
        super::cut(&self, VALUE_BYTES_MAX)
    }
    fn sample(name: &str) -> Self {
        format!("<{name}>")
    }
}

impl Value for Box<Finding> {
    fn bounded(self) -> Self {
        Self::new((*self).bounded())
    }
    fn sample(_: &str) -> Self {
        Self::new(Finding::NoNumber)
    }
}

macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* })? = $english:literal;)*) => {
        /// What was found.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Finding { $($(#[$doc])* $name $({ $($(#[$field_doc])* $field: $type),* })?),* }

        impl Finding {
            /// One of each, every value being its own name: for whoever has to have words for all of them.
            #[must_use]
            pub fn samples() -> Vec<Self> {
                vec![$(Self::$name $({ $($field: <$type as Value>::sample(stringify!($field))),* })?),*]
            }

            /// With values that are short enough to be kept.
            #[must_use]
            pub(crate) fn bounded(self) -> Self {
                match self { $(Self::$name $({ $($field),* })? => Self::$name $({ $($field: $field.bounded()),* })?),* }
            }
        }

        /// In English.
        impl fmt::Display for Finding {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$name $({ $($field),* })? => write!(f, $english)),* }
            }
        }
    };
}

findings! {
    /// Somebody else's words: a service's reason.
    Words {
        /// The words.
        words: String
    } = "{words}";
    /// No map knows the status.
    Status {
        /// The marketplace's word.
        word: String
    } = "status {word:?}";
    /// There is no address.
    NoAddress = "the marketplace gives no address";
    /// There is one, and it can't be used.
    BadAddress {
        /// Why, in the words of whoever read it.
        why: String
    } = "{why}";
    /// A call was refused.
    Refused {
        /// By which service.
        service: String,
        /// Which call.
        call: String,
        /// The service's code.
        code: String,
        /// Its words.
        message: String
    } = "{service} refused {call}: {code} {message}";
    /// An answer can't be read.
    Unreadable {
        /// Whose.
        service: String,
        /// To which call.
        call: String,
        /// Where.
        path: String,
        /// What is wrong there.
        what: String
    } = "{service} answered {call} with data that can't be read at {path}: {what}";
    /// Nobody knows what a call did.
    Unclear {
        /// Which service.
        service: String,
        /// Which call.
        call: String,
        /// What came instead of an answer.
        what: String
    } = "{service} gave no usable answer to {call}: {what}";
    /// A call found nobody there.
    Unreachable {
        /// Which service.
        service: String,
        /// Which call.
        call: String
    } = "{service} can't be reached for {call}";
    /// Too many calls.
    Throttled {
        /// Which service.
        service: String,
        /// Which call.
        call: String,
        /// For how long (s).
        wait_s: String
    } = "{service} throttles {call} for {wait_s} s";
    /// A token isn't accepted.
    Unauthorised {
        /// Which service.
        service: String,
        /// Its code.
        code: String
    } = "{service} no longer accepts the authorisation ({code})";
    /// A connection waits for a person.
    NeedsReauth {
        /// Which connection.
        connection: String,
        /// Where.
        service: String
    } = "connection {connection} has to be authorised again at {service}";
    /// There is a label, and a person holds the order.
    LabelledWhileHeld = "a person holds it, and there is a label: release it, or void the label";
    /// The marketplace says something else after the order left.
    SaidAfterShipment {
        /// Its word.
        word: String
    } = "the marketplace says {word:?} after it was shipped";
    /// Cancelled, and there is a label.
    CancelledWithLabel {
        /// The marketplace's word.
        word: String
    } = "the marketplace says {word:?}, and there is a label";
    /// Changed after a label that is void by now.
    ChangedAfterFirstLabel = "address or goods were changed after the first label was made";
    /// Changed after the label.
    ChangedAfterLabel = "address or goods were changed after the label was made";
    /// Changed at the same time.
    ChangedWhileLabelled = "the order was changed while the label was made: it may show what was before";
    /// The buyer asks to cancel.
    AsksToCancel = "the buyer asks to cancel";
    /// Cancelled at the marketplace.
    CancelledThere = "cancelled at the marketplace";
    /// Shipped, by the marketplace's word.
    ShippedThere = "the marketplace calls it shipped";
    /// A parcel with somebody else's goods.
    OtherLines {
        /// Which lines.
        lines: String
    } = "it also carries lines of another order: {lines}";
    /// More than was ordered.
    TooMuch {
        /// Of which lines.
        lines: String
    } = "more shipped than ordered of line {lines}";
    /// A second one where only one can be told.
    Another = "the order is to be told in one shipment, and this is another";
    /// One number for several orders.
    Shared {
        /// The number.
        number: String
    } = "shipped with another order as {number}";
    /// Voided after it was told.
    VoidedAfterTold = "voided after the marketplace was told; it still shows the old number";
    /// Changed after it was told.
    ChangedAfterTold = "changed after the marketplace was told";
    /// Changed after a person took its notice over.
    ChangedAfterLeft = "the label was changed after its notice was left to a person";
    /// Accepted, and not shown.
    NotShown = "accepted, but not shown when read back";
    /// Neither an answer nor a way to find out.
    NoAnswer = "no answer, and reading back doesn't tell";
    /// No code for the carrier.
    Unmapped {
        /// ShipStation's carrier.
        carrier: String,
        /// ShipStation's service.
        service: String
    } = "carrier {carrier:?} service {service:?} has no code at the marketplace";
    /// The service's pattern refuses the number.
    NumberRefused {
        /// The marketplace's code.
        code: String,
        /// The number.
        number: String
    } = "{code} does not take tracking number {number:?}";
    /// There is no number.
    NoNumber = "the shipment has no tracking number";
    /// A finding, and what ShipStation says about its own notice.
    AndSaid {
        /// The finding.
        finding: Box<Finding>,
        /// ShipStation's words.
        words: String
    } = "{finding}; ShipStation said: {words}";
    /// Something that a step needs isn't stored.
    MissingOrder = "the order is missing; ask for the order to be read again";
    /// As before.
    MissingShipment = "the shipment is missing; ask for the order to be read again";
    /// As before.
    MissingAddress = "the ship-to address is missing; ask for the order to be read again";
    /// As before.
    MissingProof = "the stored proof is missing; ask for the order to be read again";
    /// A shipment of an order that can't be read.
    ItsOrderUnreadable = "its order can't be read";
    /// A number like one of ours, and ids that say otherwise.
    LooksLikeOurs {
        /// The order number.
        number: String
    } = "order number {number} looks like ours, but ShipStation's order ids don't agree";
    /// Cancelled, and still offered to be packed.
    StillOffered = "cancelled at the marketplace; ShipStation offers it";
    /// ... though it was told.
    StillOfferedThoughTold = "cancelled at the marketplace; ShipStation offers it, though it was told twice";
    /// Records of a marketplace's list that are nobody's order.
    Nameless {
        /// At which connection.
        connection: String,
        /// How many.
        count: String,
        /// Of which list.
        list: String,
        /// Since when,
        since: String,
        /// until when.
        until: String,
        /// Where the first one is, and what is wrong with it.
        what: String
    } = "{connection}: {count} record(s) of the list {list} from {since} to {until} have no order number that can be read ({what})";
    /// Held or not paid, and offered to be packed.
    OfferedThoughHeld = "held or not paid; ShipStation offers it";
    /// ... though it was told.
    OfferedThoughHeldAndTold = "held or not paid; ShipStation offers it, though it was told twice";
    /// Gone from ShipStation.
    GoneThere =
        "ShipStation no longer has it, and no waiting, held or shipped order is known that it was merged into";
    /// Cancelled in ShipStation.
    CancelledInWarehouse = "it is cancelled in ShipStation";
    /// A key of ours that the marketplace doesn't know.
    OfferedUnknown {
        /// The order that the key names.
        order: String,
        /// ShipStation's id.
        id: String
    } = "ShipStation offers order {order} as {id}, and the marketplace doesn't give it to us";
    /// The proof is gone.
    ProofGone = "the proof isn't where it was stored";
    /// The proof is another one.
    ProofOther = "the stored proof isn't the one that was stored";
    /// A step hangs.
    StepHangs = "a step has been pending for hours, and waking it didn't help";
    /// A poll or sweep stands.
    ReadsNothing {
        /// The cursor.
        cursor: String
    } = "{cursor}: it has read nothing for hours";
    /// ... and never got to its end.
    NeverFinished {
        /// The cursor.
        cursor: String
    } = "{cursor}: it has not finished once since it was authorised";
}

impl From<&str> for Finding {
    fn from(words: &str) -> Self {
        Self::Words { words: words.to_owned() }
    }
}

impl From<&crate::carrier::NoService> for Finding {
    fn from(no: &crate::carrier::NoService) -> Self {
        use crate::carrier::NoService as No;
        match no.clone() {
            No::Unmapped { carrier, service } => Self::Unmapped { carrier, service },
            No::NumberRefused { code, number } => Self::NumberRefused { code, number },
            No::NoNumber => Self::NoNumber,
        }
    }
}

/// What a newer version of ours found is no reason for an older one not to read the order: the sentence is there.
pub(super) fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Finding>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Known(Finding),
        Newer(IgnoredAny),
    }
    Ok(match Option::deserialize(from)? {
        Some(Stored::Known(finding)) => Some(finding),
        Some(Stored::Newer(IgnoredAny)) | None => None,
    })
}

#[cfg(test)]
#[path = "finding_tests.rs"]
mod tests;
