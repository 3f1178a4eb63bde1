//! Disagreements that somebody planted behind Tallyman's back, and what reconcile makes of them.

use crate::{change, imported, label, notice_of, told, world::World};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use tallyman_app::{
    ports::{Clock as _, Listing, OrderStore as _},
    reconcile::{
        Known, Reach,
        compare::{Compare, Depth, Outcome},
        cursors::{Cursors, WatchCursors},
        look,
    },
};
use tallyman_domain::{
    Effect, Event, ExceptionKind, MarketplaceKind, OrderRef, OrderState, OrderStatus, ProofFacts, ShipmentId, decide,
    exception::life::{Act, ByHand},
    pending,
    state::NoticeState,
};
use tallyman_sim::samples;

const ALI: MarketplaceKind = MarketplaceKind::AliExpress;

/// When the connection was authorised.
const AUTHORISED: &str = "2026-11-21T12:00:00Z";

/// What a run did.
pub(crate) struct Ran {
    pub(crate) woken: usize,
    pub(crate) stuck: usize,
    pub(crate) compared: Outcome,
    pub(crate) cursors: Cursors,
}

impl Ran {
    fn healed(&self) -> usize {
        self.woken + self.compared.healed() + self.cursors.pushed
    }
    fn opened(&self) -> usize {
        self.stuck + self.compared.opened + self.cursors.opened
    }
}

/// One run; its messages wait.
pub(crate) async fn run(world: &World, depth: Depth) -> Ran {
    let (memory, clock) = (&world.memory, &world.clock);
    let older = SignedDuration::from_mins(15);
    let looked = look(Reach::Everybody, memory, memory, clock, &world.connection, older).await.unwrap();
    let open = memory.exceptions().await.unwrap();
    let connections = std::slice::from_ref(&world.connection);
    let usable = BTreeSet::from([world.connection.id.clone()]);
    let compare = Compare {
        orders: memory,
        notes: memory,
        budgets: memory,
        vault: memory,
        shelves: memory,
        queue: memory,
        clock,
        account: &world.account,
        connections,
        usable: &usable,
        warehouse: &world.warehouse,
        open: &open,
        until: jiff::Timestamp::MAX,
    };
    let (woken, stuck, mut known) = (looked.healed, looked.stuck, Known::default());
    known.looked(looked);
    let compared = compare.run(depth, &known).await.unwrap();
    assert!(compared.complete);
    let since = &BTreeMap::from([(world.connection.id.clone(), samples::at(AUTHORISED))]);
    let watch = WatchCursors { orders: memory, cursors: memory, queue: memory, clock, since, open: &open };
    let cursors = watch.run(connections, &usable, std::slice::from_ref(&world.account)).await.unwrap();
    Ran { woken, stuck, compared, cursors }
}

/// A run an hour later, and all that comes of it. The polls and sweeps have gone on meanwhile.
pub(crate) async fn reconcile(world: &World, depth: Depth) -> Ran {
    world.clock.advance(SignedDuration::from_hours(1));
    cursors_are_fresh(world);
    let ran = run(world, depth).await;
    world.drain().await;
    ran
}

pub(crate) fn cursors_are_fresh(world: &World) {
    for name in ["poll/shop", "sweep/main"] {
        world.memory.set_cursor(name, world.clock.now());
    }
}

type Snapshot = (BTreeMap<OrderRef, OrderState>, BTreeMap<String, Vec<u8>>, Vec<String>, String);

/// Everything that matters: here, at the marketplace, in the warehouse.
pub(crate) fn snapshot(world: &World) -> Snapshot {
    let outside = format!("{:?} {:?} {:?}", world.warehouse.orders(), world.market.notices(), world.market.uploads());
    (world.memory.states_now(), world.memory.proofs(), world.memory.strays(), outside)
}

/// Another run finds nothing to heal and nothing to open.
pub(crate) async fn a_second_run_changes_nothing(world: &World, depth: Depth) {
    let before = snapshot(world);
    let ran = reconcile(world, depth).await;
    assert_eq!((ran.healed(), ran.opened(), ran.compared.cleared), (0, 0, 0), "{:?}", ran.compared);
    assert_eq!(snapshot(world), before);
}

pub(crate) fn key(n: u32) -> String {
    samples::reference(n).order_key()
}

