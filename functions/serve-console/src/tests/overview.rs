//! The overview: true figures, each with a way to what is behind it.

use super::{
    orders::{connection, on, order, page, reference, ship, stock},
    world::World,
};
use crate::session::Role;
use jiff::SignedDuration;
use tallyman_app::browse::{
    Browse, Depth,
    pulse::{note_point, point},
};
use tallyman_app::reconcile::healed::{Remedied, note_rows};
use tallyman_domain::Event;

#[tokio::test]
async fn without_anything_it_says_so_and_draws_nothing() {
    let world = World::new().await;
    let body = page(&world, Role::Viewer, "/").await;
    assert!(body.contains("Nothing was measured yet") && body.contains("Nothing waits for a person."), "{body}");
    assert!(!body.contains("<svg"));
}

#[tokio::test]
async fn every_figure_leads_to_the_rows_behind_it_and_every_plot_is_a_table_too() {
    let world = World::new().await;
    stock(&world, &order(81)).await;
    ship(&world, &order(82)).await;
    let sent = world.memory.state(&reference(&order(81))).unwrap().export.wanted.unwrap();
    on(&world, &reference(&order(81)), &Event::ExportRefused { sent: &sent, reason: "no such country" }).await;
    let browse = Browse { shelves: &*world.memory, orders: &*world.memory, notes: &*world.memory };
    let connections = [connection().id];
    for hours in [3, 2, 1] {
        let at = world.now() - SignedDuration::from_hours(hours);
        let tally = browse.count_all(&connections, Depth::Newest, at).await.unwrap();
        let lags = browse.lags(&connections, world.now()).await.unwrap();
        note_point(&*world.memory, &point(&tally, 1, usize::try_from(hours).unwrap(), lags)).await.unwrap();
    }
    note_rows(&*world.memory, &[("ae-main:81".to_owned(), Remedied::GivenAgain)], 5, world.now()).await.unwrap();
    let body = page(&world, Role::Viewer, "/").await;
    for figure in [
        "href=\"/orders\"><span class=\"figure\">2</span>",
        "href=\"/orders?tab=awaiting_shipment\"><span class=\"figure\">1</span>",
        "href=\"/orders?tab=shipped\"><span class=\"figure\">1</span>",
        "href=\"/orders?tab=needs_attention\"><span class=\"figure\">1</span>",
        "href=\"/exceptions?owner=technical\"><span class=\"figure\">1</span>",
        "<a href=\"/exceptions\">Open exceptions: 1</a>",
        "<a href=\"/orders?tab=shipped\">Shipped: 1</a>",
        "<a href=\"/orders?tab=cancelled\">Cancelled: 0</a>",
        "Counted just now.",
        "These values were measured: <time datetime=\"2026-11-20T07:00:00Z\"",
        "<span>highest: –</span>",
        "<a href=\"/healed\">Healed in the last seven days: 5</a>",
    ] {
        assert!(body.contains(figure) || body.contains(&figure.replace('=', "&#61;")), "{figure}: {body}");
    }
    assert_eq!(body.matches("<svg").count(), 5);
    assert_eq!(body.matches("role=\"img\" aria-label=\"").count(), 5);
    assert_eq!(body.matches("<table").count(), 5);
    assert!(body.len() < 100_000, "{} bytes", body.len());
}

#[tokio::test]
async fn whose_exceptions_were_not_looked_at_has_a_card_all_the_same() {
    let world = super::exceptions::open(520, "whose?").await;
    let body = page(&world, Role::Viewer, "/").await;
    for (owner, n) in [("warehouse", 1), ("technical", 499), ("customer_service", 0), ("finance", 0)] {
        let card = format!("href=\"/exceptions?owner={owner}\"><span class=\"figure\">at least {n}</span>");
        assert!(body.contains(&card), "{card}: {body}");
    }
    assert_eq!(body.matches("none among the most urgent").count(), 2, "{body}");
    let few = page(&super::exceptions::open(1, "whose?").await, Role::Viewer, "/").await;
    assert!(!few.contains("at least") && !few.contains("owner=finance"), "{few}");
}

#[tokio::test]
async fn a_lag_leads_to_the_very_orders_it_was_made_of() {
    let world = World::new().await;
    assert!(page(&world, Role::Viewer, "/lags/in").await.contains("There was nothing to measure in the last day."));
    stock(&world, &order(81)).await;
    let mut quick = order(82);
    quick.placed_at = world.now() - SignedDuration::from_hours(2);
    quick.paid_at = Some(quick.placed_at);
    ship(&world, &quick).await;
    let mut waiting = order(83);
    waiting.placed_at = world.now() - SignedDuration::from_hours(3);
    waiting.paid_at = Some(waiting.placed_at);
    stock(&world, &waiting).await;
    let browse = Browse { shelves: &*world.memory, orders: &*world.memory, notes: &*world.memory };
    let (to_warehouse, to_confirmed) = browse.lags(&[connection().id], world.now()).await.unwrap();
    for (path, lag) in [("/lags/in", to_warehouse), ("/lags/back", to_confirmed)] {
        let body = page(&world, Role::Viewer, path).await;
        let rows = body.matches("<td class=\"main\"><a href=\"/orders/").count();
        assert_eq!(rows, lag.map_or(0, |lag| lag.of), "{path}: {body}");
    }
    let measured = to_warehouse.map(|lag| (lag.of, lag.p99_s));
    assert_eq!(measured, Some((2, 3 * 3_600)), "the one that ShipStation has, and the one that waits, with its age");
    assert!(page(&world, Role::Viewer, "/lags/in").await.contains("ae-main:82</a>"));
}

#[tokio::test]
async fn what_was_healed_is_listed_with_its_order_how_and_when_and_how_many_are_not() {
    let world = World::new().await;
    assert!(page(&world, Role::Viewer, "/healed").await.contains("Nothing had to be healed."));
    let rows = [("ae-main:81".to_owned(), Remedied::GivenAgain), ("poll/ae-main".to_owned(), Remedied::Moved)];
    note_rows(&*world.memory, &rows, 3, world.now()).await.unwrap();
    let body = page(&world, Role::Viewer, "/healed").await;
    for text in [
        "<a href=\"/orders/ae-main/81\">ae-main:81</a>",
        "ShipStation was given it again",
        "poll/ae-main",
        "A poll or sweep that stood was asked to move",
        "1 more are not listed.",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
}

#[tokio::test]
async fn a_point_is_taken_once_however_often_reconcile_is_asked_and_a_week_is_kept() {
    let world = World::new().await;
    let browse = Browse { shelves: &*world.memory, orders: &*world.memory, notes: &*world.memory };
    let tally = browse.count_all(&[], Depth::Newest, world.now()).await.unwrap();
    for minutes in 0..600 {
        let mut tally = tally.clone();
        tally.at += SignedDuration::from_mins(minutes);
        note_point(&*world.memory, &point(&tally, 0, 0, (None, None))).await.unwrap();
    }
    let points = tallyman_app::browse::pulse::points(&*world.memory).await.unwrap();
    assert!((100..=168).contains(&points.len()), "{}", points.len());
    assert!(points.windows(2).all(|two| two[1].at.duration_since(two[0].at) >= SignedDuration::from_mins(4)));
}
