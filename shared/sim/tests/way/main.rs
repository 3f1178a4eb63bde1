//! The way of an order through every use case, with what can go wrong on it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod overtaken;
mod spans;
mod world;

use jiff::SignedDuration;
use tallyman_app::{
    export::Export,
    ports::{Clock as _, Hint, Listing, OrderStore as _, WarehouseChange, warehouse::WarehouseEntry},
    reconcile,
};
use tallyman_domain::{
    ExceptionKind, Extent, MarketplaceKind, OrderStatus, Shipment,
    failures::{Call, How},
    state::NoticeState,
};
use tallyman_sim::{Fault, samples};
use world::{World, sweep_of};

fn once(n: u32, shipment: &str, extent: Extent) -> (String, String, Extent) {
    (n.to_string(), shipment.to_owned(), extent)
}

#[tokio::test]
async fn every_order_arrives_once_and_is_announced_once_though_every_message_comes_twice() {
    for kind in [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba] {
        let world = World::with_orders(kind, 10);
        world.import().await;
        assert_eq!(world.warehouse.orders().len(), 10);
        (1..=10).for_each(|n| world.ship(n, &format!("s{n}"), &[]));
        world.sweep().await;
        let notices = world.notices();
        assert_eq!(notices.len(), 10, "{notices:?}");
        assert!(notices.iter().all(|(_, _, extent)| *extent == Extent::All));
        assert_eq!(world.memory.proofs().len(), 10);
        assert!((1..=10).all(|n| world.finished(n)), "read back and confirmed");
        if kind == MarketplaceKind::Alibaba {
            assert!(world.market.notices().iter().all(|n| n.proof.is_some()), "each notice carries its proof");
        }
    }
}

#[tokio::test]
async fn a_second_import_reads_no_details_and_calls_no_warehouse() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 5);
    world.import().await;
    let (details, calls) = (world.market.details_read(), world.warehouse.calls().len());
    world.import().await;
    assert_eq!((world.market.details_read(), world.warehouse.calls().len()), (details, calls));
}

#[tokio::test]
async fn one_order_that_cannot_be_read_fails_alone_and_is_read_when_it_can_be() {
    for fault in [Fault::Garble, Fault::LoseAnswer, Fault::Refuse] {
        let world = World::with_orders(MarketplaceKind::AliExpress, 5);
        world.market.break_order(&samples::reference(3).order, Some(fault));
        world.import().await;
        assert_eq!(world.warehouse.orders().len(), 4, "{fault:?}");
        assert_eq!(world.kinds(3), [ExceptionKind::Undecodable], "{fault:?}");
        world.market.break_order(&samples::reference(3).order, None);
        world.clock.advance(SignedDuration::from_hours(1));
        let found = reconcile::run(
            &world.memory,
            &world.memory,
            &world.clock,
            &world.connection,
            SignedDuration::from_mins(15),
        )
        .await
        .unwrap();
        assert_eq!(found.to_read, 1);
        world.drain().await;
        assert_eq!(world.warehouse.orders().len(), 5);
        assert!(world.kinds(3).is_empty());
    }
}

#[tokio::test]
async fn a_refused_order_fails_alone_and_one_that_spoils_the_call_is_found_by_halving() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 8);
    world.warehouse.refuse("2");
    world.warehouse.poison("5");
    world.import().await;
    assert_eq!(world.warehouse.orders().len(), 6);
    assert_eq!(
        (world.kinds(2), world.kinds(5)),
        (vec![ExceptionKind::ExportRefused], vec![ExceptionKind::ExportRefused])
    );
}

#[tokio::test]
async fn while_a_call_is_halved_none_begins_after_the_time_and_what_is_left_comes_back() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 8);
    world.warehouse.poison("5");
    let orders: Vec<_> = (1..=8).map(samples::reference).collect();
    world.work(&Hint::Read { orders: orders.clone() }, true).await.unwrap();
    let _ = world.memory.take_hints();
    let export = Export {
        orders: &world.memory,
        budgets: &world.memory,
        queue: &world.memory,
        clock: &world.clock,
        // Calls are a second and a half apart: time for two, or three.
        until: world.clock.now() + SignedDuration::from_secs(3),
        dry_run: false,
    };
    let connections = std::slice::from_ref(&world.connection);
    let ready = export.ready(&world.account, connections, &orders).await.unwrap();
    assert_eq!(ready.len(), 8);
    export.send(&world.account, &world.warehouse, ready).await.unwrap();
    assert!(world.clock.now() < export.until + SignedDuration::from_secs(2), "{}", world.clock.now());
    let calls = world.warehouse.calls().len();
    assert!((1..=3).contains(&calls), "{calls}");
    assert!(world.warehouse.orders().len() < 7);
    world.drain().await;
    assert_eq!((world.warehouse.orders().len(), world.kinds(5)), (7, vec![ExceptionKind::ExportRefused]));
}

