//! Fills a table with orders of a year, as the functions would have written them: for measuring the console.
//!
//! `TALLYMAN_TABLE=... AWS_ENDPOINT_URL=... fill <count>`. Nine in ten are finished, the others lie on all tabs.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::print_stdout, reason = "a tool of the tests")]

#[path = "../src/samples.rs"]
mod samples;

use jiff::{SignedDuration, Timestamp};
use tallyman_app::{
    browse::{Browse, Depth, pulse},
    connection::Connection,
    ports::{ConfigStore as _, OrderStore as _},
};
use tallyman_aws::{DynamoConfigStore, DynamoNotes, DynamoOrderStore, DynamoShelves, Table, http_client, sdk_config};
use tallyman_domain::{
    ConnectionId, CountryCode, Extent, MarketplaceKind, MarketplaceOrderId, Order, OrderRef, OrderState, OrderStatus,
    Settings, state::NoticeState,
};

const CONNECTIONS: [&str; 3] = ["ae-main", "ae-second", "ali-main"];
const COUNTRIES: [&str; 6] = ["US", "BR", "DE", "FR", "ES", "KR"];
const YEAR_S: i64 = 365 * 24 * 3_600;

fn reference(n: i64) -> OrderRef {
    let connection = CONNECTIONS[usize::try_from(n % 3).unwrap()];
    let number = MarketplaceOrderId::parse((8_100_000_000_000_000 + n).to_string()).unwrap();
    OrderRef::new(ConnectionId::parse(connection).unwrap(), number)
}

fn order(n: i64, placed_at: Timestamp) -> Order {
    let mut order = samples::order(&reference(n));
    order.lines.truncate(1);
    order.lines[0].sku = Some(format!("SKU-{:05}", n % 5_000));
    order.placed_at = placed_at;
    order.buyer.name = Some(format!("Buyer Number {n:06}"));
    order.buyer.login = Some(format!("login{n:06}"));
    let to = order.ship_to.as_mut().unwrap();
    to.name = format!("Buyer Number {n:06}");
    to.country = CountryCode::parse(COUNTRIES[usize::try_from(n % 6).unwrap()]).unwrap();
    order
}

fn state(n: i64, order: &Order) -> OrderState {
    let mut state = match n % 50 {
        0..45 => samples::shipped(1),
        _ => samples::state(1),
    };
    state.placed_at = order.placed_at;
    state.country = order.ship_to.as_ref().map(|to| to.country);
    state.facts = Some(order.facts_digest().short());
    state.exceptions.clear();
    // No parcel's facts are written: the list doesn't read them.
    match n % 50 {
        0..45 => {
            state.status = OrderStatus::Shipped;
            let (at, extent, code) = (order.placed_at, Extent::All, "USPS".to_owned());
            state.shipments[0].notice = NoticeState::Confirmed { at, extent, code };
        }
        45 => state.status = OrderStatus::AwaitingPayment,
        46 => state.status = OrderStatus::OnHold,
        47 | 48 => {
            state.status = OrderStatus::Cancelled;
            state.export.wanted = None;
        }
        _ => {
            state.status = OrderStatus::AwaitingShipment;
            if n % 500 == 49 {
                state.exceptions = vec![samples::exception("2026-11-20T00:00:00Z")];
            }
        }
    }
    state
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let count: i64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let aws = sdk_config(http_client()).await;
    let table = Table::new(&aws, &std::env::var("TALLYMAN_TABLE").unwrap());
    let (orders, config) = (DynamoOrderStore::on(&table), DynamoConfigStore::on(&table));
    for id in CONNECTIONS {
        let (id, marketplace) = (ConnectionId::parse(id).unwrap(), MarketplaceKind::AliExpress);
        let account = samples::account();
        let connection =
            Connection { id, marketplace, account, paused: false, removed: false, settings: Settings::default() };
        config.put_connection(&connection).await.unwrap();
    }
    let now = Timestamp::now();
    let all: Vec<i64> = (0..count).collect();
    for (done, chunk) in all.chunks(250).enumerate() {
        let placed = |n: i64| now - SignedDuration::from_secs(600 + n * (YEAR_S / count.max(1)));
        let facts: Vec<(OrderRef, Order)> = chunk.iter().map(|n| (reference(*n), order(*n, placed(*n)))).collect();
        orders.put_facts(&facts).await.unwrap();
        for (n, (reference, order)) in chunk.iter().zip(&facts) {
            orders.commit(reference, &state(*n, order)).await.unwrap();
        }
        if done % 20 == 0 {
            println!("{} of {count}", done * 250);
        }
    }
    let (shelves, notes) = (DynamoShelves::on(&table), DynamoNotes::on(&table));
    let browse = Browse { shelves: &shelves, orders: &orders, notes: &notes };
    let connections = CONNECTIONS.map(|id| ConnectionId::parse(id).unwrap());
    let tally = browse.count_all(&connections, Depth::All, now).await.unwrap();
    let lags = browse.lags(&connections, now).await.unwrap();
    pulse::note_point(&notes, &pulse::point(&tally, 0, 0, lags)).await.unwrap();
    println!("{count} orders are there");
}