#[tokio::test]
async fn a_paid_order_whose_messages_were_lost_is_woken_and_one_that_was_deleted_there_is_a_persons_matter() {
    let world = World::with_orders(ALI, 4);
    let poll = world.poll();
    let asked = tallyman_app::poll::PageAsked {
        listing: Listing::Modified,
        window: None,
        page: 0,
        down: false,
        last_try: false,
    };
    poll.page(&world.connection, &world.market, asked).await.unwrap();
    assert!(!world.memory.take_hints().is_empty(), "and they are lost");
    let lost = world.memory.states_now().len();
    assert!(lost > 0 && world.warehouse.orders().is_empty());
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.woken, world.warehouse.orders().len()), (lost, lost));
    a_second_run_changes_nothing(&world, Depth::Light).await;

    let world = imported(ALI).await;
    world.warehouse.show_orders();
    let kept = world.warehouse.orders()[&key(1)].1.clone();
    world.warehouse.delete(&key(1));
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.compared.opened, world.kinds(1)), (1, vec![ExceptionKind::MissingInWarehouse]));
    a_second_run_changes_nothing(&world, Depth::Light).await;
    assert!(world.warehouse.orders().is_empty(), "who deleted it may have meant it");
    world.warehouse.put_order(kept);
    assert_eq!(reconcile(&world, Depth::Light).await.compared.cleared, 1);
    assert_eq!(world.kinds(1), []);
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn an_order_that_shipstation_cancelled_or_holds_is_told_apart() {
    let world = World::with_orders(ALI, 2);
    world.import().await;
    world.warehouse.show_orders();
    world.warehouse.set_status(&key(1), OrderStatus::Cancelled);
    world.warehouse.set_status(&key(2), OrderStatus::OnHold);
    assert_eq!(reconcile(&world, Depth::Light).await.opened(), 1);
    assert_eq!((world.kinds(1), world.kinds(2)), (vec![ExceptionKind::MissingInWarehouse], vec![]));
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn an_order_with_our_key_that_nobody_knows_is_asked_for_and_then_a_persons_matter() {
    let world = imported(ALI).await;
    let mut strange = world.warehouse.orders()[&key(1)].1.clone();
    (strange.key, strange.number) = (key(99), "99".into());
    let mut missed = strange.clone();
    (missed.key, missed.number) = (key(2), "2".into());
    world.warehouse.put_order(strange);
    world.warehouse.put_order(missed);
    // The polls never saw this one.
    world.market.put(samples::order(ALI, 2));
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.compared.read_again, ran.opened()), (2, 0));
    assert!(world.memory.state(&samples::reference(2)).is_some(), "the marketplace knew it");
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.compared.read_again, ran.opened()), (0, 1));
    assert_eq!(world.memory.strays(), ["main/o1001"]);
    a_second_run_changes_nothing(&world, Depth::Light).await;
    world.warehouse.delete(&key(99));
    assert_eq!(reconcile(&world, Depth::Light).await.compared.cleared, 1);
    assert!(world.memory.strays().is_empty());
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn a_label_that_no_webhook_and_no_sweep_brought_is_found_and_told() {
    for kind in crate::BOTH {
        let world = imported(kind).await;
        label(&world, 1, "s1", &[], |_| {});
        let ran = reconcile(&world, Depth::Light).await;
        assert_eq!((ran.compared.swept_again, ran.opened(), told(&world).len()), (1, 0, 1));
        a_second_run_changes_nothing(&world, Depth::Deep).await;
    }
}

#[tokio::test]
async fn a_void_that_no_sweep_brought_is_found() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    label(&world, 1, "s1", &[], crate::voided);
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!(ran.compared.swept_again, 1);
    assert_eq!(world.kinds(1), [ExceptionKind::VoidedAfterNotice]);
    a_second_run_changes_nothing(&world, Depth::Deep).await;
}

