//! Authorisations, beside the connections: whoever reads those has read these.

use super::{Conditional as _, Item, config::CachedConfig, item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use tallyman_app::ports::{AuthorisationStore, StoreError};
use tallyman_domain::{Authorisation, ConnectionId};

pub(super) const AUTHORISATION: &str = "authorisation#";

store_on_table! {
    /// Authorisations in DynamoDB, read at every call; [`CachedConfig`] is for functions.
    DynamoAuthorisations
}

fn sort_key(connection: &ConnectionId) -> String {
    format!("{AUTHORISATION}{connection}")
}

pub(super) fn of_item(item: &Item) -> Result<Authorisation, StoreError> {
    let mut authorisation: Authorisation = item::json(item, "s")?;
    authorisation.version = item::number(item, "v")?;
    Ok(authorisation)
}

#[async_trait]
impl AuthorisationStore for DynamoAuthorisations {
    async fn authorisation(&self, connection: &ConnectionId) -> Result<Option<Authorisation>, StoreError> {
        let found = self.0.get("authorisation", keys::CONFIG, &sort_key(connection), true).await?;
        found.as_ref().map(of_item).transpose()
    }

    async fn authorisations(&self) -> Result<Vec<Authorisation>, StoreError> {
        let items = self.0.partition("authorisations", keys::CONFIG, Some(AUTHORISATION)).await?;
        items.iter().map(of_item).collect()
    }

    async fn commit(&self, authorisation: &Authorisation) -> Result<(), StoreError> {
        let sk = sort_key(&authorisation.connection);
        let conflict = || StoreError::Conflict { key: sk.clone() };
        let mark = item::commit_mark();
        let attributes = [
            ("v", item::n(authorisation.version)),
            ("c", item::s(mark.clone())),
            ("s", item::s(item::to_json(&sk, authorisation)?)),
        ];
        let put = self.0.client.put_item().table_name(&*self.0.name);
        let put = put.set_item(Some(item::item(keys::CONFIG, &sk, attributes)));
        let put = match authorisation.version {
            0 => return Err(conflict()),
            1 => put.condition_expression("attribute_not_exists(pk)"),
            version => {
                put.condition_expression("v = :expected").expression_attribute_values(":expected", item::n(version - 1))
            }
        };
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(()) };
        match error.in_the_way() {
            // The first try took effect, its answer got lost, and what the SDK met the second time was our own write.
            Some(Some(stored)) if item::text(stored, "c").is_ok_and(|c| c == mark) => Ok(()),
            Some(_) => Err(conflict()),
            None => Err(failed("commit", sk)(error)),
        }
    }

    async fn remove(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let sk = sort_key(connection);
        let delete = self.0.client.delete_item().table_name(&*self.0.name);
        let delete = delete.set_key(Some(item::item(keys::CONFIG, &sk, [])));
        delete.send().await.map(drop).map_err(failed("remove", sk))
    }
}

#[async_trait]
impl AuthorisationStore for CachedConfig {
    async fn authorisation(&self, connection: &ConnectionId) -> Result<Option<Authorisation>, StoreError> {
        self.authorisations.authorisation(connection).await
    }

    async fn authorisations(&self) -> Result<Vec<Authorisation>, StoreError> {
        Ok(self.all().await?.authorisations)
    }

    async fn commit(&self, authorisation: &Authorisation) -> Result<(), StoreError> {
        // Whatever becomes of it, what was kept may be wrong now.
        self.keep(None);
        self.authorisations.commit(authorisation).await
    }

    async fn remove(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        self.keep(None);
        self.authorisations.remove(connection).await
    }
}
