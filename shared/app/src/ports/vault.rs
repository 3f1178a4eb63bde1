//! Proofs, kept write-once, and secrets.

use super::StoreError;
use async_trait::async_trait;
use serde_json::Value;
use tallyman_domain::Digest;

/// What became of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// This one is now kept.
    New,
    /// One was there before; this one was not written.
    Already,
}

/// Where proofs are kept.
#[async_trait]
pub trait ProofVault: Send + Sync {
    /// Keeps a PNG under a key unless one is there.
    ///
    /// # Errors
    /// [`StoreError`]. MUST NOT replace what is there.
    async fn keep(&self, key: &str, png: &[u8], digest: Digest) -> Result<Kept, StoreError>;

    /// Reads one, at most 5 MB.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The digest that is kept with one, without reading it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn digest(&self, key: &str) -> Result<Option<Digest>, StoreError>;
}

/// Where keys and tokens are.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Reads one, a JSON object.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn secret(&self, name: &str) -> Result<Option<Value>, StoreError>;

    /// Adds or replaces one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_secret(&self, name: &str, value: &Value) -> Result<(), StoreError>;

    /// Forgets what was read of one: the next read asks the store again.
    fn forget(&self, name: &str);

    /// Removes one, at once and for good. Removing none is fine.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remove_secret(&self, name: &str) -> Result<(), StoreError>;
}
