//! Budgets in memory, and what any store of them has to keep to.

use crate::lock;
use async_trait::async_trait;
use std::{collections::HashMap, sync::Mutex};
use tallyman_app::ports::{BudgetStore, StoreError};
use tallyman_domain::limit::Book;

/// Books in memory. Every read and write is counted.
#[derive(Debug, Default)]
pub struct MemoryBudgets {
    books: Mutex<HashMap<String, Book>>,
    counts: Mutex<(u64, u64)>,
}

impl MemoryBudgets {
    /// Reads and writes (those that came too late too: DynamoDB charges for them) so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        *lock(&self.counts)
    }
}

#[async_trait]
impl BudgetStore for MemoryBudgets {
    async fn book(&self, budget: &str) -> Result<Book, StoreError> {
        lock(&self.counts).0 += 1;
        Ok(lock(&self.books).get(budget).cloned().unwrap_or_default())
    }
    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError> {
        lock(&self.counts).1 += 1;
        let mut books = lock(&self.books);
        let stored = books.entry(budget.to_owned()).or_default();
        if stored.version != book.version {
            return Ok(Some(stored.clone()));
        }
        *stored = book.clone();
        stored.version += 1;
        Ok(None)
    }
}
