use super::*;
use crate::samples;
use tallyman_domain::{Order, OrderStatus};

/// What DynamoDB charges for: the names and the values, in UTF-8.
fn charged_bytes(item: &Item) -> usize {
    let value = |v: &AttributeValue| match v {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        other => panic!("{other:?}"),
    };
    item.iter().map(|(name, v)| name.len() + value(v)).sum()
}

#[test]
fn a_state_reads_back_from_its_item_with_its_version() {
    for state in [samples::state(1), samples::shipped(17)] {
        let item = of_state(&samples::reference(), &state, "mark").unwrap();
        assert_eq!(super::state(&item).unwrap(), state);
    }
}

#[test]
fn the_state_of_an_order_with_a_shipment_costs_one_write_unit() {
    let item = of_state(&samples::reference(), &samples::shipped(17), &commit_mark()).unwrap();
    assert!(charged_bytes(&item) <= 1024, "{} bytes", charged_bytes(&item));
}

#[test]
fn the_facts_of_an_order_of_3_kb_cost_at_most_two_write_units() {
    let facts = samples::order(&samples::reference());
    assert!(serde_json::to_vec(&facts).unwrap().len() >= 3_000);
    let packed = item("O#ae-main#8123456789012345", "f#0123456789abcdef", [("b", pack("k", &facts).unwrap())]);
    assert!(charged_bytes(&packed) <= 2 * 1024, "{} bytes", charged_bytes(&packed));
    assert_eq!(unpack::<Order>(&packed, "b").unwrap(), facts);
}

#[test]
fn a_finished_order_is_only_in_the_index_of_all() {
    let mut state = samples::state(1);
    state.status = OrderStatus::Shipped;
    state.export.wanted = None;
    let item = of_state(&samples::reference(), &state, "mark").unwrap();
    assert!(["ok", "os", "xk", "xs"].iter().all(|name| !item.contains_key(*name)));
    assert!(item.contains_key("dk") && item.contains_key("ds"));
}

#[test]
fn a_buyers_name_is_in_no_message() {
    let word = item("W#ae-main#b#jos", "josé álvarez#81", []);
    assert_eq!(name(&word), "W#ae-main#b");
}

#[test]
fn an_order_with_exceptions_is_listed_under_its_nearest_deadline() {
    let mut state = samples::state(1);
    state.exceptions = vec![samples::exception("2026-11-21T00:00:00Z"), samples::exception("2026-11-22T00:00:00Z")];
    state.exceptions[0].deadline = samples::at("2026-11-24T00:00:00Z");
    let item = of_state(&samples::reference(), &state, "mark").unwrap();
    assert_eq!(text(&item, "xs").unwrap(), "2026-11-23T00:00:00Z#8123456789012345");
    assert!(item.contains_key("ok"), "an order with an exception isn't finished");
}

#[test]
fn no_two_commits_have_the_same_mark() {
    let marks: std::collections::HashSet<_> = (0..10_000).map(|_| commit_mark()).collect();
    assert_eq!(marks.len(), 10_000);
}

#[test]
fn what_is_stored_wrong_is_named_and_never_quoted() {
    let facts = samples::order(&samples::reference());
    let mut json = serde_json::to_value(&facts).unwrap();
    json["ship_to"]["street"] = "Rua Um 1".into();
    let packed = item("O#a#1", "f#0", [("b", pack("k", &json).unwrap())]);
    let error = unpack::<Order>(&packed, "b").unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("O#a#1 f#0") && !shown.contains("Rua"), "{shown}");
}

#[test]
fn bytes_that_are_not_deflated_are_an_error() {
    let bad = item("O#a#1", "f#0", [("b", AttributeValue::B(Blob::new(vec![0xff; 64])))]);
    assert!(matches!(unpack::<Order>(&bad, "b"), Err(StoreError::Corrupt { .. })));
}
