use super::*;
use crate::{
    Event, MarketplaceKind, Order, OrderStatus, Owner, Settings, Standing,
    decide::{Compared, Setting, decide},
    pending, samples,
    samples::at,
};

/// An order, step by step, with a clock of its own.
struct Life {
    settings: Settings,
    state: Option<OrderState>,
    now: Timestamp,
}

impl Life {
    fn of(order: &Order) -> Self {
        let mut life = Self { settings: Settings::default(), state: None, now: at("2026-11-21T12:00:00Z") };
        life.on(&Event::OrderObserved(order));
        life
    }
    /// An hour later. True when something was written.
    fn on(&mut self, event: &Event<'_>) -> bool {
        self.now += jiff::SignedDuration::from_hours(1);
        let (reference, account) = (samples::reference(), crate::AccountId::parse("main").unwrap());
        let marketplace = MarketplaceKind::AliExpress;
        let with = Setting {
            reference: &reference,
            marketplace,
            account: &account,
            settings: &self.settings,
            took_ms: None,
            read_back_ms: None,
            failed: None,
        };
        let after = decide(self.state.as_ref(), event, with, self.now);
        let changed = after.is_some();
        self.state = after.or(self.state.take());
        changed
    }
    fn observe(&mut self, status: &str) -> bool {
        let mut order = samples::order();
        order.standing = Standing { status: status.into(), ..Standing::default() };
        order.modified_at = self.now;
        self.on(&Event::OrderObserved(&order))
    }
    fn act(&mut self, kind: ExceptionKind, shipment: Option<&ShipmentId>, act: Act<'_>) -> bool {
        self.on(&Event::ByHand(ByHand { kind, shipment, by: "kim", act }))
    }
    fn resolve(&mut self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.act(kind, shipment, Act::Resolve { reason: "dealt with" })
    }
    fn state(&self) -> &OrderState {
        self.state.as_ref().unwrap()
    }
    fn kinds(&self) -> Vec<ExceptionKind> {
        self.state().exceptions.iter().map(|e| e.kind).collect()
    }
    fn history(&self) -> Vec<What> {
        self.state().exceptions[0].history.iter().map(|e| e.what).collect()
    }
}

const UNKNOWN: ExceptionKind = ExceptionKind::UnknownStatus;
const PAID: &str = "WAIT_SELLER_SEND_GOODS";

fn strange() -> Life {
    let mut life = Life::of(&samples::order());
    life.observe("STRANGE");
    assert_eq!(life.kinds(), [UNKNOWN]);
    life
}

#[test]
fn what_cleared_itself_reopens_with_its_past_and_counts_on() {
    let mut life = strange();
    let opened = life.state().exceptions[0].since;
    life.observe(PAID);
    assert_eq!((life.kinds(), life.state().closed.len()), (vec![], 1));
    life.observe("STRANGE");
    let again = &life.state().exceptions[0];
    assert_eq!((again.count, again.since > opened, life.state().closed.len()), (2, true, 0));
    assert_eq!(life.history(), [What::Opened, What::Cleared, What::Reopened]);
    assert_eq!(again.history[0].at, opened);
}

#[test]
fn what_was_resolved_stays_so_while_the_same_is_found_and_that_writes_nothing() {
    let mut life = strange();
    assert!(life.resolve(UNKNOWN, None));
    assert_eq!(life.kinds(), []);
    assert!(life.state().is_resolved(UNKNOWN, None));
    life.observe("STRANGE");
    assert_eq!(life.kinds(), []);
    let order = Order { modified_at: life.state().modified_at, ..samples::order() };
    let same = Order { standing: Standing { status: "STRANGE".into(), ..Standing::default() }, ..order };
    assert!(!life.on(&Event::OrderObserved(&same)), "the same reading writes nothing");
    assert!(!life.resolve(UNKNOWN, None), "nothing is open");
}

#[test]
fn what_was_resolved_reopens_when_something_else_is_found() {
    let mut life = strange();
    life.resolve(UNKNOWN, None);
    life.observe("STRANGER");
    assert_eq!(life.kinds(), [UNKNOWN]);
    assert_eq!(life.history(), [What::Opened, What::Resolved, What::Reopened]);
}

#[test]
fn what_was_resolved_and_went_away_is_a_new_matter_when_it_comes_back() {
    let mut life = strange();
    life.resolve(UNKNOWN, None);
    life.observe(PAID);
    assert!(!life.state().is_resolved(UNKNOWN, None));
    life.observe("STRANGE");
    assert_eq!(life.kinds(), [UNKNOWN], "the very same words, but a new case");
}

