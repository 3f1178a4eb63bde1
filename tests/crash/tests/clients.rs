//! What the services say and do on a bad day, under the real HTTP clients: each fault at each kind of call, and the
//! sandboxes' own books beside it. The relay of the crash matrix stands between the clients and the sandboxes.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test and its tools")]
#![allow(clippy::disallowed_methods, reason = "the sandboxes' time is the machine's")]

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tallyman_app::{
    connection::Connection,
    ports::{CallError, Clock, Disposition, Listing, Marketplace, OpenGate, ReadBack, Warehouse, Window},
};
use tallyman_crash::{
    call::{ALIBABA_PREFIX, ALIEXPRESS_PREFIX},
    fault::Fault,
    orders::{At, Strike},
    outside::{Outside, Targets},
    relay::{Relay, serve},
};
use tallyman_domain::{
    AccountId, ConnectionId, Extent, MarketplaceKind, MarketplaceOrderId, Notice, NoticeItem, Order, OrderRef,
    OrderStatus, ServiceChoice, Settings, ShipmentId, Transport, WarehouseOrder, limit::CallClass,
};
use tallyman_marketplaces::{Endpoints, connect};
use tallyman_shipstation::ShipStation;

/// The least that the sandbox takes for a PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n of a proof IEND\xaeB`\x82";
const NUMBER: &str = "1Z999AA10123456784";
/// Shorter than the product's, so that silence need not be waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// What a client meets that a process doesn't die of.
const FAULTS: [Fault; 7] = [
    Fault::FailBefore,
    Fault::CutBefore,
    Fault::FailAfter,
    Fault::TimeoutAfter,
    Fault::CutAnswer,
    Fault::Throttle,
    Fault::Silence,
];

struct MachineClock;
#[async_trait]
impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// The clients, the relay and the sandboxes.
struct Lab {
    relay: Arc<Relay>,
    market: Box<dyn Marketplace>,
    warehouse: ShipStation,
    order: Order,
    plain: reqwest::Client,
    shipstation: String,
    _sandboxes: (sandbox_marketplaces::Handle, sandbox_shipstation::Handle),
}

