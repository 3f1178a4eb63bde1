use super::*;
use crate::{Effect, carrier::waits_for_a_row, pending, samples, samples::at};

const NOW: &str = "2026-11-21T12:00:00Z";

pub(super) struct Way {
    pub(super) settings: Settings,
    kind: MarketplaceKind,
    state: Option<OrderState>,
}

impl Way {
    pub(super) fn of(kind: MarketplaceKind) -> Self {
        Self { settings: Settings::default(), kind, state: None }
    }
    /// Applies an event; true when it changed something.
    pub(super) fn on(&mut self, event: &Event<'_>) -> bool {
        let reference = samples::reference();
        let account = AccountId::parse("main").unwrap();
        let with = Setting {
            reference: &reference,
            marketplace: self.kind,
            account: &account,
            settings: &self.settings,
            took_ms: None,
            read_back_ms: None,
            failed: None,
        };
        let after = decide(self.state.as_ref(), event, with, at(NOW));
        let changed = after.is_some();
        self.state = after.or(self.state.take());
        changed
    }
    pub(super) fn pending(&self) -> Vec<Effect> {
        pending(self.state.as_ref().unwrap())
    }
    pub(super) fn state(&self) -> &OrderState {
        self.state.as_ref().unwrap()
    }
    pub(super) fn observe(&mut self, order: &Order) -> bool {
        self.on(&Event::OrderObserved(order))
    }
    pub(super) fn ship(&mut self, shipment: &Shipment) -> bool {
        self.on(&Event::ShipmentObserved {
            shipment,
            before: None,
            order: Some(&samples::order()),
            others: &[],
            merged: &[],
        })
    }
    pub(super) fn export(&mut self) -> bool {
        let sent = self.state().export.wanted.clone().unwrap();
        self.on(&Event::Exported { sent: &sent, warehouse_order: 77 })
    }
    pub(super) fn prove(&mut self, id: &ShipmentId, reference: Option<&str>) -> bool {
        self.on(&Event::ProofStored {
            shipment: id,
            digest: Digest::of_bytes(b"png"),
            reference: reference.map(Into::into),
        })
    }
    pub(super) fn attempt(&mut self, id: &ShipmentId) -> bool {
        self.on(&Event::NoticeAttempted {
            shipment: id,
            extent: Extent::All,
            code: "USPS",
            replaces: None,
            lease_until: at("2026-11-21T12:01:00Z"),
        })
    }
}

pub(super) fn id(text: &str) -> ShipmentId {
    ShipmentId::parse(text).unwrap()
}

#[test]
fn an_order_goes_its_whole_way_and_is_then_finished() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    assert!(way.observe(&samples::order()));
    assert_eq!(way.pending(), [Effect::Export]);
    assert!(way.export());
    assert_eq!(way.pending(), []);
    let parcel = samples::shipment("s1", &[("1", "2"), ("2", "1")]);
    assert!(way.ship(&parcel));
    assert_eq!(way.pending(), [Effect::Proof(id("s1"))]);
    assert!(way.prove(&id("s1"), None));
    assert_eq!(way.pending(), [Effect::Notify(id("s1"))]);
    assert!(way.attempt(&id("s1")));
    assert!(way.on(&Event::NoticeAccepted { shipment: &id("s1") }));
    assert_eq!(way.pending(), [Effect::Confirm(id("s1"))]);
    assert!(!way.state().is_finished());
    assert!(way.on(&Event::NoticeConfirmed { shipment: &id("s1") }));
    assert_eq!(way.pending(), []);
    assert!(way.state().is_finished());
    assert_eq!(way.state().version, 7);
}

#[test]
fn the_state_of_a_usual_order_stays_below_a_kilobyte() {
    let mut way = Way::of(MarketplaceKind::Alibaba);
    let mut order = Order { marketplace: MarketplaceKind::Alibaba, ..samples::order() };
    order.standing.status = "undeliver".into();
    way.observe(&order);
    way.export();
    way.ship(&samples::shipment("s123456789", &[("1", "2"), ("2", "1")]));
    way.prove(&id("s123456789"), Some("/attachment/2026/11/21/0123456789abcdef0123456789abcdef.png"));
    way.attempt(&id("s123456789"));
    let bytes = serde_json::to_vec(way.state()).unwrap().len();
    assert!(bytes < 750, "{bytes} bytes leave no room for keys");
}

