//! What people do about exceptions, over stores in memory.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use jiff::SignedDuration;
use tallyman_app::{
    exceptions::{Asked, ExceptionError, Exceptions, Place, clear_stray, raise_stray},
    ports::{ConfigStore, OrderStore},
    step::settle,
};
use tallyman_domain::{
    Event, Exception, ExceptionKind, MarketplaceKind, Order, OrderRef, Owner, ShipmentId, Standing,
    exception::life::{Act, What},
};
use tallyman_sim::{ManualClock, Memory, Registry, samples};

const UNKNOWN: ExceptionKind = ExceptionKind::UnknownStatus;

struct Desk {
    memory: Memory,
    registry: Registry,
    clock: ManualClock,
}

impl Desk {
    /// One order with an unknown status, one shipment of nobody.
    async fn open() -> Self {
        let (memory, registry) = (Memory::default(), Registry::default());
        let clock = ManualClock::at(samples::at("2026-11-21T12:00:00Z"));
        let mut connection = samples::connection(MarketplaceKind::AliExpress);
        connection.settings.owners.insert(UNKNOWN, Owner::Finance);
        registry.put_connection(&connection).await.unwrap();
        let desk = Self { memory, registry, clock };
        desk.observe("STRANGE").await;
        desk.raise_stray("whose?").await;
        desk
    }
    fn order() -> OrderRef {
        samples::reference(1)
    }
    fn stray() -> Place {
        Place::parse("main/s99").unwrap()
    }
    async fn observe(&self, status: &str) {
        use tallyman_app::ports::Clock as _;
        self.clock.advance(SignedDuration::from_hours(1));
        let connection = samples::connection(MarketplaceKind::AliExpress);
        let order = samples::order(MarketplaceKind::AliExpress, 1);
        let standing = Standing { status: status.into(), ..Standing::default() };
        let order = Order { standing, modified_at: self.clock.now(), ..order };
        let known = self.memory.state(&Self::order());
        let (reference, event) = (Self::order(), Event::OrderObserved(&order));
        settle(&self.memory, known, &event, connection.setting(&reference), self.clock.now()).await.unwrap();
    }
    async fn raise_stray(&self, what: &str) -> bool {
        use tallyman_app::ports::Clock as _;
        let now = self.clock.now();
        let found = Exception::found(ExceptionKind::ShipmentUnattributed, None, what, now, now);
        raise_stray(&self.memory, &samples::account().id, &ShipmentId::parse("s99").unwrap(), &found).await.unwrap()
    }
    fn people(&self) -> Exceptions<'_> {
        Exceptions { orders: &self.memory, deeds: &self.memory, config: &self.registry, clock: &self.clock }
    }
    async fn act(&self, place: &Place, kind: ExceptionKind, act: Act<'_>) -> Result<Exception, ExceptionError> {
        self.people().act(Asked { place, kind, shipment: None, by: "kim" }, act).await
    }
}

#[tokio::test]
async fn the_list_has_owners_by_the_connections_choice_and_can_be_of_one_owner() {
    let desk = Desk::open().await;
    let all = desk.people().list(None).await.unwrap();
    let owners: Vec<_> = all.iter().map(|l| (l.order.as_str(), l.owner)).collect();
    assert_eq!(owners.len(), 2);
    assert!(owners.contains(&("shop:1", Owner::Finance)), "{owners:?}");
    assert!(owners.contains(&("main/s99", Owner::Warehouse)));
    assert_eq!(desk.people().list(Some(Owner::Finance)).await.unwrap().len(), 1);
    assert_eq!(desk.people().list(Some(Owner::CustomerService)).await.unwrap(), []);
}

#[tokio::test]
async fn a_person_takes_one_comments_and_resolves_it_and_only_something_new_opens_it_again() {
    let desk = Desk::open().await;
    let place = Place::Order(Desk::order());
    let taken = desk.act(&place, UNKNOWN, Act::Assign { to: Some("kim") }).await.unwrap();
    assert_eq!(taken.assignee.as_deref(), Some("kim"));
    desk.act(&place, UNKNOWN, Act::Comment { text: "asked them" }).await.unwrap();
    let resolved = desk.act(&place, UNKNOWN, Act::Resolve { reason: "it means paid" }).await.unwrap();
    let history: Vec<_> = resolved.history.iter().map(|e| (e.what, e.by.as_deref())).collect();
    let kim = Some("kim");
    assert_eq!(history, [(What::Assigned, kim), (What::Commented, kim), (What::Resolved, kim)]);
    desk.observe("STRANGE").await;
    let again = desk.act(&place, UNKNOWN, Act::Resolve { reason: "again" }).await;
    assert!(matches!(again, Err(ExceptionError::NotOpen { .. })), "{again:?}");
    desk.observe("STRANGER").await;
    let open = desk.people().list(Some(Owner::Finance)).await.unwrap();
    assert_eq!((open.len(), open[0].count, open[0].assignee.as_deref()), (1, 2, kim));
}

#[tokio::test]
async fn what_belongs_to_no_order_is_resolved_and_cleared_likewise() {
    let desk = Desk::open().await;
    let kind = ExceptionKind::ShipmentUnattributed;
    desk.act(&Desk::stray(), kind, Act::Resolve { reason: "a sample" }).await.unwrap();
    assert!(desk.memory.strays().is_empty());
    assert!(!desk.raise_stray("whose?").await);
    assert!(desk.raise_stray("now voided").await);
    let (account, id) = (samples::account().id, ShipmentId::parse("s99").unwrap());
    clear_stray(&desk.memory, &account, &id, samples::at("2026-11-22T00:00:00Z")).await.unwrap();
    clear_stray(&desk.memory, &account, &id, samples::at("2026-11-22T01:00:00Z")).await.unwrap();
    assert!(desk.memory.exceptions().await.unwrap().iter().all(|(subject, _)| subject != "main/s99"));
    assert!(desk.raise_stray("now voided").await, "cleared, and found again");
}

#[tokio::test]
async fn nothing_is_done_without_a_reason_a_name_or_something_open() {
    let desk = Desk::open().await;
    let place = Place::Order(Desk::order());
    let missing = |done: Result<Exception, _>| matches!(done, Err(ExceptionError::Missing { .. }));
    assert!(missing(desk.act(&place, UNKNOWN, Act::Resolve { reason: " " }).await));
    assert!(missing(desk.act(&place, UNKNOWN, Act::Comment { text: "" }).await));
    let nobody = Asked { place: &place, kind: UNKNOWN, shipment: None, by: "" };
    assert!(missing(desk.people().act(nobody, Act::Resolve { reason: "x" }).await));
    let resolve = Act::Resolve { reason: "x" };
    for (place, kind) in [
        (place, ExceptionKind::NoShipTo),
        (Place::parse("shop:2").unwrap(), UNKNOWN),
        (Place::parse("other:1").unwrap(), UNKNOWN),
        (Place::parse("main/s98").unwrap(), ExceptionKind::ShipmentUnattributed),
        (Desk::stray(), UNKNOWN),
    ] {
        let done = desk.act(&place, kind, resolve).await;
        assert!(matches!(done, Err(ExceptionError::NotOpen { .. })), "{done:?}");
    }
    assert_eq!(Place::parse("nonsense"), None);
}