#[test]
fn a_resolved_one_about_a_label_reopens_when_the_goods_the_address_or_the_labels_change() {
    let mut life = Life::of(&samples::order());
    let parcel = samples::shipment("s1", &[("1", "2"), ("2", "1")]);
    let order = samples::order();
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    life.on(&seen);
    let moved = |street: &str, life: &Life| {
        let mut order = samples::order();
        order.modified_at = life.now;
        order.ship_to.as_mut().unwrap().street = vec![street.into()];
        order
    };
    let kind = ExceptionKind::ChangedAfterLabel;
    life.on(&Event::OrderObserved(&moved("Elsewhere 1", &life)));
    assert_eq!(life.kinds(), [kind]);
    life.resolve(kind, None);
    life.on(&Event::OrderObserved(&moved("Elsewhere 1", &life)));
    assert_eq!(life.kinds(), []);
    life.on(&Event::OrderObserved(&moved("Elsewhere 2", &life)));
    assert_eq!(life.kinds(), [kind], "the words are the same, the address isn't");
}

#[test]
fn people_take_it_write_about_it_and_give_it_back_and_the_age_of_the_work_stays() {
    let mut life = strange();
    let (changed_at, work) = (life.state().changed_at, pending(life.state()));
    assert!(life.act(UNKNOWN, None, Act::Assign { to: Some("  kim\n") }));
    assert!(life.act(UNKNOWN, None, Act::Comment { text: &"long ".repeat(100) }));
    let open = &life.state().exceptions[0];
    assert_eq!(open.assignee.as_deref(), Some("kim"));
    assert_eq!(open.history[1].note.as_ref().unwrap().len(), NOTE_BYTES_MAX);
    assert!(life.act(UNKNOWN, None, Act::Assign { to: None }));
    assert_eq!(life.state().exceptions[0].assignee, None);
    assert_eq!((life.state().changed_at, pending(life.state())), (changed_at, work));
    for n in 0..20 {
        life.act(UNKNOWN, None, Act::Comment { text: &n.to_string() });
    }
    let history = &life.state().exceptions[0].history;
    assert_eq!((history.len(), history.last().unwrap().note.as_deref()), (HISTORY_MAX, Some("19")));
}

#[test]
fn a_notice_whose_exception_a_person_resolved_is_not_sent_behind_their_back() {
    let mut life = Life::of(&samples::order());
    let (order, parcel) = (samples::order(), samples::shipment("s1", &[]));
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    life.on(&seen);
    life.on(&Event::ProofStored { shipment: &parcel.id, digest: Digest::of_bytes(b"png"), reference: None });
    let kind = ExceptionKind::CarrierUnmapped;
    let blocked = Event::NoticeBlocked { shipment: &parcel.id, kind, reason: &"no row".into() };
    life.on(&blocked);
    assert_eq!((life.kinds(), pending(life.state()).len()), (vec![kind], 2));
    life.resolve(kind, Some(&parcel.id));
    assert_eq!(life.state().shipments[0].notice, NoticeState::Parked);
    assert!(!life.on(&blocked));
    assert_eq!(pending(life.state()), [crate::Effect::Export]);
}

#[test]
fn a_refused_proof_and_a_notice_that_is_not_shown_are_left_alone_once_they_are_resolved() {
    let mut life = Life::of(&samples::order());
    let (order, parcel) = (samples::order(), samples::shipment("s1", &[]));
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    life.on(&seen);
    life.on(&Event::ProofRefused { shipment: &parcel.id, reason: &"too large".into() });
    life.resolve(ExceptionKind::ProofRefused, Some(&parcel.id));
    assert_eq!(pending(life.state()), [crate::Effect::Export], "it isn't drawn again for ever");
    let state = life.state.as_mut().unwrap();
    let notice = NoticeState::Sent { at: life.now, extent: crate::Extent::All, code: "USPS".into() };
    state.shipments[0].notice = notice;
    life.on(&Event::NoticeNotShown { shipment: &parcel.id });
    assert_eq!(life.kinds(), [ExceptionKind::NotConfirmed]);
    life.resolve(ExceptionKind::NotConfirmed, Some(&parcel.id));
    assert_eq!(pending(life.state()), [crate::Effect::Export]);
}

#[test]
fn what_comparing_finds_is_opened_once_and_cleared_when_it_is_gone() {
    let mut life = Life::of(&samples::order());
    let kind = ExceptionKind::MissingInWarehouse;
    let found = Event::Compared(Compared::Found { kind, shipment: None, what: &"gone".into() });
    let gone = Event::Compared(Compared::Gone { kind, shipment: None });
    let changed_at = life.state().changed_at;
    assert!(life.on(&found) && !life.on(&found));
    assert_eq!((life.kinds(), life.state().changed_at), (vec![kind], changed_at));
    assert!(life.on(&gone) && !life.on(&gone));
    assert!(life.kinds().is_empty());
}

