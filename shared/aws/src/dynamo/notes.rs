//! Notes that one run leaves for the next.

use super::{Conditional as _, item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use tallyman_app::ports::{NoteStore, StoreError};

store_on_table! {
    /// Notes in DynamoDB.
    DynamoNotes
}

#[async_trait]
impl NoteStore for DynamoNotes {
    async fn note(&self, name: &str) -> Result<Option<(u64, String)>, StoreError> {
        let found = self.0.get("note", keys::NOTE, name, true).await?;
        found.map(|item| Ok((item::number(&item, "v")?, item::text(&item, "s")?.to_owned()))).transpose()
    }

    async fn put_note(&self, name: &str, version: u64, text: &str) -> Result<(), StoreError> {
        let put = self.0.client.put_item().table_name(&*self.0.name);
        let note = item::item(keys::NOTE, name, [("v", item::n(version + 1)), ("s", item::s(text))]);
        let put = put.set_item(Some(note));
        let put = if version == 0 {
            put.condition_expression("attribute_not_exists(v)")
        } else {
            put.condition_expression("v = :known").expression_attribute_values(":known", item::n(version))
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.in_the_way().is_some() => Err(StoreError::Conflict { key: name.to_owned() }),
            Err(error) => Err(failed("put_note", name)(error)),
        }
    }
}
