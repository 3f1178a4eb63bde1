use crate::{lab::Lab, samples};
use std::process::Command;
use tallyman_app::ports::{CursorStore, ProofVault};
use tallyman_aws::{DynamoCursorStore, S3Vault};

/// This test runs itself once more, in a process whose environment is what a deployed function's would be.
async fn as_a_function(lab: &Lab, test: &str, endpoints: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env_clear()
        .envs(endpoints.iter().copied())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("TEST_TABLE", &lab.table)
        .env("TEST_BUCKET", &lab.bucket)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

#[tokio::test]
async fn the_endpoint_of_the_environment_is_used_for_every_service() {
    let Some(lab) = Lab::open().await else { return };
    lab.create_bucket().await;
    // By name, so that S3 has to be asked by path.
    let url = lab.url.replace("127.0.0.1", "localhost");
    as_a_function(&lab, "sdk::a_function_reaches_its_services", &[("AWS_ENDPOINT_URL", &url)]).await;
}

#[tokio::test]
async fn an_endpoint_of_one_service_wins_over_the_general_one() {
    let Some(lab) = Lab::open().await else { return };
    lab.create_bucket().await;
    let url = lab.url.replace("127.0.0.1", "localhost");
    let endpoints = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ENDPOINT_URL_DYNAMODB", url.as_str()),
        ("AWS_ENDPOINT_URL_S3", url.as_str()),
    ];
    as_a_function(&lab, "sdk::a_function_reaches_its_services", &endpoints).await;
}

#[tokio::test]
#[ignore = "the two tests above run it, in a process of its own"]
#[allow(clippy::disallowed_methods, reason = "the two tests above tell it where to look")]
async fn a_function_reaches_its_services() {
    let config = tallyman_aws::sdk_config(tallyman_aws::http_client()).await;
    let of = |name| std::env::var(name).unwrap();
    let cursors = DynamoCursorStore::new(&config, &of("TEST_TABLE"));
    let now = samples::at("2026-11-20T10:00:00Z");
    cursors.advance("c", now).await.unwrap();
    assert_eq!(cursors.cursor("c").await.unwrap(), Some(now));
    assert_eq!(S3Vault::new(&config, &of("TEST_BUCKET")).read("none.png").await.unwrap(), None);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_an_error_that_says_so() {
    let config = crate::lab::config("http://127.0.0.1:9").await;
    let error = DynamoCursorStore::new(&config, "none").cursor("c").await.unwrap_err();
    assert_eq!(error.to_string(), "cursor failed for CURSOR c");
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.starts_with("no answer: "), "{why}");
}
