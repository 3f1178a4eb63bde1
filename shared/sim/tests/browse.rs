//! What people look through, over the stores in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tallyman_app::{
    browse::{Asked, Browse, Depth, Hit, Pile, Search},
    ports::{Month, OrderStore as _, Shelf, Shelves as _},
    step::settle,
};
use tallyman_domain::{ConnectionId, Event, MarketplaceKind, MarketplaceOrderId, Order, OrderRef, Tab, WordKind};
use tallyman_sim::{Memory, samples};

const NOW: &str = "2026-11-22T09:00:00Z";

struct Shop {
    memory: Memory,
    connections: Vec<ConnectionId>,
}

impl Shop {
    fn new() -> Self {
        let connections = ["one", "two"].map(|id| ConnectionId::parse(id).unwrap()).to_vec();
        Self { memory: Memory::default(), connections }
    }

    fn browse(&self) -> Browse<'_> {
        Browse { shelves: &self.memory, orders: &self.memory, notes: &self.memory }
    }

    async fn put(&self, connection: usize, n: u32, placed_at: Timestamp, change: impl FnOnce(&mut Order)) -> OrderRef {
        let id = MarketplaceOrderId::parse(n.to_string()).unwrap();
        let reference = OrderRef::new(self.connections[connection].clone(), id.clone());
        let mut order = Order { id, placed_at, ..samples::order(MarketplaceKind::AliExpress, n) };
        change(&mut order);
        let with = samples::connection(MarketplaceKind::AliExpress);
        self.memory.put_facts(&[(reference.clone(), order.clone())]).await.unwrap();
        let event = Event::OrderObserved(&order);
        settle(&self.memory, None, &event, with.setting(&reference), samples::at(NOW)).await.unwrap();
        reference
    }

    fn asked(&self, pile: Pile) -> Asked {
        Asked {
            pile,
            connections: self.connections.clone(),
            from: None,
            to: None,
            country: None,
            before: None,
            limit: 7,
        }
    }

    /// All pages, one after the other.
    async fn all(&self, mut asked: Asked) -> Vec<OrderRef> {
        let mut found = Vec::new();
        for _ in 0..500 {
            let page = self.browse().list(&asked).await.unwrap();
            assert!(page.rows.len() <= asked.limit + 1);
            found.extend(page.rows.into_iter().map(|(order, _)| order));
            match page.next {
                Some(next) => {
                    let up = asked.pile == Pile::NeedsAttention;
                    assert!(asked.before.as_ref().is_none_or(|before| (next > *before) == up), "it gets on");
                    asked.before = Some(next);
                }
                None => return found,
            }
        }
        panic!("it never ends");
    }
}

fn status(order: &mut Order, word: &str) {
    order.standing.status = word.into();
    if word == "FINISH" {
        order.standing.end_reason = Some("buyer_cancel_order".into());
    }
}

/// Some 200 orders of a year, some of them at one second, of all tabs.
async fn year() -> Shop {
    let shop = Shop::new();
    let words = ["PLACE_ORDER_SUCCESS", "WAIT_SELLER_SEND_GOODS", "RISK_CONTROL", "FINISH", "WAIT_BUYER_ACCEPT_GOODS"];
    for n in 0..200_u32 {
        let days = i64::from(n * n % 365);
        let placed_at = samples::at("2026-11-21T10:00:00Z") - SignedDuration::from_hours(24 * days);
        let word = words[n as usize % words.len()];
        shop.put(n as usize % 2, 1_000 + n / 2, placed_at, |order| {
            status(order, word);
            if n.is_multiple_of(10) {
                order.ship_to.as_mut().unwrap().country = tallyman_domain::CountryCode::parse("DE").unwrap();
            }
        })
        .await;
    }
    shop
}

#[tokio::test]
async fn every_pile_shows_each_of_its_orders_once_and_newest_first_on_whatever_page() {
    let shop = year().await;
    let states = shop.memory.states_now();
    let all = shop.all(shop.asked(Pile::All)).await;
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    let placed: Vec<Timestamp> = all.iter().map(|order| states[order].placed_at).collect();
    assert!(placed.is_sorted_by(|a, b| a >= b), "newest first");
    for tab in Tab::ALL {
        let found = shop.all(shop.asked(Pile::Tab(tab))).await;
        let expected: Vec<_> = states.iter().filter(|(_, state)| state.tab() == tab).map(|(order, _)| order).collect();
        assert!(!expected.is_empty());
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), expected.into_iter().collect(), "{tab:?}");
        assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len(), "{tab:?}: each once");
    }
}

