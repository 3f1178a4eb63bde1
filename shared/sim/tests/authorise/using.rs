//! Functions that use a connection while its tokens change or end.

use crate::{
    function::{function, function_at},
    lab::{World, connection, shop},
};
use jiff::SignedDuration;
use std::sync::Arc;
use tallyman_app::{
    directory::Idle,
    poll::{Job, JobKind, PageAsked, Poll, fan_out},
    ports::{CallError, Clock, Hint},
    reconcile::{self, Reach},
    refresh::Renewal,
    step::StepError,
};
use tallyman_domain::{MarketplaceKind, MarketplaceOrderId, Order, OrderStatus, Standing, WhyReauth};
use tallyman_sim::{FakeMarketplace, Memory, TokenFault, samples};

fn order() -> MarketplaceOrderId {
    samples::reference(1).order
}

#[tokio::test]
async fn a_token_that_was_renewed_meanwhile_is_taken_over_within_the_call() {
    let world = World::authorised(None).await;
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    marketplace.standing(&order()).await.unwrap();
    world.at_day(20);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    marketplace.standing(&order()).await.unwrap();
    marketplace.order(&order()).await.unwrap();
    assert!(world.known().usable(world.clock.now()));
}

#[tokio::test]
async fn a_refused_token_that_nobody_is_renewing_marks_the_connection_and_the_step_is_done_with() {
    let world = World::authorised(None).await;
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    world.server.revoke();
    let error = marketplace.standing(&order()).await.unwrap_err();
    assert!(matches!(error, CallError::NeedsReauth { .. }), "{error:?}");
    assert_eq!(world.known().needs_reauth(world.clock.now()), Some(WhyReauth::Refused));
    assert!(matches!(marketplace.order(&order()).await, Err(CallError::NeedsReauth { .. })));
    let next = function.directory.marketplace(&connection()).await.err().unwrap();
    assert!(matches!(next, StepError::NeedsReauth { .. }), "{next:?}");
    assert!(function.directory.usable_connections().await.unwrap().is_empty());
    // Reconnected, it goes on.
    world.process.authorise().finish(&shop(), &world.server.code(), None).await.unwrap();
    let again = self::function(&world);
    assert_eq!(again.directory.idle(&connection()).await.unwrap(), None::<Idle>);
    again.directory.marketplace(&connection()).await.unwrap().standing(&order()).await.unwrap();
}

