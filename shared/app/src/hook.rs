//! receive-webhook: verifies the raw bytes, puts a hint on the queue, answers. Nothing is believed, nothing fetched.
//!
//! A hint that comes twice, late or out of order finds nothing to do, so a replayed webhook has one effect.

use crate::{
    connection::{Account, Connection},
    ports::{Hint, HintQueue, SweepStep},
    step::{At, StepError, wake},
};
use std::time::Duration;
use tallyman_domain::{MarketplaceOrderId, OrderRef, SellerId};

/// What a webhook says, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// These shipments: a resource on the allow-list.
    Resource(String),
    /// Something changed; which shipments it was, a sweep finds.
    Something,
}

/// Puts the hint on the queue.
///
/// # Errors
/// [`StepError`]: the sender must be told to come again.
pub async fn accept(queue: &dyn HintQueue, account: &Account, told: Told) -> Result<(), StepError> {
    let account_id = account.id.clone();
    let hint = match told {
        Told::Resource(resource_url) => Hint::Follow { account: account_id, resource_url, page: 0 },
        Told::Something => {
            Hint::Sweep { account: account_id, window: None, from: SweepStep::default(), page: 0, unless_recent: true }
        }
    };
    wake(queue, &[hint], Duration::ZERO).await.at(&account.id)
}

/// A connection that may be meant by a marketplace's push message: one of the app that signed it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Who authorised it, if that is known.
    pub seller: Option<&'a SellerId>,
}

/// What comes of a push message about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// Read the order again.
    Wake(Hint),
    /// Another seller's: the app has one callback URL for all its sellers, some of whom may not be connected here.
    Stranger,
    /// The connection is paused; what arrives meanwhile is found by its next poll.
    Paused,
    /// Not a number that an order can have.
    NoOrder,
}

/// Whose order is it?
///
/// The seller that the message names decides. Where the message names none, or nobody knows who
/// authorised the connection it came to (registered without a browser, and not renewed yet), it is that connection's.
#[must_use]
pub fn pushed(came_to: Candidate<'_>, others: &[Candidate<'_>], seller: Option<&str>, order: &str) -> Pushed {
    let Ok(order) = MarketplaceOrderId::parse(order) else { return Pushed::NoOrder };
    let is_sellers = |candidate: &&Candidate<'_>| candidate.seller.map(SellerId::as_str) == seller;
    let meant = match (seller, came_to.seller) {
        (None, _) | (_, None) => Some(&came_to),
        (Some(named), Some(known)) if known.as_str() == named => Some(&came_to),
        _ => others.iter().find(is_sellers),
    };
    match meant.map(|candidate| candidate.connection) {
        None => Pushed::Stranger,
        Some(connection) if connection.removed => Pushed::Stranger,
        Some(connection) if connection.paused => Pushed::Paused,
        Some(connection) => Pushed::Wake(Hint::Read { orders: vec![OrderRef::new(connection.id.clone(), order)] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallyman_domain::{AccountId, ConnectionId, MarketplaceKind, Settings};

    fn connection(id: &str) -> Connection {
        Connection {
            id: ConnectionId::parse(id).unwrap(),
            marketplace: MarketplaceKind::AliExpress,
            account: AccountId::parse("main").unwrap(),
            app_budget: None,
            paused: false,
            removed: false,
            settings: Settings::default(),
        }
    }

    fn wakes(id: &str, order: &str) -> Pushed {
        let reference = OrderRef::new(ConnectionId::parse(id).unwrap(), MarketplaceOrderId::parse(order).unwrap());
        Pushed::Wake(Hint::Read { orders: vec![reference] })
    }

    #[test]
    fn the_seller_that_a_message_names_decides_whose_order_it_is() {
        let (one, two) = (connection("ae-one"), connection("ae-two"));
        let (first, second) = (SellerId::parse("1").unwrap(), SellerId::parse("2").unwrap());
        let came_to = Candidate { connection: &one, seller: Some(&first) };
        let others = [Candidate { connection: &two, seller: Some(&second) }];
        assert_eq!(pushed(came_to, &others, Some("1"), "81"), wakes("ae-one", "81"));
        assert_eq!(pushed(came_to, &others, Some("2"), "81"), wakes("ae-two", "81"));
        assert_eq!(pushed(came_to, &others, Some("3"), "81"), Pushed::Stranger);
        assert_eq!(pushed(came_to, &[], Some("2"), "81"), Pushed::Stranger);
    }

    #[test]
    fn where_nobody_knows_the_seller_it_is_the_connection_it_came_to() {
        let one = connection("ae-one");
        let seller = SellerId::parse("1").unwrap();
        let unknown = Candidate { connection: &one, seller: None };
        assert_eq!(pushed(unknown, &[], Some("9"), "81"), wakes("ae-one", "81"));
        let known = Candidate { connection: &one, seller: Some(&seller) };
        assert_eq!(pushed(known, &[], None, "81"), wakes("ae-one", "81"));
    }

    #[test]
    fn a_paused_or_removed_connection_and_an_odd_number_wake_nobody() {
        let paused = Connection { paused: true, ..connection("ae-one") };
        let removed = Connection { removed: true, ..connection("ae-one") };
        let one = connection("ae-one");
        let push = |connection, order| pushed(Candidate { connection, seller: None }, &[], None, order);
        assert_eq!(push(&paused, "81"), Pushed::Paused);
        assert_eq!(push(&removed, "81"), Pushed::Stranger);
        assert_eq!(push(&one, "8/1"), Pushed::NoOrder);
        assert_eq!(push(&one, ""), Pushed::NoOrder);
    }
}
