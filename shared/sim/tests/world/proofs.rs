//! Proofs that are no longer new: looked at in turn by the daily run.

use crate::{
    compared::{a_second_run_changes_nothing, cursors_are_fresh, reconcile},
    label, told,
    world::World,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tallyman_app::{
    ports::{Clock as _, Kept, OrderStore as _, ProofVault, StoreError},
    reconcile::{
        Known,
        compare::{Compare, Depth, Outcome},
    },
};
use tallyman_domain::{Digest, ExceptionKind, MarketplaceKind, OrderState, ProofFacts, ShipmentId};
use tallyman_sim::{ManualClock, Memory, samples};

fn proof_of(n: u32) -> String {
    ProofFacts::key(&samples::reference(n), &ShipmentId::parse(format!("s{n}")).unwrap())
}

/// So many orders, shipped five days ago; who has read it all since.
async fn shipped(count: u32, carrier: &str) -> World {
    let world = World::with_orders(MarketplaceKind::AliExpress, count);
    world.import().await;
    for n in 1..=count {
        label(&world, n, &format!("s{n}"), &[], |s| s.carrier = carrier.into());
    }
    world.sweep().await;
    for n in 1..=count {
        let mut order = samples::order(MarketplaceKind::AliExpress, n);
        if told(&world).len() == count as usize {
            order.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into();
        }
        order.modified_at = world.clock.now();
        world.market.put(order);
    }
    world.clock.advance(SignedDuration::from_mins(10));
    world.import().await;
    world.clock.advance(SignedDuration::from_hours(5 * 24));
    world
}

#[tokio::test]
async fn an_older_proof_of_a_finished_order_that_is_gone_is_a_persons_matter_until_it_is_back() {
    let world = shipped(3, "stamps_com").await;
    assert!((1..=3).all(|n| world.finished(n)));
    let proof = world.memory.proof(&proof_of(2)).unwrap();
    for planted in [None, Some(&b"another"[..])] {
        world.memory.replace_proof(&proof_of(2), planted);
        assert_eq!(reconcile(&world, Depth::Light).await.compared.proofs, 0, "once a day");
        let found = reconcile(&world, Depth::Deep).await.compared;
        assert_eq!((found.proofs, found.opened, world.kinds(2)), (3, 1, vec![ExceptionKind::ProofLost]));
        assert_eq!(world.memory.proof(&proof_of(2)).as_deref(), planted, "nothing is replaced");
        a_second_run_changes_nothing(&world, Depth::Deep).await;
        world.memory.replace_proof(&proof_of(2), Some(&proof));
        assert_eq!(reconcile(&world, Depth::Deep).await.compared.cleared, 1);
        assert_eq!(world.kinds(2), []);
    }
    world.clock.advance(SignedDuration::from_hours(85 * 24));
    world.memory.replace_proof(&proof_of(2), None);
    assert_eq!(reconcile(&world, Depth::Deep).await.compared.proofs, 0, "the bucket may let them go by then");
}

#[tokio::test]
async fn an_older_proof_that_nobody_was_told_of_is_drawn_again_and_is_the_same() {
    let world = shipped(1, "Pigeon Post").await;
    let proof = world.memory.proof(&proof_of(1));
    world.memory.replace_proof(&proof_of(1), None);
    let ran = reconcile(&world, Depth::Deep).await.compared;
    assert_eq!((ran.proofs, ran.drawn_again, told(&world).len()), (1, 1, 0));
    assert_eq!(world.memory.proof(&proof_of(1)), proof);
}

/// Each look takes a second.
struct Slow<'a>(&'a Memory, &'a ManualClock);
#[async_trait]
impl ProofVault for Slow<'_> {
    async fn keep(&self, key: &str, png: &[u8], digest: Digest) -> Result<Kept, StoreError> {
        self.0.keep(key, png, digest).await
    }
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(key).await
    }
    async fn digest(&self, key: &str) -> Result<Option<Digest>, StoreError> {
        self.1.advance(SignedDuration::from_secs(1));
        self.0.digest(key).await
    }
}

/// A deep run that may take so long.
async fn night(world: &World, time: SignedDuration) -> Outcome {
    world.clock.advance(SignedDuration::from_hours(1));
    cursors_are_fresh(world);
    let (memory, clock) = (&world.memory, &world.clock);
    let compare = Compare {
        orders: memory,
        notes: memory,
        budgets: memory,
        vault: &Slow(memory, clock),
        shelves: memory,
        queue: memory,
        clock,
        account: &world.account,
        connections: std::slice::from_ref(&world.connection),
        usable: &BTreeSet::from([world.connection.id.clone()]),
        warehouse: &world.warehouse,
        open: &[],
        until: clock.now() + time,
    };
    compare.run(Depth::Deep, &Known::default()).await.unwrap()
}

#[tokio::test]
async fn nights_without_time_for_all_older_proofs_go_on_where_the_one_before_stopped_and_then_begin_anew() {
    let world = shipped(1, "stamps_com").await;
    let (one, png) = (world.memory.state(&samples::reference(1)).unwrap(), world.memory.proof(&proof_of(1)).unwrap());
    for n in 2..=250 {
        let order = samples::reference(n);
        world.memory.commit(&order, &OrderState { version: 1, ..one.clone() }).await.unwrap();
        world.memory.keep(&ProofFacts::key(&order, &one.shipments[0].id), &png, Digest::of_bytes(&png)).await.unwrap();
    }
    let mut looked_at = Vec::new();
    for _ in 0..5 {
        looked_at.push(night(&world, SignedDuration::from_secs(90)).await.proofs);
    }
    assert_eq!(looked_at, [100, 100, 50, 100, 100]);
    assert_eq!(night(&world, SignedDuration::from_hours(1)).await.proofs, 50);
    assert_eq!(night(&world, SignedDuration::from_hours(1)).await.proofs, 250);
}
