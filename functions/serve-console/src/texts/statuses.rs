//! What the statuses of orders are called, as ShipStation does.

use super::Language;
use tallyman_domain::OrderStatus as S;

pub(crate) fn status(status: S, language: Language) -> &'static str {
    language.pick(match status {
        S::AwaitingPayment => ("Awaiting payment", "Zahlung ausstehend"),
        S::AwaitingShipment => ("Awaiting shipment", "Versand ausstehend"),
        S::OnHold => ("On hold", "Angehalten"),
        S::Shipped => ("Shipped", "Versandt"),
        S::Cancelled => ("Cancelled", "Storniert"),
    })
}

/// The status of ShipStation's that is written so, if it is one that we know.
pub(crate) fn named(word: &str, language: Language) -> Option<&'static str> {
    let all = [S::AwaitingPayment, S::AwaitingShipment, S::OnHold, S::Shipped, S::Cancelled];
    all.into_iter().find(|known| known.word() == word).map(|known| status(known, language))
}
