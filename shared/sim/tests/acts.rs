//! What people do to orders, over the stores in memory.
#![allow(clippy::unwrap_used, reason = "tests")]

use tallyman_app::{
    acts::{Actor, Acts, Parcel},
    connection::Connection,
    ports::{Deeds as _, Hint, OrderStore as _},
    step::{StepError, settle},
};
use tallyman_domain::{Effect, Event, MarketplaceKind, OrderRef, OrderStatus, Tab, pending};
use tallyman_sim::{ManualClock, Memory, samples};

struct Desk {
    memory: Memory,
    clock: ManualClock,
    connection: Connection,
    order: OrderRef,
}

impl Desk {
    async fn new() -> Self {
        let desk = Self {
            memory: Memory::default(),
            clock: ManualClock::at(samples::at("2026-11-22T09:00:00Z")),
            connection: samples::connection(MarketplaceKind::AliExpress),
            order: samples::reference(1),
        };
        let facts = samples::order(MarketplaceKind::AliExpress, 1);
        desk.memory.put_facts(&[(desk.order.clone(), facts.clone())]).await.unwrap();
        desk.on(&Event::OrderObserved(&facts)).await;
        desk
    }

    async fn on(&self, event: &Event<'_>) {
        let (state, with) = (self.memory.state(&self.order), self.connection.setting(&self.order));
        settle(&self.memory, state, event, with, samples::at("2026-11-22T09:00:00Z")).await.unwrap();
    }

    fn acts(&self) -> Acts<'_> {
        Acts { orders: &self.memory, deeds: &self.memory, queue: &self.memory, clock: &self.clock, dry_run: false }
    }

    fn ann(&self) -> Actor<'_> {
        Actor { connection: &self.connection, order: &self.order, by: "ann@example.com" }
    }

    fn pending(&self) -> Vec<Effect> {
        pending(&self.memory.state(&self.order).unwrap())
    }

    async fn deeds(&self) -> Vec<(String, String)> {
        self.memory.deeds(&self.order).await.unwrap().into_iter().map(|deed| (deed.what, deed.note)).collect()
    }
}

fn parcel(number: &str) -> Parcel {
    let (carrier, service) = ("usps".into(), None);
    Parcel { tracking_number: number.into(), carrier, service, ship_date: jiff::civil::date(2026, 11, 21) }
}

#[tokio::test]
async fn a_hold_is_written_down_stops_the_order_and_has_it_read_again() {
    let desk = Desk::new().await;
    desk.acts().hold(desk.ann(), true, "buyer called").await.unwrap();
    let state = desk.memory.state(&desk.order).unwrap();
    assert_eq!((state.held, state.status, state.tab()), (true, OrderStatus::OnHold, Tab::OnHold));
    assert_eq!(desk.deeds().await, [("hold".to_owned(), "buyer called".to_owned())]);
    let reads = desk.memory.take_hints().into_iter().filter(|(hint, _)| matches!(hint, Hint::Read { .. })).count();
    assert_eq!(reads, 1);
    assert!(matches!(desk.acts().hold(desk.ann(), true, "again").await, Err(StepError::NotPossible { .. })));
    desk.acts().hold(desk.ann(), false, "all is well").await.unwrap();
    assert!(!desk.memory.state(&desk.order).unwrap().held);
    assert!(matches!(desk.acts().hold(desk.ann(), false, "again").await, Err(StepError::NotPossible { .. })));
    assert_eq!(desk.deeds().await.len(), 2, "what was refused is no deed");
}

#[tokio::test]
async fn nothing_is_done_without_a_reason_or_a_name() {
    let desk = Desk::new().await;
    assert!(desk.acts().hold(desk.ann(), true, "  ").await.is_err());
    assert!(desk.acts().hold(Actor { by: " ", ..desk.ann() }, true, "reason").await.is_err());
    assert!(!desk.memory.state(&desk.order).unwrap().held);
}

#[tokio::test]
async fn a_parcel_attached_twice_is_one_parcel_with_one_proof_and_one_notice_to_come() {
    let desk = Desk::new().await;
    let id = desk.acts().attach(desk.ann(), &parcel(" 9400 1118 9922 ")).await.unwrap();
    assert!(matches!(
        desk.acts().attach(desk.ann(), &parcel("940011189922")).await,
        Err(StepError::NotPossible { .. })
    ));
    assert!(desk.pending().contains(&Effect::Proof(id)));
    let state = desk.memory.state(&desk.order).unwrap();
    assert_eq!((state.shipments.len(), state.tab()), (1, Tab::Shipped));
    assert_eq!(desk.deeds().await, [("attach".to_owned(), "usps 940011189922".to_owned())]);
}

#[tokio::test]
async fn a_parcel_needs_a_number_and_an_order_that_isnt_cancelled() {
    let desk = Desk::new().await;
    for bad in ["", "123", "päckchen-1", &"9".repeat(61)] {
        assert!(desk.acts().attach(desk.ann(), &parcel(bad)).await.is_err(), "{bad:?}");
    }
    let mut cancelled = samples::order(MarketplaceKind::AliExpress, 1);
    cancelled.standing.status = "FINISH".into();
    cancelled.standing.end_reason = Some("buyer_cancel_order".into());
    cancelled.modified_at = samples::at("2026-11-22T08:00:00Z");
    desk.on(&Event::OrderObserved(&cancelled)).await;
    assert!(desk.acts().attach(desk.ann(), &parcel("940011189922")).await.is_err());
    assert!(desk.deeds().await.is_empty());
}

#[tokio::test]
async fn what_was_refused_is_tried_again_and_nothing_else() {
    let desk = Desk::new().await;
    assert!(matches!(desk.acts().ask_again(desk.ann(), None).await, Err(StepError::NotPossible { .. })));
    let sent = desk.memory.state(&desk.order).unwrap().export.wanted.unwrap();
    desk.on(&Event::ExportRefused { sent: &sent, reason: "no such country" }).await;
    assert!(desk.pending().is_empty());
    desk.acts().ask_again(desk.ann(), None).await.unwrap();
    assert_eq!(desk.pending(), [Effect::Export]);
    let hints = desk.memory.take_hints();
    assert!(hints.iter().any(|(hint, _)| matches!(hint, Hint::Export { .. })), "{hints:?}");
}