impl Lab {
    async fn open(kind: MarketplaceKind) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let marketplaces = sandbox_marketplaces::spawn(sandbox_marketplaces::Config {
            list_delay_s: 0,
            allowance: sandbox_marketplaces::limits::Allowance { per_second: 100_000, per_day: 10_000_000 },
            ..Default::default()
        });
        let shipstation = sandbox_shipstation::Config { rate_limit: 1_000_000, ..Default::default() };
        let (marketplaces, shipstation) =
            (marketplaces.await.unwrap(), sandbox_shipstation::spawn(shipstation).await.unwrap());
        let plain = reqwest::Client::builder().no_proxy().build().unwrap();
        let (url, credentials) = match kind {
            MarketplaceKind::AliExpress => (&marketplaces.aliexpress_url, sandbox_marketplaces::platform::ALIEXPRESS),
            MarketplaceKind::Alibaba => (&marketplaces.alibaba_url, sandbox_marketplaces::platform::ALIBABA),
        };
        let sown = plain.post(format!("{url}/_sandbox/seed")).json(&json!({ "paid": 1 })).send().await.unwrap();
        let sown: Value = sown.json().await.unwrap();
        let targets = Targets {
            emulator: shipstation.url.clone(),
            aliexpress: marketplaces.aliexpress_url.clone(),
            alibaba: marketplaces.alibaba_url.clone(),
            shipstation: shipstation.url.clone(),
        };
        let (relay, origin) = serve(Arc::new(Outside::new(targets, plain.clone(), None))).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let connection = Connection {
            id: ConnectionId::parse("shop").unwrap(),
            marketplace: kind,
            account: AccountId::parse("main").unwrap(),
            app_budget: None,
            paused: false,
            removed: false,
            settings: Settings { seller_name: "Crash Trading Co.".into(), ..Settings::default() },
        };
        let secret = json!({
            "app_key": credentials.app_key, "app_secret": credentials.app_secret, "access_token": credentials.access_token,
        });
        let endpoints = Endpoints {
            aliexpress_base_url: format!("{origin}{ALIEXPRESS_PREFIX}"),
            alibaba_base_url: format!("{origin}{ALIBABA_PREFIX}"),
        };
        let (clock, gate) = (Arc::new(MachineClock), Arc::new(OpenGate));
        let market = connect(&connection, &secret, &endpoints, client.clone(), clock, gate).unwrap();
        let warehouse = ShipStation::new(client, &origin, "sandbox-key", "sandbox-secret").unwrap();
        let id = MarketplaceOrderId::parse(sown["ids"][0].as_str().unwrap()).unwrap();
        let order = market.order(&id).await.unwrap();
        let shipstation_url = shipstation.url.clone();
        Self {
            relay,
            market,
            warehouse,
            order,
            plain,
            shipstation: shipstation_url,
            _sandboxes: (marketplaces, shipstation),
        }
    }

    fn reference(&self) -> OrderRef {
        OrderRef::new(ConnectionId::parse("shop").unwrap(), self.order.id.clone())
    }

    fn notice(&self, proof: Option<String>) -> Notice {
        let item = |line: &tallyman_domain::Line| NoticeItem {
            line: line.id.clone(),
            index: line.index,
            product_id: line.product_id.clone(),
            sku: line.sku.clone(),
            quantity: line.quantity,
            closes_line: true,
        };
        Notice {
            order: self.reference(),
            shipment: ShipmentId::parse("s1").unwrap(),
            extent: Extent::All,
            tracking_number: NUMBER.to_owned(),
            service: ServiceChoice {
                code: "UPS".into(),
                transport: Transport::Express,
                tracking_website: None,
                actual_carrier: None,
            },
            carrier_fee: None,
            note_to_buyer: String::new(),
            items: self.order.lines.iter().map(item).collect(),
            contact_mobile: None,
            proof: proof.map(|path| ("proof.png".to_owned(), path)),
            replaces: None,
            consolidated: false,
        }
    }

    async fn proof(&self) -> Option<String> {
        self.market.upload_proof("proof.png", PNG.to_vec()).await.unwrap()
    }

    fn exported(&self) -> WarehouseOrder {
        let settings = Settings::default();
        WarehouseOrder::of(&self.order, &self.reference(), OrderStatus::AwaitingShipment, &settings).unwrap()
    }

    async fn orders_in_shipstation(&self) -> usize {
        let url = format!("{}/_sandbox/books", self.shipstation);
        let books: Value = self.plain.get(url).send().await.unwrap().json().await.unwrap();
        books["orders"].as_array().unwrap().len()
    }

    async fn is_told(&self) -> bool {
        let shipment = ShipmentId::parse("s1").unwrap();
        self.market.read_back(&self.order.id, &shipment, NUMBER, "UPS").await.unwrap() == ReadBack::Present
    }

    /// The next call is struck.
    fn strike(&self, fault: Fault) {
        self.relay.begin(Some(Strike { at: At::Nth(1), fault }), None);
    }

    /// Did the struck call reach the service?
    fn struck(&self) -> bool {
        self.relay.end().first().unwrap().status.is_some()
    }
}

const BOTH: [MarketplaceKind; 2] = [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba];

/// All faults at the same time, each with a lab of its own: most of it is waiting for who stays silent.
async fn at_each(kinds: &[MarketplaceKind], test: impl AsyncFn(MarketplaceKind, Fault)) {
    let test = &test;
    let all = kinds.iter().flat_map(|kind| FAULTS.map(|fault| test(*kind, fault)));
    futures::future::join_all(all).await;
}

/// A clear "nothing happened" only where nothing did; whatever may have happened is ambiguous.
fn is_honest(error: &CallError, fault: Fault, took_effect: bool) {
    assert_eq!(took_effect, fault.has_effect(), "{fault:?}");
    match error.disposition() {
        Disposition::Ambiguous => {}
        Disposition::Retry { after } => {
            assert!(!took_effect, "{fault:?}: {error}");
            assert!(!after.is_zero() && after <= Duration::from_secs(120), "{fault:?}: {after:?}");
        }
        other => panic!("{fault:?} is no {other:?}: {error}"),
    }
    if fault == Fault::Throttle {
        assert!(matches!(error, CallError::Throttled { .. }), "{error}");
    }
}

