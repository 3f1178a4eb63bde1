//! Dead letters, sent back.

use crate::{BOTH, compared::snapshot, label, world::World};
use std::collections::BTreeSet;
use tallyman_app::ports::{Hint, Lane};
use tallyman_sim::samples;

/// Works off everything that waits, and keeps a copy of each message.
async fn drained(world: &World) -> Vec<Hint> {
    let mut all = Vec::new();
    for _ in 0..200 {
        let hints = world.memory.take_hints();
        if hints.is_empty() {
            return all;
        }
        for (hint, delay) in hints {
            world.clock.advance(jiff::SignedDuration::try_from(delay).unwrap());
            let _ = world.work(&hint, true).await;
            all.push(hint);
        }
    }
    panic!("the messages never end");
}

#[tokio::test]
async fn every_message_of_all_queues_sent_back_twice_as_if_it_had_died_changes_nothing() {
    for kind in BOTH {
        let world = World::with_orders(kind, 7);
        let mut dead = vec![Hint::Poll {
            connection: world.connection.id.clone(),
            listing: tallyman_app::ports::Listing::Modified,
            window: None,
            page: 0,
            down: false,
        }];
        world.work(&dead[0], true).await.unwrap();
        dead.extend(drained(&world).await);
        for n in 1..=6 {
            let voided = n == 6;
            label(&world, n, &format!("s{n}"), &[], |s| s.carrier = if n == 5 { "Pigeon Post" } else { "ups" }.into());
            if voided {
                label(&world, n, "s60", &[], crate::voided);
            }
        }
        dead.push(crate::world::sweep_of(&world.account));
        world.work(dead.last().unwrap(), true).await.unwrap();
        dead.extend(drained(&world).await);
        dead.push(Hint::Read { orders: (1..=7).map(samples::reference).collect() });
        let lanes: BTreeSet<String> = dead.iter().map(|hint| format!("{:?}", hint.lane())).collect();
        let all = [Lane::Poll, Lane::Export, Lane::Shipments, Lane::Proof, Lane::Notify];
        assert_eq!(lanes, all.iter().map(|lane| format!("{lane:?}")).collect());
        let before = snapshot(&world);
        assert!(before.0.len() == 7 && world.market.notices().len() >= 5, "there is something to break");
        for _ in 0..2 {
            for hint in &dead {
                world.work(hint, true).await.unwrap();
            }
            drained(&world).await;
            assert_eq!(snapshot(&world), before);
        }
    }
}