#[test]
fn every_event_that_comes_twice_changes_nothing_the_second_time() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let parcel = samples::shipment("s1", &[]);
    assert!(way.observe(&samples::order()) && !way.observe(&samples::order()));
    assert!(way.export() && !way.export());
    assert!(way.ship(&parcel) && !way.ship(&parcel));
    assert!(way.prove(&id("s1"), None) && !way.prove(&id("s1"), None));
    way.attempt(&id("s1"));
    let accepted = Event::NoticeAccepted { shipment: &id("s1") };
    assert!(way.on(&accepted) && !way.on(&accepted));
    let confirmed = Event::NoticeConfirmed { shipment: &id("s1") };
    assert!(way.on(&confirmed) && !way.on(&confirmed));
    assert!(!way.attempt(&id("s1")), "a confirmed notice is not attempted again");
    assert!(!way.on(&accepted));
}

#[test]
fn an_older_reading_that_arrives_late_changes_nothing() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let mut newer = samples::order();
    newer.modified_at = at("2026-11-20T12:00:00Z");
    newer.standing.status = "IN_CANCEL".into();
    way.observe(&newer);
    assert!(!way.observe(&samples::order()));
    assert_eq!(way.state().status, OrderStatus::OnHold);
}

#[test]
fn alibaba_is_told_only_after_it_accepted_the_proof() {
    let mut way = Way::of(MarketplaceKind::Alibaba);
    let mut order = samples::order();
    order.standing.status = "undeliver".into();
    way.observe(&order);
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    assert!(!way.pending().contains(&Effect::Notify(id("s1"))), "stored is not accepted");
    assert!(way.pending().contains(&Effect::Proof(id("s1"))));
    way.prove(&id("s1"), Some("/path.png"));
    assert!(way.pending().contains(&Effect::Notify(id("s1"))));
}

#[test]
fn a_second_proof_never_replaces_the_first() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    let other = Event::ProofStored { shipment: &id("s1"), digest: Digest::of_bytes(b"other"), reference: None };
    assert!(!way.on(&other));
    assert_eq!(way.state().shipments[0].proof.as_ref().unwrap().digest, Digest::of_bytes(b"png"));
}

#[test]
fn notices_of_one_order_go_out_one_at_a_time() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    for name in ["s1", "s2"] {
        way.ship(&samples::shipment(name, &[("1", "1")]));
        way.prove(&id(name), None);
    }
    let notices = |way: &Way| way.pending().into_iter().filter(|e| matches!(e, Effect::Notify(_))).collect::<Vec<_>>();
    assert_eq!(notices(&way), [Effect::Notify(id("s1"))]);
    way.attempt(&id("s1"));
    assert_eq!(notices(&way), [Effect::Notify(id("s1"))], "an attempt keeps the others waiting");
    way.on(&Event::NoticeAccepted { shipment: &id("s1") });
    assert_eq!(notices(&way), [Effect::Notify(id("s2"))]);
}

#[test]
fn nothing_is_exported_again_while_nothing_changes_and_a_change_is() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    let mut touched = samples::order();
    touched.modified_at = at("2026-11-20T11:00:00Z");
    way.observe(&touched);
    assert_eq!(way.pending(), [], "only its stamp moved");
    touched.ship_to.as_mut().unwrap().city = "Rio".into();
    way.observe(&touched);
    assert_eq!(way.pending(), [Effect::Export]);
}

#[test]
fn a_refused_order_is_not_offered_again_until_it_changes() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    let sent = way.state().export.wanted.clone().unwrap();
    way.on(&Event::ExportRefused { sent: &sent, reason: "bad country" });
    assert_eq!(way.pending(), []);
    assert_eq!(way.state().exceptions[0].kind, ExceptionKind::ExportRefused);
    let mut changed = samples::order();
    changed.buyer_note = Some("please".into());
    way.observe(&changed);
    assert_eq!(way.pending(), [Effect::Export]);
}

