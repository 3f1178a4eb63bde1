use super::*;
use crate::samples;

fn stored(state: &OrderState, with_facts: bool) -> Vec<Item> {
    let reference = samples::reference();
    let pk = keys::order(&reference);
    let mut items = vec![item::of_state(&reference, state, "mark").unwrap()];
    if with_facts {
        let order = samples::order(&reference);
        let sk = keys::facts(&order.facts_digest().short());
        items.push(item::item(&pk, &sk, [("b", item::pack(&pk, &order).unwrap())]));
    }
    items
}

#[test]
fn a_record_is_the_state_and_the_facts_it_refers_to() {
    let record = record("pk", &stored(&samples::state(3), true)).unwrap().unwrap();
    assert_eq!(record.state, samples::state(3));
    assert_eq!(record.order, Some(samples::order(&samples::reference())));
}

#[test]
fn a_state_whose_facts_are_missing_is_corrupt() {
    assert!(matches!(record("pk", &stored(&samples::state(3), false)), Err(StoreError::Corrupt { .. })));
    let unreadable = OrderState { facts: None, ..samples::state(3) };
    assert_eq!(record("pk", &stored(&unreadable, false)).unwrap().unwrap().order, None);
    assert_eq!(record("pk", &[]).unwrap(), None);
}

#[test]
fn a_text_is_cut_between_characters() {
    assert_eq!(cut("aé", 2), "a");
    assert_eq!(cut("aé", 3), "aé");
    assert_eq!(cut("", 3), "");
}

#[test]
fn a_place_among_the_unfinished_ones_is_told_by_tab_and_place_alone() {
    let (shelf, key) = open_start(&samples::connection(), "3#2026-11-20T10:00:00Z#8123456789012345#BR").unwrap();
    assert_eq!(Some(shelf), Shelf::of(&samples::state(1)));
    assert_eq!(item::text(&key, "pk").unwrap(), keys::order(&samples::reference()));
    assert_eq!(item::text(&key, "ok").unwrap(), "ae-main#3#2026-11");
    assert_eq!(item::text(&key, "os").unwrap(), "2026-11-20T10:00:00Z#8123456789012345#BR");
    assert!(open_start(&samples::connection(), "nonsense").is_err());
}
