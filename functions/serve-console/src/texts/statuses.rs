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
