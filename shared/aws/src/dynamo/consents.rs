//! People on their way to a marketplace's consent page: kept under the digest of the `state` they carry, let go by TTL.

use super::{item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use tallyman_app::ports::{Consent, ConsentStore, StoreError};
use tallyman_domain::Digest;

store_on_table! {
    /// Consents in DynamoDB.
    DynamoConsents
}

const SK: &str = "consent";

/// Whoever reads the table doesn't learn a state that is still good.
fn key(state: &str) -> String {
    keys::consent(&Digest::of_bytes(state.as_bytes()).hex())
}

#[async_trait]
impl ConsentStore for DynamoConsents {
    async fn put_consent(&self, state: &str, consent: &Consent) -> Result<(), StoreError> {
        let pk = key(state);
        let others = [
            ("b", item::s(&consent.session)),
            ("s", item::s(item::to_json(&pk, consent)?)),
            (keys::TTL_ATTRIBUTE, item::n(consent.ends_at().as_second())),
        ];
        self.0.put("put_consent", item::item(&pk, SK, others)).await
    }

    async fn take_consent(&self, state: &str, session: &str, now: Timestamp) -> Result<Option<Consent>, StoreError> {
        let pk = key(state);
        let delete = self.0.client.delete_item().table_name(&*self.0.name);
        let delete = delete
            .set_key(Some(item::item(&pk, SK, [])))
            // TTL deletes up to two days late.
            .condition_expression("b = :session AND #ttl > :now")
            .expression_attribute_names("#ttl", keys::TTL_ATTRIBUTE)
            .expression_attribute_values(":session", item::s(session))
            .expression_attribute_values(":now", item::n(now.as_second()))
            .return_values(ReturnValue::AllOld);
        match delete.send().await {
            Ok(answer) => item::json(&answer.attributes.unwrap_or_default(), "s").map(Some),
            // Also when our own deletion's answer got lost and the SDK repeated it: then it is begun anew.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(None)
            }
            Err(error) => Err(failed("take_consent", pk)(error)),
        }
    }
}