#[test]
fn an_order_that_shipstation_shows_otherwise_is_given_again_and_counted() {
    let mut life = Life::of(&samples::order());
    assert!(!life.on(&Event::Compared(Compared::GiveAgain)), "it wasn't given yet");
    let sent = life.state().export.wanted.clone().unwrap();
    let exported = Event::Exported { sent: &sent, warehouse_order: 77 };
    life.on(&exported);
    assert_eq!(pending(life.state()), []);
    assert!(life.on(&Event::Compared(Compared::GiveAgain)));
    assert_eq!((pending(life.state()), life.state().export.given_again), (vec![crate::Effect::Export], 1));
    assert!(!life.on(&Event::Compared(Compared::GiveAgain)), "it is on its way");
    life.on(&exported);
    assert_eq!(pending(life.state()), []);
}

#[test]
fn a_proof_is_drawn_again_only_while_nobody_was_told_of_it_and_a_notice_is_doubted_only_once_confirmed() {
    let mut life = Life::of(&samples::order());
    let (order, parcel) = (samples::order(), samples::shipment("s1", &[]));
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    life.on(&seen);
    let stored = Event::ProofStored { shipment: &parcel.id, digest: Digest::of_bytes(b"png"), reference: None };
    life.on(&stored);
    let (lost, doubted) = (
        Event::Compared(Compared::ProofGone { shipment: &parcel.id }),
        Event::Compared(Compared::NoticeDoubted { shipment: &parcel.id }),
    );
    assert!(!life.on(&doubted));
    assert!(life.on(&lost));
    assert!(pending(life.state()).contains(&crate::Effect::Proof(parcel.id.clone())));
    life.on(&stored);
    let state = life.state.as_mut().unwrap();
    state.shipments[0].notice =
        NoticeState::Confirmed { at: life.now, extent: crate::Extent::All, code: "USPS".into() };
    assert!(!life.on(&lost), "what was told keeps its proof");
    assert!(life.on(&doubted));
    assert!(pending(life.state()).contains(&crate::Effect::Confirm(parcel.id.clone())));
}

#[test]
fn a_state_of_before_reads_and_one_without_exceptions_is_not_a_byte_longer() {
    let life = Life::of(&samples::order());
    let json = serde_json::to_value(life.state()).unwrap();
    for new in ["x", "y"] {
        assert!(json.get(new).is_none(), "{json}");
    }
    assert!(json["e"].get("h").is_none());
    let old = serde_json::json!({"k": "no_ship_to", "t": "2026-11-21T12:00:00Z", "d": "2026-11-23T12:00:00Z",
        "w": "no address", "n": 3});
    let read: Exception = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((read.count, read.last_seen, read.end.is_none(), read.history.len()), (3, None, true, 0));
    assert_eq!(serde_json::to_value(&read).unwrap(), old, "and what is open is stored as it was");
}

#[test]
fn a_finished_order_with_two_cleared_exceptions_still_fits_in_one_write_unit() {
    let mut life = strange();
    let (order, parcel) = (samples::order(), samples::shipment("s1", &[]));
    life.observe(PAID);
    life.on(&Event::OrderUnreadable { standing: Standing::default(), modified_at: life.now, what: &"lines[0]".into() });
    life.observe(PAID);
    let seen =
        Event::ShipmentObserved { shipment: &parcel, before: None, order: Some(&order), others: &[], merged: &[] };
    life.on(&seen);
    life.on(&Event::ProofStored { shipment: &parcel.id, digest: Digest::of_bytes(b"png"), reference: None });
    let state = life.state.as_mut().unwrap();
    (state.export.sent, state.status) = (state.export.wanted.clone(), OrderStatus::Shipped);
    state.shipments[0].notice =
        NoticeState::Confirmed { at: life.now, extent: crate::Extent::All, code: "USPS".into() };
    assert_eq!(state.closed.len(), 2);
    // Keys, version, commit mark and attribute names take about 100 bytes more.
    let bytes = serde_json::to_vec(state).unwrap().len();
    assert!(bytes < 920, "{bytes}");
}

#[test]
fn a_connection_may_say_that_another_owner_acts() {
    let mut settings = Settings::default();
    assert_eq!(settings.owner(UNKNOWN), Owner::Technical);
    settings.owners.insert(UNKNOWN, Owner::Finance);
    assert_eq!(settings.owner(UNKNOWN), Owner::Finance);
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
}

#[test]
fn one_that_belongs_to_no_order_lives_the_same_life() {
    let now = at("2026-11-21T12:00:00Z");
    let kind = ExceptionKind::CursorStands;
    let found = |what: &str| Exception::found(kind, None, what, now, now);
    assert_eq!(found("poll").found_after(found("poll")), None, "it is open already");
    let over = found("poll").gone(now).unwrap();
    assert_eq!(over.clone().gone(now), None);
    let again = found("poll").found_after(over).unwrap();
    assert_eq!((again.count, again.end.is_none(), again.history.len()), (2, true, 3));
    let mut resolved = again;
    resolved.act("kim", Act::Resolve { reason: "known" }, Exception::own_fact, now);
    assert_eq!(found("poll").found_after(resolved.clone()), None);
    assert!(found("sweep").found_after(resolved).is_some());
}
