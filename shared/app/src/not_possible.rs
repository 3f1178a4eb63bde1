//! Why something that a person asked of an order isn't done.

/// Why not. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// Nobody has heard of it.
    #[error("no such order; look for its number in the exceptions")]
    NoSuchOrder,
    /// Nobody would know who did it.
    #[error("it has to be known who does it")]
    Nameless,
    /// A reason is part of the act.
    #[error("a reason has to be given")]
    NoReason,
    /// Nothing is left to hold.
    #[error("it can't be held: it has a label, is held already, or has ended")]
    CantBeHeld,
    /// There is nothing to release.
    #[error("nobody holds it")]
    NotHeld,
    /// Only what surely took no effect is tried again.
    #[error("nothing of it was refused; what may have arrived is never sent twice")]
    NothingRefused,
    /// No number looks like that.
    #[error("a tracking number has 4 to 60 letters and digits")]
    BadNumber,
    /// A parcel has a carrier.
    #[error("the carrier has to be named")]
    NoCarrier,
    /// A parcel leaves on a day.
    #[error("a day is written 2026-11-20")]
    BadDay,
    /// A parcel of nobody knows what.
    #[error("the order can't be read, so nobody knows what is in it")]
    Unreadable,
    /// Nothing ships any more.
    #[error("it is cancelled at the marketplace")]
    Cancelled,
    /// It is attached already.
    #[error("it has a parcel with this number already")]
    NumberTaken,
    /// No id can be made of the number.
    #[error("this number can't be kept")]
    BadKey,
    /// There is nothing to answer.
    #[error("the buyer doesn't ask to cancel it (any more); nothing was answered")]
    NobodyAsks,
    /// The parcel would leave all the same.
    #[error("there is a label: void it in ShipStation first, or refuse the cancellation")]
    VoidFirst,
    /// The marketplace wants to know whom the answer is for.
    #[error("the buyer's login isn't known; answer at the marketplace")]
    BuyerUnknown,
}

impl NotPossible {
    /// All of them, for whoever has to have words for each.
    pub const ALL: [Self; 16] = [
        Self::NoSuchOrder,
        Self::Nameless,
        Self::NoReason,
        Self::CantBeHeld,
        Self::NotHeld,
        Self::NothingRefused,
        Self::BadNumber,
        Self::NoCarrier,
        Self::BadDay,
        Self::Unreadable,
        Self::Cancelled,
        Self::NumberTaken,
        Self::BadKey,
        Self::NobodyAsks,
        Self::VoidFirst,
        Self::BuyerUnknown,
    ];
}