#[tokio::test]
async fn a_refused_token_whose_refresh_token_still_works_heals_by_itself() {
    let world = World::authorised(None).await;
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    world.server.drop_access();
    assert!(matches!(marketplace.standing(&order()).await, Err(CallError::NeedsReauth { .. })));
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_refusal_while_a_renewal_is_in_doubt_waits_and_marks_nothing() {
    let world = World::authorised(None).await;
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    world.at_day(20);
    world.server.fail([TokenFault::LoseAnswer]);
    assert!(matches!(world.process.renew().await, Renewal::Later(_)));
    let error = marketplace.standing(&order()).await.unwrap_err();
    assert!(matches!(error, CallError::Throttled { .. }), "{error:?}");
    assert_eq!(world.known().needs_reauth(world.clock.now()), None);
}

#[tokio::test]
async fn a_connection_of_an_older_version_is_marked_too() {
    let world = World::empty().await;
    let old = serde_json::json!({"app_key": "1", "app_secret": "2", "access_token": "dead"});
    world.process.directory.secrets.put_secret("connection/shop", &old).await.unwrap();
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    assert!(matches!(marketplace.standing(&order()).await, Err(CallError::NeedsReauth { .. })));
    assert_eq!(world.known().needs_reauth(world.clock.now()), Some(WhyReauth::Refused));
}

#[tokio::test]
async fn a_store_that_is_out_of_reach_makes_the_step_wait() {
    let world = World::authorised(None).await;
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    world.server.revoke();
    world.registry.die(tallyman_sim::Death { at_write: 0, after_effect: false });
    assert!(matches!(marketplace.standing(&order()).await, Err(CallError::Throttled { .. })));
}

#[tokio::test]
async fn at_the_chosen_end_the_connection_is_not_called_though_its_token_would_work() {
    let world = World::authorised(Some(tallyman_domain::Length::One)).await;
    world.at_day(20);
    world.process.renew().await;
    world.at_day(31);
    let function = function(&world);
    assert!(world.server.accepts(&function.token().await));
    let error = function.directory.marketplace(&connection()).await.err().unwrap();
    assert!(error.to_string().contains("chosen length is over"), "{error}");
}

#[tokio::test]
async fn reconcile_leaves_alone_what_needs_a_connection_that_cannot_be_used_and_wakes_it_afterwards() {
    let world = World::authorised(None).await;
    let memory = Memory::default();
    let market = FakeMarketplace::new(3, false);
    market.put(samples::order(MarketplaceKind::AliExpress, 1));
    let clock = &*world.clock;
    let poll = Poll { orders: &memory, cursors: &memory, queue: &memory, clock, margin: SignedDuration::from_mins(2) };
    poll.read_again(&connection(), &market, &[samples::reference(1)], false).await.unwrap();
    let _ = memory.take_hints();
    world.clock.advance(SignedDuration::from_hours(1));
    let age = SignedDuration::from_mins(15);
    let run = async |reach| {
        reconcile::run_within(reach, &memory, &memory, clock, &connection(), age).await.unwrap();
        memory.take_hints().len()
    };
    assert_eq!(run(Reach::WarehouseOnly).await, 1, "the export needs nothing of the marketplace");
    assert_eq!(run(Reach::Everybody).await, 1);
}

/// What poll-marketplace does on a tick, in a process of its own. Returns how many connections were polled.
async fn tick(world: &World, market: &Arc<FakeMarketplace>, memory: &Memory, job: JobKind) -> usize {
    let function = function_at(world, market);
    let clock = &*world.clock;
    let margin = SignedDuration::from_mins(2);
    let poll = Poll { orders: memory, cursors: memory, queue: memory, clock, margin };
    let job = Job { job, connection: None, from: None, to: None };
    let mut hints = fan_out(&job, &function.directory.usable_connections().await.unwrap(), clock.now());
    let polled = hints.len();
    while let Some(hint) = hints.pop() {
        let Hint::Poll { connection, listing, window, page, down } = hint else { continue };
        let connection = function.directory.connection(&connection).await.unwrap();
        let Ok(market) = function.directory.marketplace(&connection).await else { continue };
        let asked = PageAsked { listing, window, page, down, last_try: false };
        match poll.page(&connection, &*market, asked).await {
            Ok(_) => hints.extend(memory.take_hints().into_iter().map(|(hint, _)| hint)),
            Err(StepError::NeedsReauth { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    polled
}

#[tokio::test]
async fn an_order_placed_while_the_connection_needed_a_person_is_found_after_it_was_reconnected() {
    let world = World::authorised(None).await;
    let (market, memory) = (Arc::new(FakeMarketplace::new(3, false)), Memory::default());
    let placed = |n: u32| {
        let now = world.clock.now();
        let order = samples::order(MarketplaceKind::AliExpress, n);
        market.put(Order { placed_at: now, modified_at: now, ..order });
        world.clock.advance(SignedDuration::from_hours(1));
    };
    let known = |n: u32| memory.state(&samples::reference(n)).is_some();
    placed(1);
    assert_eq!(tick(&world, &market, &memory, JobKind::Import).await, 1);
    assert!(known(1));
    tick(&world, &market, &memory, JobKind::Status).await;
    world.server.revoke();
    tick(&world, &market, &memory, JobKind::Import).await;
    assert!(world.known().needs_reauth(world.clock.now()).is_some());
    placed(2);
    let cancelled = samples::order(MarketplaceKind::AliExpress, 1);
    let standing = Standing {
        status: "FINISH".into(),
        end_reason: Some("cancel_order_close_trade".into()),
        ..Standing::default()
    };
    market.put(Order { placed_at: cancelled.placed_at, modified_at: world.clock.now(), standing, ..cancelled });
    // Nobody comes for so long that no other window than the cursor's reaches back to that order.
    world.at_day(25);
    placed(3);
    assert_eq!(tick(&world, &market, &memory, JobKind::Import).await, 0, "its polling pauses");
    assert!(!known(2) && !known(3));
    world.process.authorise().finish(&shop(), &world.server.code(), None).await.unwrap();
    // What comes first afterwards doesn't move the cursor past what was never read.
    tick(&world, &market, &memory, JobKind::Status).await;
    tick(&world, &market, &memory, JobKind::Deep).await;
    assert!(known(3) && !known(2));
    tick(&world, &market, &memory, JobKind::Import).await;
    assert!(known(2), "from before the outage");
    // What ended meanwhile is in no list but the ended ones', which have a cursor of their own.
    let status = memory.state(&samples::reference(1)).unwrap().status;
    assert_eq!(status, OrderStatus::Cancelled);
}