#[tokio::test]
async fn a_notice_that_the_marketplace_lost_is_read_back_again_and_then_a_persons_matter() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    assert!(matches!(notice_of(&world, 1, "s1"), NoticeState::Confirmed { .. }));
    world.clock.advance(SignedDuration::from_hours(6));
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.compared.read_back, world.kinds(1)), (1, vec![]), "it is shown: nothing is told twice");
    assert_eq!(told(&world).len(), 1);
    a_second_run_changes_nothing(&world, Depth::Light).await;

    world.market.forget_notices();
    world.clock.advance(SignedDuration::from_hours(6));
    let ran = reconcile(&world, Depth::Light).await;
    assert_eq!((ran.compared.read_back, world.kinds(1)), (1, vec![ExceptionKind::NotConfirmed]));
    assert!(told(&world).is_empty(), "and nothing is told twice on a guess");
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn a_notice_that_was_sent_and_never_read_back_is_woken() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    let reference = samples::reference(1);
    let mut state = world.memory.state(&reference).unwrap();
    let NoticeState::Confirmed { at, extent, code } = state.shipments[0].notice.clone() else { panic!("told") };
    state.shipments[0].notice = NoticeState::Sent { at, extent, code };
    state.version += 1;
    world.memory.commit(&reference, &state).await.unwrap();
    reconcile(&world, Depth::Light).await;
    assert!(matches!(notice_of(&world, 1, "s1"), NoticeState::Confirmed { .. }));
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn an_order_that_is_held_or_unpaid_and_offered_there_is_given_again_and_in_the_end_a_persons_matter() {
    let cases: [(&str, bool, OrderStatus, &[ExceptionKind]); 4] = [
        ("RISK_CONTROL", false, OrderStatus::OnHold, &[]),
        ("IN_CANCEL", false, OrderStatus::OnHold, &[ExceptionKind::CancelRequested]),
        ("PLACE_ORDER_SUCCESS", false, OrderStatus::AwaitingPayment, &[]),
        ("WAIT_SELLER_SEND_GOODS", true, OrderStatus::OnHold, &[]),
    ];
    for (word, by_hand, held, open) in cases {
        let world = imported(ALI).await;
        if by_hand {
            let order = samples::reference(1);
            let state = world.memory.state(&order).unwrap();
            let hold = Event::HeldByHand { hold: true };
            let after = decide(Some(&state), &hold, world.connection.setting(&order), world.clock.now()).unwrap();
            world.memory.commit(&order, &after).await.unwrap();
        }
        change(&world, 1, |order| order.standing.status = word.into()).await;
        let status = |world: &World| world.warehouse.orders()[&key(1)].1.status;
        assert_eq!(status(&world), held, "{word}");
        for _ in 0..2 {
            world.warehouse.set_status(&key(1), OrderStatus::AwaitingShipment);
            assert_eq!(reconcile(&world, Depth::Light).await.compared.given_again, 1, "{word}");
            assert_eq!((status(&world), world.kinds(1)), (held, open.to_vec()), "{word}");
            a_second_run_changes_nothing(&world, Depth::Light).await;
        }
        world.warehouse.set_status(&key(1), OrderStatus::AwaitingShipment);
        assert_eq!(reconcile(&world, Depth::Light).await.opened(), 1, "{word}");
        assert!(world.kinds(1).contains(&ExceptionKind::StillShippable), "{word}");
        a_second_run_changes_nothing(&world, Depth::Light).await;
        world.warehouse.set_status(&key(1), held);
        assert_eq!(reconcile(&world, Depth::Light).await.compared.cleared, 1, "{word}");
        assert_eq!(world.kinds(1), open, "{word}");
    }
}

#[tokio::test]
async fn a_cancelled_order_that_is_offered_there_is_cancelled_again_and_in_the_end_a_persons_matter() {
    let world = imported(ALI).await;
    change(&world, 1, |order| {
        order.standing.status = "FINISH".into();
        order.standing.end_reason = Some("buyer_cancel_order".into());
    })
    .await;
    let status = |world: &World| world.warehouse.orders()[&key(1)].1.status;
    assert_eq!(status(&world), OrderStatus::Cancelled);
    for _ in 0..2 {
        world.warehouse.set_status(&key(1), OrderStatus::AwaitingShipment);
        assert_eq!(reconcile(&world, Depth::Light).await.compared.given_again, 1);
        assert_eq!((status(&world), world.kinds(1)), (OrderStatus::Cancelled, vec![]));
        a_second_run_changes_nothing(&world, Depth::Light).await;
    }
    world.warehouse.set_status(&key(1), OrderStatus::AwaitingShipment);
    assert_eq!(reconcile(&world, Depth::Light).await.opened(), 1);
    assert_eq!(world.kinds(1), [ExceptionKind::StillShippable]);
    a_second_run_changes_nothing(&world, Depth::Light).await;
    world.warehouse.set_status(&key(1), OrderStatus::Cancelled);
    assert_eq!(reconcile(&world, Depth::Light).await.compared.cleared, 1);
    assert_eq!(world.kinds(1), []);
}

