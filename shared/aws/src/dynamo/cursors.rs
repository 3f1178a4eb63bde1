//! Cursors.

use super::{Conditional as _, item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use jiff::Timestamp;
use tallyman_app::ports::{CursorStore, StoreError};

store_on_table! {
    /// Cursors in DynamoDB.
    DynamoCursorStore
}

#[async_trait]
impl CursorStore for DynamoCursorStore {
    async fn cursor(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let found = self.0.get("cursor", keys::CURSOR, name, true).await?;
        found.map(|item| item::time(&item, "t")).transpose()
    }

    async fn advance(&self, name: &str, to: Timestamp) -> Result<(), StoreError> {
        let update = self.0.client.update_item().table_name(&*self.0.name);
        let update = update
            .set_key(Some(item::item(keys::CURSOR, name, [])))
            .update_expression("SET t = :to")
            .condition_expression("attribute_not_exists(t) OR t < :to")
            .expression_attribute_values(":to", item::s(keys::sortable(to)));
        match update.send().await {
            Err(error) if error.in_the_way().is_none() => Err(failed("advance", name)(error)),
            _ => Ok(()),
        }
    }
}
