//! Budgets: one item a book, written only in the place of the version it was made of.

use super::{Conditional as _, Item, item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use tallyman_app::ports::{BudgetStore, StoreError};
use tallyman_domain::limit::Book;

store_on_table! {
    /// Budgets in DynamoDB.
    DynamoBudgetStore
}

fn read(item: &Item) -> Result<Book, StoreError> {
    let mut book: Book = item::json(item, "s")?;
    book.version = item::number(item, "v")?;
    Ok(book)
}

#[async_trait]
impl BudgetStore for DynamoBudgetStore {
    async fn book(&self, budget: &str) -> Result<Book, StoreError> {
        let found = self.0.get("book", &keys::budget(budget), keys::BOOK, true).await?;
        found.map_or_else(|| Ok(Book::default()), |item| read(&item))
    }

    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError> {
        let pk = keys::budget(budget);
        let (version, json) = (item::n(book.version + 1), item::to_json(&pk, book)?);
        let put = self.0.client.put_item().table_name(&*self.0.name);
        let put = put
            .set_item(Some(item::item(&pk, keys::BOOK, [("v", version), ("s", item::s(json))])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if book.version == 0 {
            put.condition_expression("attribute_not_exists(v)")
        } else {
            put.condition_expression("v = :known").expression_attribute_values(":known", item::n(book.version))
        };
        let Err(error) = put.send().await else { return Ok(None) };
        match error.in_the_way() {
            // Should it be our own write whose answer got lost, a call passes unused.
            Some(Some(stored)) => read(stored).map(Some),
            Some(None) => self.book(budget).await.map(Some),
            None => Err(failed("swap", budget)(error)),
        }
    }
}