#[tokio::test]
async fn a_proof_that_is_missing_or_another_one_is_a_persons_matter_once_it_was_told() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    world.sweep().await;
    change(&world, 1, |order| order.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into()).await;
    let at = ProofFacts::key(&samples::reference(1), &ShipmentId::parse("s1").unwrap());
    let proof = world.memory.proof(&at).unwrap();
    for planted in [None, Some(&b"another"[..])] {
        world.memory.replace_proof(&at, planted);
        assert_eq!(reconcile(&world, Depth::Light).await.opened(), 0, "proofs are looked at once a day");
        assert_eq!(reconcile(&world, Depth::Deep).await.opened(), 1);
        assert_eq!(world.kinds(1), [ExceptionKind::ProofLost]);
        assert_eq!(world.memory.proof(&at).as_deref(), planted, "nothing is replaced");
        a_second_run_changes_nothing(&world, Depth::Deep).await;
        world.memory.replace_proof(&at, Some(&proof));
        assert_eq!(reconcile(&world, Depth::Deep).await.compared.cleared, 1);
        assert_eq!(world.kinds(1), []);
    }
}

#[tokio::test]
async fn a_missing_proof_that_nobody_was_told_of_is_drawn_again_and_is_the_same() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |s| s.carrier = "Pigeon Post".into());
    world.sweep().await;
    assert_eq!(told(&world).len(), 0);
    let at = ProofFacts::key(&samples::reference(1), &ShipmentId::parse("s1").unwrap());
    let proof = world.memory.proof(&at);
    world.memory.replace_proof(&at, None);
    assert_eq!(reconcile(&world, Depth::Deep).await.compared.drawn_again, 1);
    assert_eq!(world.memory.proof(&at), proof);
    a_second_run_changes_nothing(&world, Depth::Deep).await;
}

#[tokio::test]
async fn a_cursor_that_stands_is_pushed_and_in_the_end_a_persons_matter_until_it_moves() {
    let world = imported(ALI).await;
    let back = |hours: i64| world.clock.now() - SignedDuration::from_hours(hours);
    cursors_are_fresh(&world);
    world.memory.set_cursor("poll/shop", back(2));
    let ran = run(&world, Depth::Light).await;
    assert_eq!((ran.cursors.pushed, ran.cursors.opened), (1, 0));
    world.drain().await;
    assert_eq!(run(&world, Depth::Light).await.cursors.pushed, 0, "it moved");

    // Ended orders are read twice a day.
    for (hours, pushed) in [(26, 0), (27, 1)] {
        world.memory.set_cursor("ended/shop", back(hours));
        let cursors = run(&world, Depth::Light).await.cursors;
        assert_eq!((cursors.pushed, cursors.opened), (pushed, 0), "{hours}");
        world.drain().await;
    }

    world.memory.set_cursor("poll/shop", back(5));
    world.memory.set_cursor("sweep/main", back(4));
    let ran = run(&world, Depth::Light).await;
    assert_eq!((ran.cursors.pushed, ran.cursors.opened, world.memory.strays().len()), (2, 2, 2));
    let ran = run(&world, Depth::Light).await;
    assert_eq!((ran.cursors.opened, world.memory.strays().len()), (0, 2), "found again is one exception");
    world.drain().await;
    run(&world, Depth::Light).await;
    assert!(world.memory.strays().is_empty());
}

#[tokio::test]
async fn a_poll_that_never_finishes_once_is_watched_from_the_authorisation_on() {
    let world = World::with_orders(ALI, 1);
    world.clock.advance(SignedDuration::from_mins(89));
    let ran = run(&world, Depth::Light).await;
    assert_eq!((ran.cursors.pushed, ran.cursors.age_max_s / 60), (0, 89));
    world.clock.advance(SignedDuration::from_mins(2));
    let ran = run(&world, Depth::Light).await;
    assert_eq!((ran.cursors.pushed, ran.cursors.opened), (2, 0), "the poll and the sweep");
    let _ = world.memory.take_hints(); // and they are lost
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(run(&world, Depth::Light).await.cursors.opened, 2);
    let open = world.memory.exceptions().await.unwrap();
    assert!(
        open.iter().any(|(_, e)| e.detail == "poll/shop: it has not finished once since it was authorised"),
        "{open:?}"
    );
    world.drain().await;
    run(&world, Depth::Light).await;
    assert!(world.memory.strays().is_empty(), "it finished");
}

