use crate::{lab::Lab, samples};
use tallyman_app::ports::CursorStore;
use tallyman_aws::{DynamoBudgetStore, DynamoCursorStore};
use tallyman_sim::budget_contract as contract;

async fn budgets() -> Option<DynamoBudgetStore> {
    let lab = Lab::open().await?;
    Some(DynamoBudgetStore::new(&lab.config, &lab.table))
}

#[tokio::test]
async fn a_book_is_read_as_it_was_written_and_under_its_own_name() {
    let Some(store) = budgets().await else { return };
    contract::a_book_is_read_as_it_was_written_and_under_its_own_name(&store).await;
}

#[tokio::test]
async fn a_book_is_written_only_in_the_place_of_the_one_it_was_made_of() {
    let Some(store) = budgets().await else { return };
    contract::a_book_is_written_only_in_the_place_of_the_one_it_was_made_of(&store).await;
}

#[tokio::test]
async fn of_sixty_four_that_write_at_once_exactly_one_does() {
    let Some(store) = budgets().await else { return };
    contract::of_sixty_four_that_write_at_once_exactly_one_does(&store).await;
}

#[tokio::test]
async fn of_sixty_four_that_take_at_once_no_two_get_calls_inside_one_interval() {
    let Some(store) = budgets().await else { return };
    contract::of_sixty_four_that_take_at_once_no_two_get_calls_inside_one_interval(&store).await;
}

#[tokio::test]
async fn what_the_service_says_is_believed_and_never_shortened() {
    let Some(store) = budgets().await else { return };
    contract::what_the_service_says_is_believed_and_never_shortened(&store).await;
}

#[tokio::test]
async fn a_cursor_never_moves_back() {
    let Some(lab) = Lab::open().await else { return };
    let store = DynamoCursorStore::new(&lab.config, &lab.table);
    assert_eq!(store.cursor("orders/ae-main").await.unwrap(), None);
    let half_past = samples::at("2026-11-20T10:00:00.5Z");
    for text in ["2026-11-20T09:00:00Z", "2026-11-20T10:00:00.5Z", "2026-11-20T10:00:00Z", "2026-11-20T09:30:00.9Z"] {
        store.advance("orders/ae-main", samples::at(text)).await.unwrap();
    }
    assert_eq!(store.cursor("orders/ae-main").await.unwrap(), Some(half_past));
    assert_eq!(store.cursor("orders/ae-two").await.unwrap(), None);
}
