//! What a marketplace's client asks before each request.

use super::CallError;
use async_trait::async_trait;
use std::time::Duration;
use tallyman_domain::limit::CallClass;

/// Lets an account's requests through at its pace, and none that its limits forbid.
#[async_trait]
pub trait CallGate: Send + Sync {
    /// What the requests that follow are for.
    fn expect(&self, class: CallClass);

    /// Returns when a request to this API may leave, after a moment's sleep at most.
    ///
    /// # Errors
    /// [`CallError::Throttled`] when the wait is longer than that, [`CallError::Unreachable`] when nobody can tell; in
    /// both cases nothing was sent.
    async fn pass(&self, service: &'static str, api: &str) -> Result<(), CallError>;

    /// The service banned this API, or the whole app, for so long.
    async fn banned(&self, api: &str, after: Duration);
}

/// A gate that stands open: for tests, and for single calls by a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenGate;

#[async_trait]
impl CallGate for OpenGate {
    fn expect(&self, _: CallClass) {}
    async fn pass(&self, _: &'static str, _: &str) -> Result<(), CallError> {
        Ok(())
    }
    async fn banned(&self, _: &str, _: Duration) {}
}