#[tokio::test]
async fn what_stays_pending_though_it_is_woken_is_stuck_until_it_moves() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    let hint = crate::world::sweep_of(&world.account);
    world.work(&hint, false).await.unwrap();
    let mut stuck = Vec::new();
    for _ in 0..12 {
        let _ = world.memory.take_hints(); // whatever is sent is lost
        world.clock.advance(SignedDuration::from_hours(1));
        cursors_are_fresh(&world);
        let ran = run(&world, Depth::Light).await;
        stuck.push(ran.stuck);
    }
    assert_eq!((stuck.iter().sum::<usize>(), stuck[..6].iter().sum::<usize>()), (1, 0), "{stuck:?}");
    assert_eq!(world.kinds(1), [ExceptionKind::Stuck]);
    world.drain().await;
    assert!(pending(&world.memory.state(&samples::reference(1)).unwrap()).is_empty());
    reconcile(&world, Depth::Light).await;
    assert_eq!((world.kinds(1), told(&world).len()), (vec![], 1));
    a_second_run_changes_nothing(&world, Depth::Light).await;
}

#[tokio::test]
async fn what_was_stuck_and_resolved_by_hand_is_a_new_matter_when_it_hangs_again() {
    let world = imported(ALI).await;
    label(&world, 1, "s1", &[], |_| {});
    world.work(&crate::world::sweep_of(&world.account), false).await.unwrap();
    for _ in 0..12 {
        let _ = world.memory.take_hints();
        world.clock.advance(SignedDuration::from_hours(1));
        cursors_are_fresh(&world);
        run(&world, Depth::Light).await;
    }
    let (order, kind) = (samples::reference(1), ExceptionKind::Stuck);
    let state = world.memory.state(&order).unwrap();
    let by_hand = ByHand { kind, shipment: None, by: "kim", act: Act::Resolve { reason: "the queue is open again" } };
    let setting = world.connection.setting(&order);
    let resolved = decide(Some(&state), &Event::ByHand(by_hand), setting, world.clock.now()).unwrap();
    world.memory.commit(&order, &resolved).await.unwrap();
    run(&world, Depth::Light).await;
    assert!(world.memory.state(&order).unwrap().is_resolved(kind, None), "it still hangs, and stays resolved");
    world.drain().await;
    reconcile(&world, Depth::Light).await;
    assert!(!world.memory.state(&order).unwrap().is_resolved(kind, None), "it moved: that matter is over");
}

#[tokio::test]
async fn a_run_that_has_no_time_left_is_gone_on_with_where_it_stopped() {
    let world = World::with_orders(ALI, 8);
    world.import().await;
    for n in 1..=8 {
        assert!(world.memory.state(&samples::reference(n)).is_some());
    }
    cursors_are_fresh(&world);
    let (memory, clock) = (&world.memory, &world.clock);
    let usable = BTreeSet::from([world.connection.id.clone()]);
    let mut outcomes = Vec::new();
    while outcomes.last().is_none_or(|o: &Outcome| !o.complete) && outcomes.len() < 10 {
        clock.advance(SignedDuration::from_hours(1));
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
            usable: &usable,
            warehouse: &world.warehouse,
            open: &[],
            // Time for two calls: the second waits for its turn in the budget, and then it is over.
            until: clock.now() + SignedDuration::from_millis(500),
        };
        outcomes.push(compare.run(Depth::Deep, &Known::default()).await.unwrap());
    }
    let compared: Vec<usize> = outcomes.iter().map(|o| o.compared).collect();
    assert!(outcomes.len() > 2, "{compared:?}");
    assert_eq!(compared.iter().sum::<usize>(), 8, "each was compared once: {compared:?}");
    assert!(outcomes.last().unwrap().complete);
}

#[tokio::test]
async fn a_range_of_the_past_is_read_again_on_both_sides_and_twice_changes_nothing() {
    let world = World::with_orders(ALI, 5);
    // Nothing of it was ever polled, and a label was made by hand meanwhile.
    let (from, to) = (samples::at("2026-11-19T00:00:00Z"), samples::at("2026-11-22T00:00:00Z"));
    let ask = async || {
        let connections = std::slice::from_ref(&world.connection);
        let window = tallyman_app::ports::Window { from, to };
        tallyman_app::resync::ask(&world.memory, connections, &world.connection.id, window).await
    };
    assert_eq!(ask().await.unwrap(), 15, "three days, four lists and a sweep each");
    world.drain().await;
    assert_eq!(world.warehouse.orders().len(), 5);
    label(&world, 3, "s3", &[], |_| {});
    ask().await.unwrap();
    world.drain().await;
    assert_eq!(told(&world).len(), 1);
    let before = snapshot(&world);
    ask().await.unwrap();
    world.drain().await;
    assert_eq!(snapshot(&world), before);
    assert!(!pending(&world.memory.state(&samples::reference(1)).unwrap()).contains(&Effect::Export));
}