#[test]
fn an_order_without_an_address_is_held_with_a_reason_and_goes_when_it_has_one() {
    let mut way = Way::of(MarketplaceKind::Alibaba);
    let homeless = Order { ship_to: None, ..samples::order() };
    way.observe(&homeless);
    assert_eq!(way.pending(), []);
    assert!(way.state().exceptions.iter().any(|e| e.kind == ExceptionKind::NoShipTo));
    way.kind = MarketplaceKind::AliExpress;
    way.observe(&samples::order());
    assert_eq!(way.pending(), [Effect::Export]);
    assert!(way.state().exceptions.is_empty());
}

#[test]
fn an_unknown_status_is_exported_on_hold_with_an_exception() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let mut order = samples::order();
    order.standing.status = "BRAND_NEW".into();
    way.observe(&order);
    assert_eq!((way.state().status, way.pending()), (OrderStatus::OnHold, vec![Effect::Export]));
    assert_eq!(way.state().exceptions[0].kind, ExceptionKind::UnknownStatus);
}

#[test]
fn an_order_that_cannot_be_read_is_known_held_and_healed_by_a_good_reading() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let unreadable = Event::OrderUnreadable {
        standing: Standing { status: "WAIT_SELLER_SEND_GOODS".into(), ..Standing::default() },
        modified_at: at("2026-11-20T10:00:00Z"),
        what: &"data.receipt_address.country: expected a string".into(),
    };
    assert!(way.on(&unreadable));
    assert!(!way.on(&unreadable), "the same trouble again is no news");
    assert_eq!(way.pending(), []);
    assert!(!way.state().is_finished());
    way.observe(&samples::order());
    assert!(way.state().exceptions.is_empty());
    assert_eq!(way.pending(), [Effect::Export]);
}

#[test]
fn that_the_marketplace_calls_a_shipped_order_shipped_is_no_change_for_the_warehouse() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    let mut shipped = samples::order();
    shipped.modified_at = at("2026-11-21T11:00:00Z");
    shipped.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into();
    way.observe(&shipped);
    assert!(!way.pending().contains(&Effect::Export));
    assert!(way.state().exceptions.is_empty());
}

#[test]
fn cancelled_before_a_label_goes_to_the_warehouse_and_after_it_to_a_person() {
    let mut cancelled = samples::order();
    cancelled.modified_at = at("2026-11-21T11:00:00Z");
    cancelled.standing =
        Standing { status: "FINISH".into(), end_reason: Some("buyer_cancel_order".into()), ..Standing::default() };
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.observe(&cancelled);
    assert_eq!(way.pending(), [Effect::Export]);

    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    way.observe(&cancelled);
    assert_eq!(way.pending(), [], "a cancelled order is not announced");
    assert!(way.state().exceptions.iter().any(|e| e.kind == ExceptionKind::CancelledAfterLabel));
}

#[test]
fn a_blocked_notice_stays_wanted_and_its_exception_goes_when_it_is_sent() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    let blocked =
        Event::NoticeBlocked { shipment: &id("s1"), kind: ExceptionKind::CarrierUnmapped, reason: &"acme".into() };
    assert_eq!(waits_for_a_row(way.state()), []);
    assert!(way.on(&blocked) && !way.on(&blocked));
    assert!(way.pending().contains(&Effect::Notify(id("s1"))));
    assert_eq!(waits_for_a_row(way.state()), [Effect::Notify(id("s1"))], "and not what else is pending");
    way.attempt(&id("s1"));
    way.on(&Event::NoticeAccepted { shipment: &id("s1") });
    assert!(way.state().exceptions.is_empty() && waits_for_a_row(way.state()).is_empty());
}

#[test]
fn a_refused_notice_waits_for_a_person_and_is_not_repeated() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.prove(&id("s1"), None);
    way.attempt(&id("s1"));
    way.on(&Event::NoticeParked { shipment: &id("s1"), kind: ExceptionKind::NoticeRefused, reason: &"no".into() });
    assert_eq!(way.pending(), []);
    assert!(!way.attempt(&id("s1")));
}

