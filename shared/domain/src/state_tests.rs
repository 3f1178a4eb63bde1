use super::*;
use crate::{Address, Grams, LineId, ShippedItem, samples, samples::at};
use rust_decimal::Decimal;

const NOW: &str = "2026-11-21T12:00:00Z";

/// ShipStation has what is wanted there.
fn exported() -> OrderState {
    let mut state = samples::state();
    state.export.sent = state.export.wanted.clone();
    state
}

/// One parcel, and its proof.
fn shipped(id: &str, notice: NoticeState) -> ShipmentState {
    let proof = Proof { digest: Digest::of_bytes(b"png"), stored_at: at(NOW), reference: None };
    ShipmentState {
        id: ShipmentId::parse(id).unwrap(),
        facts: String::new(),
        voided: false,
        proof: Some(proof),
        notice,
        replaces: None,
        revision: 0,
        merged: Vec::new(),
        made_at: None,
    }
}

fn confirmed(extent: Extent) -> NoticeState {
    NoticeState::Confirmed { at: at(NOW), extent, code: "USPS".into() }
}

/// The order as the warehouse is to have it, with this note.
fn wanted(note: &str) -> WarehouseOrder {
    let order = Order { buyer_note: Some(note.into()), ..samples::order() };
    WarehouseOrder::of(&order, &samples::reference(), OrderStatus::AwaitingShipment, &Settings::default()).unwrap()
}

#[test]
fn only_what_was_given_last_is_doubted_when_it_is_wanted_anew() {
    let (a, b, c) = (wanted("a"), wanted("b"), wanted("c"));
    let short = |order: &WarehouseOrder| Some(order.digest().short());
    let mut export = Export::default();
    export.want(&a);
    export.want(&b);
    assert_eq!((&export.wanted, &export.sent), (&short(&b), &None), "nothing was ever given");
    export.sent = short(&b);
    export.want(&a);
    export.want(&c);
    assert_eq!(export.sent, short(&b), "what was given last stays so while something else is wanted");
    export.want(&b);
    assert_eq!(export.sent, short(&c), "somebody who died may have given the one between: it is given again");
    export.sent = short(&b);
    export.want(&b);
    assert_eq!(export.sent, short(&b), "it is there, and nothing else was wanted");
    let mut no_longer = Export { sent: short(&a), ..Export::default() };
    no_longer.want(&a);
    assert_eq!(no_longer.sent, short(&a), "nothing was wanted between");
}

#[test]
fn an_order_is_finished_when_all_of_it_is_told_or_nothing_is_to_be_told() {
    let finished = |notice, status| {
        let state = OrderState { shipments: vec![shipped("s1", notice)], status, ..exported() };
        assert_eq!(pending(&state), [], "{:?}", state.shipments);
        state.is_finished()
    };
    let waits = OrderStatus::AwaitingShipment;
    assert!(finished(confirmed(Extent::All), waits) && finished(NoticeState::NotWanted, waits));
    assert!(!finished(confirmed(Extent::Part), waits), "the rest will leave later");
    assert!(!finished(NoticeState::Parked, waits), "a person will have it told");
    assert!(finished(confirmed(Extent::Part), OrderStatus::Shipped));
    assert!(!exported().is_finished());
    let mut voided = OrderState { shipments: vec![shipped("s1", confirmed(Extent::All))], ..exported() };
    voided.shipments[0].voided = true;
    assert!(!voided.is_finished(), "another label will take its place");
}

#[test]
fn an_order_with_an_exception_or_something_to_do_is_not_finished() {
    let finished = OrderState { status: OrderStatus::Shipped, ..exported() };
    assert!(finished.is_finished());
    let mut open = finished.clone();
    crate::exception::raise(&mut open.exceptions, ExceptionKind::StillShippable, None, "", None, at(NOW));
    let mut to_export = finished;
    to_export.export.sent = None;
    assert!(!open.is_finished() && !to_export.is_finished());
}

#[test]
fn a_shipment_counts_as_voided_when_it_is_or_when_it_is_known_to_be() {
    let mut state = exported();
    state.shipments = vec![shipped("s1", confirmed(Extent::Part)), shipped("s2", NoticeState::Wanted)];
    state.shipments[1].voided = true;
    let facts = |id: &str, voided| Shipment { voided, ..samples::shipment(id, &[("1", "1")]) };
    let in_force = state.in_force(&[facts("s1", false), facts("s2", false), facts("s3", false), facts("s4", true)]);
    let expected = [facts("s1", false), facts("s2", true), facts("s3", false), facts("s4", true)];
    assert_eq!(in_force, expected, "the second was voided after these facts were read; the others are not known yet");
}

#[test]
fn counts_that_are_not_zero_are_kept_with_the_order() {
    let mut state = OrderState { shipments: vec![shipped("s1", NoticeState::Wanted)], ..exported() };
    (state.export.given_again, state.shipments[0].revision) = (1, 2);
    let read: OrderState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!((read.export.given_again, read.shipments[0].revision), (1, 2));
}

#[test]
fn a_proof_says_what_is_in_this_parcel_and_where_it_went() {
    let mut order = samples::order();
    order.lines[0].weight = Some(Grams(Decimal::from(100)));
    order.lines[1].weight = Some(Grams(Decimal::from(50)));
    let mut label = samples::shipment("s1", &[("2", "1")]);
    let added = ShippedItem { line: None, sku: None, name: "Gift".into(), quantity: Decimal::ONE };
    let of_another = ShippedItem { line: Some(LineId::parse("9").unwrap()), ..added.clone() };
    label.items.extend([added, of_another]);
    let facts = |label: &Shipment, seller: &str| {
        let settings = Settings { seller_name: seller.into(), ..Settings::default() };
        proof_facts(&samples::reference(), &order, &[], label, &settings).unwrap()
    };
    let proof = facts(&label, "");
    let items: Vec<_> = proof.items.iter().map(|i| (i.sku.as_deref(), i.name.as_str(), i.options.len())).collect();
    assert_eq!(items, [(Some("SKU-2"), "Lamp", 1), (None, "Gift", 0)], "and nothing of another order's");
    assert_eq!((proof.seller.as_str(), proof.marketplace.as_str()), ("ae-main", "AliExpress"));
    assert_eq!(Some(&proof.ship_to), order.ship_to.as_ref());
    assert_eq!(proof.weight_g, Some(Decimal::from(250)), "of the order, where ShipStation doesn't weigh");
    let went = Address { city: "Rio".into(), ..proof.ship_to };
    let known = Shipment { ship_to: Some(went.clone()), weight: Some(Grams(Decimal::from(70))), ..label };
    let proof = facts(&known, "Lamps Ltd");
    assert_eq!((proof.ship_to, proof.weight_g, proof.seller.as_str()), (went, Some(Decimal::from(70)), "Lamps Ltd"));
    let nowhere = Order { ship_to: None, ..order.clone() };
    let unknown = Shipment { ship_to: None, ..known };
    assert_eq!(proof_facts(&samples::reference(), &nowhere, &[], &unknown, &Settings::default()), None);
}
