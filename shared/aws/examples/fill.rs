//! Fills a table with orders of a year, as the functions would have written them: for measuring the console.
//!
//! `TALLYMAN_TABLE=... AWS_ENDPOINT_URL=... fill <count>`. Nine in ten are finished, the others lie on all tabs.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of the tests"
)]

#[path = "../src/samples.rs"]
mod samples;

use jiff::{SignedDuration, Timestamp};
use tallyman_app::{
    browse::{Browse, Depth, pulse},
    connection::Connection,
    ports::{ConfigStore as _, OrderStore as _, ProofVault as _},
};
use tallyman_aws::{
    DynamoConfigStore, DynamoNotes, DynamoOrderStore, DynamoShelves, S3Vault, Table, http_client, sdk_config,
};
use tallyman_domain::{
    ConnectionId, CountryCode, Digest, Extent, MarketplaceKind, MarketplaceOrderId, Order, OrderRef, OrderState,
    OrderStatus, ProofFacts, Settings, Shipment, state::NoticeState,
};

const CONNECTIONS: [&str; 3] = ["ae-main", "ae-second", "ali-main"];
const COUNTRIES: [&str; 6] = ["US", "BR", "DE", "FR", "ES", "KR"];
/// So many of the newest have their parcel's facts and proof too: the list doesn't read those.
const WHOLE: i64 = 120;
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
    order.buyer.name = Some(format!("{} Number {n:06}", first_name(n)));
    order.buyer.login = Some(format!("login{n:06}"));
    let to = order.ship_to.as_mut().unwrap();
    to.name = format!("{} Number {n:06}", first_name(n));
    to.country = CountryCode::parse(COUNTRIES[usize::try_from(n % 6).unwrap()]).unwrap();
    order
}

/// One of some hundreds, so that names begin as differently as people's do.
fn first_name(n: i64) -> String {
    let letters = [b'A' + u8::try_from(n % 17).unwrap(), b'a' + u8::try_from(n % 5 * 4).unwrap()];
    format!("{}{}na", String::from_utf8_lossy(&letters), char::from(b'k' + u8::try_from(n % 7).unwrap()))
}

/// The parcel of an order.
fn parcel(n: i64, order: &Order) -> Shipment {
    let mut parcel = samples::shipment("s123456789");
    parcel.tracking_number = format!("94001118992233{n:08}");
    parcel.created_at = order.placed_at;
    parcel.items[0].line = Some(order.lines[0].id.clone());
    parcel
}

/// The smallest picture that there is.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8ffff3f0005fe02fe331295140000000049454e44ae426082";

fn png() -> Vec<u8> {
    (0..PNG.len() / 2).map(|i| u8::from_str_radix(&PNG[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn state(n: i64, order: &Order) -> OrderState {
    let mut state = match n % 50 {
        0..45 => samples::shipped(1),
        _ => samples::state(1),
    };
    state.placed_at = order.placed_at;
    for shipment in &mut state.shipments {
        shipment.facts = parcel(n, order).digest().short();
        shipment.proof.as_mut().unwrap().digest = Digest::of_bytes(&png());
    }
    state.country = order.ship_to.as_ref().map(|to| to.country);
    state.facts = Some(order.facts_digest().short());
    state.exceptions.clear();
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
        let connection = Connection {
            id,
            marketplace,
            account,
            app_budget: None,
            paused: false,
            removed: false,
            settings: Settings::default(),
        };
        config.put_connection(&connection).await.unwrap();
    }
    let vault = std::env::var("TALLYMAN_PROOF_BUCKET").ok().map(|bucket| S3Vault::new(&aws, &bucket));
    let now = Timestamp::now();
    let all: Vec<i64> = (0..count).collect();
    for (done, chunk) in all.chunks(250).enumerate() {
        let placed = |n: i64| now - SignedDuration::from_secs(600 + n * (YEAR_S / count.max(1)));
        let facts: Vec<(OrderRef, Order)> = chunk.iter().map(|n| (reference(*n), order(*n, placed(*n)))).collect();
        orders.put_facts(&facts).await.unwrap();
        for (n, (reference, order)) in chunk.iter().zip(&facts) {
            if *n < WHOLE {
                let parcel = parcel(*n, order);
                orders.put_shipment(reference, &parcel).await.unwrap();
                if let Some(vault) = &vault {
                    let png = png();
                    vault.keep(&ProofFacts::key(reference, &parcel.id), &png, Digest::of_bytes(&png)).await.unwrap();
                }
            }
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