#[test]
fn a_voided_label_is_never_announced_and_one_voided_after_its_notice_is_a_persons_matter() {
    let voided = |id| Shipment { voided: true, ..samples::shipment(id, &[]) };
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.ship(&voided("s1"));
    assert_eq!(way.pending(), []);
    way.ship(&samples::shipment("s2", &[]));
    way.prove(&id("s2"), None);
    way.attempt(&id("s2"));
    way.on(&Event::NoticeAccepted { shipment: &id("s2") });
    way.ship(&voided("s2"));
    assert!(way.state().exceptions.iter().any(|e| e.kind == ExceptionKind::VoidedAfterNotice));
}

#[test]
fn a_user_who_wants_no_notices_gets_proofs_only() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.settings.notify_marketplace = false;
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    assert_eq!(way.pending(), [Effect::Proof(id("s1"))]);
    way.prove(&id("s1"), None);
    assert_eq!(way.pending(), []);
}

#[test]
fn a_connection_that_takes_only_some_statuses_still_passes_on_a_cancellation() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.settings.take_statuses = [OrderStatus::AwaitingShipment].into();
    way.observe(&samples::order());
    way.export();
    let mut cancelled = samples::order();
    cancelled.modified_at = at("2026-11-21T11:00:00Z");
    cancelled.standing =
        Standing { status: "FINISH".into(), end_reason: Some("buyer_cancel_order".into()), ..Standing::default() };
    way.observe(&cancelled);
    assert_eq!(way.pending(), [Effect::Export]);
    cancelled.ship_to = None;
    cancelled.modified_at = at("2026-11-21T11:30:00Z");
    way.observe(&cancelled);
    assert!(way.state().exceptions.iter().any(|e| e.kind == ExceptionKind::NoShipTo), "a person is told");
}

#[test]
fn a_parcel_that_also_carries_another_orders_lines_is_a_persons_matter() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[("1", "2"), ("2", "1"), ("99", "1")]));
    way.prove(&id("s1"), None);
    assert_eq!(way.pending(), [], "merged: not announced by a guess");
    assert_eq!(way.state().exceptions[0].kind, ExceptionKind::ShipmentUnattributed);
}

#[test]
fn an_order_whose_only_label_was_voided_is_not_locked_as_shipped() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    way.export();
    way.ship(&samples::shipment("s1", &[]));
    way.ship(&Shipment { voided: true, ..samples::shipment("s1", &[]) });
    let mut shipped = samples::order();
    shipped.modified_at = at("2026-11-21T11:00:00Z");
    shipped.standing.status = "WAIT_BUYER_ACCEPT_GOODS".into();
    way.observe(&shipped);
    assert!(!way.pending().contains(&Effect::Export));
}

#[test]
fn a_change_in_the_hour_that_happens_twice_is_not_taken_for_an_older_one() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let mut order = samples::order();
    order.modified_at = at("2026-11-01T08:50:00Z");
    order.standing.status = "PLACE_ORDER_SUCCESS".into();
    way.observe(&order);
    order.modified_at = at("2026-11-01T08:10:00Z"); // 01:10 the second time, read as the first
    order.standing.status = "WAIT_SELLER_SEND_GOODS".into();
    assert!(way.observe(&order));
    assert_eq!(way.state().status, OrderStatus::AwaitingShipment);
}

#[test]
fn what_turns_back_before_its_export_was_settled_is_exported_again() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    let order = samples::order();
    way.observe(&order);
    way.export();
    let mut held = order.clone();
    held.standing.status = "IN_CANCEL".into();
    held.modified_at = order.modified_at + jiff::SignedDuration::from_mins(5);
    way.observe(&held);
    let doubtful = way.state().export.wanted.clone().unwrap();
    // Somebody gave ShipStation the held order, and died before he could say so.
    let back = Order { modified_at: order.modified_at + jiff::SignedDuration::from_mins(9), ..order };
    way.observe(&back);
    assert_eq!(way.pending(), [Effect::Export]);
    way.export();
    assert!(way.pending().is_empty());
    // The dead man's word arrives after all: it is given once more, rather than left in doubt.
    way.on(&Event::Exported { sent: &doubtful, warehouse_order: 77 });
    assert_eq!(way.pending(), [Effect::Export]);
}

