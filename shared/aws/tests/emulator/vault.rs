use crate::lab::Lab;
use tallyman_app::ports::{Kept, ProofVault, StoreError};
use tallyman_aws::S3Vault;
use tallyman_domain::Digest;

async fn vault() -> Option<(Lab, S3Vault)> {
    let lab = Lab::open().await?;
    lab.create_bucket().await;
    let vault = S3Vault::new(&lab.config, &lab.bucket);
    Some((lab, vault))
}

#[tokio::test]
async fn a_proof_is_kept_once_and_never_replaced() {
    let Some((_lab, vault)) = vault().await else { return };
    let key = "ae-main/8123456789012345/s1.png";
    assert_eq!(vault.read(key).await.unwrap(), None);
    assert_eq!(vault.digest_of(key).await.unwrap(), None);
    let digest = Digest::of_bytes(b"first");
    assert_eq!(vault.keep(key, b"first", digest).await.unwrap(), Kept::New);
    assert_eq!(vault.keep(key, b"second", Digest::of_bytes(b"second")).await.unwrap(), Kept::Already);
    assert_eq!(vault.read(key).await.unwrap().as_deref(), Some(&b"first"[..]));
    assert_eq!(vault.digest_of(key).await.unwrap(), Some(digest));
}

#[tokio::test]
async fn of_twenty_that_keep_the_same_proof_exactly_one_is_new() {
    let Some((_lab, vault)) = vault().await else { return };
    let digest = Digest::of_bytes(b"png");
    let results = futures::future::join_all((0..20).map(|_| vault.keep("k.png", b"png", digest))).await;
    let kept: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(kept.iter().filter(|k| **k == Kept::New).count(), 1, "{kept:?}");
}

#[tokio::test]
async fn bytes_that_do_not_have_their_digest_are_not_kept() {
    let Some((_lab, vault)) = vault().await else { return };
    let result = vault.keep("k.png", b"png", Digest::of_bytes(b"another")).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(vault.read("k.png").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_too_long_for_a_proof_is_not_read() {
    let Some((_lab, vault)) = vault().await else { return };
    let long = vec![0; 5 * 1024 * 1024 + 1];
    vault.keep("long.png", &long, Digest::of_bytes(&long)).await.unwrap();
    assert!(matches!(vault.read("long.png").await, Err(StoreError::Corrupt { .. })));
    assert_eq!(vault.read("long.png/").await.unwrap(), None);
}

#[tokio::test]
async fn proofs_are_listed_by_prefix() {
    let Some((_lab, vault)) = vault().await else { return };
    for key in ["a/1.png", "a/2.png", "b/1.png"] {
        vault.keep(key, b"png", Digest::of_bytes(b"png")).await.unwrap();
    }
    let listed = vault.list("a/").await.unwrap();
    assert_eq!(listed.iter().map(|s| (s.key.as_str(), s.bytes)).collect::<Vec<_>>(), [("a/1.png", 3), ("a/2.png", 3)]);
    assert_eq!(vault.list("").await.unwrap().len(), 3);
}