#[tokio::test]
async fn a_new_ship_by_day_or_a_changed_setting_is_exported_once_and_not_for_ever() {
    let mut world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.clock.advance(SignedDuration::from_mins(10));
    let mut changed = samples::order(MarketplaceKind::AliExpress, 1);
    changed.modified_at = world.clock.now() - SignedDuration::from_mins(5);
    changed.ship_by = Some(world.clock.now() + SignedDuration::from_hours(72));
    world.market.put(changed);
    world.import().await;
    assert!(world.warehouse.orders()[&samples::reference(1).order_key()].1.ship_by.is_some());
    // The setting changes between the poll and the export.
    let hint = Hint::Export { orders: vec![samples::reference(1)] };
    world.connection.settings.tax_ids.custom_field = 3;
    let calls = world.warehouse.calls().len();
    world.work(&hint, false).await.unwrap();
    world.drain().await;
    assert_eq!(world.warehouse.calls().len(), calls, "nothing is wanted until the order is read anew");
}

#[tokio::test]
async fn a_lost_answer_of_the_export_leaves_one_order_there() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 3);
    world.warehouse.fail([Fault::LoseAnswer, Fault::LoseRequest, Fault::Throttle]);
    world.import().await;
    assert_eq!(world.warehouse.orders().len(), 3);
    assert!((1..=3).all(|n| world.memory.state(&samples::reference(n)).unwrap().export.warehouse_order.is_some()));
}

#[tokio::test]
async fn a_lost_answer_of_the_notice_is_read_back_and_never_sent_twice() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::LoseAnswer]);
    world.sweep().await;
    assert_eq!(world.notices(), [once(1, "s1", Extent::All)]);
    assert!(world.finished(1));
}

#[tokio::test]
async fn a_lost_request_of_the_notice_is_read_back_and_sent_again() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::LoseRequest, Fault::Throttle, Fault::LoseRequest]);
    world.sweep().await;
    assert_eq!(world.notices(), [once(1, "s1", Extent::All)]);
    assert!(world.finished(1));
}

#[tokio::test]
async fn a_call_that_failed_is_noted_at_its_order_and_the_usual_way_notes_nothing() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::Throttle, Fault::LoseAnswer]);
    world.sweep().await;
    world.ship(2, "s2", &[]);
    world.sweep().await;
    let noted = |n| world.memory.state(&samples::reference(n)).unwrap().failures;
    let told: Vec<_> = noted(1).all().iter().map(|f| (f.call, f.how, f.shipment, f.count)).collect();
    assert_eq!(told, [(Call::Notice, How::Throttled, Some(0), 1), (Call::Notice, How::Unclear, Some(0), 1)]);
    assert!(world.finished(1) && world.finished(2) && noted(2).is_empty());
}

#[tokio::test]
async fn a_notice_that_gets_no_answer_again_and_again_ends_with_a_person() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::LoseRequest; 20]);
    world.sweep().await;
    assert_eq!(world.kinds(1), [ExceptionKind::NoticeAmbiguous]);
    assert!(world.notices().is_empty());
}

#[tokio::test]
async fn a_refused_notice_is_an_exception_unless_the_marketplace_has_the_number() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::Refuse]);
    world.sweep().await;
    assert_eq!(world.kinds(1), [ExceptionKind::NoticeRefused]);
    assert!(world.notices().is_empty(), "no second try on its own");
}

#[tokio::test]
async fn part_is_said_until_nothing_is_left() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[(1, 1)]);
    world.sweep().await;
    world.ship(1, "s2", &[(1, 1)]);
    world.ship(1, "s3", &[(2, 1)]);
    world.sweep().await;
    assert_eq!(world.notices(), [once(1, "s1", Extent::Part), once(1, "s2", Extent::Part), once(1, "s3", Extent::All)]);
}

#[tokio::test]
async fn a_split_order_and_one_marked_as_shipped_are_attributed_by_their_ids() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    let parent = world.warehouse_id(1);
    let mut child = samples::label(1, "s1", &[(2, 1)]);
    child.order = None;
    child.order_number = "1-1".into();
    child.shipment.warehouse_order = 5555;
    world.warehouse.label(child);
    let entry = |id, parent_id, items| WarehouseEntry {
        id,
        key: None,
        number: "x".into(),
        status: "shipped".into(),
        parent_id,
        merged_ids: vec![],
        items,
    };
    world.warehouse.put_entry(entry(5555, Some(parent), vec![]));
    let marked = samples::label(2, "f9", &[]);
    let items = marked.shipment.items.clone();
    let shipment =
        Shipment { warehouse_order: world.warehouse_id(2), items: vec![], whole_order: true, ..marked.shipment };
    world.warehouse.put_entry(entry(shipment.warehouse_order, None, items));
    world.warehouse.mark(WarehouseChange { shipment, order: None, order_number: "2".into() });
    world.sweep().await;
    assert_eq!(world.notices(), [once(1, "s1", Extent::Part), once(2, "f9", Extent::All)]);
}