#[test]
fn what_may_have_been_overtaken_is_given_once_more_until_it_is_packed() {
    let mut way = Way::of(MarketplaceKind::AliExpress);
    way.observe(&samples::order());
    let before = way.state().clone();
    way.on(&Event::ExportUnsettled);
    assert_eq!(*way.state(), before, "it is to be given anyway");
    way.export();
    way.on(&Event::ExportUnsettled);
    assert_eq!(way.pending(), [Effect::Export]);
    way.export();
    assert!(way.pending().is_empty());
    way.ship(&samples::shipment("s1", &[("1", "1")]));
    assert!(way.on(&Event::ExportUnsettled), "the rest is still to be packed");
    way.export();
    way.ship(&samples::shipment("s2", &[("1", "2"), ("2", "1")]));
    let before = way.state().clone();
    way.on(&Event::ExportUnsettled);
    assert_eq!(*way.state(), before, "what is packed is locked there");
}

#[test]
fn the_rest_of_an_order_is_held_and_let_go_with_it_and_what_is_packed_is_left_alone() {
    let standing = |status: &str, minutes: i64| {
        let mut order = samples::order();
        order.standing.status = status.into();
        order.modified_at += jiff::SignedDuration::from_mins(minutes);
        order
    };
    for all in [false, true] {
        let mut way = Way::of(MarketplaceKind::AliExpress);
        way.observe(&samples::order());
        way.export();
        // Held when the label for a part of it was made already, and nobody knew of that yet.
        way.observe(&standing("IN_FROZEN", 5));
        way.export();
        way.ship(&samples::shipment("s1", if all { &[("1", "2"), ("2", "1")] } else { &[("1", "1")] }));
        assert_eq!(way.state().export.rest, !all);
        for (status, minutes) in [("WAIT_SELLER_SEND_GOODS", 9), ("IN_FROZEN", 12), ("SELLER_PART_SEND_GOODS", 15)] {
            way.observe(&standing(status, minutes));
            assert_eq!(way.pending().contains(&Effect::Export), !all, "{status}");
            way.export();
            way.observe(&standing(status, minutes + 1));
            assert!(!way.pending().contains(&Effect::Export), "once: {status}");
        }
        way.observe(&standing("WAIT_BUYER_ACCEPT_GOODS", 20));
        assert!(!way.pending().contains(&Effect::Export), "marked as shipped, the rest could no longer be packed");
    }
}

#[test]
fn an_address_that_changes_between_a_void_and_the_next_label_of_an_order_in_transit_is_a_persons_matter() {
    let mut way = Way::of(MarketplaceKind::Alibaba);
    let mut order = Order { marketplace: MarketplaceKind::Alibaba, ..samples::order() };
    order.standing.status = "undeliver".into();
    way.observe(&order);
    way.export();
    let voided = Shipment { voided: true, ..samples::shipment("s1", &[("1", "1")]) };
    way.ship(&samples::shipment("s1", &[("1", "1")]));
    way.ship(&voided);
    let mut moved = Order { modified_at: order.modified_at + jiff::SignedDuration::from_mins(5), ..order.clone() };
    moved.standing.status = "partial_delivering".into();
    moved.ship_to.as_mut().unwrap().city = "Elsewhere".into();
    way.observe(&moved);
    let open = |way: &Way| way.state().exceptions.iter().any(|e| e.kind == ExceptionKind::ChangedAfterLabel);
    assert!(open(&way), "ShipStation can't be given it");
    way.ship(&samples::shipment("s2", &[("1", "1")]));
    way.observe(&Order { modified_at: order.modified_at + jiff::SignedDuration::from_mins(9), ..moved });
    assert!(open(&way), "and the new label shows what was before");
}
