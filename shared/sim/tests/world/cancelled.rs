//! Cancellations, requests for one, and holds.

use crate::{BOTH, change, exceptions, imported, label, told, voided};
use tallyman_domain::{ExceptionKind, MarketplaceKind, Order, OrderStatus, settings::Decider};
use tallyman_sim::{Fault, samples};

use crate::world::World;

fn cancelled(order: &mut Order) {
    if order.marketplace == MarketplaceKind::Alibaba {
        order.standing.status = "trade_close".into();
    } else {
        order.standing.status = "FINISH".into();
        order.standing.end_reason = Some("buyer_cancel_order".into());
    }
}

fn status_there(world: &World) -> OrderStatus {
    world.warehouse.orders()[&samples::reference(1).order_key()].1.status
}

#[tokio::test]
async fn cancelled_before_a_label_is_cancelled_in_the_warehouse_or_held_by_the_connections_choice() {
    for kind in BOTH {
        for (decider, status, open) in [
            (Decider::Marketplace, OrderStatus::Cancelled, vec![]),
            (Decider::Warehouse, OrderStatus::OnHold, vec![ExceptionKind::CancelledElsewhere]),
        ] {
            let mut world = imported(kind).await;
            world.connection.settings.cancelled_by = decider;
            change(&world, 1, cancelled).await;
            assert_eq!((status_there(&world), world.kinds(1)), (status, open), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_cancellation_that_is_made_twice_is_refused_looked_at_and_no_exception() {
    for kind in BOTH {
        let world = imported(kind).await;
        world.warehouse.fail([Fault::LoseAnswer]);
        change(&world, 1, cancelled).await;
        assert_eq!((status_there(&world), world.kinds(1)), (OrderStatus::Cancelled, vec![]), "{kind:?}");
        assert!(world.finished(1));
        let calls = world.warehouse.calls();
        assert_eq!(calls.iter().filter(|call| *call == "create_orders").count(), 3, "import, cancellation, and again");
        assert_eq!(calls.iter().filter(|call| *call == "entry").count(), 1);
    }
}

#[tokio::test]
async fn cancelled_after_a_label_is_a_persons_matter_until_the_label_is_void() {
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    change(&world, 1, cancelled).await;
    let open = exceptions(&world, 1);
    assert_eq!((open.len(), open[0].kind), (1, ExceptionKind::CancelledAfterLabel));
    let day_after_the_label = samples::label(1, "s1", &[]).shipment.created_at + jiff::SignedDuration::from_hours(24);
    assert_eq!(open[0].deadline, day_after_the_label, "the void window is 24 hours from the label");
    assert_eq!(status_there(&world), OrderStatus::AwaitingShipment, "ShipStation has locked it");
    label(&world, 1, "s1", &[], voided);
    world.sweep().await;
    assert!(world.kinds(1).is_empty());
    assert_eq!(status_there(&world), OrderStatus::Cancelled, "now it can be cancelled there");
}

#[tokio::test]
async fn a_wish_to_cancel_holds_the_order_and_its_notice_until_it_is_answered() {
    let world = imported(MarketplaceKind::AliExpress).await;
    let asks = |order: &mut Order| order.standing.status = "IN_CANCEL".into();
    change(&world, 1, asks).await;
    assert_eq!((status_there(&world), world.kinds(1)), (OrderStatus::OnHold, vec![ExceptionKind::CancelRequested]));
    change(&world, 1, |_| {}).await;
    assert_eq!((status_there(&world), world.kinds(1)), (OrderStatus::AwaitingShipment, vec![]), "refused");
    change(&world, 1, asks).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    assert!(told(&world).is_empty(), "held");
    change(&world, 1, |_| {}).await;
    assert_eq!(told(&world).len(), 1, "and released");
}

#[tokio::test]
async fn a_cancellation_is_a_tombstone_for_whatever_comes_late() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 0);
    let mut dead = samples::order(MarketplaceKind::AliExpress, 1);
    cancelled(&mut dead);
    world.market.put(dead);
    world.import().await;
    assert!(world.warehouse.orders().is_empty(), "cancelled before it was ever seen: nothing to pack");

    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.warehouse.fail([Fault::LoseAnswer]);
    world.import().await;
    change(&world, 1, cancelled).await;
    let state = world.memory.state(&samples::reference(1)).unwrap();
    assert_eq!(status_there(&world), OrderStatus::Cancelled, "what may have arrived is cancelled there");
    world.market.put(samples::order(MarketplaceKind::AliExpress, 1)); // an older reading that a list still has
    let hint = tallyman_app::ports::Hint::Read { orders: vec![samples::reference(1)] };
    world.work(&hint, true).await.unwrap();
    world.drain().await;
    assert_eq!(world.memory.state(&samples::reference(1)).unwrap().status, state.status);
    assert_eq!(status_there(&world), OrderStatus::Cancelled);
}

#[tokio::test]
async fn risk_control_frozen_and_dispute_hold_the_order_and_its_notice_until_they_are_over() {
    for word in ["RISK_CONTROL", "IN_FROZEN", "IN_ISSUE"] {
        let world = imported(MarketplaceKind::AliExpress).await;
        change(&world, 1, |o| o.standing.status = word.into()).await;
        assert_eq!((status_there(&world), world.kinds(1)), (OrderStatus::OnHold, vec![]), "{word}");
        label(&world, 1, "s1", &[], |_| {});
        world.sweep().await;
        assert!(told(&world).is_empty(), "{word}");
        change(&world, 1, |_| {}).await;
        assert_eq!((told(&world).len(), world.kinds(1)), (1, vec![]), "{word}");
    }
}

#[tokio::test]
async fn who_says_that_an_order_is_shipped_is_the_connections_choice() {
    for (decider, status, open) in [
        (Decider::Marketplace, OrderStatus::Shipped, vec![]),
        (Decider::Warehouse, OrderStatus::AwaitingShipment, vec![ExceptionKind::ShippedElsewhere]),
    ] {
        let mut world = imported(MarketplaceKind::AliExpress).await;
        world.connection.settings.shipped_by = decider;
        change(&world, 1, |o| o.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into()).await;
        assert_eq!((status_there(&world), world.kinds(1)), (status, open));
    }
}

#[tokio::test]
async fn the_operator_accepts_or_refuses_and_the_warehouse_follows() {
    use tallyman_app::{
        acts::{Actor, Acts},
        ports::{CancelAnswer, Deeds as _},
    };
    for (answer, status) in [
        (CancelAnswer::Accept, OrderStatus::Cancelled),
        (CancelAnswer::Refuse { reason: "packed".into() }, OrderStatus::AwaitingShipment),
    ] {
        let world = imported(MarketplaceKind::AliExpress).await;
        change(&world, 1, |o| {
            o.standing.status = "IN_CANCEL".into();
            o.buyer.login = Some("buyer".into());
        })
        .await;
        let m = &world.memory;
        let acts = Acts { orders: m, deeds: m, queue: m, clock: &world.clock, dry_run: false };
        let one = samples::reference(1);
        let who = Actor { connection: &world.connection, order: &one, by: "kim" };
        acts.answer(who, &world.market, answer.clone()).await.unwrap();
        world.drain().await;
        assert_eq!((status_there(&world), world.kinds(1)), (status, vec![]), "{answer:?}");
        assert!(acts.answer(who, &world.market, answer).await.is_err(), "nobody asks any more");
        assert_eq!(m.deeds(&one).await.unwrap().len(), 1, "what was not possible did not happen");
    }
}

#[tokio::test]
async fn a_cancellation_is_not_accepted_over_a_label() {
    use tallyman_app::{
        acts::{Actor, Acts},
        ports::{CancelAnswer, Deeds as _},
    };
    let world = imported(MarketplaceKind::AliExpress).await;
    label(&world, 1, "s1", &[], |_| {});
    let asks = |o: &mut Order| {
        o.standing.status = "IN_CANCEL".into();
        o.buyer.login = Some("buyer".into());
    };
    change(&world, 1, asks).await;
    world.sweep().await;
    let m = &world.memory;
    let acts = Acts { orders: m, deeds: m, queue: m, clock: &world.clock, dry_run: false };
    let one = samples::reference(1);
    let who = Actor { connection: &world.connection, order: &one, by: "kim" };
    let accepted = acts.answer(who, &world.market, CancelAnswer::Accept).await;
    assert!(accepted.unwrap_err().to_string().contains("void it"));
    assert_eq!(m.deeds(&one).await.unwrap(), []);
}
