//! Proofs in S3, write-once by `If-None-Match`, whatever the bucket's own locks are.

use crate::failure::{AwsFailure, failed};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::{get_object::GetObjectError, put_object::PutObjectError},
    primitives::ByteStream,
};
use aws_types::service_config::ServiceConfigKey;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use tallyman_app::ports::{Kept, ProofVault, StoreError};
use tallyman_domain::Digest;

const PROOF_BYTES_MAX: usize = 5 * 1024 * 1024;
const DIGEST: &str = "sha256";
/// How often S3 may say that somebody else is writing the same key just now.
const TRIES_MAX: u32 = 2;

/// One bucket.
#[derive(Clone)]
pub struct S3Vault {
    client: Client,
    bucket: String,
}

/// What is kept under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was stored.
    pub stored_at: Timestamp,
}

impl S3Vault {
    /// A bucket by its name.
    #[must_use]
    pub fn new(config: &SdkConfig, bucket: &str) -> Self {
        let builder = aws_sdk_s3::config::Builder::from(config);
        // Nobody resolves `<bucket>.localhost`: what stands in for S3 is asked by path.
        let builder = builder.force_path_style(has_own_endpoint(config));
        Self { client: Client::from_conf(builder.build()), bucket: bucket.to_owned() }
    }

    /// All that is kept under keys that begin with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreError> {
        let mut all = Vec::new();
        let mut from = None;
        loop {
            let call = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
            let page = call.set_continuation_token(from).send().await.map_err(failed("list", prefix))?;
            all.extend(page.contents().iter().filter_map(|object| {
                Some(Stored {
                    key: object.key()?.to_owned(),
                    bytes: object.size().unwrap_or(0).max(0).unsigned_abs(),
                    stored_at: Timestamp::from_second(object.last_modified()?.secs()).ok()?,
                })
            }));
            from = page.next_continuation_token().filter(|_| page.is_truncated() == Some(true)).map(str::to_owned);
            if from.is_none() {
                return Ok(all);
            }
        }
    }

    /// The digest that a proof was kept with; none when there is no such proof.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is there without a digest.
    pub async fn digest_of(&self, key: &str) -> Result<Option<Digest>, StoreError> {
        let head = match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => return Ok(None),
            Err(error) => return Err(failed("digest_of", key)(error)),
        };
        let digest = head.metadata().and_then(|m| m.get(DIGEST)).and_then(|hex| Digest::try_from(hex.clone()).ok());
        digest.map(Some).ok_or_else(|| corrupt(key, "it has no digest".into()))
    }

    async fn put(&self, key: &str, png: &[u8], digest: Digest) -> Result<(), SdkError<PutObjectError, HttpResponse>> {
        let call = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        let call = call
            .content_type("image/png")
            .metadata(DIGEST, digest.hex())
            // S3 itself refuses bytes that don't have this digest.
            .checksum_sha256(base64_of(digest))
            .body(ByteStream::from(png.to_vec()));
        call.send().await.map(drop)
    }
}

fn has_own_endpoint(config: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let of_service = key.ok().and_then(|key| config.service_config()?.load_config(key));
    config.endpoint_url().is_some() || of_service.is_some()
}

fn corrupt(key: &str, what: String) -> StoreError {
    StoreError::Corrupt { key: key.to_owned(), what }
}

fn base64_of(digest: Digest) -> String {
    let hex = digest.hex();
    let byte = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap_or_default();
    STANDARD.encode((0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>())
}

#[async_trait]
impl ProofVault for S3Vault {
    async fn keep(&self, key: &str, png: &[u8], digest: Digest) -> Result<Kept, StoreError> {
        let mut tries = 1;
        loop {
            let Err(error) = self.put(key, png, digest).await else { return Ok(Kept::New) };
            match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("PreconditionFailed") => return Ok(Kept::Already),
                Some("ConditionalRequestConflict") if tries < TRIES_MAX => tries += 1,
                _ => return Err(failed("keep", key)(error)),
            }
        }
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => return Ok(None),
            Err(error) => return Err(failed("read", key)(error)),
        };
        let too_long = || corrupt(key, format!("it is longer than {PROOF_BYTES_MAX} bytes"));
        let length = usize::try_from(object.content_length().unwrap_or(0)).map_err(|_| too_long())?;
        if length > PROOF_BYTES_MAX {
            return Err(too_long());
        }
        let mut bytes = Vec::with_capacity(length);
        let mut body = object.body;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| StoreError::Failed {
                what: "read",
                key: key.to_owned(),
                source: Box::new(AwsFailure::ours("half an answer", e.to_string())),
            })?;
            bytes.extend_from_slice(&chunk);
            if bytes.len() > PROOF_BYTES_MAX {
                return Err(too_long());
            }
        }
        Ok(Some(bytes))
    }

    async fn digest(&self, key: &str) -> Result<Option<Digest>, StoreError> {
        self.digest_of(key).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_told_to_s3_in_base64() {
        let digest = Digest::of_bytes(b"abc");
        assert_eq!(base64_of(digest), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn a_service_that_stands_in_for_s3_is_asked_by_path() {
        let real = SdkConfig::builder().build();
        let local = SdkConfig::builder().endpoint_url("http://localhost:4566").build();
        assert_eq!((has_own_endpoint(&real), has_own_endpoint(&local)), (false, true));
    }
}