#[tokio::test]
async fn a_shipment_whose_number_looks_like_ours_but_whose_ids_do_not_agree_goes_to_a_person_and_a_strangers_to_nobody()
{
    use tallyman_app::ports::OrderStore as _;
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    for (id, number) in [("s1", "1"), ("s2", "777777")] {
        let mut change = samples::label(1, id, &[]);
        (change.order, change.order_number, change.shipment.warehouse_order) = (None, number.into(), 99);
        world.warehouse.label(change);
    }
    world.sweep().await;
    let open = world.memory.exceptions().await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].0.as_str(), open[0].1.kind), ("main/s1", ExceptionKind::ShipmentUnattributed));
    assert!(world.notices().is_empty());
}

#[tokio::test]
async fn a_shipment_whose_order_cannot_be_read_fails_alone() {
    use tallyman_app::ports::OrderStore as _;
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    world.import().await;
    let mut strange = samples::label(1, "s1", &[]);
    (strange.order, strange.shipment.warehouse_order) = (None, 5555);
    world.warehouse.label(strange);
    world.ship(2, "s2", &[]);
    world.warehouse.break_entries();
    world.sweep().await;
    assert_eq!(world.notices(), [once(2, "s2", Extent::All)]);
    let open = world.memory.exceptions().await.unwrap();
    assert_eq!((open.len(), open[0].0.as_str()), (1, "main/s1"));
}

#[tokio::test]
async fn a_label_voided_while_its_notice_is_in_doubt_is_not_announced_again() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.fail_notices([Fault::LoseRequest]);
    world.clock.advance(SignedDuration::from_mins(5)); // the budget has a call for a sweep again
    world.work(&sweep_of(&world.account), false).await.unwrap();
    let mut doubtful = Vec::new();
    for _ in 0..2 {
        for (hint, _) in world.memory.take_hints() {
            world.work(&hint, false).await.unwrap();
            doubtful = vec![hint];
        }
    }
    let _ = world.memory.take_hints();
    let mut voided = samples::label(1, "s1", &[]);
    (voided.shipment.warehouse_order, voided.shipment.voided) = (world.warehouse_id(1), true);
    world.warehouse.label(voided);
    world.clock.advance(SignedDuration::from_mins(5));
    world.work(&sweep_of(&world.account), false).await.unwrap();
    for hint in &doubtful {
        world.work(hint, false).await.unwrap();
    }
    world.drain().await;
    assert!(world.notices().is_empty());
    assert!(world.kinds(1).is_empty(), "the marketplace was never told, and nothing has to be corrected");
}

#[tokio::test]
async fn a_gate_that_is_refused_is_an_exception_and_opens_again() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.market.remove(&samples::reference(1).order);
    world.sweep().await;
    assert_eq!(world.kinds(1), [ExceptionKind::NoticeRefused]);
    assert!(world.notices().is_empty());
    world.market.put(samples::order(MarketplaceKind::AliExpress, 1));
    world.clock.advance(SignedDuration::from_hours(1));
    let older = SignedDuration::from_mins(15);
    reconcile::run(&world.memory, &world.memory, &world.clock, &world.connection, older).await.unwrap();
    world.drain().await;
    assert_eq!(world.notices(), [once(1, "s1", Extent::All)]);
    assert!(world.kinds(1).is_empty());
}

#[tokio::test]
async fn an_order_cancelled_after_its_label_is_not_announced() {
    let world = World::with_orders(MarketplaceKind::Alibaba, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    let mut cancelled = samples::order(MarketplaceKind::Alibaba, 1);
    cancelled.standing.status = "trade_close".into();
    world.market.put(cancelled);
    world.sweep().await;
    assert!(world.notices().is_empty(), "the gate is read again before the notice");
    assert_eq!(world.kinds(1), [ExceptionKind::CancelledAfterLabel]);
}

#[tokio::test]
async fn a_worker_that_died_between_commit_and_send_is_made_up_for() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 2);
    let hint = Hint::Poll {
        connection: world.connection.id.clone(),
        listing: Listing::Modified,
        window: None,
        page: 0,
        down: false,
    };
    world.memory.fail_sends(1);
    assert!(world.work(&hint, false).await.is_err(), "the message isn't acknowledged");
    assert!(world.memory.state(&samples::reference(1)).is_some(), "but the orders are durable");
    world.work(&hint, false).await.unwrap();
    world.drain().await;
    assert_eq!(world.warehouse.orders().len(), 2, "the redelivered message found the effect pending");
    for (step, deaths) in [("sweep", 1), ("proof", 2), ("notice", 3)] {
        let world = World::with_orders(MarketplaceKind::AliExpress, 1);
        world.import().await;
        world.ship(1, "s1", &[]);
        world.memory.fail_sends(deaths);
        world.clock.advance(SignedDuration::from_mins(5)); // the budget has a call for a sweep again
        let sweep = sweep_of(&world.account);
        while world.work(&sweep, false).await.is_err() {}
        world.drain().await;
        assert_eq!(world.notices(), [once(1, "s1", Extent::All)], "died at the {step}");
    }
}

