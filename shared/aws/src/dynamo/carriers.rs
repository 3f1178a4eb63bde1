//! The marketplaces' live lists of services.

use super::{item, keys, store_on_table};
use async_trait::async_trait;
use jiff::Timestamp;
use tallyman_app::ports::{Carriers, StoreError};
use tallyman_domain::{ConnectionId, LiveService};

store_on_table! {
    /// Carrier lists in DynamoDB.
    DynamoCarriers
}

#[async_trait]
impl Carriers for DynamoCarriers {
    async fn services(&self, connection: &ConnectionId) -> Result<Option<(Vec<LiveService>, Timestamp)>, StoreError> {
        let found = self.0.get("services", keys::CARRIERS, connection.as_str(), false).await?;
        found.map(|item| Ok((item::unpack(&item, "b")?, item::time(&item, "t")?))).transpose()
    }

    async fn put_services(
        &self,
        connection: &ConnectionId,
        services: &[LiveService],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        // Deflated like facts: hundreds of rows with a regex each are a tenth of their length so.
        let packed = item::pack(keys::CARRIERS, &services)?;
        let others = [("b", packed), ("t", item::s(keys::sortable(at)))];
        self.0.put("put_services", item::item(keys::CARRIERS, connection.as_str(), others)).await
    }
}
