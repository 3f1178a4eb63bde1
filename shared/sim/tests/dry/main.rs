//! A dry run says all that it would send, and sends nothing. Alone in its process, as whoever reads a log is.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "../quiet/log.rs"]
mod log;
#[path = "../way/world.rs"]
#[allow(dead_code, reason = "shared with another test")]
mod world;

use jiff::SignedDuration;
use log::Log;
use tallyman_app::reconcile;
use tallyman_domain::MarketplaceKind;
use world::World;

#[tokio::test]
async fn a_dry_run_says_what_it_would_send_and_sends_nothing_until_it_is_one_no_longer() {
    for kind in [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba] {
        let (log, _listening) = Log::listen();
        let mut world = World::with_orders(kind, 2);
        world.dry_run = true;
        world.import().await;
        assert!(world.warehouse.orders().is_empty() && !world.warehouse.calls().contains(&"create_orders".to_owned()));
        let expect = |parts: &[&str]| {
            let text = log.text();
            let said = text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
            assert!(said, "{kind:?}: no line has {parts:?} in:\n{text}");
        };
        expect(&["would be sent to ShipStation", "key=\"shop:1\"", "2 x SKU-1", "1 x SKU-2", "paid=Some(30)"]);

        // What somebody else put into ShipStation is shipped there.
        world.dry_run = false;
        world.drain().await;
        world.import().await;
        let export =
            tallyman_app::ports::Hint::Export { orders: (1..=2).map(tallyman_sim::samples::reference).collect() };
        world.work(&export, false).await.unwrap();
        world.drain().await;
        world.dry_run = true;
        world.ship(1, "s1", &[]);
        world.sweep().await;
        expect(&["the marketplace would be told", "shop:1", "extent=All", "tracking_number=", "2 x SKU-1"]);
        if kind == MarketplaceKind::Alibaba {
            expect(&["the proof would be uploaded", "shop:1", "file="]);
        }
        assert!(world.notices().is_empty(), "{kind:?}");
        // The other marketplace's client has nothing to call for it.
        assert!(kind == MarketplaceKind::AliExpress || world.market.uploads().is_empty());
        assert!(!log.text().contains("Ana"), "the buyer is nobody's business");

        // Nothing of it stands in the way of the real run.
        world.dry_run = false;
        world.clock.advance(SignedDuration::from_mins(20));
        let older = SignedDuration::from_mins(15);
        reconcile::run(&world.memory, &world.memory, &world.clock, &world.connection, older).await.unwrap();
        world.drain().await;
        assert_eq!(world.notices().len(), 1, "{kind:?}");
        assert!(!world.market.uploads().is_empty());
    }
}