#[tokio::test]
async fn what_even_redelivery_misses_reconcile_wakes() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    world.ship(1, "s1", &[]);
    world.clock.advance(SignedDuration::from_mins(5)); // the budget has a call for a sweep again
    let _ = world.work(&sweep_of(&world.account), false).await;
    let _ = world.memory.take_hints(); // all lost
    world.clock.advance(SignedDuration::from_hours(1));
    let woken =
        reconcile::run(&world.memory, &world.memory, &world.clock, &world.connection, SignedDuration::from_mins(15))
            .await
            .unwrap();
    assert_eq!(woken.woken, 1);
    world.drain().await;
    assert!(world.finished(1));
}

#[tokio::test]
async fn the_cursor_moves_only_when_the_last_page_is_durable() {
    use tallyman_app::ports::CursorStore as _;
    let world = World::with_orders(MarketplaceKind::AliExpress, 7);
    let cursor = || async { world.memory.cursor("poll/shop").await.unwrap() };
    let mut hint = Hint::Poll {
        connection: world.connection.id.clone(),
        listing: Listing::Modified,
        window: None,
        page: 0,
        down: false,
    };
    for page in [0, 2, 1, 0] {
        assert_eq!(cursor().await, None, "before page {page}");
        world.work(&hint, false).await.unwrap();
        let next = world.memory.take_hints().into_iter().find(|(h, _)| matches!(h, Hint::Poll { .. }));
        if let Some((next, _)) = next {
            hint = next;
        }
    }
    assert_eq!(cursor().await, Some(samples::at("2026-11-21T11:58:00Z")));
}

#[tokio::test]
async fn an_order_that_leaves_the_window_while_it_is_read_hides_no_other() {
    for leaving in 1..=9 {
        let world = World::with_orders(MarketplaceKind::AliExpress, 9);
        let mut hint = Hint::Poll {
            connection: world.connection.id.clone(),
            listing: Listing::Modified,
            window: None,
            page: 0,
            down: false,
        };
        let mut pages = 0;
        loop {
            world.work(&hint, false).await.unwrap();
            pages += 1;
            if pages == 2 {
                let mut changed = samples::order(MarketplaceKind::AliExpress, leaving);
                changed.modified_at = world.clock.now();
                world.market.put(changed);
            }
            match world.memory.take_hints().into_iter().find(|(h, _)| matches!(h, Hint::Poll { .. })) {
                Some((next, _)) => hint = next,
                None => break,
            }
        }
        let missed: Vec<u32> =
            (1..=9).filter(|n| *n != leaving && world.memory.state(&samples::reference(*n)).is_none()).collect();
        assert!(missed.is_empty(), "order {leaving} left, {missed:?} were never seen");
    }
}

#[tokio::test]
async fn an_order_that_a_push_message_names_and_the_marketplace_refuses_is_nobodys_unless_it_is_known() {
    let world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.import().await;
    let read = |n| Hint::Read { orders: vec![samples::reference(n)] };
    world.work(&read(9), true).await.unwrap();
    assert!(
        world.memory.states(&[samples::reference(9)]).await.unwrap().is_empty(),
        "nothing of another seller's is kept"
    );
    world.market.break_order(&samples::reference(1).order, Some(Fault::Refuse));
    world.work(&read(1), true).await.unwrap();
    assert_eq!(world.kinds(1), [ExceptionKind::Undecodable]);
}

#[tokio::test]
async fn a_user_without_notices_gets_proofs_and_no_calls() {
    let mut world = World::with_orders(MarketplaceKind::AliExpress, 1);
    world.connection.settings.notify_marketplace = false;
    world.import().await;
    world.ship(1, "s1", &[]);
    world.sweep().await;
    assert_eq!(world.memory.proofs().len(), 1);
    assert!(world.notices().is_empty());
    assert_eq!(world.memory.state(&samples::reference(1)).unwrap().shipments[0].notice, NoticeState::NotWanted);
    assert_eq!(world.memory.state(&samples::reference(1)).unwrap().status, OrderStatus::AwaitingShipment);
}