#[tokio::test]
async fn whatever_befalls_an_export_the_client_says_no_more_than_it_knows_and_a_second_one_makes_no_second_order() {
    at_each(&[MarketplaceKind::AliExpress], async |kind, fault| {
        let lab = Lab::open(kind).await;
        let order = lab.exported();
        lab.strike(fault);
        let error = lab.warehouse.create_orders(std::slice::from_ref(&order)).await.unwrap_err();
        is_honest(&error, fault, lab.struck());
        assert_eq!(lab.orders_in_shipstation().await, usize::from(fault.has_effect()), "{fault:?}");
        let again = lab.warehouse.create_orders(&[order]).await.unwrap();
        assert!(again[0].outcome.is_ok());
        assert_eq!(lab.orders_in_shipstation().await, 1, "{fault:?}");
    })
    .await;
}

#[tokio::test]
async fn whatever_befalls_a_notice_the_client_says_no_more_than_it_knows_and_reading_back_tells_the_rest() {
    at_each(&BOTH, async |kind, fault| {
        let lab = Lab::open(kind).await;
        let notice = lab.notice(lab.proof().await);
        lab.strike(fault);
        let error = lab.market.notify(&notice).await.unwrap_err();
        is_honest(&error, fault, lab.struck());
        assert_eq!(lab.is_told().await, fault.has_effect(), "{kind:?}, {fault:?}");
        if !fault.has_effect() {
            lab.market.notify(&notice).await.unwrap();
            assert!(lab.is_told().await, "{kind:?}, {fault:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn whatever_befalls_an_upload_a_second_one_does_no_harm() {
    at_each(&[MarketplaceKind::Alibaba], async |kind, fault| {
        let lab = Lab::open(kind).await;
        lab.strike(fault);
        let error = lab.market.upload_proof("proof.png", PNG.to_vec()).await.unwrap_err();
        is_honest(&error, fault, lab.struck());
        let notice = lab.notice(lab.proof().await);
        lab.market.notify(&notice).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn whatever_befalls_a_read_is_an_error_and_never_an_empty_answer() {
    let window = || {
        let now = Timestamp::now();
        Window { from: now - jiff::SignedDuration::from_hours(400), to: now }
    };
    at_each(&BOTH, async |kind, fault| {
        let lab = Lab::open(kind).await;
        let id = lab.order.id.clone();
        lab.market.expect(CallClass::Import);
        lab.strike(fault);
        is_honest(&lab.market.list(Listing::Modified, window(), 0).await.unwrap_err(), fault, lab.struck());
        if fault == Fault::Silence {
            return; // The same wait for each call tells nothing new.
        }
        lab.strike(fault);
        is_honest(&lab.market.order(&id).await.unwrap_err(), fault, lab.struck());
        lab.strike(fault);
        is_honest(&lab.market.standing(&id).await.unwrap_err(), fault, lab.struck());
        lab.strike(fault);
        is_honest(&lab.market.services().await.unwrap_err(), fault, lab.struck());
        lab.strike(fault);
        let shipment = ShipmentId::parse("s1").unwrap();
        let read_back = lab.market.read_back(&id, &shipment, NUMBER, "UPS").await;
        let struck = lab.relay.end();
        assert!(struck[0].fault.is_some());
        assert!(!matches!(read_back, Ok(ReadBack::Present)), "{kind:?}, {fault:?}: a guess");
    })
    .await;
    at_each(&[MarketplaceKind::AliExpress], async |kind, fault| {
        let lab = Lab::open(kind).await;
        lab.strike(fault);
        is_honest(&lab.warehouse.shipments(window(), 0).await.unwrap_err(), fault, lab.struck());
        if fault == Fault::Silence {
            return;
        }
        lab.strike(fault);
        is_honest(&lab.warehouse.fulfillments(window(), 0).await.unwrap_err(), fault, lab.struck());
        lab.strike(fault);
        is_honest(&lab.warehouse.entry(1).await.unwrap_err(), fault, lab.struck());
        lab.strike(fault);
        is_honest(&lab.warehouse.subscriptions().await.unwrap_err(), fault, lab.struck());
    })
    .await;
}
