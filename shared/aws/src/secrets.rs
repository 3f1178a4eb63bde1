//! Keys and tokens in Secrets Manager. Nothing here prints a value: no `Debug`, no serde message.

use crate::failure::{bad_json, failed};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tallyman_app::ports::{Clock, SecretStore, StoreError};

/// A read costs money and 10 ms; tokens live for hours.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The secrets of one stack, all under one prefix.
pub struct SecretsStore {
    client: Client,
    prefix: String,
    clock: Arc<dyn Clock>,
    kept: Mutex<HashMap<String, (Timestamp, Value)>>,
}

impl SecretsStore {
    /// The secrets named `<prefix>/<name>`.
    #[must_use]
    pub fn new(config: &SdkConfig, prefix: &str, clock: Arc<dyn Clock>) -> Self {
        let prefix = prefix.trim_end_matches('/').to_owned();
        Self { client: Client::new(config), prefix, clock, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, Value)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    async fn replace(&self, id: &str, text: &str) -> Result<bool, StoreError> {
        match self.client.put_secret_value().secret_id(id).secret_string(text).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(false),
            Err(error) => Err(failed("put_secret", id)(error)),
        }
    }

    async fn create(&self, id: &str, text: &str) -> Result<bool, StoreError> {
        match self.client.create_secret().name(id).secret_string(text).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_exists_exception()) => Ok(false),
            Err(error) => Err(failed("put_secret", id)(error)),
        }
    }
}

fn object(id: &str, text: &str) -> Result<Value, StoreError> {
    match serde_json::from_str(text).map_err(|e| bad_json(id, &e))? {
        value @ Value::Object(_) => Ok(value),
        _ => Err(StoreError::Corrupt { key: id.to_owned(), what: "it is no JSON object".into() }),
    }
}

#[async_trait]
impl SecretStore for SecretsStore {
    async fn secret(&self, name: &str) -> Result<Option<Value>, StoreError> {
        let now = self.clock.now();
        let fresh = |(at, _): &&(Timestamp, Value)| now.duration_since(*at).abs() < KEPT_FOR;
        if let Some((_, value)) = self.kept().get(name).filter(fresh) {
            return Ok(Some(value.clone()));
        }
        let id = self.id(name);
        let answer = match self.client.get_secret_value().secret_id(&id).send().await {
            Ok(answer) => answer,
            // Not kept: it is there the moment somebody registers it.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                return Ok(None);
            }
            Err(error) => return Err(failed("secret", id)(error)),
        };
        let value = object(&id, answer.secret_string().unwrap_or_default())?;
        self.kept().insert(name.to_owned(), (now, value.clone()));
        Ok(Some(value))
    }

    async fn put_secret(&self, name: &str, value: &Value) -> Result<(), StoreError> {
        let (id, text) = (self.id(name), value.to_string());
        // Whatever becomes of the call, what was kept may be wrong now.
        self.forget(name);
        let done = self.replace(&id, &text).await?
            || self.create(&id, &text).await?
            // Somebody created it between the two.
            || self.replace(&id, &text).await?;
        if !done {
            return Err(StoreError::Conflict { key: id });
        }
        self.kept().insert(name.to_owned(), (self.clock.now(), value.clone()));
        Ok(())
    }

    fn forget(&self, name: &str) {
        self.kept().remove(name);
    }

    async fn remove_secret(&self, name: &str) -> Result<(), StoreError> {
        let id = self.id(name);
        self.forget(name);
        // At once: a secret that waits for its deletion can't be made anew under the same name.
        match self.client.delete_secret().secret_id(&id).force_delete_without_recovery(true).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(()),
            Err(error) => Err(failed("remove_secret", id)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_cannot_be_read_is_not_quoted() {
        for text in ["\"hunter2\"", "{\"token\": hunter2}", "hunter2", ""] {
            let error = object("stack/connection/ae-main", text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