#[tokio::test]
async fn filters_leave_out_exactly_what_they_say() {
    let shop = year().await;
    let states = shop.memory.states_now();
    let (from, to) = (samples::at("2026-06-01T00:00:00Z"), samples::at("2026-10-01T00:00:00Z"));
    let asked = Asked {
        from: Some(from),
        to: Some(to),
        country: Some("DE".into()),
        connections: vec![shop.connections[0].clone()],
        ..shop.asked(Pile::All)
    };
    let expected: BTreeSet<OrderRef> = states
        .iter()
        .filter(|(order, state)| {
            let in_time = state.placed_at >= from && state.placed_at < to;
            in_time && state.country.as_ref().unwrap().as_str() == "DE" && order.connection == shop.connections[0]
        })
        .map(|(order, _)| order.clone())
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(shop.all(asked).await.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn what_needs_attention_is_listed_whatever_its_tab() {
    let shop = year().await;
    let strange = shop.put(0, 1, samples::at(NOW), |order| status(order, "SOMETHING_NEW")).await;
    assert_eq!(shop.all(shop.asked(Pile::NeedsAttention)).await, [strange]);
    assert_eq!(shop.browse().counts(&shop.connections).await.unwrap().needs_attention.count, 1);
}

#[tokio::test]
async fn more_than_can_be_counted_at_a_look_need_attention_and_every_one_is_listed_once_and_counted_by_the_hour() {
    let shop = Shop::new();
    let mut placed = BTreeSet::new();
    for n in 0..1_203_u32 {
        let at = samples::at(NOW) - SignedDuration::from_mins(i64::from(n % 60));
        let of = usize::from(n % 3 == 0);
        placed.insert(shop.put(of, n + 1, at, |order| order.standing.status = "STRANGE".into()).await);
    }
    let found = shop.all(shop.asked(Pile::NeedsAttention)).await;
    assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>()), (1_203, placed.clone()));
    let second = Asked { connections: shop.connections[1..].to_vec(), ..shop.asked(Pile::NeedsAttention) };
    let of_second = shop.all(second).await;
    assert_eq!(of_second.len(), 401);
    let live = shop.browse().counts(&shop.connections).await.unwrap().needs_attention;
    assert!(live.at_least && live.count == 500);
    shop.browse().count_all(&shop.connections, Depth::Newest, samples::at(NOW)).await.unwrap();
    let counted = shop.browse().counts(&shop.connections).await.unwrap().needs_attention;
    assert_eq!((counted.count, counted.at_least, counted.as_of), (1_203, false, Some(samples::at(NOW))));
    let counted = shop.browse().counts(&shop.connections[1..]).await.unwrap().needs_attention;
    assert_eq!(counted.count, 401);
}

#[tokio::test]
async fn the_counts_of_the_tabs_are_those_of_the_orders_and_a_tally_says_when_it_was_made() {
    let shop = year().await;
    let states = shop.memory.states_now();
    let of = |tab| u64::try_from(states.values().filter(|state| state.tab() == tab).count()).unwrap();
    let live = shop.browse().counts(&shop.connections).await.unwrap();
    assert_eq!((live.all.count, live.all.as_of, live.all.at_least), (200, None, false));
    for tab in Tab::ALL {
        assert_eq!(live.tabs[&tab].count, of(tab), "{tab:?}");
    }
    let at = samples::at("2026-11-22T08:00:00Z");
    shop.browse().count_all(&shop.connections, Depth::All, at).await.unwrap();
    let told = shop.browse().counts(&shop.connections).await.unwrap();
    assert_eq!((told.all.count, told.all.as_of), (200, Some(at)), "older days are taken from the tally");
    shop.put(0, 5, samples::at("2026-11-21T11:00:00Z"), |_| ()).await;
    let told = shop.browse().counts(&shop.connections).await.unwrap();
    assert_eq!((told.all.count, told.tabs[&Tab::AwaitingShipment].count), (201, of(Tab::AwaitingShipment) + 1));
}

