//! What any store of budgets has to keep to. Each adapter's tests call these; a failure is a panic.
#![allow(clippy::unwrap_used, reason = "a test's tool: a failure here is a failed test")]

use futures::future::join_all;
use jiff::Timestamp;
use tallyman_app::{budget::write, ports::BudgetStore};
use tallyman_domain::limit::{Answer, Ask, Book, CallClass, Pacing, Quota};

const T: i64 = 1_763_600_000_000;
const AT_ONCE: usize = 64;

fn blocked(book: &Book, until_ms: i64) -> Book {
    book.blocked_until(until_ms)
}

fn at_version(mut book: Book, version: u64) -> Book {
    book.version = version;
    book
}

/// A book that nobody wrote is empty; what was written is read, and only under its own name.
pub async fn a_book_is_read_as_it_was_written_and_under_its_own_name(budgets: &dyn BudgetStore) {
    let empty = budgets.book("shipstation/a").await.unwrap();
    assert_eq!(empty, Book::default());
    let quota = Quota { daily: 100, reserve_percent: 0 };
    let (counted, _) = empty.ask(Pacing::every_ms(50), Some(&quota), Ask::one(CallClass::Notice, T), T);
    let full = blocked(&counted, T).banned("some.api", T + 1, T);
    assert_eq!(budgets.swap("shipstation/a", &full).await.unwrap(), None);
    let read = budgets.book("shipstation/a").await.unwrap();
    assert_eq!(read, at_version(full, 1));
    assert_eq!(budgets.book("shipstation/b").await.unwrap(), Book::default());
}

/// Whoever wrote in the place of an old version is told the newest, and changes nothing.
pub async fn a_book_is_written_only_in_the_place_of_the_one_it_was_made_of(budgets: &dyn BudgetStore) {
    let empty = budgets.book("b").await.unwrap();
    assert_eq!(budgets.swap("b", &blocked(&empty, T)).await.unwrap(), None);
    let newest = budgets.book("b").await.unwrap();
    for stale in [blocked(&empty, T + 5), at_version(blocked(&empty, T + 5), 7)] {
        assert_eq!(budgets.swap("b", &stale).await.unwrap(), Some(newest.clone()));
    }
    assert_eq!(budgets.swap("b", &blocked(&newest, T + 1)).await.unwrap(), None);
    assert_eq!(budgets.book("b").await.unwrap().next_ms(), T + 1);
}

/// Of many that write in the place of the same book exactly one does.
///
/// A store that repeats a request whose answer got lost may tell the winner that somebody was faster: then a call passes
/// unused, and none is made twice.
pub async fn of_sixty_four_that_write_at_once_exactly_one_does(budgets: &dyn BudgetStore) {
    let book = budgets.book("race").await.unwrap();
    let writers = (0..AT_ONCE).map(|n| {
        let mine = blocked(&book, T + i64::try_from(n).unwrap());
        async move { budgets.swap("race", &mine).await.ok() }
    });
    let told: Vec<Option<Book>> = join_all(writers).await.into_iter().flatten().collect();
    assert!(told.iter().filter(|newest| newest.is_none()).count() <= 1);
    let newest = budgets.book("race").await.unwrap();
    assert_eq!(newest.version, book.version + 1);
    assert!(told.into_iter().flatten().all(|told| told == newest));
}

/// However many take at once, two calls are never nearer to each other than the interval; and unless an answer gets
/// lost, no slot is.
pub async fn of_sixty_four_that_take_at_once_no_two_get_calls_inside_one_interval(budgets: &dyn BudgetStore) {
    let (pacing, mut calls_ms, mut lost) = (Pacing::per_minute(40), Vec::new(), 0);
    for round in 0..4 {
        let now_ms = T + round * pacing.interval_ms / 2;
        let takers = (0..AT_ONCE).map(|n| {
            let class = CallClass::ALL[n % 3];
            write(budgets, "crowd", move |book| book.ask(pacing, None, Ask::one(class, now_ms), now_ms))
        });
        for told in join_all(takers).await {
            match told {
                Ok(Some(Answer::Go { first_ms, .. })) => calls_ms.push(first_ms),
                Ok(_) => {}
                Err(_) => lost += 1,
            }
        }
    }
    assert!(calls_ms.len() == 2 || lost > 0, "{calls_ms:?}");
    assert!(calls_ms.windows(2).all(|two| two[1] - two[0] >= pacing.interval_ms), "{calls_ms:?}");
}

/// What the service says is believed, and never shortened.
pub async fn what_the_service_says_is_believed_and_never_shortened(budgets: &dyn BudgetStore) {
    for until_ms in [T + 40_000, T + 10_000] {
        write(budgets, "said", |book| (blocked(book, until_ms), ())).await.unwrap();
    }
    let book = budgets.book("said").await.unwrap();
    assert_eq!(Timestamp::from_millisecond(book.next_ms()).unwrap().as_millisecond(), T + 40_000);
    assert_eq!(book.version, 1, "a step that changes nothing writes nothing");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryBudgets;

    #[tokio::test]
    async fn budgets_in_memory_keep_the_contract() {
        a_book_is_read_as_it_was_written_and_under_its_own_name(&MemoryBudgets::default()).await;
        a_book_is_written_only_in_the_place_of_the_one_it_was_made_of(&MemoryBudgets::default()).await;
        of_sixty_four_that_write_at_once_exactly_one_does(&MemoryBudgets::default()).await;
        of_sixty_four_that_take_at_once_no_two_get_calls_inside_one_interval(&MemoryBudgets::default()).await;
        what_the_service_says_is_believed_and_never_shortened(&MemoryBudgets::default()).await;
    }
}
