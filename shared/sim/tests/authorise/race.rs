//! Sixty-four at once, in many orders: one call leaves, and all end with its result.

use crate::lab::{Process, Standing, connection, days, new_connection, shop, start};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use std::sync::Arc;
use tallyman_app::refresh::Renewal;
use tallyman_sim::{FakeAuthoriser, Registry, registry::Pause};

const RACERS: usize = 64;

/// Everywhere a store or a service would let others go on, the explorer decides who does.
fn pause() -> Pause {
    Arc::new(|| Box::pin(shuttle::future::yield_now()))
}

async fn prepared(pause: &Pause) -> (Arc<Registry>, FakeAuthoriser) {
    let registry = Arc::new(Registry::with(pause.clone()));
    let clock = Arc::new(Standing { at: start(), pause: pause.clone() });
    let server = FakeAuthoriser::new(clock.clone(), pause.clone());
    let first = Process::new(&registry, &server, clock);
    first.directory.config.put_account(&tallyman_sim::samples::account()).await.unwrap();
    first.authorise().prepare(new_connection()).await.unwrap();
    first.authorise().finish(&shop(), &server.code(), None).await.unwrap();
    (registry, server)
}

/// On day 20 the tokens are due.
async fn race(racers: usize, conditional: bool) {
    let (registry, server) = prepared(&pause()).await;
    if !conditional {
        registry.forget_conditions();
    }
    let racing = (0..racers).map(|_| {
        let (registry, server) = (registry.clone(), server.clone());
        shuttle::future::spawn(async move {
            let clock = Arc::new(Standing { at: start() + days(20), pause: pause() });
            let process = Process::new(&registry, &server, clock);
            // Whoever is early remembers the old token.
            process.token().await;
            let renewal = process.renew().await;
            (renewal, process.token().await)
        })
    });
    let racing: Vec<_> = racing.collect();
    let mut winners = 0;
    for racer in racing {
        let (renewal, token) = racer.await.unwrap();
        winners += usize::from(renewal == Renewal::Renewed);
        assert!(matches!(renewal, Renewal::Renewed | Renewal::ByAnother | Renewal::NotDue), "{renewal:?}");
        assert_eq!(token, "access-2", "{renewal:?}");
    }
    assert_eq!((winners, server.calls("refresh"), server.calls("probe")), (1, 1, 0));
    assert!(server.accepts("access-2"));
    let known = registry.authorised(&connection().id).unwrap();
    assert_eq!((known.generation, known.usable(start() + days(20))), (2, true));
}

fn explore(scheduler: impl Scheduler + 'static, racers: usize, conditional: bool) {
    let mut config = shuttle::Config::new();
    config.max_steps = shuttle::MaxSteps::FailAfter(5_000_000);
    shuttle::Runner::new(scheduler, config).run(move || shuttle::future::block_on(race(racers, conditional)));
}

#[test]
fn of_sixty_four_that_renew_at_once_one_calls_and_all_use_its_result_in_whatever_order() {
    explore(RandomScheduler::new_from_seed(64, 60), RACERS, true);
}

#[test]
fn of_a_few_that_renew_at_once_one_calls_in_thousands_of_orders() {
    explore(RandomScheduler::new_from_seed(3, 3_000), 3, true);
    explore(PctScheduler::new_from_seed(5, 4, 1_000), 5, true);
}

/// The exploration would notice: without the condition of the commit two calls leave.
#[test]
fn without_the_conditional_commit_the_exploration_finds_two_that_call() {
    let found = std::panic::catch_unwind(|| explore(RandomScheduler::new_from_seed(1, 500), 3, false));
    assert!(found.is_err());
}

/// On threads of their own, with real time between them.
#[test]
fn of_sixty_four_threads_that_renew_at_once_one_calls() {
    let pause: Pause = Arc::new(|| Box::pin(async { std::thread::sleep(std::time::Duration::from_micros(300)) }));
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (registry, server) = runtime().block_on(prepared(&pause));
    let threads: Vec<_> = (0..RACERS)
        .map(|_| {
            let (registry, server, pause) = (registry.clone(), server.clone(), pause.clone());
            std::thread::spawn(move || {
                let clock = Arc::new(Standing { at: start() + days(20), pause });
                let process = Process::new(&registry, &server, clock);
                runtime().block_on(async { (process.renew().await, process.token().await) })
            })
        })
        .collect();
    let ends: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(ends.iter().filter(|(renewal, _)| *renewal == Renewal::Renewed).count(), 1);
    assert!(ends.iter().all(|(_, token)| token == "access-2"), "{ends:?}");
    assert_eq!(server.calls("refresh"), 1);
}