#[tokio::test]
async fn an_order_is_found_by_number_buyer_sku_and_parcel_and_no_longer_by_what_it_said_before() {
    let shop = Shop::new();
    let order = shop
        .put(0, 4711, samples::at(NOW), |order| {
            order.buyer.name = Some("José Álvarez".into());
            order.lines[0].sku = Some("LAMP-7".into());
        })
        .await;
    shop.put(1, 4712, samples::at(NOW), |_| ()).await;
    let label = samples::label(4711, "s1", &[]).shipment;
    shop.memory.put_shipment(&order, &label).await.unwrap();
    let find = async |text: &str, kinds: &[WordKind]| {
        let search = Search { text, connections: &shop.connections, kinds, from: None, to: None, country: None };
        let found = shop.browse().search(&search).await.unwrap();
        found.rows.into_iter().map(|(hit, order, _)| (hit, order)).collect::<Vec<_>>()
    };
    let all = &WordKind::ALL;
    assert_eq!(find("4711", all).await, [(Hit::Number, order.clone())]);
    assert_eq!(find(" one:4711 ", all).await, [(Hit::Number, order.clone())]);
    assert_eq!(find("JOSÉ Á", all).await, [(Hit::Word(WordKind::Buyer), order.clone())]);
    assert_eq!(find("lamp-7", all).await, [(Hit::Word(WordKind::Sku), order.clone())]);
    assert_eq!(find("track s1", all).await, [(Hit::Word(WordKind::Tracking), order.clone())]);
    assert_eq!(find("álvarez", all).await, [(Hit::Word(WordKind::Buyer), order.clone())], "by the last name");
    let (placed, country) = (samples::at(NOW), shop.memory.state(&order).unwrap().country.unwrap());
    for (from, country, found) in [
        (Some(placed), None, 1),
        (Some(placed + SignedDuration::from_secs(1)), None, 0),
        (None, Some(country.as_str()), 1),
        (None, Some("AQ"), 0),
    ] {
        let search = Search { text: "lamp-7", connections: &shop.connections, kinds: all, from, to: None, country };
        assert_eq!(shop.browse().search(&search).await.unwrap().rows.len(), found, "{from:?} {country:?}");
    }
    assert_eq!(find("josé", &[WordKind::Sku]).await, [], "who may not see buyers may not look for them");
    let search = Search { text: "jo", connections: &shop.connections, kinds: all, from: None, to: None, country: None };
    assert!(shop.browse().search(&search).await.unwrap().too_short);

    let mut renamed = samples::order(MarketplaceKind::AliExpress, 4711);
    renamed.placed_at = samples::at(NOW);
    renamed.modified_at = samples::at("2026-11-22T10:00:00Z");
    renamed.buyer.name = Some("Ana Sousa".into());
    shop.memory.put_facts(&[(order.clone(), renamed.clone())]).await.unwrap();
    let (with, state) = (samples::connection(MarketplaceKind::AliExpress), shop.memory.state(&order));
    let event = Event::OrderObserved(&renamed);
    settle(&shop.memory, state, &event, with.setting(&order), samples::at(NOW)).await.unwrap();
    assert_eq!(find("josé á", all).await, [], "the old name is still a word, but no longer the order's");
    assert_eq!(find("ana sousa", all).await, [(Hit::Word(WordKind::Buyer), order)]);
}

#[tokio::test]
async fn an_empty_shelf_leaves_the_catalogue_after_two_hours_and_is_back_before_its_first_order() {
    let shop = Shop::new();
    let placed_at = samples::at("2026-11-21T11:00:00Z");
    shop.put(0, 5, placed_at, |_| ()).await;
    let on_hold = Shelf::Open(Tab::OnHold, Month::of(placed_at));
    let is_there =
        async || shop.memory.catalogue(None).await.unwrap()[&shop.connections[0]].others.contains_key(&on_hold);
    for (at, expected) in [("08:00:00", true), ("09:59:59", true), ("10:00:00", false), ("11:00:00", false)] {
        let at = samples::at(&format!("2026-11-22T{at}Z"));
        shop.browse().count_all(&shop.connections, Depth::Newest, at).await.unwrap();
        assert_eq!(is_there().await, expected, "{at}");
    }
    let held = shop.put(0, 6, placed_at, |order| status(order, "RISK_CONTROL")).await;
    assert!(is_there().await);
    assert_eq!(shop.all(shop.asked(Pile::Tab(Tab::OnHold))).await, [held]);
}

#[tokio::test]
async fn the_whole_is_counted_from_its_months_and_days_whichever_were_counted_before() {
    let shop = year().await;
    let at = |hour: i64| samples::at("2026-11-22T08:00:00Z") + SignedDuration::from_hours(hour);
    shop.browse().count_all(&shop.connections, Depth::All, at(0)).await.unwrap();
    // One of an old month, found late: the hourly count doesn't look there, the daily one does.
    shop.put(1, 6, samples::at("2026-02-03T11:00:00Z"), |_| ()).await;
    for (depth, hour, expected) in [(Depth::Newest, 1, 200), (Depth::All, 2, 201), (Depth::Newest, 3, 201)] {
        shop.browse().count_all(&shop.connections, depth, at(hour)).await.unwrap();
        let told = shop.browse().counts(&shop.connections).await.unwrap().all;
        assert_eq!((told.count, told.as_of), (expected, Some(at(hour))), "{depth:?}");
    }
}
