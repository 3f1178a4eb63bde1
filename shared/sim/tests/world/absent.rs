//! Who has to be packed and isn't offered: missing, merged into another order, or only not looked for yet.

use crate::{
    compared::{a_second_run_changes_nothing, cursors_are_fresh, key, reconcile},
    merged::{merged_into_1, parcel},
    world::World,
};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tallyman_app::{
    ports::{Clock as _, OrderStore as _},
    reconcile::{
        Known, Reach,
        compare::{Compare, Depth, Outcome},
        look,
    },
};
use tallyman_domain::{
    ConnectionId, Exception, ExceptionKind, MarketplaceKind, OrderStatus, ShipmentId, exception::life::Act,
};

const MISSING: ExceptionKind = ExceptionKind::MissingInWarehouse;

/// So many orders in ShipStation, an hour ago.
async fn waiting(count: u32) -> World {
    let world = World::with_orders(MarketplaceKind::AliExpress, count);
    world.import().await;
    world.warehouse.show_orders();
    world.clock.advance(SignedDuration::from_hours(1));
    cursors_are_fresh(&world);
    world
}

/// A run that may take so long; `unseen` could not be looked at.
async fn run_for(world: &World, time: SignedDuration, unseen: &[ConnectionId]) -> Outcome {
    let (memory, clock) = (&world.memory, &world.clock);
    let older = SignedDuration::from_mins(15);
    let mut known = Known { unseen: unseen.iter().cloned().collect(), ..Known::default() };
    known.looked(look(Reach::Everybody, memory, memory, clock, &world.connection, older).await.unwrap());
    let compare = Compare {
        orders: memory,
        notes: memory,
        budgets: memory,
        vault: memory,
        shelves: memory,
        queue: memory,
        clock,
        account: &world.account,
        connections: std::slice::from_ref(&world.connection),
        usable: &BTreeSet::from([world.connection.id.clone()]),
        warehouse: &world.warehouse,
        open: &memory.exceptions().await.unwrap(),
        until: clock.now() + time,
    };
    compare.run(Depth::Light, &known).await.unwrap()
}

#[tokio::test]
async fn runs_that_never_have_time_for_the_whole_list_still_find_out_who_is_missing() {
    let world = waiting(9).await;
    let gone = [3, 7];
    gone.iter().for_each(|n| world.warehouse.delete(&key(*n)));
    let mut outcomes = Vec::new();
    while outcomes.last().is_none_or(|o: &Outcome| !o.complete) && outcomes.len() < 20 {
        // Time for a call or two: the next waits for its turn in the budget, and then it is over.
        outcomes.push(run_for(&world, SignedDuration::from_millis(500), &[]).await);
        world.clock.advance(SignedDuration::from_mins(10));
    }
    assert!(outcomes.len() > 3, "labels, three pages, the held ones, two orders: {outcomes:?}");
    assert_eq!(outcomes.iter().map(|o| o.opened).sum::<usize>(), 2, "{outcomes:?}");
    for n in 1..=9 {
        assert_eq!(world.kinds(n), if gone.contains(&n) { vec![MISSING] } else { vec![] }, "order {n}");
    }
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn a_merged_order_is_not_missing_while_people_hold_the_one_that_it_was_merged_into() {
    let world = waiting(3).await;
    merged_into_1(&world, vec![world.warehouse_id(2)]);
    world.warehouse.delete(&key(2));
    world.warehouse.set_status(&key(1), OrderStatus::OnHold);
    reconcile(&world, Depth::Light).await;
    assert_eq!([1, 2, 3].map(|n| world.kinds(n)), [vec![], vec![], vec![]]);
    let held = world.warehouse.calls().iter().filter(|call| *call == "held").count();
    a_second_run_changes_nothing(&world, Depth::Light).await;

    // Taken apart again and deleted: now it is missing, and the parent still isn't.
    merged_into_1(&world, vec![]);
    reconcile(&world, Depth::Light).await;
    assert_eq!([1, 2, 3].map(|n| world.kinds(n)), [vec![], vec![MISSING], vec![]]);
    assert_eq!(held, 1);
    merged_into_1(&world, vec![samples_id(2)]);
    reconcile(&world, Depth::Light).await;
    assert_eq!(world.kinds(2), [], "and it is over when it turns out to be merged");
}

/// ShipStation's id of an order that it no longer has.
fn samples_id(n: u32) -> i64 {
    999 + i64::from(n)
}

#[tokio::test]
async fn a_merged_order_is_not_missing_while_its_parcel_is_nobodys() {
    let world = waiting(2).await;
    let child = world.warehouse_id(2);
    assert_eq!(child, samples_id(2));
    merged_into_1(&world, vec![child, 987_654]);
    world.warehouse.label(parcel(&world, "s1"));
    world.warehouse.delete(&key(2));
    world.sweep().await;
    assert_eq!(world.kinds(1), [ExceptionKind::ShipmentUnattributed]);
    for _ in 0..9 {
        reconcile(&world, Depth::Light).await;
    }
    assert_eq!((world.kinds(1), world.kinds(2)), (vec![ExceptionKind::ShipmentUnattributed], vec![]));
}

#[tokio::test]
async fn a_merged_order_is_not_missing_when_the_other_one_turns_out_to_be_shipped() {
    let world = waiting(2).await;
    merged_into_1(&world, vec![world.warehouse_id(2)]);
    world.warehouse.delete(&key(2));
    // Shipped, and no list has shown it yet.
    world.warehouse.set_status(&key(1), OrderStatus::Shipped);
    reconcile(&world, Depth::Light).await;
    assert_eq!((world.kinds(1), world.kinds(2)), (vec![], vec![]));
}

#[tokio::test]
async fn nobody_is_called_missing_while_a_connection_could_not_be_looked_at() {
    let world = waiting(2).await;
    world.warehouse.delete(&key(2));
    let long = SignedDuration::from_hours(1);
    let outcome = run_for(&world, long, std::slice::from_ref(&world.connection.id)).await;
    assert_eq!((outcome.complete, world.kinds(2)), (false, vec![]));
    world.clock.advance(SignedDuration::from_mins(10));
    let outcome = run_for(&world, long, &[]).await;
    assert_eq!((outcome.complete, world.kinds(2)), (true, vec![MISSING]));
}

#[tokio::test]
async fn an_unknown_order_that_was_resolved_is_a_new_matter_when_it_went_away_and_comes_again() {
    let world = waiting(1).await;
    let mut strange = world.warehouse.orders()[&key(1)].1.clone();
    (strange.key, strange.number) = (key(99), "99".into());
    world.warehouse.put_order(strange.clone());
    reconcile(&world, Depth::Light).await;
    assert_eq!(reconcile(&world, Depth::Light).await.compared.opened, 1);
    let (account, id) = (&world.account.id, ShipmentId::parse("o1001").unwrap());
    let open = world.memory.stray(account, &id).await.unwrap().unwrap();
    let mut resolved = open.clone();
    resolved.act("kim", Act::Resolve { reason: "a test" }, Exception::own_fact, world.clock.now());
    world.memory.swap_stray(account, &id, &open, &resolved).await.unwrap();
    a_second_run_changes_nothing(&world, Depth::Light).await;
    assert!(world.memory.strays().is_empty(), "resolved while the same order is there");
    world.warehouse.delete(&key(99));
    reconcile(&world, Depth::Light).await;
    world.warehouse.put_order(strange);
    assert_eq!(reconcile(&world, Depth::Light).await.compared.read_again, 1);
    assert_eq!(reconcile(&world, Depth::Light).await.compared.opened, 1);
    assert_eq!(world.memory.strays(), ["main/o1001"]);
}
